//! Past runs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::params;

use super::{Ledger, Mailbox};
use crate::error::Result;

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

impl Ledger {
    /// The newest runs, of one mailbox or of all, the newest last.
    pub fn runs(&self, key: Option<&str>, count: u32) -> Result<Vec<PastRun>> {
        let mut statement = self.db.prepare(
            "SELECT key, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error
             FROM run JOIN mailbox ON mailbox.id = run.mailbox
             WHERE ?1 IS NULL OR key = ?1 ORDER BY started_at DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![key, count], |row| {
            let started = Duration::from_millis(row.get(1)?);
            let run = Run {
                started: UNIX_EPOCH + started,
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
        })?;
        let mut runs = rows.map(|row| Ok(row?)).collect::<Result<Vec<_>>>()?;
        runs.reverse();
        Ok(runs)
    }

    /// Adds a run and removes old ones. This alone is not worth a wait for the disk: the last runs before a power cut
    /// may be missing.
    pub fn add_run(&mut self, mailbox: &Mailbox, run: &Run) -> Result<()> {
        self.db.pragma_update(None, "synchronous", "normal")?;
        let result = self.write_run(mailbox, run);
        self.db.pragma_update(None, "synchronous", super::DURABLE)?;
        result
    }

    fn write_run(&mut self, mailbox: &Mailbox, run: &Run) -> Result<()> {
        let started = run.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
        let transaction = self.begin()?;
        transaction.execute(
            "INSERT INTO run (mailbox, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                mailbox.id,
                started,
                run.duration.as_millis() as i64,
                run.listed,
                run.fetched,
                run.octets,
                run.deleted,
                run.failed,
                run.exit_code,
                run.error
            ],
        )?;
        transaction.execute(
            "DELETE FROM run WHERE mailbox = ?1 AND (started_at < ?2
                 OR started_at < ?3 AND fetched = 0 AND deleted = 0 AND failed = 0 AND exit_code = 0)",
            params![mailbox.id, started - KEEP, started - KEEP_IDLE],
        )?;
        transaction.commit()?;
        Ok(())
    }
}

/// Milliseconds for which runs are kept.
const KEEP: i64 = 400 * 24 * 3600 * 1000;

/// Milliseconds for which runs without a result are kept.
const KEEP_IDLE: i64 = 7 * 24 * 3600 * 1000;
