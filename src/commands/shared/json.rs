//! What the JSON of several commands has in common.

use crate::config::Account;
use crate::deliver::Target;
use crate::output::{DestinationJson, MailboxJson};

/// What an object about this account begins with.
pub(in crate::commands) fn mailbox_json(account: &Account) -> MailboxJson {
    let all = MailboxJson::new(account.name.as_deref(), &account.source.url(), &account.mailbox_key());
    if account.source.has_user() { all } else { all.without_mailbox() }
}

/// The object of a destination.
pub(in crate::commands) fn destination_json(target: &Target) -> DestinationJson {
    let Some(path) = target.path() else {
        return DestinationJson::named(target.kind(), target.octets());
    };
    // Of a relative path that needs the working folder, which may be gone.
    let absolute = std::path::absolute(path);
    DestinationJson::new(target.kind(), absolute.as_deref().unwrap_or(path))
}
