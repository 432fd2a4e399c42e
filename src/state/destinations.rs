//! Where messages were delivered, so that a deletion can ask whether that place is still there.

use std::path::PathBuf;

use rusqlite::{Connection, params};

use super::Ledger;
use super::messages::{bytes, path};
use crate::deliver::Target;
use crate::error::Result;

/// Names a destination in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationId(pub(super) i64);

#[cfg(test)]
impl DestinationId {
    pub(crate) fn for_tests(id: i64) -> Self {
        Self(id)
    }
}

/// A place into which messages were delivered, of whichever mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDestination {
    /// Its name.
    pub id: DestinationId,
    /// The folder of a Maildir, or an mbox; absolute.
    pub path: PathBuf,
    /// Was it missing when it was looked for last?
    pub was_missing: bool,
}

impl Ledger {
    /// All of them: a handful.
    pub fn destinations(&self) -> Result<Vec<PastDestination>> {
        let mut statement = self.db.prepare("SELECT id, target, missing FROM destination ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            Ok(PastDestination { id: DestinationId(row.get(0)?), path: path(row.get(1)?), was_missing: row.get(2)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// It was looked for.
    pub fn note_missing(&mut self, destination: DestinationId, missing: bool) -> Result<()> {
        self.db.execute("UPDATE destination SET missing = ?2 WHERE id = ?1", params![destination.0, missing])?;
        Ok(())
    }
}

/// The name of a place, made if it is a new one.
pub(super) fn of(db: &Connection, target: &Target) -> Result<DestinationId> {
    let target = bytes(target.path());
    db.prepare_cached("INSERT OR IGNORE INTO destination (target) VALUES (?1)")?.execute([target])?;
    let id =
        db.prepare_cached("SELECT id FROM destination WHERE target = ?1")?.query_row([target], |row| row.get(0))?;
    Ok(DestinationId(id))
}
