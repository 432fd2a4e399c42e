//! HTTP for the tokens of OAuth2, one form out, one reply back, and for what is published of a mail server; over the same
//! addresses, proxies, TLS and deadlines as POP3.
//!
//! ureq speaks HTTP; the connection under it is ours.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport as HttpTransport,
};
use zeroize::Zeroizing;

use super::here::{is_surely_this_machine, is_this_machine};
use super::route::if_unreached;
use super::{Phase, ProxyChoice, Roots, Route, Stream, Transport, Trust, TrustSettings, Waits, connect};
use crate::error::{Error, Kind, Result};

/// Sends forms, and gets what is published.
pub struct HttpClient {
    agent: ureq::Agent,
}

/// What a server answered.
pub struct HttpReply {
    /// 200 and so on.
    pub status: u16,
    /// At most 1 MiB, in memory that is wiped: it may hold tokens.
    pub body: Zeroizing<Vec<u8>>,
}

/// May a secret be sent there: over TLS, or to this machine?
pub fn is_safe_for_secrets(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => !host.is_empty(),
        (Some("http"), Some(host)) => is_surely_this_machine(host),
        _ => false,
    }
}

impl HttpClient {
    /// A client that trusts what an account trusts, but for what concerns the account's own server alone: pins, a name, a
    /// client certificate. `proxy` is what was said of the account's.
    pub fn new(trust: &TrustSettings, proxy: ProxyChoice, waits: Waits) -> Self {
        let trust = TrustSettings {
            roots: if trust.roots == Roots::None { Roots::Webpki } else { trust.roots },
            pins: Vec::new(),
            client: None,
            server_name: None,
            ..trust.clone()
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false) // what went wrong is in the body
            .max_redirects(0) // a secret goes where it was sent, and nowhere else
            .proxy(None) // the connection is ours
            .user_agent("mailhaul")
            .build();
        let dialler = Dialler(Arc::new(Dialling { trust, proxy, waits }));
        Self { agent: ureq::Agent::with_parts(config, dialler, NoResolver) }
    }

    /// What is at a URL, over TLS only; redirections are followed a few times.
    pub fn get(&self, url: &str) -> Result<HttpReply> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTIONS {
            if !url.starts_with("https://") {
                return Err(Error::new(Kind::Protocol, "it leads to an address without TLS"));
            }
            let reply = self.agent.get(&url).call().map_err(explain)?;
            let location = reply.headers().get("location").and_then(|value| value.to_str().ok());
            match location {
                Some(location) if reply.status().is_redirection() => url = location.to_owned(),
                _ => return whole(reply),
            }
        }
        Err(Error::new(Kind::Protocol, "it leads from one address to another, without an end"))
    }

    /// Sends a form to a URL for which [`is_safe_for_secrets`] holds. Whoever shows an error says which server: it is
    /// [`server_of`] the URL.
    pub fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<HttpReply> {
        if !is_safe_for_secrets(url) {
            return Err(Error::new(Kind::Config, "a token is not sent there without TLS"));
        }
        let reply = self.agent.post(url).header("accept", "application/json").send_form(fields.iter().copied());
        whole(reply.map_err(explain)?)
    }
}

fn whole(mut reply: ureq::http::Response<ureq::Body>) -> Result<HttpReply> {
    let mut body = Zeroizing::new(Vec::with_capacity(MAX_BODY + 1));
    let read = reply.body_mut().as_reader().take(MAX_BODY as u64 + 1).read_to_end(&mut body);
    read.map_err(|error| explain(ureq::Error::Io(error)))?;
    if body.len() > MAX_BODY {
        return Err(Error::new(Kind::Protocol, "an answer of more than 1 MiB"));
    }
    Ok(HttpReply { status: reply.status().as_u16(), body })
}

/// For errors: host and port, without the rest of the address, which may hold what is not for everybody's eyes.
pub fn server_of(url: &str) -> String {
    let authority = url.parse::<Uri>().ok().and_then(|uri| uri.into_parts().authority);
    let host = authority.as_ref().and_then(|authority| authority.as_str().rsplit('@').next());
    crate::escape::text(host.unwrap_or("an address that cannot be read").as_bytes())
}

/// Our own errors come through ureq unchanged.
fn explain(error: ureq::Error) -> Error {
    let text = match error {
        ureq::Error::Io(io) => match io.downcast::<Error>() {
            Ok(ours) => return ours,
            Err(io) => io.to_string(),
        },
        error => error.to_string(),
    };
    Error::new(Kind::TryLater, format!("no answer that could be used: {}", crate::escape::text(text.as_bytes())))
}

fn through(error: Error) -> ureq::Error {
    ureq::Error::Io(std::io::Error::other(error))
}

const UNREACHED: &str = "check the network, and the address of the provider";

struct Dialling {
    trust: TrustSettings,
    proxy: ProxyChoice,
    waits: Waits,
}

#[derive(Clone)]
struct Dialler(Arc<Dialling>);

impl Dialling {
    fn dial(&self, uri: &Uri) -> Result<Stream> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let proxy = if is_this_machine(&host) { None } else { self.proxy.to(&host)? };
        let route = Route { host, port, proxy, source_address: None, tunnel: None };
        let stream = Stream::plain(connect(&route, &self.waits).map_err(|error| if_unreached(error, UNREACHED))?);
        if is_tls { stream.secured(&Trust::for_http(&self.trust, &self.waits)?, &route.host) } else { Ok(stream) }
    }
}

impl Connector<()> for Dialler {
    type Out = HttpConnection;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<HttpConnection>, ureq::Error> {
        let stream = self.0.dial(details.uri).map_err(through)?;
        Ok(Some(HttpConnection { stream, buffers: LazyBuffers::new(BUFFER, BUFFER) }))
    }
}

impl fmt::Debug for Dialler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialler")
    }
}

/// One of our streams, as ureq wants it. Its time-outs are our own.
struct HttpConnection {
    stream: Stream,
    buffers: LazyBuffers,
}

impl HttpTransport for HttpConnection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.begin(Phase::HttpReply);
        let result = self.stream.write_all(&self.buffers.output()[..amount]).and_then(|()| self.stream.flush());
        result.map_err(|error| through(self.stream.explain(error)))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let received = self.stream.read(self.buffers.input_append_buf());
        let received = received.map_err(|error| through(self.stream.explain(error)))?;
        self.buffers.input_appended(received);
        Ok(received > 0)
    }

    /// ureq sends nothing for `https` where this is not so.
    fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// Each request has a connection of its own.
    fn is_open(&mut self) -> bool {
        false
    }
}

impl fmt::Debug for HttpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpConnection")
    }
}

/// Names are looked up where connections are made.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

const REDIRECTIONS: usize = 3;

const MAX_BODY: usize = 1024 * 1024;

const BUFFER: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_tls_or_stay_here() {
        for url in [
            "https://login.example.org/token",
            "http://127.0.0.1:80/x",
            "http://localhost/",
            "http://LocalHost.:80/",
            "http://[::1]:8080/",
        ] {
            assert!(is_safe_for_secrets(url), "{url}");
        }
        for url in [
            "http://login.example.org/token",
            "ftp://localhost/",
            "https:///x",
            "token",
            "",
            "http://localhost.evil.example/",
            "http://token.localhost/",
            "http://localhost@evil.example/",
            "http://localhost:80@evil.example/",
        ] {
            assert!(!is_safe_for_secrets(url), "{url}");
        }
    }

    #[test]
    fn errors_name_the_server_only() {
        assert_eq!(server_of("https://ann:hunter2@login.example.org:8443/token?a=b"), "login.example.org:8443");
        assert_eq!(server_of("hunter2 "), "an address that cannot be read");
    }
}
