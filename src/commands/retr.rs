//! `mailhaul retr`: whole messages to standard output.

use std::sync::Arc;

use super::shared::copy::{Output, OutputForm, copy, uids};
use super::shared::json::mailbox_json;
use super::shared::mailbox::MailboxSession;
use crate::cli::{GlobalArgs, RetrArgs};
use crate::client::Extent;
use crate::error::{Error, Kind};
use crate::output::Console;

pub(super) fn run(args: &RetrArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if args.mbox && global.is_json() {
        return Err(Error::new(Kind::Usage, "--mbox and --json are two forms of output: choose one").into());
    }
    let may_be_one = matches!(&args.messages[..], [only] if only.is_single()) && !args.mbox;
    if !may_be_one && !global.is_json() {
        OutputForm::mbox(args.raw, console)?; // said before the login, if it is to be said
    }
    let ended = MailboxSession::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(&args.messages, uids(global))?;
        // A range is an mbox whatever it turns out to hold: a script must know beforehand what it gets.
        let form = match (global.is_json(), may_be_one && entries.len() == 1) {
            (true, _) => OutputForm::json(mailbox_json(&mailbox.account)),
            (false, true) => OutputForm::one_message(args.raw, console),
            (false, false) => OutputForm::mbox(args.raw, console)?,
        };
        copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console))
    })?;
    Ok(ended.exit_code())
}
