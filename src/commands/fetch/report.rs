//! What a fetch tells of each account, to people and as JSON.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;

use super::FetchRun;
use super::alerts::ErrorVerdict;
use super::closing::{closing_line, total_line};
use crate::commands::shared::json::{destination_json, mailbox_json};
use crate::config::Account;
use crate::error::{Cause, Error};
use crate::fetch::{MessageFailure, Outcome};
use crate::output::{AccountLog, DestinationJson, Event, MailboxJson, Verbosity, print_json};

/// Shows what became of an account, but for its error.
pub(super) fn show(
    run: &FetchRun,
    account: &Account,
    started: SystemTime,
    outcome: &Outcome,
    verdict: &ErrorVerdict,
    log: &AccountLog,
) {
    if run.json {
        show_json(run, account, started, outcome, verdict);
        if !run.console.is_log() {
            return;
        }
    }
    if run.dry_run {
        return show_dry_run(run, account, outcome);
    }
    if outcome.tally.is_declined {
        let text = "nothing was fetched or deleted; use --keep to fetch without deleting";
        log.log(Verbosity::Normal, Event::Fetched, text);
        return;
    }
    if outcome.error.is_none() || outcome.tally.fetched > 0 {
        // A log has what has come; that nothing has come is for the curious.
        let is_news = outcome.tally.fetched > 0 || outcome.tally.deleted > 0;
        let at_least = if run.console.is_log() && is_news { Verbosity::Normal } else { run.console.for_watchers() };
        let at_least = if run.stays && !is_news { Verbosity::Verbose } else { at_least };
        log.log(at_least, Event::Fetched, &closing_line(account, &outcome.tally));
    }
}

/// Shows the error of an account. `false`, if it could not be written.
pub(super) fn show_error(run: &FetchRun, error: &Error, verdict: &ErrorVerdict, log: &AccountLog) -> bool {
    let (at_least, event) = match (error.cause(), run.console.on_terminal() && !run.stays) {
        (Cause::TooSoon, true) => (Verbosity::Normal, Event::Postponed),
        (Cause::TooSoon, false) => (Verbosity::Verbose, Event::Postponed),
        (Cause::Stopped, _) if run.stays => (Verbosity::Verbose, Event::Postponed),
        (Cause::OtherRun, _) if verdict.is_quiet => (Verbosity::Verbose, Event::Postponed),
        _ if verdict.is_quiet => (Verbosity::Verbose, Event::Failed),
        _ => (Verbosity::Quiet, Event::Failed),
    };
    let lasted = verdict.lasted.as_ref().map(|lasted| format!("; {lasted}")).unwrap_or_default();
    log.log_with_hint(at_least, event, &format!("{error}{lasted}"), error.next_step())
}

/// The sum of a dry run, on standard error.
fn show_dry_run(run: &FetchRun, account: &Account, outcome: &Outcome) {
    if outcome.error.is_none() {
        run.console.say(Verbosity::Normal, &total_line(account, outcome.tally.planned));
    }
}

fn show_json(run: &FetchRun, account: &Account, started: SystemTime, outcome: &Outcome, verdict: &ErrorVerdict) {
    let of = &mailbox_json(account);
    print_json(&run.console, &FetchJson::new(run, of, account, started, outcome, verdict));
}

/// What was done with one account.
#[derive(Serialize)]
#[serde(tag = "type", rename = "fetch")]
struct FetchJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    destinations: Vec<DestinationJson>,
    dry_run: bool,
    time: String,
    duration_ms: u64,
    listed: Option<u64>,
    new: u64,
    fetched: u64,
    octets: u64,
    deleted: u64,
    skipped: u64,
    failed: u64,
    given_up: u64,
    presumed: u64,
    waiting: u64,
    refused: u64,
    /// Ten of those that failed at most.
    failures: Vec<FailedJson<'a>>,
    exit_code: u8,
    error: Option<String>,
    hint: Option<&'a str>,
}

/// A message that could not be fetched or deleted.
#[derive(Serialize)]
struct FailedJson<'a> {
    number: Option<u32>,
    uid: String,
    reason: &'a str,
}

impl<'a> FailedJson<'a> {
    fn of(failure: &'a MessageFailure) -> Self {
        let MessageFailure { number, key, reason } = failure;
        Self { number: *number, uid: crate::escape::exact(&key.uid), reason }
    }
}

impl<'a> FetchJson<'a> {
    fn new(
        run: &FetchRun,
        of: &'a MailboxJson,
        account: &Account,
        started: SystemTime,
        outcome: &'a Outcome,
        verdict: &ErrorVerdict,
    ) -> Self {
        let tally = &outcome.tally;
        let error = outcome.error.as_ref();
        Self {
            of,
            destinations: account.targets.iter().map(destination_json).collect(),
            dry_run: run.dry_run,
            time: Timestamp::try_from(started).map(|time| format!("{time:.0}")).unwrap_or_default(),
            duration_ms: outcome.duration.as_millis() as u64,
            listed: tally.listed,
            new: tally.new,
            fetched: tally.fetched,
            octets: tally.octets,
            deleted: tally.deleted,
            skipped: tally.skipped,
            failed: tally.failed,
            given_up: tally.given_up,
            presumed: tally.presumed,
            waiting: tally.waiting,
            refused: tally.refused,
            failures: tally.failures.iter().map(FailedJson::of).collect(),
            exit_code: error.filter(|_| !verdict.is_tolerated).map_or(0, |error| error.kind().exit_code()),
            error: error.map(ToString::to_string),
            hint: error.and_then(Error::next_step),
        }
    }
}
