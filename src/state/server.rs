//! What is remembered of the server of a mailbox, so that the next run need not learn it again.

use std::time::Duration;

use rusqlite::params;

use super::{Ledger, Mailbox, now};
use crate::error::Result;

impl Ledger {
    /// Commands in a row made trouble.
    pub fn note_no_pipelining(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_pipelining_since", now())
    }

    /// SCRAM was refused before the password was at stake, and another login was taken.
    pub fn note_no_scram(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_scram_since", now())
    }

    /// The server wants no other login for so long (RFC 2449 section 6.5).
    pub fn note_login_delay(&mut self, mailbox: &Mailbox, delay: Duration) -> Result<()> {
        let delay = delay.min(LONGEST_DELAY).as_secs() as i64; // a week at most
        self.remember(mailbox, "next_login_at", now() + delay)
    }

    /// `column` is one of the columns of times above.
    fn remember(&mut self, mailbox: &Mailbox, column: &str, time: i64) -> Result<()> {
        self.db.execute(&format!("UPDATE mailbox SET {column} = ?2 WHERE id = ?1"), params![mailbox.id, time])?;
        Ok(())
    }
}

/// For how long a login in the future is to be put off: none, if its time has come; and none, if it is so far away that
/// the clock must have been wrong.
pub(super) fn login_delay(next_login_at: Option<i64>) -> Option<Duration> {
    let left = u64::try_from(next_login_at? - now()).ok().map(Duration::from_secs)?;
    Some(left).filter(|left| !left.is_zero() && *left <= LONGEST_DELAY)
}

/// Is what made trouble then to be avoided still? Servers get better, so it is tried again in a month.
pub(super) fn is_recent(since: Option<i64>) -> bool {
    since.is_some_and(|since| now() - since < AGAIN_AFTER)
}

/// Seconds.
const AGAIN_AFTER: i64 = 30 * 24 * 3600;

const LONGEST_DELAY: Duration = Duration::from_hours(7 * 24);
