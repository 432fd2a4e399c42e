//! Messages that could not be fetched: reported once, remembered, and never in the way of the others.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{refusals, seconds};
use super::messages::ONE;
use super::schedule::Refusals;
use super::wait::LOOK_EVERY;
use super::{Key, Ledger, Mailbox};
use crate::error::Result;

/// Why a message could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server answered RETR with -ERR, or the message never ended. After three days it is given up.
    Refused,
    /// It was larger than the user wants. Tried again as soon as the limit allows it.
    TooLarge,
    /// The connection broke or went silent in the middle of it. It is fetched last from now on.
    Interrupted,
    /// The server answered DELE with -ERR. It is asked again at the times of a refused RETR, and given up as that is.
    Undeletable,
}

impl Trouble {
    /// Is it tried at growing intervals, and given up at last?
    fn is_counted(self) -> bool {
        matches!(self, Self::Refused | Self::Undeletable)
    }
}

/// A message with trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// Which message.
    pub key: Key,
    /// Why.
    pub trouble: Trouble,
    /// What was said of it last.
    pub text: String,
    /// Is it to be tried now? Whether a message is still too large is for others to say.
    pub is_due: bool,
    /// Was it given up?
    pub is_given_up: bool,
    /// After which time it is tried again by itself; none: now, or never.
    pub next_try_in: Option<Duration>,
    /// It is known to be larger than this many octets.
    pub bound: Option<u64>,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug)]
pub struct NewTrouble<'a> {
    /// At which message.
    pub key: &'a Key,
    /// Why.
    pub trouble: Trouble,
    /// What is to be remembered as said.
    pub text: &'a str,
    /// It was seen to be larger than this many octets.
    pub bound: Option<u64>,
}

/// What one more attempt that failed means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// It is the first for this reason.
    pub first: bool,
    /// The message is given up with this one.
    pub gives_up_now: bool,
    /// It was given up 30 days ago, and is not tried again by itself.
    pub last_word: bool,
}

/// A row of the table.
pub(super) struct TroubleRow {
    pub(super) trouble: Trouble,
    pub(super) refusals: Refusals,
    pub(super) bound: Option<u64>,
}

impl<'a> NewTrouble<'a> {
    /// By what LIST says of the message.
    pub fn too_large(key: &'a Key, text: &'a str) -> Self {
        Self { key, trouble: Trouble::TooLarge, text, bound: None }
    }
}

impl Ledger {
    /// The messages of a mailbox with trouble.
    pub fn troubled(&self, mailbox: &Mailbox) -> Result<Vec<Troubled>> {
        let query = format!("SELECT {COLUMNS}, uid, occurrence, text FROM trouble WHERE mailbox = ?1");
        let mut statement = self.db.prepare_cached(&query)?;
        let now = self.clock.now();
        let rows = statement.query_map([mailbox.id], |row| {
            let TroubleRow { trouble, refusals, bound } = record(row)?;
            let is_refused = trouble.is_counted();
            let is_due = !is_refused || refusals.is_due(now);
            Ok(Troubled {
                key: Key { uid: row.get("uid")?, occurrence: row.get("occurrence")? },
                trouble,
                text: row.get("text")?,
                is_due,
                is_given_up: is_refused && refusals.given_up_at.is_some(),
                next_try_in: (!is_due && !refusals.is_over).then(|| seconds(refusals.next_try - now)),
                bound,
            })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// One more attempt at each of these messages failed, in one transaction. The deadline or a stop may leave some for
    /// another run, the last ones: returned are those that were noted.
    pub fn note_troubles(&mut self, mailbox: &Mailbox, failures: &[NewTrouble<'_>]) -> Result<Vec<Attempt>> {
        if failures.is_empty() {
            return Ok(Vec::new());
        }
        let until = self.wait.until.clone();
        self.write_of(mailbox, |db, now| {
            let mut attempts = Vec::new();
            for (at, failure) in failures.iter().enumerate() {
                // A few are noted whatever the time: they may be why the run has come to its end.
                if at > 0 && at % LOOK_EVERY == 0 && until.over().is_some() {
                    break;
                }
                let NewTrouble { key, trouble, text, bound } = *failure;
                let before = find(db, mailbox, key)?;
                let (record, attempt) = after(before, trouble, bound, now);
                store(db, mailbox, key, &record, text, now)?;
                attempts.push(attempt);
            }
            Ok(attempts)
        })
    }

    /// Messages that were given up are tried again; returns how many.
    pub fn retry_troubled(&mut self, mailbox: &Mailbox) -> Result<usize> {
        self.write_of(mailbox, |db, _| Ok(db.execute("DELETE FROM trouble WHERE mailbox = ?1", [mailbox.id])?))
    }
}

/// Refusals are counted whatever happens between them; for a message that was given up every failure counts as one.
fn after(before: Option<TroubleRow>, trouble: Trouble, bound: Option<u64>, now: i64) -> (TroubleRow, Attempt) {
    let refusals = before.as_ref().map(|before| before.refusals).unwrap_or_default();
    let is_given_up = refusals.given_up_at.is_some();
    let trouble = match trouble {
        Trouble::Interrupted if is_given_up => before.as_ref().map_or(Trouble::Refused, |before| before.trouble),
        other => other,
    };
    let first = before.as_ref().is_none_or(|before| before.trouble != trouble);
    let bound = before.and_then(|before| before.bound).max(bound);
    if !trouble.is_counted() {
        return (TroubleRow { trouble, refusals, bound }, Attempt { first, ..Attempt::default() });
    }
    let (refusals, verdict) = refusals.add(now);
    let attempt = Attempt { first, gives_up_now: verdict.gives_up_now, last_word: verdict.last_word };
    (TroubleRow { trouble, refusals, bound }, attempt)
}

fn find(db: &Connection, mailbox: &Mailbox, key: &Key) -> Result<Option<TroubleRow>> {
    let mut find = db.prepare_cached(&format!("SELECT {COLUMNS} FROM trouble {ONE}"))?;
    Ok(find.query_row(params![mailbox.id, key.uid, key.occurrence], record).optional()?)
}

fn store(db: &Connection, mailbox: &Mailbox, key: &Key, record: &TroubleRow, text: &str, now: i64) -> Result<()> {
    let TroubleRow { trouble, refusals, bound } = record;
    let kind = number_of(*trouble);
    db.prepare_cached(
        "INSERT OR REPLACE INTO trouble (mailbox, uid, occurrence, kind, attempts, text, last_at, days, last_day, next_try,
                                         given_up_at, said, bound)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        mailbox.id,
        key.uid,
        key.occurrence,
        kind,
        refusals.attempts,
        text,
        now,
        refusals.days,
        refusals.last_day,
        refusals.next_try,
        refusals.given_up_at,
        refusals.is_over,
        bound
    ])?;
    Ok(())
}

pub(super) fn number_of(trouble: Trouble) -> i64 {
    match trouble {
        Trouble::Refused => 0,
        Trouble::TooLarge => 1,
        Trouble::Interrupted => 2,
        Trouble::Undeletable => 3,
    }
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<TroubleRow> {
    let trouble = match row.get("kind")? {
        1 => Trouble::TooLarge,
        2 => Trouble::Interrupted,
        3 => Trouble::Undeletable,
        _ => Trouble::Refused,
    };
    Ok(TroubleRow { trouble, refusals: refusals(row)?, bound: row.get("bound")? })
}

pub(super) const COLUMNS: &str = "kind, attempts, days, last_day, next_try, given_up_at, said, bound";
