//! Brings a ledger up to date, and keeps a copy of it before.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, Row, params};

use super::clock;
use super::connection::connect;
use super::schema::MIGRATIONS;
use super::wait::Wait;
use crate::error::{Error, Kind, Result};
use crate::private::{self, Links, OpenedFile};

/// What a file is by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// It has nothing in it.
    Empty,
    /// A ledger that lacks the migrations from here on.
    Old(usize),
    /// A ledger of today.
    Newest,
}

/// Looks at a file, and refuses what this mailhaul must not touch. Nothing is written.
pub(super) fn version(db: &Connection, wait: &Wait) -> Result<Version> {
    let pragma = |name| wait.patiently(|| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)));
    if pragma("user_version")? == MIGRATIONS.len() as i64 && pragma("application_id")? == i64::from(APPLICATION_ID) {
        return Ok(Version::Newest); // nearly always
    }
    // All in one statement: another run may be making the tables at this moment.
    let all =
        "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id),
                      count(*), count(*) FILTER (WHERE name IN ('ledger', 'mailbox', 'message')) FROM sqlite_schema";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?));
    let (version, application, tables, ours) = wait.patiently(|| db.query_row(all, [], row))?;
    judge(version, application == i64::from(APPLICATION_ID) || ours == 3, tables > 0)
}

fn judge(version: i64, is_ours: bool, has_tables: bool) -> Result<Version> {
    let newest = MIGRATIONS.len();
    if !is_ours {
        return match (version, has_tables) {
            (0, false) => Ok(Version::Empty),
            _ => Err(Error::new(Kind::Config, "the file is a database of another program")
                .hint("name another folder by --state-dir")),
        };
    }
    match usize::try_from(version) {
        Ok(0) if !has_tables => Ok(Version::Empty),
        Ok(known) if known == newest => Ok(Version::Newest),
        Ok(old @ 1..) if old < newest => Ok(Version::Old(old)),
        Ok(newer) if newer > newest => {
            Err(Error::new(Kind::Config, format!("the ledger has version {version}, this mailhaul knows {newest}"))
                .hint("use the mailhaul that wrote it, or a newer one"))
        }
        _ => Err(Error::new(Kind::Config, format!("the ledger has version {version}, which no mailhaul writes"))
            .hint("the file was changed by another program: restore it from a copy")),
    }
}

/// Brings the schema up to date, in one transaction, while nobody else writes. The tables of an existing ledger are copied
/// into a file beside it first.
pub(super) fn migrate(db: &Connection, path: &Path, wait: &Wait, wall: SystemTime) -> Result<()> {
    wait.patiently(|| db.execute_batch("BEGIN IMMEDIATE"))?;
    let result = migrate_locked(db, path, wait, wall).and_then(|()| wait.patiently(|| db.execute_batch("COMMIT")));
    if result.is_err() && !db.is_autocommit() {
        db.execute_batch("ROLLBACK").ok(); // the error that matters is the first; nothing is written either way
    }
    result
}

fn migrate_locked(db: &Connection, path: &Path, wait: &Wait, wall: SystemTime) -> Result<()> {
    // Another run may have been faster.
    let from = match version(db, wait)? {
        Version::Newest => return Ok(()),
        Version::Old(version) => {
            keep_copy(path, wait)?;
            version
        }
        Version::Empty => 0,
    };
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(from) {
        db.execute_batch(migration)?;
        if at + 1 == WITH_CLOCK {
            clock::start(db, wall)?;
        }
    }
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    Ok(())
}

/// Copies the ledger to `mailhaul.db.before-N`, if that is not there. The caller keeps others from writing meanwhile; so the
/// copy is read by a second connection, which sees what was last committed.
fn keep_copy(path: &Path, wait: &Wait) -> Result<()> {
    let copy = with_ending(path, &format!(".before-{}", MIGRATIONS.len()));
    match std::fs::symlink_metadata(&copy) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("look at", &copy, error)),
    }
    let unfinished = with_ending(&copy, ".new");
    let made = write_copy(path, &unfinished, wait)
        .and_then(|()| std::fs::rename(&unfinished, &copy).map_err(|error| Error::io("create", &copy, error)))
        .and_then(|()| private::fsync_folder(&private::folder_of(&copy)));
    if made.is_err() {
        std::fs::remove_file(&unfinished).ok(); // the error that matters is the first
    }
    made.map_err(|error| error.during("a copy of the ledger could not be kept before it is brought up to date"))
}

fn write_copy(path: &Path, copy: &Path, wait: &Wait) -> Result<()> {
    match std::fs::remove_file(copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::io("remove", copy, error)),
        _ => {}
    }
    // SQLite fills an empty file, and leaves its mode.
    let empty = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy);
    drop(empty.map_err(|error| Error::io("create", copy, error))?);
    let reader = connect(path)?;
    let name = copy.to_str().ok_or_else(|| {
        Error::new(Kind::CannotCreate, format!("{} is not UTF-8", crate::escape::path(copy)))
            .hint("name another folder by --state-dir")
    })?;
    wait.patiently(|| reader.execute("VACUUM INTO ?1", params![name]))?;
    reader.close().map_err(|(_, error)| error)?;
    let written = OpenedFile::open(copy, Links::Refuse).map_err(|error| Error::io("open", copy, error))?;
    private::fsync(written.file(), copy)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// "mhau", so that file(1) and people can tell.
pub(super) const APPLICATION_ID: i32 = 0x6d68_6175;

/// The version that brought the clock.
const WITH_CLOCK: usize = 4;
