//! An account of a peer, as it is to be here.

use std::path::Path;

use super::find::FoundConfig;
use super::history::{Histories, SeenMessages};
use crate::cli::{MigrateArgs, PasswordsArg};
use crate::commands::shared::names::AccountNames;
use crate::config::{Account, Raw, Settings};
use crate::error::Error;
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
        names: &mut AccountNames,
        histories: &mut Histories,
    ) -> Self {
        Self { file: &file.path, peer, plan: plan(file, peer, args, names, histories) }
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
    names: &mut AccountNames,
    histories: &mut Histories,
) -> Result<MovePlan, String> {
    let mut settings = peer.settings.clone()?;
    let mut remarks = Vec::new();
    let bare = resolved(None, &settings)?;
    let is_present = names.present(&bare.mailbox_key()).map(str::to_owned);
    let name = match &is_present {
        Some(name) => name.clone(),
        None => names.take(&peer.label),
    };
    if !names.take_mailbox(&bare.mailbox_key()) {
        let why = "another account has the same user and host: each has a history of its own";
        note(&mut remarks, peer.line, "user and host", OptionFate::Changed, &format!("state-key = \"{name}\": {why}"));
        settings.set("state-key", Raw::text(&*name)).map_err(|why| format!("state-key {why}"))?;
    }
    say_secret(peer, args, &name, &mut remarks);
    if bare.targets.is_empty() && settings.is_enabled() {
        let why = "enabled = false: it has no destination that there is here: add one, such as maildir = \"~/Mail\"";
        note(&mut remarks, peer.line, "no destination", OptionFate::Changed, why);
        settings.set("enabled", Raw::Flag(false)).map_err(|why| format!("enabled {why}"))?;
    }
    let account = resolved(Some(&name), &settings)?;
    let seen = histories.of(file, peer, &account);
    Ok(MovePlan { name, settings, account, seen, remarks, is_present, written: MoveDone::default() })
}

fn resolved(name: Option<&str>, settings: &Settings) -> Result<Account, String> {
    let named = name.unwrap_or("name"); // for {account}
    Account::resolve(Some(named), settings.source().unwrap_or_default(), settings.clone())
        .map_err(|error: Error| error.to_string())
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
