//! `mailhaul state show|forget`: what needs no server.

use std::collections::{BTreeMap, HashSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

use crate::cli::GlobalArgs;
use crate::commands::shared::json::destination_json;
use crate::commands::shared::sources::mailbox_key;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, DestinationJson, Verbosity, print_json};
use crate::state::{Ledger, Mailbox, Presumed, Settled, StagedRow, Troubled, Wait, Waiting};

#[derive(Default, Serialize)]
#[serde(tag = "type", rename = "state")]
struct Shown {
    mailbox: String,
    /// For people.
    #[serde(skip)]
    shown_mailbox: String,
    published: u64,
    delete_pending: u64,
    deleted: u64,
    seen: u64,
    /// Of all of these: not listed lately.
    vanished: u64,
    in_trouble: u64,
    staged: u64,
    presumed: u64,
    /// For a destination that does not have them yet.
    waiting: u64,
    given_up: u64,
    unsettled: Vec<ShownMessage>,
}

/// A message of which the user should know.
#[derive(Serialize)]
struct ShownMessage {
    uid: Option<String>,
    uid_base64: Option<String>,
    /// `presumed`, `given_up`, `in_trouble`, `waiting` or `refused`.
    state: &'static str,
    /// The place where it is presumed to be, or that does not have it yet.
    destination: Option<DestinationJson>,
    /// What was said of it.
    reason: Option<String>,
    /// Seconds after which it is tried again.
    next_try_in_s: Option<u64>,
    /// For people.
    #[serde(skip)]
    line: String,
}

/// One line a mailbox: `MAILBOX published N delete-pending N ..`; with `-v` also one for each message that needs a person.
pub(super) fn show(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    each_mailbox(source, global, console, |ledger, mailbox| {
        let shown = Shown::of(ledger, mailbox)?;
        if global.is_json() {
            print_json(console, &shown);
            return Ok(());
        }
        console.print(&shown.line());
        if console.verbosity() >= Verbosity::Verbose {
            shown.unsettled.iter().for_each(|message| console.print(&message.line));
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
    Error::new(Kind::Usage, format!("{key}: the history has no message {uid}"))
        .hint("mailhaul state export SOURCE shows those that it knows")
}

/// The mailbox of a source, or all that the ledger knows.
pub(super) fn each_mailbox(
    source: Option<&str>,
    global: &GlobalArgs,
    console: &Console,
    mut act: impl FnMut(&Ledger, &Mailbox) -> Result<()>,
) -> Result<()> {
    let key = source.map(|source| mailbox_key(source, global, console)).transpose()?;
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

/// A unique-id as it is in all commands, and in base64, if that is not how the server has it.
pub(super) fn uid_of(uid: &[u8]) -> (String, Option<String>) {
    let shown = crate::escape::exact(uid);
    let is_exact = shown.as_bytes() == uid;
    (shown, (!is_exact).then(|| BASE64_STANDARD.encode(uid)))
}

impl Shown {
    fn of(ledger: &Ledger, mailbox: &Mailbox) -> Result<Self> {
        let shown_mailbox = crate::escape::text(mailbox.key.as_bytes());
        let mut shown = Self { mailbox: mailbox.key.clone(), shown_mailbox, ..Self::default() };
        ledger.each_known(mailbox, |known| {
            let count = match known.settled {
                Settled::Published => &mut shown.published,
                Settled::DeletePending => &mut shown.delete_pending,
                Settled::Deleted => &mut shown.deleted,
                Settled::Seen => &mut shown.seen,
                Settled::Presumed => &mut shown.presumed,
                Settled::Waiting => &mut shown.waiting,
            };
            *count += 1;
            shown.vanished += u64::from(known.vanished_for.is_some());
        })?;
        let rows = ledger.staged(mailbox)?;
        let is_staged = |row: &&StagedRow| !row.presumed && row.waiting.is_none() && row.placement.is_staged();
        shown.staged = rows.iter().filter(is_staged).count() as u64;
        let troubled = ledger.troubled(mailbox)?;
        shown.in_trouble = troubled.len() as u64;
        shown.given_up = troubled.iter().filter(|troubled| troubled.is_given_up).count() as u64;
        shown.unsettled.extend(ledger.presumed(mailbox)?.iter().map(ShownMessage::presumed));
        shown.unsettled.extend(troubled.iter().map(ShownMessage::troubled));
        shown.unsettled.extend(rows.iter().filter(|row| !row.presumed).filter_map(ShownMessage::waiting));
        Ok(shown)
    }

    fn line(&self) -> String {
        let Self { shown_mailbox, published, delete_pending, deleted, seen, vanished, .. } = self;
        let Self { in_trouble, staged, presumed, waiting, given_up, .. } = self;
        format!(
            "{shown_mailbox} published {published} delete-pending {delete_pending} deleted {deleted} seen {seen} \
             vanished {vanished} in-trouble {in_trouble} staged {staged} presumed {presumed} waiting {waiting} given-up {given_up}"
        )
    }
}

impl ShownMessage {
    fn presumed(of: &Presumed) -> Self {
        let place = of.target.as_ref().map(ToString::to_string);
        let line = line("presumed", &of.key.uid, place);
        let destination = of.target.as_ref().map(destination_json);
        let (uid, uid_base64) = uid_of(&of.key.uid);
        Self { uid: Some(uid), uid_base64, state: "presumed", destination, reason: None, next_try_in_s: None, line }
    }

    /// None, if nothing says why its destination does not have it.
    fn waiting(of: &StagedRow) -> Option<Self> {
        let Waiting { why, is_refused, is_given_up, next_try_in, .. } = of.waiting.as_ref()?;
        let state = match (is_given_up, is_refused) {
            (true, _) => "given_up",
            (false, true) => "refused",
            (false, false) => "waiting",
        };
        let target = of.placement.target();
        let next_try_in_s = next_try_in.map(|time| time.as_secs());
        let reason = crate::escape::text(why.as_bytes());
        let is_named = reason.starts_with(&target.to_string()) || reason.starts_with(&format!("{}:", target.kind()));
        let said = if is_named { reason } else { format!("{target}: {reason}") };
        let line = line(state, &of.key.uid, Some(format!("{said}{}", again(next_try_in_s))));
        let (uid, uid_base64) = uid_of(&of.key.uid);
        let (destination, reason) = (Some(destination_json(&target)), Some(why.clone()));
        Some(Self { uid: Some(uid), uid_base64, state, destination, reason, next_try_in_s, line })
    }

    fn troubled(of: &Troubled) -> Self {
        let state = if of.is_given_up { "given_up" } else { "in_trouble" };
        let next_try_in_s = of.next_try_in.map(|time| time.as_secs());
        let mut line = line(state, &of.key.uid, Some(crate::escape::text(of.text.as_bytes())));
        line += &again(next_try_in_s);
        let (uid, uid_base64) = uid_of(&of.key.uid);
        let uid = Some(uid).filter(|uid| !uid.is_empty()); // the server gave it none
        let reason = Some(of.text.clone());
        Self { uid, uid_base64, state, destination: None, reason, next_try_in_s, line }
    }
}

/// When it is tried again, if that is not in the next run.
fn again(next_try_in_s: Option<u64>) -> String {
    next_try_in_s.map_or(String::new(), |seconds| format!(" (tried again in {} h)", seconds.div_ceil(3600)))
}

/// `  given-up UID ..`
fn line(state: &str, uid: &[u8], rest: Option<String>) -> String {
    let uid = if uid.is_empty() { "-".to_owned() } else { crate::escape::text(uid) };
    let rest = rest.map_or(String::new(), |rest| format!(" {rest}"));
    format!("  {} {uid}{rest}", state.replace('_', "-"))
}
