//! Writes what was planned: history, password, account. What is there already stays as it is.

use std::path::Path;
use std::time::Duration;

use super::account::{MovePlan, MovedAccount};
use super::history::format;
use super::show;
use crate::auth::{Patience, Secret, keyring};
use crate::cli::{MigrateArgs, PasswordsArg};
use crate::commands::shared::imported::import;
use crate::commands::shared::password_file;
use crate::config::{EditedFile, Settings};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity};
use crate::peers::PeerSecret;
use crate::state::Settled;

/// All of them; ends with the first that fails, and what was written before stays.
pub(super) fn all(
    moved: &mut [MovedAccount<'_>],
    args: &MigrateArgs,
    folder: &Path,
    config: &Path,
    console: &Console,
) -> Result<()> {
    for account in moved {
        let comments = show::comments(account);
        let MovedAccount { peer, plan, .. } = account;
        let Ok(plan) = plan else { continue };
        let result = history(plan, args, folder).and_then(|added| {
            plan.written.messages = added;
            if plan.is_present.is_none() {
                secret(plan, &peer.secret, args, config)?;
                add(plan, config, &comments)?;
                plan.written.account = true;
            }
            Ok(())
        });
        result.map_err(|error| error.at(&plan.name))?;
        console.say(Verbosity::Verbose, &format!("{}: written", plan.name));
    }
    Ok(())
}

/// The messages that the ledger does not know.
fn history(plan: &MovePlan, args: &MigrateArgs, folder: &Path) -> Result<usize> {
    if let Some(error) = &plan.seen.error {
        return Err(
            Error::new(Kind::Config, error.clone()).hint("without the history everything would be downloaded again")
        );
    }
    if plan.seen.messages.is_empty() {
        return Ok(0);
    }
    let settled = if args.as_fetched { Settled::Published } else { Settled::Seen };
    import(&plan.account.mailbox_key(), &plan.seen.messages, settled, format(args.peer), folder)
}

/// The password of the peer's file, where it was said that it is to go.
fn secret(plan: &mut MovePlan, secret: &PeerSecret, args: &MigrateArgs, config: &Path) -> Result<()> {
    let PeerSecret::Password(password) = secret else { return Ok(()) };
    match args.passwords {
        PasswordsArg::None => {}
        PasswordsArg::Keyring => {
            let secret = Secret::from_text(zeroize::Zeroizing::new(password.as_bytes().to_vec()), "the password")?;
            let patience = Patience { limit: KEYRING, ..Patience::default() };
            keyring::store(keyring::PASSWORDS, &plan.account.whose().label, &secret, &patience)?;
        }
        PasswordsArg::File => {
            password_file::write(config, &plan.name, password, &mut plan.settings)?;
        }
    }
    Ok(())
}

fn add(plan: &MovePlan, config: &Path, comments: &[String]) -> Result<()> {
    let mut file = EditedFile::open(config, &Settings::default().waits()?)?;
    file.add_with_comments(&plan.name, &plan.settings, comments)?;
    file.save()
}

/// How long a keyring that nobody unlocks is waited for.
const KEYRING: Duration = Duration::from_secs(60);
