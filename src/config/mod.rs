//! From what the user said to a checked [`Account`]; later code never checks again.
//!
//! ```text
//! flags > environment > [account.NAME] > [defaults]     each a layer of `Settings`
//!                      -> Account::resolve
//! ```
//!
//! `commands` reads the layers; everything else gets accounts.

use std::net::IpAddr;
use std::time::{Duration, Instant};

pub use self::edit::EditedFile;
pub use self::effective::{Effective, effective};
pub use self::environment::{environment, sources_of_environment};
pub use self::file::{ConfigFile, FileAccount, check_name};
pub use self::folders::{config_file, state_folder};
pub use self::keys::{Form, KEYS, Key, Place};
pub use self::mechanism::Mechanism;
pub use self::raw::Raw;
pub use self::selection::{Selection, parse_selection, uids_by_number};
pub use self::settings::{Removal, Settings};
pub use self::units::{parse_duration, parse_size};
pub use self::url::Source;
use crate::auth::{CommandLine, OAuth, PasswordSource, Whose};
use crate::deliver::Target;
use crate::net::{Proxy, ProxyChoice, TlsMode, TrustSettings, Tunnel, Way};

mod edit;
mod effective;
mod environment;
mod file;
mod folders;
mod keys;
mod mechanism;
mod raw;
mod resolve;
mod selection;
mod settings;
mod units;
mod url;

/// One mailbox on one server, and how to get in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name in the configuration file.
    pub name: Option<String>,
    /// Who, where, and by which TLS mode.
    pub source: Source,
    /// May a password go in clear text to a host that is not this one?
    pub cleartext_password: bool,
    /// Whom to trust, and how to speak TLS.
    pub trust: TrustSettings,
    /// Goes to the server on our behalf.
    pub proxy: Option<Proxy>,
    /// What was said about that: it holds for the servers of OAuth2, too.
    pub proxy_choice: ProxyChoice,
    /// The address of this machine to connect from.
    pub source_address: Option<IpAddr>,
    /// The command that is the connection.
    pub tunnel: Option<Tunnel>,
    /// The mechanism to log in with; by default the best that both sides know.
    pub mechanism: Option<Mechanism>,
    /// Where the secret of the login comes from.
    pub secret: SecretSource,
    /// For each wait.
    pub timeout: Duration,
    /// For the whole run.
    pub deadline: Option<Duration>,
    /// Its name in the ledger, if it is not `USER@HOST`.
    pub state_key: Option<String>,
    /// Where the messages go, and which.
    pub delivery: Delivery,
}

/// Where the secret of a login comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// A password; or, where a mechanism of OAuth2 is named, an access token in its place.
    Password(PasswordSource),
    /// An access token, which a command prints.
    TokenCommand(CommandLine),
    /// An access token, which the provider gives.
    OAuth(Box<OAuth>),
    /// The certificate of the TLS session is enough.
    Certificate,
}

/// Where the messages of an account go, which of them, and what becomes of them on the server.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Where to.
    pub target: Option<Target>,
    /// What becomes of them on the server.
    pub removal: Removal,
    /// So many messages in a run at most.
    pub max_messages: Option<u64>,
    /// So many octets in a run at most.
    pub max_bytes: Option<u64>,
    /// Messages of more octets stay on the server.
    pub max_size: Option<u64>,
}

impl Account {
    /// The name of the mailbox in the ledger.
    pub fn mailbox_key(&self) -> String {
        self.state_key.clone().unwrap_or_else(|| self.source.mailbox_key())
    }

    /// Whose password is wanted.
    pub fn whose(&self) -> Whose {
        Whose {
            account: self.name.clone(),
            label: self.source.to_string(),
            user: self.source.user.clone(),
            host: self.source.host.clone(),
        }
    }

    /// What it is called in messages: its name, or `USER@HOST`.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.source.to_string())
    }

    /// When a run that begins now must be over.
    pub fn ends(&self) -> Option<Instant> {
        self.deadline.map(|deadline| Instant::now() + deadline)
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

/// The name that is most like a wrong one, if any is.
fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase());
    let near = names.map(|name| (distance(name), name)).min()?;
    Some(near.1).filter(|name| near.0 <= 1 + name.chars().count() / 4)
}
