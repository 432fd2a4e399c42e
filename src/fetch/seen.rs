//! What the first thread of a transfer saw, for the session and for the ledger.

use super::FewFailures;
use super::failure::FailedMessage;
use crate::state::Key;

/// What the first thread saw.
#[derive(Default)]
pub(super) struct Seen {
    /// DELE was answered +OK.
    pub(super) deleted: Vec<Key>,
    pub(super) refused_deletes: u64,
    /// Some of those.
    pub(super) kept: FewFailures,
    /// More than one command was outstanding at some time.
    pub(super) was_pipelining: bool,
    /// A stop left messages for the next run.
    pub(super) cut_short: bool,
    pub(super) failed: Vec<FailedMessage>,
    /// With `--all`: what was published, as the ledger cannot tell what this run has brought.
    pub(super) brought: Vec<Key>,
    /// RETR that were answered with a message.
    pub(super) answered: u64,
    /// The server refused TOP and never answered it.
    pub(super) lacks_top: bool,
    /// New messages of which the plan did not know.
    pub(super) found_new: u64,
}
