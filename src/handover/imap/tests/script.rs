//! A network of servers that say what is written down.

use std::collections::VecDeque;
use std::io::{Error as IoError, Read, Result as IoResult, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, Network, Phase, Route, Transport, Waits};

/// When this has been heard, behind what the step before has heard, that is said.
pub(super) type Step = (&'static str, &'static str);

/// The servers, one a connection; and all that each has heard.
#[derive(Clone, Default)]
pub(super) struct Scripts {
    waiting: Arc<Mutex<VecDeque<Vec<Step>>>>,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Octets that one read gives at most.
    step: usize,
}

impl Scripts {
    pub(super) fn new(scripts: Vec<Vec<Step>>) -> Self {
        Self { waiting: Arc::new(Mutex::new(scripts.into())), step: 7, ..Self::default() }
    }

    /// What the connection with this number has heard.
    pub(super) fn heard(&self, connection: usize) -> String {
        String::from_utf8(self.heard.lock().unwrap()[connection].clone()).unwrap()
    }

    pub(super) fn connections(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

impl Network for Scripts {
    fn connect(&self, _: &Route, _: &Waits) -> Result<Connection> {
        let steps = self.waiting.lock().unwrap().pop_front();
        let steps = steps.ok_or_else(|| Error::new(Kind::NoHost, "no more connections are planned"))?;
        let mut heard = self.heard.lock().unwrap();
        heard.push(Vec::new());
        let server = Server {
            steps: steps.into(),
            scripts: self.clone(),
            number: heard.len() - 1,
            behind: 0,
            saying: VecDeque::new(),
        };
        Ok(Box::new(server))
    }
}

struct Server {
    steps: VecDeque<Step>,
    scripts: Scripts,
    number: usize,
    /// What has been heard and used.
    behind: usize,
    saying: VecDeque<u8>,
}

impl Server {
    fn listen(&mut self) {
        let heard = self.scripts.heard.lock().unwrap();
        while let Some(&(needle, says)) = self.steps.front() {
            let new = &heard[self.number][self.behind..];
            let Some(at) = memchr::memmem::find(new, needle.as_bytes()) else { break };
            self.behind += at + needle.len();
            self.saying.extend(says.bytes());
            self.steps.pop_front();
        }
    }
}

impl Read for Server {
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        self.listen();
        let octets = buf.len().min(self.scripts.step);
        self.saying.read(&mut buf[..octets])
    }
}

impl Write for Server {
    fn write(&mut self, buf: &[u8]) -> IoResult<usize> {
        self.scripts.heard.lock().unwrap()[self.number].extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

impl Transport for Server {
    fn begin(&mut self, _: Phase) {}

    fn explain(&self, error: IoError) -> Error {
        Error::new(Kind::TryLater, "the connection broke").because(Cause::ConnectionLost).caused_by(error)
    }

    fn read_ready(&mut self, buf: &mut [u8]) -> IoResult<Option<usize>> {
        self.listen();
        if self.saying.is_empty() { Ok(None) } else { self.read(buf).map(Some) }
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(Ipv4Addr::LOCALHOST.into())
    }
}
