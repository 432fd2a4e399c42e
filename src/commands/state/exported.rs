//! The lines of JSON by which a mailbox moves from one ledger to another.

use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::show::uid_of;
use crate::deliver::{Identity, Target};
use crate::fingerprint::Fingerprint;
use crate::private::{hex, unhex};
use crate::state::{Delivery, Imported, Key, Known, MailboxRecord, Settled, Trouble, TroubleRecord, UidForm};

/// A line, and the mailbox that it is of.
#[derive(Debug)]
pub(super) enum HistoryLine {
    Message(String, Box<Imported>),
    Trouble(String, Box<TroubleRecord>),
    /// With the number of messages that the lines after it have, if it says that.
    Mailbox(String, Box<MailboxRecord>, Option<u64>),
}

impl HistoryLine {
    /// Lines of earlier versions have no type: each is a message.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| error.to_string();
        let mut line: Value = serde_json::from_str(text).map_err(wrong)?;
        let kind = line.as_object_mut().and_then(|keys| keys.remove("type"));
        match kind.as_ref().and_then(Value::as_str) {
            Some("mailbox") => {
                let of = ExportedMailbox::deserialize(line).map_err(wrong)?;
                Ok(Self::Mailbox(of.mailbox.clone(), Box::new(of.imported()?), of.messages))
            }
            Some("trouble") => {
                let of = ExportedTrouble::deserialize(line).map_err(wrong)?;
                Ok(Self::Trouble(of.mailbox.clone(), Box::new(of.imported()?)))
            }
            _ => {
                // Of the text: that tells where in it something is wrong.
                let of: ExportedMessage = serde_json::from_str(text).map_err(wrong)?;
                Ok(Self::Message(of.mailbox.clone(), Box::new(of.imported()?)))
            }
        }
    }
}

/// One message, as it is exported and imported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportedMessage {
    /// Missing in exports of version 0.1.
    #[serde(rename = "type", default)]
    kind: TypeName,
    mailbox: String,
    /// The unique-id, as all commands show it.
    #[serde(default)]
    uid: Option<String>,
    /// The unique-id in base64, if `uid` is not as the server has it; or where there is no `uid`.
    #[serde(default)]
    uid_base64: Option<String>,
    #[serde(default)]
    occurrence: u32,
    state: StateName,
    /// As LIST said.
    #[serde(default)]
    octets: Option<u64>,
    /// As they came over the line.
    #[serde(default)]
    received: Option<u64>,
    /// In hex; empty, if it was asked for and TOP does not tell it.
    #[serde(default)]
    fingerprint: Option<String>,
    /// Times, as 2026-11-26T23:00:00Z.
    #[serde(default)]
    settled_at: Option<String>,
    #[serde(default)]
    vanished_at: Option<String>,
    /// Deletions that the server confirmed.
    #[serde(default)]
    deletes: u32,
    /// How another program wrote the unique-id, if not as the server has it.
    #[serde(default)]
    form: Option<FormName>,
    /// Where it was delivered.
    #[serde(default)]
    deliveries: Vec<ExportedDelivery>,
}

/// A destination that has a message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedDelivery {
    destination: ExportedPlace,
    #[serde(default)]
    delivered_at: Option<String>,
}

/// A destination, and what tells that it is still the same.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedUse {
    destination: ExportedPlace,
    /// In hex.
    #[serde(default)]
    identity: Option<String>,
}

/// As in all objects, and in base64, if path or name is not octet for octet as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedPlace {
    kind: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    base64: Option<String>,
}

/// A message that could not be fetched.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename = "trouble", deny_unknown_fields)]
pub(super) struct ExportedTrouble {
    mailbox: String,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    uid_base64: Option<String>,
    #[serde(default)]
    occurrence: u32,
    trouble: TroubleName,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    days: u32,
    #[serde(default)]
    last_at: Option<String>,
    #[serde(default)]
    next_try_at: Option<String>,
    #[serde(default)]
    given_up_at: Option<String>,
    /// It is not tried any more by itself.
    #[serde(default)]
    over: bool,
    /// It is larger than so many octets.
    #[serde(default)]
    larger_than: Option<u64>,
}

/// A mailbox as a whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename = "mailbox", deny_unknown_fields)]
pub(super) struct ExportedMailbox {
    mailbox: String,
    /// How many messages follow, so that an export that was cut off is noticed.
    #[serde(default)]
    messages: Option<u64>,
    #[serde(default)]
    uids_are_numbers: bool,
    #[serde(default)]
    renumbered_until: Option<String>,
    #[serde(default)]
    destinations: Vec<ExportedUse>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormName {
    Cut,
    Dashed,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TroubleName {
    Refused,
    TooLarge,
    Interrupted,
    Undeletable,
}

/// The type of the objects.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TypeName {
    #[default]
    Known,
}

/// The states, by the names of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateName {
    Published,
    DeletePending,
    Deleted,
    Seen,
    Presumed,
}

impl ExportedMessage {
    /// `now` is the time of the ledger's clock.
    pub(super) fn of(
        mailbox: &str,
        known: &Known<'_>,
        state: StateName,
        now: SystemTime,
        deliveries: &[Delivery],
    ) -> Self {
        let (uid, uid_base64) = uid_of(known.uid);
        let ago = |time: Duration| now.checked_sub(time).and_then(shown_time);
        Self {
            kind: TypeName::Known,
            mailbox: mailbox.to_owned(),
            uid: Some(uid),
            uid_base64,
            occurrence: known.occurrence,
            state,
            octets: known.octets,
            received: known.received,
            fingerprint: known.is_asked.then(|| known.fingerprint.map_or_else(String::new, |it| hex(it.as_octets()))),
            settled_at: ago(known.settled_for),
            vanished_at: known.vanished_for.and_then(ago),
            deletes: known.deletes,
            form: match known.form {
                UidForm::Whole => None,
                UidForm::Cut => Some(FormName::Cut),
                UidForm::Dashed => Some(FormName::Dashed),
            },
            deliveries: deliveries.iter().map(ExportedDelivery::of).collect(),
        }
    }

    fn imported(&self) -> Result<Imported, &'static str> {
        let uid = raw_uid(self.uid.as_deref(), self.uid_base64.as_deref())?;
        let fingerprint = match self.fingerprint.as_deref() {
            None | Some("") => None,
            Some(text) => {
                let octets = unhex(text).and_then(|octets| Fingerprint::from_octets(&octets));
                Some(octets.ok_or("the fingerprint is not one that mailhaul makes")?)
            }
        };
        Ok(Imported {
            key: Key { uid, occurrence: self.occurrence },
            settled: self.state.settled(),
            octets: storable(self.octets)?,
            received: storable(self.received)?,
            fingerprint,
            is_asked: self.fingerprint.is_some(),
            settled_at: time_of(self.settled_at.as_deref())?,
            vanished_at: time_of(self.vanished_at.as_deref())?,
            deletes: self.deletes,
            form: match self.form {
                None => UidForm::Whole,
                Some(FormName::Cut) => UidForm::Cut,
                Some(FormName::Dashed) => UidForm::Dashed,
            },
            deliveries: self.deliveries.iter().map(ExportedDelivery::imported).collect::<Result<_, _>>()?,
        })
    }
}

impl ExportedDelivery {
    fn of(delivery: &Delivery) -> Self {
        let delivered_at = delivery.at.and_then(shown_time);
        Self { destination: ExportedPlace::of(&delivery.target), delivered_at }
    }

    fn imported(&self) -> Result<Delivery, &'static str> {
        Ok(Delivery { target: self.destination.target()?, at: time_of(self.delivered_at.as_deref())? })
    }
}

impl ExportedPlace {
    fn of(target: &Target) -> Self {
        let octets = target.octets();
        let shown = crate::escape::exact(octets);
        let base64 = (shown.as_bytes() != octets).then(|| BASE64_STANDARD.encode(octets));
        let (path, name) = if target.path().is_some() { (Some(shown), None) } else { (None, Some(shown)) };
        Self { kind: target.kind().to_owned(), path, name, base64 }
    }

    fn target(&self) -> Result<Target, &'static str> {
        let shown = || self.path.as_ref().or(self.name.as_ref()).map(|text| text.clone().into_bytes());
        let octets = match &self.base64 {
            Some(encoded) => BASE64_STANDARD.decode(encoded).ok(),
            None => shown(),
        };
        let target = octets.filter(|octets| !octets.is_empty()).and_then(|octets| Target::of_kind(&self.kind, octets));
        let is_fit = |target: &Target| target.path().is_none_or(std::path::Path::is_absolute);
        target
            .filter(is_fit)
            .ok_or("a destination must have a kind that mailhaul knows, and an absolute path or a name")
    }
}

impl ExportedTrouble {
    /// None, if the server gave the message no unique-id: then nothing tells which one it is.
    pub(super) fn of(mailbox: &str, of: &TroubleRecord) -> Option<Self> {
        if of.key.uid.is_empty() {
            return None;
        }
        let (uid, uid_base64) = uid_of(&of.key.uid);
        Some(Self {
            mailbox: mailbox.to_owned(),
            uid: Some(uid),
            uid_base64,
            occurrence: of.key.occurrence,
            trouble: match of.trouble {
                Trouble::Refused => TroubleName::Refused,
                Trouble::TooLarge => TroubleName::TooLarge,
                Trouble::Interrupted => TroubleName::Interrupted,
                Trouble::Undeletable => TroubleName::Undeletable,
            },
            reason: of.text.clone(),
            attempts: of.attempts,
            days: of.days,
            last_at: of.last_at.and_then(shown_time),
            next_try_at: of.next_try_at.and_then(shown_time),
            given_up_at: of.given_up_at.and_then(shown_time),
            over: of.is_over,
            larger_than: of.bound,
        })
    }

    fn imported(self) -> Result<TroubleRecord, &'static str> {
        let uid = raw_uid(self.uid.as_deref(), self.uid_base64.as_deref())?;
        Ok(TroubleRecord {
            key: Key { uid, occurrence: self.occurrence },
            trouble: match self.trouble {
                TroubleName::Refused => Trouble::Refused,
                TroubleName::TooLarge => Trouble::TooLarge,
                TroubleName::Interrupted => Trouble::Interrupted,
                TroubleName::Undeletable => Trouble::Undeletable,
            },
            text: self.reason,
            attempts: self.attempts,
            days: self.days,
            last_at: time_of(self.last_at.as_deref())?,
            next_try_at: time_of(self.next_try_at.as_deref())?,
            given_up_at: time_of(self.given_up_at.as_deref())?,
            is_over: self.over,
            bound: storable(self.larger_than)?,
        })
    }
}

impl ExportedMailbox {
    pub(super) fn of(mailbox: &str, record: &MailboxRecord, messages: u64) -> Self {
        let used = |(target, identity): &(Target, Option<Identity>)| ExportedUse {
            destination: ExportedPlace::of(target),
            identity: identity.as_ref().map(|identity| hex(identity.as_octets())),
        };
        Self {
            mailbox: mailbox.to_owned(),
            messages: Some(messages),
            uids_are_numbers: record.uids_are_numbers,
            renumbered_until: record.asks_first_until.and_then(shown_time),
            destinations: record.places.iter().map(used).collect(),
        }
    }

    fn imported(&self) -> Result<MailboxRecord, &'static str> {
        let place = |used: &ExportedUse| {
            let octets = used.identity.as_deref().map(|text| unhex(text).ok_or("an identity must be in hex"));
            let identity = octets.transpose()?.map(|octets| Identity::from_octets(&octets));
            Ok((used.destination.target()?, identity))
        };
        Ok(MailboxRecord {
            uids_are_numbers: self.uids_are_numbers,
            asks_first_until: time_of(self.renumbered_until.as_deref())?,
            places: self.destinations.iter().map(place).collect::<Result<_, &'static str>>()?,
            troubles: Vec::new(),
        })
    }
}

/// The ledger has numbers with a sign.
fn storable(octets: Option<u64>) -> Result<Option<u64>, &'static str> {
    match octets {
        Some(octets) if i64::try_from(octets).is_err() => Err("a number of octets is too large"),
        octets => Ok(octets),
    }
}

fn raw_uid(uid: Option<&str>, encoded: Option<&str>) -> Result<Vec<u8>, &'static str> {
    let raw = match (uid, encoded) {
        (Some(uid), None) => Some(uid.as_bytes().to_vec()),
        (_, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok(),
        (None, None) => None,
    };
    raw.filter(|raw| !raw.is_empty()).ok_or("it wants uid, or uid_base64 in base64")
}

impl StateName {
    /// None, if it is the state of a message that is not settled yet.
    pub(super) fn of(settled: Settled) -> Option<Self> {
        Some(match settled {
            Settled::Published => Self::Published,
            Settled::DeletePending => Self::DeletePending,
            Settled::Deleted => Self::Deleted,
            Settled::Seen => Self::Seen,
            Settled::Presumed => Self::Presumed,
            Settled::Waiting => return None,
        })
    }

    fn settled(self) -> Settled {
        match self {
            Self::Published => Settled::Published,
            Self::DeletePending => Settled::DeletePending,
            Self::Deleted => Settled::Deleted,
            Self::Seen => Settled::Seen,
            Self::Presumed => Settled::Presumed,
        }
    }
}

fn shown_time(time: SystemTime) -> Option<String> {
    Some(format!("{:.0}", Timestamp::try_from(time).ok()?))
}

fn time_of(shown: Option<&str>) -> Result<Option<SystemTime>, &'static str> {
    let parse = |text: &str| text.parse::<Timestamp>().map(SystemTime::from);
    shown.map(parse).transpose().map_err(|_| "a time must be like 2026-11-26T23:00:00Z")
}
