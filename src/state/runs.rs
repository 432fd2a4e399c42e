//! Past runs, in a file of their own, so that a run that brings nothing leaves the ledger as it is. Nothing depends on it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::connect;
use super::open::{self, FilePresence};
use super::wait::Wait;
use super::{Ledger, Mailbox, turn};
use crate::error::{Error, Kind, Result};

/// What one run did with one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Messages that the server listed, if it came so far.
    pub listed: Option<u64>,
    /// Messages delivered.
    pub fetched: u64,
    /// Their octets, as stored.
    pub octets: u64,
    /// Messages deleted from the server.
    pub deleted: u64,
    /// Messages that could not be fetched.
    pub failed: u64,
    /// The exit code.
    pub exit_code: u8,
    /// What ended it early.
    pub error: Option<String>,
}

/// A run, and whose it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// The key of the mailbox.
    pub mailbox: String,
    /// The run.
    pub run: Run,
}

/// The last runs of a mailbox of some kinds. Times are the machine's, as they were then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRuns {
    /// When the last run ended that ended well.
    pub success: Option<SystemTime>,
    /// When the last run began that brought new mail.
    pub mail: Option<SystemTime>,
    /// When the first run began that is known.
    pub first: Option<SystemTime>,
}

impl Ledger {
    /// The last runs of a mailbox. One that began later than `now` was noted while the machine's clock was wrong.
    pub fn last_runs(&self, key: &str, now: SystemTime) -> Result<LastRuns> {
        let notes = Notes::open(self)?;
        // By the primary key, from one of its ends on: mostly a row or two.
        let time = |column: &str, rest: &str| -> Result<Option<SystemTime>> {
            let query = format!("SELECT {column} FROM run WHERE mailbox = ?1 AND started_at <= ?2 {rest} LIMIT 1");
            // Others may be writing, and keep readers out of this file.
            let time: Option<i64> = self.wait.patiently(|| {
                let mut statement = notes.db.prepare_cached(&query)?;
                statement.query_row(params![key, milliseconds(now)], |row| row.get(0)).optional()
            })?;
            Ok(time.and_then(|time| UNIX_EPOCH.checked_add(Duration::from_millis(time.max(0) as u64))))
        };
        Ok(LastRuns {
            success: time("started_at + duration", "AND exit_code = 0 ORDER BY started_at DESC")?,
            mail: time("started_at", "AND fetched > 0 ORDER BY started_at DESC")?,
            first: time("started_at", "ORDER BY started_at")?,
        })
    }

    /// The newest runs, of one mailbox or of all, the newest last.
    pub fn runs(&self, key: Option<&str>, count: u32) -> Result<Vec<PastRun>> {
        let notes = Notes::open(self)?;
        // In two forms, so that the runs of one mailbox are found by the primary key.
        let which = if key.is_some() { "mailbox = ?1" } else { "?1 IS NULL" };
        let query = format!("SELECT {COLUMNS} FROM run WHERE {which} ORDER BY started_at DESC LIMIT ?2");
        let mut runs: Vec<PastRun> = self.wait.patiently(|| {
            let mut statement = notes.db.prepare(&query)?;
            statement.query_map(params![key, count], past_run)?.collect()
        })?;
        runs.reverse();
        Ok(runs)
    }

    /// Adds a run. Removes old ones, except the last that succeeded, which `health` needs, and the first, since which a mailbox
    /// may have had no mail. Does not wait for the disk: the last runs before a power cut may be missing, and all of them if it
    /// comes at a bad moment. An error is no reason to call the run failed.
    pub fn add_run(&mut self, mailbox: &Mailbox, run: &Run) -> Result<()> {
        let past = PastRun { mailbox: mailbox.key.clone(), run: run.clone() };
        let added = Notes::open(self).and_then(|notes| notes.add(&past));
        if added.is_ok() {
            return Ok(());
        }
        // A file that cannot be used is set aside: the next notes are worth more than the old ones.
        match set_aside(&notes_file(self)) {
            Ok(true) => Notes::open(self)?.add(&past),
            _ => added,
        }
    }
}

/// The second file, open.
struct Notes<'a> {
    db: Connection,
    path: PathBuf,
    wait: &'a Wait,
}

impl<'a> Notes<'a> {
    fn open(ledger: &'a Ledger) -> Result<Self> {
        let path = notes_file(ledger);
        let notes = Self::open_file(&path, ledger).map_err(|error| error.at(crate::escape::path(&path)))?;
        notes.take_over(ledger)?;
        Ok(notes)
    }

    fn open_file(path: &Path, ledger: &'a Ledger) -> Result<Self> {
        if open::look(path)? == FilePresence::Missing {
            open::create(path)?;
        }
        let wait = &ledger.wait;
        let db = wait.patiently(|| connect(path))?;
        let version: i64 = wait.patiently(|| db.pragma_query_value(None, "user_version", |row| row.get(0)))?;
        // A kill leaves it whole; what a power cut may spoil is not worth a wait for the disk in every run.
        db.pragma_update(None, "synchronous", "off")?;
        let notes = Self { db, path: path.to_owned(), wait };
        match version {
            VERSION => {}
            0 => notes.write(|db| Ok(db.execute_batch(SCHEMA)?))?,
            _ => return Err(Error::new(Kind::Config, "the file has a version that this mailhaul does not know")),
        }
        Ok(notes)
    }

    /// Moves what earlier versions kept in the ledger itself. A run that is in both files is moved once.
    fn take_over(&self, ledger: &Ledger) -> Result<()> {
        let any: bool =
            ledger.wait.patiently(|| ledger.db.query_row("SELECT EXISTS (SELECT 1 FROM run)", [], |row| row.get(0)))?;
        if !any {
            return Ok(());
        }
        let mut statement = ledger.db.prepare(
            "SELECT key, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error
             FROM run JOIN mailbox ON mailbox.id = run.mailbox",
        )?;
        let runs = statement.query_map([], past_run)?.collect::<rusqlite::Result<Vec<_>>>()?;
        self.db.pragma_update(None, "synchronous", open::DURABLE)?;
        self.write(|db| runs.iter().try_for_each(|run| insert(db, run)))?;
        self.db.pragma_update(None, "synchronous", "off")?;
        ledger.wait.patiently(|| ledger.db.execute("DELETE FROM run", []))?;
        Ok(())
    }

    fn add(&self, past: &PastRun) -> Result<()> {
        self.write(|db| {
            insert(db, past)?;
            let started = milliseconds(past.run.started);
            db.execute(
                "DELETE FROM run WHERE mailbox = ?1 AND (started_at < ?2
                     OR started_at < ?3 AND fetched = 0 AND deleted = 0 AND failed = 0 AND exit_code = 0)
                 AND started_at IS NOT (SELECT started_at FROM run WHERE mailbox = ?1 AND exit_code = 0
                                        ORDER BY started_at DESC LIMIT 1)
                 AND started_at IS NOT (SELECT min(started_at) FROM run WHERE mailbox = ?1 AND started_at >= ?2)",
                params![past.mailbox, started - KEEP, started - KEEP_IDLE],
            )?;
            Ok(())
        })
    }

    fn write(&self, act: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
        let _turn = turn::take(&self.path, self.wait)?;
        self.wait.patiently(|| self.db.execute_batch("BEGIN EXCLUSIVE"))?;
        let result = act(&self.db).and_then(|()| self.wait.patiently(|| self.db.execute_batch("COMMIT")));
        if result.is_err() && !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK").ok(); // the error that matters is the first
        }
        result
    }
}

fn notes_file(ledger: &Ledger) -> PathBuf {
    ledger.path.with_file_name(FILE)
}

fn insert(db: &Connection, past: &PastRun) -> Result<()> {
    let PastRun { mailbox, run } = past;
    db.prepare_cached(
        "INSERT OR REPLACE INTO run (mailbox, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        mailbox,
        milliseconds(run.started),
        run.duration.as_millis() as i64,
        run.listed,
        run.fetched,
        run.octets,
        run.deleted,
        run.failed,
        run.exit_code,
        run.error
    ])?;
    Ok(())
}

/// Of a row with [`COLUMNS`].
pub(super) fn past_run(row: &Row<'_>) -> rusqlite::Result<PastRun> {
    let run = Run {
        started: UNIX_EPOCH.checked_add(Duration::from_millis(row.get(1)?)).unwrap_or(UNIX_EPOCH),
        duration: Duration::from_millis(row.get(2)?),
        listed: row.get(3)?,
        fetched: row.get(4)?,
        octets: row.get(5)?,
        deleted: row.get(6)?,
        failed: row.get(7)?,
        exit_code: row.get(8)?,
        error: row.get(9)?,
    };
    Ok(PastRun { mailbox: row.get(0)?, run })
}

/// Renames a damaged file and its log. `false`, if there is nothing wrong with it.
fn set_aside(path: &Path) -> Result<bool> {
    let is_whole = |db: Connection| {
        let check = "SELECT mailbox, started_at, error FROM run ORDER BY started_at DESC LIMIT 1";
        db.query_row(check, [], |_| Ok(())).optional().map(drop)
    };
    match connect(path).and_then(is_whole) {
        Err(error) if is_damage(&error) => {}
        _ => return Ok(false),
    }
    for ending in ["", "-journal"] {
        let mut from = path.as_os_str().to_owned();
        from.push(ending);
        let from = PathBuf::from(from);
        let mut to = path.as_os_str().to_owned();
        to.push(".damaged");
        to.push(ending);
        match std::fs::rename(&from, PathBuf::from(to)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::io("rename", &from, error)),
            _ => {}
        }
    }
    Ok(true)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    matches!(error.sqlite_error_code(), Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::Unknown))
}

pub(super) fn milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64
}

pub(super) const FILE: &str = "runs.db";

/// What [`past_run`] reads.
pub(super) const COLUMNS: &str =
    "mailbox, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error";

const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS run (
        mailbox TEXT NOT NULL,         -- its key
        started_at INTEGER NOT NULL,   -- milliseconds since 1970, on the machine's clock
        duration INTEGER NOT NULL,     -- milliseconds
        listed INTEGER,
        fetched INTEGER NOT NULL,
        octets INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        exit_code INTEGER NOT NULL,
        error TEXT,
        PRIMARY KEY (mailbox, started_at)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// Milliseconds for which runs are kept.
const KEEP: i64 = 400 * 24 * 3600 * 1000;

/// Milliseconds for which runs without a result are kept.
const KEEP_IDLE: i64 = 7 * 24 * 3600 * 1000;
