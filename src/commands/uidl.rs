//! `mailhaul uidl`: the unique-ids of messages.

use std::sync::Arc;

use super::shared::entries::Entry;
use super::shared::json::mailbox_json;
use super::shared::mailbox::MailboxSession;
use super::shared::signals;
use super::shared::table::{HEADINGS, MessageJson};
use crate::cli::{GlobalArgs, UidlArgs};
use crate::error::Result;
use crate::output::{Console, Table, print_json};

/// `number unique-id`
pub(super) fn run(args: &UidlArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = MailboxSession::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| list_uids(mailbox, args, global, console))?)
}

fn list_uids(mut mailbox: MailboxSession, args: &UidlArgs, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let entries = mailbox.with_uids()?.choose(&args.messages)?;
    let of = mailbox_json(&mailbox.account);
    let mut table = Table::new(console, &[HEADINGS[0], HEADINGS[2]]);
    let mut print = |entry: Entry<'_>| {
        if global.is_json() {
            print_json(console, &MessageJson::of(&of, &entry, None))
        } else {
            table.row(vec![entry.number.to_string(), entry.shown_uid()])
        }
        signals::check() // nothing is waited for here
    };
    console.in_large_pieces(|| entries.iter().try_for_each(&mut print))?;
    table.end();
    mailbox.leave();
    Ok(0)
}
