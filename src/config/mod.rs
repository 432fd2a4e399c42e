//! From what the user said to a checked [`Account`]; later code never checks again.

use std::path::PathBuf;
use std::time::Duration;

pub use self::folders::state_folder;
pub use self::mechanism::Mechanism;
pub use self::selection::{Selection, parse_selection, uids_by_number};
pub use self::units::{parse_duration, parse_size};
pub use self::url::Source;
use crate::auth::{Credentials, PasswordSource, Secret};
use crate::error::Result;
use crate::net::TlsMode;

mod folders;
mod mechanism;
mod selection;
mod units;
mod url;

/// One mailbox on one server, and how to get in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who, where, and by which TLS mode.
    pub source: Source,
    /// May a password go in clear text to a host that is not this one?
    pub cleartext_password: bool,
    /// PEM files of certificates to trust besides the built-in roots.
    pub ca_files: Vec<PathBuf>,
    /// The mechanism to log in with; by default the best that both sides know.
    pub mechanism: Option<Mechanism>,
    /// Where the password comes from.
    pub password: PasswordSource,
    /// For each wait.
    pub timeout: Duration,
    /// For the whole run.
    pub deadline: Option<Duration>,
}

impl Account {
    /// The name of the mailbox in the ledger.
    pub fn mailbox_key(&self) -> String {
        self.source.mailbox_key()
    }

    /// What the login is made of; `take` is asked for the secret, if there is one. A named mechanism of OAuth 2 makes
    /// a token of it.
    pub fn credentials(&self, take: impl FnOnce() -> Result<Secret>) -> Result<Credentials> {
        Ok(match self.mechanism {
            Some(Mechanism::External) => Credentials::Certificate,
            Some(Mechanism::OauthBearer | Mechanism::Xoauth2) => Credentials::Token(take()?),
            _ => Credentials::Password(take()?),
        })
    }

    /// When TLS begins.
    pub fn tls(&self) -> TlsMode {
        self.source.tls
    }
}
