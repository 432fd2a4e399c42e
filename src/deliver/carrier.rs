//! What a hand-over needs of whoever takes messages over: a command, or a mail server. The outbox drives it; what each
//! of them speaks is in `handover`.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;

/// A message in the outbox that is to be handed over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outgoing {
    /// Its file, as the message came over the line, dot-stuffing removed: lines end with CRLF, or with what the server sent.
    pub file: PathBuf,
    /// Octets of the file.
    pub octets: u64,
    /// The unique-id on the server from which it came.
    pub uid: Vec<u8>,
    /// What [`Carrier::mark`] said before the last attempt; empty if there was none.
    pub mark: Vec<u8>,
}

/// What the other side says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has it, for good.
    Delivered,
    /// Not now, for this reason: it is tried again in the next run. The other messages are no worse for it.
    Later(String),
    /// It does not want this message, for this reason.
    Refused(String),
}

/// What can be seen of a message whose hand-over ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It was taken over.
    There,
    /// It was not.
    Absent,
    /// Nobody can tell: something like it came, and is not where it was put.
    Unknown,
}

/// Is told each answer as it comes.
pub trait Answers {
    /// The answer for the message with this index: once for each, in any order. After an error nothing more is to be handed
    /// over.
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()>;
}

/// Hands messages over. It connects when it is first used, and not before; texts of the other side are bounded and escaped.
///
/// # Errors
///
/// Of each function: the other side cannot be used for now, whatever the message. Nothing more is asked of it in this run.
pub trait Carrier: Send {
    /// What is to be remembered with messages before they are handed over, so that [`Self::look_for`] can find them if no answer
    /// comes. Empty where nothing helps.
    fn mark(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Hands messages over, several at a time where that is good. When it returns without an error, each has been answered.
    /// After an error, those without an answer may have been taken over or not.
    fn hand_over(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()>;

    /// What became of messages whose hand-over ended without an answer, one for each. By default all of them are handed over
    /// again: at least once is all that is possible.
    fn look_for(&mut self, messages: &[Outgoing]) -> Result<Vec<Sight>> {
        Ok(vec![Sight::Absent; messages.len()])
    }

    /// How long after an interrupted hand-over [`Sight::Absent`] may still be wrong, as octets of it were on their way.
    fn settle_time(&self) -> Duration {
        Duration::ZERO
    }

    /// Ends the connection, if there is one. Nothing depends on it any more.
    fn close(&mut self) {}
}
