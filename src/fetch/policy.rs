use std::time::Duration;

use crate::config::Limits;

/// What to fetch and what to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Delete from the server what is safe here.
    pub delete: bool,
    /// Delete from the server what has been stored here for this time.
    pub delete_after: Option<Duration>,
    /// Fetch also what the ledger knows.
    pub all: bool,
    /// How much to fetch.
    pub limits: Limits,
    /// Only say what would be done.
    pub dry_run: bool,
    /// A person waits for the run: a login is tried although earlier ones were refused.
    pub attended: bool,
    /// When a batch is closed.
    pub batch: BatchLimits,
}

impl Policy {
    /// Is a message to be deleted that has been stored here for this time?
    pub fn deletes_after(&self, safe_for: Duration) -> bool {
        self.delete || self.delete_after.is_some_and(|after| safe_for >= after)
    }
}

/// A batch of staged messages is synced, recorded and published together. It is closed by whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Messages.
    pub messages: usize,
    /// Octets.
    pub octets: u64,
    /// Since its first message.
    pub age: Duration,
}

impl Default for BatchLimits {
    /// A slow line makes progress every second, a fast one pays few syncs.
    fn default() -> Self {
        Self { messages: 256, octets: 8 * 1024 * 1024, age: Duration::from_secs(1) }
    }
}
