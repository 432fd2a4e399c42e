//! From an account to what its login is made of.

use std::sync::Arc;

use crate::auth::{Access, Credentials, OAuth, PasswordSource, Patience, Secret, Tell, TokenClient};
use crate::cli::GlobalArgs;
use crate::config::{Account, Mechanism, SecretSource, state_folder};
use crate::error::Result;
use crate::net::{HttpClient, Waits};
use crate::output::{Console, Verbosity};
use crate::until::Until;

/// What it takes to get the secrets of an account.
#[derive(Clone)]
pub(in crate::commands) struct SecretContext<'a> {
    pub(in crate::commands) global: &'a GlobalArgs,
    pub(in crate::commands) console: &'a Arc<Console>,
    /// When the run of this account must be over; a stop, where signals are caught.
    pub(in crate::commands) until: Until,
}

impl SecretContext<'_> {
    /// The same for an account whose run begins now.
    pub(in crate::commands) fn of(&self, account: &Account) -> Self {
        let until = Until { deadline: account.ends(), stop: self.until.stop.clone() };
        Self { until, ..self.clone() }
    }

    /// The way to the credentials of an account. A password is taken now; tokens are had when they are needed.
    pub(in crate::commands) fn access(&self, account: &Account) -> Result<Access> {
        Ok(match &account.secret {
            SecretSource::Certificate => Access::Fixed(Credentials::Certificate),
            SecretSource::Password(source) => by_password(account, self.password(account, source)?),
            SecretSource::TokenCommand(command) => {
                Access::TokenCommand { command: command.clone(), patience: self.patience(account) }
            }
            SecretSource::OAuth(oauth) => Access::Tokens(Box::new(self.token_client(account, oauth)?)),
        })
    }

    /// The password of an account.
    pub(in crate::commands) fn password(&self, account: &Account, source: &PasswordSource) -> Result<Secret> {
        source.password(&account.whose(), &self.patience(account))
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
        }
    }

    /// What gets tokens for an account.
    pub(in crate::commands) fn token_client(&self, account: &Account, oauth: &OAuth) -> Result<TokenClient> {
        let waits = Waits { timeout: account.timeout, until: self.until.clone(), min_rate: 0 };
        let http = HttpClient::new(&account.trust, account.proxy_choice.clone(), waits.clone());
        let folder = state_folder(self.global.state_dir.clone())?;
        let user = account.source.to_string();
        Ok(TokenClient::new(oauth.clone(), user, folder, http, waits, self.patience(account)))
    }
}

/// A login by this password; a mechanism of OAuth2 makes a token of it.
pub(in crate::commands) fn by_password(account: &Account, secret: Secret) -> Access {
    let is_token = matches!(account.mechanism, Some(Mechanism::OauthBearer | Mechanism::Xoauth2));
    Access::Fixed(if is_token { Credentials::Token(secret) } else { Credentials::Password(secret) })
}
