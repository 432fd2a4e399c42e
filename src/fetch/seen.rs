//! What the first thread of a transfer saw, for the session and for the ledger.

use super::failure::FailedMessage;
use super::life::Published;
use crate::client::Refusal;
use crate::state::Key;

/// What the first thread saw.
#[derive(Default)]
pub(super) struct Seen {
    /// DELE was answered +OK.
    pub(super) deleted: Vec<Key>,
    /// DELE was answered -ERR.
    pub(super) kept: Vec<(Published, Refusal)>,
    /// More than one command was outstanding at some time.
    pub(super) was_pipelining: bool,
    /// A stop left messages for the next run.
    pub(super) cut_short: bool,
    /// The limits of the run left messages for another one.
    pub(super) limited: bool,
    pub(super) failed: Vec<FailedMessage>,
    /// With `--all`: what was published, as the ledger cannot tell what this run has brought.
    pub(super) brought: Vec<Key>,
    /// Fetched only so that the server removes them.
    pub(super) stuck: Vec<Key>,
    /// Octets of these.
    pub(super) stuck_octets: u64,
    /// RETR that were answered with a message.
    pub(super) answered: u64,
    /// The server refused TOP and never answered it.
    pub(super) lacks_top: bool,
    /// New messages of which the plan did not know.
    pub(super) found_new: u64,
}

impl Seen {
    /// A message came whole; `stuck`, if it was fetched only so that the server removes it.
    pub(super) fn came(&mut self, stuck: Option<Key>, received: u64) {
        self.answered += 1;
        self.stuck_octets += if stuck.is_some() { received } else { 0 };
        self.stuck.extend(stuck);
    }
}
