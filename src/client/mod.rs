//! The pump: drives a POP3 session over anything that is a [`Transport`]. It knows no disk.
//!
//! Replies come in the order of the commands, so there is one FIFO of what is outstanding (C-351). A `-ERR` is a
//! value, [`Refusal`]; an error means that the session is over, and must be closed without QUIT (C-018).

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::Arc;

use zeroize::Zeroize;

use self::capa::{Capa, at_capa};
pub use self::download::{Extent, Part};
use self::input::Input;
pub use self::login::{FailedLogin, LoginOutcome, Reason};
pub use self::pipeline::{Body, Reply, UidLine};
pub use self::sasl::{FirstMessage, nonsense};
pub use self::secrets::Secrets;
pub use self::typed::Typed;
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Phase, Transport, other_protocol};
use crate::proto::{
    self, Capabilities, Command, LineRule, Listing, Occasion, Pipelining, ResponseCode, SessionState, Sizes, Stat,
    Status, StatusLine,
};

mod capa;
mod download;
mod input;
mod login;
mod pipeline;
mod sasl;
mod secrets;
mod typed;

/// A POP3 session on a connection.
pub struct Client<T> {
    stream: T,
    input: Input,
    out: Vec<u8>,
    state: SessionState,
    capabilities: Capabilities,
    outstanding: VecDeque<pipeline::Outstanding>,
    transcript: Arc<dyn Transcript>,
    secrets: Secrets,
    /// The server has closed the connection.
    ended: bool,
    pipelining: Pipelining,
    capa: Capa,
    max_listed: usize,
    /// Lines may follow the reply to a typed line of which nobody knows whether it has some.
    rest_may_come: bool,
    greeting: String,
    timestamp: Option<String>,
}

/// Is told the dialogue, with secrets masked and foreign text escaped.
pub trait Transcript: Send + Sync {
    /// A command was sent.
    fn sent(&self, line: &str);
    /// A line was received.
    fn received(&self, line: &str);
}

/// What `-ERR` said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The server's words, escaped.
    pub text: String,
    /// The response code, if there was one.
    pub code: Option<ResponseCode>,
    /// May the same command succeed later (C-113, C-115)?
    pub temporary: bool,
}

/// What a command brought: a value, or the server's `-ERR`.
pub type Answer<V> = std::result::Result<V, Refusal>;

/// Where in a session a status line comes; what of it may be shown depends on that.
#[derive(Clone, Copy)]
enum Place {
    Greeting,
    Login,
    Elsewhere,
}

/// A status line, as it came.
struct ReceivedStatus {
    status: Status,
    text: Vec<u8>,
    rule: LineRule,
    place: Place,
}

impl<T: Transport> Client<T> {
    /// Begins a session: waits for the greeting before anything is sent (C-027). `secrets` are masked wherever the
    /// server's words are shown, from the greeting on: an earlier session may have told it. Short ones are not masked in
    /// the greeting and the capabilities.
    pub fn greet(stream: T, transcript: Arc<dyn Transcript>, secrets: Secrets) -> Result<Self> {
        let mut client = Self::without_greeting(stream, transcript, secrets);
        client.stream.begin(Phase::Greeting);
        let line = client.status_line(Place::Greeting)?;
        match line.status {
            Status::Ok => {
                client.greeting = client.secrets.shown_in_public(&line.text);
                client.timestamp = proto::timestamp(&line.text).map(str::to_owned);
                Ok(client)
            }
            _ => {
                let refusal = client.refusal(&line);
                let kind = if refusal.temporary { Kind::TryLater } else { Kind::Unavailable };
                Err(Error::new(kind, format!("the server turned the connection away: {}", refusal.text)))
            }
        }
    }

    fn without_greeting(stream: T, transcript: Arc<dyn Transcript>, secrets: Secrets) -> Self {
        Self {
            stream,
            input: Input::new(),
            out: Vec::new(),
            state: SessionState::Authorization,
            capabilities: Capabilities::default(),
            outstanding: VecDeque::new(),
            transcript,
            secrets,
            ended: false,
            pipelining: Pipelining::default(),
            capa: Capa::default(),
            max_listed: proto::limits::LISTED,
            rest_may_come: false,
            greeting: String::new(),
            timestamp: None,
        }
    }

    /// The capabilities of the last CAPA.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Asks for TLS and, when the server agrees, lets `handshake` make a new stream of the old one. What was learned
    /// in clear text is forgotten (C-122, C-123).
    pub fn stls<U: Transport>(mut self, handshake: impl FnOnce(T) -> Result<U>) -> Result<Client<U>> {
        self.send(Command::Stls)?;
        if let Err(refusal) = self.single_line()? {
            let text = format!("the server refuses STLS: {}", refusal.text);
            // "TLS not available" has the words of trouble that passes, and does not.
            if refusal.code.is_some_and(ResponseCode::is_temporary) {
                return Err(Error::new(Kind::TryLater, text));
            }
            return Err(
                Error::new(Kind::Unavailable, text).hint("if it offers TLS on port 995, use pop3s:// (--tls implicit)")
            );
        }
        if !self.input.unused().is_empty() {
            return Err(Error::nonsense(
                "clear text followed the reply to STLS: this could be an attempt to inject replies into the TLS session",
            ));
        }
        Ok(Client {
            pipelining: self.pipelining,
            max_listed: self.max_listed,
            capa: if self.capa == Capa::Never { Capa::Never } else { Capa::Open },
            ..Client::without_greeting(handshake(self.stream)?, self.transcript, self.secrets)
        })
    }

    /// Asks for the capabilities and the unique-ids that hold after login: together, if the server said before
    /// login that it takes commands in a row (C-358).
    pub fn capa_and_uidl(&mut self) -> Result<Answer<Listing>> {
        if !self.can_pipeline() || self.capa == Capa::Never {
            self.capa()?;
            let answer = self.uidl()?;
            return self.or_empty(answer);
        }
        self.send(Command::Capa)?;
        self.send(Command::Uidl)?;
        self.read_capa().map_err(at_capa)?;
        let answer = self.read_uidl()?;
        self.or_empty(answer)
    }

    /// Asks how many messages there are, and how many octets.
    pub fn stat(&mut self) -> Result<Answer<Stat>> {
        self.send(Command::Stat)?;
        let (line, sent) = self.next_status()?;
        match line.status {
            Status::Ok => Ok(Ok(Stat::parse(&line.text).map_err(|error| self.secrets.blame(error))?)),
            Status::Err => Ok(Err(self.refusal(&line))),
            Status::Continue => Err(unexpected_continue(sent.verb)),
        }
    }

    /// Asks for nothing.
    pub fn noop(&mut self) -> Result<Answer<()>> {
        self.send(Command::Noop)?;
        self.single_line()
    }

    /// Takes all deletions of this session back.
    pub fn rset(&mut self) -> Result<Answer<()>> {
        self.send(Command::Rset)?;
        self.single_line()
    }

    /// Asks for the unique-ids.
    pub fn uidl(&mut self) -> Result<Answer<Listing>> {
        self.send(Command::Uidl)?;
        self.read_uidl()
    }

    /// Asks for the scan listing. A line that cannot be read only leaves its message without a size.
    pub fn list(&mut self) -> Result<Answer<Sizes>> {
        self.send(Command::List)?;
        let mut sizes = Sizes::of_at_most(self.max_listed);
        let answer = self.multi_line(&mut |line| sizes.push_line(line))?;
        sizes.mask(&|line| self.secrets.masked(line));
        Ok(answer.map(|()| sizes))
    }

    /// The answer to UIDL or LIST. Some servers refuse to list nothing: where STAT counts no message, that is an empty
    /// listing (C-374).
    pub fn or_empty<V: Default>(&mut self, answer: Answer<V>) -> Result<Answer<V>> {
        if answer.is_ok() {
            return Ok(answer);
        }
        match self.stat() {
            Ok(Ok(Stat { messages: 0, .. })) => Ok(Ok(V::default())),
            Err(error) if error.cause() != Cause::ConnectionLost => Err(error),
            _ => Ok(answer),
        }
    }

    /// Says whether several commands may be outstanding from now on. [`Self::stls`] keeps it.
    pub fn set_pipelining(&mut self, pipelining: Pipelining) {
        self.pipelining = pipelining;
    }

    /// How many messages a listing may have.
    pub fn list_at_most(&mut self, messages: usize) {
        self.max_listed = messages;
    }

    /// Ends the session. What DELE marked is removed now, if the answer is not a refusal.
    pub fn quit(&mut self) -> Result<Answer<()>> {
        self.send(Command::Quit)?;
        let answer = self.single_line();
        self.state = SessionState::Closed;
        answer
    }

    /// Ends the session, and after a good answer the connection (C-138). Until then the server may have more to say.
    pub fn leave(&mut self) -> Result<Answer<()>> {
        let answer = self.quit()?;
        self.stream.close().ok(); // the server may have closed first; nothing depends on it
        Ok(answer)
    }

    /// What the server said first, escaped, without `+OK`.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The timestamp that the greeting has for APOP. One that came in clear text before STLS is forgotten (C-123).
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// The connection, to look at or to close it.
    pub fn stream(&mut self) -> &mut T {
        &mut self.stream
    }

    /// Gives the connection back.
    pub fn into_stream(self) -> T {
        self.stream
    }

    fn read_uidl(&mut self) -> Result<Answer<Listing>> {
        let mut listing = Listing::of_at_most(self.max_listed);
        let answer = self.multi_line(&mut |line| listing.push_line(line))?;
        if answer.is_ok() {
            listing.finish().map_err(|error| self.secrets.blame(error))?;
        }
        Ok(answer.map(|()| listing))
    }

    /// Queues a command and sends it.
    fn send(&mut self, command: Command<'_>) -> Result<()> {
        self.queue(command, 0)?;
        self.flush()
    }

    /// Writes what is queued, in one write (C-364). The buffer may hold a password, so it is wiped.
    fn write_out(&mut self) -> Result<()> {
        let result = self.stream.write_all(&self.out).and_then(|()| self.stream.flush());
        self.out.zeroize();
        result.map_err(|error| {
            self.ended |= matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
            self.stream.explain(error)
        })
    }

    /// The reply to the oldest outstanding command, which has one line.
    fn single_line(&mut self) -> Result<Answer<()>> {
        let (line, sent) = self.next_status()?;
        match line.status {
            Status::Ok => Ok(Ok(())),
            Status::Err => Ok(Err(self.refusal(&line))),
            Status::Continue => Err(unexpected_continue(sent.verb)),
        }
    }

    /// The reply to the oldest outstanding command, whose lines after `+OK` go to `each`, without line ends and
    /// stuffing.
    fn multi_line(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<(), proto::Error>) -> Result<Answer<()>> {
        let (line, sent) = self.next_status()?;
        match line.status {
            Status::Ok => {}
            Status::Err => return Ok(Err(self.refusal(&line))),
            Status::Continue => return Err(unexpected_continue(sent.verb)),
        }
        self.stream.begin(Phase::Lines(sent.verb, None));
        let mut lines: u64 = 0;
        loop {
            let Some((line, _)) = self.input.line()? else {
                self.fill()?;
                continue;
            };
            if line == b"." {
                break;
            }
            let line = line.strip_prefix(b".").unwrap_or(line);
            each(line).map_err(|error| self.secrets.blame(error))?;
            lines += 1;
        }
        self.transcript.received(&format!("({lines} lines, .)"));
        Ok(Ok(()))
    }

    /// What a `-ERR` says.
    fn refusal(&self, line: &ReceivedStatus) -> Refusal {
        let code = ResponseCode::parse(&line.text);
        let occasion = match (line.place, self.state) {
            (Place::Greeting, _) => Occasion::Greeting,
            (_, SessionState::Authorization) => Occasion::Login,
            (_, SessionState::Transaction | SessionState::Closed) => Occasion::Mailbox,
        };
        let temporary = proto::is_temporary(occasion, &line.text);
        let text =
            if line.text.is_empty() { "-ERR, without a reason".to_owned() } else { self.secrets.shown(&line.text) };
        Refusal { text, code, temporary }
    }

    /// Reads a status line. In a login challenges are masked in the transcript: with that of SCRAM a password could be
    /// guessed at leisure.
    fn status_line(&mut self, place: Place) -> Result<ReceivedStatus> {
        let (line, rule) = self.raw_status_line(place)?;
        self.parsed(&line, rule, place)
    }

    fn raw_status_line(&mut self, place: Place) -> Result<(Vec<u8>, LineRule)> {
        loop {
            if let Some((line, rule)) = self.input.line()? {
                let shown = match place {
                    Place::Login if line.starts_with(b"+ ") && line.len() > b"+ ".len() => "+ ****".to_owned(),
                    Place::Greeting if line.starts_with(b"+OK") => self.secrets.shown_in_public(line),
                    _ => self.secrets.shown(line),
                };
                self.transcript.received(&shown);
                return Ok((line.to_vec(), rule));
            }
            self.fill()?;
        }
    }

    fn parsed(&self, line: &[u8], rule: LineRule, place: Place) -> Result<ReceivedStatus> {
        let parsed = StatusLine::parse(line).map_err(|error| match (place, other_protocol(line)) {
            (Place::Greeting, Some(other)) => {
                let shown = self.secrets.shown(line);
                Error::nonsense(format!("{}: it says \"{shown}\"", other.text)).hint(other.next_step)
            }
            _ => self.secrets.blame(error),
        })?;
        Ok(ReceivedStatus { status: parsed.status, text: parsed.text.to_vec(), rule, place })
    }

    fn fill(&mut self) -> Result<()> {
        match self.input.fill(&mut self.stream) {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.ended = true;
                Err(self.stream.explain(ErrorKind::UnexpectedEof.into()))
            }
            Err(error) => {
                self.ended = matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset);
                Err(self.stream.explain(error))
            }
        }
    }
}

fn unexpected_continue(verb: &str) -> Error {
    Error::nonsense(format!("the server answered {verb} with +, which has a meaning only after AUTH"))
}

#[cfg(test)]
mod tests;
