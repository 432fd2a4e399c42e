//! What the ledger says to whoever watches it. No ledger is made, or brought up to date, and no run waits for it. SQLite may finish
//! what a sudden end has left in its files, as at any opening.
//!
//! A ledger that stands where we cannot write is read as well. Its log (WAL) needs memory beside it that is shared with the
//! runs: if that is there, it is used; if it is not, nobody has the ledger open, and the file is read as it is. Should a run
//! begin meanwhile, what was read is thrown away, and read again.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use super::clock::Clock;
use super::connection::connect;
use super::incidents::Incident;
use super::migrate::{Version, version};
use super::open::{FilePresence, look};
use super::runs::{self, Run};
use super::wait::{STEP, Wait};
use super::{FILE, Ledger, Mailbox};
use crate::error::{Error, Kind, Result};
use crate::private;
use crate::until::Over;

/// What the ledger says of a mailbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MailboxReading {
    /// The last run.
    pub last_run: Option<Run>,
    /// When the last run ended that ended well, on the machine's clock as it was then.
    pub last_success: Option<SystemTime>,
    /// Runs that have failed since.
    pub failed_attempts: u64,
    /// What is wrong for some time, and not over.
    pub incidents: Vec<Incident>,
    /// Messages that a destination does not have yet.
    pub waiting: u64,
    /// Messages that were given up.
    pub given_up: u64,
    /// Messages that are presumed to be delivered.
    pub presumed: u64,
    /// When the certificate expires that the server has shown last.
    pub certificate_expires: Option<SystemTime>,
    /// The server still wants no login: no run can have succeeded since the last one.
    pub wants_time: bool,
}

/// What the ledger in a folder says of these mailboxes, in their order; nothing, if there is none. Of a mailbox that it does
/// not know the record is empty.
pub fn read_records(folder: &Path, keys: &[String], wait: &Wait) -> Result<Option<Vec<MailboxReading>>> {
    // Whoever watches is watched himself, and must answer in time.
    let wait = Wait { until: wait.until.within(LONGEST), ..wait.clone() };
    let mut last = None;
    let attempt = || match read_once(folder, keys, &wait) {
        Ok(Reading::Done(records)) => Some(Ok(records)),
        Ok(Reading::Disturbed) => None,
        Err(error) if error.may_pass() => {
            last = Some(error);
            None
        }
        Err(error) => Some(Err(error)),
    };
    match wait.until.poll(PAUSE, attempt) {
        Ok(read) => read,
        Err(over @ Over::Stopped) => Err(over.error("the ledger")),
        Err(over @ Over::Deadline) => Err(last.unwrap_or_else(|| over.error("the ledger"))),
    }
}

enum Reading {
    Done(Option<Vec<MailboxReading>>),
    /// A run has changed the file while it was read as one that nobody changes.
    Disturbed,
}

fn read_once(folder: &Path, keys: &[String], wait: &Wait) -> Result<Reading> {
    if look(&folder.join(FILE))? == FilePresence::Missing {
        return Ok(Reading::Done(None));
    }
    let path = private::own_folder(folder, super::open::WHAT)?.join(FILE);
    read_file(&path, keys, wait).map_err(|error| error.at(crate::escape::path(&path)))
}

fn read_file(path: &Path, keys: &[String], wait: &Wait) -> Result<Reading> {
    let before = Stillness::of(path)?;
    let (db, is_alone) = match open(path) {
        Ok(db) => (db, false),
        Err(error) if wants_memory(&error) && before.has_no_log => (open_unshared(path)?, true),
        Err(error) => return Err(error.into()),
    };
    let records = records(db, path, keys, wait);
    if is_alone && Stillness::of(path)? != before {
        return Ok(Reading::Disturbed); // and an error may come of that
    }
    Ok(Reading::Done(records?))
}

fn records(db: Connection, path: &Path, keys: &[String], wait: &Wait) -> Result<Option<Vec<MailboxReading>>> {
    match version(&db, wait)? {
        Version::Newest => {}
        Version::Empty => return Ok(None), // the first run is making it
        Version::Old(_) => {
            return Err(Error::new(Kind::Config, "the ledger is that of an older mailhaul")
                .hint("the next `mailhaul fetch` brings it up to date; restart one that stays (--every)"));
        }
    }
    let wall = wait.wall.unwrap_or_else(SystemTime::now);
    let clock = Clock::read(&db, wall)?;
    let ledger = Ledger {
        db,
        path: path.to_owned(),
        wait: wait.clone(),
        clock,
        taken: std::collections::HashMap::new(),
        warnings: Vec::new(),
    };
    let notes = path.with_file_name(runs::FILE);
    let notes = match look(&notes)? {
        FilePresence::There => PastRuns::open(&notes, wall)?,
        FilePresence::Missing => None,
    };
    keys.iter().map(|key| record(&ledger, notes.as_ref(), key)).collect::<Result<_>>().map(Some)
}

fn record(ledger: &Ledger, notes: Option<&PastRuns>, key: &str) -> Result<MailboxReading> {
    let mut record = MailboxReading::default();
    if let Some(notes) = notes {
        notes.read(key, &mut record).map_err(|error| Error::from(error).at(runs::FILE))?;
    }
    let Some(mailbox) = ledger.find_mailbox(key)? else { return Ok(record) };
    if mailbox.has_incidents {
        record.incidents = ledger.incidents(&mailbox)?;
        record.incidents.retain(|incident| !incident.is_over);
    }
    (record.given_up, record.presumed) = ledger.abandoned(&mailbox)?;
    record.waiting = waiting(ledger, &mailbox)?;
    record.certificate_expires = mailbox.certificate_expires;
    record.wants_time = mailbox.login_delay.is_some();
    Ok(record)
}

fn waiting(ledger: &Ledger, mailbox: &Mailbox) -> Result<u64> {
    // Those that wait, and those of them that a destination has and another one has not. What a run is staging now is neither.
    let count = "SELECT count(*) FROM (SELECT DISTINCT staged.uid, staged.occurrence FROM staged LEFT JOIN message
                     USING (mailbox, uid, occurrence)
                 WHERE mailbox = ?1 AND presumed = 0 AND (why IS NOT NULL OR doubted_at IS NOT NULL OR state = 6))";
    Ok(ledger.db.prepare_cached(count)?.query_row([mailbox.id], |row| row.get(0))?)
}

/// The notes of past runs, open.
struct PastRuns {
    db: Connection,
    /// Milliseconds since 1970. A run that began later was noted while the machine's clock was wrong, and would be the last
    /// one for years.
    latest: i64,
}

impl PastRuns {
    /// None, while the first run is making it.
    fn open(path: &Path, wall: SystemTime) -> Result<Option<Self>> {
        let opened =
            connect(path).and_then(|db| Ok((db.pragma_query_value(None, "user_version", |row| row.get(0))?, db)));
        let (version, db): (i64, Connection) =
            opened.map_err(|error| Error::from(error).at(crate::escape::path(path)))?;
        let latest = runs::milliseconds(wall).saturating_add(JITTER);
        Ok((version != 0).then_some(Self { db, latest }))
    }

    /// By the primary key, from the newest run on: mostly a row or two.
    fn read(&self, key: &str, record: &mut MailboxReading) -> rusqlite::Result<()> {
        let last = format!("SELECT {} {OF_MAILBOX} {NEWEST}", runs::COLUMNS);
        let mut last = self.db.prepare_cached(&last)?;
        record.last_run = last.query_row(params![key, self.latest], runs::past_run).optional()?.map(|past| past.run);
        let success = format!("SELECT started_at, duration {OF_MAILBOX} AND exit_code = 0 {NEWEST}");
        let times = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let success = self.db.prepare_cached(&success)?.query_row(params![key, self.latest], times).optional()?;
        let since = success.map_or(i64::MIN, |(started, _)| started);
        let failed = format!("SELECT count(*) {OF_MAILBOX} AND started_at > ?3");
        let mut failed = self.db.prepare_cached(&failed)?;
        record.failed_attempts = failed.query_row(params![key, self.latest, since], |row| row.get(0))?;
        record.last_success = success.and_then(|(started, duration)| {
            UNIX_EPOCH.checked_add(Duration::from_millis(started.saturating_add(duration).max(0) as u64))
        });
        Ok(())
    }
}

/// What tells that nobody has changed the ledger, and nobody was about to.
#[derive(PartialEq, Eq)]
struct Stillness {
    has_no_log: bool,
    /// Device, inode, length, and when it was changed.
    file: (u64, u64, u64, i64, i64),
}

impl Stillness {
    fn of(path: &Path) -> Result<Self> {
        let about = std::fs::symlink_metadata(path).map_err(|error| Error::io("look at", path, error))?;
        let file = (about.dev(), about.ino(), about.len(), about.mtime(), about.mtime_nsec());
        Ok(Self { has_no_log: look(&log_of(path))? == FilePresence::Missing, file })
    }
}

fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// As every run opens it. Where we cannot write, SQLite only reads, if it can have the shared memory.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = connect(path)?;
    db.pragma_update(None, "query_only", true)?;
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?; // SQLite looks for the memory only now
    Ok(db)
}

/// There is no shared memory, and none can be made.
fn wants_memory(error: &rusqlite::Error) -> bool {
    // The last two: the disk is full.
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::DiskFull))
}

/// Without locks and memory, for a file that nobody else has open.
fn open_unshared(path: &Path) -> rusqlite::Result<Connection> {
    let mut name = OsString::from("file:");
    for octet in path.as_os_str().as_bytes() {
        name.push(if octet.is_ascii_alphanumeric() || b"/._-".contains(octet) {
            char::from(*octet).to_string()
        } else {
            format!("%{octet:02x}")
        });
    }
    name.push("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(Path::new(&name), flags | OpenFlags::SQLITE_OPEN_URI)?;
    db.busy_timeout(STEP)?;
    Ok(db)
}

const OF_MAILBOX: &str = "FROM run WHERE mailbox = ?1 AND started_at <= ?2";

const NEWEST: &str = "ORDER BY started_at DESC LIMIT 1";

/// Milliseconds by which clocks are set back in normal use.
const JITTER: i64 = 60 * 1000;

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Programs that watch give up after ten seconds.
const LONGEST: Duration = Duration::from_secs(8);
