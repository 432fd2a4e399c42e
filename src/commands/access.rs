//! From an account to what its login is made of.

use crate::auth::{Access, Credentials, PasswordSource, Secret, TokenClient};
use crate::cli::GlobalArgs;
use crate::config::{Account, Mechanism, OAuth, SecretSource, state_folder};
use crate::error::Result;
use crate::net::{HttpClient, Waits};
use crate::stop::Stop;

/// The way to the credentials of an account. A password is taken now, by `take`; tokens are had when they are needed.
pub(super) fn access(
    account: &Account,
    global: &GlobalArgs,
    stop: Option<&Stop>,
    take: impl FnOnce(&PasswordSource) -> Result<Secret>,
) -> Result<Access> {
    Ok(match &account.secret {
        SecretSource::Certificate => Access::Fixed(Credentials::Certificate),
        SecretSource::Password(source) => {
            let secret = take(source)?;
            // A mechanism of OAuth2 makes a token of it.
            let is_token = matches!(account.mechanism, Some(Mechanism::OauthBearer | Mechanism::Xoauth2));
            Access::Fixed(if is_token { Credentials::Token(secret) } else { Credentials::Password(secret) })
        }
        SecretSource::TokenCommand(command) => {
            Access::TokenCommand { command: command.clone(), limit: account.timeout }
        }
        SecretSource::OAuth(oauth) => Access::Tokens(Box::new(token_client(account, oauth, global, stop)?)),
    })
}

/// The same for commands that ask for one account's password only.
pub(super) fn simple_access(account: &Account, global: &GlobalArgs, stop: Option<&Stop>) -> Result<Access> {
    access(account, global, stop, |source| source.password(&account.whose()))
}

/// What gets tokens for an account.
pub(super) fn token_client(
    account: &Account,
    oauth: &OAuth,
    global: &GlobalArgs,
    stop: Option<&Stop>,
) -> Result<TokenClient> {
    let waits = Waits { timeout: account.timeout, deadline: account.ends(), stop: stop.cloned() };
    let http = HttpClient::new(&account.trust, account.proxy.clone(), waits.clone());
    let folder = state_folder(global.state_dir.clone())?;
    Ok(TokenClient::new(oauth.clone(), account.source.to_string(), folder, http, waits))
}
