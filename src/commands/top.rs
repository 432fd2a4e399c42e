//! `mailhaul top`: a header and the first lines of one message.

use std::sync::Arc;

use super::shared::copy::{Output, OutputForm, copy, uids};
use super::shared::json::mailbox_json;
use super::shared::mailbox::MailboxSession;
use crate::cli::{GlobalArgs, TopArgs};
use crate::client::Extent;
use crate::error::{Error, Kind};
use crate::output::Console;

pub(super) fn run(args: &TopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if !args.message.is_single() {
        return Err(Error::new(Kind::Usage, "top shows one message, not a range").into());
    }
    let ended = MailboxSession::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(std::slice::from_ref(&args.message), uids(global))?;
        let entries = entries.first(); // of several copies under one unique-id
        let form = if global.is_json() {
            OutputForm::json(mailbox_json(&mailbox.account))
        } else {
            OutputForm::one_message(args.raw, console)
        };
        copy(mailbox, &entries, Extent::Top(args.lines), console, &mut Output::new(form, console))
    })?;
    Ok(ended.exit_code())
}
