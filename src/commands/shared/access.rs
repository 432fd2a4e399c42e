//! From an account to what its login is made of.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::auth::{Access, Credentials, OAuth, PasswordOwner, PasswordSource, Patience, Secret, Tell, TokenClient};
use crate::cli::GlobalArgs;
use crate::config::{Account, Mechanism, SecretSource, needs_account, state_folder};
use crate::error::{Error, Kind, Result};
use crate::net::{HttpClient, Waits};
use crate::output::{Console, Verbosity};
use crate::until::Until;

/// What it takes to get the secrets of an account.
#[derive(Clone)]
pub(in crate::commands) struct SecretContext<'a> {
    pub(in crate::commands) global: &'a GlobalArgs,
    pub(in crate::commands) console: &'a Arc<Console>,
    /// When the run must be over, for this account; a stop, where signals are caught.
    pub(in crate::commands) until: Until,
    /// Nobody is asked for a password.
    pub(in crate::commands) asks_nobody: bool,
}

impl SecretContext<'_> {
    /// The same for one account of the run.
    pub(in crate::commands) fn of(&self, account: &Account) -> Self {
        let until = Until { deadline: account.ends(self.global.begun), stop: self.until.stop.clone() };
        Self { until, ..self.clone() }
    }

    /// The same for a run that begins now.
    pub(in crate::commands) fn of_run(&self, account: &Account) -> Self {
        let until = Until { deadline: account.ends(Instant::now()), stop: self.until.stop.clone() };
        Self { until, ..self.clone() }
    }

    /// The way to the credentials of an account. A password is taken now; tokens are had when they are needed.
    pub(in crate::commands) fn access(&self, account: &Account) -> Result<Access> {
        self.access_beside(account, &InputPassword::default())
    }

    /// The same for one of several accounts of a command.
    pub(in crate::commands) fn access_beside(&self, account: &Account, input: &InputPassword) -> Result<Access> {
        Ok(match &account.secret {
            SecretSource::Certificate => Access::Fixed(Credentials::Certificate),
            SecretSource::Password(source) => {
                by_password(account, input.or_of(source, || self.password(account, source))?)
            }
            SecretSource::TokenCommand(command) => {
                Access::TokenCommand { command: command.clone(), patience: self.patience(account) }
            }
            SecretSource::OAuth(oauth) => {
                Access::Tokens(Box::new(self.token_client(account, account.whose(), oauth)?))
            }
        })
    }

    /// The password of an account.
    pub(in crate::commands) fn password(&self, account: &Account, source: &PasswordSource) -> Result<Secret> {
        self.password_of(account, &account.whose(), source)
    }

    /// The password of one of the logins of an account.
    pub(in crate::commands) fn password_of(
        &self,
        account: &Account,
        owner: &PasswordOwner,
        source: &PasswordSource,
    ) -> Result<Secret> {
        check_account(owner, source)?;
        source.password(owner, &self.patience(account))
    }

    /// How commands and the keyring are waited for.
    pub(in crate::commands) fn patience(&self, account: &Account) -> Patience {
        let console = Arc::clone(self.console);
        let label = account.label();
        let note = {
            let (console, label) = (Arc::clone(self.console), account.label());
            Tell::by(move |text| console.say(Verbosity::Verbose, &format!("{label}: {text}")))
        };
        Patience {
            limit: account.timeout,
            until: self.until.clone(),
            tell: Some(Tell::by(move |text| {
                if console.on_terminal() {
                    console.say(Verbosity::Normal, &format!("{label}: {text}"));
                }
            })),
            note: Some(note),
            asks_nobody: self.asks_nobody,
        }
    }

    /// How a server is waited for, where nothing is known of its speed.
    pub(in crate::commands) fn waits(&self, account: &Account) -> Waits {
        Waits { timeout: account.timeout, until: self.until.clone(), min_rate: 0 }
    }

    /// What gets tokens for one of the logins of an account.
    pub(in crate::commands) fn token_client(
        &self,
        account: &Account,
        owner: PasswordOwner,
        oauth: &OAuth,
    ) -> Result<TokenClient> {
        let waits = self.waits(account);
        let http = HttpClient::new(&account.trust, account.proxy_choice.clone(), waits.clone());
        let folder = state_folder(self.global.state_dir.clone())?;
        Ok(TokenClient::new(oauth.clone(), owner, folder, http, waits, self.patience(account)))
    }
}

/// The password on standard input: it is there once, for all sources of a command. Whoever comes late must not read it
/// again: each would find a half of it.
#[derive(Default)]
pub(in crate::commands) struct InputPassword(Mutex<Option<Result<Secret, Kind>>>);

impl InputPassword {
    /// The password of `source`: the one that came already, if it is that of standard input; else what `read` brings.
    pub(in crate::commands) fn or_of(
        &self,
        source: &PasswordSource,
        read: impl FnOnce() -> Result<Secret>,
    ) -> Result<Secret> {
        if !matches!(source, PasswordSource::StandardInput) {
            return read();
        }
        let mut came = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(came) = &*came {
            return came.clone().map_err(nothing_came);
        }
        let password = read();
        *came = Some(password.as_ref().map_err(Error::kind).cloned());
        password
    }
}

fn nothing_came(kind: Kind) -> Error {
    Error::new(kind, "standard input gave no password (see the error of the other source)")
}

pub(super) fn check_account(owner: &PasswordOwner, source: &PasswordSource) -> Result<()> {
    match source {
        PasswordSource::File(file) if owner.account.is_none() && needs_account(file) => {
            Err(without_account(&owner.purpose.key("password-file")))
        }
        _ => Ok(()),
    }
}

/// A URL has no name that could stand in a path.
pub(in crate::commands) fn without_account(setting: &str) -> Error {
    Error::new(Kind::Usage, format!("{{account}} in {setting} is the name of an account, and a URL has none"))
        .hint("name an account of the configuration file, or write the path out")
}

/// A login by this password; a mechanism of OAuth2 makes a token of it.
pub(in crate::commands) fn by_password(account: &Account, secret: Secret) -> Access {
    let is_token = matches!(account.mechanism, Some(Mechanism::OauthBearer | Mechanism::Xoauth2));
    Access::Fixed(if is_token { Credentials::Token(secret) } else { Credentials::Password(secret) })
}
