//! One session's transfer: the first thread talks to the server, the second one publishes.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Job;
use super::destinations::Destinations;
use super::failure::Failure;
use super::identify::Identifier;
use super::plan::{Earlier, Plan};
use super::publisher::{FEWEST, Publisher, PublisherTally};
use super::pump::Pump;
use super::seen::Seen;
use super::tee::Tee;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Transport};
use crate::state::{Ledger, Mailbox};

/// One session's transfer.
pub(super) struct Transfer<'a, 'j> {
    pub(super) job: &'j Job<'j>,
    pub(super) ledger: &'a mut Ledger,
    pub(super) mailbox: &'a Mailbox,
    pub(super) earlier: &'a Earlier,
    pub(super) destinations: &'a mut Destinations<'j>,
}

/// How a transfer ended.
pub(super) struct End {
    pub(super) client: Client<Connection>,
    /// Nothing, or what made the session unusable.
    pub(super) result: Result<(), Failure>,
    pub(super) seen: Seen,
    /// What the publishing thread has done.
    pub(super) done: PublisherTally,
}

impl End {
    /// This machine was not ready for it.
    fn before_the_first(client: Client<Connection>, pump: Pump<'_, '_>, error: Error) -> Self {
        Self { client, result: Err(Failure::Local(error)), seen: pump.end(), done: PublisherTally::default() }
    }
}

impl Transfer<'_, '_> {
    pub(super) fn run(self, mut client: Client<Connection>, mut plan: Plan) -> End {
        let Self { job, ledger, mailbox, earlier, destinations } = self;
        let (messages, octets) = expected(&plan);
        let identifier = Identifier::new(job.policy, mailbox, &mut plan, client.can_pipeline());
        let mut pump = Pump::new(job, plan, earlier, client.can_pipeline(), destinations);
        let (tee, opened) = match destinations.open(job, ledger, mailbox) {
            Ok(opened) => opened,
            Err(error) => return End::before_the_first(client, pump, error),
        };
        if pump.may_delete() {
            // A run that has been overtaken by another one deletes nothing.
            if let Err(error) = ledger.take(mailbox) {
                return End::before_the_first(client, pump, error);
            }
        }
        client.stream().give_grace(if pump.may_delete() { GRACE } else { MOMENT });
        job.reporter.begin(messages, octets);
        let publisher = Publisher {
            destinations: opened,
            ledger,
            identifier,
            limits: job.policy.batch,
            pace: job.targets.iter().any(|target| target.path().is_none()).then_some(FEWEST),
            observer: job.observer.as_ref(),
            reporter: job.reporter.as_ref(),
            unsettled: Vec::new(),
            done: PublisherTally::default(),
        };
        let Both { result, published, done, failed } = side_by_side(&mut client, &mut pump, tee, publisher);
        destinations.stop_all(failed);
        job.reporter.end();
        // What went wrong on this machine explains more than the session that it broke.
        let result = published.map_err(Failure::Local).and(result);
        End { client, result, seen: pump.end(), done }
    }
}

/// How both threads ended.
struct Both {
    /// The session.
    result: Result<(), Failure>,
    published: Result<()>,
    done: PublisherTally,
    /// Destinations that cannot be used any more.
    failed: Vec<(usize, Error)>,
}

/// Runs both threads to their end.
fn side_by_side(
    client: &mut Client<Connection>,
    pump: &mut Pump<'_, '_>,
    mut tee: Tee,
    mut publisher: Publisher<'_, '_>,
) -> Both {
    let (result, published) = thread::scope(|scope| {
        let (groups, gathered) = mpsc::sync_channel(MAX_WAITING);
        let (words, said) = mpsc::channel();
        let publisher = &mut publisher;
        let started = thread::Builder::new().spawn_scoped(scope, move || publisher.run(&gathered, &words));
        let thread = match started {
            Ok(thread) => thread,
            // Before anything was asked for.
            Err(error) => {
                let error = Error::new(Kind::TryLater, "cannot start a thread").caused_by(error);
                return (Ok(()), Err(error.hint("fewer accounts at a time (--jobs) need fewer")));
            }
        };
        let result = pump.run(client, &mut tee, groups, &said);
        let panicked = |_| Err(Error::new(Kind::Bug, "the publishing thread panicked"));
        let thread = thread.join().unwrap_or_else(panicked);
        pump.hear(&said);
        (result, thread)
    });
    let published = published.and_then(|()| publisher.sweep());
    publisher.destinations.take_remarks().iter().for_each(|remark| publisher.reporter.tell(remark));
    publisher.done.is_renumbered = publisher.identifier.is_certainly_renumbered();
    let Publisher { destinations, done, .. } = publisher;
    let failed = destinations.take_failed().into_iter().chain(tee.take_failed()).collect();
    Both { result, published, done, failed }
}

/// Messages and octets that are to be fetched, as far as the plan can tell.
fn expected(plan: &Plan) -> (u64, u64) {
    let asked = plan.ask.iter().filter(|listed| listed.row.is_none());
    plan.fetch.iter().chain(asked).chain(&plan.unsampled).fold((0, 0), |(messages, octets): (u64, u64), listed| {
        (messages + 1, octets.saturating_add(listed.octets.unwrap_or(0)))
    })
}

/// Groups that wait for the publisher, at most: 512 messages where commands come in a row, so that the line is busy while
/// a batch is synced.
const MAX_WAITING: usize = 128;

/// For the rest of a session in which deletes are due, after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// The same where nothing is deleted: for what the server is sending, and QUIT.
const MOMENT: Duration = Duration::from_millis(500);
