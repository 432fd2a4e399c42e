//! `mailhaul health`: were all accounts fetched in time? By the ledger, without a connection and without any secret.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use self::status::AccountStatus;
use crate::cli::{GlobalArgs, HealthArgs, HealthFormat};
use crate::commands::shared::json::mailbox_json;
use crate::commands::shared::sources::{Sources, check_choice};
use crate::config::{Account, state_folder};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, NagiosReport, Verbosity, print_json};
use crate::state::{MailboxReading, Wait, read_records};
use crate::until::Until;

mod json;
mod nagios;
mod prometheus;
mod status;
mod words;

/// Says which accounts are not healthy. With Nagios's format also what cannot be read is a verdict.
pub(super) fn run(args: &HealthArgs, global: &GlobalArgs, console: &Console) -> anyhow::Result<u8> {
    let statuses = check_format(args, global).and_then(|()| statuses(args, global, console));
    match args.format {
        HealthFormat::Text => {
            let statuses = statuses?;
            Ok(console.in_large_pieces(|| show(&statuses, global, console)))
        }
        HealthFormat::Prometheus => {
            console.print(prometheus::metrics(&statuses?).trim_end());
            Ok(0)
        }
        HealthFormat::Nagios => {
            let report =
                statuses.map_or_else(|error| NagiosReport::of_error(&error), |statuses| nagios::report(&statuses));
            console.print(&report.show());
            Ok(report.state.exit_code())
        }
    }
}

fn check_format(args: &HealthArgs, global: &GlobalArgs) -> Result<()> {
    if global.is_json() && args.format != HealthFormat::Text {
        return Err(Error::new(Kind::Usage, "--json and --format conflict").hint("leave one of them out"));
    }
    Ok(())
}

/// How the accounts are that are meant, in the order of the command line or of the configuration file.
fn statuses(args: &HealthArgs, global: &GlobalArgs, console: &Console) -> Result<Vec<AccountStatus>> {
    let accounts = accounts(args, global, console)?;
    let keys: Vec<String> = accounts.iter().map(Account::mailbox_key).collect();
    let records = read_records(&state_folder(global.state_dir.clone())?, &keys, &Wait::default())?;
    let records = records.unwrap_or_else(|| vec![MailboxReading::default(); keys.len()]);
    let now = SystemTime::now();
    let status = |(account, record): (&Account, MailboxReading)| AccountStatus {
        label: account.label(),
        source: account.source.to_string(),
        mailbox: account.mailbox_key(),
        of: mailbox_json(account),
        max_age: max_age(args.max_age, account),
        may_wait: args.max_age.is_none(),
        now,
        record,
    };
    Ok(accounts.iter().zip(records).map(status).collect())
}

fn accounts(args: &HealthArgs, global: &GlobalArgs, console: &Console) -> Result<Vec<Account>> {
    check_choice(&args.accounts, &args.choice)?;
    // Whoever watches does not wait for long.
    let sources = Sources::read_until(global, args.choice.settings.clone(), &Until::default().within(PATIENCE))?;
    // One that is named twice is one: two metrics of the same name would be refused.
    let mut seen = HashSet::new();
    let all = if args.accounts.is_empty() { sources.all_names(console)? } else { args.accounts.clone() };
    let accounts = all.iter().map(|source| sources.account(source));
    let is_first = |account: &Result<Account>| {
        account.as_ref().map_or(true, |account| seen.insert((account.label(), account.mailbox_key())))
    };
    accounts.filter(is_first).collect()
}

/// How long ago the last successful run of an account may have ended: where a process stays, a poll or two may be missing.
fn max_age(flag: Option<Duration>, account: &Account) -> Duration {
    let polled = account.polling.every.map(|every| (every * 3).max(SHORTEST_MAX_AGE));
    flag.or(polled).unwrap_or(MAX_AGE)
}

fn show(statuses: &[AccountStatus], global: &GlobalArgs, console: &Console) -> u8 {
    for status in statuses {
        if global.is_json() {
            print_json(console, &json::HealthJson::of(status));
            continue;
        }
        if !status.is_healthy() || console.verbosity() >= Verbosity::Verbose {
            console.print(&format!("{}: {}", status.label, words::fetched(status)));
        }
        if console.verbosity() > Verbosity::Quiet {
            let warnings = words::warnings(status);
            warnings.iter().for_each(|warning| console.print(&format!("{}: warning: {warning}", status.label)));
        }
    }
    u8::from(!statuses.iter().all(AccountStatus::is_healthy))
}

/// For a configuration that is a pipe.
const PATIENCE: Duration = Duration::from_secs(8);

const MAX_AGE: Duration = Duration::from_hours(1);

/// A server may be away for a moment.
const SHORTEST_MAX_AGE: Duration = Duration::from_mins(15);

#[cfg(test)]
mod tests;
