//! Messages under new unique-ids, and unique-ids that were given to other messages.

use rusqlite::{Connection, params};

use super::messages::{ONE, settled_of, state_of};
use super::{Key, Ledger, Mailbox, Settled};
use crate::error::Result;
use crate::fingerprint::Fingerprint;

/// A message by its fingerprint, and what it is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As the server lists it.
    pub key: Key,
    /// Octets as LIST says.
    pub octets: Option<u64>,
    /// Octets as they came over the line, if it was downloaded.
    pub received: Option<u64>,
    /// Taken of it now.
    pub fingerprint: Fingerprint,
}

/// What the ledger knew of a message that was found. Under its new unique-id no deletion was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebound {
    /// What became of it.
    pub settled: Settled,
}

impl Ledger {
    /// Looks for each of these among the messages that vanished and that nothing was found to be yet; what is found goes on
    /// under its new unique-id, with all that is known of it. What we deleted for certain is among them only under
    /// the same unique-id, or if its own was found to name another message: who has it again under a new one may want it
    /// again. All in one transaction, which is not begun if none is found.
    pub fn rebind(&mut self, mailbox: &Mailbox, wanted: &[Wanted]) -> Result<Vec<Option<Rebound>>> {
        for one in wanted {
            if find_vanished(&self.db, mailbox, one)?.is_some() {
                return self.write_of(mailbox, |db, now| {
                    wanted.iter().map(|wanted| rebind(db, mailbox, wanted, now)).collect()
                });
            }
        }
        Ok(vec![None; wanted.len()])
    }

    /// These unique-ids name other messages now: what the ledger knows under them is kept as vanished, so that it is known
    /// again under another one; what was deleted is forgotten.
    pub fn displace(&mut self, mailbox: &Mailbox, keys: &[Key]) -> Result<()> {
        self.write_of(mailbox, |db, now| keys.iter().try_for_each(|key| displace(db, mailbox, key, now)))
    }
}

fn find_vanished(db: &Connection, mailbox: &Mailbox, wanted: &Wanted) -> Result<Option<Match>> {
    // Without statistics SQLite would rather read all messages of the mailbox.
    let mut find = db.prepare_cached(
        "SELECT uid, occurrence, state FROM message INDEXED BY message_vanished
         WHERE mailbox = ?1 AND fingerprint = ?2 AND vanished_at IS NOT NULL
         AND (state <> 3 OR occurrence >= ?3 OR uid = ?4) LIMIT 1",
    )?;
    let mut found = find.query_and_then(
        params![mailbox.id, &wanted.fingerprint.as_octets()[..], FIRST_DISPLACED, wanted.key.uid],
        |row| -> Result<Match> {
            let key = Key { uid: row.get(0)?, occurrence: row.get(1)? };
            Ok((key, Rebound { settled: settled_of(row.get(2)?)? }))
        },
    )?;
    found.next().transpose()
}

type Match = (Key, Rebound);

fn rebind(db: &Connection, mailbox: &Mailbox, wanted: &Wanted, now: i64) -> Result<Option<Rebound>> {
    let Some((from, found)) = find_vanished(db, mailbox, wanted)? else { return Ok(None) };
    let Wanted { key, octets, received, .. } = wanted;
    if from != *key {
        displace(db, mailbox, key, now)?;
        move_row(db, mailbox, &from, key)?;
    }
    let sql = format!(
        "UPDATE message SET octets = coalesce(?4, octets), received = coalesce(?5, received), vanished_at = NULL,
                            deletes = 0, state = CASE WHEN state IN (2, 3) THEN 1 ELSE state END {ONE}"
    );
    db.prepare_cached(&sql)?.execute(params![mailbox.id, key.uid, key.occurrence, octets, received])?;
    Ok(Some(found))
}

/// Makes room at a key: its message, whatever became of it, is one that vanished.
fn displace(db: &Connection, mailbox: &Mailbox, key: &Key, now: i64) -> Result<()> {
    if state_of(db, mailbox, key)?.is_none() {
        return Ok(());
    }
    let mut free = db.prepare_cached(
        "SELECT min(free) FROM (SELECT ?3 AS free UNION ALL SELECT occurrence + 1 FROM message
                                WHERE mailbox = ?1 AND uid = ?2 AND occurrence >= ?3) AS candidate
         WHERE NOT EXISTS (SELECT 1 FROM message WHERE mailbox = ?1 AND uid = ?2 AND occurrence = free)",
    )?;
    let occurrence = free.query_row(params![mailbox.id, key.uid, FIRST_DISPLACED], |row| row.get(0))?;
    let to = Key { uid: key.uid.clone(), occurrence };
    move_row(db, mailbox, key, &to)?;
    db.prepare_cached(&format!("UPDATE message SET vanished_at = ?4 {ONE}"))?.execute(params![
        mailbox.id,
        to.uid,
        to.occurrence,
        now
    ])?;
    Ok(())
}

/// Moves a message, and with it its deliveries (by the schema), where it is staged, presumed to be or waits, and its trouble. Nothing
/// stands at `to`. What is staged is found by the name of its file, whatever the message is called.
fn move_row(db: &Connection, mailbox: &Mailbox, from: &Key, to: &Key) -> Result<()> {
    for table in ["message", "staged", "trouble"] {
        let sql = format!("UPDATE OR REPLACE {table} SET uid = ?4, occurrence = ?5 {ONE}");
        db.prepare_cached(&sql)?.execute(params![mailbox.id, from.uid, from.occurrence, to.uid, to.occurrence])?;
    }
    Ok(())
}

/// The occurrence of messages whose unique-ids name others now. No listing comes so far.
const FIRST_DISPLACED: u32 = 1_000_000;
