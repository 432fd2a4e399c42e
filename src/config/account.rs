//! An account, of all layers of settings together; or what is wrong with it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::receivers::{self, ConfiguredReceiver, ImapReceiver, ReceiverSettings};
use super::settings::values;
use super::{Alerting, Mechanism, Polling, Raw, Setting, Settings, Shard, Source, secrets, with_scheme};
use crate::auth::{OAuth, PasswordOwner, PasswordPurpose, PasswordSource};
use crate::command_line::CommandLine;
use crate::deliver::Target;
use crate::error::{Error, Kind, Result};
use crate::net::{Proxy, ProxyChoice, Route, TlsMode, TrustSettings, Waits};
use crate::proto::{Pipelining, limits};
use crate::until::Until;

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
    pub tunnel: Option<CommandLine>,
    /// The mechanism to log in with; by default the best that both sides know.
    pub mechanism: Option<Mechanism>,
    /// Where the secret of the login comes from.
    pub secret: SecretSource,
    /// The server is not asked for its capabilities.
    pub no_capa: bool,
    /// May several commands be sent before the first of them is answered?
    pub pipelining: Pipelining,
    /// For each wait.
    pub timeout: Duration,
    /// Messages that a listing may have.
    pub max_listed: usize,
    /// Octets a second that a server must send; 0: any number will do.
    pub min_rate: u64,
    /// For the whole run.
    pub deadline: Option<Duration>,
    /// Its name in the ledger, if it is not `USER@HOST`.
    pub state_key: Option<String>,
    /// Where the messages go, a copy to each; nobody may have said.
    pub targets: Vec<Target>,
    /// Those of them that take messages over, and how they are spoken to.
    pub receivers: Vec<ConfiguredReceiver>,
    /// Is asked about each header before the message is fetched.
    pub filter: Option<CommandLine>,
    /// What becomes of them on the server.
    pub removal: Removal,
    /// How much is fetched.
    pub limits: Limits,
    /// How often it is fetched.
    pub polling: Polling,
    /// What is told when something goes wrong.
    pub alerting: Alerting,
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

/// What becomes of a message on the server once it is stored here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removal {
    /// It stays.
    #[default]
    Keep,
    /// It is deleted.
    Delete,
    /// It is deleted when it has been stored here for this time.
    After(Duration),
}

/// How much a run fetches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Messages in a run.
    pub max_messages: Option<u64>,
    /// Octets in a run, by the sizes that LIST tells; one message is always fetched.
    pub max_bytes: Option<u64>,
    /// Octets of a message; larger ones stay on the server.
    pub max_size: Option<u64>,
}

impl Limits {
    /// Octets that a message may have, if the user has said so.
    pub fn of_a_message(&self) -> Option<u64> {
        self.max_size
    }

    /// No limit but this one on a message.
    #[cfg(test)]
    pub(crate) fn with_message(octets: Option<u64>) -> Self {
        Self { max_size: octets, ..Self::default() }
    }
}

impl Account {
    /// An account of all layers together; `name` is its name in the configuration file, `source` its URL or USER@HOST.
    pub fn resolve(name: Option<&str>, source: &str, settings: Settings) -> Result<Self> {
        let source = Source::parse(&with_scheme(source), settings.get("tls", Raw::as_choice)?)?;
        Self::with_source(name, source, settings)
    }

    /// The same of a URL that may lack the user: for a look at the server, without a login.
    pub fn resolve_server(url: &str, settings: Settings) -> Result<Self> {
        let source = Source::parse_server(url, settings.get("tls", Raw::as_choice)?)?;
        Self::with_source(None, source, settings)
    }

    fn with_source(name: Option<&str>, source: Source, settings: Settings) -> Result<Self> {
        let of = &settings;
        let tunnel = of.get("tunnel-command", Raw::as_command)?;
        let proxy_choice = match of.get("proxy", values::proxy)? {
            Some(Some(proxy)) => ProxyChoice::Through(proxy),
            Some(None) => ProxyChoice::Never,
            None => ProxyChoice::Environment,
        };
        let mechanism = of.get("auth", Raw::as_choice)?;
        let mut account = Self {
            name: name.map(str::to_owned),
            cleartext_password: of.flag("allow-cleartext-password").unwrap_or(false),
            trust: trust(of)?,
            proxy: if tunnel.is_some() { None } else { proxy_choice.to(&source.host)? },
            proxy_choice,
            source_address: of.get("source-address", values::address)?,
            tunnel,
            mechanism,
            secret: secrets::of_mailbox(of, mechanism, name)?,
            no_capa: of.flag("no-capa").unwrap_or(false),
            pipelining: of.get("pipelining", Raw::as_choice)?.unwrap_or_default(),
            timeout: of.get("timeout", Raw::as_duration)?.unwrap_or(TIMEOUT),
            max_listed: of.get("max-listed", values::max_listed)?.unwrap_or(limits::LISTED),
            min_rate: of.get("min-rate", Raw::as_size)?.unwrap_or(MIN_RATE),
            deadline: of.get("deadline", Raw::as_duration)?,
            state_key: of.get("state-key", values::state_key)?,
            targets: receivers::targets(of, name)?,
            receivers: Vec::new(),
            filter: of.get("filter", Raw::as_command)?.map(|filter| receivers::command(filter, name)),
            removal: removal(of)?,
            limits: Limits {
                max_messages: of.get("max-messages", Raw::as_count)?,
                max_bytes: of.get("max-bytes", Raw::as_size)?,
                max_size: of.get("max-size", Raw::as_size)?,
            },
            polling: of.polling()?,
            alerting: of.alerting(name)?,
            source,
        };
        account.route().check()?;
        let receivers = receivers::receivers(of, &account)?;
        account.targets.extend(receivers.iter().map(|one| Target::HandOver(one.receiver.clone())));
        Ok(Self { receivers, ..account })
    }

    /// The name of the mailbox in the ledger.
    pub fn mailbox_key(&self) -> String {
        self.state_key.clone().unwrap_or_else(|| self.source.mailbox_key())
    }

    /// Whose password is wanted.
    pub fn whose(&self) -> PasswordOwner {
        PasswordOwner {
            purpose: PasswordPurpose::Mailbox,
            account: self.name.clone(),
            label: self.source.to_string(),
            user: self.source.user.clone(),
            host: self.source.host.clone(),
        }
    }

    /// Its IMAP destination, if it has one.
    pub fn imap(&self) -> Option<&ImapReceiver> {
        self.receivers.iter().find_map(|one| match &one.settings {
            ReceiverSettings::Imap(imap) => Some(&**imap),
            ReceiverSettings::Pipe { .. } | ReceiverSettings::Mta(_) => None,
        })
    }

    /// What it is called in messages: its name, or `USER@HOST`.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.source.to_string())
    }

    /// When a run that has begun then must be over.
    pub fn ends(&self, begun: Instant) -> Option<Instant> {
        self.deadline.map(|deadline| begun + deadline)
    }

    /// When TLS begins.
    pub fn tls(&self) -> TlsMode {
        self.source.tls
    }

    /// The way to the server.
    pub fn route(&self) -> Route {
        Route {
            host: self.source.host.clone(),
            port: self.source.port,
            proxy: self.proxy.clone(),
            source_address: self.source_address,
            tunnel: self.tunnel.clone(),
        }
    }
}

impl Settings {
    /// Refuses what it says of destinations of which none of these accounts has one: it would do nothing.
    pub fn check_owners<'a>(&self, accounts: impl Iterator<Item = &'a Account> + Clone) -> Result<()> {
        let is_used = |owner: &&str| {
            let mut targets = accounts.clone().flat_map(|account| &account.targets);
            targets.any(|target| target.kind() == *owner)
        };
        let is_idle = |setting: &&Setting| !setting.owners.is_empty() && !setting.owners.iter().any(is_used);
        match self.iter().map(|(setting, _)| setting).find(is_idle) {
            Some(Setting { name, owners, .. }) => {
                let owners: Vec<String> = owners.iter().map(|owner| format!("--{owner}")).collect();
                Err(Error::new(Kind::Usage, format!("--{name} needs {}", owners.join(" or "))))
            }
            None => Ok(()),
        }
    }

    /// Is the account fetched when no SOURCE is named?
    pub fn is_enabled(&self) -> bool {
        self.flag("enabled").unwrap_or(true)
    }

    /// The account's URL.
    pub fn source(&self) -> Option<&str> {
        self.text("source")
    }

    /// What is said of every wait, and of the whole run, which begins now.
    pub fn waits(&self) -> Result<Waits> {
        let ends = self.get("deadline", Raw::as_duration)?.map(|deadline| Instant::now() + deadline);
        let timeout = self.get("timeout", Raw::as_duration)?.unwrap_or(TIMEOUT);
        Ok(Waits { timeout, until: Until { deadline: ends, stop: None }, min_rate: 0 })
    }

    /// How many accounts are fetched side by side.
    pub fn jobs(&self) -> Result<usize> {
        Ok(self.get("jobs", values::jobs)?.map_or(JOBS, |jobs| jobs as usize)) // 512 at most
    }

    /// Which share of the accounts is meant where none is named, if not all are.
    pub fn shard(&self) -> Result<Option<Shard>> {
        self.get("shard", values::shard)
    }
}

fn removal(of: &Settings) -> Result<Removal> {
    if let Some(time) = of.get("delete-after", Raw::as_duration)? {
        return Ok(Removal::After(time));
    }
    Ok(if of.flag("delete") == Some(true) { Removal::Delete } else { Removal::Keep })
}

fn trust(of: &Settings) -> Result<TrustSettings> {
    let client = match (of.get("client-cert", Raw::as_path)?, of.get("client-key", Raw::as_path)?) {
        (Some(certificate), key) => Some((certificate.clone(), key.unwrap_or(certificate))),
        (None, None) => None,
        (None, Some(_)) => return Err(Error::new(Kind::Usage, "client-key needs client-cert")),
    };
    Ok(TrustSettings {
        roots: of.get("roots", Raw::as_choice)?.unwrap_or_default(),
        ca_files: of.get("ca-file", Raw::as_paths)?.unwrap_or_default(),
        pins: of.get("pin", values::pins)?.unwrap_or_default(),
        client,
        tls_min: of.get("tls-min", Raw::as_choice)?.unwrap_or_default(),
        key_exchange: of.get("key-exchange", Raw::as_choice)?.unwrap_or_default(),
        server_name: of.text("server-name").map(str::to_owned),
    })
}

/// How long each wait may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Octets a second: a tenth of what the slowest line of a mobile phone has.
const MIN_RATE: u64 = 100;

const JOBS: usize = 4;
