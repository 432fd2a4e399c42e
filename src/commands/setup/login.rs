//! Tries the login, and keeps the password.

use std::time::Duration;

use super::Setup;
use super::find::FoundServer;
use super::{probe, provider};
use crate::auth::{Access, PasswordSource, Patience, Secret, ask_for_password, keyring};
use crate::cli::PasswordsArg;
use crate::commands::shared::access::{SecretContext, by_password};
use crate::commands::shared::mailbox::try_login;
use crate::commands::shared::password_file;
use crate::config::{Account, SecretSource, Settings, environment};
use crate::error::{Cause, Error, Kind, Result};
use crate::output::Verbosity;

/// Where the secret is from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretPlace {
    /// Where it was said that it is, or where it was found.
    AsBefore,
    Keyring,
    File,
    /// Nowhere: it is asked for.
    Nowhere,
    /// A person must give consent first.
    Consent,
}

/// A password that is to be kept once it has worked.
pub(super) type NewPassword = Option<Secret>;

/// Logs in by the names that the server may know the user by; gives the account, its settings for the file, and the
/// password, if it is to be kept.
pub(super) fn log_in(
    setup: &Setup<'_>,
    found: &FoundServer,
    name: &str,
    settings: Settings,
) -> Result<(Account, Settings, NewPassword)> {
    let layered = settings.clone().over_environment(environment()?).over(setup.config.defaults.clone());
    let accounts: Vec<Account> = found
        .logins
        .iter()
        .map(|user| probe::account(Some(name), user, &found.server, layered.clone(), None))
        .collect::<Result<_>>()?;
    let Some(first) = accounts.first() else { return Err(Error::new(Kind::Bug, "there is no name to log in as")) };
    if matches!(first.secret, SecretSource::OAuth(_)) {
        return Ok((first.clone(), with_source(settings, first)?, None));
    }
    if found.server.wants_oauth && matches!(first.secret, SecretSource::Password(_)) {
        return Err(wants_oauth(&found.server.host));
    }
    let (access, new) = access(setup, first)?;
    let mut last = None;
    for account in &accounts {
        match try_login(account, &access, setup.until.clone(), setup.console) {
            Ok(()) => return Ok((account.clone(), with_source(settings, account)?, new)),
            Err(error) if error.cause() == Cause::LoginRefused => last = last.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    let error = last.unwrap_or_else(|| Error::new(Kind::Bug, "no login was tried"));
    Err(refused(error, &found.server.host, &accounts))
}

/// What the login is made of; the password is asked for where nobody has said it.
fn access(setup: &Setup<'_>, account: &Account) -> Result<(Access, NewPassword)> {
    let context =
        SecretContext { global: setup.global, console: setup.console, until: setup.until.clone(), asks_nobody: false };
    let source = match &account.secret {
        SecretSource::Password(source) => source,
        _ => return Ok((context.access(account)?, None)),
    };
    // Of the run alone: another one has none of these.
    let (password, is_new) = match source {
        PasswordSource::Search => match source.found(&account.whose(), &context.patience(account))? {
            Some(password) => (password, false),
            None => (ask_for_password(&account.whose())?, true),
        },
        PasswordSource::StandardInput | PasswordSource::Environment => (context.password(account, source)?, true),
        _ => (context.password(account, source)?, false),
    };
    Ok((by_password(account, password.clone()), is_new.then_some(password)))
}

/// Keeps a new password; the settings say where it is, if it is not in the keyring.
pub(super) fn store(
    setup: &Setup<'_>,
    account: &Account,
    password: NewPassword,
    name: &str,
    settings: &mut Settings,
) -> Result<SecretPlace> {
    let Some(password) = password else {
        let is_consent = matches!(account.secret, SecretSource::OAuth(_));
        return Ok(if is_consent { SecretPlace::Consent } else { SecretPlace::AsBefore });
    };
    *settings = without_passing_secrets(settings)?;
    let in_keyring = || {
        let patience = Patience { limit: KEYRING, until: setup.until.clone(), ..Patience::default() };
        keyring::store(keyring::PASSWORDS, &account.whose().label, &password, &patience)
    };
    match setup.args.passwords {
        Some(PasswordsArg::None) => return Ok(SecretPlace::Nowhere),
        Some(PasswordsArg::Keyring) => return in_keyring().map(|()| SecretPlace::Keyring),
        Some(PasswordsArg::File) => {}
        None => match in_keyring() {
            Ok(()) => return Ok(SecretPlace::Keyring),
            Err(error) => setup.console.say(Verbosity::Verbose, &error.to_string()),
        },
    }
    password_file::write(&setup.place.file, name, password.expose(), settings)?;
    Ok(SecretPlace::File)
}

/// Standard input and the environment are those of this run.
fn without_passing_secrets(settings: &Settings) -> Result<Settings> {
    let mut kept = Settings::default();
    for (setting, raw) in settings.iter().filter(|(setting, _)| !["password", "password-file"].contains(&setting.name))
    {
        kept.set(setting.name, raw.clone())
            .map_err(|why| Error::new(Kind::Usage, format!("{} {why}", setting.name)))?;
    }
    Ok(kept)
}

fn with_source(mut settings: Settings, account: &Account) -> Result<Settings> {
    let wrong = |why: String| Error::new(Kind::Usage, format!("source {why}"));
    settings.set("source", probe::source(account)).map_err(wrong)?;
    Ok(settings)
}

fn refused(error: Error, host: &str, accounts: &[Account]) -> Error {
    let names: Vec<String> =
        accounts.iter().map(|account| crate::escape::text(account.source.user.as_bytes())).collect();
    let step = provider::advice(host).map_or_else(
        || error.next_step().unwrap_or("check the password").to_owned(),
        |advice| format!("check the password; {advice}"),
    );
    let tried = if names.len() > 1 { format!("; tried as {}", names.join(" and as ")) } else { String::new() };
    error.hint(format!("{step}{tried}. Nothing was written"))
}

fn wants_oauth(host: &str) -> Error {
    let text = format!("{host} takes no password, but OAuth2");
    Error::new(Kind::Unavailable, text).hint(
        "register an application with the provider (docs/providers.md), and say --oauth-provider PROVIDER --oauth-client-id ID",
    )
}

impl SecretPlace {
    /// For people.
    pub(super) fn text(self) -> String {
        match self {
            Self::AsBefore => "The login works.".into(),
            Self::Keyring => "The login works; the password is in the keyring.".into(),
            Self::File => "The login works; the password is in a file that only you can read.".into(),
            Self::Nowhere => "The login works; the password is not stored.".into(),
            Self::Consent => "The login was not tried: it needs your consent first.".into(),
        }
    }

    /// For JSON.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::AsBefore | Self::Nowhere | Self::Consent => None,
            Self::Keyring => Some("keyring"),
            Self::File => Some("file"),
        }
    }
}

/// For a keyring that is locked.
const KEYRING: Duration = Duration::from_secs(60);
