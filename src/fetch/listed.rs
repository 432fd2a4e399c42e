//! A message that the server listed, and what the ledger knows of the one that had its unique-id.

use super::destination_set::DestinationSet;
use crate::fingerprint::Fingerprint;
use crate::proto::MessageNumber;
use crate::state::{Key, Known, Rebound, Settled};

/// A message that the server listed and of which something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMessage {
    /// In this session.
    pub number: MessageNumber,
    /// What the server calls it.
    pub key: Key,
    /// Octets as LIST said.
    pub octets: Option<u64>,
    /// What the ledger knows of the message that had this unique-id, if it may be another one now.
    /// Boxed, as a million new messages have none.
    pub row: Option<Box<Row>>,
    /// To be deleted from the server once it is published, or known to have been.
    pub delete: bool,
    /// It is fetched a second time, with nothing else outstanding, as the first answer may have been another message's.
    pub again: bool,
}

/// What matters here of a row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What became of the message.
    pub settled: Settled,
    /// Its fingerprint, if it was taken.
    pub print: Option<Fingerprint>,
    /// TOP was asked for its fingerprint, whether it could tell or not.
    pub is_asked: bool,
    /// Octets as LIST said then.
    pub octets: Option<u64>,
    /// It was missing from the last listing.
    pub is_back: bool,
    /// So often the server confirmed that it was deleted.
    pub deletes: u32,
    /// The destinations of the run to which it is owed.
    pub lacking: DestinationSet,
    /// It waits for others of them, too.
    pub waits: bool,
    /// It is fetched only so that the server removes it, as it says that it does.
    pub is_stuck: bool,
}

impl ListedMessage {
    /// The destinations for which it is fetched, of these: all of them, if it is a new one.
    pub(super) fn wanted_by(&self, all: DestinationSet) -> DestinationSet {
        match self.row.as_deref() {
            Some(row) if row.settled == Settled::Waiting => row.lacking,
            _ => all,
        }
    }

    /// Is it known, and fetched only so that the server removes it?
    pub(super) fn is_stuck(&self) -> bool {
        self.row.as_deref().is_some_and(|row| row.is_stuck)
    }

    /// Do the limits of the run count it? Not what must be fetched to be compared, and may be left out by none of them.
    pub(super) fn is_counted(&self) -> bool {
        (self.row.is_none() || self.is_stuck()) && !self.again
    }

    /// Does another destination of the run wait for it?
    pub(super) fn waits_elsewhere(&self) -> bool {
        self.row.as_deref().is_some_and(|row| row.settled == Settled::Waiting && row.waits)
    }
}

impl Row {
    /// Of a row of the ledger.
    pub fn of(known: &Known<'_>) -> Self {
        Self {
            settled: known.settled,
            print: known.fingerprint,
            is_asked: known.is_asked,
            octets: known.octets,
            is_back: known.vanished_for.is_some(),
            deletes: known.deletes,
            lacking: DestinationSet::default(),
            waits: false,
            is_stuck: false,
        }
    }

    /// Of a row that was found under another unique-id.
    pub(super) fn rebound(found: &Rebound, print: Fingerprint) -> Self {
        Self {
            settled: found.settled,
            print: Some(print),
            is_asked: true,
            octets: None,
            is_back: true,
            deletes: 0,
            lacking: DestinationSet::default(),
            waits: false,
            is_stuck: false,
        }
    }

    /// Had it only gone from the listing, without our doing?
    pub fn is_only_back(&self) -> bool {
        self.is_back && matches!(self.settled, Settled::Published | Settled::Seen)
    }

    /// Has the server confirmed more than one deletion and still lists it? Then it is not asked for another one.
    pub fn is_kept_by_server(&self) -> bool {
        self.deletes >= DELETED_IN_VAIN && self.settled == Settled::Published
    }

    /// Is it now that the server is found to do so?
    pub fn shows_that_server_keeps_it(&self) -> bool {
        self.deletes >= DELETED_IN_VAIN && self.settled == Settled::Deleted && !self.is_back
    }
}

/// Confirmed deletions after which a message that is still listed is left alone.
const DELETED_IN_VAIN: u32 = 2;
