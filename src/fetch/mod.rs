//! The engine: brings what is new home, exactly once.
//!
//! ```text
//! lock -> places -> recover -> session: listing -> plan -> transfer: pump -----> QUIT -> ledger
//!                                                                   |  ^ verdicts, published
//!                                               groups of replies   v  |
//!                                          publisher thread: identify, sync, record, publish
//! ```
//!
//! [`plan`], [`course`] (does another session follow?) and [`parts`] (does one look for more?) are pure. [`life`] holds the steps of a message's life as types:
//! code that skips one does not compile. [`tie`] makes sure of which message a reply is, [`identify`] of whether a message
//! is one that was delivered before.
//! Only `commands` starts a [`Job`].

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

pub use self::consent::Elsewhere;
use self::destinations::Destinations;
pub use self::destinations::{Carriers, NoCarriers};
use self::plan::Earlier;
pub use self::policy::{BatchLimits, Policy};
use crate::auth::Access;
use crate::config::Account;
use crate::deliver::{DeliveryContext, Target};
use crate::effect::Observer;
use crate::error::{Cause, Error, Kind, Result};
use crate::header_filter::HeaderFilter;
use crate::net::{CertificateTerm, Network, Trust};
use crate::output::Reporter;
use crate::proto::MessageNumber;
use crate::state::{Key, Ledger, Mailbox, MailboxLock, Run, Wait};
use crate::until::Until;

mod allowance;
mod consent;
mod course;
mod destination_set;
mod destinations;
mod ending;
mod failure;
mod filter;
mod identify;
mod keep_alive;
mod leftover;
mod life;
mod listed;
mod parts;
mod places;
pub mod plan;
mod policy;
mod publisher;
mod pump;
mod questions;
mod receive;
mod recover;
mod seen;
mod session;
mod sessions;
mod spare;
mod summary;
mod tee;
mod tie;
mod transfer;
mod waiting;

/// One mailbox to fetch.
pub struct Job<'a> {
    /// The account.
    pub account: &'a Account,
    /// The way to what its login is made of.
    pub access: &'a Access,
    /// Where connections come from.
    pub network: &'a dyn Network,
    /// Whom to trust; none without TLS.
    pub trust: Option<&'a Trust>,
    /// Where to: a copy to each.
    pub targets: &'a [Target],
    /// Makes those who take messages over.
    pub carriers: &'a dyn Carriers,
    /// Looks at headers before the download.
    pub filter: Option<&'a Mutex<HeaderFilter>>,
    /// What to fetch and what to delete.
    pub policy: &'a Policy,
    /// The folder of the ledger.
    pub state_folder: &'a Path,
    /// What the clock of this machine says when the run begins. It may be wrong.
    pub started: SystemTime,
    /// When the whole run must be over; a stop ends it early.
    pub until: Until,
    /// Is told each effect.
    pub observer: Arc<dyn Observer>,
    /// Shows what happens.
    pub reporter: Arc<dyn Reporter>,
}

/// What a run did, and what ended it early, if something did. What was done stays done either way.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was done.
    pub tally: Tally,
    /// How long it took.
    pub duration: Duration,
    /// Why it ended early.
    pub error: Option<Error>,
    /// What the ledger had about trouble of the mailbox; none, if the run did not come so far.
    pub had_incidents: Option<bool>,
    /// For how long neither the server nor the ledger wants another login.
    pub pause: Option<Duration>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that the server listed, if it came so far: each once, whatever number of sessions listed it.
    pub listed: Option<u64>,
    /// How many of them were to be fetched.
    pub new: u64,
    /// Messages published, those of an interrupted run before included.
    pub fetched: u64,
    /// Octets of them, as stored.
    pub octets: u64,
    /// Messages deleted from the server.
    pub deleted: u64,
    /// Messages passed over because of their size, or given up in an earlier run.
    pub skipped: u64,
    /// Messages that could not be fetched or deleted.
    pub failed: u64,
    /// How many of them were given up.
    pub given_up: u64,
    /// Messages of an interrupted run of which this run could not tell whether they had been delivered.
    pub presumed: u64,
    /// Messages that a destination does not have yet, those of earlier runs included.
    pub waiting: u64,
    /// Messages that a destination did not want.
    pub refused: u64,
    /// Some of those that failed, with the reasons.
    pub failures: FewFailures,
    /// What a dry run would do.
    pub planned: PlannedTally,
    /// Where listed messages were delivered before, if this destination has had none of the mailbox.
    pub elsewhere: Vec<Elsewhere>,
    /// That was not known of this destination.
    pub elsewhere_is_news: bool,
    /// From when until when the certificate of the server is valid.
    pub certificate: Option<CertificateTerm>,
    /// Somebody was asked whether messages may be deleted, and did not want that: nothing was done.
    pub is_declined: bool,
}

/// A message that could not be fetched or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFailure {
    /// The message number of its session; none, if an earlier one has fetched it.
    pub number: Option<u32>,
    /// What the server calls it.
    pub key: Key,
    /// Why, in the server's words if it gave any, escaped.
    pub reason: String,
}

/// The first few of them: a server may refuse everything that it lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FewFailures(Vec<MessageFailure>);

/// What a dry run would do, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlannedTally {
    /// Messages to fetch.
    pub fetch: u64,
    /// Octets of them, as far as LIST said.
    pub octets: u64,
    /// Messages to delete.
    pub delete: u64,
}

impl MessageFailure {
    fn of(number: MessageNumber, key: &Key, reason: &str) -> Self {
        Self { number: Some(number.get()), key: key.clone(), reason: reason.to_owned() }
    }
}

impl FewFailures {
    fn push(&mut self, failure: MessageFailure) {
        if self.0.len() < FAILURES {
            self.0.push(failure);
        }
    }

    /// Keeps those of some messages only.
    fn retain(&mut self, is_kept: impl Fn(&Key) -> bool) {
        self.0.retain(|failure| is_kept(&failure.key));
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &MessageFailure> {
        self.0.iter()
    }
}

impl Job<'_> {
    /// Runs the job to its end.
    pub fn run(&self) -> Outcome {
        let begun = Instant::now();
        let mut outcome = Outcome::default();
        let result = self.with_ledger(|ledger, mailbox| {
            outcome.had_incidents = Some(mailbox.has_incidents);
            let result = self.fetch(ledger, mailbox, &mut outcome.tally);
            let noted = self.note_run(ledger, mailbox, begun, &outcome.tally, &result);
            if let Err(error) = noted {
                self.reporter.note(&format!("the run could not be noted: {error}"));
            }
            // Only a scheduler asks, and it finds out at the next login otherwise.
            outcome.pause = ledger.login_pause(mailbox).unwrap_or_default();
            result
        });
        self.reporter.sum_up();
        outcome.error = result.err().map(|error| error_of(self, error));
        outcome.duration = begun.elapsed();
        outcome
    }

    /// Opens the ledger under the mailbox's lock, and closes it.
    fn with_ledger(&self, work: impl FnOnce(&mut Ledger, &Mailbox) -> Result<()>) -> Result<()> {
        let key = self.account.mailbox_key();
        let lock = MailboxLock::acquire(self.state_folder, &key)?;
        let wait = Wait { until: self.until.clone(), wall: Some(self.started) };
        let mut ledger = Ledger::open(self.state_folder, &wait)?;
        ledger.take_warnings().iter().for_each(|warning| self.reporter.warn(warning));
        let mailbox = ledger.mailbox(&key)?;
        let result = work(&mut ledger, &mailbox);
        let closed = ledger.close();
        drop(lock);
        result.and(closed)
    }

    fn fetch(&self, ledger: &mut Ledger, mailbox: &Mailbox, tally: &mut Tally) -> Result<()> {
        let mut destinations = Destinations::new(self.targets);
        let mut earlier = Earlier::default();
        let result = self.fetch_into(&mut destinations, &mut earlier, ledger, mailbox, tally);
        destinations.close();
        earlier.leftover.say(self.reporter.as_ref(), tally);
        let counted = waiting::count(ledger, mailbox).map(|waiting| tally.waiting = waiting);
        let result = result.and(counted);
        ending::of_run(result, destinations.take_failed(), &earlier.leftover, tally, self.reporter.as_ref())
    }

    fn fetch_into<'s>(
        &'s self,
        destinations: &mut Destinations<'s>,
        earlier: &mut Earlier,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        tally: &mut Tally,
    ) -> Result<()> {
        let ready = destinations.check(self, ledger, mailbox)?;
        consent::note_removed_mbox(self, ledger, mailbox)?;
        if !self.policy.dry_run {
            recover::recover(self, destinations, ready, earlier, ledger, mailbox, tally)?;
        }
        if destinations.working().is_empty() {
            return Ok(()); // why each has failed is told
        }
        sessions::run(self, destinations, earlier, ledger, mailbox, tally)
    }

    /// Where messages go, for people.
    fn destination(&self) -> String {
        let targets: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
        targets.join(" and ")
    }

    /// That a run could not be noted is no reason to call it failed: mail matters more.
    fn note_run(
        &self,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        begun: Instant,
        tally: &Tally,
        result: &Result<()>,
    ) -> Result<()> {
        let is_news = result.as_ref().err().is_none_or(|error| error.cause() != Cause::TooSoon);
        if self.policy.dry_run || !is_news {
            return Ok(());
        }
        let run = Run {
            started: self.started,
            duration: begun.elapsed(),
            listed: tally.listed,
            fetched: tally.fetched,
            octets: tally.octets,
            deleted: tally.deleted,
            failed: tally.failed,
            exit_code: result.as_ref().err().map_or(0, |error| error.kind().exit_code()),
            error: result.as_ref().err().map(ToString::to_string),
        };
        ledger.add_run(mailbox, &run)
    }

    /// What a delivery into this mailbox's destinations needs.
    fn delivery_context(&self, mailbox: &Mailbox) -> DeliveryContext {
        DeliveryContext {
            tag: mailbox.tag.clone(),
            fallback: self.state_folder.to_owned(),
            until: self.until.clone(),
            observer: Arc::clone(&self.observer),
        }
    }

    /// Is there time, and has nobody asked for a stop?
    fn may_go_on(&self) -> bool {
        self.until.over().is_none()
    }

    fn is_stopped(&self) -> bool {
        self.until.is_stopped()
    }
}

/// An error that a stop caused is the stop.
fn error_of(job: &Job<'_>, error: Error) -> Error {
    if !job.is_stopped() || !error.may_pass() {
        return error;
    }
    Error::new(Kind::TryLater, "stopped by a signal")
        .because(Cause::Stopped)
        .hint("what was fetched is safe; run it again to go on")
}

/// Messages that an outcome names at most.
const FAILURES: usize = 10;
