//! `mailhaul state export|import`: what the ledger knows, as lines of JSON.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::print_change;
use super::show::{each_mailbox, uid_of};
use crate::cli::GlobalArgs;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::output::{Console, MailboxJson, print_json};
use crate::private::{hex, unhex};
use crate::state::{Imported, Key, Known, Ledger, MailboxLock, Settled, UidForm, Wait};

/// One message, as it is exported and imported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
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
enum StateName {
    Published,
    DeletePending,
    Deleted,
    Seen,
    Presumed,
}

/// Everything, one JSON object a message.
pub(super) fn export(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    each_mailbox(source, global, console, |ledger, mailbox| {
        let now = ledger.time();
        let print = |known: Known<'_>| {
            // What waits is here and nowhere else.
            if let Some(state) = StateName::of(known.settled) {
                print_json(console, &Exported::of(&mailbox.key, &known, state, now));
            }
        };
        console.in_large_pieces(|| ledger.each_known(mailbox, print))
    })
}

/// All lines are read before anything is written, so that a bad one leaves the ledger as it was.
pub(super) fn import(file: &Path, global: &GlobalArgs, console: &Console) -> Result<()> {
    let shown = crate::escape::path(file);
    let mut by_mailbox: BTreeMap<String, Vec<Imported>> = BTreeMap::new();
    for (at, line) in open(file)?.lines().enumerate() {
        let bad = |why: String| Error::new(Kind::Usage, format!("{shown}, line {}: {why}", at + 1));
        let line = line.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => bad("it is not UTF-8".into()),
            _ => unreadable(file, error),
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let message: Exported = serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
        let imported = message.imported().map_err(|why| bad(why.into()))?;
        by_mailbox.entry(message.mailbox).or_default().push(imported);
    }
    let folder = state_folder(global.state_dir.clone())?;
    for (key, messages) in by_mailbox {
        let _lock = MailboxLock::acquire(&folder, &key)?;
        let mut ledger = Ledger::open(&folder, &Wait::default())?;
        let mailbox = ledger.mailbox(&key)?;
        let added = ledger.import(&mailbox, &messages)?;
        ledger.close()?;
        if global.is_json() {
            print_change(console, MailboxJson::in_ledger(&key), "import", added);
        }
        console.tell(&format!("{}: {added} messages added", crate::escape::text(key.as_bytes())));
    }
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let open = File::open(file).map_err(|error| unreadable(file, error))?;
    Ok(Box::new(BufReader::new(open)))
}

/// All octets of a file, or of standard input.
pub(super) fn read_all(file: &Path) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    open(file)?.take(MOST_OCTETS).read_to_end(&mut octets).map_err(|error| unreadable(file, error))?;
    if octets.len() as u64 == MOST_OCTETS {
        return Err(Error::new(Kind::Usage, format!("{} is too large for a history", crate::escape::path(file))));
    }
    Ok(octets)
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::LocalIo, format!("cannot read {}", crate::escape::path(file))).caused_by(error)
}

impl Exported {
    /// `now` is the time of the ledger's clock.
    fn of(mailbox: &str, known: &Known<'_>, state: StateName, now: SystemTime) -> Self {
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
        }
    }

    fn imported(&self) -> Result<Imported, &'static str> {
        let uid = self.raw_uid().ok_or("it wants uid, or uid_base64 in base64")?;
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
            octets: self.octets,
            received: self.received,
            fingerprint,
            is_asked: self.fingerprint.is_some(),
            settled_at: time_of(self.settled_at.as_deref())?,
            vanished_at: time_of(self.vanished_at.as_deref())?,
            deletes: self.deletes,
            form: UidForm::Whole,
        })
    }

    fn raw_uid(&self) -> Option<Vec<u8>> {
        let raw = match (&self.uid, &self.uid_base64) {
            (Some(uid), None) => uid.clone().into_bytes(),
            (_, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok()?,
            (None, None) => return None,
        };
        (!raw.is_empty()).then_some(raw)
    }
}

impl StateName {
    /// None, if it is the state of a message that is not settled yet.
    fn of(settled: Settled) -> Option<Self> {
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

/// Of another program: some 400,000 messages.
const MOST_OCTETS: u64 = 32 * 1024 * 1024;
