//! `mailhaul state show|forget|export|import`: what needs no server.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};

use super::sources::mailbox_key;
use crate::cli::GlobalArgs;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, print_json};
use crate::state::{Key, Ledger, Mailbox, MailboxLock, Settled};

/// One message, as it is exported and imported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
    mailbox: String,
    /// The unique-id, if it is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    /// The unique-id in base64, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid_base64: Option<String>,
    #[serde(default)]
    occurrence: u32,
    state: StateName,
    #[serde(default)]
    octets: Option<u64>,
}

/// The states, by the names of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Published,
    DeletePending,
    Deleted,
    Seen,
}

#[derive(Default, Serialize)]
struct Shown {
    mailbox: String,
    published: u64,
    delete_pending: u64,
    deleted: u64,
    seen: u64,
    /// Of all of these: not listed lately.
    vanished: u64,
    in_trouble: u64,
    staged: u64,
}

/// One line a mailbox: `MAILBOX published N delete-pending N ..`.
pub(super) fn show(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    each_mailbox(source, global, |ledger, mailbox| {
        let mut shown = Shown { mailbox: crate::escape::text(mailbox.key.as_bytes()), ..Shown::default() };
        ledger.each_known(mailbox, |known| {
            let count = match known.settled {
                Settled::Published => &mut shown.published,
                Settled::DeletePending => &mut shown.delete_pending,
                Settled::Deleted => &mut shown.deleted,
                Settled::Seen => &mut shown.seen,
            };
            *count += 1;
            shown.vanished += u64::from(known.vanished_for.is_some());
        })?;
        shown.in_trouble = ledger.troubled(mailbox)?.len() as u64;
        shown.staged = ledger.staged(mailbox)?.len() as u64;
        if global.json {
            print_json(console, &shown);
            return Ok(());
        }
        let Shown { mailbox, published, delete_pending, deleted, seen, vanished, in_trouble, staged } = &shown;
        console.print(&format!(
            "{mailbox} published {published} delete-pending {delete_pending} deleted {deleted} seen {seen} \
             vanished {vanished} in-trouble {in_trouble} staged {staged}"
        ));
        Ok(())
    })
}

/// Messages are to be fetched again. One that the ledger does not know is an error, and then all stay as they are.
pub(super) fn forget(ledger: &mut Ledger, mailbox: &Mailbox, uids: &[String]) -> Result<usize> {
    let mut by_shown: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut note = |uid: &[u8]| drop(by_shown.insert(crate::escape::text(uid), uid.to_vec()));
    ledger.each_known(mailbox, |known| note(known.uid))?;
    ledger.troubled(mailbox)?.iter().for_each(|troubled| note(&troubled.key.uid));
    let raw = |uid: &String| {
        let as_it_is = || by_shown.get(&crate::escape::text(uid.as_bytes()));
        by_shown.get(uid).or_else(as_it_is).cloned().ok_or_else(|| unknown(mailbox, uid))
    };
    let uids = uids.iter().map(raw).collect::<Result<Vec<_>>>()?;
    ledger.forget(mailbox, uids.iter().map(Vec::as_slice))
}

fn unknown(mailbox: &Mailbox, uid: &str) -> Error {
    let [key, uid] = [&mailbox.key, uid].map(|text| crate::escape::text(text.as_bytes()));
    Error::new(Kind::Usage, format!("{key}: the ledger knows no message {uid}"))
        .hint("mailhaul state export SOURCE shows those that it knows")
}

/// Everything, one JSON object a message.
pub(super) fn export(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    each_mailbox(source, global, |ledger, mailbox| {
        ledger.each_known(mailbox, |known| {
            let text = std::str::from_utf8(known.uid).ok().map(str::to_owned);
            print_json(
                console,
                &Exported {
                    mailbox: mailbox.key.clone(),
                    uid_base64: text.is_none().then(|| BASE64_STANDARD.encode(known.uid)),
                    uid: text,
                    occurrence: known.occurrence,
                    state: StateName::of(known.settled),
                    octets: known.octets,
                },
            );
        })
    })
}

/// All lines are read before anything is written, so that a bad one leaves the ledger as it was.
pub(super) fn import(file: &Path, global: &GlobalArgs, console: &Console) -> Result<()> {
    let shown = crate::escape::path(file);
    let mut by_mailbox: BTreeMap<String, Vec<(Key, Settled, Option<u64>)>> = BTreeMap::new();
    for (at, line) in open(file)?.lines().enumerate() {
        let bad = |why: String| Error::new(Kind::Usage, format!("{shown}, line {}: {why}", at + 1));
        let line = line.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => bad("it is no UTF-8".into()),
            _ => unreadable(file, error),
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let message: Exported = serde_json::from_str(&line).map_err(|error| bad(error.to_string()))?;
        let uid = message.raw_uid().ok_or_else(|| bad("it wants uid, or uid_base64 in base64".into()))?;
        let key = Key { uid, occurrence: message.occurrence };
        by_mailbox.entry(message.mailbox).or_default().push((key, message.state.settled(), message.octets));
    }
    let folder = state_folder(global.state_dir.clone())?;
    for (key, messages) in by_mailbox {
        let _lock = MailboxLock::acquire(&folder, &key)?;
        let mut ledger = Ledger::open(&folder)?;
        let mailbox = ledger.mailbox(&key)?;
        let added = ledger.import(&mailbox, messages.iter().map(|(key, settled, octets)| (key, *settled, *octets)))?;
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

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::LocalIo, format!("cannot read {}", crate::escape::path(file))).caused_by(error)
}

fn each_mailbox(
    source: Option<&str>,
    global: &GlobalArgs,
    mut act: impl FnMut(&Ledger, &Mailbox) -> Result<()>,
) -> Result<()> {
    let key = source.map(|source| mailbox_key(source, global)).transpose()?;
    let Some(ledger) = Ledger::open_existing(&state_folder(global.state_dir.clone())?)? else {
        return Ok(());
    };
    let keys = match key {
        Some(key) => vec![key],
        None => ledger.mailbox_keys()?,
    };
    for key in keys {
        if let Some(mailbox) = ledger.find_mailbox(&key)? {
            act(&ledger, &mailbox)?;
        }
    }
    Ok(())
}

impl Exported {
    fn raw_uid(&self) -> Option<Vec<u8>> {
        let raw = match (&self.uid, &self.uid_base64) {
            (Some(uid), None) => uid.clone().into_bytes(),
            (None, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok()?,
            _ => return None,
        };
        (!raw.is_empty()).then_some(raw)
    }
}

impl StateName {
    fn of(settled: Settled) -> Self {
        match settled {
            Settled::Published => Self::Published,
            Settled::DeletePending => Self::DeletePending,
            Settled::Deleted => Self::Deleted,
            Settled::Seen => Self::Seen,
        }
    }

    fn settled(self) -> Settled {
        match self {
            Self::Published => Settled::Published,
            Self::DeletePending => Settled::DeletePending,
            Self::Deleted => Settled::Deleted,
            Self::Seen => Settled::Seen,
        }
    }
}
