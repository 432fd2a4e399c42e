//! From a SOURCE to an account: the flags over the environment over the configuration file.

use super::json::mailbox_json;
use crate::auth::{PasswordPurpose, PasswordSource};
use crate::cli::{ChoiceArgs, GlobalArgs, ServerArgs};
use crate::config::{
    Account, ConfigFile, FileAccount, LogFormat, Polling, Settings, config_place, environment, is_host,
    is_user_at_host, sources_of_environment, with_scheme,
};
use crate::error::{Error, Kind, Result};
use crate::net::{Proxy, ProxyFrom, TlsMode, Trust, Waits};
use crate::output::{Console, Verbosity};
use crate::private::mounted;
use crate::until::Until;

/// What is said of all accounts, and of each.
pub(in crate::commands) struct Sources {
    file: ConfigFile,
    /// Flags over the environment.
    over: Settings,
}

impl Sources {
    /// Reads the configuration file and the environment. `flags` is what was typed.
    pub(in crate::commands) fn read(global: &GlobalArgs, flags: Settings) -> Result<Self> {
        Self::read_until(global, flags, &Until::default())
    }

    /// The same, and no pipe is waited for any longer than this.
    pub(in crate::commands) fn read_until(global: &GlobalArgs, flags: Settings, until: &Until) -> Result<Self> {
        check_proxy(&flags)?;
        let over = flags.over_environment(environment()?);
        let Ok(place) = config_place(global.config.as_deref()) else {
            // Without a home there is no configuration, and a URL needs none.
            return Ok(Self { file: ConfigFile::default(), over });
        };
        let mut waits = over.waits()?; // the file may be a pipe
        waits.until = waits.until.deadline.map_or_else(|| until.clone(), |deadline| until.by(deadline));
        Ok(Self { file: ConfigFile::read(&place, &waits)?, over })
    }

    /// Tells those who want to know what holds secrets for others to read.
    pub(in crate::commands) fn tell(&self, console: &Console) {
        for path in &self.file.mounted {
            let path = crate::escape::path(path);
            console.say(Verbosity::Verbose, &mounted(&format!("the configuration file {path}")));
        }
    }

    /// The account of a SOURCE: a URL, the name of an account of the file, or USER@HOST.
    pub(in crate::commands) fn account(&self, source: &str) -> Result<Account> {
        match self.meaning(source)? {
            Meaning::Url(url) => Account::resolve(None, &url, self.layers(Settings::default())),
            Meaning::Account(account) => self.named(account),
        }
    }

    /// The account of a SOURCE; or, where it is only a host or its URL, what stands for the server.
    fn account_or_server(&self, source: &str) -> Result<Account> {
        let is_server = is_host(source) && self.file.account(source).is_err() && !self.file.has_nearly(source);
        let url = if is_server { format!("pop3s://{source}") } else { source.to_owned() };
        if url.contains("://") {
            return Account::resolve_server(&url, self.layers(Settings::default()));
        }
        self.account(source)
    }

    /// An account may be called as a mailbox is, so its name comes first; and what is nearly such a name is a slip.
    fn meaning(&self, source: &str) -> Result<Meaning<'_>> {
        if source.contains("://") {
            return Ok(Meaning::Url(source.to_owned()));
        }
        match self.file.account(source) {
            Ok(account) => Ok(Meaning::Account(account)),
            Err(_) if is_user_at_host(source) && !self.file.has_nearly(source) => Ok(Meaning::Url(with_scheme(source))),
            Err(error) => Err(error),
        }
    }

    /// The accounts that are meant when no SOURCE is named.
    pub(in crate::commands) fn all(&self, console: &Console) -> Result<Vec<Account>> {
        self.all_names(console)?.iter().map(|source| self.account(source)).collect()
    }

    /// The same by name: the sources of the environment, or the enabled accounts of the shard. A shard without an account is
    /// none of the user's mistakes: there may be more shards than accounts.
    pub(in crate::commands) fn all_names(&self, console: &Console) -> Result<Vec<String>> {
        let said = sources_of_environment()?;
        if !said.is_empty() {
            return if self.over.has("shard") { Err(shard_of_sources()) } else { Ok(said) };
        }
        let enabled = self.file.accounts.iter().filter(|account| account.settings.is_enabled());
        let names: Vec<String> = enabled.map(|account| account.name.clone()).collect();
        if names.is_empty() {
            return Err(self.no_account());
        }
        let Some(shard) = self.layers(Settings::default()).shard()? else { return Ok(names) };
        let count = names.len();
        let names: Vec<String> = names.into_iter().filter(|name| shard.has(name)).collect();
        let text = format!("shard {shard} has {} of {count} enabled accounts", names.len());
        console.say(Verbosity::Verbose, &text);
        Ok(names)
    }

    /// The names of all accounts of the file.
    pub(in crate::commands) fn file_names(&self) -> impl Iterator<Item = &str> {
        self.file.accounts.iter().map(|account| account.name.as_str())
    }

    /// Where a password of a SOURCE comes from by the configuration file, if it says so.
    pub(in crate::commands) fn own(&self, source: &str, purpose: PasswordPurpose) -> Result<Option<PasswordSource>> {
        let (name, account) = match self.meaning(source)? {
            Meaning::Url(_) => (None, Settings::default()),
            Meaning::Account(account) => (Some(account.name.as_str()), account.settings.clone()),
        };
        account.over(self.file.defaults.clone()).password(purpose, name)
    }

    /// How many accounts are fetched side by side.
    pub(in crate::commands) fn jobs(&self) -> Result<usize> {
        self.layers(Settings::default()).jobs()
    }

    /// How often accounts are fetched, as far as it is said of all.
    pub(in crate::commands) fn polling(&self) -> Result<Polling> {
        self.layers(Settings::default()).polling()
    }

    /// What lines on standard error look like, if somebody has said so.
    pub(in crate::commands) fn log_format(&self) -> Result<Option<LogFormat>> {
        self.layers(Settings::default()).log_format()
    }

    fn named(&self, account: &FileAccount) -> Result<Account> {
        let settings = self.layers(account.settings.clone());
        let source = settings.source().unwrap_or_default().to_owned();
        Account::resolve(Some(&account.name), &source, settings).map_err(|error| ConfigFile::blame(account, &error))
    }

    fn layers(&self, account: Settings) -> Settings {
        self.over.clone().over(account.over(self.file.defaults.clone())) // the account's provider may be in [defaults]
    }

    fn no_account(&self) -> Error {
        let path = crate::escape::path(&self.file.path);
        if path.is_empty() {
            let text = "no SOURCE is named, and without a home folder there is no configuration file";
            Error::new(Kind::Usage, text)
                .hint("name a SOURCE, or set MAILHAUL_SOURCE, as in MAILHAUL_SOURCE=pop3s://ann@mail.example.org, or MAILHAUL_CONFIG")
        } else if self.file.accounts.is_empty() {
            Error::new(Kind::Usage, format!("no SOURCE is named, and {path} has no account")).hint(
                "name one, as in `mailhaul fetch pop3s://ann@mail.example.org`, or make one by `mailhaul account add`",
            )
        } else {
            Error::new(Kind::Usage, format!("no SOURCE is named, and no account of {path} is enabled"))
                .hint("an account that is not enabled is fetched by its name")
        }
    }
}

/// An account that is named is in no shard.
pub(in crate::commands) fn check_choice(named: &[String], choice: &ChoiceArgs) -> Result<()> {
    if named.is_empty() || !choice.settings.has("shard") {
        return Ok(());
    }
    let text = "--shard chooses among the accounts of the configuration file, so no SOURCE can be named with it";
    Err(Error::new(Kind::Usage, text).hint("leave out one of the two"))
}

fn shard_of_sources() -> Error {
    let text = "shard chooses among the accounts of the configuration file, but $MAILHAUL_SOURCE names what to fetch";
    Error::new(Kind::Usage, text).hint("unset MAILHAUL_SOURCE, or leave out --shard and MAILHAUL_SHARD")
}

/// What a SOURCE means.
enum Meaning<'a> {
    Url(String),
    Account(&'a FileAccount),
}

/// The account of a SOURCE with these flags: the command deals with it from now on.
pub(in crate::commands) fn account(
    source: &str,
    args: &ServerArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<Account> {
    resolved(args, global, console, |sources| sources.account(source))
}

/// The same for a look at the server, which needs no user.
pub(in crate::commands) fn account_or_server(
    source: &str,
    args: &ServerArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<Account> {
    resolved(args, global, console, |sources| sources.account_or_server(source))
}

fn resolved(
    args: &ServerArgs,
    global: &GlobalArgs,
    console: &Console,
    resolve: impl FnOnce(&Sources) -> Result<Account>,
) -> Result<Account> {
    let sources = Sources::read(global, args.settings.clone())?;
    sources.tell(console);
    let account = resolve(&sources)?;
    console.deals_with(mailbox_json(&account));
    Ok(account)
}

/// Where others see it, a proxy must not hold a password.
pub(in crate::commands) fn check_proxy(flags: &Settings) -> Result<()> {
    flags.text("proxy").map_or(Ok(()), |url| Proxy::parse(url, ProxyFrom::CommandLine).map(drop))
}

/// Whom an account trusts, if it uses TLS. Its files may be pipes, which are waited for until then.
pub(in crate::commands) fn trust(account: &Account, until: &Until) -> Result<Option<Trust>> {
    let waits = Waits { timeout: account.timeout, until: until.clone(), min_rate: account.min_rate };
    (account.tls() != TlsMode::None).then(|| Trust::new(&account.trust, &waits)).transpose()
}

/// The name in the ledger of the mailbox that a SOURCE means: the command deals with it from now on.
pub(in crate::commands) fn mailbox_key(source: &str, global: &GlobalArgs, console: &Console) -> Result<String> {
    let account = Sources::read(global, Settings::default())?.account(source)?;
    console.deals_with(mailbox_json(&account));
    Ok(account.mailbox_key())
}
