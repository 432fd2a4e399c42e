//! `mailhaul logout`: secrets out of the keyring.

use std::sync::Arc;

use super::login::without_imap;
use super::shared::access::SecretContext;
use super::shared::json::mailbox_json;
use super::shared::mailbox::until_end_of;
use super::shared::sources::Sources;
use crate::auth::{PasswordPurpose, Patience, Preset, keyring};
use crate::cli::{GlobalArgs, LogoutArgs};
use crate::config::{SecretSource, Settings};
use crate::output::{Console, Verbosity};

/// Removes whatever is kept.
pub(super) fn run(args: &LogoutArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let sources = Sources::read(global, Settings::default())?;
    let purpose = if args.imap { PasswordPurpose::ImapDestination } else { PasswordPurpose::Mailbox };
    let (account, own) = (sources.account(&args.account)?, sources.own(&args.account, purpose)?);
    console.deals_with(mailbox_json(&account));
    let (secret, owner) = match account.imap() {
        _ if !args.imap => (&account.secret, account.whose()),
        Some(imap) => (&imap.secret, imap.owner.clone()),
        None => return Err(without_imap(&account).into()),
    };
    let oauth = match secret {
        SecretSource::OAuth(oauth) => (**oauth).clone(),
        _ => Preset::Other.with_tenant(None), // tokens of an account that has changed since
    };
    let context = SecretContext { global, console, until: until_end_of(&account, global)?, asks_nobody: false };
    let client = context.token_client(&account, owner.clone(), &oauth)?;
    // What cannot be given back is forgotten all the same.
    match client.revoke() {
        Ok(true) => {
            console.say(Verbosity::Normal, &format!("{}: the provider has taken the tokens back", account.label()))
        }
        Ok(false) => {}
        Err(error) => {
            console.say(Verbosity::Normal, &format!("mailhaul: {error}; they stay valid there until they expire"))
        }
    }
    // A keyring that cannot be used holds nothing of an account whose password is elsewhere.
    let tokens = match client.forget() {
        Err(_) if own.is_some() => false,
        forgotten => forgotten?,
    };
    let password = match keyring::remove(keyring::PASSWORDS, &owner.label, &context.patience(&account)) {
        // Where there is no keyring there is no password in it; and who logs in by OAuth2 has none.
        // Nor has it the password of an account that has another place for it.
        Err(_) if tokens || own.is_some() || matches!(secret, SecretSource::OAuth(_)) => false,
        removed => removed?,
    };
    let label = account.label();
    let said = if tokens || password {
        format!("{label}: no password or token is stored any more")
    } else {
        let place = own.map(|own| format!("; the password comes from {}", own.describe(&owner, &Patience::default())));
        format!("{label}: nothing was kept{}", place.unwrap_or_default())
    };
    console.say(Verbosity::Normal, &said);
    Ok(0)
}
