//! The threads of an authority, and how a request becomes an answer.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde_json::Value;

use super::browser::DECISION;
use super::code::Codes;
use super::config::AuthorityConfig;
use super::device::Devices;
use super::fault::{Endpoint, Fault};
use super::http::{Request, Response};
use super::refusal::Refusal;
use super::tokens::Tokens;
use crate::server::Stop;

/// What all threads of an authority see.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: AuthorityConfig,
    /// `http://HOST:PORT`
    pub(super) base: String,
    pub(super) stop: Stop,
    state: Mutex<State>,
    workers: Mutex<Vec<(Arc<TcpStream>, JoinHandle<()>)>>,
}

/// What changes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) requests: Vec<Request>,
    pub(super) tokens: Tokens,
    pub(super) devices: Devices,
    pub(super) codes: Codes,
    counts: HashMap<Endpoint, usize>,
}

/// Accepts until the authority stops.
pub(super) fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    while shared.stop.wait_readable(&[listener]) {
        let Ok((stream, _)) = listener.accept() else { continue };
        let stream = Arc::new(stream);
        let worker = std::thread::spawn({
            let (shared, stream) = (Arc::clone(shared), Arc::clone(&stream));
            move || {
                shared.serve(&stream).ok(); // the client may go whenever it likes
                stream.shutdown(Shutdown::Both).ok();
            }
        });
        shared.workers().push((stream, worker));
    }
}

impl Shared {
    pub(super) fn new(config: AuthorityConfig, listener: &TcpListener) -> Self {
        let base = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        Self { config, base, stop: Stop::new(), state: Mutex::default(), workers: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the state locked")
    }

    /// Ends all connections; false where serving one of them panicked.
    pub(super) fn end(&self) -> bool {
        let workers = std::mem::take(&mut *self.workers());
        workers.iter().for_each(|(stream, _)| drop(stream.shutdown(Shutdown::Both))); // it may have ended already
        workers.into_iter().filter_map(|(_, worker)| worker.join().err()).count() == 0
    }

    fn workers(&self) -> MutexGuard<'_, Vec<(Arc<TcpStream>, JoinHandle<()>)>> {
        self.workers.lock().expect("no thread panics with the workers locked")
    }

    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let request = match Request::read(stream) {
            Ok(request) => request,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Refusal::new("invalid_request", error.to_string()).response().write(stream);
            }
            Err(error) => return Err(error),
        };
        self.state().requests.push(request.clone());
        let Some(endpoint) = Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == request.path) else {
            return Response::html(404, "nothing is here").write(stream);
        };
        let faults = self.config.faults_of(endpoint, self.state().count(endpoint));
        if let Some(done) = faults.iter().find_map(|fault| self.instead(fault, stream)) {
            return done;
        }
        let response = self.answer(endpoint, &request, &faults);
        if faults.iter().any(|fault| matches!(fault, Fault::CloseAfterGrant)) {
            return Ok(());
        }
        response.write(stream)
    }

    /// What a fault does in place of an answer.
    fn instead(&self, fault: &Fault, mut stream: &TcpStream) -> Option<io::Result<()>> {
        let response = match fault {
            Fault::Answer { status, content_type, body } => {
                let (status, headers, body) = (*status, Vec::new(), body.clone());
                Response { status, headers, body: Vec::new() }.with_body(content_type, body)
            }
            Fault::Close => return Some(Ok(())),
            Fault::Hang => {
                self.stop.stall(stream);
                return Some(Ok(()));
            }
            Fault::Huge(octets) => return Some(huge(stream.by_ref(), *octets)),
            Fault::Redirect(to) => Response::redirect(to),
            Fault::CloseAfterGrant | Fault::Field(..) | Fault::WithoutField(_) => return None,
        };
        Some(response.write(stream))
    }

    fn answer(&self, endpoint: Endpoint, request: &Request, faults: &[Fault]) -> Response {
        let State { tokens, devices, codes, .. } = &mut *self.state();
        let config = &self.config;
        if let Some(name) = request.query.repeated().or(request.form.repeated()) {
            return Refusal::new("invalid_request", format!("{name} is there twice")).response();
        }
        let answer = match (endpoint, request.method.as_str()) {
            (Endpoint::Authorize, "GET") => {
                return codes.authorize(config, &request.query, request.header(DECISION) != Some("deny"));
            }
            (Endpoint::Device, "POST") => devices.begin(config, &self.base, &request.form),
            (Endpoint::Token, "POST") => token(config, tokens, devices, codes, request),
            (Endpoint::Introspect, "GET" | "POST") => Ok(tokens.introspect(shown(request))),
            (Endpoint::Revoke, "POST") => {
                tokens.take_back(request.form.get("token").unwrap_or_default()).map(|()| serde_json::json!({}))
            }
            (_, method) => Err(Refusal::new("invalid_request", format!("not with {method}"))),
        };
        match answer {
            Ok(mut answer) => {
                faults.iter().for_each(|fault| alter(&mut answer, fault));
                Response::json(200, &answer)
            }
            Err(refusal) => refusal.response(),
        }
    }
}

impl State {
    /// The number of this request to the endpoint, from 0.
    fn count(&mut self, endpoint: Endpoint) -> usize {
        let next = self.counts.entry(endpoint).or_default();
        *next += 1;
        *next - 1
    }
}

/// The token endpoint (RFC 6749 section 3.2).
fn token(
    config: &AuthorityConfig,
    tokens: &mut Tokens,
    devices: &mut Devices,
    codes: &mut Codes,
    request: &Request,
) -> Result<Value, Refusal> {
    let form = &request.form;
    config.check_client(form)?;
    match form.get("grant_type").unwrap_or_default() {
        "authorization_code" => codes.redeem(config, tokens, form),
        // Only an application with a secret has rights of its own.
        "client_credentials" if config.client_secret.is_some() => {
            config.check_scope(form).map(|scope| tokens.of_application(config, &scope))
        }
        "refresh_token" => tokens.refresh(config, form.get("refresh_token").unwrap_or_default()),
        "urn:ietf:params:oauth:grant-type:device_code" => devices.poll(config, tokens, form, request.at),
        other => Err(Refusal::new("unsupported_grant_type", format!("not {other:?}"))),
    }
}

/// The token that a resource server asks about: in the form, in the query, or as its own right to ask.
fn shown(request: &Request) -> &str {
    let bearer = || request.header("authorization")?.strip_prefix("Bearer ");
    request.field("token").or_else(bearer).unwrap_or_default()
}

fn alter(answer: &mut Value, fault: &Fault) {
    let fields = answer.as_object_mut().expect("answers are objects");
    match fault {
        Fault::Field(name, value) => drop(fields.insert((*name).to_owned(), value.clone())),
        Fault::WithoutField(name) => drop(fields.remove(*name)),
        _ => {}
    }
}

/// A body of one long string.
fn huge(stream: &mut impl Write, octets: usize) -> io::Result<()> {
    let (begin, end) = ("{\"access_token\":\"", "\"}");
    let mut left = octets.saturating_sub(begin.len() + end.len());
    let length = begin.len() + left + end.len();
    let head = "HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{begin}")?;
    while left > 0 {
        let part = left.min(CHUNK.len());
        stream.write_all(&CHUNK[..part])?;
        left -= part;
    }
    stream.write_all(end.as_bytes())
}

const CHUNK: &[u8] = &[b'a'; 1 << 14];
