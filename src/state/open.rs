//! Opens the ledger's files.
//!
//! Only SQLite opens them: when a process closes any descriptor of a file, it loses all its locks on that file, those of
//! SQLite in other threads too.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use super::connection::connect;
use super::migrate::{Version, migrate, version};
use super::volume;
use super::wait::Wait;
use crate::error::{Error, Kind, Result};
use crate::private;

/// What a ledger is opened in: of the machine, and for tests something else.
pub(super) struct Surroundings {
    /// What the machine's clock shows.
    pub(super) wall: SystemTime,
    /// The network file system that the folder is on.
    pub(super) network: Option<String>,
}

/// Is there a file?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilePresence {
    There,
    Missing,
}

impl Surroundings {
    pub(super) fn of(folder: &Path, wait: &Wait) -> Result<Self> {
        Ok(Self { wall: wait.wall.unwrap_or_else(SystemTime::now), network: volume::network_of(folder)? })
    }
}

/// The folder of the ledger, without symbolic links, if it is one that nobody else can change; made if it is missing.
pub(super) fn made_folder(folder: &Path) -> Result<PathBuf> {
    private::create_own_folder(folder, WHAT)
}

/// Looks for a file of the ledger. One that is no file, or that cannot be looked at, is an error.
pub(super) fn look(path: &Path) -> Result<FilePresence> {
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_file() => Ok(FilePresence::There),
        Ok(_) => {
            let text = format!("{} is not a regular file", crate::escape::path(path));
            Err(Error::new(Kind::Config, text).hint("remove it, or name another folder by --state-dir"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(FilePresence::Missing),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// Makes an empty file for SQLite, 0600; its companions inherit the mode. If it is there meanwhile, it stays closed.
pub(super) fn create(path: &Path) -> Result<()> {
    // No thread may have the file open by SQLite when this descriptor is closed.
    let _alone = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => private::fsync_folder(&private::folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("create", path, error)),
    }
}

/// Opens the ledger of a folder, which [`made_folder`] gave, and brings it up to date; makes it if it is missing.
pub(super) fn open(path: &Path, wait: &Wait, surroundings: &Surroundings) -> Result<Connection> {
    if look(path)? == FilePresence::Missing {
        if let Some(network) = &surroundings.network {
            return Err(refuse_network(path, network));
        }
        create(path)?;
    }
    let db = wait.patiently(|| connect(path))?;
    let found = version(&db, wait)?;
    set_journal(&db, wait, surroundings.network.is_some())?;
    db.pragma_update(None, "synchronous", DURABLE)?;
    if found != Version::Newest {
        migrate(&db, path, wait, surroundings.wall)?;
    }
    Ok(db)
}

/// A log beside the file (WAL) where that is safe; else a journal, during which nobody reads.
fn set_journal(db: &Connection, wait: &Wait, is_network: bool) -> Result<()> {
    let set = |name: &str, value: &str| {
        // Where a mode is not available, SQLite answers with the one that it keeps.
        wait.patiently(|| db.pragma_update_and_check(None, name, value, |_| Ok(())))
    };
    if !is_network {
        return set("journal_mode", "wal");
    }
    db.busy_timeout(NETWORK_STEP)?;
    // Until a log is folded back, no memory may be shared over the network.
    set("locking_mode", "exclusive")?;
    set("journal_mode", "delete")?;
    set("locking_mode", "normal")?;
    wait.patiently(|| db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))) // gives the lock back
}

fn refuse_network(path: &Path, network: &str) -> Error {
    let folder = crate::escape::path(&private::folder_of(path));
    Error::new(
        Kind::CannotCreate,
        format!("{folder} is on a network file system ({network}), where a ledger is not safe: its locks may not hold"),
    )
    .hint("name a folder on a local disk by --state-dir; mail may be delivered to the network all the same")
}

/// What is said once of an old ledger on a network file system.
pub(super) fn network_warning(path: &Path, network: &str) -> String {
    format!(
        "{} is on a network file system ({network}), where its locks may not hold: let only one machine use it, and move it to \
         a local disk (--state-dir) when you can",
        crate::escape::path(path)
    )
}

/// What the folder is called in errors.
pub(super) const WHAT: &str = "the state folder";

static CREATING: Mutex<()> = Mutex::new(());

/// Of SQLite's `synchronous`: under WAL the same as `full`; without WAL also the folder is synced, so that a power cut
/// cannot bring a journal back.
pub(super) const DURABLE: &str = "extra";

/// With a journal readers wait for writers, too, and a reader does not repeat its question.
const NETWORK_STEP: Duration = Duration::from_secs(10);
