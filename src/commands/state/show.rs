//! `mailhaul state show|forget`: what needs no server.

use std::collections::{BTreeMap, HashSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

use crate::cli::GlobalArgs;
use crate::commands::shared::sources::mailbox_key;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity, print_json};
use crate::state::{Ledger, Mailbox, Presumed, Settled, Troubled, Wait};

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
    presumed: u64,
    given_up: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ShownMessage>,
}

/// A message of which the user should know.
#[derive(Serialize)]
struct ShownMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid_base64: Option<String>,
    /// `presumed`, `given_up` or `in_trouble`.
    state: &'static str,
    /// The place where it is presumed to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What was said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Seconds after which it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_in: Option<u64>,
}

/// One line a mailbox: `MAILBOX published N delete-pending N ..`; with `-v` also one for each message that needs a person.
pub(super) fn show(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    each_mailbox(source, global, |ledger, mailbox| {
        let shown = Shown::of(ledger, mailbox)?;
        if global.json {
            print_json(console, &shown);
            return Ok(());
        }
        console.print(&shown.line());
        if console.verbosity() >= Verbosity::Verbose {
            shown.messages.iter().for_each(|message| console.print(&message.line()));
        }
        Ok(())
    })
}

/// Messages are to be fetched again. One that the ledger does not know is an error, and then all stay as they are.
pub(super) fn forget(ledger: &mut Ledger, mailbox: &Mailbox, uids: &[String]) -> Result<usize> {
    let forms = |uid: &String| [uid.clone(), crate::escape::text(uid.as_bytes())];
    let wanted: HashSet<String> = uids.iter().flat_map(forms).collect();
    let mut by_shown: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut note = |uid: &[u8]| {
        let shown = crate::escape::text(uid);
        if wanted.contains(&shown) {
            by_shown.insert(shown, uid.to_vec());
        }
    };
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

/// The mailbox of a source, or all that the ledger knows.
pub(super) fn each_mailbox(
    source: Option<&str>,
    global: &GlobalArgs,
    mut act: impl FnMut(&Ledger, &Mailbox) -> Result<()>,
) -> Result<()> {
    let key = source.map(|source| mailbox_key(source, global)).transpose()?;
    let Some(ledger) = Ledger::open_existing(&state_folder(global.state_dir.clone())?, &Wait::default())? else {
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

/// A unique-id as text, or, if it is not UTF-8, in base64.
pub(super) fn uid_of(uid: &[u8]) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(uid) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(BASE64_STANDARD.encode(uid))),
    }
}

impl Shown {
    fn of(ledger: &Ledger, mailbox: &Mailbox) -> Result<Self> {
        let mut shown = Self { mailbox: crate::escape::text(mailbox.key.as_bytes()), ..Self::default() };
        ledger.each_known(mailbox, |known| {
            let count = match known.settled {
                Settled::Published => &mut shown.published,
                Settled::DeletePending => &mut shown.delete_pending,
                Settled::Deleted => &mut shown.deleted,
                Settled::Seen => &mut shown.seen,
                Settled::Presumed => &mut shown.presumed,
            };
            *count += 1;
            shown.vanished += u64::from(known.vanished_for.is_some());
        })?;
        shown.staged = ledger.staged(mailbox)?.iter().filter(|row| !row.presumed).count() as u64;
        let troubled = ledger.troubled(mailbox)?;
        shown.in_trouble = troubled.len() as u64;
        shown.given_up = troubled.iter().filter(|troubled| troubled.is_given_up).count() as u64;
        shown.messages.extend(ledger.presumed(mailbox)?.iter().map(ShownMessage::presumed));
        shown.messages.extend(troubled.iter().map(ShownMessage::troubled));
        Ok(shown)
    }

    fn line(&self) -> String {
        let Self { mailbox, published, delete_pending, deleted, seen, vanished, .. } = self;
        let Self { in_trouble, staged, presumed, given_up, .. } = self;
        format!(
            "{mailbox} published {published} delete-pending {delete_pending} deleted {deleted} seen {seen} \
             vanished {vanished} in-trouble {in_trouble} staged {staged} presumed {presumed} given-up {given_up}"
        )
    }
}

impl ShownMessage {
    fn presumed(of: &Presumed) -> Self {
        let (uid, uid_base64) = uid_of(&of.key.uid);
        let place = of.target.as_ref().map(|target| crate::escape::path(target.path()).to_string());
        Self { uid, uid_base64, state: "presumed", place, text: None, next_try_in: None }
    }

    fn troubled(of: &Troubled) -> Self {
        let (uid, uid_base64) = uid_of(&of.key.uid);
        let state = if of.is_given_up { "given_up" } else { "in_trouble" };
        let next_try_in = of.next_try_in.map(|time| time.as_secs());
        Self { uid, uid_base64, state, place: None, text: Some(of.text.clone()), next_try_in }
    }

    fn line(&self) -> String {
        let uid = self.uid.as_ref().or(self.uid_base64.as_ref()).map_or("", String::as_str);
        let uid = if uid.is_empty() { "-" } else { uid }; // the server gave it none
        let mut line = format!("  {} {}", self.state.replace('_', "-"), crate::escape::text(uid.as_bytes()));
        let rest = self.place.iter().cloned().chain(self.text.iter().map(|text| crate::escape::text(text.as_bytes())));
        rest.for_each(|part| line += &format!(" {part}"));
        if let Some(seconds) = self.next_try_in {
            line += &format!(" (tried again in {} h)", seconds.div_ceil(3600));
        }
        line
    }
}
