//! Messages that are settled: what became of each.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{MOVES, damaged, seconds};
use super::{DestinationId, Ledger, Mailbox, UidForm, wait};
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::until::Until;

/// What names a message: its unique-id, and which of several with the same one it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The unique-id, as the server sent it.
    pub uid: Vec<u8>,
    /// 0 for the first with this unique-id. From 1,000,000 on: an old message whose unique-id was given to another.
    pub occurrence: u32,
}

impl Key {
    /// The unique-id and the occurrence.
    pub fn parts(&self) -> (&[u8], u32) {
        (&self.uid, self.occurrence)
    }
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
    /// It was on its way when a run was interrupted, and was then found nowhere: neither fetched again nor deleted until the
    /// user decides.
    Presumed,
    /// A destination does not have it yet: it waits in the outbox, or is to be fetched for that destination.
    Waiting,
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
    /// Octets as they came over the line, if that is known.
    pub received: Option<u64>,
    /// What tells it from every other message, if that is known.
    pub fingerprint: Option<Fingerprint>,
    /// Was its fingerprint asked for? If it has none all the same, TOP does not tell it.
    pub is_asked: bool,
    /// How long the ledger has known it as such.
    pub settled_for: Duration,
    /// How long it has been missing from complete listings.
    pub vanished_for: Option<Duration>,
    /// How often it was deleted, with QUIT answered +OK. A download once more from a server that removes what was fetched counts
    /// as the first time. More than 0 and not [`Settled::Deleted`]: without effect.
    pub deletes: u32,
    /// How its unique-id is written.
    pub form: UidForm,
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
    /// Waited for destinations that this run does not have, and were delivered elsewhere: that is all.
    pub complete: Vec<Key>,
    /// The same, and were delivered nowhere: they are new.
    pub unclaimed: Vec<Key>,
}

impl Ledger {
    /// Gives every settled message of a mailbox to `each`, in the order of unique-ids (as octets) and occurrences. The deadline
    /// or a stop ends it.
    pub fn each_known(&self, mailbox: &Mailbox, mut each: impl FnMut(Known<'_>)) -> Result<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT uid, occurrence, state, octets, received, fingerprint, settled_at, vanished_at, deletes, form FROM message
             WHERE mailbox = ?1 ORDER BY uid, occurrence",
        )?;
        let mut rows = statement.query([mailbox.id])?;
        let now = self.clock.now();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            wait::look(&self.wait.until, count)?;
            count += 1;
            let fingerprint = row.get_ref(5)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
            let vanished_at: Option<i64> = row.get(7)?;
            each(Known {
                uid: row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
                occurrence: row.get(1)?,
                settled: settled_of(row.get(2)?)?,
                octets: row.get(3)?,
                received: row.get(4)?,
                fingerprint: fingerprint.and_then(Fingerprint::from_octets),
                is_asked: fingerprint.is_some(),
                settled_for: seconds(now.saturating_sub(row.get(6)?)),
                vanished_for: vanished_at.map(|since| seconds(now.saturating_sub(since))),
                deletes: row.get(8)?,
                form: UidForm::of_column(row.get(9)?)?,
            });
        }
        Ok(())
    }

    /// Has the mailbox been fetched before? Where it has not, and a destination says that it has, the ledger was lost.
    pub fn has_history(&self, mailbox: &Mailbox) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM message WHERE mailbox = ?1)
                         OR EXISTS (SELECT 1 FROM staged WHERE mailbox = ?1)
                         OR EXISTS (SELECT 1 FROM used WHERE mailbox = ?1)";
        Ok(self.db.query_row(query, [mailbox.id], |row| row.get(0))?)
    }

    /// Where a message was delivered.
    pub fn deliveries(&self, mailbox: &Mailbox, key: &Key) -> Result<Vec<DestinationId>> {
        let mut statement = self.db.prepare_cached(&format!("SELECT destination FROM delivery {ONE}"))?;
        let rows = statement.query_map(params![mailbox.id, key.uid, key.occurrence], |row| row.get(0))?;
        rows.map(|id| Ok(DestinationId(id?))).collect()
    }

    /// Settled messages become something else. A deletion that was confirmed is counted.
    pub fn set<'a>(&mut self, mailbox: &Mailbox, keys: impl Iterator<Item = &'a Key>, to: Settled) -> Result<()> {
        let deletes = u32::from(to == Settled::Deleted);
        let update = format!(
            "UPDATE message SET state = {}, vanished_at = NULL, deletes = deletes + {deletes} {ONE}",
            number_of(to)
        );
        self.write_of(mailbox, |db, _| for_keys(db, mailbox, keys, &update))
    }

    /// Messages were fetched once more, and the server has said that this removes them.
    pub fn note_expired(&mut self, mailbox: &Mailbox, keys: &[Key]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let update = format!("UPDATE message SET deletes = max(deletes, 1) {ONE}");
        self.write_of(mailbox, |db, _| for_keys(db, mailbox, keys.iter(), &update))
    }

    /// Messages were asked after, and are the same as before, with these sizes: what was deleted was not.
    pub fn still_there(&mut self, mailbox: &Mailbox, messages: &[(Key, Option<u64>)]) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            let mut update = db.prepare_cached(&format!(
                "UPDATE message SET octets = coalesce(?4, octets), vanished_at = NULL,
                                    state = CASE WHEN state IN (2, 3) THEN 1 ELSE state END {ONE}"
            ))?;
            for (key, octets) in messages {
                update.execute(params![mailbox.id, key.uid, key.occurrence, octets])?;
            }
            Ok(())
        })
    }

    /// The fingerprints of messages that were asked for them; none: TOP does not tell.
    pub fn note_fingerprints(&mut self, mailbox: &Mailbox, found: &[(Key, Option<Fingerprint>)]) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            let mut update = db.prepare_cached(&format!("UPDATE message SET fingerprint = ?4 {ONE}"))?;
            for (key, fingerprint) in found {
                let fingerprint = super::columns::asked(fingerprint.as_ref());
                update.execute(params![mailbox.id, key.uid, key.occurrence, fingerprint])?;
            }
            Ok(())
        })
    }

    /// Brings the ledger up to date with a complete listing, in one transaction; the deadline or a stop leaves all of it to
    /// another run.
    pub fn note_listing(&mut self, mailbox: &Mailbox, changes: &ListingChanges) -> Result<()> {
        let until = self.wait.until.clone();
        self.write_of(mailbox, |db, now| {
            let all = [
                (&changes.vanished, format!("UPDATE message SET vanished_at = {now} {ONE}")),
                (&changes.returned, format!("UPDATE message SET vanished_at = NULL {ONE}")),
                (&changes.forgotten, format!("DELETE FROM message {ONE}")),
                // What is owed of it cannot come any more; what is in the outbox can.
                (&changes.forgotten, format!("DELETE FROM staged {ONE} AND (presumed = 1 OR length(file) = 0)")),
                (&changes.trouble_gone, format!("DELETE FROM trouble {ONE}")),
            ];
            all.iter().try_for_each(|(keys, sql)| {
                let keys = keys.iter().map(Key::parts);
                for_keys_until(&until, db, mailbox, keys, sql)
            })?;
            end_waiting(db, mailbox, &changes.complete, &changes.unclaimed)
        })
    }

    /// Marks messages as known without a delivery; those that are known already stay as they are.
    pub fn mark_seen<'a>(&mut self, mailbox: &Mailbox, keys: impl Iterator<Item = (&'a [u8], u32)>) -> Result<()> {
        let until = self.wait.until.clone();
        self.write_of(mailbox, |db, now| {
            let insert = format!(
                "INSERT INTO message (mailbox, uid, occurrence, state, settled_at) VALUES (?1, ?2, ?3, {}, {now})
                 ON CONFLICT DO UPDATE SET vanished_at = NULL",
                number_of(Settled::Seen)
            );
            for_keys_until(&until, db, mailbox, keys, &insert)
        })
    }

    /// Forgets the messages with these unique-ids, and their trouble; returns how many the ledger knew.
    pub fn forget<'a>(&mut self, mailbox: &Mailbox, uids: impl Iterator<Item = &'a [u8]>) -> Result<usize> {
        self.write_of(mailbox, |db, _| {
            let mut known = 0;
            for uid in uids {
                let of = params![mailbox.id, uid];
                known += db.execute("DELETE FROM message WHERE mailbox = ?1 AND uid = ?2", of)?;
                db.execute(&format!("DELETE FROM staged WHERE mailbox = ?1 AND uid = ?2 AND {MOVES}"), of)?;
                db.execute("DELETE FROM trouble WHERE mailbox = ?1 AND uid = ?2", of)?;
            }
            Ok(known)
        })
    }

    /// Forgets every settled message of a mailbox; returns how many. Where it delivered is remembered, so that nobody takes
    /// the ledger for a lost one.
    pub fn forget_all(&mut self, mailbox: &Mailbox) -> Result<usize> {
        self.write_of(mailbox, |db, _| {
            db.execute(&format!("DELETE FROM staged WHERE mailbox = ?1 AND {MOVES}"), [mailbox.id])?;
            Ok(db.execute("DELETE FROM message WHERE mailbox = ?1", [mailbox.id])?)
        })
    }
}

impl ListingChanges {
    /// Is there nothing to write?
    pub fn is_empty(&self) -> bool {
        let Self { vanished, returned, forgotten, trouble_gone, complete, unclaimed } = self;
        [vanished, returned, forgotten, trouble_gone, complete, unclaimed].into_iter().all(Vec::is_empty)
    }
}

/// `sql` has the mailbox, the unique-id and the occurrence as its parameters.
pub(super) fn for_keys<'a>(
    db: &Connection,
    mailbox: &Mailbox,
    keys: impl Iterator<Item = &'a Key>,
    sql: &str,
) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    for key in keys {
        statement.execute(params![mailbox.id, key.uid, key.occurrence])?;
    }
    Ok(())
}

/// The same, as long as there is time.
fn for_keys_until<'a>(
    until: &Until,
    db: &Connection,
    mailbox: &Mailbox,
    keys: impl Iterator<Item = (&'a [u8], u32)>,
    sql: &str,
) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    for (row, (uid, occurrence)) in keys.enumerate() {
        wait::look(until, row)?;
        statement.execute(params![mailbox.id, uid, occurrence])?;
    }
    Ok(())
}

/// What waited for destinations that a run does not have: what was delivered somewhere is complete, the rest is new.
fn end_waiting(db: &Connection, mailbox: &Mailbox, complete: &[Key], new: &[Key]) -> Result<()> {
    let staged = format!("DELETE FROM staged {ONE} AND presumed = 0");
    for_keys(db, mailbox, complete.iter().chain(new), &staged)?;
    for_keys(db, mailbox, complete.iter(), &format!("UPDATE message SET state = 1 {ONE} AND state = 6"))?;
    for_keys(db, mailbox, new.iter(), &format!("DELETE FROM message {ONE} AND state = 6"))
}

/// What became of one message.
pub(super) fn state_of(db: &Connection, mailbox: &Mailbox, key: &Key) -> Result<Option<Settled>> {
    let mut find = db.prepare_cached(&format!("SELECT state FROM message {ONE}"))?;
    let found = find.query_row(params![mailbox.id, key.uid, key.occurrence], |row| row.get(0)).optional()?;
    found.map(settled_of).transpose()
}

pub(super) fn settled_of(number: i64) -> Result<Settled> {
    match number {
        1 => Ok(Settled::Published),
        2 => Ok(Settled::DeletePending),
        3 => Ok(Settled::Deleted),
        4 => Ok(Settled::Seen),
        5 => Ok(Settled::Presumed),
        6 => Ok(Settled::Waiting),
        _ => Err(damaged("a state of a message")),
    }
}

pub(super) fn number_of(settled: Settled) -> i64 {
    match settled {
        Settled::Published => 1,
        Settled::DeletePending => 2,
        Settled::Deleted => 3,
        Settled::Seen => 4,
        Settled::Presumed => 5,
        Settled::Waiting => 6,
    }
}

/// One message, by the first three parameters.
pub(super) const ONE: &str = "WHERE mailbox = ?1 AND uid = ?2 AND occurrence = ?3";
