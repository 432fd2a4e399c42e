//! The user's browser, and any other client of a few lines.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::form::Fields;
use super::http::{find, headers, line};

/// What a user and a browser do with the address of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Consents.
    Approve,
    /// Says no.
    Deny,
    /// Consents; but first the browser asks the client for its icon.
    FaviconFirst,
    /// Consents; but first somebody speaks something else than HTTP to the client.
    GarbageFirst,
    /// Consents; but the browser opens a second connection to the client beforehand and says nothing on it.
    IdleConnectionFirst,
    /// Consents; but comes back with another state, as a forged request would.
    WrongState,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Page {
    /// A header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON. Panics where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Opens the address of a login and returns the last page: the client's, unless the authority did not redirect.
///
/// Panics where nobody answers.
pub fn browse(url: &str, visit: Visit) -> Page {
    let decision = if visit == Visit::Deny { "deny" } else { "approve" };
    let page = get(url, &[(DECISION, decision)]);
    let Some(location) = page.header("location") else { return page };
    let mut location = location.to_owned();
    let (address, _) = split(&location);
    let idle = match visit {
        Visit::IdleConnectionFirst => Some(TcpStream::connect(address).expect("the client listens")),
        _ => None,
    };
    match visit {
        Visit::FaviconFirst => drop(get(&format!("http://{address}/favicon.ico"), &[])),
        Visit::GarbageFirst => garbage(address),
        Visit::WrongState => location = with_wrong_state(&location),
        _ => {}
    }
    let page = get(&location, &[]);
    drop(idle);
    page
}

/// A GET. Panics where nobody answers.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Page {
    request("GET", url, headers, "").unwrap_or_else(|error| panic!("GET {url}: {error}"))
}

/// A POST of a form. Panics where nobody answers.
pub fn post(url: &str, form: &Fields) -> Page {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    request("POST", url, &headers, &form.encode()).unwrap_or_else(|error| panic!("POST {url}: {error}"))
}

/// One request, without keeping the connection.
pub fn request(method: &str, url: &str, fields: &[(&str, &str)], body: &str) -> io::Result<Page> {
    let (address, target) = split(url);
    // As browsers have it, a URL without a path means the root.
    let root = if target.starts_with('/') { "" } else { "/" };
    let mut stream = connect(address)?;
    let mut text = format!("{method} {root}{target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    fields.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())?;
    read(stream)
}

fn read(stream: TcpStream) -> io::Result<Page> {
    let mut reader = BufReader::new(stream);
    let first = line(&mut reader)?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("not a status line: {first:?}")))?;
    let headers = headers(&mut reader)?;
    let mut body = Vec::new();
    match find(&headers, "content-length").and_then(|length| length.parse().ok()) {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
        }
        None => drop(reader.read_to_end(&mut body)?),
    }
    Ok(Page { status, headers, body })
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The beginning of a TLS handshake, to a client that does not speak TLS; whatever it answers.
fn garbage(address: &str) {
    let mut stream = connect(address).expect("the client listens");
    stream.write_all(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\r\n\r\n\r\n").expect("the client listens");
    thread::spawn(move || stream.read_to_end(&mut Vec::new())); // does not wait for it, as strangers do not
}

fn with_wrong_state(location: &str) -> String {
    let (base, query) = location.split_once('?').expect("a redirect has fields");
    let mut fields = Fields::parse(query);
    fields.set("state", "0123456789abcdefghijkl");
    format!("{base}?{}", fields.encode())
}

/// `HOST:PORT`, and path with query; either may be missing.
fn split(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("not a URL of HTTP: {url:?}"));
    rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
}

/// The header in which this browser tells the authority what the user clicks.
pub(super) const DECISION: &str = "x-decision";
const PATIENCE: Duration = Duration::from_secs(60);
