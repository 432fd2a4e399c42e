//! Messages on their way: recorded before they are published, gone from here when that is known.

use rusqlite::{Connection, Row, params};

use super::columns::{bytes, damaged, kind_of, path, target};
use super::messages::{ONE, for_keys};
use super::reason::{self, Waiting};
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
    /// Why its destination does not have it yet, if that is known.
    pub waiting: Option<Waiting>,
}

impl StagedRow {
    /// Nothing of its hand-over is in doubt.
    #[must_use]
    pub fn without_mark(mut self) -> Self {
        if let Placement::Outbox { mark, .. } = &mut self.placement {
            mark.clear();
        }
        self
    }
}

impl Ledger {
    /// The messages of a mailbox that are on their way, and those that are presumed, in the order in which they were recorded.
    pub fn staged(&self, mailbox: &Mailbox) -> Result<Vec<StagedRow>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT uid, occurrence, octets, received, fingerprint, kind, target, file, spool_offset, target_offset, length,
                    hash, failed, presumed, {}
             FROM staged WHERE mailbox = ?1 ORDER BY id",
            reason::COLUMNS
        ))?;
        let now = self.clock.now();
        let rows = statement.query_and_then([mailbox.id], |row| staged_row(row, now))?;
        rows.collect()
    }

    /// One transaction: `staged` are on their way from now on, or owed; and `published` are settled.
    pub fn record(&mut self, mailbox: &Mailbox, staged: &[StagedRow], published: &[StagedRow]) -> Result<()> {
        self.record_over(mailbox, staged, published, &[], &[])
    }

    /// The same, where messages were fetched again although they are known: where else these are presumed to be, or wait,
    /// they would be doubled. What is `unclaimed` waits no more for its destination.
    pub fn record_over(
        &mut self,
        mailbox: &Mailbox,
        staged: &[StagedRow],
        published: &[StagedRow],
        again: &[Key],
        unclaimed: &[StagedRow],
    ) -> Result<()> {
        self.write_of(mailbox, |db, now| {
            settle(db, mailbox, published, now)?;
            for_keys(db, mailbox, again.iter(), &format!("DELETE FROM staged {ONE}"))?;
            for_rows(db, mailbox, unclaimed, &format!("DELETE FROM staged {THIS}"))?;
            // With the first message: what is recorded is published next.
            let mut used = Used::default();
            for row in staged {
                used.by(db, mailbox, &row.placement.target())?;
                insert(db, mailbox, row)?;
                if !row.placement.is_staged() {
                    wait(db, mailbox, row, now)?;
                }
            }
            Ok(())
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
        self.write_of(mailbox, |db, now| {
            let mut owed = Vec::new();
            for row in rows {
                let rows = std::slice::from_ref(row);
                // Where other destinations have it, it is fetched for this one alone.
                if is_elsewhere(db, mailbox, row)? {
                    owed.push(row.clone());
                } else {
                    for_rows(db, mailbox, rows, &format!("DELETE FROM staged {THIS}"))?;
                    // What was presumed of it is not presumed any more.
                    let keys = rows.iter().map(|row| &row.key);
                    for_keys(db, mailbox, keys, &format!("DELETE FROM message {ONE} AND state IN (5, 6)"))?;
                }
            }
            owe(db, mailbox, &owed, "its staged file is gone", now)
        })
    }
}

/// Nothing is staged of these any more: they are fetched for their destinations again.
fn owe(db: &Connection, mailbox: &Mailbox, rows: &[StagedRow], why: &str, now: i64) -> Result<()> {
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

/// Messages are where their readers look for them.
fn settle(db: &Connection, mailbox: &Mailbox, published: &[StagedRow], now: i64) -> Result<()> {
    for_rows(db, mailbox, published, &format!("DELETE FROM staged {THIS}"))?;
    // It is complete when the last of its destinations has it, and certain when none is in doubt.
    let mut message = db.prepare_cached(
        "INSERT INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at)
         VALUES (?1, ?2, ?3,
                 (SELECT CASE count(*) WHEN 0 THEN 1 WHEN sum(presumed) THEN 5 ELSE 6 END
                  FROM staged WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3), ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET state = excluded.state, octets = ?4, received = ?5, fingerprint = ?6, settled_at = ?7,
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
    for_keys(db, mailbox, published.iter().map(|row| &row.key), &format!("DELETE FROM trouble {ONE}"))
}

/// Was it delivered to another destination, or is it on its way there?
fn is_elsewhere(db: &Connection, mailbox: &Mailbox, row: &StagedRow) -> Result<bool> {
    let (uid, occurrence, kind, target) = of_row(row);
    let query = format!(
        "SELECT EXISTS (SELECT 1 FROM delivery {ONE}) OR EXISTS (SELECT 1 FROM staged {ONE} AND NOT (kind = ?4 AND target = ?5))"
    );
    let mut find = db.prepare_cached(&query)?;
    Ok(find.query_row(params![mailbox.id, uid, occurrence, kind, target], |row| row.get(0))?)
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
    let (target, file, numbers, hash): (&[u8], &[u8], _, &[u8]) = match &row.placement {
        Placement::Maildir { dir, name } => (bytes(dir), name.as_bytes(), [0; 3], &no_hash),
        Placement::Eml { dir, staged, .. } => (bytes(dir), staged.as_bytes(), [0; 3], &no_hash),
        Placement::Mbox { file, spool, spool_offset, offset, length, hash } => {
            (bytes(file), bytes(spool), [*spool_offset, *offset, *length], hash)
        }
        Placement::Outbox { receiver, file, octets, mark } => {
            (receiver.name.as_bytes(), file.as_bytes(), [0, 0, *octets], mark)
        }
        Placement::Owed(target) => (target.octets(), &no_hash[..], [0; 3], &no_hash),
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
        target,
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

/// The parameters of [`THIS`] but for the mailbox.
pub(super) fn of_row(row: &StagedRow) -> (&[u8], u32, i64, Vec<u8>) {
    let target = row.placement.target();
    (&row.key.uid, row.key.occurrence, kind_of(&target), target.octets().to_owned())
}

fn staged_row(row: &Row<'_>, now: i64) -> Result<StagedRow> {
    let fingerprint: Option<Vec<u8>> = row.get(4)?;
    let kind = row.get(5)?;
    let file: Vec<u8> = row.get(7)?;
    let name = |file: Vec<u8>| String::from_utf8(file).map_err(|_| damaged("a file name"));
    let placement = match target(kind, row.get(6)?)? {
        target if file.is_empty() => Placement::Owed(target),
        Target::Maildir(dir) => Placement::Maildir { dir, name: name(file)? },
        Target::HandOver(receiver) => {
            Placement::Outbox { receiver, file: name(file)?, octets: row.get(10)?, mark: row.get(11)? }
        }
        Target::EmlDir(dir) => Placement::of_staged_eml(dir, name(file)?).ok_or_else(|| damaged("a file name"))?,
        Target::Mbox(mbox) => Placement::Mbox {
            file: mbox,
            spool: path(file),
            spool_offset: row.get(8)?,
            offset: row.get(9)?,
            length: row.get(10)?,
            hash: row.get(11)?,
        },
    };
    Ok(StagedRow {
        key: Key { uid: row.get(0)?, occurrence: row.get(1)? },
        octets: row.get(2)?,
        received: row.get(3)?,
        fingerprint: fingerprint.and_then(|octets| Fingerprint::from_octets(&octets)),
        placement,
        failed: row.get(12)?,
        presumed: row.get(13)?,
        waiting: reason::waiting(row, now)?,
    })
}

/// One staged message, by the first five parameters.
pub(super) const THIS: &str = "WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3 AND kind = ?4 AND target = ?5";
