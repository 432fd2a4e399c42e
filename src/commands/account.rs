//! `mailhaul account`: the configuration file, shown and changed.

use std::path::Path;

use serde::Serialize;

use super::shared::json::{destination_json, mailbox_json};
use super::shared::sources::check_proxy;
use crate::auth::{PasswordPurpose, PasswordSource};
use crate::cli::{AccountAction, AccountArgs, ChoiceArgs, GlobalArgs};
use crate::config::{
    Account, ConfigFile, ConfigPlace, EditedFile, FileAccount, Raw, SecretSource, Settings, check_name, config_place,
    effective, environment, with_scheme,
};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, DestinationJson, MailboxJson, Verbosity, print_json, short_path};

/// Does it, and says what was done.
pub(super) fn run(args: &AccountArgs, global: &GlobalArgs, console: &Console) -> anyhow::Result<u8> {
    let place = config_place(global.config.as_deref())?;
    let waits = Settings::default().waits()?;
    match &args.action {
        AccountAction::List { choice } => list(&ConfigFile::read(&place, &waits)?, choice, global, console)?,
        AccountAction::Show { name } => show(&place, name, global, console)?,
        AccountAction::Add { name, source, disabled, delivery, server } => {
            if matches!(
                server.settings.password(PasswordPurpose::Mailbox, Some(name))?,
                Some(PasswordSource::StandardInput)
            ) {
                let why = "--password-file - is standard input, which is another one at each fetch";
                return Err(Error::new(Kind::Usage, why)
                    .hint("name a file, or a command by --password-command")
                    .into());
            }
            let mut settings = server.settings.clone().and(delivery.settings.clone());
            let usage = |why| Error::new(Kind::Usage, format!("source {why}"));
            settings.set("source", Raw::text(with_scheme(source))).map_err(usage)?;
            if *disabled {
                settings.set("enabled", Raw::Flag(false)).map_err(usage)?;
            }
            add(&place.to_be_written(), name, &settings, *disabled, global, console)?;
        }
        AccountAction::Rename { name, new } => rename(&place, name, new, console)?,
        AccountAction::Remove { name } => {
            // To open it makes its folder: nothing is made for what is not there.
            let path = ConfigFile::read(&place, &waits)?.account(name)?.path.clone();
            let mut file = EditedFile::open_part(&path, &place.file, &waits)?;
            let before = ConfigFile::read(&place, &waits)?;
            let (source, key) = left_behind(&before, before.account(name)?);
            file.remove(name)?;
            file.save()?;
            console.say(Verbosity::Normal, &format!("{name} removed from {}", short_path(file.path())));
            if let Some(source) = source {
                let source = in_shell(&source);
                let history = match key {
                    Some(key) => format!("its fetch history stays, under the state-key {key}"),
                    None => format!("its fetch history stays until `mailhaul state reset {source}`"),
                };
                let text = format!("  a stored password or token stays until `mailhaul logout {source}`; {history}");
                console.say(Verbosity::Normal, &text);
            }
        }
    }
    Ok(0)
}

/// The source of an account, by which its secrets and its history are still found; and its state-key, if the history has
/// that name. Nothing, if the account was never one that could be used.
fn left_behind(file: &ConfigFile, account: &FileAccount) -> (Option<String>, Option<String>) {
    let settings = account.settings.clone().over(file.defaults.clone());
    let source = settings.source().unwrap_or_default().to_owned();
    match Account::resolve(Some(&account.name), &source, settings.clone()) {
        Ok(_) => (Some(source), settings.text("state-key").map(|key| crate::escape::text(key.as_bytes()))),
        Err(_) => (None, None),
    }
}

/// A word of a command that can be pasted into a shell.
fn in_shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+~".contains(letter);
    let word = crate::escape::text(word.as_bytes());
    if word.chars().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn list(file: &ConfigFile, choice: &ChoiceArgs, global: &GlobalArgs, console: &Console) -> Result<()> {
    let settings = choice.settings.clone().over_environment(environment()?).over(file.defaults.clone());
    let shard = settings.shard()?;
    for account in file.accounts.iter().filter(|account| shard.is_none_or(|shard| shard.has(&account.name))) {
        let FileAccount { name, settings, .. } = account;
        if global.is_json() {
            print_json(console, &AccountJson::of(file, account))
        } else {
            let disabled = if settings.is_enabled() { "" } else { " disabled" };
            console.print(&format!("{name} {}{disabled}", settings.source().unwrap_or_default()))
        }
    }
    Ok(())
}

fn show(place: &ConfigPlace, name: &str, global: &GlobalArgs, console: &Console) -> Result<()> {
    let file = ConfigFile::read(place, &Settings::default().waits()?)?;
    let account = file.account(name)?;
    if global.is_json() {
        print_json(console, &AccountJson::of(&file, account));
        return Ok(());
    }
    for set in effective(&file, account) {
        let origin = if set.is_default { "  # [defaults]" } else { "" };
        console.print(&format!("{} = {}{origin}", set.key, set.value));
    }
    Ok(())
}

/// Everything is checked before the file is touched.
fn add(
    place: &ConfigPlace,
    name: &str,
    settings: &Settings,
    disabled: bool,
    global: &GlobalArgs,
    console: &Console,
) -> Result<()> {
    check_name(name).map_err(|why| Error::new(Kind::Usage, why))?;
    check_proxy(settings)?;
    Account::resolve(Some(name), settings.source().unwrap_or_default(), settings.clone())?;
    let waits = Settings::default().waits()?;
    // To open the file makes its folder: nothing is made for what is refused.
    let before = ConfigFile::read(place, &waits)?;
    refuse_taken(&before, name, EDIT_IT)?;
    if !disabled {
        check_destination(&before, &place.file, name, settings)?;
    }
    let mut file = EditedFile::open(&place.file, &waits)?;
    refuse_taken(&ConfigFile::read(place, &waits)?, name, EDIT_IT)?;
    file.add(name, settings)?;
    file.save()?;
    console.tell(&format!("{name} added to {}", short_path(file.path())));
    console.tell(&next_step(&before, name, settings, global)?);
    Ok(())
}

/// Commands that work as they are printed.
fn next_step(file: &ConfigFile, name: &str, settings: &Settings, global: &GlobalArgs) -> Result<String> {
    let config = global.config.as_deref().map(|path| path.to_string_lossy());
    let config = config.map_or(String::new(), |path| format!(" --config {}", in_shell(&path)));
    let all = settings.clone().over(file.defaults.clone());
    let account = Account::resolve(Some(name), settings.source().unwrap_or_default(), all)?;
    let first = match account.secret {
        SecretSource::Password(PasswordSource::Search) if cfg!(feature = "keyring") => {
            format!("mailhaul login {name}{config} (stores the password in the keyring)")
        }
        SecretSource::OAuth(_) => format!("mailhaul login {name}{config} (gets the tokens)"),
        _ => format!("mailhaul noop {name}{config} (does the login work?)"),
    };
    let second = match account.imap().map(|imap| &imap.secret) {
        Some(SecretSource::Password(PasswordSource::Search)) if cfg!(feature = "keyring") => {
            format!(", mailhaul login {name} --imap{config} (the same for the IMAP server)")
        }
        Some(SecretSource::OAuth(_)) => format!(", mailhaul login {name} --imap{config} (gets the tokens for IMAP)"),
        _ => String::new(),
    };
    Ok(format!("Next: {first}{second}, then mailhaul fetch {name}{config}"))
}

/// A fetch would ask where to at each run.
fn check_destination(file: &ConfigFile, path: &Path, name: &str, settings: &Settings) -> Result<()> {
    let all = settings.clone().over(file.defaults.clone());
    let account = Account::resolve(Some(name), settings.source().unwrap_or_default(), all)?;
    if !account.targets.is_empty() {
        return settings.check_owners(std::iter::once(&account));
    }
    let text = format!("{name} has no destination, and neither has [defaults] of {}", short_path(path));
    Err(Error::new(Kind::Usage, text).hint(
        "add --maildir ~/Mail, --mbox FILE or --pipe CMD; or --disabled, for an account that is only looked at by stat, list and the like",
    ))
}

fn refuse_taken(file: &ConfigFile, name: &str, step: &'static str) -> Result<()> {
    if let Some(account) = file.accounts.iter().find(|account| account.name == name) {
        let shown = crate::escape::path(&account.path);
        return Err(Error::new(Kind::Usage, format!("{shown} has an account {name} already")).hint(step));
    }
    Ok(())
}

/// Who adds an account again wants to change something in it.
const EDIT_IT: &str = "add what is missing to the file, or choose another name";

/// The ledger and the keyring know the user and the server, not the name: nothing in them changes.
fn rename(place: &ConfigPlace, name: &str, new: &str, console: &Console) -> Result<()> {
    check_name(new).map_err(|why| Error::new(Kind::Usage, why))?;
    let waits = Settings::default().waits()?;
    let check = || {
        let file = ConfigFile::read(place, &waits)?;
        refuse_taken(&file, new, "choose another name")?;
        file.account(name).map(|account| account.path.clone())
    };
    let path = check()?;
    let mut file = EditedFile::open_part(&path, &place.file, &waits)?;
    check()?; // others may have changed it
    file.rename(name, new)?;
    file.save()?;
    console.tell(&format!("{name} is now called {new}; its fetch history and stored secrets stay as they are"));
    Ok(())
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "account")]
struct AccountJson {
    #[serde(flatten)]
    of: MailboxJson,
    enabled: bool,
    destinations: Vec<DestinationJson>,
    /// What holds for it, by the keys of the file.
    settings: serde_json::Map<String, serde_json::Value>,
}

impl AccountJson {
    /// What is wrong with an account is for the command that uses it to say: its source may be unknown here.
    fn of(file: &ConfigFile, account: &FileAccount) -> Self {
        let settings = account.settings.clone().over(file.defaults.clone());
        let source = settings.source().unwrap_or_default().to_owned();
        let resolved = Account::resolve(Some(&account.name), &source, settings.clone()).ok();
        Self {
            of: resolved.as_ref().map_or_else(|| MailboxJson::of_account(&account.name), mailbox_json),
            enabled: settings.is_enabled(),
            destinations: resolved.iter().flat_map(|account| &account.targets).map(destination_json).collect(),
            settings: effective(file, account).into_iter().map(|set| (set.key.to_owned(), set.json)).collect(),
        }
    }
}
