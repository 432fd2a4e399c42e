//! Messages in the ledger: settled ones, and those on their way.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{CachedStatement, Connection, Row, Transaction, TransactionBehavior, params};

use super::{DestinationId, Ledger, Mailbox, destinations, now};
use crate::deliver::{Placement, Target};
use crate::error::{Error, Kind, Result};

/// What names a message for ever: its unique-id, and which of several with the same one it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The unique-id, as the server sent it.
    pub uid: Vec<u8>,
    /// 0 for the first with this unique-id.
    pub occurrence: u32,
}

/// What the ledger knows of a message that is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was delivered.
    Published,
    /// It was delivered, and DELE was answered +OK; whether QUIT was is not known.
    DeletePending,
    /// It was delivered and deleted: QUIT was answered +OK.
    Deleted,
    /// The user marked it as known; it was never delivered by mailhaul.
    Seen,
}

/// A settled message, as it comes in the order of keys.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The unique-id.
    pub uid: &'a [u8],
    /// Which of several with this unique-id.
    pub occurrence: u32,
    /// What became of it.
    pub settled: Settled,
    /// Octets as LIST said, if it was asked.
    pub octets: Option<u64>,
    /// How long the ledger has known it as such.
    pub settled_for: Duration,
    /// How long it has been missing from complete listings.
    pub vanished_for: Option<Duration>,
    /// Where it was delivered, if the ledger knows.
    pub destination: Option<DestinationId>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedRow {
    /// Which message.
    pub key: Key,
    /// Octets as LIST said.
    pub octets: Option<u64>,
    /// Where it is and will be.
    pub placement: Placement,
    /// How long ago it was recorded.
    pub age: Duration,
}

impl Ledger {
    /// Gives every settled message of a mailbox to `each`, in the order of unique-ids (as octets) and occurrences.
    pub fn each_known(&self, mailbox: &Mailbox, mut each: impl FnMut(Known<'_>)) -> Result<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT uid, occurrence, state, octets, vanished_at, settled_at, destination FROM message
             WHERE mailbox = ?1 ORDER BY uid, occurrence",
        )?;
        let mut rows = statement.query([mailbox.id])?;
        let now = now();
        while let Some(row) = rows.next()? {
            let vanished_at: Option<i64> = row.get(4)?;
            each(Known {
                uid: row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
                occurrence: row.get(1)?,
                settled: settled_of(row.get(2)?)?,
                octets: row.get(3)?,
                settled_for: seconds(now - row.get::<_, i64>(5)?),
                vanished_for: vanished_at.map(|since| seconds(now - since)),
                destination: row.get::<_, Option<i64>>(6)?.map(DestinationId),
            });
        }
        Ok(())
    }

    /// The messages of a mailbox that are on their way, in the order in which they were recorded.
    pub fn staged(&self, mailbox: &Mailbox) -> Result<Vec<StagedRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT uid, occurrence, octets, recorded_at, kind, target, file, spool_offset, target_offset, length, hash
             FROM staged WHERE mailbox = ?1 ORDER BY id",
        )?;
        let rows = statement.query_and_then([mailbox.id], staged_row)?;
        rows.collect()
    }

    /// One transaction: `staged` are on their way from now on, and `published` are settled.
    pub fn record(&mut self, mailbox: &Mailbox, staged: &[StagedRow], published: &[StagedRow]) -> Result<()> {
        let transaction = self.begin()?;
        settle(&transaction, mailbox, published)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO staged (mailbox, uid, occurrence, octets, recorded_at, kind, target, file,
                                                spool_offset, target_offset, length, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?;
            let now = now();
            staged.iter().try_for_each(|row| insert_staged(&mut insert, mailbox, row, now))?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Messages that were on their way are forgotten, and fetched again if they are listed.
    pub fn forget_staged(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        self.for_keys(
            mailbox,
            rows.iter().map(|row| &row.key),
            "DELETE FROM staged WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3",
        )
    }

    /// Settled messages become something else.
    pub fn set<'a>(&mut self, mailbox: &Mailbox, keys: impl Iterator<Item = &'a Key>, to: Settled) -> Result<()> {
        let update = format!(
            "UPDATE message SET state = {}, vanished_at = NULL WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3",
            number_of(to)
        );
        self.for_keys(mailbox, keys, &update)
    }

    /// Brings the ledger up to date with a complete listing, in one transaction.
    pub fn note_listing(&mut self, mailbox: &Mailbox, changes: &ListingChanges) -> Result<()> {
        let transaction = self.begin()?;
        let one = "WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3";
        let vanish = format!("UPDATE message SET vanished_at = {} {one}", now());
        for_keys(&transaction, mailbox, changes.vanished.iter(), &vanish)?;
        let back = format!("UPDATE message SET vanished_at = NULL {one}");
        for_keys(&transaction, mailbox, changes.returned.iter(), &back)?;
        for_keys(&transaction, mailbox, changes.forgotten.iter(), &format!("DELETE FROM message {one}"))?;
        for_keys(&transaction, mailbox, changes.trouble_gone.iter(), &format!("DELETE FROM trouble {one}"))?;
        transaction.commit()?;
        Ok(())
    }

    /// Marks messages as known without a delivery; those that are known already stay as they are.
    pub fn mark_seen<'a>(&mut self, mailbox: &Mailbox, keys: impl Iterator<Item = &'a Key>) -> Result<()> {
        let insert = format!(
            "INSERT INTO message (mailbox, uid, occurrence, state, settled_at) VALUES (?1, ?2, ?3, {}, {})
             ON CONFLICT DO UPDATE SET vanished_at = NULL",
            number_of(Settled::Seen),
            now()
        );
        self.for_keys(mailbox, keys, &insert)
    }

    /// Forgets the messages with these unique-ids, and their trouble; returns how many the ledger knew.
    pub fn forget<'a>(&mut self, mailbox: &Mailbox, uids: impl Iterator<Item = &'a [u8]>) -> Result<usize> {
        let transaction = self.begin()?;
        let mut known = 0;
        for uid in uids {
            let of = params![mailbox.id, uid];
            known += transaction.execute("DELETE FROM message WHERE mailbox = ?1 AND uid = ?2", of)?;
            transaction.execute("DELETE FROM trouble WHERE mailbox = ?1 AND uid = ?2", of)?;
        }
        transaction.commit()?;
        Ok(known)
    }

    /// Adds settled messages of which the ledger knows nothing; returns how many were added.
    pub fn import<'a>(
        &mut self,
        mailbox: &Mailbox,
        messages: impl Iterator<Item = (&'a Key, Settled, Option<u64>)>,
    ) -> Result<usize> {
        let transaction = self.begin()?;
        let mut added = 0;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO message (mailbox, uid, occurrence, state, octets, settled_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let now = now();
            for (key, settled, octets) in messages {
                added +=
                    insert.execute(params![mailbox.id, key.uid, key.occurrence, number_of(settled), octets, now])?;
            }
        }
        transaction.commit()?;
        Ok(added)
    }

    /// Forgets every settled message of a mailbox; returns how many.
    pub fn forget_all(&mut self, mailbox: &Mailbox) -> Result<usize> {
        Ok(self.db.execute("DELETE FROM message WHERE mailbox = ?1", [mailbox.id])?)
    }

    pub(super) fn begin(&mut self) -> Result<Transaction<'_>> {
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    fn for_keys<'a>(&mut self, mailbox: &Mailbox, keys: impl Iterator<Item = &'a Key>, sql: &str) -> Result<()> {
        let transaction = self.begin()?;
        for_keys(&transaction, mailbox, keys, sql)?;
        transaction.commit()?;
        Ok(())
    }
}

/// What a complete listing changes in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingChanges {
    /// Missing for the first time.
    pub vanished: Vec<Key>,
    /// There again.
    pub returned: Vec<Key>,
    /// No longer worth a row.
    pub forgotten: Vec<Key>,
    /// Had trouble, and are not listed any more.
    pub trouble_gone: Vec<Key>,
}

impl ListingChanges {
    /// Is there nothing to write?
    pub fn is_empty(&self) -> bool {
        let Self { vanished, returned, forgotten, trouble_gone } = self;
        [vanished, returned, forgotten, trouble_gone].into_iter().all(Vec::is_empty)
    }
}

/// `sql` has the mailbox, the unique-id and the occurrence as its parameters.
fn for_keys<'a>(db: &Connection, mailbox: &Mailbox, keys: impl Iterator<Item = &'a Key>, sql: &str) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    for key in keys {
        statement.execute(params![mailbox.id, key.uid, key.occurrence])?;
    }
    Ok(())
}

fn settle(db: &Connection, mailbox: &Mailbox, published: &[StagedRow]) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO message (mailbox, uid, occurrence, state, octets, settled_at, destination)
         VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)",
    )?;
    let now = now();
    let mut last: Option<(Target, DestinationId)> = None; // nearly always that of all
    for row in published {
        let target = row.placement.target();
        let destination = match last {
            Some((known, id)) if known == target => id,
            _ => destinations::of(db, &target)?,
        };
        insert.execute(params![mailbox.id, row.key.uid, row.key.occurrence, row.octets, now, destination.0])?;
        last = Some((target, destination));
    }
    let keys = || published.iter().map(|row| &row.key);
    let one = "WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3";
    for_keys(db, mailbox, keys(), &format!("DELETE FROM staged {one}"))?;
    for_keys(db, mailbox, keys(), &format!("DELETE FROM trouble {one}"))
}

fn insert_staged(insert: &mut CachedStatement<'_>, mailbox: &Mailbox, row: &StagedRow, now: i64) -> Result<()> {
    let common = (mailbox.id, &row.key.uid, row.key.occurrence, row.octets, now);
    let (mailbox, uid, occurrence, octets, now) = common;
    match &row.placement {
        Placement::Maildir { dir, name } => insert.execute(params![
            mailbox,
            uid,
            occurrence,
            octets,
            now,
            MAILDIR,
            bytes(dir),
            name.as_bytes(),
            0,
            0,
            0,
            [0u8; 0]
        ])?,
        Placement::Mbox { file, spool, spool_offset, offset, length, hash } => insert.execute(params![
            mailbox,
            uid,
            occurrence,
            octets,
            now,
            MBOX,
            bytes(file),
            bytes(spool),
            spool_offset,
            offset,
            length,
            hash
        ])?,
    };
    Ok(())
}

fn staged_row(row: &Row<'_>) -> Result<StagedRow> {
    let key = Key { uid: row.get(0)?, occurrence: row.get(1)? };
    let recorded_at: i64 = row.get(3)?;
    let kind: i64 = row.get(4)?;
    let target = path(row.get(5)?);
    let file: Vec<u8> = row.get(6)?;
    let placement = match kind {
        MAILDIR => {
            Placement::Maildir { dir: target, name: String::from_utf8(file).map_err(|_| damaged("a file name"))? }
        }
        MBOX => Placement::Mbox {
            file: target,
            spool: path(file),
            spool_offset: row.get(7)?,
            offset: row.get(8)?,
            length: row.get(9)?,
            hash: row.get(10)?,
        },
        _ => return Err(damaged("a kind of destination")),
    };
    Ok(StagedRow { key, octets: row.get(2)?, placement, age: seconds(now() - recorded_at) })
}

pub(super) fn damaged(what: &str) -> Error {
    Error::new(Kind::LocalIo, format!("the ledger has {what} that mailhaul does not write"))
        .hint("the file is damaged, or was changed by hand: restore it from a copy")
}

fn settled_of(number: i64) -> Result<Settled> {
    match number {
        1 => Ok(Settled::Published),
        2 => Ok(Settled::DeletePending),
        3 => Ok(Settled::Deleted),
        4 => Ok(Settled::Seen),
        _ => Err(damaged("a state of a message")),
    }
}

fn number_of(settled: Settled) -> i64 {
    match settled {
        Settled::Published => 1,
        Settled::DeletePending => 2,
        Settled::Deleted => 3,
        Settled::Seen => 4,
    }
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.max(0) as u64)
}

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(super) fn path(octets: Vec<u8>) -> PathBuf {
    OsString::from_vec(octets).into()
}

pub(super) const MAILDIR: i64 = 0;
pub(super) const MBOX: i64 = 1;
