//! Messages that a destination does not have yet, while others may have them: they wait in the outbox, or are owed to a place
//! that failed and are fetched for it again.

use rusqlite::{Connection, params};

use super::columns::kind_of;
use super::reason::{REFUSALS, refused};
use super::staged::{THIS, for_rows, of_row, wait};
use super::{Attempt, Ledger, Mailbox, StagedRow};
use crate::deliver::{Placement, Target};
use crate::error::Result;

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

    /// What an interrupted run has staged, and what no destination has by now, is known: it waits.
    pub fn note_rest(&mut self, mailbox: &Mailbox) -> Result<()> {
        let is_unknown = "mailbox = ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE message.mailbox = staged.mailbox
                          AND message.uid = staged.uid AND message.occurrence = staged.occurrence)";
        let find = format!("SELECT EXISTS (SELECT 1 FROM staged WHERE {is_unknown})");
        if !self.db.query_row(&find, [mailbox.id], |row| row.get(0))? {
            return Ok(());
        }
        self.write_of(mailbox, |db, now| {
            let insert = format!(
                "INSERT OR IGNORE INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at)
                 SELECT mailbox, uid, occurrence, 6, octets, received, fingerprint, ?2 FROM staged WHERE {is_unknown}"
            );
            db.execute(&insert, params![mailbox.id, now])?;
            Ok(())
        })
    }

    /// What waits in the outbox for one receiver is for another one from now on.
    pub fn give_to(&mut self, mailbox: &Mailbox, rows: &[(StagedRow, Target)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            let mut update = db.prepare_cached(&format!(
                "UPDATE OR REPLACE staged SET kind = ?6, target = ?7, refused = 0, attempts = 0, days = 0, next_try = 0,
                                              given_up_at = NULL, said = 0 {THIS}"
            ))?;
            for (row, new) in rows {
                let (uid, occurrence, kind, target) = of_row(row);
                update.execute(params![mailbox.id, uid, occurrence, kind, target, kind_of(new), new.octets()])?;
            }
            Ok(())
        })
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

fn refuse(db: &Connection, mailbox: &Mailbox, row: &StagedRow, why: &str, now: i64) -> Result<Attempt> {
    let (uid, occurrence, kind, target) = of_row(row);
    let find = format!("SELECT {REFUSALS} FROM staged {THIS}");
    let before = db.prepare_cached(&find)?.query_row(params![mailbox.id, uid, occurrence, kind, target], refused)?;
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
