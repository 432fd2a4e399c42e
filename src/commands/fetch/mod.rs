//! `mailhaul fetch`

use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use self::carriers::AccountCarriers;
use crate::auth::{Access, PasswordSource, Secret};
use crate::cli::{FetchArgs, GlobalArgs};
use crate::commands::shared::access::{InputPassword, SecretContext, by_password, without_account};
use crate::commands::shared::json::mailbox_json;
use crate::commands::shared::signals;
use crate::commands::shared::sources::{Sources, check_choice, trust};
use crate::config::{Account, Removal, SecretSource, needs_account, state_folder};
use crate::effect::Silent;
use crate::error::{Cause, Error, Kind};
use crate::escape;
use crate::fetch::{BatchLimits, Job, Outcome, Policy};
use crate::header_filter::HeaderFilter;
use crate::net::Sockets;
use crate::output::{AccountReporter, Console};
use crate::process::CommandOrigin;
use crate::state::{Ledger, Wait};
use crate::stop::Stop;
use crate::until::Until;

mod capacity;
mod carriers;
mod closing;
mod elsewhere;
mod offer;
mod plan;
mod report;

/// Fetches every source; the exit code is that of the gravest error.
pub(super) fn run(args: &FetchArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let (accounts, jobs) = accounts(args, global, console)?;
    let run = FetchRun {
        all: args.all,
        dry_run: args.dry_run,
        has_names: args.sources.len() != 1,
        state_folder: state_folder(global.state_dir.clone())?,
        // Before the first question, so that Ctrl-C means the same all the time.
        stop: signals::catch()?,
        console: Arc::clone(console),
        json: global.is_json(),
        tells_messages: global.tells_messages(),
        showing: Arc::default(),
    };
    let context = SecretContext { global, console, until: Until { deadline: None, stop: Some(run.stop.clone()) } };
    let worst = run.side_by_side(with_passwords(accounts, args.dry_run, &context), jobs, &context);
    Ok(worst.map_or(0, Kind::exit_code))
}

/// The accounts that are meant, each with a destination, and how many of them at a time.
fn accounts(args: &FetchArgs, global: &GlobalArgs, console: &Console) -> Result<(Vec<Account>, usize), Error> {
    check_choice(&args.sources, &args.choice)?;
    let delivery = args.delivery.settings.clone().and(args.choice.settings.clone());
    let flags = args.server.settings.clone().and(delivery);
    let sources = Sources::read(global, flags.clone())?;
    sources.tell(console);
    let accounts = if args.sources.is_empty() {
        sources.all(console)?
    } else {
        args.sources.iter().map(|source| sources.account(source)).collect::<Result<Vec<_>, _>>()?
    };
    if let Some(account) = accounts.iter().find(|account| account.targets.is_empty()) {
        console.deals_with(mailbox_json(account));
        return Err(without_destination(account));
    }
    flags.check_owners(accounts.iter())?;
    let jobs = capacity::jobs(sources.jobs()?, accounts.len(), console);
    Ok((accounts, jobs))
}

fn without_destination(account: &Account) -> Error {
    Error::new(Kind::Usage, "no destination: where should the messages go?")
        .at(account.label())
        .hint("add --maildir DIR or another of --mbox, --eml-dir, --pipe, --lmtp, --smtp, --imap, or set one in the configuration file")
}

/// Is what stands there what it is named as?
fn check_destination(account: &Account) -> Result<(), Error> {
    for target in &account.targets {
        if account.name.is_none() && needs_account(Path::new(OsStr::from_bytes(target.octets()))) {
            return Err(without_account(target.kind()));
        }
        target.check_kind()?;
    }
    Ok(())
}

/// For the ledger two sources are one mailbox: each would take what the other one fetched for its own.
fn same_mailbox(account: &Account, first: &str) -> Error {
    let text = format!("this is the same mailbox as {first} ({})", escape::text(account.mailbox_key().as_bytes()));
    Error::new(Kind::Config, text).at(account.label()).hint(
        "name it once, or remove one of the two; if they are two mailboxes with the same user and host, give one of them a \
         state-key in the configuration file",
    )
}

struct FetchRun {
    all: bool,
    dry_run: bool,
    /// The lines of a dry run begin with the name of the account.
    has_names: bool,
    state_folder: PathBuf,
    stop: Stop,
    console: Arc<Console>,
    json: bool,
    tells_messages: bool,
    /// Held by the account whose plan is being shown.
    showing: Arc<Mutex<()>>,
}

/// An account, and the passwords that were taken for it.
struct Prepared {
    account: Account,
    /// Of the mailbox, if it has one; or why the account cannot be fetched.
    password: Option<Result<Secret, Error>>,
    /// Of the IMAP destination, if somebody may have to type it.
    imap_password: Option<Result<Secret, Error>>,
}

/// Takes the passwords, one account after the other, so that questions do not mix. Standard input holds one password,
/// which is that of all accounts.
fn with_passwords(accounts: Vec<Account>, dry_run: bool, context: &SecretContext<'_>) -> VecDeque<Prepared> {
    let input = InputPassword::default();
    let mut stopped = false;
    let mut take = |source: &PasswordSource, account: &Account| {
        if stopped {
            return Err(Error::stopped());
        }
        let password = input.or_of(source, || context.of(account).password(account, source));
        // Who has given up one question wants no other.
        stopped = password.as_ref().is_err_and(|error| error.cause() == Cause::Stopped);
        password
    };
    let mut mailboxes: HashMap<String, String> = HashMap::new();
    let prepare = |account: Account| {
        let without = |password, account| Prepared { account, password, imap_password: None };
        if let Some(first) = mailboxes.get(&account.mailbox_key()) {
            return without(Some(Err(same_mailbox(&account, first))), account);
        }
        mailboxes.insert(account.mailbox_key(), account.label());
        // Before a question: whoever has named the wrong place need not type a password first.
        if let Err(error) = check_destination(&account) {
            return without(Some(Err(error)), account);
        }
        let password = match &account.secret {
            SecretSource::Password(source) => Some(take(source, &account)),
            _ => None,
        };
        let is_in_vain = dry_run || password.as_ref().is_some_and(Result::is_err);
        let imap_password = if is_in_vain { None } else { carriers::typed_password(&account, &context.of(&account)) };
        Prepared { account, password, imap_password }
    };
    accounts.into_iter().map(prepare).collect()
}

impl FetchRun {
    /// Some accounts at a time, each in its own thread. Returns the gravest kind of error.
    fn side_by_side(&self, accounts: VecDeque<Prepared>, jobs: usize, context: &SecretContext<'_>) -> Option<Kind> {
        let threads = accounts.len().min(jobs);
        // As long as one connection is open none is the last, which would fold the log back, and let the others wait for that.
        // Whoever cannot open the ledger says why.
        let wait = Wait { until: context.until.clone(), wall: None };
        let ledger = if threads > 1 { Ledger::open_existing(&self.state_folder, &wait).ok().flatten() } else { None };
        let waiting = Mutex::new(accounts);
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            let mut kinds = Vec::new();
            while let Some(prepared) = next() {
                let context = context.of(&prepared.account);
                kinds.extend(self.one(prepared, &context));
            }
            kinds
        };
        let kinds = thread::scope(|scope| {
            // Where the system starts no more threads, fewer do the same.
            let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let threads: Vec<_> = (1..threads).map_while(start).collect();
            let mut kinds = work();
            for thread in threads {
                kinds.extend(thread.join().unwrap_or_else(|_| vec![Kind::Bug]));
            }
            kinds
        });
        drop(ledger);
        kinds.into_iter().max_by_key(|kind| kind.gravity())
    }

    /// One account, from its password to its closing line. Whatever becomes of it is no concern of the others.
    fn one(&self, prepared: Prepared, context: &SecretContext<'_>) -> Option<Kind> {
        let started = SystemTime::now();
        let Prepared { account, password, imap_password } = prepared;
        let account = &account;
        let access = match password {
            Some(password) => password.map(|password| by_password(account, password)),
            None => context.access(account),
        };
        let typed = access.as_ref().ok().and_then(offer::typed_password);
        let outcome = access.and_then(|access| {
            let carriers = AccountCarriers::new(account, context, imap_password.transpose()?);
            self.fetch(account, &access, &carriers, started, context.until.clone())
        });
        let outcome = outcome.unwrap_or_else(|error| Outcome { error: Some(error), ..Outcome::default() });
        report::show(self, account, started, &outcome);
        elsewhere::show(self, &account.label(), &outcome.tally);
        if let Some(password) = typed.filter(|_| outcome.tally.listed.is_some() && !self.dry_run) {
            offer::offer(self, account, &password, context);
        }
        outcome.error.map(|error| error.kind())
    }

    fn fetch(
        &self,
        account: &Account,
        access: &Access,
        carriers: &AccountCarriers<'_>,
        started: SystemTime,
        until: Until,
    ) -> Result<Outcome, Error> {
        if account.targets.is_empty() {
            return Err(without_destination(account));
        }
        let trust = trust(account, &until)?;
        let mut reporter =
            AccountReporter::new(account.label(), Arc::clone(&self.console)).of_host(&account.source.host);
        if self.tells_messages {
            reporter = reporter.with_messages(mailbox_json(account));
        }
        if self.dry_run {
            reporter = reporter.with_plan(plan::view(self, account));
        }
        let filter = account.filter.clone().filter(|_| !self.dry_run).map(|line| {
            let origin = CommandOrigin { account: account.label(), source: account.source.url() };
            Mutex::new(HeaderFilter::new(line, account.timeout, origin, until.clone()))
        });
        let job = Job {
            account,
            access,
            network: &Sockets,
            trust: trust.as_ref(),
            targets: &account.targets,
            carriers,
            filter: filter.as_ref(),
            policy: &self.policy(account),
            state_folder: &self.state_folder,
            started,
            until,
            observer: Arc::new(Silent),
            reporter: Arc::new(reporter),
        };
        Ok(job.run())
    }

    fn policy(&self, account: &Account) -> Policy {
        Policy {
            delete: account.removal == Removal::Delete,
            delete_after: match account.removal {
                Removal::After(time) => Some(time),
                Removal::Keep | Removal::Delete => None,
            },
            all: self.all,
            limits: account.limits,
            dry_run: self.dry_run,
            attended: self.console.on_terminal(),
            batch: BatchLimits::default(),
        }
    }
}
