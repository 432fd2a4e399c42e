//! `mailhaul migrate`: the accounts and the history of another fetcher.
//!
//! Reads, shows, and, if that is wanted, writes: the history first, so that no run in between downloads it all again; then the
//! password; then the account.

use std::sync::Arc;

use super::shared::names::AccountNames;
use crate::cli::{GlobalArgs, MigrateArgs};
use crate::config::{ConfigFile, Settings, config_place, state_folder};
use crate::error::{Error, Kind};
use crate::output::Console;

use self::account::MovedAccount;

mod account;
mod count;
mod find;
mod history;
mod json;
mod show;
mod words;
mod write;

/// Shows what the peer's files come to, and writes it if it is to.
pub(super) fn run(args: &MigrateArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let found = find::configurations(args)?;
    let place = config_place(global.config.as_deref())?.to_be_written();
    let config = ConfigFile::read(&place, &Settings::default().waits()?)?;
    let mut names = AccountNames::of(&config);
    let mut histories = history::Histories::new(args.peer);
    let mut moved = Vec::new();
    for file in &found {
        let accounts = file.config.accounts.iter();
        moved.extend(
            accounts.map(|account| MovedAccount::new(file, account, args, &config, &mut names, &mut histories)),
        );
    }
    let folder = state_folder(global.state_dir.clone())?;
    count::new_messages(&mut moved, args, &folder)?;
    let broken = find::broken(&found, args.peer);
    let written = match broken {
        None if args.write => write::all(&mut moved, args, &folder, &place.file, console),
        _ => Ok(()),
    };
    show::show(&found, &moved, &histories, args, global, console);
    written?;
    if let Some(error) = broken {
        return Err(error.into());
    }
    show::end(&moved, args, global, console);
    if moved.iter().all(|account| account.plan.is_err()) {
        let text = "none of the accounts can be moved";
        return Err(Error::new(Kind::Config, text)
            .hint("what stands in the way is told above; `mailhaul account add` makes an account by hand")
            .into());
    }
    Ok(0)
}
