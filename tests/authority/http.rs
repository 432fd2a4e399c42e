//! HTTP/1.1 as the authority speaks it: one request on each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::Value;

use super::form::Fields;

/// A request as it came; the authority is for tests, so secrets are in it.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: Fields,
    /// What a POST had in its body.
    pub form: Fields,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// When it had come in.
    pub at: Instant,
}

impl Request {
    /// A field of the form, or else of the query.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.get(name).or_else(|| self.query.get(name))
    }

    /// A header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Reads one; `InvalidData` says what is wrong with it, or that nothing came.
    pub(super) fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream).take(MAX_OCTETS);
        let first = line(&mut reader)?;
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(invalid(format!("not a request line: {first:?}")));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), Fields::parse(query));
        let headers = headers(&mut reader)?;
        let form = form(&mut reader, &headers)?;
        Ok(Self { method: method.to_owned(), path, query, form, headers, at: Instant::now() })
    }
}

/// An answer.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let headers = vec![("Cache-Control", "no-store".to_owned())];
        Self { status, headers, body: Vec::new() }.with_body("application/json", value.to_string())
    }

    pub(super) fn html(status: u16, text: &str) -> Self {
        let body = format!("<!DOCTYPE html>\n<title>test</title>\n<p>{text}</p>\n");
        Self { status, headers: Vec::new(), body: Vec::new() }.with_body("text/html; charset=utf-8", body)
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self { status: 302, headers: vec![("Location", to.to_owned())], body: Vec::new() }
    }

    pub(super) fn with_body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.push(("Content-Type", content_type.to_owned()));
        Self { body: body.into(), ..self }
    }

    pub(super) fn write(&self, mut stream: &TcpStream) -> io::Result<()> {
        let reason = if self.status < 400 { "Fine" } else { "Refused" };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        self.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len()));
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)
    }
}

/// The header lines up to the empty one, names in lower case.
pub(super) fn headers(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid(format!("not a header: {line:?}")))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// The first header of this name.
pub(super) fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
}

/// A line without its end.
pub(super) fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let text = line.strip_suffix(b"\r\n").ok_or_else(|| invalid("a line without CRLF".to_owned()))?;
    Ok(String::from_utf8_lossy(text).into_owned())
}

/// The body, which has to be a form.
fn form(reader: &mut impl Read, headers: &[(String, String)]) -> io::Result<Fields> {
    let Some(length) = find(headers, "content-length") else {
        return match find(headers, "transfer-encoding") {
            Some(encoding) => Err(invalid(format!("a body in the form {encoding}"))),
            None => Ok(Fields::default()),
        };
    };
    let length = length.parse().map_err(|_| invalid(format!("a length of {length:?}")))?;
    let mut body = vec![0; std::cmp::min(length, MAX_OCTETS as usize)];
    reader.read_exact(&mut body)?;
    match find(headers, "content-type").map(|value| value.split(';').next().unwrap_or_default()) {
        _ if body.is_empty() => Ok(Fields::default()),
        Some("application/x-www-form-urlencoded") => Ok(Fields::parse(&String::from_utf8_lossy(&body))),
        other => Err(invalid(format!("the body is no form but {other:?}"))),
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Of one request.
const MAX_OCTETS: u64 = 1 << 20;
