//! What is said of an account, for somebody who was woken up by it: since when, why, and what to do.

use super::status::AccountStatus;
use crate::output::{age, count};
use crate::state::{Run, Subject};

/// `fetched 4 minutes ago`, or why it is not healthy.
pub(super) fn fetched(status: &AccountStatus) -> String {
    let Some(last) = &status.record.last_run else { return "never fetched".to_owned() };
    let since = status.since_success().map(age);
    match (status.last_failure(), since) {
        (None, Some(since)) if status.is_healthy() => format!("fetched {since} ago"),
        (Some(failed), Some(since)) if status.is_healthy() => {
            format!("fetched {since} ago; since then: {}{}", why(status, failed), attempts(status, last))
        }
        (Some(failed), Some(since)) => {
            format!("no run has succeeded for {since}: {}{}", why(status, failed), attempts(status, last))
        }
        (Some(failed), None) => {
            format!("no run has succeeded yet: {}{}", why(status, failed), attempts(status, last))
        }
        (None, since) => {
            let since = since.unwrap_or_else(|| age(status.age(last.started)));
            format!("no run for {since}, and the last one succeeded: is `mailhaul fetch` still started?")
        }
    }
}

/// What needs attention although mail comes, or besides.
pub(super) fn warnings(status: &AccountStatus) -> Vec<String> {
    let record = &status.record;
    let mut warnings = Vec::new();
    if let Some(failed) = status.last_failure().filter(|_| status.is_healthy() && status.needs_person()) {
        warnings.push(format!("the last run failed: {}", why(status, failed)));
    }
    let counts = [
        (record.given_up, "given up"),
        (record.presumed, "presumed to be delivered"),
        (record.waiting, "waiting for a destination"),
    ];
    let mut messages: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what} (see `mailhaul state show -v`)", count(number, "message")))
        .collect();
    for incident in &record.incidents {
        match incident.subject {
            Subject::Run => {}                              // said by `fetched`
            Subject::Messages if !messages.is_empty() => {} // counted here, as they are now
            _ => warnings.push(without_label(status, &incident.text)),
        }
    }
    warnings.append(&mut messages);
    warnings
}

fn why(status: &AccountStatus, failed: &Run) -> String {
    match &failed.error {
        Some(error) => without_label(status, error),
        None => format!("exit code {}", failed.exit_code),
    }
}

/// ` (12 attempts)`; and when the last was, if there are no more.
fn attempts(status: &AccountStatus, last: &Run) -> String {
    let ago = status.age(last.started + last.duration);
    let stopped = if ago > status.max_age { format!(", the last {} ago", age(ago)) } else { String::new() };
    format!(" ({}{stopped})", count(status.record.failed_attempts, "attempt"))
}

/// Errors name the account at their beginning, or its mailbox as the server knows it. Each line does that already.
fn without_label(status: &AccountStatus, text: &str) -> String {
    let strip = |label: &str| text.strip_prefix(label)?.strip_prefix(": ");
    [&status.label, &status.source].into_iter().find_map(|label| strip(label)).unwrap_or(text).to_owned()
}
