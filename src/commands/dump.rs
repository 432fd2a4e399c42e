//! `mailhaul dump`: the whole mailbox, to standard output or into a Maildir.

use std::sync::Arc;

use serde::Serialize;

use super::shared::copy::{Folder, Output, OutputForm, copy, uids};
use super::shared::mailbox::MailboxSession;
use crate::cli::{DumpArgs, GlobalArgs};
use crate::client::Extent;
use crate::output::{Console, print_json};

pub(super) fn run(args: &DumpArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if args.maildir.is_none() && !global.json {
        OutputForm::mbox(args.raw, console)?; // said before the login, if it is to be said
    }
    let ended = MailboxSession::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(&[], uids(global))?;
        let Some(dir) = &args.maildir else {
            let form = if global.json { OutputForm::json() } else { OutputForm::mbox(args.raw, console)? };
            return copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console));
        };
        let ended = copy(mailbox, &entries, Extent::Whole, console, &mut Folder::open(dir)?)?;
        if global.json {
            print_json(console, &DumpJson { source: &args.source, messages: entries.len(), copied: ended.whole });
        }
        Ok(ended)
    })?;
    Ok(ended.exit_code())
}

/// What a dump into a Maildir has to tell.
#[derive(Serialize)]
struct DumpJson<'a> {
    source: &'a str,
    messages: usize,
    copied: usize,
}
