//! Places where messages were delivered, and what tells that they are still the same.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{MBOX, bytes, kind_of, path, target};
use super::{Ledger, Mailbox};
use crate::deliver::{Identity, Target};
use crate::error::{Error, Kind, Result};
use crate::private::folder_of;

/// Names a destination in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationId(pub(super) i64);

/// A place into which messages were delivered, of whichever mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDestination {
    /// Its name.
    pub id: DestinationId,
    /// The Maildir or the mbox; its path is absolute.
    pub target: Target,
    /// What tells that it is still the same; none, if an older version delivered there.
    pub identity: Option<Identity>,
    /// A message of some mailbox was delivered there, or was about to be: a place that is made before the login may stay
    /// without one.
    pub is_used: bool,
}

impl Ledger {
    /// All of them: a handful.
    pub fn destinations(&self) -> Result<Vec<PastDestination>> {
        let mut statement = self.db.prepare("SELECT id, kind, target, identity, EXISTS (SELECT 1 FROM used WHERE destination = id) FROM destination ORDER BY id")?;
        statement.query_and_then([], past_destination)?.collect()
    }

    /// One of them, if it is known.
    pub fn place(&self, target: &Target) -> Result<Option<PastDestination>> {
        let query =
            "SELECT id, kind, target, identity, EXISTS (SELECT 1 FROM used WHERE destination = id) FROM destination
                     WHERE kind = ?1 AND target = ?2";
        let mut find = self.db.prepare(query)?;
        let mut found = find.query_and_then(params![kind_of(target), target.octets()], past_destination)?;
        found.next().transpose()
    }

    /// A place is about to be made one. What is then found there, without a mailbox that uses it, was left by a run that
    /// ended suddenly.
    pub fn begin_place(&mut self, target: &Target) -> Result<()> {
        self.write(|db, _| of(db, target).map(drop))
    }

    /// Records what tells that a place is still the same.
    pub fn note_place(&mut self, mailbox: &Mailbox, target: &Target, identity: &Identity) -> Result<DestinationId> {
        self.write_of(mailbox, |db, _| {
            let id = of(db, target)?;
            let update = "UPDATE destination SET identity = ?2 WHERE id = ?1";
            db.execute(update, params![id.0, identity.as_octets()])?;
            Ok(id)
        })
    }

    /// Was a message of this mailbox delivered there, or about to be?
    pub fn uses(&self, mailbox: &Mailbox, destination: DestinationId) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM used WHERE mailbox = ?1 AND destination = ?2)";
        Ok(self.db.query_row(query, params![mailbox.id, destination.0], |row| row.get(0))?)
    }

    /// A place was moved by hand, for all mailboxes. If the new one is known, too, they become one. No identity: it is the same as
    /// before. Runs that are at work on a mailbox which delivers there can write nothing more.
    pub fn move_place(&mut self, old: &Target, new: &Target, identity: Option<&Identity>) -> Result<()> {
        self.write(|db, _| {
            let from = of(db, old)?;
            end_runs(db, from)?;
            move_staged(db, old, new)?;
            match find(db, new)? {
                Some(to) if to != from => merge(db, from, to)?,
                Some(_) => {}
                None => {
                    let update = "UPDATE destination SET kind = ?2, target = ?3 WHERE id = ?1";
                    db.execute(update, params![from.0, kind_of(new), new.octets()])?;
                }
            }
            let id = of(db, new)?;
            let update = "UPDATE destination SET identity = coalesce(?2, identity) WHERE id = ?1";
            db.execute(update, params![id.0, identity.map(Identity::as_octets)])?;
            Ok(())
        })
    }

    /// How many messages of all mailboxes were delivered into a place and, by the last listing, are on a server.
    pub fn delivered_into(&self, destination: DestinationId) -> Result<u64> {
        let query = "SELECT count(*) FROM delivery JOIN message USING (mailbox, uid, occurrence)
                     WHERE destination = ?1 AND state IN (1, 2) AND vanished_at IS NULL";
        Ok(self.db.query_row(query, [destination.0], |row| row.get(0))?)
    }

    /// How many messages of a mailbox were delivered into each place and, by the last listing, are on the server; the place
    /// with the most comes first.
    pub fn delivered_elsewhere(&self, mailbox: &Mailbox) -> Result<Vec<(DestinationId, Target, u64)>> {
        let mut statement = self.db.prepare(
            "SELECT destination.id, destination.kind, destination.target, count(*)
             FROM delivery JOIN message USING (mailbox, uid, occurrence) JOIN destination ON destination.id = destination
             WHERE mailbox = ?1 AND state IN (1, 2) AND vanished_at IS NULL
             GROUP BY destination.id ORDER BY 4 DESC, 1",
        )?;
        let place = |row: &Row<'_>| Ok((DestinationId(row.get(0)?), target(row.get(1)?, row.get(2)?)?, row.get(3)?));
        statement.query_and_then([mailbox.id], place)?.collect()
    }

    /// The messages of a mailbox turn out to have been delivered elsewhere than here. Is that news of this place?
    pub fn note_told_of(&mut self, mailbox: &Mailbox, here: &[Target]) -> Result<bool> {
        let here: Vec<&[u8]> = here.iter().map(Target::octets).collect();
        let here = here.join(&b'\0');
        self.write_of(mailbox, |db, _| {
            let update = "UPDATE mailbox SET told_of = ?2 WHERE id = ?1 AND told_of IS NOT ?2";
            Ok(db.execute(update, params![mailbox.id, here])? > 0)
        })
    }

    /// Forgets the messages of all mailboxes that were delivered into this place alone, or are presumed to be there: those that
    /// a server has are new ones. Other runs that deliver there can write nothing more.
    pub fn forget_delivered_into(&mut self, mailbox: &Mailbox, destination: DestinationId) -> Result<()> {
        self.write_of(mailbox, |db, _| {
            let others = "UPDATE mailbox SET run = NULL, serial = serial + 1
                          WHERE id IN (SELECT mailbox FROM used WHERE destination = ?1) AND id <> ?2";
            db.execute(others, params![destination.0, mailbox.id])?;
            let statements = [
                "DELETE FROM message WHERE (mailbox, uid, occurrence) IN
                     (SELECT mailbox, uid, occurrence FROM delivery GROUP BY mailbox, uid, occurrence
                      HAVING min(destination) = ?1 AND max(destination) = ?1)",
                "DELETE FROM delivery WHERE destination = ?1",
                "DELETE FROM message WHERE state = 5 AND (mailbox, uid, occurrence) IN
                     (SELECT mailbox, uid, occurrence FROM staged JOIN destination USING (kind, target)
                      WHERE destination.id = ?1 AND presumed = 1)",
                "DELETE FROM staged WHERE presumed = 1
                     AND (kind, target) IN (SELECT kind, target FROM destination WHERE id = ?1)",
                "DELETE FROM used WHERE destination = ?1",
                "UPDATE destination SET identity = NULL WHERE id = ?1",
            ];
            for statement in statements {
                db.execute(statement, [destination.0])?;
            }
            Ok(())
        })
    }

    /// Was it missing for this mailbox before?
    pub fn is_missing(&self, mailbox: &Mailbox, destination: DestinationId) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM missing WHERE mailbox = ?1 AND destination = ?2)";
        Ok(self.db.query_row(query, params![mailbox.id, destination.0], |row| row.get(0))?)
    }

    /// It was looked for, for this mailbox.
    pub fn note_missing(&mut self, mailbox: &Mailbox, destination: DestinationId, missing: bool) -> Result<()> {
        let statement = if missing {
            "INSERT OR IGNORE INTO missing (mailbox, destination) VALUES (?1, ?2)"
        } else {
            "DELETE FROM missing WHERE mailbox = ?1 AND destination = ?2"
        };
        self.write_of(mailbox, |db, _| {
            db.execute(statement, params![mailbox.id, destination.0])?;
            Ok(())
        })
    }
}

#[cfg(test)]
impl DestinationId {
    pub(crate) fn for_tests(id: i64) -> Self {
        Self(id)
    }
}

/// The name of a place, made if it is a new one.
pub(super) fn of(db: &Connection, target: &Target) -> Result<DestinationId> {
    db.prepare_cached("INSERT OR IGNORE INTO destination (kind, target) VALUES (?1, ?2)")?
        .execute(params![kind_of(target), target.octets()])?;
    let found = find(db, target)?;
    found.ok_or_else(|| Error::new(Kind::Bug, "a place could not be added to the ledger"))
}

/// A message of this mailbox is delivered there.
pub(super) fn use_by(db: &Connection, mailbox: &Mailbox, destination: DestinationId) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO used (mailbox, destination) VALUES (?1, ?2)")?
        .execute(params![mailbox.id, destination.0])?;
    Ok(())
}

fn find(db: &Connection, target: &Target) -> Result<Option<DestinationId>> {
    let mut find = db.prepare_cached("SELECT id FROM destination WHERE kind = ?1 AND target = ?2")?;
    let id = |row: &Row<'_>| row.get(0).map(DestinationId);
    Ok(find.query_row(params![kind_of(target), target.octets()], id).optional()?)
}

fn past_destination(row: &Row<'_>) -> Result<PastDestination> {
    let identity: Option<Vec<u8>> = row.get(3)?;
    Ok(PastDestination {
        id: DestinationId(row.get(0)?),
        target: target(row.get(1)?, row.get(2)?)?,
        identity: identity.map(|octets| Identity::from_octets(&octets)),
        is_used: row.get(4)?,
    })
}

/// Whoever has read the rows of a mailbox that delivers there has read what is not true any more.
fn end_runs(db: &Connection, destination: DestinationId) -> Result<()> {
    db.execute(
        "UPDATE mailbox SET run = NULL, serial = serial + 1 WHERE id IN (SELECT mailbox FROM used WHERE destination = ?1)",
        [destination.0],
    )?;
    Ok(())
}

fn merge(db: &Connection, from: DestinationId, to: DestinationId) -> Result<()> {
    for table in ["delivery", "used", "missing"] {
        let update = format!("UPDATE OR REPLACE {table} SET destination = ?2 WHERE destination = ?1");
        db.execute(&update, params![from.0, to.0])?;
    }
    db.execute("DELETE FROM destination WHERE id = ?1", [from.0])?;
    Ok(())
}

/// What is on its way goes to the new place. A spool that stood beside the old mbox may have been moved with it, or not.
fn move_staged(db: &Connection, old: &Target, new: &Target) -> Result<()> {
    if kind_of(old) == MBOX {
        let mut find = db.prepare("SELECT DISTINCT file FROM staged WHERE kind = ?1 AND target = ?2")?;
        let spools = find.query_map(params![MBOX, old.octets()], |row| row.get(0))?;
        for spool in spools.collect::<rusqlite::Result<Vec<Vec<u8>>>>()? {
            let spool = path(spool);
            if let (Some(old_path), Some(new_path)) = (old.path(), new.path())
                && let Some(moved) = moved_spool(&spool, old_path, new_path)?
            {
                let update = "UPDATE staged SET file = ?4 WHERE kind = ?1 AND target = ?2 AND file = ?3";
                db.execute(update, params![MBOX, old.octets(), bytes(&spool), bytes(&moved)])?;
            }
        }
    }
    db.execute(
        "UPDATE OR REPLACE staged SET kind = ?3, target = ?4 WHERE kind = ?1 AND target = ?2",
        params![kind_of(old), old.octets(), kind_of(new), new.octets()],
    )?;
    Ok(())
}

fn moved_spool(spool: &Path, old: &Path, new: &Path) -> Result<Option<PathBuf>> {
    let Some(name) = spool.file_name().filter(|_| folder_of(spool) == folder_of(old)) else { return Ok(None) };
    let moved = folder_of(new).join(name);
    match std::fs::symlink_metadata(&moved) {
        Ok(_) => Ok(Some(moved)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("look at", &moved, error)),
    }
}
