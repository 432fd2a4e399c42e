//! A listener on this machine, to which a browser is sent back with an answer (RFC 8252 section 7.3).
//!
//! Whoever is on this machine may connect, and browsers do so in advance and for nothing. So connections are read side by
//! side: none of them keeps the answer, or a stop, waiting.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use crate::error::{Error, Kind, Result};
use crate::until::{Over, Until};

/// Waits for a browser.
pub struct Loopback {
    listener: TcpListener,
    /// Who has connected and not asked yet, the oldest first.
    callers: Vec<Caller>,
}

/// What a browser asked for.
pub struct BrowserRequest {
    /// Path and query.
    pub target: String,
    tcp: TcpStream,
}

/// A connection without a whole request.
struct Caller {
    tcp: TcpStream,
    header: Vec<u8>,
    ends: Instant,
}

impl Loopback {
    /// Listens on 127.0.0.1, on this port, or on any.
    pub fn listen(port: Option<u16>) -> Result<Self> {
        let failed = |error| Error::new(Kind::LocalIo, "cannot listen for the browser's answer").caused_by(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener, callers: Vec::new() })
    }

    /// The port.
    pub fn port(&self) -> Result<u16> {
        let failed = |error| Error::new(Kind::LocalIo, "the listener has no port").caused_by(error);
        self.listener.local_addr().map(|address| address.port()).map_err(failed)
    }

    /// The next request, or none until the deadline; connections that ask for nothing in time are dropped. A stop is an
    /// error.
    pub fn next(&mut self, until: &Until) -> Result<Option<BrowserRequest>> {
        while self.wait(until)? {
            if let Ok((tcp, _)) = self.listener.accept() {
                self.callers.extend(Caller::new(tcp));
            }
            let surplus = self.callers.len().saturating_sub(MAX_CALLERS);
            self.callers.drain(..surplus);
            for mut caller in std::mem::take(&mut self.callers) {
                if caller.read() {
                    self.callers.push(caller);
                } else if let Some(request) = caller.request() {
                    return Ok(Some(request)); // others may be behind it, but only one answer counts
                }
            }
        }
        Ok(None)
    }

    /// Until somebody connects or says something, or a caller's time is over; `false` when the deadline has come.
    fn wait(&self, until: &Until) -> Result<bool> {
        let caller_ends = self.callers.iter().map(|caller| caller.ends).min();
        let first = caller_ends.map_or_else(|| until.clone(), |end| until.by(end));
        let mut wanted = vec![PollFd::new(&self.listener, PollFlags::IN)];
        wanted.extend(self.callers.iter().map(|caller| PollFd::new(&caller.tcp, PollFlags::IN)));
        let failed = |error| Error::new(Kind::LocalIo, "cannot wait for the browser").caused_by(error);
        match first.ready(wanted).map_err(failed)? {
            Err(Over::Stopped) => Err(Error::stopped()),
            Ok(()) | Err(Over::Deadline) => Ok(until.over().is_none()),
        }
    }
}

impl Caller {
    fn new(tcp: TcpStream) -> Option<Self> {
        tcp.set_nonblocking(true).ok()?;
        Some(Self { tcp, header: Vec::new(), ends: Instant::now() + PATIENCE })
    }

    /// Takes what has come; is there more to wait for?
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        while !self.is_complete() {
            match self.tcp.read(&mut buffer) {
                Ok(0) => return false,
                Ok(octets) => self.header.extend_from_slice(&buffer[..octets]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return self.ends > Instant::now(),
                Err(_) => return false,
            }
        }
        false
    }

    fn is_complete(&self) -> bool {
        self.header.len() >= MAX_HEADER || self.header.windows(4).any(|octets| octets == b"\r\n\r\n")
    }

    /// The request line of a whole GET; the rest of the header does not matter.
    fn request(self) -> Option<BrowserRequest> {
        let line = self.header.split(|&octet| octet == b'\r').next().filter(|_| self.is_complete())?;
        let target = std::str::from_utf8(line).ok()?.strip_prefix("GET ")?.split(' ').next()?.to_owned();
        Some(BrowserRequest { target, tcp: self.tcp })
    }
}

impl BrowserRequest {
    /// Shows a page of plain words to whoever sits at the browser.
    pub fn answer(mut self, status: &str, words: &str) {
        let page = format!("<!doctype html><meta charset=\"utf-8\"><title>mailhaul</title><p>{words}</p>\n");
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        self.tcp.write_all(reply.as_bytes()).ok(); // the answer that counts has come already
    }
}

/// How long one connection may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

const MAX_CALLERS: usize = 32;

const MAX_HEADER: usize = 32 * 1024;
