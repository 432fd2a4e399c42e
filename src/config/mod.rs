//! From what the user said to a checked [`Account`]; later code never checks again.

use std::net::IpAddr;
use std::time::Duration;

pub use self::folders::state_folder;
pub use self::selection::{Selection, parse_selection, uids_by_number};
pub use self::units::{parse_duration, parse_size};
pub use self::url::Source;
use crate::auth::PasswordSource;
use crate::net::{Proxy, TlsMode, TrustSettings, Tunnel, Way};

mod folders;
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
    /// Whom to trust, and how to speak TLS.
    pub trust: TrustSettings,
    /// Goes to the server on our behalf.
    pub proxy: Option<Proxy>,
    /// The address of this machine to connect from.
    pub source_address: Option<IpAddr>,
    /// The command that is the connection.
    pub tunnel: Option<Tunnel>,
    /// The mechanism to log in with; by default the best that both sides know.
    pub mechanism: Option<Mechanism>,
    /// Where the password comes from.
    pub password: PasswordSource,
    /// For each wait.
    pub timeout: Duration,
    /// For the whole run.
    pub deadline: Option<Duration>,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// USER and PASS.
    User,
    /// SASL PLAIN.
    Plain,
}

impl Account {
    /// The name of the mailbox in the ledger.
    pub fn mailbox_key(&self) -> String {
        self.source.mailbox_key()
    }

    /// When TLS begins.
    pub fn tls(&self) -> TlsMode {
        self.source.tls
    }

    /// The way to the server.
    pub fn way(&self) -> Way {
        Way {
            host: self.source.host.clone(),
            port: self.source.port,
            proxy: self.proxy.clone(),
            source_address: self.source_address,
            tunnel: self.tunnel.clone(),
        }
    }
}
