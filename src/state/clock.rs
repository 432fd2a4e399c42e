//! The clock on which ages count.
//!
//! A machine's clock can be wrong by years for one run. So the ledger has a clock of its own: each run moves it on by the
//! time that has passed since the last one, at least 0 and at most 7 days. Neither a clock of 1990 nor one of 2099 makes a
//! message old.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;

/// The clock of an open ledger. All numbers are seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// What it showed when the ledger was opened.
    base: i64,
    /// What the machine's clock showed then.
    wall: i64,
    /// What the machine's clock showed when the ledger's clock was last written.
    written_at: i64,
    opened: Instant,
}

impl Clock {
    /// Reads it. `wall` is what the machine's clock shows.
    pub(super) fn read(db: &Connection, wall: SystemTime) -> Result<Self> {
        let wall = seconds_since_1970(wall);
        let (clock, written_at): (i64, i64) =
            db.query_row("SELECT clock, clock_at FROM ledger", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { base: advanced(clock, written_at, wall), wall, written_at, opened: Instant::now() })
    }

    /// What it shows.
    pub(super) fn now(&self) -> i64 {
        self.base.saturating_add(self.elapsed())
    }

    /// Writes it, as a part of a transaction. It never goes back, whatever another run has written meanwhile.
    pub(super) fn write(&self, db: &Connection) -> Result<()> {
        db.prepare_cached("UPDATE ledger SET clock = max(clock, ?1), clock_at = ?2")?
            .execute(params![self.now(), self.wall.saturating_add(self.elapsed())])?;
        Ok(())
    }

    /// Must it be written although nothing else is? So that no run counts more than a week, and so that a clock that was
    /// set back is noticed at once.
    pub(super) fn is_stale(&self) -> bool {
        let since = self.wall.saturating_sub(self.written_at);
        !(-JITTER..=DAY).contains(&since)
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.opened.elapsed().as_secs()).unwrap_or(i64::MAX)
    }
}

/// Starts the clock of a ledger that had none, and brings the times of its messages onto it.
pub(super) fn start(db: &Connection, wall: SystemTime) -> Result<()> {
    let wall = seconds_since_1970(wall);
    let newest_run: Option<i64> = db.query_row("SELECT max(started_at) / 1000 FROM run", [], |row| row.get(0))?;
    let newest = match newest_run {
        Some(newest) => Some(newest),
        None => db.query_row("SELECT max(settled_at) FROM message", [], |row| row.get(0)).optional()?.flatten(),
    };
    let clock = first(newest, wall);
    db.execute("UPDATE ledger SET clock = ?1, clock_at = ?2", params![clock, wall])?;
    let bounds = params![EARLIEST, clock];
    db.execute("UPDATE message SET settled_at = ?2 WHERE settled_at NOT BETWEEN ?1 AND ?2", bounds)?;
    db.execute("UPDATE message SET vanished_at = ?2 WHERE vanished_at NOT BETWEEN ?1 AND ?2", bounds)?;
    Ok(())
}

/// What a new clock shows: the time of the newest entry, moved on by a week at most, or what the machine's clock shows, if
/// that is less: what is then in the future becomes new, which deletes nothing.
fn first(newest: Option<i64>, wall: i64) -> i64 {
    newest.map_or(wall, |newest| wall.min(newest.saturating_add(LONGEST))).max(EARLIEST)
}

fn advanced(clock: i64, written_at: i64, wall: i64) -> i64 {
    clock.saturating_add(wall.saturating_sub(written_at).clamp(0, LONGEST))
}

/// A time that somebody else wrote, brought onto a clock: what cannot be true is now. Other programs are older than any
/// ledger.
pub(super) fn plausible(time: Option<SystemTime>, now: i64) -> i64 {
    time.map(seconds_since_1970).filter(|time| (FIRST_UNIQUE_ID..=now).contains(time)).unwrap_or(now)
}

/// The same of a time that is to come, after a pause of so many seconds at most: what would come later than that comes then.
pub(super) fn in_time(time: SystemTime, now: i64, longest: i64) -> i64 {
    seconds_since_1970(time).clamp(0, now.saturating_add(longest))
}

pub(super) fn seconds_since_1970(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

pub(super) fn system_time(seconds: i64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds.max(0) as u64)).unwrap_or(UNIX_EPOCH)
}

pub(super) const DAY: i64 = 24 * 3600;

/// No ledger is older: the first day of 2026.
pub(super) const EARLIEST: i64 = 1_767_225_600;

/// UIDL is of 1994 (RFC 1725).
const FIRST_UNIQUE_ID: i64 = 757_382_400;

/// By so much one run moves the clock at most.
const LONGEST: i64 = 7 * DAY;

/// Seconds by which clocks are set back in normal use.
const JITTER: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = EARLIEST + 100 * DAY;

    #[test]
    fn a_run_moves_it_on_by_a_week_at_most_and_never_back() {
        assert_eq!(advanced(NOON, NOON, NOON + 5), NOON + 5);
        assert_eq!(advanced(NOON, NOON, NOON + 400 * DAY), NOON + LONGEST);
        assert_eq!(advanced(NOON, NOON, 0), NOON);
        assert_eq!(advanced(NOON, i64::MAX, 0), NOON);
    }

    #[test]
    fn a_new_clock_makes_nothing_old() {
        assert_eq!(first(None, NOON), NOON);
        assert_eq!(first(None, 0), EARLIEST);
        assert_eq!(first(Some(NOON), NOON + DAY), NOON + DAY);
        assert_eq!(first(Some(NOON), NOON + 400 * DAY), NOON + LONGEST);
        assert_eq!(first(Some(NOON + 400 * DAY), NOON), NOON, "a run that came from the future");
        assert_eq!(first(Some(NOON), 0), EARLIEST);
    }

    #[test]
    fn what_cannot_be_true_is_now() {
        assert_eq!(plausible(None, NOON), NOON);
        assert_eq!(plausible(Some(system_time(NOON - 5)), NOON), NOON - 5);
        assert_eq!(plausible(Some(system_time(NOON + 5)), NOON), NOON);
        assert_eq!(plausible(Some(system_time(5)), NOON), NOON);
    }

    #[test]
    fn what_comes_too_late_comes_in_time() {
        for (time, expected) in [(NOON - 5, NOON - 5), (NOON + DAY, NOON + DAY), (NOON + 900 * DAY, NOON + 2 * DAY)] {
            assert_eq!(in_time(system_time(time), NOON, 2 * DAY), expected);
        }
    }
}
