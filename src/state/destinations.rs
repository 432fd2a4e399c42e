//! Where messages were delivered, so that a deletion can ask whether that place is still there.

use rusqlite::{Connection, params};

use super::messages::{MAILDIR, MBOX, bytes, damaged, path};
use super::{Ledger, Mailbox};
use crate::deliver::Target;
use crate::error::Result;

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
}

impl Ledger {
    /// All of them: a handful.
    pub fn destinations(&self) -> Result<Vec<PastDestination>> {
        let mut statement = self.db.prepare("SELECT id, kind, target FROM destination ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut destinations = Vec::new();
        while let Some(row) = rows.next()? {
            let path = path(row.get(2)?);
            let target = match row.get(1)? {
                MAILDIR => Target::Maildir(path),
                MBOX => Target::Mbox(path),
                _ => return Err(damaged("a kind of destination")),
            };
            destinations.push(PastDestination { id: DestinationId(row.get(0)?), target });
        }
        Ok(destinations)
    }

    /// How many messages of all mailboxes were delivered into a place and, by the last listing, are on a server.
    pub fn delivered_into(&self, destination: DestinationId) -> Result<u64> {
        let query = "SELECT count(*) FROM message WHERE destination = ?1 AND state IN (1, 2) AND vanished_at IS NULL";
        Ok(self.db.query_row(query, [destination.0], |row| row.get(0))?)
    }

    /// Forgets the messages of all mailboxes that were delivered into a place: those that a server has are new ones.
    pub fn forget_delivered_into(&mut self, destination: DestinationId) -> Result<()> {
        self.db.execute("DELETE FROM message WHERE destination = ?1", [destination.0])?;
        Ok(())
    }

    /// Was it missing for this mailbox before?
    pub fn is_missing(&self, mailbox: &Mailbox, destination: DestinationId) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM missing WHERE mailbox = ?1 AND destination = ?2)";
        Ok(self.db.query_row(query, params![mailbox.id, destination.0], |row| row.get(0))?)
    }

    /// It was looked for, for this mailbox.
    pub fn note_missing(&mut self, mailbox: &Mailbox, destination: DestinationId, missing: bool) -> Result<()> {
        let statement = match missing {
            true => "INSERT OR IGNORE INTO missing (mailbox, destination) VALUES (?1, ?2)",
            false => "DELETE FROM missing WHERE mailbox = ?1 AND destination = ?2",
        };
        self.db.execute(statement, params![mailbox.id, destination.0])?;
        Ok(())
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
    let kind = match target {
        Target::Maildir(_) => MAILDIR,
        Target::Mbox(_) => MBOX,
    };
    let target = bytes(target.path());
    db.prepare_cached("INSERT OR IGNORE INTO destination (kind, target) VALUES (?1, ?2)")?
        .execute(params![kind, target])?;
    let mut find = db.prepare_cached("SELECT id FROM destination WHERE kind = ?1 AND target = ?2")?;
    Ok(DestinationId(find.query_row(params![kind, target], |row| row.get(0))?))
}
