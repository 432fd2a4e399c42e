//! `mailhaul capa`: what the server can do, before the login and after it.

use std::sync::Arc;

use serde::Serialize;

use super::shared::json::mailbox_json;
use super::shared::mailbox::MailboxSession;
use crate::cli::{CapaArgs, GlobalArgs};
use crate::error::Result;
use crate::output::{Console, MailboxJson, Verbosity, print_json};

/// Lines of `before CAPABILITY` and `after CAPABILITY`.
pub(super) fn run(args: &CapaArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = MailboxSession::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| before_and_after(mailbox, global, console))?)
}

fn before_and_after(mut mailbox: MailboxSession, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let before = mailbox.client.capabilities().lines();
    mailbox.client.capa()?;
    let after = mailbox.client.capabilities().lines();
    if global.is_json() {
        print_json(console, &CapaJson { of: mailbox_json(&mailbox.account), before: &before, after: &after });
    } else {
        before.iter().for_each(|line| console.print(&format!("before {line}")));
        after.iter().for_each(|line| console.print(&format!("after {line}")));
    }
    if before.is_empty() && after.is_empty() {
        let text = format!("mailhaul: {}: the server does not know CAPA, or lists nothing", mailbox.label);
        console.say(Verbosity::Normal, &text);
    }
    mailbox.leave();
    Ok(0)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "capabilities")]
struct CapaJson<'a> {
    #[serde(flatten)]
    of: MailboxJson,
    before: &'a [String],
    after: &'a [String],
}
