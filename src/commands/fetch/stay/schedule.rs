//! When which account is fetched. Pure: it is told the time, which is one that also counts while the machine sleeps.

use std::collections::HashMap;
use std::time::Duration;

use crate::config::Polling;

/// When the accounts are fetched.
#[derive(Debug)]
pub(super) struct Schedule {
    entries: HashMap<String, ScheduleEntry>,
}

/// An account: what the schedule must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PolledAccount {
    /// Its name in the ledger: what has one name is never fetched twice at a time.
    pub(super) key: String,
    /// How often it is fetched.
    pub(super) polling: Polling,
    /// How often it has failed in a row before, and how long ago the last time was.
    pub(super) failed: Option<(u32, Duration)>,
    /// For how long its server wants no login.
    pub(super) pause: Duration,
}

/// How a fetch has ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PollEnd {
    /// It failed, and nothing came.
    pub(super) is_in_vain: bool,
    /// Another process has the mailbox.
    pub(super) is_taken: bool,
    /// For how long the server wants no login.
    pub(super) pause: Option<Duration>,
}

#[derive(Debug)]
struct ScheduleEntry {
    polling: Polling,
    /// In a row.
    failures: u32,
    /// Not before this time.
    due: Duration,
    /// When the fetch began that is under way.
    running_since: Option<Duration>,
    /// Somebody wanted it to be fetched while it was: what has come since its listing is wanted, too.
    is_wanted_again: bool,
    /// The configuration does not have it any more.
    is_gone: bool,
}

impl Schedule {
    /// Of these accounts, a little after one another, so that a thousand do not begin at once. Those that failed before wait
    /// for their time.
    pub(super) fn new(accounts: Vec<PolledAccount>, now: Duration, random: &mut impl FnMut() -> f64) -> Self {
        let mut schedule = Self { entries: HashMap::new() };
        schedule.set(accounts, now, random);
        schedule
    }

    /// From now on these accounts. Those that were there keep their times, unless they fail; what is under way goes on to its end.
    pub(super) fn set(&mut self, accounts: Vec<PolledAccount>, now: Duration, random: &mut impl FnMut() -> f64) {
        self.entries.values_mut().for_each(|entry| entry.is_gone = true);
        let count = u32::try_from(accounts.len()).unwrap_or(u32::MAX).max(1);
        let mut new = 0;
        for account in accounts {
            if let Some(entry) = self.entries.get_mut(&account.key) {
                // Somebody has changed something: it may be what has made it fail.
                let longest = if entry.failures > 0 { now } else { now + interval(&account.polling) };
                entry.due = entry.due.min(longest).max(now + account.pause);
                (entry.polling, entry.is_gone) = (account.polling, false);
                continue;
            }
            let apart = (interval(&account.polling) / count).min(APART) * new;
            new += 1;
            let entry = new_entry(&account, now, apart, random());
            self.entries.insert(account.key, entry);
        }
        self.entries.retain(|_, entry| !entry.is_gone || entry.running_since.is_some());
    }

    /// An account that is to be fetched now: the one that has waited longest. It is under way from now on.
    pub(super) fn take(&mut self, now: Duration) -> Option<String> {
        let waits = self.entries.iter().filter(|(_, entry)| entry.running_since.is_none() && entry.due <= now);
        let key = waits.min_by_key(|(key, entry)| (entry.due, *key)).map(|(key, _)| key.clone())?;
        self.entries.get_mut(&key)?.running_since = Some(now);
        Some(key)
    }

    /// The fetch of an account has ended.
    pub(super) fn ended(&mut self, key: &str, end: &PollEnd, now: Duration, random: f64) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let began = entry.running_since.take().unwrap_or(now);
        if entry.is_gone {
            self.entries.remove(key);
            return;
        }
        let next = if end.is_in_vain {
            entry.failures = entry.failures.saturating_add(1);
            now + backoff(&entry.polling, entry.failures, random)
        } else {
            if !end.is_taken {
                entry.failures = 0;
            }
            // From beginning to beginning; one that takes longer than that is followed by another one after a moment.
            (began + interval(&entry.polling)).max(now + A_MOMENT.min(interval(&entry.polling)))
        };
        let is_wanted = std::mem::take(&mut entry.is_wanted_again);
        let next = if is_wanted { now } else { next };
        entry.due = next.max(now + end.pause.unwrap_or_default());
    }

    /// All are fetched now, whatever they wait for.
    pub(super) fn all_now(&mut self, now: Duration) {
        for entry in self.entries.values_mut() {
            entry.due = now;
            entry.is_wanted_again = entry.running_since.is_some();
        }
    }

    /// When the next account is to be fetched.
    pub(super) fn next(&self) -> Option<Duration> {
        self.entries.values().filter(|entry| entry.running_since.is_none()).map(|entry| entry.due).min()
    }

    /// How many fetches are under way.
    pub(super) fn running(&self) -> usize {
        self.entries.values().filter(|entry| entry.running_since.is_some()).count()
    }

    /// How many accounts there are, and how many of them have failed the last time.
    pub(super) fn counts(&self) -> (usize, usize) {
        let all = self.entries.values().filter(|entry| !entry.is_gone);
        (all.clone().count(), all.filter(|entry| entry.failures > 0).count())
    }
}

fn new_entry(account: &PolledAccount, now: Duration, apart: Duration, random: f64) -> ScheduleEntry {
    let (failures, ago) = account.failed.unwrap_or_default();
    let waits = match failures {
        0 => Duration::ZERO,
        some => backoff(&account.polling, some, random).saturating_sub(ago),
    };
    let due = now + apart.max(waits).max(account.pause);
    ScheduleEntry {
        polling: account.polling,
        failures,
        due,
        running_since: None,
        is_wanted_again: false,
        is_gone: false,
    }
}

/// The time from one fetch to the next.
fn interval(polling: &Polling) -> Duration {
    polling.every.unwrap_or(INTERVAL)
}

/// The time until the next attempt after so many failures in a row: the interval, doubled with each, up to a limit. A fifth
/// of it is chance, so that accounts of one server that was away do not all come back at once. `random` is from 0 to 1.
fn backoff(polling: &Polling, failures: u32, random: f64) -> Duration {
    let every = interval(polling);
    let longest = polling.max_backoff.max(every);
    let doubled = 2_u32.checked_pow(failures.saturating_sub(1)).and_then(|times| every.checked_mul(times));
    match doubled.filter(|doubled| *doubled < longest) {
        Some(doubled) => doubled.mul_f64(1.0 + CHANCE * random).min(longest),
        None => longest.mul_f64(1.0 - CHANCE * random).max(every),
    }
}

/// Of an account that says nothing itself, while others keep the process running.
pub(super) const INTERVAL: Duration = Duration::from_mins(5);

/// Between the first fetches of two accounts, at most.
const APART: Duration = Duration::from_millis(200);

const A_MOMENT: Duration = Duration::from_secs(1);

const CHANCE: f64 = 0.2;

#[cfg(test)]
mod tests;
