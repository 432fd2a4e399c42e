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
    /// The variables that say whose account it is.
    pub fn of_account(&self) -> [(&'static str, OsString); 2] {
        [
            ("MAILHAUL_ACCOUNT", exact(self.account.as_bytes()).into()),
            ("MAILHAUL_SOURCE", exact(self.source.as_bytes()).into()),
        ]
    }

    /// The variables for one message: its unique-id, the sender of its envelope and its octets. What cannot be shown is
    /// escaped. No sender is empty, as in a bounce; one that begins with a hyphen would be an option of the next command, and
    /// counts as none. The safe sender is for commands that put it into others: it has nothing that a shell minds.
    pub fn environment(&self, uid: &[u8], sender: Option<&str>, octets: Option<u64>) -> [(&'static str, OsString); 6] {
        let sender = sender.filter(|address| !address.starts_with('-')).unwrap_or_default();
        let octets = octets.map(|octets| octets.to_string()).unwrap_or_default();
        [
            ("MAILHAUL_ACCOUNT", exact(self.account.as_bytes()).into()),
            ("MAILHAUL_UID", exact(uid).into()),
            ("MAILHAUL_SENDER", sender.into()),
            ("MAILHAUL_SAFE_SENDER", safe(sender).into()),
            ("MAILHAUL_OCTETS", octets.into()),
            ("MAILHAUL_SOURCE", exact(self.source.as_bytes()).into()),
        ]
    }
}

/// As mpop has it: other letters than these become _, and no sender is MAILER-DAEMON.
fn safe(sender: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || ".@_-+/=".contains(letter);
    if sender.is_empty() {
        return "MAILER-DAEMON".into();
    }
    sender.chars().map(|letter| if is_safe(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn no_shell_minds_a_safe_sender() {
        assert_eq!(safe("x`touch${IFS}/tmp/x`;$(a)'\"\\@e.org"), "x_touch__IFS_/tmp/x____a____@e.org");
        assert_eq!((safe(""), safe("bob+a=b@example.org")), ("MAILER-DAEMON".into(), "bob+a=b@example.org".into()));
    }
}
