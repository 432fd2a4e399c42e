//! `mailhaul list`: number, size and unique-id of messages, and what their headers say.

use std::sync::Arc;

use super::shared::headers::{Fetched, fetch_headers};
use super::shared::mailbox::{MailboxSession, Uids, refused};
use super::shared::table::{HEADINGS, MessageJson, cells};
use crate::cli::{GlobalArgs, ListArgs};
use crate::error::{Kind, Result};
use crate::output::{Console, FewLines, Table, Topic, print_json};

/// `number octets unique-id`, and with `--headers` more behind tabs.
pub(super) fn run(args: &ListArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = MailboxSession::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| list_all(mailbox, args, global, console))?)
}

fn list_all(mut mailbox: MailboxSession, args: &ListArgs, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let entries = mailbox.entries_with_sizes(Uids::Shown.for_selections(&args.messages))?;
    let entries = mailbox.choose(entries, &args.messages)?;
    let mut fetched = Fetched::default();
    if args.headers {
        fetched = fetch_headers(&mut mailbox, &entries)?;
    }
    if let Some((_, refusal)) = fetched.refused.first().filter(|_| fetched.headers.is_empty()) {
        return Err(refused("TOP, by which headers are fetched", refusal));
    }
    let mut table = Table::new(console, if args.headers { &HEADINGS } else { &HEADINGS[..3] }).with_blanks_from(3);
    for entry in &entries {
        let headers = args.headers.then(|| fetched.headers.get(&entry.number).cloned().unwrap_or_default());
        if global.json {
            print_json(console, &MessageJson::of(entry, headers.as_ref()))
        } else {
            table.row(cells(entry, headers))
        }
    }
    table.end();
    let mut refusals = FewLines::default();
    for (number, refusal) in &fetched.refused {
        let error = refused(&format!("the header of message {number}"), refusal).at(&mailbox.label);
        refusals.error(console, Topic::NotFetched, &error);
    }
    refusals.end(console, Topic::NotFetched, &mailbox.label);
    mailbox.leave();
    Ok(if fetched.refused.is_empty() { 0 } else { Kind::TryLater.exit_code() })
}
