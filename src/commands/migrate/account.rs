//! An account of a peer, as it is to be here.

use std::path::Path;

use super::find::FoundConfig;
use super::history::{Histories, SeenMessages};
use crate::cli::{MigrateArgs, PasswordsArg};
use crate::commands::shared::names::AccountNames;
use crate::config::{Account, ConfigFile, Raw, Settings, check_for_file};
use crate::error::Error;
use crate::output::count;
use crate::peers::{OptionFate, PeerAccount, PeerSecret, Remark};

/// An account of a peer and what becomes of it.
pub(super) struct MovedAccount<'a> {
    /// The file that it comes from.
    pub(super) file: &'a Path,
    pub(super) peer: &'a PeerAccount,
    /// What is to be written, or why it cannot be moved.
    pub(super) plan: Result<MovePlan, String>,
}

/// What is to be written.
pub(super) struct MovePlan {
    /// Its name here.
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) account: Account,
    pub(super) seen: SeenMessages,
    /// Said beside what the peer's options come to.
    pub(super) remarks: Vec<Remark>,
    /// The account of our file that has the mailbox already: it stays as it is.
    pub(super) is_present: Option<String>,
    /// What was done.
    pub(super) written: MoveDone,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MoveDone {
    /// Messages that the history did not know.
    pub(super) messages: usize,
    pub(super) account: bool,
}

impl<'a> MovedAccount<'a> {
    pub(super) fn new(
        file: &'a FoundConfig,
        peer: &'a PeerAccount,
        args: &MigrateArgs,
        config: &ConfigFile,
        names: &mut AccountNames,
        histories: &mut Histories,
    ) -> Self {
        Self { file: &file.path, peer, plan: plan(file, peer, args, config, names, histories) }
    }

    /// What is said of its options, and of the account as a whole.
    pub(super) fn remarks(&self) -> impl Iterator<Item = &Remark> {
        self.peer.remarks.iter().chain(self.plan.iter().flat_map(|plan| &plan.remarks))
    }
}

fn plan(
    file: &FoundConfig,
    peer: &PeerAccount,
    args: &MigrateArgs,
    config: &ConfigFile,
    names: &mut AccountNames,
    histories: &mut Histories,
) -> Result<MovePlan, String> {
    let defaults = &config.defaults;
    let mut settings = peer.settings.clone()?;
    let mut remarks = Vec::new();
    let bare = resolved(None, &settings)?;
    if let Some(other) = names.earlier(&bare) {
        return Err(format!("it is the same mailbox as {other}, which is moved"));
    }
    let is_present = names.present(&bare).map(str::to_owned);
    let name = match &is_present {
        Some(name) => name.clone(),
        None => names.take(&peer.label),
    };
    if !names.take_mailbox(&bare, &name) && is_present.is_none() {
        let why = "another account has the same user and host: each has a history of its own";
        note(&mut remarks, peer.line, "user and host", OptionFate::Changed, &format!("state-key = \"{name}\": {why}"));
        settings.set("state-key", Raw::text(&*name)).map_err(|why| format!("state-key {why}"))?;
    }
    keep_if_defaults_delete(defaults, peer, &mut settings, &mut remarks)?;
    if is_present.is_none() {
        say_defaults(defaults, peer, &settings, &mut remarks);
    }
    say_secret(peer, args, &name, &mut remarks);
    if bare.targets.is_empty() && settings.is_enabled() {
        let why = "enabled = false: none of its destinations exists here; add one, such as maildir = \"~/Mail\"";
        note(&mut remarks, peer.line, "no destination", OptionFate::Changed, why);
        settings.set("enabled", Raw::Flag(false)).map_err(|why| format!("enabled {why}"))?;
    }
    let account = resolved(Some(&name), &settings)?;
    check_for_file(&settings)
        .map_err(|error| error.to_string().splitn(4, ':').last().unwrap_or_default().trim().to_owned())?;
    let present = is_present.as_deref().and_then(|name| of_our_file(config, name));
    // Its own settings say where its history is.
    let account = present.map_or(account, |present| present);
    let seen = histories.of(file, peer, &account);
    say_seen(&settings, args, &seen, peer, &mut remarks);
    Ok(MovePlan { name, settings, account, seen, remarks, is_present, written: MoveDone::default() })
}

fn resolved(name: Option<&str>, settings: &Settings) -> Result<Account, String> {
    let named = name.unwrap_or("name"); // for {account}
    Account::resolve(Some(named), settings.source().unwrap_or_default(), settings.clone())
        .map_err(|error: Error| error.to_string())
}

/// What holds for it now.
fn of_our_file(config: &ConfigFile, name: &str) -> Option<Account> {
    let account = config.account(name).ok()?;
    let settings = account.settings.clone().over(config.defaults.clone());
    let source = settings.source().unwrap_or_default().to_owned();
    Account::resolve(Some(name), &source, settings).ok()
}

/// The program keeps messages, and our defaults would delete them.
fn keep_if_defaults_delete(
    defaults: &Settings,
    peer: &PeerAccount,
    settings: &mut Settings,
    remarks: &mut Vec<Remark>,
) -> Result<(), String> {
    let says = |of: &Settings| of.has("delete") || of.has("delete-after");
    if says(settings) || !says(defaults) {
        return Ok(());
    }
    let why = "delete = false: [defaults] of the configuration file deletes, and the program keeps";
    note(remarks, peer.line, "messages stay", OptionFate::Changed, why);
    settings.set("delete", Raw::Flag(false)).map_err(|why| format!("delete {why}"))
}

/// What our file says of all accounts and the program does not, such as a limit or a second destination.
fn say_defaults(defaults: &Settings, peer: &PeerAccount, settings: &Settings, remarks: &mut Vec<Remark>) {
    let together = settings.clone().over(defaults.clone());
    let added: Vec<&str> =
        together.iter().map(|(setting, _)| setting.name).filter(|name| !settings.has(name)).collect();
    if !added.is_empty() {
        let why = format!("those of our own configuration file hold for it, too: {}", added.join(", "));
        note(remarks, peer.line, "[defaults]", OptionFate::Changed, &why);
    }
}

/// Seen messages are nobody's to delete.
fn say_seen(
    settings: &Settings,
    args: &MigrateArgs,
    seen: &SeenMessages,
    peer: &PeerAccount,
    remarks: &mut Vec<Remark>,
) {
    let deletes = settings.flag("delete") == Some(true) || settings.has("delete-after");
    if deletes && !args.as_fetched && !seen.messages.is_empty() {
        let messages = count(seen.messages.len() as u64, "message");
        let why = format!(
            "{messages} that the program has seen are not deleted from the server, unless --as-fetched is said"
        );
        note(remarks, peer.line, "seen messages", OptionFate::Changed, &why);
    }
}

fn say_secret(peer: &PeerAccount, args: &MigrateArgs, name: &str, remarks: &mut Vec<Remark>) {
    let text = match (&peer.secret, args.passwords) {
        (PeerSecret::InSettings, _) => return,
        (PeerSecret::Password(_), PasswordsArg::File) => {
            "it goes into a file of its own, which only you can read".to_owned()
        }
        (PeerSecret::Password(_), PasswordsArg::Keyring) => "it goes into the keyring".to_owned(),
        (PeerSecret::Password(_), PasswordsArg::None) => {
            format!("it is not copied: `mailhaul login {name}` puts it into the keyring, password-file names a file")
        }
        (PeerSecret::Elsewhere, _) => {
            format!(
                "there is none in the file: ~/.netrc is looked at here, too; `mailhaul login {name}` keeps one in the keyring"
            )
        }
    };
    let line = peer.remarks.iter().find(|remark| remark.option == "password").map_or(peer.line, |remark| remark.line);
    note(remarks, line, "password", OptionFate::Changed, &text);
}

fn note(remarks: &mut Vec<Remark>, line: usize, option: &str, fate: OptionFate, text: &str) {
    remarks.push(Remark { line, option: option.to_owned(), fate, text: text.to_owned() });
}
