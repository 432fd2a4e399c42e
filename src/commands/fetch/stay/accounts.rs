//! The accounts of a process that stays, and what somebody has typed for them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use super::schedule::{INTERVAL, PolledAccount};
use crate::auth::{PasswordSource, Secret};
use crate::commands::fetch::FetchRun;
use crate::commands::fetch::accounts::{check_destination, same_mailbox};
use crate::commands::fetch::prepare::Prepared;
use crate::commands::shared::access::{InputPassword, SecretContext};
use crate::config::{Account, SecretSource};
use crate::error::{Cause, Result};
use crate::output::{AccountLog, Event, Verbosity};
use crate::state::{Incident, Ledger, Subject, Wait};
use crate::until::Until;

/// An account, and the passwords that nobody can be asked for again.
pub(super) struct StayingAccount {
    pub(super) account: Account,
    typed: TypedPasswords,
}

/// What somebody has typed, or given on standard input.
#[derive(Clone, Default)]
struct TypedPasswords {
    mailbox: Option<Secret>,
    imap: Option<Secret>,
}

/// The accounts, by their names in the ledger.
pub(super) struct StayingAccounts {
    accounts: Vec<Arc<StayingAccount>>,
    by_key: HashMap<String, usize>,
    /// What was typed for each, also for those that a reload has taken away: another one may bring them back.
    typed: HashMap<String, TypedPasswords>,
    /// What standard input has given: it is that of all accounts.
    input: Option<Secret>,
}

impl StayingAccount {
    /// What one fetch begins with. What is not typed is taken anew each time, as it may change.
    pub(super) fn prepared(&self) -> Prepared {
        let TypedPasswords { mailbox, imap } = self.typed.clone();
        let password = match check_destination(&self.account) {
            Ok(()) => mailbox.map(Ok),
            Err(error) => Some(Err(error)),
        };
        Prepared { account: self.account.clone(), password, imap_password: imap.map(Ok) }
    }
}

impl StayingAccounts {
    /// Asks for the passwords that somebody must type.
    pub(super) fn new(run: &FetchRun, accounts: Vec<Account>, context: &SecretContext<'_>) -> Result<Self> {
        let input = InputPassword::default();
        let mut all = Self { accounts: Vec::new(), by_key: HashMap::new(), typed: HashMap::new(), input: None };
        for account in &accounts {
            // The second account of a mailbox is not fetched.
            if let Entry::Vacant(place) = all.typed.entry(account.mailbox_key()) {
                let typed = typed_for(account, &input, context)?;
                if is_input(account) {
                    all.input.clone_from(&typed.mailbox);
                }
                place.insert(typed);
            }
        }
        all.set(run, accounts);
        Ok(all)
    }

    /// From now on these; what was typed for the same mailboxes still holds.
    pub(super) fn set(&mut self, run: &FetchRun, accounts: Vec<Account>) {
        self.accounts.clear();
        self.by_key.clear();
        for account in accounts {
            let key = account.mailbox_key();
            if let Some(first) = self.get(&key) {
                let error = same_mailbox(&account, &first.account.label());
                let log = AccountLog::new(account.label(), Arc::clone(&run.console));
                log.log_with_hint(Verbosity::Quiet, Event::Failed, &error.to_string(), error.next_step());
                continue;
            }
            let mut typed = self.typed.get(&key).cloned().unwrap_or_default();
            if is_input(&account) {
                typed.mailbox.clone_from(&self.input);
            }
            self.by_key.insert(key, self.accounts.len());
            self.accounts.push(Arc::new(StayingAccount { account, typed }));
        }
    }

    /// The account of a mailbox.
    pub(super) fn get(&self, key: &str) -> Option<Arc<StayingAccount>> {
        self.by_key.get(key).and_then(|at| self.accounts.get(*at)).cloned()
    }

    /// The interval, if it is the same for all.
    pub(super) fn common_interval(&self) -> Option<Duration> {
        let mut intervals = self.accounts.iter().map(|one| one.account.polling.every.unwrap_or(INTERVAL));
        let first = intervals.next()?;
        intervals.all(|interval| interval == first).then_some(first)
    }

    /// As the schedule wants them, in their order, with what the ledger has of failures. Without a ledger there were none.
    pub(super) fn polled(&self, run: &FetchRun) -> Vec<PolledAccount> {
        let until = Until { deadline: None, stop: Some(run.stop.clone()) }.within(PATIENCE);
        let wait = Wait { until, ..Wait::default() };
        let ledger = Ledger::open_existing(&run.state_folder, &wait).ok().flatten();
        let polled = |one: &Arc<StayingAccount>| {
            let key = one.account.mailbox_key();
            let past = ledger.as_ref().and_then(|ledger| past_trouble(ledger, &key).ok());
            let PastTrouble { failed, pause } = past.unwrap_or_default();
            PolledAccount { key, polling: one.account.polling, failed, pause }
        };
        self.accounts.iter().map(polled).collect()
    }
}

/// What the ledger has of an account that it knows.
#[derive(Default)]
struct PastTrouble {
    /// How often in a row it has failed, and how long ago the last time was.
    failed: Option<(u32, Duration)>,
    /// For how long its server wants no login.
    pause: Duration,
}

fn past_trouble(ledger: &Ledger, key: &str) -> Result<PastTrouble> {
    let Some(mailbox) = ledger.find_mailbox(key)? else { return Ok(PastTrouble::default()) };
    // What somebody has to mend may have been mended: that is tried at once. (Refused logins have a pause of their own.)
    let passes = |incident: &Incident| !incident.is_over && ["temporary", "server"].contains(&incident.kind.as_str());
    let incident = ledger.incident(&mailbox, Subject::Run)?.filter(passes);
    let failed = incident.map(|incident| (incident.attempts, incident.seen_ago));
    Ok(PastTrouble { failed, pause: ledger.login_pause(&mailbox)?.unwrap_or_default() })
}

/// Asks, where somebody can be asked: later nobody is. What cannot be had now is found out by the fetch, which tells it.
fn typed_for(account: &Account, input: &InputPassword, context: &SecretContext<'_>) -> Result<TypedPasswords> {
    let context = context.of_run(account);
    let is_asked = |source: &PasswordSource| matches!(source, PasswordSource::Search) && has_terminal();
    let mailbox = match &account.secret {
        SecretSource::Password(source) if is_input(account) || is_asked(source) => {
            let password = input.or_of(source, || context.password(account, source));
            kept(password)?.filter(|password| is_input(account) || password.is_typed())
        }
        _ => None,
    };
    let imap = match account.imap().map(|imap| (&imap.secret, &imap.owner)) {
        Some((SecretSource::Password(source), owner)) if is_asked(source) => {
            kept(context.password_of(account, owner, source))?.filter(Secret::is_typed)
        }
        _ => None,
    };
    Ok(TypedPasswords { mailbox, imap })
}

fn is_input(account: &Account) -> bool {
    matches!(account.secret, SecretSource::Password(PasswordSource::StandardInput))
}

/// The one that a password is asked for at, wherever standard error goes.
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Who has given up a question wants nothing more. Of what else goes wrong the fetch tells, with its place.
fn kept(password: Result<Secret>) -> Result<Option<Secret>> {
    match password {
        Err(error) if error.cause() == Cause::Stopped => Err(error),
        password => Ok(password.ok()),
    }
}

/// For a ledger that others write into. While the scheduler waits for it nothing is fetched, and the watchdog is not fed.
const PATIENCE: Duration = Duration::from_secs(1);
