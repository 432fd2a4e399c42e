//! What a correction of the ledger tells as JSON.

use serde::Serialize;

use crate::output::{Console, MailboxJson, print_json};

/// A change of what the ledger knows.
#[derive(Serialize)]
#[serde(tag = "type", rename = "change")]
struct ChangeJson {
    #[serde(flatten)]
    of: MailboxJson,
    action: &'static str,
    messages: usize,
}

/// `action` is the command's name, `messages` of how many it changed something.
pub(super) fn print_change(console: &Console, of: MailboxJson, action: &'static str, messages: usize) {
    print_json(console, &ChangeJson { of, action, messages });
}
