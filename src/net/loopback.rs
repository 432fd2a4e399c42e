//! A listener on this machine, to which a browser is sent back with an answer (RFC 8252 section 7.3).

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Waits;
use crate::error::{Error, Kind, Result};

/// Waits for a browser.
pub struct Loopback {
    listener: TcpListener,
}

/// What a browser asked for.
pub struct BrowserRequest {
    /// Path and query.
    pub target: String,
    tcp: TcpStream,
}

impl Loopback {
    /// Listens on 127.0.0.1, on this port, or on any.
    pub fn listen(port: Option<u16>) -> Result<Self> {
        let failed = |error| Error::new(Kind::LocalIo, "cannot listen for the browser's answer").caused_by(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener })
    }

    /// The port.
    pub fn port(&self) -> Result<u16> {
        let failed = |error| Error::new(Kind::LocalIo, "the listener has no port").caused_by(error);
        self.listener.local_addr().map(|address| address.port()).map_err(failed)
    }

    /// The next request; connections that ask for nothing in time are dropped. An error at the deadline or a stop.
    pub fn next(&self, waits: &Waits) -> Result<BrowserRequest> {
        loop {
            self.wait(waits)?;
            let Ok((tcp, _)) = self.listener.accept() else { continue }; // it was there, and went
            if let Some(request) = BrowserRequest::read(tcp) {
                return Ok(request);
            }
        }
    }

    fn wait(&self, waits: &Waits) -> Result<()> {
        let given_up = || Error::new(Kind::TryLater, "nobody gave consent in time").hint("run the same command again");
        loop {
            let left = waits.deadline.map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
            let left = Timespec::try_from(left).map_err(|_| given_up())?;
            let mut fds = vec![PollFd::new(&self.listener, PollFlags::IN)];
            fds.extend(waits.stop.as_ref().map(|stop| PollFd::from_borrowed_fd(stop.wake_fd(), PollFlags::IN)));
            match poll(&mut fds, Some(&left)) {
                Ok(0) => return Err(given_up()),
                Ok(_) if fds.get(1).is_some_and(|stop| !stop.revents().is_empty()) => {
                    return Err(Error::new(Kind::TryLater, "stopped"));
                }
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => {
                    return Err(
                        Error::new(Kind::LocalIo, "cannot wait for the browser").caused_by(std::io::Error::from(errno))
                    );
                }
            }
        }
    }
}

impl BrowserRequest {
    /// Reads the request line of a GET; the rest of the header does not matter.
    fn read(mut tcp: TcpStream) -> Option<Self> {
        tcp.set_nonblocking(false).ok()?;
        tcp.set_read_timeout(Some(PATIENCE)).ok()?;
        tcp.set_write_timeout(Some(PATIENCE)).ok()?;
        let ends = Instant::now() + PATIENCE;
        let mut header = Vec::new();
        let mut buffer = [0; 2048];
        while !header.windows(4).any(|octets| octets == b"\r\n\r\n")
            && header.len() < MAX_HEADER
            && Instant::now() < ends
        {
            match tcp.read(&mut buffer) {
                Ok(0) => break,
                Ok(octets) => header.extend_from_slice(&buffer[..octets]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        let line = header.split(|&octet| octet == b'\r').next()?;
        let target = std::str::from_utf8(line).ok()?.strip_prefix("GET ")?.split(' ').next()?.to_owned();
        Some(Self { target, tcp })
    }

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
const PATIENCE: Duration = Duration::from_secs(2);

const MAX_HEADER: usize = 32 * 1024;

/// Where there is no deadline.
const LONG: Duration = Duration::from_hours(1);
