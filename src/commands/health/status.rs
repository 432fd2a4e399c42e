//! How an account is.

use std::time::{Duration, SystemTime};

use crate::error::Kind;
use crate::output::MailboxJson;
use crate::state::{MailboxReading, Run};

/// An account, with what the ledger says of it.
pub(super) struct AccountStatus {
    /// Its name, or `USER@HOST`; escaped.
    pub(super) label: String,
    /// `USER@HOST`, with the port where it is an unusual one, as errors have it.
    pub(super) source: String,
    /// The name of its mailbox in the ledger.
    pub(super) mailbox: String,
    pub(super) of: MailboxJson,
    /// How long ago its last successful run may have ended.
    pub(super) max_age: Duration,
    /// Nobody has said how long that is, so the time counts that the server wants between logins.
    pub(super) may_wait: bool,
    pub(super) now: SystemTime,
    pub(super) record: MailboxReading,
}

impl AccountStatus {
    /// Has a run ended well within the time that it may take?
    pub(super) fn is_healthy(&self) -> bool {
        self.since_success().is_some_and(|age| age <= self.max_age || self.may_wait && self.record.wants_time)
    }

    /// Nothing is known of it.
    pub(super) fn is_unknown(&self) -> bool {
        self.record.last_run.is_none()
    }

    /// How long ago the last run ended that ended well.
    pub(super) fn since_success(&self) -> Option<Duration> {
        self.record.last_success.map(|end| self.age(end))
    }

    /// The last run, if it failed.
    pub(super) fn last_failure(&self) -> Option<&Run> {
        self.record.last_run.as_ref().filter(|run| run.exit_code != 0)
    }

    /// Did the last run fail for a reason that does not pass by itself?
    pub(super) fn needs_person(&self) -> bool {
        let passes = [Kind::TryLater, Kind::NoHost].map(Kind::exit_code);
        self.last_failure().is_some_and(|run| !passes.contains(&run.exit_code))
    }

    pub(super) fn age(&self, time: SystemTime) -> Duration {
        self.now.duration_since(time).unwrap_or_default()
    }
}
