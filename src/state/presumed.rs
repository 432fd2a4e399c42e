//! Messages of which nobody knows whether they were published: neither fetched again nor deleted until the user decides, or
//! until their place shows it.

use rusqlite::params;

use super::columns::target;
use super::staged::{THIS, for_rows};
use super::{Key, Ledger, Mailbox, StagedRow};
use crate::deliver::Target;
use crate::error::Result;

/// A message that is presumed to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presumed {
    /// Which message.
    pub key: Key,
    /// Where it should be, if the ledger knows.
    pub target: Option<Target>,
}

impl Ledger {
    /// Messages that were on their way were found nowhere. Their rows stay, so that a place that comes back settles them.
    pub fn presume(&mut self, mailbox: &Mailbox, rows: &[StagedRow]) -> Result<()> {
        self.write_of(mailbox, |db, now| {
            for_rows(db, mailbox, rows, &format!("UPDATE staged SET presumed = 1 {THIS}"))?;
            let mut insert = db.prepare_cached(
                "INSERT INTO message (mailbox, uid, occurrence, state, octets, received, fingerprint, settled_at)
                 VALUES (?1, ?2, ?3, 5, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET state = 5, octets = ?4, received = ?5, fingerprint = ?6, settled_at = ?7,
                                           vanished_at = NULL",
            )?;
            for StagedRow { key, octets, received, fingerprint, .. } in rows {
                let fingerprint = fingerprint.as_ref().map(|fingerprint| &fingerprint.as_octets()[..]);
                insert.execute(params![mailbox.id, key.uid, key.occurrence, octets, received, fingerprint, now])?;
            }
            Ok(())
        })
    }

    /// Those of a mailbox, in the order of keys.
    pub fn presumed(&self, mailbox: &Mailbox) -> Result<Vec<Presumed>> {
        let mut statement = self.db.prepare(
            "SELECT message.uid, message.occurrence, kind, target
             FROM message LEFT JOIN staged ON staged.mailbox = message.mailbox AND staged.uid = message.uid
                  AND staged.occurrence = message.occurrence AND presumed = 1
             WHERE message.mailbox = ?1 AND state = 5 ORDER BY message.uid, message.occurrence",
        )?;
        let mut rows = statement.query([mailbox.id])?;
        let mut presumed = Vec::new();
        while let Some(row) = rows.next()? {
            let place: Option<(i64, Vec<u8>)> = row.get::<_, Option<i64>>(2)?.zip(row.get(3)?);
            presumed.push(Presumed {
                key: Key { uid: row.get(0)?, occurrence: row.get(1)? },
                target: place.map(|(kind, octets)| target(kind, octets)).transpose()?,
            });
        }
        Ok(presumed)
    }

    /// The user says that they were delivered; returns how many.
    pub fn confirm_presumed(&mut self, mailbox: &Mailbox) -> Result<usize> {
        self.write_of(mailbox, |db, now| {
            db.execute(
                "INSERT OR IGNORE INTO destination (kind, target)
                 SELECT kind, target FROM staged WHERE mailbox = ?1 AND presumed = 1",
                [mailbox.id],
            )?;
            db.execute(
                "INSERT OR IGNORE INTO used SELECT mailbox, destination.id FROM staged JOIN destination USING (kind, target)
                 WHERE mailbox = ?1 AND presumed = 1",
                [mailbox.id],
            )?;
            db.execute(
                "INSERT OR IGNORE INTO delivery
                 SELECT mailbox, uid, occurrence, destination.id, ?2 FROM staged JOIN destination USING (kind, target)
                 WHERE mailbox = ?1 AND presumed = 1",
                params![mailbox.id, now],
            )?;
            db.execute("DELETE FROM staged WHERE mailbox = ?1 AND presumed = 1", [mailbox.id])?;
            let settle = "UPDATE message SET settled_at = ?2,
                              state = CASE WHEN EXISTS (SELECT 1 FROM staged WHERE staged.mailbox = message.mailbox
                                  AND staged.uid = message.uid AND staged.occurrence = message.occurrence) THEN 6 ELSE 1 END
                          WHERE mailbox = ?1 AND state = 5";
            Ok(db.execute(settle, params![mailbox.id, now])?)
        })
    }

    /// The user wants them to be fetched again; returns how many.
    pub fn retry_presumed(&mut self, mailbox: &Mailbox) -> Result<usize> {
        self.write_of(mailbox, |db, _| {
            // What is still in the outbox is handed over again; where other destinations have it, or wait for it, it is fetched
            // for this one.
            let is_elsewhere = "(EXISTS (SELECT 1 FROM delivery WHERE delivery.mailbox = staged.mailbox
                                         AND delivery.uid = staged.uid AND delivery.occurrence = staged.occurrence)
                                 OR EXISTS (SELECT 1 FROM staged AS other WHERE other.mailbox = staged.mailbox
                                            AND other.uid = staged.uid AND other.occurrence = staged.occurrence
                                            AND other.id <> staged.id))";
            let statements = [
                "UPDATE staged SET presumed = 0, hash = x'', doubted_at = NULL, why = 'to be tried again'
                 WHERE mailbox = ?1 AND presumed = 1 AND kind >= 3",
                &format!(
                    "UPDATE staged SET presumed = 0, file = x'', hash = x'', why = 'to be fetched again'
                     WHERE mailbox = ?1 AND presumed = 1 AND {is_elsewhere}"
                ),
                "DELETE FROM staged WHERE mailbox = ?1 AND presumed = 1",
            ];
            for statement in statements {
                db.execute(statement, [mailbox.id])?;
            }
            let is_left = "EXISTS (SELECT 1 FROM staged WHERE staged.mailbox = message.mailbox
                                   AND staged.uid = message.uid AND staged.occurrence = message.occurrence)";
            let waiting = format!("UPDATE message SET state = 6 WHERE mailbox = ?1 AND state = 5 AND {is_left}");
            let waiting = db.execute(&waiting, [mailbox.id])?;
            Ok(waiting + db.execute("DELETE FROM message WHERE mailbox = ?1 AND state = 5", [mailbox.id])?)
        })
    }
}
