//! `mailhaul dele`

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::shared::entries::{Entries, Entry};
use super::shared::headers::each_header;
use super::shared::json::mailbox_json;
use super::shared::mailbox::{MailboxSession, Uids, refused, until_end_of};
use super::shared::table::{FailureJson, HEADINGS, MessageJson, cells};
use crate::cli::{DeleArgs, GlobalArgs};
use crate::error::{Error, Kind, Result};
use crate::headers::Headers;
use crate::net::Transport;
use crate::output::{Console, FewLines, MailboxJson, Table, Topic, Verbosity, count, print_json};
use crate::proto::MessageNumber;

/// Shows, asks, deletes, and says how many are gone.
pub(super) fn run(args: &DeleArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if !args.yes && !args.dry_run && !std::io::stdin().is_terminal() {
        return Err(nobody_there().into());
    }
    let mailbox = MailboxSession::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| delete(mailbox, args, global, console))?)
}

fn delete(mut mailbox: MailboxSession, args: &DeleArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<u8> {
    let entries = mailbox.entries(if args.verify { Uids::Needed } else { Uids::Shown })?;
    let entries = entries.choose(&args.messages)?;
    if args.verify {
        check_unique_ids(&entries)?;
    }
    show(&mut mailbox, &entries, global, console)?;
    let of = mailbox_json(&mailbox.account);
    let asked = entries.len();
    let tell = |gone| {
        if global.is_json() {
            print_json(console, &DeletionJson { of: &of, dry_run: args.dry_run, asked, gone });
        }
    };
    if !args.yes && !args.dry_run && !is_wanted(asked, &mailbox, global, console)? {
        mailbox.leave();
        tell(0);
        return Ok(0);
    }
    let kept = mark(&mut mailbox, &entries, global, console)?;
    if args.dry_run {
        let answer = mailbox.client.rset();
        mailbox.value("RSET", answer)?;
        mailbox.leave();
        tell(0);
        return Ok(if kept.is_empty() { 0 } else { Kind::TryLater.exit_code() });
    }
    let label = mailbox.label.clone();
    confirm(mailbox)?;
    let gone =
        if args.verify { gone_by_second_look(&entries, &kept, args, global, console)? } else { asked - kept.len() };
    tell(gone);
    console.say(Verbosity::Normal, &format!("{label}: {gone} of {} deleted", count(asked as u64, "message")));
    Ok(if gone == asked { 0 } else { Kind::TryLater.exit_code() })
}

/// Without them a second look could not tell: better to say so while nothing is deleted.
fn check_unique_ids(entries: &Entries) -> Result<()> {
    match entries.iter().find(|entry| entry.uid.is_none()) {
        None => Ok(()),
        Some(Entry { number, .. }) => {
            let text = format!("message {number} has no unique-id, by which --verify could look for it");
            Err(Error::new(Kind::Unavailable, text).hint("leave --verify out"))
        }
    }
}

/// What would go: number, octets, unique-id, and where the server has TOP date, from, subject.
fn show(mailbox: &mut MailboxSession, entries: &Entries, global: &GlobalArgs, console: &Console) -> Result<()> {
    // Where nothing is listed at all, it is not tried: nobody has asked for headers.
    let has_top = !entries.is_empty() && mailbox.client.may_have("TOP")? && mailbox.client.capabilities().has("TOP");
    let of = mailbox_json(&mailbox.account);
    let mut table = Table::new(console, &HEADINGS).with_blanks_from(3);
    let mut add = |entry: &Entry<'_>, headers: Headers| {
        if global.is_json() {
            print_json(console, &MessageJson::of(&of, entry, Some(&headers)))
        } else {
            table.row(cells(entry, Some(headers)))
        }
    };
    if has_top {
        each_header(mailbox, entries, &mut |entry, headers| add(entry, headers.unwrap_or_default()))?;
    } else {
        entries.iter().for_each(|entry| add(&entry, Headers::default()));
    }
    table.end();
    Ok(())
}

fn is_wanted(messages: usize, mailbox: &MailboxSession, global: &GlobalArgs, console: &Console) -> Result<bool> {
    if messages == 0 {
        return Ok(true);
    }
    let until = until_end_of(&mailbox.account, global)?;
    let answer =
        console.asks_whether(&format!("Delete {} from the server?", count(messages as u64, "message")), &until)?;
    answer.ok_or_else(nobody_there)
}

fn nobody_there() -> Error {
    Error::new(Kind::Usage, "cannot ask whether to delete: there is no terminal")
        .hint("use --yes to delete without asking, or --dry-run to see what would be deleted")
}

/// DELE for each; those that the server keeps are named, and returned in the order of numbers.
fn mark(
    mailbox: &mut MailboxSession,
    entries: &Entries,
    global: &GlobalArgs,
    console: &Console,
) -> Result<Vec<MessageNumber>> {
    mailbox.expect_many(entries.len())?;
    let of = mailbox_json(&mailbox.account);
    let label = &mailbox.label;
    let mut kept = Vec::new(); // replies come in order, so it is sorted
    let mut numbers = entries.iter().map(|entry| entry.number);
    let mut refusals = FewLines::default();
    let result = mailbox.client.delete_all(&mut numbers, &mut |number, refusal| {
        kept.push(number);
        if global.is_json() {
            print_json(console, &FailureJson::of(&of, &entries.get(number), refusal));
        }
        let error = refused(&format!("to delete message {number}"), refusal).at(label);
        refusals.error(console, Topic::NotDeleted, &error);
    });
    refusals.end(console, Topic::NotDeleted, label);
    result?;
    Ok(kept)
}

/// QUIT, by whose answer the messages go. Without a good one nobody knows which did (C-075, C-076).
fn confirm(mut mailbox: MailboxSession) -> Result<()> {
    mailbox.client.stream().give_grace(GRACE);
    let answer = mailbox.client.leave();
    mailbox.value("QUIT", answer).map_err(|error| {
        Error::new(Kind::TryLater, format!("{error}; the messages may or may not have been deleted"))
            .hint("mailhaul list SOURCE shows what is there")
    })
}

/// A look, in a session of its own, at how many messages are gone. Several may have the same unique-id, so those are
/// counted (C-055).
fn gone_by_second_look(
    entries: &Entries,
    kept: &[MessageNumber],
    args: &DeleArgs,
    global: &GlobalArgs,
    console: &Arc<Console>,
) -> Result<usize> {
    let look = || {
        MailboxSession::log_in(&args.source, &args.server, global, console).and_then(|mut mailbox| {
            let listing = mailbox.uids(Uids::Needed)?.unwrap_or_default();
            mailbox.leave();
            Ok(listing)
        })
    };
    let after = look().map_err(|error| error.during("deleted, but the second look failed"))?;
    let mut copies = entries.copies();
    let deleted = entries.iter().filter(|entry| kept.binary_search(&entry.number).is_err());
    let is_gone = |entry: &Entry<'_>| {
        let uid = entry.uid.unwrap_or_default();
        let Some(before) = copies.get_mut(uid) else { return after.count_of(uid) == 0 };
        let goes = *before > after.count_of(uid);
        *before -= usize::from(goes);
        goes
    };
    Ok(deleted.filter(is_gone).count())
}

/// The closing object.
#[derive(Serialize)]
#[serde(tag = "type", rename = "deletion")]
struct DeletionJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    dry_run: bool,
    asked: usize,
    gone: usize,
}

/// For QUIT, after a stop was asked for: in the middle of it nobody would know what was deleted.
const GRACE: Duration = Duration::from_secs(10);
