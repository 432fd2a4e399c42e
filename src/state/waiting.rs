//! Messages that a destination does not have yet, while others may have them: they wait in the outbox, or are owed to a place
//! that failed and are fetched for it again.

use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::columns::seconds;
use super::messages::{ONE, for_keys};
use super::schedule::Refusals;
use super::staged::{THIS, for_rows, of_row};
use super::{Attempt, Key, Ledger, Mailbox, StagedRow};
use crate::deliver::Placement;
use crate::error::Result;

/// Why a destination does not have a message yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// In the words of the other side, or of what failed.
    pub why: String,
    /// The destination does not want this message.
    pub is_refused: bool,
    /// It was refused on so many days that it counts as given up.
    pub is_given_up: bool,
    /// Is it to be tried now?
    pub is_due: bool,
    /// After which time it is tried again by itself; none: now, or never.
    pub next_try_in: Option<Duration>,
    /// How long ago it was first looked for after a hand-over without an answer.
    pub doubted_for: Option<Duration>,
}

impl Ledger {
    /// These were not taken now, for these reasons, or, where they have a mark, perhaps taken.
    pub fn note_later(&mut self, mailbox: &Mailbox, rows: &[(StagedRow, String)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, now| {
            let mut update = db.prepare_cached(&format!("UPDATE staged SET why = ?6, hash = ?7 {THIS}"))?;
            for (row, why) in rows {
                let (uid, occurrence, kind, target) = of_row(row);
                let Placement::Outbox { mark, .. } = &row.placement else { continue };
                update.execute(params![mailbox.id, uid, occurrence, kind, target, why, mark])?;
                wait(db, mailbox, row, now)?;
            }
            Ok(())
        })
    }

    /// These are not wanted, for these reasons. They are tried again at growing intervals, as what a server refuses is.
    pub fn note_refused(&mut self, mailbox: &Mailbox, rows: &[(StagedRow, String)]) -> Result<Vec<Attempt>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.write_of(mailbox, |db, now| {
            rows.iter()
                .map(|(row, why)| {
                    wait(db, mailbox, row, now)?;
                    refuse(db, mailbox, row, why, now)
                })
                .collect()
        })
    }

    /// By what the receiver of these can be asked for them, if no answer comes. Their hand-over begins.
    pub fn note_marks(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            let mut update = db.prepare_cached(&format!("UPDATE staged SET hash = ?6, doubted_at = NULL {THIS}"))?;
            for row in rows {
                let (uid, occurrence, kind, target) = of_row(row);
                if let Placement::Outbox { mark, .. } = &row.placement {
                    update.execute(params![mailbox.id, uid, occurrence, kind, target, mark])?;
                }
            }
            Ok(())
        })
    }

    /// Whether these were taken is to be looked for; the first time counts.
    pub fn note_doubted(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        self.write_of(mailbox, |db, now| {
            let update = format!("UPDATE staged SET doubted_at = coalesce(doubted_at, {now}) {THIS}");
            for_rows(db, mailbox, rows, &update)
        })
    }

    /// Nothing is staged of these any more: they are fetched for their destinations again.
    pub fn owe(&mut self, mailbox: &Mailbox, rows: &[StagedRow], why: &str) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, now| owe(db, mailbox, rows, why, now))
    }

    /// Messages that were refused are tried again; returns how many.
    pub fn retry_refused(&mut self, mailbox: &Mailbox) -> Result<usize> {
        self.write_of(mailbox, |db, _| {
            let update =
                "UPDATE staged SET refused = 0, attempts = 0, days = 0, next_try = 0, given_up_at = NULL, said = 0
                          WHERE mailbox = ?1 AND refused = 1";
            Ok(db.execute(update, [mailbox.id])?)
        })
    }
}

/// See [`Ledger::owe`].
pub(super) fn owe(db: &Connection, mailbox: &Mailbox, rows: &[StagedRow], why: &str, now: i64) -> Result<()> {
    let mut update = db.prepare_cached(&format!(
        "UPDATE staged SET file = x'', hash = x'', failed = 0, presumed = 0, doubted_at = NULL, why = ?6 {THIS}"
    ))?;
    for row in rows {
        let (uid, occurrence, kind, target) = of_row(row);
        update.execute(params![mailbox.id, uid, occurrence, kind, target, why])?;
        wait(db, mailbox, row, now)?;
    }
    Ok(())
}

/// What waited for destinations that a run does not have: what was delivered somewhere is complete, the rest is new.
pub(super) fn end_waiting(db: &Connection, mailbox: &Mailbox, complete: &[Key], new: &[Key]) -> Result<()> {
    let staged = format!("DELETE FROM staged {ONE} AND presumed = 0");
    for_keys(db, mailbox, complete.iter().chain(new), &staged)?;
    for_keys(db, mailbox, complete.iter(), &format!("UPDATE message SET state = 1 {ONE} AND state = 6"))?;
    for_keys(db, mailbox, new.iter(), &format!("DELETE FROM message {ONE} AND state = 6"))
}

/// The message is known, and not complete.
pub(super) fn wait(db: &Connection, mailbox: &Mailbox, row: &StagedRow, now: i64) -> Result<()> {
    let Key { uid, occurrence } = &row.key;
    let fingerprint = row.fingerprint.as_ref().map(|fingerprint| &fingerprint.as_octets()[..]);
    db.prepare_cached(
        "INSERT INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at)
         VALUES (?1, ?2, ?3, 6, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET state = CASE state WHEN 5 THEN 5 ELSE 6 END",
    )?
    .execute(params![mailbox.id, uid, occurrence, row.octets, row.received, fingerprint, now])?;
    Ok(())
}

fn refuse(db: &Connection, mailbox: &Mailbox, row: &StagedRow, why: &str, now: i64) -> Result<Attempt> {
    let (uid, occurrence, kind, target) = of_row(row);
    let find = format!("SELECT {REFUSALS} FROM staged {THIS}");
    let before = db.prepare_cached(&find)?.query_row(params![mailbox.id, uid, occurrence, kind, target], refusals)?;
    let (after, verdict) = before.1.add(now);
    db.prepare_cached(&format!(
        "UPDATE staged SET why = ?6, refused = 1, attempts = ?7, days = ?8, last_day = ?9, next_try = ?10, given_up_at = ?11,
                           said = ?12, hash = x'', doubted_at = NULL {THIS}"
    ))?
    .execute(params![
        mailbox.id,
        uid,
        occurrence,
        kind,
        target,
        why,
        after.attempts,
        after.days,
        after.last_day,
        after.next_try,
        after.given_up_at,
        after.is_over
    ])?;
    Ok(Attempt { first: !before.0, gives_up_now: verdict.gives_up_now, last_word: verdict.last_word })
}

fn refusals(row: &Row<'_>) -> rusqlite::Result<(bool, Refusals)> {
    let refusals = Refusals {
        attempts: row.get("attempts")?,
        days: row.get("days")?,
        last_day: row.get("last_day")?,
        next_try: row.get("next_try")?,
        given_up_at: row.get("given_up_at")?,
        is_over: row.get("said")?,
    };
    Ok((row.get("refused")?, refusals))
}

/// Of a row with [`COLUMNS`].
pub(super) fn waiting(row: &Row<'_>, now: i64) -> rusqlite::Result<Option<Waiting>> {
    let why: Option<String> = row.get("why")?;
    let doubted_at: Option<i64> = row.get("doubted_at")?;
    let (is_refused, refusals) = refusals(row)?;
    if why.is_none() && doubted_at.is_none() {
        return Ok(None);
    }
    let is_due = !is_refused || refusals.is_due(now);
    Ok(Some(Waiting {
        why: why.unwrap_or_default(),
        is_refused,
        is_given_up: is_refused && refusals.given_up_at.is_some(),
        is_due,
        next_try_in: (!is_due && !refusals.is_over).then(|| seconds(refusals.next_try - now)),
        doubted_for: doubted_at.map(|since| seconds(now.saturating_sub(since))),
    }))
}

const REFUSALS: &str = "refused, attempts, days, last_day, next_try, given_up_at, said";

/// What [`waiting`] reads.
pub(super) const COLUMNS: &str = "why, doubted_at, refused, attempts, days, last_day, next_try, given_up_at, said";

/// A row of `staged` that goes where its message goes: nothing in a folder or an mbox is named after it.
pub(super) const MOVES: &str = "(presumed = 1 OR kind >= 3 OR length(file) = 0)";
