//! `mailhaul fetch`

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use indicatif::HumanBytes;
use serde::Serialize;

use super::account::{account, trust};
use super::signals;
use crate::auth::{PasswordSource, Secret};
use crate::cli::{FetchArgs, GlobalArgs};
use crate::config::{Account, state_folder};
use crate::deliver::Target;
use crate::effect::Silent;
use crate::error::{Error, Kind};
use crate::fetch::{BatchLimits, Job, Outcome, Policy};
use crate::net::Trust;
use crate::output::{AccountReporter, Console, Verbosity, print_json};
use crate::stop::Stop;

/// Fetches every source; the exit code is that of the gravest error.
pub(super) fn run(args: &FetchArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let accounts = args.sources.iter().map(|source| account(source, &args.server)).collect::<Result<Vec<_>, _>>()?;
    let run = Run {
        target: target(args)?,
        policy: policy(args),
        state_folder: state_folder(global.state_dir.clone())?,
        // Before the first question, so that Ctrl-C means the same all the time.
        stop: signals::catch()?,
        console: Arc::clone(console),
        json: global.json,
    };
    let worst = run.side_by_side(with_passwords(accounts), args.jobs);
    Ok(worst.map_or(0, Kind::exit_code))
}

struct Run {
    target: Target,
    policy: Policy,
    state_folder: PathBuf,
    stop: Stop,
    console: Arc<Console>,
    json: bool,
}

type Prepared = (Result<Secret, Error>, Account);

/// Takes the passwords, one account after the other, so that questions do not mix. Standard input holds one password,
/// which is that of all accounts.
fn with_passwords(accounts: Vec<Account>) -> VecDeque<Prepared> {
    let mut from_input: Option<Secret> = None;
    let take = |account: Account| {
        let password = match (&account.password, &from_input) {
            (PasswordSource::StandardInput, Some(known)) => Ok(known.clone()),
            (source, _) => source.password(&account.source.to_string()),
        };
        if let (PasswordSource::StandardInput, Ok(password)) = (&account.password, &password) {
            from_input = Some(password.clone());
        }
        (password, account)
    };
    accounts.into_iter().map(take).collect()
}

impl Run {
    /// Some accounts at a time, each in its own thread. Returns the gravest kind of error.
    fn side_by_side(&self, accounts: VecDeque<Prepared>, jobs: u16) -> Option<Kind> {
        let threads = accounts.len().min(jobs.into());
        let waiting = Mutex::new(accounts);
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            let mut kinds = Vec::new();
            while let Some((password, account)) = next() {
                kinds.extend(self.one(&account, password));
            }
            kinds
        };
        let kinds = thread::scope(|scope| {
            let threads: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut kinds = work();
            for thread in threads {
                kinds.extend(thread.join().unwrap_or_else(|_| vec![Kind::Bug]));
            }
            kinds
        });
        kinds.into_iter().max_by_key(|kind| kind.gravity())
    }

    /// One account, from its password to its closing line.
    fn one(&self, account: &Account, password: Result<Secret, Error>) -> Option<Kind> {
        let label = account.source.to_string();
        let outcome = match password.and_then(|password| Ok((password, trust(account)?))) {
            Ok((password, trust)) => self.fetch(account, &password, trust.as_ref()),
            Err(error) => Outcome { error: Some(error), ..Outcome::default() },
        };
        self.show(&label, &outcome);
        outcome.error.map(|error| error.kind())
    }

    fn fetch(&self, account: &Account, password: &Secret, trust: Option<&Trust>) -> Outcome {
        let label = account.source.to_string();
        let job = Job {
            account,
            password,
            trust,
            target: &self.target,
            policy: &self.policy,
            state_folder: &self.state_folder,
            deadline: account.deadline.map(|deadline| Instant::now() + deadline),
            stop: Some(self.stop.clone()),
            observer: Arc::new(Silent),
            reporter: Arc::new(AccountReporter::new(label, Arc::clone(&self.console))),
        };
        job.run()
    }

    fn show(&self, label: &str, outcome: &Outcome) {
        if let Some(error) = &outcome.error {
            let named = error.to_string().starts_with(label);
            let shown = if named { error.to_string() } else { format!("{label}: {error}") };
            self.console.say(Verbosity::Quiet, &format!("mailhaul: {shown}"));
            if let Some(hint) = error.next_step() {
                self.console.say(Verbosity::Quiet, &format!("  {hint}"));
            }
        }
        if self.json {
            return self.show_json(label, outcome);
        }
        for would in &outcome.tally.would {
            let uid = crate::escape::text(&would.uid);
            let octets = would.octets.map_or(String::new(), |octets| format!(" {octets}"));
            self.console.print(&format!("{} {}{octets} {uid}", would.action, would.number));
        }
        let wanted = if self.console.on_terminal() { Verbosity::Normal } else { Verbosity::Verbose };
        if !self.policy.dry_run && (outcome.error.is_none() || outcome.tally.fetched > 0) {
            self.console.say(wanted, &closing_line(label, outcome));
        }
    }

    fn show_json(&self, label: &str, outcome: &Outcome) {
        for would in &outcome.tally.would {
            let uid = crate::escape::text(&would.uid);
            let (number, octets) = (would.number, would.octets);
            print_json(&self.console, &WouldJson { source: label, would: would.action, number, uid, octets });
        }
        print_json(&self.console, &AccountJson::new(label, outcome));
    }
}

/// `ann@example.org: 12 messages, 3.4 MiB; 12 deleted; 1.2 s`
fn closing_line(label: &str, outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let mut parts = match tally.fetched {
        0 => vec!["nothing new".to_owned()],
        1 => vec![format!("1 message, {}", HumanBytes(tally.octets))],
        count => vec![format!("{count} messages, {}", HumanBytes(tally.octets))],
    };
    let mut count = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    };
    count(tally.deleted, "deleted");
    count(tally.skipped, "skipped");
    count(tally.failed, "failed");
    parts.push(format!("{:.1} s", outcome.duration.as_secs_f64()));
    format!("{label}: {}", parts.join("; "))
}

/// What a dry run would do with one message.
#[derive(Serialize)]
struct WouldJson<'a> {
    source: &'a str,
    would: &'a str,
    number: u32,
    uid: String,
    octets: Option<u64>,
}

/// What was done with one account.
#[derive(Serialize)]
struct AccountJson<'a> {
    source: &'a str,
    exit_code: u8,
    listed: Option<u64>,
    new: u64,
    fetched: u64,
    octets: u64,
    deleted: u64,
    skipped: u64,
    failed: u64,
    duration_ms: u64,
    error: Option<String>,
    hint: Option<&'a str>,
}

impl<'a> AccountJson<'a> {
    fn new(source: &'a str, outcome: &'a Outcome) -> Self {
        let tally = &outcome.tally;
        let error = outcome.error.as_ref();
        Self {
            source,
            exit_code: error.map_or(0, |error| error.kind().exit_code()),
            listed: tally.listed,
            new: tally.new,
            fetched: tally.fetched,
            octets: tally.octets,
            deleted: tally.deleted,
            skipped: tally.skipped,
            failed: tally.failed,
            duration_ms: outcome.duration.as_millis() as u64,
            error: error.map(ToString::to_string),
            hint: error.and_then(Error::next_step),
        }
    }
}

fn target(args: &FetchArgs) -> Result<Target, Error> {
    match (&args.maildir, &args.mbox) {
        (Some(dir), _) => Ok(Target::Maildir(dir.clone())),
        (None, Some(file)) => Ok(Target::Mbox(file.clone())),
        (None, None) => Err(Error::new(Kind::Usage, "where should the messages go?").hint("say --maildir or --mbox")),
    }
}

fn policy(args: &FetchArgs) -> Policy {
    Policy {
        delete: args.delete,
        all: args.all,
        max_messages: args.max_messages,
        max_bytes: args.max_bytes,
        max_size: args.max_size,
        dry_run: args.dry_run,
        batch: BatchLimits::default(),
    }
}
