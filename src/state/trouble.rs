//! Messages that could not be fetched: reported once, remembered, and never in the way of the others.

use rusqlite::params;

use super::{Key, Ledger, Mailbox, now};
use crate::error::Result;

/// Why a message could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server answered RETR with -ERR, or the message never ended. After [`GIVE_UP_AFTER`] attempts it is left
    /// alone.
    Refused,
    /// It was larger than the user wants. Tried again as soon as the limit allows it.
    TooLarge,
    /// The connection broke or went silent in the middle of it. It is fetched last from now on.
    Interrupted,
}

/// A message with trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// Which message.
    pub key: Key,
    /// Why.
    pub trouble: Trouble,
    /// In how many runs.
    pub attempts: u32,
}

impl Troubled {
    /// Is the message to be left alone?
    pub fn is_given_up(&self) -> bool {
        self.trouble == Trouble::Refused && self.attempts >= GIVE_UP_AFTER
    }
}

impl Ledger {
    /// The messages of a mailbox with trouble.
    pub fn troubled(&self, mailbox: &Mailbox) -> Result<Vec<Troubled>> {
        let query = "SELECT uid, occurrence, kind, attempts FROM trouble WHERE mailbox = ?1";
        let mut statement = self.db.prepare_cached(query)?;
        let rows = statement.query_map([mailbox.id], |row| {
            let trouble = match row.get(2)? {
                1 => Trouble::TooLarge,
                2 => Trouble::Interrupted,
                _ => Trouble::Refused,
            };
            Ok(Troubled { key: Key { uid: row.get(0)?, occurrence: row.get(1)? }, trouble, attempts: row.get(3)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// One more attempt at a message failed; returns how many have.
    pub fn note_trouble(&mut self, mailbox: &Mailbox, key: &Key, trouble: Trouble, text: &str) -> Result<u32> {
        let kind = match trouble {
            Trouble::Refused => 0,
            Trouble::TooLarge => 1,
            Trouble::Interrupted => 2,
        };
        let attempts = self.db.query_row(
            "INSERT INTO trouble (mailbox, uid, occurrence, kind, attempts, text, last_at)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)
             ON CONFLICT DO UPDATE SET attempts = CASE kind WHEN ?4 THEN attempts + 1 ELSE 1 END,
                                       kind = ?4, text = ?5, last_at = ?6
             RETURNING attempts",
            params![mailbox.id, key.uid, key.occurrence, kind, text, now()],
            |row| row.get(0),
        )?;
        Ok(attempts)
    }

    /// Messages that were given up are tried again; returns how many.
    pub fn retry_troubled(&mut self, mailbox: &Mailbox) -> Result<usize> {
        Ok(self.db.execute("DELETE FROM trouble WHERE mailbox = ?1", [mailbox.id])?)
    }
}

/// Runs in which a message was refused until it is left alone.
pub const GIVE_UP_AFTER: u32 = 3;
