//! `mailhaul dele`

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::Arc;

use serde::Serialize;

use super::shared::headers::{Fetched, fetch_headers};
use super::shared::mailbox::{Entry, MailboxSession, Uids, refused};
use super::shared::table::{HEADINGS, MessageJson, cells};
use crate::cli::{DeleArgs, GlobalArgs};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, FewLines, Table, Topic, Verbosity, print_json};

/// Shows, asks, deletes, and says how many are gone.
pub(super) fn run(args: &DeleArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if !args.yes && !args.dry_run && !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::Usage, "nobody can be asked whether to delete: there is no terminal")
            .hint("say --yes to delete, or --dry-run to see what would go")
            .into());
    }
    let mailbox = MailboxSession::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| delete(mailbox, args, global, console))?)
}

fn delete(mut mailbox: MailboxSession, args: &DeleArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<u8> {
    let all = mailbox.entries(if args.verify { Uids::Needed } else { Uids::Shown })?;
    let second_look = args.verify.then(|| SecondLook { before: count(&all) });
    let entries = mailbox.choose(all, &args.messages)?;
    if args.verify {
        check_unique_ids(&entries)?;
    }
    show(&mut mailbox, &entries, global, console)?;
    if !args.yes && !args.dry_run && !asked(entries.len(), console)? {
        mailbox.leave();
        return Ok(0);
    }
    let mut gone = mark(&mut mailbox, &entries, console)?;
    if args.dry_run {
        let answer = mailbox.client.rset();
        mailbox.value("RSET", answer)?;
        mailbox.leave();
        return Ok(if gone.len() == entries.len() { 0 } else { Kind::TryLater.exit_code() });
    }
    let label = mailbox.label.clone();
    confirm(mailbox)?;
    if let Some(second_look) = second_look {
        gone = second_look.which_are_gone(args, global, gone, console)?;
    }
    let (asked, gone) = (entries.len(), gone.len());
    if global.json {
        print_json(console, &GoneJson { source: &args.source, asked, gone });
    }
    console.say(Verbosity::Normal, &format!("{label}: {gone} of {asked} messages are gone"));
    Ok(if gone == asked { 0 } else { Kind::TryLater.exit_code() })
}

/// Without them a second look could not tell: better to say so while nothing is deleted.
fn check_unique_ids(entries: &[Entry]) -> Result<()> {
    match entries.iter().find(|entry| entry.uid.is_none()) {
        None => Ok(()),
        Some(Entry { number, .. }) => {
            let text = format!("message {number} has no unique-id, by which --verify could look for it");
            Err(Error::new(Kind::Unavailable, text).hint("leave --verify out"))
        }
    }
}

/// What would go: number, octets, unique-id, and where the server has TOP date, from, subject.
fn show(mailbox: &mut MailboxSession, entries: &[Entry], global: &GlobalArgs, console: &Console) -> Result<()> {
    let has_top = mailbox.client.capabilities().has("TOP");
    let fetched = if has_top && !entries.is_empty() { fetch_headers(mailbox, entries)? } else { Fetched::default() };
    let mut table = Table::new(console, &HEADINGS).with_blanks_from(3);
    for entry in entries {
        let headers = fetched.headers.get(&entry.number).cloned().unwrap_or_default();
        if global.json {
            print_json(console, &MessageJson::of(entry, Some(&headers)))
        } else {
            table.row(cells(entry, Some(headers)))
        }
    }
    table.end();
    Ok(())
}

fn asked(count: usize, console: &Console) -> Result<bool> {
    if count == 0 {
        return Ok(true);
    }
    let answer = console.ask(&format!("Delete {count} messages from the server? [y/N]"))?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}

/// DELE for each; those that the server keeps are named, the others returned.
fn mark<'a>(mailbox: &mut MailboxSession, entries: &'a [Entry], console: &Console) -> Result<Vec<&'a Entry>> {
    mailbox.expect_many(entries.len())?;
    let label = &mailbox.label;
    let mut kept = Vec::new(); // replies come in order, so it is sorted
    let mut numbers = entries.iter().map(|entry| entry.number);
    let mut refusals = FewLines::default();
    let result = mailbox.client.delete_all(&mut numbers, &mut |number, refusal| {
        kept.push(number);
        let error = refused(&format!("to delete message {number}"), refusal).at(label);
        refusals.error(console, Topic::NotDeleted, &error);
    });
    refusals.end(console, Topic::NotDeleted, label);
    result?;
    Ok(entries.iter().filter(|entry| kept.binary_search(&entry.number).is_err()).collect())
}

/// QUIT, by whose answer the messages go. Without a good one nobody knows which did (C-075, C-076).
fn confirm(mut mailbox: MailboxSession) -> Result<()> {
    let answer = mailbox.client.quit();
    mailbox.value("QUIT", answer).map_err(|error| {
        Error::new(Kind::TryLater, format!("{error}; the messages may be there still, or be gone"))
            .hint("mailhaul list SOURCE shows what is there")
    })
}

/// A look, in a session of its own, at which messages are gone. Several may have the same unique-id, so they are
/// counted (C-055).
struct SecondLook {
    before: HashMap<Vec<u8>, usize>,
}

impl SecondLook {
    fn which_are_gone<'a>(
        mut self,
        args: &DeleArgs,
        global: &GlobalArgs,
        deleted: Vec<&'a Entry>,
        console: &Arc<Console>,
    ) -> Result<Vec<&'a Entry>> {
        let look = || {
            MailboxSession::log_in(&args.source, &args.server, global, console).and_then(|mut mailbox| {
                let entries = mailbox.with_uids()?;
                mailbox.leave();
                Ok(entries)
            })
        };
        let after = count(&look().map_err(|error| error.during("deleted, but the second look failed"))?);
        let mut is_gone = |entry: &&Entry| {
            let uid = entry.uid.as_deref().unwrap_or_default();
            let before = self.before.entry(uid.to_vec()).or_default();
            let goes = *before > after.get(uid).copied().unwrap_or(0);
            *before -= usize::from(goes);
            goes
        };
        Ok(deleted.into_iter().filter(|entry| is_gone(entry)).collect())
    }
}

/// How many messages have each unique-id.
fn count(entries: &[Entry]) -> HashMap<Vec<u8>, usize> {
    let mut counts = HashMap::new();
    for uid in entries.iter().filter_map(|entry| entry.uid.clone()) {
        *counts.entry(uid).or_default() += 1;
    }
    counts
}

/// The closing object.
#[derive(Serialize)]
struct GoneJson<'a> {
    source: &'a str,
    asked: usize,
    gone: usize,
}
