//! What is remembered of the server of a mailbox, so that the next run need not learn it again. Nothing of it decides
//! about a message, so it is written whichever run has the mailbox.

use std::time::Duration;

use rusqlite::params;

use super::clock::DAY;
use super::{Ledger, Mailbox};
use crate::error::Result;

impl Ledger {
    /// Commands in a row made trouble.
    pub fn note_no_pipelining(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_pipelining_since", Some)
    }

    /// SCRAM was refused before the password was at stake, and another login was taken.
    pub fn note_no_scram(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_scram_since", Some)
    }

    /// CAPA ended a session, and one without it came to its login. The first time that may be the line: it holds for a day.
    pub fn note_no_capa(&mut self, mailbox: &Mailbox) -> Result<()> {
        let id = mailbox.id;
        self.write(|db, now| {
            let since = "CASE WHEN no_capa_since IS NULL THEN ?2 ELSE ?3 END";
            let update = format!("UPDATE mailbox SET no_capa_since = {since} WHERE id = ?1");
            db.execute(&update, params![id, now - AGAIN_AFTER + DAY, now])?;
            Ok(())
        })
    }

    /// A channel binding was refused, and the same login without one was taken.
    pub fn note_no_binding(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_binding_since", Some)
    }

    /// TOP was refused, or was answered with something else than the header.
    pub fn note_no_top(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "no_top_since", Some)
    }

    /// Messages are being renumbered, for a week at most; or that is over.
    pub fn note_asks_first(&mut self, mailbox: &Mailbox, asks_first: bool) -> Result<()> {
        self.remember(mailbox, "asks_first_until", |now| asks_first.then_some(now + LONGEST_RENUMBERING))
    }

    /// The server's unique-ids are message numbers; or they are not any more.
    pub fn note_uids_are_numbers(&mut self, mailbox: &Mailbox, are_numbers: bool) -> Result<()> {
        self.remember(mailbox, "uids_are_numbers", |_| Some(i64::from(are_numbers)))
    }

    /// Somebody does not want to have the password in the keyring, and is not asked again; `login` puts it there all the same.
    pub fn note_keyring_declined(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.remember(mailbox, "keyring_declined", |_| Some(1))
    }

    /// The server wants no other login for this time (RFC 2449 section 6.5): it gets [`LONGEST_DELAY`] at most.
    pub fn note_login_delay(&mut self, mailbox: &Mailbox, delay: Duration) -> Result<()> {
        let delay = delay.min(LONGEST_DELAY).as_secs() as i64;
        self.remember(mailbox, "next_login_at", |now| Some(now + delay))
    }

    /// The server refused the login once more. Some refuse those who try too often, and lock accounts. What is refused several
    /// times within a minute, as when a person tries what helps, counts once.
    pub fn note_login_refused(&mut self, mailbox: &Mailbox) -> Result<()> {
        let refused = mailbox.logins_refused.saturating_add(1);
        let pause = pause_after(refused);
        self.write(|db, now| {
            db.execute(
                "UPDATE mailbox SET logins_refused = ?2, login_refused_at = ?3, no_login_until = ?4
                 WHERE id = ?1 AND (login_refused_at IS NULL OR login_refused_at NOT BETWEEN ?3 - ?5 AND ?3)",
                params![mailbox.id, refused, now, (pause > 0).then_some(now + pause), COUNTED_AFTER],
            )?;
            Ok(())
        })
    }

    /// The server took the login.
    pub fn note_login_taken(&mut self, mailbox: &Mailbox) -> Result<()> {
        if mailbox.logins_refused == 0 {
            return Ok(());
        }
        self.write(|db, _| {
            let update =
                "UPDATE mailbox SET logins_refused = 0, login_refused_at = NULL, no_login_until = NULL WHERE id = ?1";
            db.execute(update, params![mailbox.id])?;
            Ok(())
        })
    }

    /// For how long no login is to be tried, as the server wants it or as it has refused the last ones.
    pub fn login_pause(&self, mailbox: &Mailbox) -> Result<Option<Duration>> {
        let now = self.clock.now();
        let query = "SELECT max(ifnull(next_login_at, 0), ifnull(no_login_until, 0)) FROM mailbox WHERE id = ?1";
        let until: i64 = self.db.query_row(query, [mailbox.id], |row| row.get(0))?;
        Ok(time_left(Some(until), now))
    }

    /// `column` is one of those above.
    fn remember(&mut self, mailbox: &Mailbox, column: &str, value: impl FnOnce(i64) -> Option<i64>) -> Result<()> {
        self.write(|db, now| {
            db.execute(&format!("UPDATE mailbox SET {column} = ?2 WHERE id = ?1"), params![mailbox.id, value(now)])?;
            Ok(())
        })
    }
}

/// Seconds until the next login, by the number of refusals in a row: none after the first few, then 5 minutes, twice as many
/// each time, and an hour at most.
fn pause_after(refused: u32) -> i64 {
    match refused.checked_sub(REFUSALS_WITHOUT_PAUSE) {
        None => 0,
        Some(more) => (FIRST_PAUSE << more.min(MOST_DOUBLED)).min(LONGEST_PAUSE),
    }
}

/// For how long a login in the future is to be put off: none, if its time has come; and none, if it is so far away that
/// the clock must have been wrong.
pub(super) fn time_left(next_login_at: Option<i64>, now: i64) -> Option<Duration> {
    let left = u64::try_from(next_login_at?.saturating_sub(now)).ok().map(Duration::from_secs)?;
    Some(left).filter(|left| !left.is_zero() && *left <= LONGEST_DELAY)
}

/// Is what made trouble then to be avoided still? Servers get better, so it is tried again in a month.
pub(super) fn is_recent(since: Option<i64>, now: i64) -> bool {
    since.is_some_and(|since| now.saturating_sub(since) < AGAIN_AFTER)
}

/// Seconds.
const COUNTED_AFTER: i64 = 50;

/// From the fifth refusal on there is a pause.
const REFUSALS_WITHOUT_PAUSE: u32 = 5;

/// Seconds.
const FIRST_PAUSE: i64 = 300;

/// More would not change the longest pause.
const MOST_DOUBLED: u32 = 4;

/// Seconds. Who mends a password need not wait for longer.
const LONGEST_PAUSE: i64 = 3600;

/// Seconds.
const AGAIN_AFTER: i64 = 30 * DAY;

/// The longest time between logins that a server gets: it must not be able to silence a mailbox.
pub const LONGEST_DELAY: Duration = Duration::from_hours(24);

/// How long messages are taken for being renumbered.
pub(super) const LONGEST_RENUMBERING: i64 = 7 * DAY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_an_hour() {
        let minutes: Vec<i64> = (0..12).map(|refused| pause_after(refused) / 60).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60]);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
    }
}
