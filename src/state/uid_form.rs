//! Unique-ids as another program wrote them. Some do not keep them as the server has them; which message such a row is
//! of, the first listing tells.

use std::collections::{HashMap, HashSet};

use rusqlite::params;

use super::columns::damaged;
use super::messages::{ONE, for_keys, state_of};
use super::{Key, Known, Ledger, Mailbox};
use crate::error::Result;

/// How a unique-id is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UidForm {
    /// As the server has it.
    #[default]
    Whole,
    /// As fetchmail has it: to the first blank, and 128 octets at most.
    Cut,
    /// As getmail has it: with - for each /.
    Dashed,
}

/// What the ledger has under other unique-ids than the server, by the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewNames {
    /// From the name in the ledger to that of the server.
    names: HashMap<Key, Key>,
    /// Rows that could be of several messages: of none, for certain.
    forgotten: HashSet<Key>,
    /// The ledger has rows of other forms, even if the listing has none of them.
    has_forms: bool,
}

impl UidForm {
    /// A unique-id as it is written.
    pub fn of(self, uid: &[u8]) -> Vec<u8> {
        match self {
            Self::Whole => uid.to_owned(),
            Self::Cut => {
                let end = uid.iter().position(|octet| matches!(octet, b' ' | b'\t')).unwrap_or(uid.len());
                uid[..end.min(IDLEN)].to_owned()
            }
            Self::Dashed => uid.iter().map(|octet| if *octet == b'/' { b'-' } else { *octet }).collect(),
        }
    }

    /// In the ledger; nothing is as the server has it.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Self::Whole => None,
            Self::Cut => Some(1),
            Self::Dashed => Some(2),
        }
    }

    /// Of the column; nothing is as the server has it.
    pub(super) fn of_column(number: Option<i64>) -> Result<Self> {
        number.map_or(Ok(Self::Whole), Self::of_number)
    }

    fn of_number(number: i64) -> Result<Self> {
        match number {
            1 => Ok(Self::Cut),
            2 => Ok(Self::Dashed),
            _ => Err(damaged("the form of a unique-id")),
        }
    }
}

impl NewNames {
    /// Is nothing to be changed in the ledger?
    pub fn is_empty(&self) -> bool {
        !self.has_forms
    }
}

impl Ledger {
    /// Which of the listed unique-ids the ledger has in another form. A row that could be of two of them is of none.
    pub fn renamed<'a>(&self, mailbox: &Mailbox, listed: impl Iterator<Item = &'a [u8]>) -> Result<NewNames> {
        let forms = self.forms(mailbox)?;
        if forms.is_empty() {
            return Ok(NewNames::default());
        }
        let kinds: HashSet<UidForm> = forms.values().copied().collect();
        let mut candidates: HashMap<Vec<u8>, Vec<&[u8]>> = HashMap::new();
        let mut as_they_are: HashSet<Vec<u8>> = HashSet::new();
        let mut has_forms = false;
        for uid in listed {
            has_forms = true; // an empty listing tells nothing
            if forms.contains_key(uid) {
                as_they_are.insert(uid.to_owned());
                continue;
            }
            for kind in &kinds {
                let written = kind.of(uid);
                if forms.get(&written) == Some(kind) && state_of(&self.db, mailbox, &first(uid))?.is_none() {
                    candidates.entry(written).or_default().push(uid);
                }
            }
        }
        let (mut names, mut forgotten, mut taken) = (HashMap::new(), HashSet::new(), HashSet::new());
        for (written, uids) in candidates {
            let is_certain = uids.len() == 1 && !as_they_are.contains(&written);
            if is_certain && taken.insert(uids[0]) {
                names.insert(first(&written), first(uids[0]));
            } else {
                forgotten.insert(first(&written));
            }
        }
        Ok(NewNames { names, forgotten, has_forms })
    }

    /// Gives those messages the server's unique-ids; that is not enough to delete one. After a listing without a gap the others
    /// are as they are: no later listing tells.
    pub fn rename(&mut self, mailbox: &Mailbox, renamed: &NewNames, is_complete: bool) -> Result<()> {
        if renamed.is_empty() {
            return Ok(());
        }
        self.write_of(mailbox, |db, _| {
            let mut update = db.prepare_cached(&format!(
                "UPDATE message SET uid = ?4, form = NULL, state = CASE WHEN state = 1 THEN 4 ELSE state END {ONE}"
            ))?;
            for (from, to) in &renamed.names {
                update.execute(params![mailbox.id, from.uid, from.occurrence, to.uid])?;
            }
            for_keys(db, mailbox, renamed.forgotten.iter(), &format!("DELETE FROM message {ONE}"))?;
            if is_complete {
                db.execute("UPDATE message SET form = NULL WHERE mailbox = ?1 AND form IS NOT NULL", [mailbox.id])?;
            }
            Ok(())
        })
    }

    /// [`Ledger::each_known`] as it would be with these names, for whoever changes nothing.
    pub fn each_known_as(&self, mailbox: &Mailbox, renamed: &NewNames, mut each: impl FnMut(Known<'_>)) -> Result<()> {
        if renamed.names.is_empty() && renamed.forgotten.is_empty() {
            return self.each_known(mailbox, each);
        }
        let mut rows: Vec<(Key, Known<'static>)> = Vec::new();
        self.each_known(mailbox, |known| {
            let key = Key { uid: known.uid.to_owned(), occurrence: known.occurrence };
            if renamed.forgotten.contains(&key) {
                return;
            }
            rows.push((renamed.names.get(&key).cloned().unwrap_or(key), Known { uid: &[], ..known }));
        })?;
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        rows.iter().for_each(|(key, known)| each(Known { uid: &key.uid, occurrence: key.occurrence, ..*known }));
        Ok(())
    }

    fn forms(&self, mailbox: &Mailbox) -> Result<HashMap<Vec<u8>, UidForm>> {
        let mut statement = self.db.prepare_cached(
            "SELECT uid, form FROM message INDEXED BY message_form WHERE mailbox = ?1 AND form IS NOT NULL AND occurrence = 0",
        )?;
        let rows = statement.query_and_then([mailbox.id], |row| Ok((row.get(0)?, UidForm::of_number(row.get(1)?)?)))?;
        rows.collect()
    }
}

fn first(uid: &[u8]) -> Key {
    Key { uid: uid.to_owned(), occurrence: 0 }
}

/// Octets of a unique-id that fetchmail keeps.
const IDLEN: usize = 128;
