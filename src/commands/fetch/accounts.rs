//! Which accounts are meant.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::cli::{FetchArgs, GlobalArgs};
use crate::commands::shared::access::without_account;
use crate::commands::shared::json::mailbox_json;
use crate::commands::shared::sources::{Sources, check_choice};
use crate::config::{Account, LogFormat, Settings, environment, needs_account};
use crate::error::{Error, Kind, Result};
use crate::escape;
use crate::output::Console;
use crate::until::Until;

/// What a fetch is about.
pub(super) struct ChosenAccounts {
    /// The accounts that are meant, each with a destination.
    pub(super) accounts: Vec<Account>,
    /// How many of them at a time.
    pub(super) jobs: usize,
    /// Are they to be fetched again and again? A shard without accounts waits for some.
    pub(super) stays: bool,
    /// What lines on standard error look like, if somebody has said so.
    pub(super) log_format: Option<LogFormat>,
}

/// The accounts that are meant, by the flags, the environment and the configuration file, which may be a pipe that is not
/// waited for any longer than this.
pub(super) fn choose(
    args: &FetchArgs,
    global: &GlobalArgs,
    console: &Console,
    until: &Until,
) -> Result<ChosenAccounts> {
    check_choice(&args.sources, &args.choice)?;
    let flags = flags(args);
    let sources = Sources::read_until(global, flags.clone(), until)?;
    sources.tell(console);
    let accounts = if args.sources.is_empty() {
        sources.all(console)?
    } else {
        args.sources.iter().map(|source| sources.account(source)).collect::<Result<Vec<_>>>()?
    };
    if let Some(account) = accounts.iter().find(|account| account.targets.is_empty()) {
        console.deals_with(mailbox_json(account));
        return Err(without_destination(account));
    }
    flags.check_owners(accounts.iter())?;
    let jobs = sources.jobs()?;
    let stays = accounts.iter().any(|account| account.polling.every.is_some())
        || accounts.is_empty() && sources.polling()?.every.is_some();
    Ok(ChosenAccounts { accounts, jobs, stays, log_format: sources.log_format()? })
}

/// What lines look like, and whether mailhaul stays, by the flags and the environment alone: for what is said before the
/// configuration file is read. What is wrong with them is found by [`choose`].
pub(super) fn said_outside_the_file(args: &FetchArgs) -> (Option<LogFormat>, bool) {
    let said = environment().and_then(|environment| {
        let settings = flags(args).over_environment(environment);
        Ok((settings.log_format()?, settings.polling()?.every.is_some()))
    });
    said.unwrap_or_default()
}

fn flags(args: &FetchArgs) -> Settings {
    let delivery = args.delivery.settings.clone().and(args.choice.settings.clone());
    args.server.settings.clone().and(delivery)
}

pub(super) fn without_destination(account: &Account) -> Error {
    Error::new(Kind::Usage, "no destination: where should the messages go?")
        .at(account.label())
        .hint("add --maildir DIR or another of --mbox, --eml-dir, --pipe, --lmtp, --smtp, --imap, or set one in the configuration file")
}

/// Is what stands there what it is named as?
pub(super) fn check_destination(account: &Account) -> Result<()> {
    for target in &account.targets {
        if account.name.is_none() && needs_account(Path::new(OsStr::from_bytes(target.octets()))) {
            return Err(without_account(target.kind()));
        }
        target.check_kind()?;
    }
    Ok(())
}

/// For the ledger two sources are one mailbox: each would take what the other one fetched for its own.
pub(super) fn same_mailbox(account: &Account, first: &str) -> Error {
    let text = format!("this is the same mailbox as {first} ({})", escape::text(account.mailbox_key().as_bytes()));
    Error::new(Kind::Config, text).at(account.label()).hint(
        "name it once, or remove one of the two; if they are two mailboxes with the same user and host, give one of them a \
         state-key in the configuration file",
    )
}
