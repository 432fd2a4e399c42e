//! How long a run waits for others that write into the ledger at the same time.

use std::time::{Duration, Instant, SystemTime};

use rusqlite::ErrorCode;

use crate::error::{Error, Kind, Result};
use crate::stop::Stop;

/// The end of the wait: the run's deadline or a stop, whichever comes first; ten minutes if there is neither.
#[derive(Clone, Debug, Default)]
pub struct Wait {
    /// When the whole run must be over.
    pub deadline: Option<Instant>,
    /// Ends the wait when asked.
    pub stop: Option<Stop>,
    /// What the clock of this machine says; asked for, if nothing is given.
    pub wall: Option<SystemTime>,
}

impl Wait {
    /// Repeats an act as long as the database is busy. SQLite itself waits only for [`STEP`], so that a stop is noticed.
    pub(super) fn patiently<T>(&self, mut act: impl FnMut() -> rusqlite::Result<T>) -> Result<T> {
        let mut ends = self.deadline.unwrap_or_else(|| Instant::now() + LONGEST);
        let mut is_stopping = false;
        loop {
            match act() {
                Err(error) if is_busy(&error) => {
                    if !is_stopping && self.stop.as_ref().is_some_and(Stop::is_asked) {
                        is_stopping = true;
                        ends = ends.min(Instant::now() + GRACE);
                    }
                    if Instant::now() >= ends {
                        return Err(if is_stopping { Error::stopped() } else { busy() });
                    }
                    std::thread::sleep(PAUSE);
                }
                result => return Ok(result?),
            }
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn busy() -> Error {
    Error::new(Kind::TryLater, "the ledger is busy: other runs have been writing into it all the time")
        .hint("run it again later, or run fewer at once (--jobs)")
}

/// For so long SQLite waits by itself.
pub(super) const STEP: Duration = Duration::from_millis(200);

/// Some locks SQLite does not wait for.
const PAUSE: Duration = Duration::from_millis(20);

/// What is in hand when a stop is asked for may still be written.
const GRACE: Duration = Duration::from_secs(2);

const LONGEST: Duration = Duration::from_mins(10);
