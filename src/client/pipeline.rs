//! RETR, TOP, DELE and UIDL of one message, several at a time where the server takes commands in a row (RFC 2449 section 6.6).

use super::{Answer, Client, Place, ReceivedStatus};
use crate::error::{Error, Kind, Result};
use crate::net::{Phase, Transport};
use crate::proto::{Command, LineRule, Listing, MessageNumber, Pipelining, Status, Unstuffer};

/// A command that has no reply yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    pub(super) verb: &'static str,
    pub(super) number: Option<MessageNumber>,
    octets: usize,
    expected: u64,
}

/// The next reply of the pipeline.
#[derive(Debug)]
pub enum Reply {
    /// RETR or TOP: when it is no refusal, [`Client::body`] must follow.
    Retr(MessageNumber, Answer<Body>),
    /// DELE.
    Dele(MessageNumber, Answer<()>),
    /// UIDL of one message: what the line says.
    Uidl(MessageNumber, Answer<UidLine>),
}

/// The reply to UIDL of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidLine(Vec<u8>);

impl UidLine {
    /// Does it say that this message has this unique-id? Servers put blanks of several kinds between the two.
    pub fn says(&self, number: MessageNumber, uid: &[u8]) -> bool {
        let mut listing = Listing::default();
        let is_read = listing.push_line(&self.0).and_then(|()| listing.finish()).is_ok();
        is_read && listing.iter().any(|listed| listed.number == number && listed.uid == uid)
    }
}

#[cfg(test)]
impl UidLine {
    /// What comes after the `+OK`.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.into())
    }
}

/// The right to read what follows a `+OK` to RETR or TOP.
#[derive(Debug)]
#[must_use]
pub struct Body {
    verb: &'static str,
    number: MessageNumber,
    rule: LineRule,
}

impl<T: Transport> Client<T> {
    /// May another command be sent now, whose reply will have about `expected` octets? Always, when none is
    /// outstanding; else only with PIPELINING, while the commands fit into the 2,048 octets that a Dovecot reads
    /// ahead (C-224, C-352), and the replies into a few MiB.
    pub fn has_room(&self, expected: u64) -> bool {
        if self.outstanding.is_empty() {
            return true;
        }
        let commands: usize = self.outstanding.iter().map(|sent| sent.octets).sum();
        let replies: u64 = self.outstanding.iter().map(|sent| sent.expected).sum();
        self.can_pipeline()
            && commands + LONGEST_NUMBERED < MAX_COMMANDS
            && replies.saturating_add(expected) < MAX_REPLIES
    }

    /// Does the server take several commands in a row, and may they be sent?
    pub fn can_pipeline(&self) -> bool {
        match self.pipelining {
            Pipelining::Auto => self.capabilities.has("PIPELINING"),
            Pipelining::On => true,
            Pipelining::Off => false,
        }
    }

    /// Is the next reply that to a RETR?
    pub fn awaits_message(&self) -> bool {
        self.outstanding.front().is_some_and(|sent| sent.verb == "RETR")
    }

    /// How many commands have no reply yet.
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }

    /// Queues RETR, whose reply will have about `expected` octets.
    pub fn retr(&mut self, number: MessageNumber, expected: u64) -> Result<()> {
        self.queue(Command::Retr(number), expected)
    }

    /// Queues TOP, whose reply will have about `expected` octets.
    pub fn top(&mut self, number: MessageNumber, lines: u32, expected: u64) -> Result<()> {
        self.queue(Command::Top(number, lines), expected)
    }

    /// Queues UIDL of one message.
    pub fn uidl_of(&mut self, number: MessageNumber) -> Result<()> {
        self.queue(Command::UidlOf(number), 0)
    }

    /// Queues DELE.
    pub fn dele(&mut self, number: MessageNumber) -> Result<()> {
        self.queue(Command::Dele(number), 0)
    }

    /// Sends what is queued.
    pub fn flush(&mut self) -> Result<()> {
        if self.out.is_empty() { Ok(()) } else { self.write_out() }
    }

    /// Reads the status line of the oldest outstanding RETR, TOP, DELE or UIDL of one message.
    pub fn next_reply(&mut self) -> Result<Reply> {
        let (line, sent) = self.next_status()?;
        let number = sent.number.ok_or_else(|| Error::new(Kind::Bug, "a reply was read in the wrong place"))?;
        match (sent.verb, line.status) {
            ("RETR" | "TOP", Status::Ok) => {
                Ok(Reply::Retr(number, Ok(Body { verb: sent.verb, number, rule: line.rule })))
            }
            ("RETR" | "TOP", Status::Err) => Ok(Reply::Retr(number, Err(self.refusal(&line)))),
            ("UIDL", Status::Ok) => Ok(Reply::Uidl(number, Ok(UidLine(line.text)))),
            ("UIDL", Status::Err) => Ok(Reply::Uidl(number, Err(self.refusal(&line)))),
            (_, Status::Ok) => Ok(Reply::Dele(number, Ok(()))),
            (_, Status::Err) => Ok(Reply::Dele(number, Err(self.refusal(&line)))),
            (verb, Status::Continue) => Err(super::unexpected_continue(verb)),
        }
    }

    /// Reads a message; gives its octets, unstuffed and otherwise as the server sent them, to `sink` in order. An
    /// error of the sink comes back as it is, and ends the session too: the rest of the message is still on its way.
    pub fn body<E: From<Error>>(&mut self, body: Body, sink: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.stream.begin(Phase::Lines(body.verb, Some(body.number.get())));
        self.unstuffed(Unstuffer::new(body.rule), sink)
    }

    /// Gives the lines of a reply to `sink` until the one that ends it.
    pub(super) fn unstuffed<E: From<Error>>(
        &mut self,
        mut unstuffer: Unstuffer,
        mut sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let mut result = Ok(());
            let used = unstuffer.push(self.input.unused(), |octets| {
                if result.is_ok() {
                    result = sink(octets);
                }
            });
            self.input.consume(used);
            result?;
            if unstuffer.is_done() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Queues a command. What the server said while nothing was asked belongs to no command: the session is out of
    /// step (C-013, C-037, C-087).
    pub(super) fn queue(&mut self, command: Command<'_>, expected: u64) -> Result<()> {
        if self.outstanding.is_empty() && !self.input.unused().is_empty() && !self.rest_may_come {
            let said = self.input.unused();
            let line = said.split(|&octet| octet == b'\r' || octet == b'\n').next().unwrap_or_default();
            let line = self.secrets.shown(line);
            return Err(Error::nonsense(format!("the server sent something unexpected: \"{line}\"")));
        }
        command.check_state(self.state)?;
        let before = self.out.len();
        command.encode(&mut self.out)?;
        self.transcript.sent(&command.masked());
        let number = match command {
            Command::Retr(number) | Command::Top(number, _) | Command::Dele(number) | Command::UidlOf(number) => {
                Some(number)
            }
            _ => None,
        };
        let octets = self.out.len() - before;
        self.outstanding.push_back(Outstanding { verb: command.verb(), number, octets, expected });
        Ok(())
    }

    /// The status line of the reply to the oldest outstanding command, and the command.
    pub(super) fn next_status(&mut self) -> Result<(ReceivedStatus, Outstanding)> {
        let (sent, place) = self.begin_reply()?;
        Ok((self.status_line(place)?, sent))
    }

    /// From now on the reply to the oldest outstanding command is waited for.
    pub(super) fn begin_reply(&mut self) -> Result<(Outstanding, Place)> {
        let Some(sent) = self.outstanding.pop_front() else {
            return Err(Error::new(Kind::Bug, "a reply was awaited to no command"));
        };
        self.stream.begin(Phase::Reply(sent.verb, sent.number.map(MessageNumber::get)));
        Ok((sent, if sent.verb == "AUTH" { Place::Login } else { Place::Elsewhere }))
    }
}

/// Octets of outstanding commands: below a Dovecot's input buffer.
const MAX_COMMANDS: usize = 2000;

/// Octets of the longest command with a message number.
const LONGEST_NUMBERED: usize = "TOP 4294967295 4294967295\r\n".len();

/// Octets of outstanding replies, by the sizes that LIST promised: what an abort may waste (C-356).
const MAX_REPLIES: u64 = 4 * 1024 * 1024;
