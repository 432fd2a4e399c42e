//! What the JSON of several commands has in common.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde::Serialize;

use crate::config::Account;
use crate::deliver::Target;
use crate::output::MailboxJson;

/// A Maildir or an mbox.
#[derive(Serialize)]
pub(in crate::commands) struct DestinationJson {
    kind: &'static str,
    path: String,
}

/// What an object about this account begins with.
pub(in crate::commands) fn mailbox_json(account: &Account) -> MailboxJson {
    MailboxJson::new(account.name.as_deref(), &account.source.url(), &account.mailbox_key())
}

impl DestinationJson {
    pub(in crate::commands) fn of(target: &Target) -> Self {
        let kind = match target {
            Target::Maildir(_) => "maildir",
            Target::Mbox(_) => "mbox",
        };
        let path = std::path::absolute(target.path()); // of a relative one it needs the working folder, which may be gone
        Self { kind, path: path_json(path.as_deref().unwrap_or(target.path()).as_os_str()) }
    }
}

/// A path as JSON has it.
pub(in crate::commands) fn path_json(path: &OsStr) -> String {
    crate::escape::exact(path.as_bytes())
}
