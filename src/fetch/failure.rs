//! What can go wrong with a session, and with one message of it.

use std::fmt::Display;

use super::life::ListedMessage;
use crate::error::Error;
use crate::proto::MessageNumber;
use crate::state::{Key, NewTrouble, Trouble};

/// What ended a session.
pub(super) enum Failure {
    /// The session or this machine is the trouble.
    Session(Error),
    /// One message is, and was noted; the others can be fetched in another session.
    Message(Error),
    /// The publishing thread failed: what is on its way is for recovery, and no session may follow in this run.
    Local(Error),
}

impl Failure {
    /// Says which server it is about, unless this machine was the trouble.
    pub(super) fn at(self, server: impl Display) -> Self {
        match self {
            Self::Session(error) => Self::Session(error.at(server)),
            Self::Message(error) => Self::Message(error.at(server)),
            Self::Local(error) => Self::Local(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}

/// A message that could not be fetched.
#[derive(Debug)]
pub(super) struct FailedMessage {
    pub(super) listed: ListedMessage,
    pub(super) trouble: Trouble,
    pub(super) text: String,
    /// It has more octets than this, which was the limit.
    pub(super) bound: Option<u64>,
}

impl FailedMessage {
    /// As the ledger is to have it.
    pub(super) fn as_row(&self) -> NewTrouble<'_> {
        NewTrouble { key: &self.listed.key, trouble: self.trouble, text: &self.text, bound: self.bound }
    }
}

/// A message, for people.
pub(super) fn name_of(listed: &ListedMessage) -> String {
    named(listed.number, &listed.key)
}

/// A message by its number and, if it has one, its unique-id, for people.
pub(super) fn named(number: MessageNumber, key: &Key) -> String {
    if key.uid.is_empty() {
        return format!("message {number}");
    }
    format!("message {number} ({})", crate::escape::text(&key.uid))
}
