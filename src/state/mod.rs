//! The ledger: what was delivered, in SQLite; past runs; and the lock on a mailbox.
//!
//! Rows are keyed by mailbox, unique-id octets and occurrence. Nothing here knows a server; `fetch` decides what is
//! recorded when.
//!
//! # Files
//!
//! `mailhaul.db` is what must not be lost; `runs.db` holds notes of past runs, so that a run that brings nothing writes
//! nothing in the first; `mailhaul.db.before-N` is a copy that was kept before the tables were changed.
//!
//! # Several runs at once
//!
//! Writers wait for each other ([`Wait`]), and those of one process take turns. A mailbox belongs to one run at a time: by a lock on a file ([`MailboxLock`]),
//! which people remove by hand, and by a name that the run writes into the mailbox's row with its first change
//! ([`Ledger::take`]). Once another run has taken the mailbox, the first one can write nothing more.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use self::clock::Clock;
pub use self::destinations::{DestinationId, PastDestination};
pub use self::history::{Delivery, Imported};
pub use self::incidents::{Incident, Sighting, Subject, ToldAlready};
pub use self::lock::MailboxLock;
pub use self::messages::{Key, Known, ListingChanges, Settled};
pub use self::moving::{MailboxRecord, TroubleRecord};
use self::open::{FilePresence, Surroundings};
pub use self::presumed::Presumed;
pub use self::reader::{MailboxReading, read_records};
pub use self::reason::Waiting;
pub use self::renumbered::{Rebound, Wanted};
pub use self::runs::{LastRuns, PastRun, Run};
pub use self::server::LONGEST_DELAY;
pub use self::staged::StagedRow;
pub use self::trouble::{Attempt, NewTrouble, Trouble, Troubled};
pub use self::uid_form::{NewNames, UidForm};
pub use self::wait::Wait;
use crate::deliver::Tag;
use crate::error::{Cause, Error, Kind, Result};

mod clock;
mod columns;
mod connection;
mod destinations;
mod history;
mod incidents;
mod lock;
mod messages;
mod migrate;
mod moving;
mod open;
mod presumed;
mod reader;
mod reason;
mod renumbered;
mod runs;
mod schedule;
mod schema;
mod server;
mod staged;
mod trouble;
mod turn;
mod uid_form;
mod volume;
mod wait;
mod waiting;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    path: PathBuf,
    wait: Wait,
    clock: Clock,
    /// The mailboxes that this run has taken, with the name that it wrote there.
    taken: HashMap<i64, [u8; 16]>,
    warnings: Vec<String>,
}

/// A mailbox of the ledger.
#[derive(Clone, Debug)]
pub struct Mailbox {
    id: i64,
    /// Of its rows, when it was looked up: whatever is read of it later must be no older.
    serial: i64,
    /// `user@host`, or the account's own key.
    pub key: String,
    /// Marks the temporary files of this mailbox.
    pub tag: Tag,
    /// Commands in a row made trouble: one at a time, until it is tried again.
    pub no_pipelining: bool,
    /// SCRAM was refused where another login was taken: not tried, until it is tried again.
    pub no_scram: bool,
    /// CAPA ended sessions: not asked, until it is tried again.
    pub no_capa: bool,
    /// A channel binding was refused where the same login without one was taken: none, until it is tried again.
    pub no_binding: bool,
    /// TOP was refused, or answered with something else: not asked, until it is tried again.
    pub no_top: bool,
    /// Messages are being renumbered: new ones are compared with those that vanished before they are downloaded.
    pub asks_first: bool,
    /// The server numbers its messages anew after each deletion: unique-ids are positions.
    pub uids_are_numbers: bool,
    /// How long the server still wants no login.
    pub login_delay: Option<Duration>,
    /// Somebody did not want to have the password in the keyring.
    pub keyring_declined: bool,
    /// Logins that were refused in a row.
    pub logins_refused: u32,
    /// How long, after these, none is tried unless a person asks for it.
    pub refusal_pause: Option<Duration>,
    /// Something is wrong for some time: see [`Ledger::incidents`].
    pub has_incidents: bool,
    /// When the certificate expires that the server has shown last, on the machine's clock.
    pub certificate_expires: Option<SystemTime>,
}

impl Ledger {
    /// Opens the ledger in a folder; makes both if they are missing, 0700 and 0600.
    pub fn open(folder: &Path, wait: &Wait) -> Result<Self> {
        let folder = open::made_folder(folder)?;
        let surroundings = Surroundings::of(&folder, wait)?;
        Self::open_in(&folder, wait, &surroundings)
    }

    /// Opens the ledger in a folder, if there is one.
    pub fn open_existing(folder: &Path, wait: &Wait) -> Result<Option<Self>> {
        match open::look(&folder.join(FILE))? {
            FilePresence::There => Self::open(folder, wait).map(Some),
            FilePresence::Missing => Ok(None),
        }
    }

    fn open_in(folder: &Path, wait: &Wait, surroundings: &Surroundings) -> Result<Self> {
        let path = folder.join(FILE);
        let opened =
            open::open(&path, wait, surroundings).and_then(|db| Ok((Clock::read(&db, surroundings.wall)?, db)));
        let (clock, db) = opened.map_err(|error| error.at(crate::escape::path(&path)))?;
        let network = surroundings.network.as_ref();
        let warnings = network.map(|network| open::network_warning(&path, network)).into_iter().collect();
        let taken = HashMap::new();
        Ok(Self { db, path, wait: wait.clone(), clock, taken, warnings })
    }

    /// The mailbox of a key, made if it is not known.
    pub fn mailbox(&mut self, key: &str) -> Result<Mailbox> {
        let known = self.find_mailbox(key)?;
        if let Some(mailbox) = known {
            return Ok(mailbox);
        }
        self.write(|db, _| Ok(db.execute("INSERT OR IGNORE INTO mailbox (key) VALUES (?1)", [key])?))?;
        let made = self.find_mailbox(key)?;
        made.ok_or_else(|| Error::new(Kind::Bug, "a mailbox could not be added to the ledger"))
    }

    /// The mailbox of a key, if it is known.
    pub fn find_mailbox(&self, key: &str) -> Result<Option<Mailbox>> {
        let ledger: Vec<u8> = self.db.query_row("SELECT id FROM ledger", [], |row| row.get(0))?;
        let now = self.clock.now();
        let query =
            "SELECT id, serial, no_pipelining_since, no_scram_since, no_top_since, asks_first_until, uids_are_numbers,
                    next_login_at, no_capa_since, no_binding_since, logins_refused, no_login_until,
                    keyring_declined, certificate_expires,
                    EXISTS (SELECT 1 FROM incident WHERE incident.mailbox = mailbox.id)
             FROM mailbox WHERE key = ?1";
        let found = self.db.query_row(query, [key], |row| {
            Ok(Mailbox {
                id: row.get(0)?,
                serial: row.get(1)?,
                key: key.to_owned(),
                tag: tag(&ledger, key),
                no_pipelining: server::is_recent(row.get(2)?, now),
                no_scram: server::is_recent(row.get(3)?, now),
                no_capa: server::is_recent(row.get(8)?, now),
                no_binding: server::is_recent(row.get(9)?, now),
                no_top: server::is_recent(row.get(4)?, now),
                asks_first: row.get::<_, Option<i64>>(5)?.is_some_and(|until| now < until),
                uids_are_numbers: row.get(6)?,
                login_delay: server::time_left(row.get(7)?, now),
                logins_refused: row.get(10)?,
                refusal_pause: server::time_left(row.get(11)?, now),
                keyring_declined: row.get(12)?,
                certificate_expires: row.get::<_, Option<i64>>(13)?.map(clock::system_time),
                has_incidents: row.get(14)?,
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

    /// Makes a mailbox this run's own, if nobody has changed it since it was looked up: from now on no earlier run can change
    /// it. The first change does the same.
    pub fn take(&mut self, mailbox: &Mailbox) -> Result<()> {
        self.write_of(mailbox, |_, _| Ok(()))
    }

    /// What the ledger's clock shows, on which ages count. It may differ from the machine's.
    pub fn time(&self) -> SystemTime {
        clock::system_time(self.clock.now())
    }

    /// What the user should know, once.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes, with everything in the one file, so that a copy of it is a backup.
    pub fn close(mut self) -> Result<()> {
        if self.clock.is_stale() {
            self.write(|_, _| Ok(()))?;
        }
        self.db.close().map_err(|(_, error)| error.into())
    }

    /// One transaction, which waits for other writers. `act` gets the time of the ledger's clock, too.
    fn write<T>(&mut self, act: impl FnOnce(&Connection, i64) -> Result<T>) -> Result<T> {
        let Self { db, wait, clock, path, .. } = self;
        let _turn = turn::take(path, wait)?;
        // Under a log the same as IMMEDIATE; with a journal it keeps readers out, so that a commit need not wait for them.
        wait.patiently(|| db.execute_batch("BEGIN EXCLUSIVE"))?;
        let result = act(db, clock.now()).and_then(|value| {
            clock.write(db)?;
            wait.patiently(|| db.execute_batch("COMMIT"))?;
            Ok(value)
        });
        if result.is_err() && !db.is_autocommit() {
            db.execute_batch("ROLLBACK").ok(); // the error that matters is the first
        }
        result
    }

    /// One transaction that changes a mailbox, if it is this run's or nobody else's.
    fn write_of<T>(&mut self, mailbox: &Mailbox, act: impl FnOnce(&Connection, i64) -> Result<T>) -> Result<T> {
        let name = match self.taken.get(&mailbox.id) {
            Some(name) => *name,
            None => {
                let mut name = [0; 16];
                crate::private::random(&mut name)?;
                name
            }
        };
        let is_taken = self.taken.contains_key(&mailbox.id);
        let value = self.write(|db, now| {
            let changed = if is_taken {
                db.prepare_cached("UPDATE mailbox SET serial = serial + 1 WHERE id = ?1 AND run = ?2")?
                    .execute(params![mailbox.id, name])?
            } else {
                db.execute(
                    "UPDATE mailbox SET serial = serial + 1, run = ?2 WHERE id = ?1 AND serial = ?3",
                    params![mailbox.id, name, mailbox.serial],
                )?
            };
            match changed {
                0 => Err(another_run(mailbox)),
                _ => act(db, now),
            }
        })?;
        self.taken.insert(mailbox.id, name);
        Ok(value)
    }
}

fn another_run(mailbox: &Mailbox) -> Error {
    let key = crate::escape::text(mailbox.key.as_bytes());
    Error::new(Kind::TryLater, format!("another run is at work on {key}"))
        .because(Cause::OtherRun)
        .hint("run it again later; do not remove the files in the folder `locks`: they keep two runs apart")
}

fn tag(ledger: &[u8], key: &str) -> Tag {
    let digest = Sha256::new().chain_update(ledger).chain_update(key).finalize();
    let mut octets = [0; 8];
    octets.copy_from_slice(&digest[..8]);
    Tag::new(octets)
}

const FILE: &str = "mailhaul.db";

#[cfg(test)]
mod tests;
