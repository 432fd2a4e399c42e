//! Messages on their way: recorded before they are published, gone from here when that is known.

use rusqlite::{Connection, Row, params};

use super::columns::{MAILDIR, MBOX, bytes, damaged, kind_of, path};
use super::messages::{ONE, for_keys};
use super::{DestinationId, Key, Ledger, Mailbox, destinations};
use crate::deliver::{Placement, Target};
use crate::error::Result;
use crate::fingerprint::Fingerprint;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedRow {
    /// Which message.
    pub key: Key,
    /// Octets as LIST said.
    pub octets: Option<u64>,
    /// Octets as they came over the line; none, if an older version staged it.
    pub received: Option<u64>,
    /// What tells it from every other message; none, if an older version staged it.
    pub fingerprint: Option<Fingerprint>,
    /// Where it is and will be.
    pub placement: Placement,
    /// Our own attempt to publish it was seen to fail: it is not published, wherever it is not found.
    pub failed: bool,
    /// It was found neither staged nor published: see [`super::Settled::Presumed`].
    pub presumed: bool,
}

impl Ledger {
    /// The messages of a mailbox that are on their way, and those that are presumed, in the order in which they were recorded.
    pub fn staged(&self, mailbox: &Mailbox) -> Result<Vec<StagedRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT uid, occurrence, octets, received, fingerprint, kind, target, file, spool_offset, target_offset, length,
                    hash, failed, presumed
             FROM staged WHERE mailbox = ?1 ORDER BY id",
        )?;
        let rows = statement.query_and_then([mailbox.id], staged_row)?;
        rows.collect()
    }

    /// One transaction: `staged` are on their way from now on, and `published` are settled.
    pub fn record(&mut self, mailbox: &Mailbox, staged: &[StagedRow], published: &[StagedRow]) -> Result<()> {
        self.write_of(mailbox, |db, now| {
            settle(db, mailbox, published, now)?;
            // With the first message: what is recorded is published next.
            let mut used = Used::default();
            staged.iter().try_for_each(|row| {
                used.by(db, mailbox, &row.placement.target()).and_then(|_| insert(db, mailbox, row))
            })
        })
    }

    /// Our own attempt to publish these was seen to fail.
    pub fn note_failed(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        self.write_of(mailbox, |db, _| for_rows(db, mailbox, rows, &format!("UPDATE staged SET failed = 1 {THIS}")))
    }

    /// Messages that were on their way are forgotten, and fetched again if they are listed.
    pub fn forget_staged(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            for_rows(db, mailbox, rows, &format!("DELETE FROM staged {THIS}"))?;
            // What was presumed of them is not presumed any more.
            let keys = rows.iter().map(|row| &row.key);
            for_keys(db, mailbox, keys, &format!("DELETE FROM message {ONE} AND state = 5"))
        })
    }
}

/// Messages are where their readers look for them.
fn settle(db: &Connection, mailbox: &Mailbox, published: &[StagedRow], now: i64) -> Result<()> {
    let mut message = db.prepare_cached(
        "INSERT INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET state = 1, octets = ?4, received = ?5, fingerprint = ?6, settled_at = ?7,
                                   vanished_at = NULL, deletes = 0",
    )?;
    let mut delivery = db.prepare_cached(
        "INSERT INTO delivery (mailbox, uid, occurrence, destination, delivered_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET delivered_at = ?5",
    )?;
    let mut used = Used::default();
    for row in published {
        let Key { uid, occurrence } = &row.key;
        let destination = used.by(db, mailbox, &row.placement.target())?.0;
        let fingerprint = row.fingerprint.as_ref().map(|fingerprint| &fingerprint.as_octets()[..]);
        message.execute(params![mailbox.id, uid, occurrence, row.octets, row.received, fingerprint, now])?;
        delivery.execute(params![mailbox.id, uid, occurrence, destination, now])?;
    }
    for_rows(db, mailbox, published, &format!("DELETE FROM staged {THIS}"))?;
    let keys = || published.iter().map(|row| &row.key);
    // Where else it was presumed to be, it would be doubled.
    for_keys(db, mailbox, keys(), &format!("DELETE FROM staged {ONE} AND presumed = 1"))?;
    for_keys(db, mailbox, keys(), &format!("DELETE FROM trouble {ONE}"))
}

/// The destination of the last message: nearly always that of all.
#[derive(Default)]
struct Used(Option<(Target, DestinationId)>);

impl Used {
    /// The name of a place, which this mailbox uses from now on.
    fn by(&mut self, db: &Connection, mailbox: &Mailbox, target: &Target) -> Result<DestinationId> {
        if let Some((last, id)) = &self.0
            && last == target
        {
            return Ok(*id);
        }
        let id = destinations::of(db, target)?;
        destinations::use_by(db, mailbox, id)?;
        self.0 = Some((target.clone(), id));
        Ok(id)
    }
}

fn insert(db: &Connection, mailbox: &Mailbox, row: &StagedRow) -> Result<()> {
    let no_hash = [0; 0];
    let (target, file, numbers, hash): (_, _, _, &[u8]) = match &row.placement {
        Placement::Maildir { dir, name } => (dir, name.as_bytes(), [0; 3], &no_hash),
        Placement::Mbox { file, spool, spool_offset, offset, length, hash } => {
            (file, bytes(spool), [*spool_offset, *offset, *length], hash)
        }
    };
    let [spool_offset, offset, length] = numbers;
    db.prepare_cached(
        "INSERT OR REPLACE INTO staged (mailbox, uid, occurrence, octets, received, fingerprint, kind, target, file,
                                        spool_offset, target_offset, length, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        mailbox.id,
        row.key.uid,
        row.key.occurrence,
        row.octets,
        row.received,
        row.fingerprint.as_ref().map(|fingerprint| &fingerprint.as_octets()[..]),
        kind_of(&row.placement.target()),
        bytes(target),
        file,
        spool_offset,
        offset,
        length,
        hash
    ])?;
    Ok(())
}

/// `sql` has the mailbox, the key and the target as its parameters.
pub(super) fn for_rows(db: &Connection, mailbox: &Mailbox, rows: &[StagedRow], sql: &str) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    for row in rows {
        let target = row.placement.target();
        let Key { uid, occurrence } = &row.key;
        statement.execute(params![mailbox.id, uid, occurrence, kind_of(&target), target.octets()])?;
    }
    Ok(())
}

fn staged_row(row: &Row<'_>) -> Result<StagedRow> {
    let fingerprint: Option<Vec<u8>> = row.get(4)?;
    let target = path(row.get(6)?);
    let file: Vec<u8> = row.get(7)?;
    let placement = match row.get(5)? {
        MAILDIR => {
            Placement::Maildir { dir: target, name: String::from_utf8(file).map_err(|_| damaged("a file name"))? }
        }
        MBOX => Placement::Mbox {
            file: target,
            spool: path(file),
            spool_offset: row.get(8)?,
            offset: row.get(9)?,
            length: row.get(10)?,
            hash: row.get(11)?,
        },
        _ => return Err(damaged("a kind of destination")),
    };
    Ok(StagedRow {
        key: Key { uid: row.get(0)?, occurrence: row.get(1)? },
        octets: row.get(2)?,
        received: row.get(3)?,
        fingerprint: fingerprint.and_then(|octets| Fingerprint::from_octets(&octets)),
        placement,
        failed: row.get(12)?,
        presumed: row.get(13)?,
    })
}

/// One staged message, by the first five parameters.
pub(super) const THIS: &str = "WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3 AND kind = ?4 AND target = ?5";
