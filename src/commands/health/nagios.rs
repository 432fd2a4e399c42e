//! The accounts as a plugin of Nagios tells of them.

use super::status::AccountStatus;
use super::words;
use crate::output::{NagiosReport, NagiosState, PerfData, age, count, some_names};

/// The worst counts. It comes first, on the line that a pager shows; the lines below tell of each account.
pub(super) fn report(statuses: &[AccountStatus]) -> NagiosReport {
    let mut judged: Vec<JudgedAccount<'_>> = statuses.iter().map(JudgedAccount::of).collect();
    judged.sort_by_key(|one| std::cmp::Reverse(one.state)); // stable: otherwise in their order
    let state = judged.first().map_or(NagiosState::Ok, |worst| worst.state);
    let mut report = NagiosReport::new(state, headline(&judged, state));
    report.lines = match &judged[..] {
        [one] => one.lines.iter().skip(1).cloned().collect(),
        all => all.iter().flat_map(JudgedAccount::long_lines).collect(),
    };
    report.figures = figures(statuses);
    report.more_figures = statuses.iter().filter_map(age_of).collect();
    report
}

/// An account, and what there is to say of it: its worst line first.
struct JudgedAccount<'a> {
    status: &'a AccountStatus,
    state: NagiosState,
    lines: Vec<String>,
}

impl<'a> JudgedAccount<'a> {
    fn of(status: &'a AccountStatus) -> Self {
        let warnings = words::warnings(status);
        let state = match status.is_healthy() {
            true if warnings.is_empty() => NagiosState::Ok,
            true => NagiosState::Warning,
            false if status.is_unknown() => NagiosState::Unknown,
            false => NagiosState::Critical,
        };
        let fetched = [words::fetched(status)];
        let lines = match state {
            NagiosState::Warning => warnings.into_iter().chain(fetched).collect(),
            _ => fetched.into_iter().chain(warnings).collect(),
        };
        Self { status, state, lines }
    }

    fn long_lines(&self) -> Vec<String> {
        let line = |line: &String| format!("[{}] {}: {line}", self.state.name(), self.status.label);
        self.lines.iter().map(line).collect()
    }
}

fn headline(judged: &[JudgedAccount<'_>], state: NagiosState) -> String {
    let worst: Vec<&JudgedAccount<'_>> = judged.iter().filter(|one| one.state == state).collect();
    if let [one] = worst[..] {
        return format!("{}: {}", one.status.label, one.lines[0]);
    }
    if judged.is_empty() {
        return "no account is in this shard".to_owned();
    }
    if state == NagiosState::Ok {
        let oldest = judged.iter().filter_map(|one| one.status.since_success()).max().unwrap_or_default();
        return format!("{} fetched, the oldest {} ago", count(judged.len() as u64, "account"), age(oldest));
    }
    let what = match state {
        NagiosState::Critical => "have not been fetched in time",
        NagiosState::Unknown => "were never fetched",
        _ => "need attention",
    };
    let names: Vec<&str> = worst.iter().map(|one| one.status.label.as_str()).collect();
    format!("{} of {} {what}: {}", worst.len(), count(judged.len() as u64, "account"), some_names(&names))
}

fn figures(statuses: &[AccountStatus]) -> Vec<PerfData> {
    let sum = |of: fn(&AccountStatus) -> u64| statuses.iter().map(of).fold(0, u64::saturating_add);
    let all = statuses.len() as u64;
    let unhealthy = sum(|status| u64::from(!status.is_healthy()));
    let zero = || "0".to_owned();
    let warned = |label: &str, value| PerfData { warn: zero(), ..PerfData::new(label, value, "") };
    vec![
        PerfData::new("accounts", all, ""),
        PerfData { crit: zero(), max: Some(all), ..PerfData::new("unhealthy", unhealthy, "") },
        warned("waiting", sum(|status| status.record.waiting)),
        warned("given_up", sum(|status| status.record.given_up)),
        warned("presumed", sum(|status| status.record.presumed)),
    ]
}

fn age_of(status: &AccountStatus) -> Option<PerfData> {
    let age = status.since_success()?.as_secs();
    let crit = status.max_age.as_secs().to_string();
    Some(PerfData { crit, ..PerfData::new(format!("{} age", status.label), age, "s") })
}
