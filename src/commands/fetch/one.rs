//! One account, from its password to its closing line.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::accounts::without_destination;
use super::alerts::{Alerts, ErrorVerdict};
use super::carriers::AccountCarriers;
use super::prepare::Prepared;
use super::{FetchRun, elsewhere, offer, plan, report};
use crate::auth::Access;
use crate::commands::shared::access::{SecretContext, by_password};
use crate::commands::shared::json::mailbox_json;
use crate::commands::shared::sources::trust;
use crate::config::{Account, Removal};
use crate::effect::Silent;
use crate::error::{Cause, Error, Kind};
use crate::fetch::{BatchLimits, Job, Outcome, Policy};
use crate::header_filter::HeaderFilter;
use crate::net::Sockets;
use crate::output::{AccountLog, AccountReporter};
use crate::process::CommandOrigin;
use crate::until::Until;

/// How the fetch of an account ended, for whoever runs it.
pub(super) struct AccountEnd {
    /// The kind of its error, if that counts.
    pub(super) kind: Option<Kind>,
    /// It failed, and nothing came.
    pub(super) is_in_vain: bool,
    /// Another run has the mailbox.
    pub(super) is_taken: bool,
    /// For how long neither the server nor the ledger wants another login.
    pub(super) pause: Option<Duration>,
    /// What is to be said of it in a few words.
    pub(super) summary: String,
}

impl FetchRun {
    /// One account, from its password to its closing line. Whatever becomes of it is no concern of the others.
    pub(super) fn one(&self, prepared: Prepared, context: &SecretContext<'_>) -> AccountEnd {
        let started = SystemTime::now();
        let Prepared { account, password, imap_password } = prepared;
        let account = &account;
        let log = Arc::new(AccountLog::new(account.label(), Arc::clone(&self.console)));
        if self.speaks_once(account) {
            log.hold();
        }
        let access = match password {
            Some(password) => password.map(|password| by_password(account, password)),
            None => context.access(account),
        };
        let typed = access.as_ref().ok().and_then(offer::typed_password);
        let outcome = access.and_then(|access| {
            let carriers = AccountCarriers::new(account, context, imap_password.transpose()?);
            self.fetch(account, &access, &carriers, started, &log, context.until.clone())
        });
        let outcome = outcome.unwrap_or_else(|error| Outcome { error: Some(error), ..Outcome::default() });
        let show = |verdict: &ErrorVerdict| {
            log.release();
            outcome.error.as_ref().is_none_or(|error| report::show_error(self, error, verdict, &log))
        };
        let alerts = Alerts {
            account,
            state_folder: &self.state_folder,
            log: &log,
            speaks_once: self.speaks_once(account),
            started,
            until: context.until.clone(),
            show: &show,
        };
        let verdict = if self.dry_run { ErrorVerdict::default() } else { self.verdict(&outcome, &alerts) };
        if verdict.is_quiet {
            log.lower()
        } else {
            log.release()
        }
        if !verdict.is_shown {
            show(&verdict);
        }
        report::show(self, account, started, &outcome, &verdict, &log);
        elsewhere::show(self, &log, &outcome.tally);
        if let Some(password) = typed.filter(|_| outcome.tally.listed.is_some() && !self.dry_run && !self.stays) {
            offer::offer(self, account, &password, context);
        }
        end_of(account, &outcome, &verdict)
    }

    /// Is trouble of the account told once, and not in each run? Whoever watches a single run wants to see it.
    fn speaks_once(&self, account: &Account) -> bool {
        let is_watched = self.console.on_terminal() && !self.stays;
        !self.dry_run && !is_watched && (self.stays || account.alerting.tolerate.is_some())
    }

    /// Tells of trouble whoever is to be told.
    fn verdict(&self, outcome: &Outcome, alerts: &Alerts<'_>) -> ErrorVerdict {
        match alerts.settle(outcome) {
            Ok(verdict) => {
                let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
                let was_told = untold.remove(alerts.log.label()).is_some();
                drop(untold);
                if was_told && outcome.error.is_none() {
                    alerts.tell_end_without_ledger();
                }
                verdict
            }
            Err(error) => self.verdict_without_ledger(outcome, &error, alerts),
        }
    }

    /// What cannot be noted is told in each run; a process that stays remembers it.
    fn verdict_without_ledger(&self, outcome: &Outcome, error: &Error, alerts: &Alerts<'_>) -> ErrorVerdict {
        let told = outcome.error.as_ref().unwrap_or(error);
        let text = told.to_string();
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        let was_told = untold.insert(alerts.log.label().to_owned(), text.clone()) == Some(text) && self.stays;
        drop(untold);
        if !was_told {
            if outcome.error.is_none() {
                alerts.log.warn(&format!("what was seen could not be noted: {error}"));
            }
            alerts.tell_without_ledger(told);
        }
        ErrorVerdict { is_quiet: was_told, ..ErrorVerdict::default() }
    }

    fn fetch(
        &self,
        account: &Account,
        access: &Access,
        carriers: &AccountCarriers<'_>,
        started: SystemTime,
        log: &Arc<AccountLog>,
        until: Until,
    ) -> Result<Outcome, Error> {
        if account.targets.is_empty() {
            return Err(without_destination(account));
        }
        let trust = trust(account, &until)?;
        let mut reporter = AccountReporter::of(Arc::clone(log)).of_host(&account.source.host);
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
            attended: self.console.on_terminal() && !self.stays,
            batch: BatchLimits::default(),
        }
    }
}

fn end_of(account: &Account, outcome: &Outcome, verdict: &ErrorVerdict) -> AccountEnd {
    let (error, tally) = (outcome.error.as_ref(), &outcome.tally);
    let cause = error.map(Error::cause);
    let tells_nothing = cause.is_some_and(Cause::tells_nothing);
    AccountEnd {
        kind: error.filter(|_| !verdict.is_tolerated).map(Error::kind),
        is_in_vain: error.is_some() && !tells_nothing && tally.fetched == 0 && tally.deleted == 0,
        is_taken: cause == Some(Cause::OtherRun),
        pause: outcome.pause,
        summary: match error {
            Some(error) => error.shown_at(&account.label()),
            None => super::closing::closing_line(account, tally),
        },
    }
}
