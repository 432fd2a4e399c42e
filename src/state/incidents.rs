//! What is wrong with a mailbox for some time: since when, how often it was seen, and who has been told of it. All runs share
//! it, whether cron starts them or one process stays.
//!
//! A row is made when something goes wrong, and removed when that is over and was told. Nothing here decides what is told:
//! see `commands/fetch/alerts/`.

use std::time::{Duration, SystemTime};

use rusqlite::{OptionalExtension, Row, params};

use super::clock::system_time;
use super::{Ledger, Mailbox, Trouble};
use crate::error::{Error, Kind, Result};

/// What can be wrong, each with a beginning and an end of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Runs fail.
    Run,
    /// The server's certificate expires soon.
    Certificate,
    /// Messages were given up, or are presumed to be delivered.
    Messages,
    /// No new message has come for longer than usual.
    Silence,
    /// The server refuses single messages, which are tried again.
    Refused,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What.
    pub subject: Subject,
    /// Of what kind, in one word of the manual's list.
    pub kind: String,
    /// What was seen last, in one line, escaped.
    pub text: String,
    /// The exit code of the last run that failed.
    pub exit_code: Option<u8>,
    /// Since when, on the machine's clock as it shows now.
    pub since: SystemTime,
    /// For how long, on the ledger's clock.
    pub age: Duration,
    /// How often it was seen in a row.
    pub attempts: u32,
    /// How long ago it was seen last.
    pub seen_ago: Duration,
    /// It was said on standard error.
    pub said: Option<ToldAlready>,
    /// The user's command has taken it.
    pub reported: Option<ToldAlready>,
    /// It is over, and the user's command has not taken that yet.
    pub is_over: bool,
}

/// Somebody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldAlready {
    /// How long ago.
    pub ago: Duration,
    /// How bad it was then: the larger, the worse.
    pub level: u64,
}

/// What was seen of an incident now, and who has been told.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// Of what kind.
    pub kind: &'a str,
    /// In one line, escaped.
    pub text: &'a str,
    /// The exit code of the run.
    pub exit_code: Option<u8>,
    /// How bad it is.
    pub level: u64,
    /// It was said on standard error now.
    pub said: bool,
    /// The user's command has taken it now.
    pub reported: bool,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Run, Self::Certificate, Self::Messages, Self::Silence, Self::Refused];

    fn column(self) -> i64 {
        match self {
            Self::Run => 0,
            Self::Certificate => 1,
            Self::Messages => 2,
            Self::Silence => 3,
            Self::Refused => 4,
        }
    }
}

impl Ledger {
    /// What is wrong with a mailbox.
    pub fn incidents(&self, mailbox: &Mailbox) -> Result<Vec<Incident>> {
        let mut statement = self.db.prepare(
            "SELECT subject, kind, text, exit_code, since, attempts, seen_at, said_at, said_level, reported_at, reported_level,
                    is_over
             FROM incident WHERE mailbox = ?1 ORDER BY subject",
        )?;
        let now = self.clock.now();
        let mut rows = statement.query([mailbox.id])?;
        let mut incidents = Vec::new();
        while let Some(row) = rows.next()? {
            incidents.push(incident(row, now)?);
        }
        Ok(incidents)
    }

    /// One of them, if it is there.
    pub fn incident(&self, mailbox: &Mailbox, subject: Subject) -> Result<Option<Incident>> {
        Ok(self.incidents(mailbox)?.into_iter().find(|incident| incident.subject == subject))
    }

    /// It was seen once more, or for the first time.
    pub fn note_incident(&mut self, mailbox: &Mailbox, subject: Subject, sighting: &Sighting<'_>) -> Result<()> {
        let Sighting { kind, text, exit_code, level, said, reported } = sighting;
        let level = i64::try_from(*level).unwrap_or(i64::MAX);
        // Of messages the level is their number: when some are settled, the next one is news again.
        let messages = Subject::Messages.column();
        self.write(|db, now| {
            db.execute(
                "INSERT INTO incident (mailbox, subject, kind, text, exit_code, since, attempts, seen_at,
                                       said_at, said_level, reported_at, reported_level)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?6,
                         iif(?7, ?6, NULL), iif(?7, ?9, 0), iif(?8, ?6, NULL), iif(?8, ?9, 0))
                 ON CONFLICT DO UPDATE SET
                     kind = ?3, text = ?4, exit_code = ?5, seen_at = ?6, is_over = 0,
                     since = iif(is_over, ?6, since), attempts = iif(is_over, 1, attempts + 1),
                     said_at = iif(?7, ?6, said_at), said_level = iif(?7 OR ?2 = ?10 AND ?9 < said_level, ?9, said_level),
                     reported_at = iif(?8, ?6, reported_at),
                     reported_level = iif(?8 OR ?2 = ?10 AND ?9 < reported_level, ?9, reported_level)",
                params![mailbox.id, subject.column(), kind, text, exit_code, now, said, reported, level, messages],
            )?;
            Ok(())
        })
    }

    /// It is over, and whoever is to be told has been told.
    pub fn end_incident(&mut self, mailbox: &Mailbox, subject: Subject) -> Result<()> {
        let row = params![mailbox.id, subject.column()];
        self.write(|db, _| {
            db.execute("DELETE FROM incident WHERE mailbox = ?1 AND subject = ?2", row)?;
            Ok(())
        })
    }

    /// It is over, and that was said; the user's command is still to be told. If it comes back, it begins anew.
    pub fn note_over(&mut self, mailbox: &Mailbox, subject: Subject) -> Result<()> {
        let row = params![mailbox.id, subject.column()];
        self.write(|db, _| {
            let update =
                "UPDATE incident SET is_over = 1, said_at = NULL, said_level = 0 WHERE mailbox = ?1 AND subject = ?2";
            db.execute(update, row)?;
            Ok(())
        })
    }

    /// The certificate that the server has shown: when it expires. Written only when that changes.
    pub fn note_certificate(&mut self, mailbox: &Mailbox, expires: SystemTime) -> Result<()> {
        if mailbox.certificate_expires == Some(expires) {
            return Ok(());
        }
        let seconds = super::clock::seconds_since_1970(expires);
        self.write(|db, _| {
            db.execute("UPDATE mailbox SET certificate_expires = ?2 WHERE id = ?1", params![mailbox.id, seconds])?;
            Ok(())
        })
    }

    /// Are there messages that the server has refused to give or to delete, and that are to be tried again?
    pub fn has_refused(&self, mailbox: &Mailbox) -> Result<bool> {
        Ok(self
            .troubled(mailbox)?
            .iter()
            .any(|one| !one.is_given_up && matches!(one.trouble, Trouble::Refused | Trouble::Undeletable)))
    }

    /// Messages of a mailbox that were given up, and those that are presumed to be delivered.
    pub fn abandoned(&self, mailbox: &Mailbox) -> Result<(u64, u64)> {
        let count = |query: &str| -> Result<u64> {
            let count = self.db.query_row(query, [mailbox.id], |row| row.get(0)).optional()?;
            Ok(count.unwrap_or(0))
        };
        let given_up = count("SELECT count(*) FROM trouble WHERE mailbox = ?1 AND given_up_at IS NOT NULL")?;
        // By an index: a million messages may have been delivered.
        let presumed = count("SELECT count(*) FROM message WHERE mailbox = ?1 AND state = 5")?;
        Ok((given_up, presumed))
    }
}

fn incident(row: &Row<'_>, now: i64) -> Result<Incident> {
    let number: i64 = row.get(0)?;
    let subject = Subject::ALL.into_iter().find(|subject| subject.column() == number);
    let subject = subject.ok_or_else(|| Error::new(Kind::Bug, "the ledger has an incident of an unknown subject"))?;
    let ago = |time: i64| Duration::from_secs(now.saturating_sub(time).max(0) as u64);
    let told = |at: Option<i64>, level: i64| at.map(|at| ToldAlready { ago: ago(at), level: level.max(0) as u64 });
    let age = ago(row.get(4)?);
    Ok(Incident {
        subject,
        kind: row.get(1)?,
        text: row.get(2)?,
        exit_code: row.get(3)?,
        since: SystemTime::now().checked_sub(age).unwrap_or_else(|| system_time(0)),
        age,
        attempts: row.get(5)?,
        seen_ago: ago(row.get(6)?),
        said: told(row.get(7)?, row.get(8)?),
        reported: told(row.get(9)?, row.get(10)?),
        is_over: row.get(11)?,
    })
}
