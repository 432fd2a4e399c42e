//! Where the octets of a connection go: into the socket, or into the delay line before it.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{RecvFlags, recv};

use super::delay::DelayLine;

/// The sending half of a connection, beneath TLS.
#[derive(Debug)]
pub enum Sink {
    /// Straight into the socket: the writer waits when the client does not read.
    Direct(Arc<TcpStream>),
    /// Through the delay line; `answer` once an octet of the client has come in.
    Delayed { line: DelayLine, answer: bool },
}

impl Sink {
    /// The way to the client, with a delay line only if there is a delay.
    pub fn new(socket: &Arc<TcpStream>, rtt: Duration) -> Self {
        if rtt.is_zero() {
            return Self::Direct(Arc::clone(socket));
        }
        Self::Delayed { line: DelayLine::new(Arc::clone(socket), rtt), answer: false }
    }

    /// Tells that an octet of the client has come in: what is sent from now on is an answer.
    pub fn answer(&mut self) {
        if let Self::Delayed { answer, .. } = self {
            *answer = true;
        }
    }

    /// Ends the stream when everything is delivered; with `reset` the last handle of the socket does that.
    pub fn finish(&mut self, reset: bool) {
        match self {
            Self::Direct(_) if reset => {}
            Self::Direct(socket) => {
                socket.shutdown(Shutdown::Write).ok(); // the client may have gone already
            }
            Self::Delayed { line, .. } => line.finish(reset),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(octets)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Direct(socket) => (&**socket).write_vectored(parts),
            Self::Delayed { line, answer } => line.send(parts, *answer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The receiving half, with the choice not to wait.
#[derive(Debug)]
pub struct Source<'a>(pub &'a TcpStream, pub RecvFlags);

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match recv(self.0, &mut *buffer, self.1) {
                Ok((octets, _)) => return Ok(octets),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
