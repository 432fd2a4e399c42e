//! `fetch --every`: the same run again and again, in one process. One thread decides when which account is fetched; others
//! fetch. Nothing is kept between the runs of an account but what the ledger holds, and what somebody has typed, so a sudden
//! end is as harmless as under cron.
//!
//! - `schedule`: when which account is fetched; pure
//! - `accounts`: the accounts, and what was typed for them
//! - `workers`: the threads that fetch
//! - `service`: what systemd is told

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::time::{ClockId, clock_gettime};

use self::accounts::{StayingAccount, StayingAccounts};
use self::schedule::{PollEnd, Schedule};
use self::service::Service;
use self::workers::Workers;
use super::accounts::ChosenAccounts;
use super::one::AccountEnd;
use super::{FetchRun, capacity};
use crate::commands::shared::access::SecretContext;
use crate::commands::shared::signals::Wishes;
use crate::error::{Cause, Error, Kind, Result};
use crate::output::{Event, LogLine, Verbosity, count, duration};
use crate::until::Until;

mod accounts;
mod schedule;
mod service;
mod workers;

/// Fetches until a stop is asked for; then it ends well. `read_again` reads the configuration.
pub(super) fn stay(
    run: &FetchRun,
    chosen: ChosenAccounts,
    read_again: &ReadAgain<'_>,
    wishes: Wishes,
    context: &SecretContext<'_>,
) -> Result<u8> {
    run.console.never_hang(run.stop.clone());
    let failed = |error: std::io::Error| Error::new(Kind::LocalIo, "the scheduler cannot be woken").caused_by(error);
    let (wake, woken) = UnixStream::pair().map_err(failed)?;
    wake.set_nonblocking(true).and_then(|()| woken.set_nonblocking(true)).map_err(failed)?;
    let jobs = capacity::jobs(chosen.jobs, chosen.accounts.len(), &run.console);
    let accounts = StayingAccounts::new(run, chosen.accounts, context)?;
    let schedule = Schedule::new(accounts.polled(run), now(), &mut random);
    let work = |account: Arc<StayingAccount>| -> (String, AccountEnd) {
        let context = SecretContext { asks_nobody: true, ..context.of_run(&account.account) };
        (account.account.mailbox_key(), run.one(account.prepared(), &context))
    };
    thread::scope(|scope| {
        let workers = Workers::new(scope, &work, wake);
        let service = Service::new();
        let last = String::new();
        Scheduler { run, accounts, schedule, jobs, workers, woken, wishes, service, last }.go_on(read_again)
    })?;
    Ok(0)
}

/// Reads the configuration, and waits for it no longer than this.
type ReadAgain<'a> = dyn Fn(&Until) -> Result<ChosenAccounts> + 'a;

/// A service with a watchdog would be restarted again and again.
pub(super) fn check_that_nobody_waits() -> Result<()> {
    if !service::is_expected_to_stay() {
        return Ok(());
    }
    let text = "systemd expects a process that stays, but no account says how often it is to be fetched";
    Err(Error::new(Kind::Config, text).hint("set every = \"5m\" in [defaults] of the configuration file"))
}

struct Scheduler<'scope, 'env> {
    run: &'env FetchRun,
    accounts: StayingAccounts,
    schedule: Schedule,
    /// How many accounts are fetched at a time.
    jobs: usize,
    workers: Workers<'scope, 'env, Arc<StayingAccount>, (String, AccountEnd)>,
    /// Becomes readable when a fetch has ended.
    woken: UnixStream,
    wishes: Wishes,
    service: Service,
    /// What the last fetch has come to.
    last: String,
}

impl Scheduler<'_, '_> {
    fn go_on(mut self, read_again: &ReadAgain<'_>) -> Result<()> {
        let waiting = match self.schedule.counts().1 {
            0 => String::new(),
            some => format!(
                "; {} had failed, and wait for their next attempt (SIGUSR1 fetches at once)",
                count(some as u64, "account")
            ),
        };
        self.say(Event::Started, &format!("{}{waiting}", self.plan()));
        self.service.ready();
        while !self.run.stop.is_asked() {
            if self.wishes.take_reload() {
                self.reload(read_again);
            }
            if self.wishes.take_poll() {
                self.say(Event::Detail, "all accounts are fetched now, as SIGUSR1 asked for it");
                self.schedule.all_now(now());
            }
            self.settle();
            self.begin()?;
            self.show();
            self.wait()?;
        }
        self.say(Event::Stopping, "a signal asked for it");
        self.service.stopping();
        Ok(())
    }

    /// Takes note of the fetches that have ended.
    fn settle(&mut self) {
        for (key, end) in self.workers.ended() {
            let poll = PollEnd { is_in_vain: end.is_in_vain, is_taken: end.is_taken, pause: end.pause };
            self.schedule.ended(&key, &poll, now(), random());
            self.last = end.summary;
        }
    }

    /// Begins the fetches that are due, as many as may be under way.
    fn begin(&mut self) -> Result<()> {
        while self.workers.busy() < self.jobs && self.schedule.next().is_some_and(|due| due <= now()) {
            match self.workers.free_one() {
                Ok(()) => {}
                // Where the system starts no more threads, fewer do the same.
                Err(error) if self.workers.busy() > 0 => {
                    self.jobs = self.workers.busy();
                    let text = format!("{error}; {} accounts are fetched at a time", self.jobs);
                    self.say(Event::Warning, &text);
                    break;
                }
                Err(error) => return Err(error),
            }
            let Some(key) = self.schedule.take(now()) else { break };
            match self.accounts.get(&key) {
                Some(account) => self.workers.give(account)?,
                None => self.schedule.ended(&key, &PollEnd::default(), now(), 0.0), // not possible: both are set together
            }
        }
        Ok(())
    }

    /// A configuration that is wrong changes nothing.
    fn reload(&mut self, read_again: &ReadAgain<'_>) {
        self.service.reloading();
        let until = Until { deadline: None, stop: Some(self.run.stop.clone()) };
        match read_again(&until.within(self.service.patience())) {
            Ok(chosen) => {
                self.jobs = capacity::jobs(chosen.jobs, chosen.accounts.len(), &self.run.console);
                self.accounts.set(self.run, chosen.accounts);
                self.schedule.set(self.accounts.polled(self.run), now(), &mut random);
                self.say(Event::Reloaded, &self.plan());
            }
            Err(error) if error.cause() == Cause::Stopped => {}
            Err(error) => {
                let text = format!("the configuration is not usable, and the one from before still holds: {error}");
                let hint = error.next_step();
                let (at_least, event, account) = (Verbosity::Quiet, Event::NotReloaded, None);
                self.run.console.log(&LogLine { at_least, event, account, text: &text, hint });
            }
        }
        self.service.ready();
    }

    /// Until something is due, has ended, or is asked for. Not for long: while the machine sleeps, the wait stands still.
    fn wait(&self) -> Result<()> {
        let due = if self.workers.busy() < self.jobs { self.schedule.next() } else { None };
        let until_due = due.map_or(LONGEST_WAIT, |due| due.saturating_sub(now()));
        let wait = until_due.min(self.service.wants_round_within().unwrap_or(LONGEST_WAIT)).min(LONGEST_WAIT);
        let until = Until { deadline: None, stop: Some(self.run.stop.clone()) }.within(wait);
        let woken = [&self.woken, self.wishes.woken()];
        let wanted = woken.iter().map(|socket| PollFd::new(*socket, PollFlags::IN)).collect();
        let failed = |error| Error::new(Kind::LocalIo, "the scheduler cannot wait").caused_by(error);
        until.ready(wanted).map_err(failed)?.ok(); // the loop looks what it was
        for mut socket in woken {
            // Before the wishes are looked at: none that comes later is slept through.
            while socket.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
        }
        Ok(())
    }

    fn show(&mut self) {
        self.service.is_alive();
        let (all, failing) = self.schedule.counts();
        let failing = if failing == 0 { String::new() } else { format!(", {failing} failing") };
        let running = match self.schedule.running() {
            0 => String::new(),
            some => format!(", {some} being fetched"),
        };
        let last = if self.last.is_empty() { String::new() } else { format!("; {}", self.last) };
        self.service.status(format!("{}{failing}{running}{last}", count(all as u64, "account")));
    }

    /// `3 accounts, every 5 minutes`
    fn plan(&self) -> String {
        if self.schedule.counts().0 == 0 {
            return "no account is in this shard; SIGHUP reads the configuration again".to_owned();
        }
        let accounts = count(self.schedule.counts().0 as u64, "account");
        match self.accounts.common_interval() {
            Some(interval) => format!("{accounts}, fetched every {}", duration(interval)),
            None => format!("{accounts}, each in its own interval"),
        }
    }

    fn say(&self, event: Event, text: &str) {
        let (at_least, account, hint) = (Verbosity::Normal, None, None);
        self.run.console.log(&LogLine { at_least, event, account, text, hint });
    }
}

/// Of the clock that also counts while the machine sleeps, and that nobody sets.
fn now() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.clamp(0, 999_999_999) as u32)
}

/// From 0 to 1. Without random numbers, all wait the same time.
fn random() -> f64 {
    let mut octets = [0; 4];
    crate::private::random(&mut octets).map_or(0.0, |()| f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX))
}

/// So long after a sleep of the machine it is noticed, at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
