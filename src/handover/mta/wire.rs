use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use super::reply::{MtaReply, ReplyLine};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, Phase, Transport, Trust};

/// Commands and text to the server, and its replies. Whatever ends the connection is a [`Loss`].
pub(super) struct Wire {
    stream: Connection,
    /// What has come; of it, `used` octets are done with.
    input: Vec<u8>,
    used: usize,
}

/// A connection is of no use any more.
#[derive(Debug)]
pub(super) struct Loss {
    /// Why.
    pub(super) error: Error,
    /// Was nothing heard for too long?
    pub(super) timed_out: bool,
    /// How far the message had come.
    pub(super) reach: Reach,
}

/// How far a message had come when its connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing of it was sent.
    Unsent,
    /// Its text was on its way, or there.
    Begun,
    /// Its file cannot be read: that was not the server's doing.
    Unreadable,
}

impl Wire {
    pub(super) fn new(stream: Connection) -> Self {
        Self { stream, input: Vec::new(), used: 0 }
    }

    /// Sends octets, in one write.
    pub(super) fn send(&mut self, octets: &[u8], phase: Phase) -> Result<(), Loss> {
        self.stream.begin(phase);
        let sent = self.stream.write_all(octets).and_then(|()| self.stream.flush());
        sent.map_err(|error| self.lost(error))
    }

    /// The next reply, all of it within one time-out. With 421 the server says that it ends the connection.
    pub(super) fn reply(&mut self, phase: Phase) -> Result<MtaReply, Loss> {
        self.stream.begin(phase);
        let mut lines = Vec::new();
        let mut first = None;
        let code = loop {
            let line = self.line()?;
            let (code, text, is_last) = match ReplyLine::parse(&line) {
                Some(ReplyLine::Further(code, text)) => (code, text, false),
                Some(ReplyLine::Last(code, text)) => (code, text, true),
                None => return Err(nonsense(phase, &line)),
            };
            if *first.get_or_insert(code) != code || lines.len() >= MAX_LINES {
                return Err(nonsense(phase, &line));
            }
            lines.push(text.to_vec());
            if is_last {
                break code;
            }
        };
        let reply = MtaReply::new(code, lines);
        if code == CLOSING {
            let text = format!("the server ends the connection: {}", reply.shown());
            return Err(Error::new(Kind::TryLater, text).because(Cause::ConnectionLost).into());
        }
        Ok(reply)
    }

    /// A refusal that the server may have sent before it closed the connection on us.
    pub(super) fn last_words(&mut self) -> Option<MtaReply> {
        self.reply(Phase::Receipt).ok().filter(|reply| !reply.is_good())
    }

    /// Has something come that was not asked for?
    pub(super) fn has_more(&self) -> bool {
        self.used < self.input.len()
    }

    /// The same connection in TLS.
    pub(super) fn secured(self, trust: &Trust, host: &str) -> Result<Self> {
        Ok(Self::new(self.stream.into_tls(trust, host)?))
    }

    /// A stop gives waits this long from now on.
    pub(super) fn give_grace(&mut self, grace: Duration) {
        self.stream.give_grace(grace);
    }

    /// Ends the connection.
    pub(super) fn close(&mut self) {
        self.stream.close().ok(); // the server may have closed first; nothing depends on it
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Vec<u8>, Loss> {
        let mut looked_at = 0;
        loop {
            let unused = &self.input[self.used..];
            if let Some(end) = memchr::memchr(b'\n', &unused[looked_at..]).map(|end| looked_at + end) {
                let line = &unused[..end];
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.used += end + 1;
                return Ok(line);
            }
            looked_at = unused.len();
            if looked_at > MAX_LINE {
                let text = format!("the server sent a line of more than {MAX_LINE} octets");
                return Err(Error::nonsense(text).into());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), Loss> {
        self.input.drain(..self.used);
        self.used = 0;
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(self.lost(ErrorKind::UnexpectedEof.into())),
            Ok(octets) => {
                self.input.extend_from_slice(&piece[..octets]);
                Ok(())
            }
            Err(error) => Err(self.lost(error)),
        }
    }

    fn lost(&self, error: io::Error) -> Loss {
        let timed_out = error.kind() == ErrorKind::TimedOut;
        Loss { timed_out, ..Loss::from(self.stream.explain(error)) }
    }
}

impl Loss {
    /// The same, for a message that had come so far.
    pub(super) fn at(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// Has somebody asked for the end of everything?
    pub(super) fn is_end(&self) -> bool {
        matches!(self.error.cause(), Cause::Stopped | Cause::Deadline)
    }
}

impl From<Error> for Loss {
    fn from(error: Error) -> Self {
        Self { error, timed_out: false, reach: Reach::Unsent }
    }
}

impl From<io::Error> for Loss {
    /// Whatever is read here and is not a connection is the message's file.
    fn from(error: io::Error) -> Self {
        Self::from(Error::new(Kind::LocalIo, "the message cannot be read").caused_by(error)).at(Reach::Unreadable)
    }
}

fn nonsense(phase: Phase, line: &[u8]) -> Loss {
    let shown = crate::escape::text(&line[..line.len().min(100)]);
    Error::nonsense(format!("the server sent something else than {phase}: \"{shown}\"")).into()
}

/// The server is closing the connection (RFC 5321 section 3.8).
const CLOSING: u16 = 421;

/// Octets of a line. The RFC has 512.
const MAX_LINE: usize = 8 * 1024;

/// Lines of a reply.
const MAX_LINES: usize = 128;
