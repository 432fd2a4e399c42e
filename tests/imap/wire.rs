//! A network that hears what is sent, and can be cut.

use std::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Write};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailhaul::error::{Error, Result};
use mailhaul::net::{Connection, Network, Phase, Route, Sockets, Transport, Waits};

/// Hears, and cuts each connection after so many octets.
#[derive(Clone, Default)]
pub(super) struct Wire {
    heard: Arc<Mutex<Vec<u8>>>,
    /// Octets that may still be sent; then the connection breaks.
    left: Arc<Mutex<Option<usize>>>,
}

impl Wire {
    /// Breaks the connection when so many more octets have been sent.
    pub(super) fn cut_after(&self, octets: Option<usize>) {
        *self.left.lock().unwrap() = octets;
    }

    /// How often a text was sent.
    pub(super) fn count(&self, text: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        heard.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
    }
}

impl Network for Wire {
    fn connect(&self, route: &Route, waits: &Waits) -> Result<Connection> {
        Ok(Box::new(Tapped { inner: Sockets.connect(route, waits)?, wire: self.clone() }))
    }
}

struct Tapped {
    inner: Connection,
    wire: Wire,
}

impl Tapped {
    fn unless_cut(&self) -> IoResult<()> {
        if *self.wire.left.lock().unwrap() == Some(0) { Err(ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Read for Tapped {
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        self.unless_cut()?;
        self.inner.read(buf)
    }
}

impl Write for Tapped {
    fn write(&mut self, buf: &[u8]) -> IoResult<usize> {
        self.unless_cut()?;
        let mut left = self.wire.left.lock().unwrap();
        let octets = self.inner.write(&buf[..left.map_or(buf.len(), |left| left.min(buf.len()))])?;
        *left = left.map(|left| left - octets);
        self.wire.heard.lock().unwrap().extend_from_slice(&buf[..octets]);
        Ok(octets)
    }

    fn flush(&mut self) -> IoResult<()> {
        self.inner.flush()
    }
}

impl Transport for Tapped {
    fn begin(&mut self, phase: Phase) {
        self.inner.begin(phase);
    }

    fn explain(&self, error: IoError) -> Error {
        self.inner.explain(error)
    }

    fn give_grace(&mut self, grace: Duration) {
        self.inner.give_grace(grace);
    }

    fn read_ready(&mut self, buf: &mut [u8]) -> IoResult<Option<usize>> {
        self.unless_cut()?;
        self.inner.read_ready(buf)
    }

    fn close(&mut self) -> IoResult<()> {
        self.inner.close()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.inner.peer()
    }
}
