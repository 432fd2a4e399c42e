//! JSON: one object a line, each with its `type`, snake_case keys, sizes in octets, times in RFC 3339. A key that an
//! object of a type has, all of that type have; it is null where its value is not known.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::Serialize;

use super::Console;
use crate::error::Error;

/// Which mailbox an object is about: the same three keys in all objects that are about one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailboxJson {
    account: Option<String>,
    source: Option<String>,
    mailbox: Option<String>,
}

/// Where messages go. It has a path, or it has a name.
#[derive(Serialize)]
pub struct DestinationJson {
    kind: &'static str,
    path: Option<String>,
    name: Option<String>,
}

/// What ended a command.
#[derive(Serialize)]
#[serde(tag = "type", rename = "error")]
struct ErrorJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    exit_code: u8,
    error: String,
    hint: Option<&'a str>,
}

impl MailboxJson {
    /// Of the account's name, if it has one, its URL, and its name in the ledger.
    pub fn new(account: Option<&str>, source: &str, mailbox: &str) -> Self {
        let [source, mailbox] = [source, mailbox].map(|text| Some(text.to_owned()));
        Self { account: account.map(str::to_owned), source, mailbox }
    }

    /// The same of a server that is only looked at.
    pub fn without_mailbox(self) -> Self {
        Self { mailbox: None, ..self }
    }

    /// Of an account of which only the name is known.
    pub fn of_account(name: &str) -> Self {
        Self { account: Some(name.to_owned()), ..Self::default() }
    }

    /// Of what only the ledger tells.
    pub fn in_ledger(mailbox: &str) -> Self {
        Self { mailbox: Some(mailbox.to_owned()), ..Self::default() }
    }
}

impl DestinationJson {
    /// Of its kind, in one word, and its absolute path.
    pub fn new(kind: &'static str, path: &Path) -> Self {
        Self { kind, path: Some(path_json(path)), name: None }
    }

    /// Of whoever takes messages over.
    pub fn named(kind: &'static str, name: &[u8]) -> Self {
        Self { kind, path: None, name: Some(crate::escape::exact(name)) }
    }
}

/// A path as JSON has it.
pub(super) fn path_json(path: &Path) -> String {
    crate::escape::exact(path.as_os_str().as_bytes())
}

/// Prints an object on a line of its own.
pub fn print_json(console: &Console, object: &impl Serialize) {
    match serde_json::to_string(object) {
        Ok(line) => console.print(&crate::escape::json(&line)),
        Err(error) => console.say(super::Verbosity::Quiet, &format!("mailhaul: JSON cannot be made: {error}")),
    }
}

/// Prints the error by which a command ended.
pub fn print_error_json(console: &Console, error: &Error) {
    let of = &console.mailbox();
    let (exit_code, hint) = (error.kind().exit_code(), error.next_step());
    print_json(console, &ErrorJson { of, exit_code, error: error.to_string(), hint });
}
