use std::time::Duration;

/// What to fetch and what to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Delete from the server what is safe here.
    pub delete: bool,
    /// Delete from the server what has been safe here for so long.
    pub delete_after: Option<Duration>,
    /// Fetch also what the ledger knows.
    pub all: bool,
    /// Fetch so many messages at most.
    pub max_messages: Option<u64>,
    /// Fetch so many octets at most, by the sizes that LIST tells; one message is always fetched.
    pub max_bytes: Option<u64>,
    /// Skip messages of more octets.
    pub max_size: Option<u64>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// When a batch is closed.
    pub batch: BatchLimits,
}

impl Policy {
    /// Is a message to be deleted that has been safe here for so long?
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
