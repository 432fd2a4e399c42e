//! What a command is told of a message, in its environment. Nothing of it is secret.

use std::ffi::OsString;

use crate::escape::exact;

/// Where the messages that a command gets come from.
#[derive(Clone, Debug)]
pub struct CommandOrigin {
    /// The name of the account, or what stands for it.
    pub account: String,
    /// The URL of the mailbox, without secrets.
    pub source: String,
}

impl CommandOrigin {
    /// The variables for one message: its unique-id, the sender of its envelope and its octets. What cannot be shown is
    /// escaped. No sender is empty, as in a bounce; one that begins with a hyphen would be an option of the next command, and
    /// counts as none.
    pub fn environment(&self, uid: &[u8], sender: Option<&str>, octets: Option<u64>) -> [(&'static str, OsString); 5] {
        let sender = sender.filter(|address| !address.starts_with('-')).unwrap_or_default();
        let octets = octets.map(|octets| octets.to_string()).unwrap_or_default();
        [
            ("MAILHAUL_ACCOUNT", exact(self.account.as_bytes()).into()),
            ("MAILHAUL_UID", exact(uid).into()),
            ("MAILHAUL_SENDER", sender.into()),
            ("MAILHAUL_OCTETS", octets.into()),
            ("MAILHAUL_SOURCE", exact(self.source.as_bytes()).into()),
        ]
    }
}
