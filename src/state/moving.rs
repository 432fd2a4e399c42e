//! What moves to another ledger with a mailbox, beside its messages.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, params};

use super::clock::{self, DAY, system_time};
use super::columns::target;
use super::messages::ONE;
use super::server::LONGEST_RENUMBERING;
use super::{Delivery, Imported, Key, Ledger, Mailbox, Trouble, destinations, history, schedule, trouble};
use crate::deliver::{Identity, Target};
use crate::error::{Error, Kind, Result};

/// What a ledger knows of a mailbox as a whole, as far as it decides about messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxRecord {
    /// The server numbers its messages anew after each deletion.
    pub uids_are_numbers: bool,
    /// Messages are being renumbered, until then at most.
    pub asks_first_until: Option<SystemTime>,
    /// The places into which it has delivered, and what tells that they are still the same.
    pub places: Vec<(Target, Option<Identity>)>,
    /// Messages that could not be fetched.
    pub troubles: Vec<TroubleRecord>,
}

/// A message that could not be fetched, or not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleRecord {
    /// Which message.
    pub key: Key,
    /// Why.
    pub trouble: Trouble,
    /// What was said of it last.
    pub text: String,
    /// In how many attempts since the first, or since it was given up.
    pub attempts: u32,
    /// On how many days.
    pub days: u32,
    /// When that was noted last.
    pub last_at: Option<SystemTime>,
    /// Not tried before.
    pub next_try_at: Option<SystemTime>,
    /// Since when it is given up.
    pub given_up_at: Option<SystemTime>,
    /// It is not tried any more by itself.
    pub is_over: bool,
    /// It is larger than so many octets.
    pub bound: Option<u64>,
}

impl MailboxRecord {
    /// Adds what another ledger knows of the same mailbox.
    pub fn add(&mut self, other: Self) {
        self.uids_are_numbers |= other.uids_are_numbers;
        self.asks_first_until = self.asks_first_until.max(other.asks_first_until);
        self.places.extend(other.places);
        self.troubles.extend(other.troubles);
    }
}

impl Ledger {
    /// What is to be moved beside the messages.
    pub fn record_of(&self, mailbox: &Mailbox) -> Result<MailboxRecord> {
        let query = "SELECT uids_are_numbers, asks_first_until FROM mailbox WHERE id = ?1";
        let (uids_are_numbers, asks_first_until): (bool, Option<i64>) =
            self.db.query_row(query, [mailbox.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let asks_first_until = asks_first_until.map(system_time);
        let (places, troubles) = (self.places_of(mailbox)?, self.troubles_of(mailbox)?);
        Ok(MailboxRecord { uids_are_numbers, asks_first_until, places, troubles })
    }

    fn places_of(&self, mailbox: &Mailbox) -> Result<Vec<(Target, Option<Identity>)>> {
        let query = "SELECT kind, target, identity FROM used JOIN destination ON destination.id = destination
                     WHERE mailbox = ?1 ORDER BY destination.id";
        let mut statement = self.db.prepare(query)?;
        let places = statement.query_and_then([mailbox.id], |row| {
            let identity: Option<Vec<u8>> = row.get(2)?;
            Ok((target(row.get(0)?, row.get(1)?)?, identity.map(|octets| Identity::from_octets(&octets))))
        })?;
        places.collect()
    }

    fn troubles_of(&self, mailbox: &Mailbox) -> Result<Vec<TroubleRecord>> {
        let query =
            format!("SELECT {}, uid, occurrence, text, last_at FROM trouble WHERE mailbox = ?1", trouble::COLUMNS);
        let mut statement = self.db.prepare(&query)?;
        let rows = statement.query_map([mailbox.id], |row| {
            let trouble::TroubleRow { trouble, refusals, bound } = trouble::record(row)?;
            Ok(TroubleRecord {
                key: Key { uid: row.get("uid")?, occurrence: row.get("occurrence")? },
                trouble,
                text: row.get("text")?,
                attempts: refusals.attempts,
                days: refusals.days,
                last_at: Some(system_time(row.get("last_at")?)),
                next_try_at: (refusals.next_try > 0).then(|| system_time(refusals.next_try)),
                given_up_at: refusals.given_up_at.map(system_time),
                is_over: refusals.is_over,
                bound,
            })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// Where a message was delivered, and when.
    pub fn past_deliveries(&self, mailbox: &Mailbox, uid: &[u8], occurrence: u32) -> Result<Vec<Delivery>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT kind, target, delivered_at FROM delivery JOIN destination ON destination.id = destination {ONE}
             ORDER BY destination.id"
        ))?;
        let rows = statement.query_and_then(params![mailbox.id, uid, occurrence], |row| {
            Ok(Delivery { target: target(row.get(0)?, row.get(1)?)?, at: Some(system_time(row.get(2)?)) })
        })?;
        rows.collect()
    }

    /// Adds what another ledger knows of a mailbox, in one transaction; what is known here stays as it is. Returns how many
    /// messages were added.
    pub fn import_mailbox(
        &mut self,
        mailbox: &Mailbox,
        messages: &[Imported],
        record: &MailboxRecord,
    ) -> Result<usize> {
        self.write_of(mailbox, |db, now| {
            record
                .places
                .iter()
                .try_for_each(|(target, identity)| add_place(db, mailbox, target, identity.as_ref()))?;
            record.troubles.iter().try_for_each(|trouble| add_trouble(db, mailbox, trouble, now))?;
            let until = record.asks_first_until.map(|time| clock::in_time(time, now, LONGEST_RENUMBERING));
            db.execute(
                "UPDATE mailbox SET uids_are_numbers = max(uids_are_numbers, ?2),
                                    asks_first_until = nullif(max(ifnull(asks_first_until, 0), ifnull(?3, 0)), 0)
                 WHERE id = ?1",
                params![mailbox.id, record.uids_are_numbers, until],
            )?;
            history::insert(db, mailbox, messages, "NOTHING", now)
        })
    }
}

/// A path of another machine may be that of another place here. Then what was delivered there is not here, and nothing may
/// take it for being here.
fn add_place(db: &Connection, mailbox: &Mailbox, target: &Target, identity: Option<&Identity>) -> Result<()> {
    let place = destinations::of(db, target)?;
    let known: Option<Vec<u8>> = db
        .query_row("SELECT identity FROM destination WHERE id = ?1", [place.0], |row| row.get(0))
        .optional()?
        .flatten();
    if let (Some(known), Some(identity)) = (&known, identity)
        && known != identity.as_octets()
    {
        return Err(another_place(mailbox, target));
    }
    let update = "UPDATE destination SET identity = coalesce(identity, ?2) WHERE id = ?1";
    db.execute(update, params![place.0, identity.map(Identity::as_octets)])?;
    destinations::use_by(db, mailbox, place)
}

fn another_place(mailbox: &Mailbox, target: &Target) -> Error {
    let key = crate::escape::text(mailbox.key.as_bytes());
    let text = format!("{key}: its mail was delivered into another {target} than the one that is here");
    Error::new(Kind::Config, text).hint(
        "nothing of it was imported; move that mail to a path that is free here, tell the ledger that you export from by \
         `mailhaul state moved OLD NEW`, and export again",
    )
}

fn add_trouble(db: &Connection, mailbox: &Mailbox, of: &TroubleRecord, now: i64) -> Result<()> {
    let last_at = clock::plausible(of.last_at, now);
    db.prepare_cached(
        "INSERT OR IGNORE INTO trouble (mailbox, uid, occurrence, kind, attempts, text, last_at, days, last_day, next_try,
                                        given_up_at, said, bound)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        mailbox.id,
        of.key.uid,
        of.key.occurrence,
        trouble::number_of(of.trouble),
        of.attempts,
        of.text,
        last_at,
        of.days,
        last_at.div_euclid(DAY),
        of.next_try_at.map_or(0, |time| clock::in_time(time, now, schedule::LONGEST_PAUSE)),
        of.given_up_at.map(|time| clock::plausible(Some(time), now)),
        of.is_over,
        of.bound
    ])?;
    Ok(())
}
