//! `mailhaul dump`: the whole mailbox, to standard output or into a Maildir.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::shared::access::without_account;
use super::shared::copy::{Folder, Output, OutputForm, copy, uids};
use super::shared::json::{destination_json, mailbox_json};
use super::shared::mailbox::MailboxSession;
use crate::cli::{DumpArgs, GlobalArgs};
use crate::client::Extent;
use crate::config::{expand_home, for_account, needs_account};
use crate::deliver::Target;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, DestinationJson, MailboxJson, count, print_json, short_path};

pub(super) fn run(args: &DumpArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let maildir = args.maildir.as_deref().map(expand_home).transpose();
    let maildir = maildir.map_err(|why| Error::new(Kind::Usage, format!("maildir {why}")))?;
    if maildir.is_none() && !global.is_json() {
        OutputForm::mbox(args.raw, console)?; // said before the login, if it is to be said
    }
    if let Some(dir) = &maildir {
        check(dir)?; // before a question, too
    }
    let ended = MailboxSession::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let maildir = named(maildir, mailbox.account.name.as_deref())?;
        let entries = mailbox.select(&[], uids(global))?;
        let Some(dir) = &maildir else {
            let form = if global.is_json() {
                OutputForm::json(mailbox_json(&mailbox.account))
            } else {
                OutputForm::mbox(args.raw, console)?
            };
            return copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console));
        };
        let of = mailbox_json(&mailbox.account);
        let ended = copy(mailbox, &entries, Extent::Whole, console, &mut Folder::open(dir)?)?;
        if global.is_json() {
            let destination = destination_json(&Target::Maildir(dir.clone()));
            print_json(console, &DumpJson { of, destination, messages: entries.len(), copied: ended.whole });
        }
        let copied = count(ended.whole as u64, "message");
        console.tell(&format!("{copied} copied into {}", short_path(dir)));
        Ok(ended)
    })?;
    Ok(ended.exit_code())
}

fn check(dir: &Path) -> Result<()> {
    if dir.as_os_str() == "-" {
        return Err(Error::new(Kind::Usage, "maildir cannot be standard output")
            .hint("without --maildir, an mbox goes to standard output"));
    }
    Target::Maildir(dir.to_owned()).check_kind()
}

/// With the name of the account in it.
fn named(dir: Option<PathBuf>, name: Option<&str>) -> Result<Option<PathBuf>> {
    match dir {
        Some(dir) if name.is_none() && needs_account(&dir) => Err(without_account("maildir")),
        dir => Ok(dir.map(|dir| for_account(dir, name))),
    }
}

/// What a dump into a Maildir has to tell.
#[derive(Serialize)]
#[serde(tag = "type", rename = "copy")]
struct DumpJson {
    #[serde(flatten)]
    of: MailboxJson,
    destination: DestinationJson,
    messages: usize,
    copied: usize,
}
