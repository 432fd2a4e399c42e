//! The same as JSON: one object a configuration, and one an account.

use std::collections::BTreeMap;

use serde::Serialize;

use super::account::MovedAccount;
use super::find::FoundConfig;
use super::words::{program, shown};
use crate::cli::PeerArg;
use crate::commands::shared::json::mailbox_json;
use crate::output::{Console, MailboxJson, print_json};
use crate::peers::{OptionFate, Remark};

#[derive(Serialize)]
#[serde(tag = "type", rename = "migrated")]
struct MigratedJson {
    #[serde(flatten)]
    of: MailboxJson,
    program: &'static str,
    file: String,
    line: usize,
    label: String,
    /// By the keys of the file, as they are written there.
    settings: BTreeMap<&'static str, String>,
    /// Why it cannot be moved.
    reason: Option<String>,
    /// Messages that the program has seen.
    seen: usize,
    /// Was the account added by this run?
    added: bool,
    /// Messages that this run has recorded.
    recorded: usize,
    remarks: Vec<RemarkJson>,
}

/// A file of the program, and what is said of no account alone.
#[derive(Serialize)]
#[serde(tag = "type", rename = "configuration")]
struct ConfigurationJson {
    program: &'static str,
    file: String,
    accounts: usize,
    remarks: Vec<RemarkJson>,
}

#[derive(Serialize)]
struct RemarkJson {
    line: usize,
    option: String,
    fate: &'static str,
    text: String,
}

/// One configuration.
pub(super) fn print_file(found: &FoundConfig, peer: PeerArg, console: &Console) {
    let json = ConfigurationJson {
        program: program(peer),
        file: crate::escape::path(&found.path),
        accounts: found.config.accounts.len(),
        remarks: found.config.remarks.iter().map(remark).collect(),
    };
    print_json(console, &json);
}

/// One account.
pub(super) fn print(account: &MovedAccount<'_>, peer: PeerArg, console: &Console) {
    let plan = account.plan.as_ref().ok();
    let label = crate::escape::text(account.peer.label.as_bytes());
    let settings = plan.into_iter().flat_map(|plan| plan.settings.iter());
    let json = MigratedJson {
        of: plan.map_or_else(|| MailboxJson::of_account(&label), |plan| mailbox_json(&plan.account)),
        program: program(peer),
        file: crate::escape::path(account.file),
        line: account.peer.line,
        label,
        settings: settings.map(|(setting, raw)| (setting.name, shown(setting, raw))).collect(),
        reason: account.plan.as_ref().err().map(|why| crate::escape::text(why.as_bytes())),
        seen: plan.map_or(0, |plan| plan.seen.messages.len()),
        added: plan.is_some_and(|plan| plan.written.account),
        recorded: plan.map_or(0, |plan| plan.written.messages),
        remarks: account.remarks().map(remark).collect(),
    };
    print_json(console, &json);
}

fn remark(remark: &Remark) -> RemarkJson {
    RemarkJson {
        line: remark.line,
        option: crate::escape::text(remark.option.as_bytes()),
        fate: match remark.fate {
            OptionFate::Kept => "kept",
            OptionFate::Changed => "changed",
            OptionFate::Impossible => "impossible",
            OptionFate::Needless => "needless",
        },
        text: crate::escape::text(remark.text.as_bytes()),
    }
}
