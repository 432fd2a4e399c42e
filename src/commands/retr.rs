//! `mailhaul retr`: whole messages to standard output.

use std::sync::Arc;

use super::shared::copy::{Output, OutputForm, copy, uids};
use super::shared::mailbox::MailboxSession;
use crate::cli::{GlobalArgs, RetrArgs};
use crate::client::Extent;
use crate::error::{Error, Kind};
use crate::output::Console;

pub(super) fn run(args: &RetrArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if args.mbox && global.json {
        return Err(Error::new(Kind::Usage, "--mbox and --json are two forms of output: one of them can be had").into());
    }
    let ended = MailboxSession::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(&args.messages, uids(global))?;
        // A range is an mbox whatever it turns out to hold: a script must know beforehand what it gets.
        let is_one = entries.len() == 1 && matches!(&args.messages[..], [only] if only.is_single());
        let form = match (global.json, args.mbox || !is_one) {
            (true, _) => OutputForm::json(),
            (false, true) => OutputForm::mbox(),
            (false, false) => OutputForm::Raw,
        };
        copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console))
    })?;
    Ok(ended.exit_code())
}
