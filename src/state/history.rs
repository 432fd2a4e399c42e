//! History that comes from elsewhere: another ledger, or another program.

use std::collections::HashSet;
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::columns::asked;
use super::messages::{number_of, state_of};
use super::{Key, Ledger, Mailbox, Settled, UidForm, clock, destinations};
use crate::deliver::Target;
use crate::error::Result;
use crate::fingerprint::Fingerprint;

/// A settled message, as it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Which message.
    pub key: Key,
    /// What became of it.
    pub settled: Settled,
    /// Octets as LIST said.
    pub octets: Option<u64>,
    /// Octets as they came over the line.
    pub received: Option<u64>,
    /// What tells it from every other message.
    pub fingerprint: Option<Fingerprint>,
    /// Was its fingerprint asked for?
    pub is_asked: bool,
    /// Since when: none, or what cannot be true, is now.
    pub settled_at: Option<SystemTime>,
    /// Since when listings lack it, if they do.
    pub vanished_at: Option<SystemTime>,
    /// How often it was deleted.
    pub deletes: u32,
    /// How its unique-id is written.
    pub form: UidForm,
    /// Where it was delivered, as far as that is known.
    pub deliveries: Vec<Delivery>,
}

/// A message was delivered there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where to.
    pub target: Target,
    /// When; none, if that is not known.
    pub at: Option<SystemTime>,
}

impl Ledger {
    /// Adds settled messages of which the ledger knows nothing; returns how many were added.
    pub fn import(&mut self, mailbox: &Mailbox, messages: &[Imported]) -> Result<usize> {
        self.import_over(mailbox, messages, "NOTHING")
    }

    /// The same of messages that another program has fetched: one that was only seen so far is fetched now.
    pub fn import_fetched(&mut self, mailbox: &Mailbox, messages: &[Imported]) -> Result<usize> {
        let over =
            "UPDATE SET state = excluded.state, settled_at = min(settled_at, excluded.settled_at) WHERE state = 4";
        self.import_over(mailbox, messages, over)
    }

    /// How many of these unique-ids the ledger does not know; or has only seen, if they were fetched.
    pub fn count_unknown<'a>(
        &self,
        mailbox: &Mailbox,
        uids: impl Iterator<Item = &'a [u8]>,
        are_fetched: bool,
    ) -> Result<usize> {
        let mut unknown = HashSet::new();
        for uid in uids {
            let state = state_of(&self.db, mailbox, &Key { uid: uid.to_owned(), occurrence: 0 })?;
            if state.is_none_or(|state| are_fetched && state == Settled::Seen) {
                unknown.insert(uid);
            }
        }
        Ok(unknown.len())
    }

    fn import_over(&mut self, mailbox: &Mailbox, messages: &[Imported], over: &str) -> Result<usize> {
        self.write_of(mailbox, |db, now| insert(db, mailbox, messages, over, now))
    }
}

/// Returns how many were added, or changed.
pub(super) fn insert(db: &Connection, mailbox: &Mailbox, messages: &[Imported], over: &str, now: i64) -> Result<usize> {
    let mut insert = db.prepare_cached(&format!(
        "INSERT INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at, vanished_at,
                              deletes, form)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO {over}",
    ))?;
    let mut added = 0;
    for message in messages {
        let is_asked = message.is_asked || message.fingerprint.is_some();
        let changed = insert.execute(params![
            mailbox.id,
            message.key.uid,
            message.key.occurrence,
            number_of(message.settled),
            message.octets,
            message.received,
            is_asked.then(|| asked(message.fingerprint.as_ref())),
            clock::plausible(message.settled_at, now),
            message.vanished_at.map(|time| clock::plausible(Some(time), now)),
            message.deletes,
            message.form.number()
        ])?;
        if changed > 0 {
            deliver(db, mailbox, message, now)?;
        }
        added += changed;
    }
    Ok(added)
}

/// Where it was delivered.
fn deliver(db: &Connection, mailbox: &Mailbox, message: &Imported, now: i64) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO delivery (mailbox, uid, occurrence, destination, delivered_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for delivery in &message.deliveries {
        let place = destinations::of(db, &delivery.target)?;
        destinations::use_by(db, mailbox, place)?;
        let at = clock::plausible(delivery.at, now);
        insert.execute(params![mailbox.id, message.key.uid, message.key.occurrence, place.0, at])?;
    }
    Ok(())
}
