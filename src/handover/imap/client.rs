//! Commands out, replies in. It knows no command; an error means that the connection is over.

use std::io::ErrorKind;

use super::offers::Offers;
use super::reader::ResponseReader;
use super::response::{Condition, Datum, ImapReply, ImapStatus};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, Phase, Transport, Trust};

/// A connection to an IMAP server.
pub(super) struct ImapClient {
    stream: Connection,
    reader: ResponseReader,
    buffer: Box<[u8]>,
    tags: u32,
    /// What is being waited for: the name of the command.
    verb: &'static str,
    /// Octets and replies since the last command.
    octets: u64,
    replies: usize,
    pub(super) capabilities: Offers,
}

/// What came where the server was to ask for more.
pub(super) enum Asked {
    /// It wants more, and says this.
    More(Vec<u8>),
    /// The command is over.
    Over(ImapStatus),
}

impl ImapClient {
    /// Takes over a connection whose first octet is to come.
    pub(super) fn new(stream: Connection) -> Self {
        Self {
            stream,
            reader: ResponseReader::default(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            tags: 0,
            verb: "",
            octets: 0,
            replies: 0,
            capabilities: Offers::default(),
        }
    }

    /// The greeting.
    pub(super) fn greeting(&mut self) -> Result<ImapStatus> {
        self.stream.begin(Phase::Greeting);
        match self.reply()? {
            ImapReply::Status(status) => Ok(status),
            _ => Err(Error::nonsense("the server does not greet as an IMAP server does")),
        }
    }

    /// Sends a command of one line, and tells `on_data` what comes before its answer. Of an untagged status that is its code,
    /// as [`CODE`], name and arguments.
    pub(super) fn command(
        &mut self,
        verb: &'static str,
        arguments: &str,
        on_data: &mut dyn FnMut(&[Datum]) -> Result<()>,
    ) -> Result<ImapStatus> {
        let tag = self.start(verb);
        let blank = if arguments.is_empty() { "" } else { " " };
        let line = format!("{tag} {verb}{blank}{arguments}\r\n");
        self.send(line.as_bytes())?;
        self.answer(&tag, on_data)
    }

    /// The same, where no data matters.
    pub(super) fn simple(&mut self, verb: &'static str, arguments: &str) -> Result<ImapStatus> {
        self.command(verb, arguments, &mut |_| Ok(()))
    }

    /// A command begins: the tag for its line.
    pub(super) fn start(&mut self, verb: &'static str) -> String {
        self.tags += 1;
        self.verb = verb;
        (self.octets, self.replies) = (0, 0);
        format!("m{}", self.tags)
    }

    /// Sends octets. Each call may take the time of one wait.
    pub(super) fn send(&mut self, octets: &[u8]) -> Result<()> {
        self.stream.begin(self.phase());
        let sent = self.stream.write_all(octets).and_then(|()| self.stream.flush());
        sent.map_err(|error| self.stream.explain(error))
    }

    /// The answer to the command with this tag.
    pub(super) fn answer(&mut self, tag: &str, on_data: &mut dyn FnMut(&[Datum]) -> Result<()>) -> Result<ImapStatus> {
        // Whoever gets a message may look for viruses in it first.
        let phase = if self.verb == APPEND { Phase::Receipt } else { self.phase() };
        self.stream.begin(phase);
        let mut patience = MOST_WAITS;
        loop {
            match self.reply()? {
                ImapReply::Tagged(its, status) => return self.ended(tag, &its, status),
                ImapReply::Data(values) => on_data(&values)?,
                // `* OK Hang in there..`, as Dovecot says every half minute while it is busy.
                ImapReply::Status(status) => {
                    if patience > 0 {
                        patience -= 1;
                        self.stream.begin(phase);
                    }
                    if let Some(code) = status.code {
                        on_data(&[CODE.into(), code.name.as_str().into(), Datum::Text(code.arguments)])?;
                    }
                }
                ImapReply::Continue(_) => {}
            }
        }
    }

    /// Waits until the server wants the rest of the command, or ends it.
    pub(super) fn asked(&mut self, tag: &str) -> Result<Asked> {
        self.stream.begin(self.phase());
        loop {
            match self.reply()? {
                ImapReply::Continue(text) => return Ok(Asked::More(text)),
                ImapReply::Tagged(its, status) => return self.ended(tag, &its, status).map(Asked::Over),
                ImapReply::Data(_) | ImapReply::Status(_) => {}
            }
        }
    }

    /// The answer to a command that is still being sent, if it is here already. Nothing is waited for; but what has come is
    /// taken, so that the server is never stuck with what it has to say.
    pub(super) fn early_answer(&mut self, tag: &str) -> Result<Option<ImapStatus>> {
        loop {
            while let Some(reply) = self.next_reply()? {
                if let ImapReply::Tagged(its, status) = reply {
                    return self.ended(tag, &its, status).map(Some);
                }
            }
            match self.stream.read_ready(&mut self.buffer) {
                Ok(Some(0)) => return Err(self.stream.explain(ErrorKind::UnexpectedEof.into())),
                Ok(Some(octets)) => self.take(octets)?,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.stream.explain(error)),
            }
        }
    }

    /// Does the handshake of TLS. What came in clear text behind the answer to STARTTLS may be of somebody on the way: it
    /// ends the session (CVE-2011-0411).
    pub(super) fn into_tls(self, trust: &Trust, host: &str) -> Result<Self> {
        if !self.reader.is_empty() {
            return Err(Error::new(
                Kind::Unavailable,
                "the server sent something in clear text behind its answer to STARTTLS",
            ));
        }
        let stream = self.stream.into_tls(trust, host)?;
        Ok(Self { capabilities: Offers::default(), tags: self.tags, ..Self::new(stream) })
    }

    pub(super) fn stream(&mut self) -> &mut Connection {
        &mut self.stream
    }

    fn phase(&self) -> Phase {
        if self.verb == FETCH { Phase::Lines(self.verb, None) } else { Phase::Reply(self.verb, None) }
    }

    fn ended(&mut self, tag: &str, its: &[u8], status: ImapStatus) -> Result<ImapStatus> {
        if its != tag.as_bytes() {
            let said = crate::escape::text(&status.text);
            return Err(Error::nonsense(format!("the server answers what was not asked: {said}")));
        }
        if let Some(code) = status.code.as_ref().filter(|code| code.name == "CAPABILITY") {
            self.capabilities = Offers::of_code(&code.arguments);
        }
        Ok(status)
    }

    /// The next reply; the last one that a server sends is an error.
    fn reply(&mut self) -> Result<ImapReply> {
        loop {
            if let Some(reply) = self.next_reply()? {
                return Ok(reply);
            }
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Err(self.stream.explain(ErrorKind::UnexpectedEof.into())),
                Ok(octets) => self.take(octets)?,
                Err(error) => return Err(self.stream.explain(error)),
            }
        }
    }

    fn take(&mut self, octets: usize) -> Result<()> {
        self.octets += octets as u64;
        if self.octets > MOST_OCTETS {
            return Err(too_much(self.verb));
        }
        self.reader.push(&self.buffer[..octets]);
        Ok(())
    }

    /// The next reply that has come.
    fn next_reply(&mut self) -> Result<Option<ImapReply>> {
        let response = self.reader.next().map_err(|_| too_much(self.verb))?;
        let Some(response) = response else { return Ok(None) };
        self.replies += 1;
        if self.replies > MOST_REPLIES {
            return Err(too_much(self.verb));
        }
        let reply = ImapReply::of(&response);
        match &reply {
            ImapReply::Status(status) if status.condition == Condition::Bye && self.verb != LOGOUT => Err(bye(status)),
            ImapReply::Status(ImapStatus { code: Some(code), .. }) if code.name == "CAPABILITY" => {
                self.capabilities = Offers::of_code(&code.arguments);
                Ok(Some(reply))
            }
            ImapReply::Data(values) if values.first().is_some_and(|name| name.is("CAPABILITY")) => {
                self.capabilities = Offers::of(&values[1..]);
                Ok(Some(reply))
            }
            _ => Ok(Some(reply)),
        }
    }
}

fn too_much(verb: &str) -> Error {
    Error::nonsense(format!("the server's reply to {verb} has no end"))
}

/// The server ends the session.
fn bye(status: &ImapStatus) -> Error {
    let said = status.shown();
    Error::new(Kind::TryLater, format!("the server ends the session: {said}")).because(Cause::ConnectionLost)
}

/// What stands before a response code among the data.
pub(super) const CODE: &str = "[";

/// The command whose answer is long.
pub(super) const FETCH: &str = "UID FETCH";

/// The command that hands a message over.
pub(super) const APPEND: &str = "APPEND";

/// The command behind which the server says BYE.
pub(super) const LOGOUT: &str = "LOGOUT";

/// Octets received in one call at most.
const BUFFER: usize = 64 * 1024;

/// Octets in reply to one command: the headers of the messages that came since the last run.
const MOST_OCTETS: u64 = 1024 * 1024 * 1024;

/// How often the server may ask for more time.
const MOST_WAITS: usize = 60;

const MOST_REPLIES: usize = 1_000_000;
