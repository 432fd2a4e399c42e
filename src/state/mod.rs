//! The ledger: what was delivered, in SQLite; past runs; and the lock on a mailbox.
//!
//! Rows are keyed by mailbox, unique-id octets and occurrence. Nothing here knows a server; `fetch` decides what is
//! recorded when.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OptionalExtension, config::DbConfig};
use sha2::{Digest, Sha256};

pub use self::destinations::{DestinationId, PastDestination};
pub use self::lock::MailboxLock;
pub use self::messages::{Key, Known, ListingChanges, Settled, StagedRow};
pub use self::runs::{PastRun, Run};
pub use self::trouble::{GIVE_UP_AFTER, Trouble, Troubled};
use crate::deliver::Tag;
use crate::error::{Error, Kind, Result};

mod destinations;
mod lock;
mod messages;
mod runs;
mod schema;
mod server;
mod trouble;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    path: PathBuf,
}

/// A mailbox of the ledger.
#[derive(Clone, Debug)]
pub struct Mailbox {
    id: i64,
    /// `user@host`, or the account's own key.
    pub key: String,
    /// Marks the temporary files of this mailbox.
    pub tag: Tag,
    /// Commands in a row made trouble: one at a time, until it is tried again.
    pub no_pipelining: bool,
    /// SCRAM was refused where another login was taken: not tried, until it is tried again.
    pub no_scram: bool,
    /// For so long the server wants no login.
    pub login_delay: Option<Duration>,
}

impl Ledger {
    /// Opens the ledger in a folder; makes both if they are missing, 0700 and 0600.
    pub fn open(folder: &Path) -> Result<Self> {
        crate::private::create_folders(folder)?;
        let path = folder.join(FILE);
        // Made before SQLite does, so that it is never readable by others; its companions inherit the mode.
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Error::io("open the ledger", &path, error))?;
        let db = prepare(&path).map_err(|error| error.at(crate::escape::path(&path)))?;
        Ok(Self { db, path })
    }

    /// Opens the ledger in a folder, if there is one.
    pub fn open_existing(folder: &Path) -> Result<Option<Self>> {
        match folder.join(FILE).exists() {
            true => Self::open(folder).map(Some),
            false => Ok(None),
        }
    }

    /// The mailbox of a key, made if it is not known.
    pub fn mailbox(&mut self, key: &str) -> Result<Mailbox> {
        let known = self.find_mailbox(key)?;
        if let Some(mailbox) = known {
            return Ok(mailbox);
        }
        self.db.execute("INSERT OR IGNORE INTO mailbox (key) VALUES (?1)", [key])?;
        let made = self.find_mailbox(key)?;
        made.ok_or_else(|| Error::new(Kind::Bug, "a mailbox could not be added to the ledger"))
    }

    /// The mailbox of a key, if it is known.
    pub fn find_mailbox(&self, key: &str) -> Result<Option<Mailbox>> {
        let ledger: Vec<u8> = self.db.query_row("SELECT id FROM ledger", [], |row| row.get(0))?;
        let query = "SELECT id, no_pipelining_since, no_scram_since, next_login_at FROM mailbox WHERE key = ?1";
        let found = self.db.query_row(query, [key], |row| {
            Ok(Mailbox {
                id: row.get(0)?,
                key: key.to_owned(),
                tag: tag(&ledger, key),
                no_pipelining: server::is_recent(row.get(1)?),
                no_scram: server::is_recent(row.get(2)?),
                login_delay: server::login_delay(row.get(3)?),
            })
        });
        Ok(found.optional()?)
    }

    /// The keys of all mailboxes.
    pub fn mailbox_keys(&self) -> Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT key FROM mailbox ORDER BY key")?;
        let keys = statement.query_map([], |row| row.get(0))?;
        keys.map(|key| Ok(key?)).collect()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes, with everything in the one file, so that a copy of it is a backup.
    pub fn close(self) -> Result<()> {
        self.db.close().map_err(|(_, error)| error.into())
    }

    /// Closes without tidying up: after a run that changed next to nothing, that would cost more than the run. A
    /// later one does it.
    pub fn close_quickly(self) -> Result<()> {
        self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        self.db.close().map_err(|(_, error)| error.into())
    }
}

fn prepare(path: &Path) -> Result<Connection> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    write_ahead(&db)?;
    db.pragma_update(None, "synchronous", DURABLE)?;
    schema::migrate(&mut db)?;
    Ok(db)
}

/// Where there can be no WAL, as on a network file system, SQLite answers with the mode that it keeps. While another
/// process makes the same change it answers at once that it is busy, without the time-out.
fn write_ahead(db: &Connection) -> Result<()> {
    let ends = Instant::now() + BUSY_TIMEOUT;
    loop {
        match db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < ends => {
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return Ok(result?),
        }
    }
}

fn tag(ledger: &[u8], key: &str) -> Tag {
    let digest = Sha256::new().chain_update(ledger).chain_update(key).finalize();
    let mut octets = [0; 8];
    octets.copy_from_slice(&digest[..8]);
    Tag::new(octets)
}

/// Seconds since 1970, UTC.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

const FILE: &str = "mailhaul.db";

/// Of SQLite's `synchronous`: under WAL the same as `full`; without WAL also the folder is synced, so that a power cut
/// cannot bring a journal back.
const DURABLE: &str = "extra";

/// How long another run may hold the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
