//! How long a run waits for others that write into the ledger at the same time.

use std::time::{Duration, SystemTime};

use rusqlite::ErrorCode;

use crate::error::{Cause, Error, Kind, Result};
use crate::until::{Over, Until};

/// The end of the wait, and the clock of this machine.
#[derive(Clone, Debug, Default)]
pub struct Wait {
    /// When the whole run must be over. Without a deadline a wait takes ten minutes at most.
    pub until: Until,
    /// What the clock of this machine says; asked for, if nothing is given.
    pub wall: Option<SystemTime>,
}

impl Wait {
    /// Repeats an act as long as the database is busy. SQLite itself waits only for [`STEP`], so that a stop is noticed.
    pub(super) fn patiently<T>(&self, mut act: impl FnMut() -> rusqlite::Result<T>) -> Result<T> {
        let mut attempt = || match act() {
            Err(error) if is_busy(&error) => None,
            result => Some(result),
        };
        let until = if self.until.deadline.is_none() { self.until.within(LONGEST) } else { self.until.clone() };
        let result = match until.poll(PAUSE, &mut attempt) {
            Ok(result) => result,
            Err(Over::Deadline) => return Err(busy()),
            Err(Over::Stopped) => until.after_stop(GRACE).poll(PAUSE, &mut attempt).map_err(|_| Error::stopped())?,
        };
        Ok(result?)
    }
}

/// Looks at the clock now and then, in a loop over many rows.
pub(super) fn look(until: &Until, row: usize) -> Result<()> {
    if row % LOOK_EVERY != LOOK_EVERY - 1 {
        return Ok(());
    }
    until.over().map_or(Ok(()), |over| Err(over.error("the ledger")))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn busy() -> Error {
    Error::new(Kind::TryLater, "the ledger is busy: other runs have been writing into it all the time")
        .because(Cause::Busy)
        .hint("run it again later, or run fewer at once (--jobs)")
}

/// How long SQLite waits by itself.
pub(super) const STEP: Duration = Duration::from_millis(200);

/// Some locks SQLite does not wait for.
const PAUSE: Duration = Duration::from_millis(20);

/// Rows after which a loop looks at the clock.
pub(super) const LOOK_EVERY: usize = 1024;

/// What is in hand when a stop is asked for may still be written.
const GRACE: Duration = Duration::from_secs(2);

const LONGEST: Duration = Duration::from_mins(10);
