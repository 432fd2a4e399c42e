//! `mailhaul dele`

use std::io::IsTerminal;
use std::sync::Arc;

use serde::Serialize;

use super::headers::{Headers, fetch_headers};
use super::mailbox::{Entry, Mailbox};
use crate::cli::{DeleArgs, GlobalArgs};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity, print_json};

/// Shows, asks, deletes, and says how many are gone.
pub(super) fn run(args: &DeleArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if !args.yes && !args.dry_run && !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::Usage, "nobody can be asked whether to delete: there is no terminal")
            .hint("say --yes to delete, or --dry-run to see what would go")
            .into());
    }
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let entries = mailbox.select(&args.messages)?;
    show(&mut mailbox, &entries, global, console)?;
    if !args.yes && !args.dry_run && !asked(entries.len(), console)? {
        mailbox.leave();
        return Ok(0);
    }
    let refused = mark(&mut mailbox, &entries, console)?;
    if args.dry_run {
        let answer = mailbox.client.rset();
        mailbox.value("RSET", answer)?;
        mailbox.leave();
        return Ok(0);
    }
    let label = mailbox.label.clone();
    let answer = mailbox.client.quit();
    mailbox.value("QUIT", answer)?;
    let mut gone = entries.len() - refused;
    if args.verify {
        gone = verify(args, global, &entries, console)?;
    }
    console.say(Verbosity::Normal, &format!("{label}: {gone} of {} messages are gone", entries.len()));
    Ok(if gone == entries.len() { 0 } else { Kind::TryLater.exit_code() })
}

/// What would go: number, octets, unique-id, date, from, subject.
fn show(mailbox: &mut Mailbox, entries: &[Entry], global: &GlobalArgs, console: &Console) -> Result<()> {
    let has_top = mailbox.client.capabilities().has("TOP");
    let headers = if has_top { fetch_headers(mailbox, entries)? } else { Default::default() };
    for entry in entries {
        let Headers { date, from, subject } = headers.get(&entry.number).cloned().unwrap_or_default();
        let (number, uid) = (entry.number, entry.shown_uid());
        if global.json {
            let number = number.get();
            print_json(console, &DeleJson { number, octets: entry.octets, uid, date, from, subject });
            continue;
        }
        let octets = entry.octets.map_or("-".into(), |octets| octets.to_string());
        console.print_fitting(&format!("{number} {octets} {uid}\t{date}\t{from}\t{subject}"));
    }
    Ok(())
}

fn asked(count: usize, console: &Console) -> Result<bool> {
    let answer = console.ask(&format!("Delete {count} messages from the server? [y/N]"))?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}

/// DELE for each; returns how many the server refused.
fn mark(mailbox: &mut Mailbox, entries: &[Entry], console: &Console) -> Result<usize> {
    let label = &mailbox.label;
    let mut refused = 0;
    let mut numbers = entries.iter().map(|entry| entry.number);
    mailbox
        .client
        .delete_all(&mut numbers, &mut |number, refusal| {
            refused += 1;
            console.say(Verbosity::Normal, &format!("mailhaul: {label}: message {number} stays: {}", refusal.text));
        })
        .map_err(|error| error.at(label))?;
    Ok(refused)
}

/// Looks again, in a session of its own: which of the unique-ids are gone?
fn verify(args: &DeleArgs, global: &GlobalArgs, entries: &[Entry], console: &Arc<Console>) -> Result<usize> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let answer = mailbox.client.uidl();
    let listing = mailbox.value("UIDL", answer)?;
    let still: std::collections::HashSet<&[u8]> = listing.iter().map(|listed| listed.uid).collect();
    let gone = entries.iter().filter(|entry| entry.uid.as_deref().is_none_or(|uid| !still.contains(uid))).count();
    mailbox.leave();
    Ok(gone)
}

#[derive(Serialize)]
struct DeleJson {
    number: u32,
    octets: Option<u64>,
    uid: String,
    date: String,
    from: String,
    subject: String,
}
