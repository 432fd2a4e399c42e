//! Messages that a destination does not have yet. What is in the outbox is handed over before anything new is fetched, and
//! without a download; what is owed to a place is for the plan.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::destination_set::DestinationSet;
use super::destinations::Destinations;
use super::life::{BatchPart, PublishedBatch};
use super::plan::{Earlier, Unfinished};
use super::{Job, Tally};
use crate::deliver::{Destination, Found, Placement, Target};
use crate::error::{Error, Kind, Result};
use crate::output::{self, DeliveredMessage};
use crate::state::{DestinationId, Key, Ledger, Mailbox, StagedRow};

/// What the plan must know of them. What waits for a destination that this run does not have is for those it has and that
/// lack it.
pub(super) fn of_listing(
    ledger: &Ledger,
    mailbox: &Mailbox,
    destinations: &Destinations<'_>,
) -> Result<HashMap<Key, Unfinished>> {
    let mut unfinished: HashMap<Key, Unfinished> = HashMap::new();
    for row in ledger.staged(mailbox)? {
        let found = destinations.find(&row.placement.target());
        let of = unfinished.entry(row.key).or_default();
        match found {
            // Until somebody decides, whatever the run has.
            None if row.presumed => of.is_in_doubt = true,
            Some(at) if !row.placement.is_staged() && destinations.working().has(at) => {
                of.lacking = of.lacking.with(at);
            }
            Some(at) => of.waits_for = of.waits_for.with(at),
            None => of.has_foreign = true,
        }
    }
    for (key, of) in &mut unfinished {
        let delivered = ledger.deliveries(mailbox, key)?;
        of.is_delivered = !delivered.is_empty();
        if of.has_foreign {
            of.lacking = lacking(ledger, destinations, &delivered, of.waits_for)?.only_those_of(destinations.working());
        }
    }
    Ok(unfinished)
}

/// The destinations of the run that neither have a message nor wait for it.
fn lacking(
    ledger: &Ledger,
    destinations: &Destinations<'_>,
    delivered: &[DestinationId],
    waits_for: DestinationSet,
) -> Result<DestinationSet> {
    let mut lacking = destinations.all().without(waits_for);
    for at in destinations.all().iter() {
        if ledger.place(destinations.target(at))?.is_some_and(|place| delivered.contains(&place.id)) {
            lacking = lacking.without(DestinationSet::only(at));
        }
    }
    Ok(lacking)
}

/// Gives what waits in the outbox for a receiver that this run does not have to one that it has and that lacks the message:
/// whoever has corrected a name wants no other download, and the server may not have it any more.
pub(super) fn adopt(ledger: &mut Ledger, mailbox: &Mailbox, destinations: &Destinations<'_>) -> Result<()> {
    let rows = ledger.staged(mailbox)?;
    let mut given = Vec::new();
    for row in rows.iter().filter(|row| !row.presumed && !is_in_doubt(row)) {
        let Placement::Outbox { receiver, .. } = &row.placement else { continue };
        if destinations.find(&row.placement.target()).is_some() {
            continue;
        }
        let own = rows.iter().filter(|other| other.key == row.key);
        let waits_for = own.filter_map(|other| destinations.find(&other.placement.target()));
        let waits_for = waits_for.fold(DestinationSet::default(), DestinationSet::with);
        let lacking = lacking(ledger, destinations, &ledger.deliveries(mailbox, &row.key)?, waits_for)?;
        let receivers = lacking.iter().map(|at| destinations.target(at)).filter(|target| target.path().is_none());
        // The same protocol first.
        let new = receivers.min_by_key(|target| !matches!(target, Target::HandOver(new) if new.way == receiver.way));
        given.extend(new.map(|new| (row.clone(), new.clone())));
    }
    ledger.give_to(mailbox, &given)
}

/// How many messages some destination does not have yet.
pub(super) fn count(ledger: &Ledger, mailbox: &Mailbox) -> Result<u64> {
    let rows = ledger.staged(mailbox)?;
    let keys: HashSet<&Key> = rows.iter().filter(|row| !row.presumed).map(|row| &row.key).collect();
    Ok(keys.len() as u64)
}

/// A hand-over of what waits.
pub(super) struct WaitingMessages<'r, 'j> {
    pub(super) job: &'j Job<'j>,
    pub(super) ledger: &'r mut Ledger,
    pub(super) mailbox: &'r Mailbox,
    pub(super) earlier: &'r mut Earlier,
    pub(super) tally: &'r mut Tally,
}

impl WaitingMessages<'_, '_> {
    /// Hands over what waits for a destination and is due. If it cannot be used, that is no error here: it is stopped.
    pub(super) fn hand_over(
        &mut self,
        destinations: &mut Destinations<'_>,
        at: usize,
        rows: Vec<StagedRow>,
    ) -> Result<()> {
        let rows: Vec<StagedRow> =
            rows.into_iter().filter(|row| row.waiting.as_ref().is_none_or(|waiting| waiting.is_due)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let target = destinations.target(at);
        self.job.reporter.tell(&format!("handing over {} to {target}", output::count(rows.len() as u64, "message")));
        let stopped = match destinations.open_one(at, self.job, self.mailbox) {
            Ok((_, mut destination)) => self.hand_over_to(destination.as_mut(), at, target, rows)?,
            Err(error) => Some(error),
        };
        if let Some(error) = stopped {
            destinations.stop(at, error);
        }
        Ok(())
    }

    /// Returns why the destination cannot be used any more, if so.
    fn hand_over_to(
        &mut self,
        destination: &mut dyn Destination,
        at: usize,
        target: &Target,
        rows: Vec<StagedRow>,
    ) -> Result<Option<Error>> {
        let (doubtful, mut sure): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_in_doubt);
        if !doubtful.is_empty() {
            match self.look_for(destination, doubtful)? {
                Ok(absent) => sure.extend(absent),
                Err(error) => return Ok(Some(error)),
            }
        }
        let observer = self.job.observer.as_ref();
        while !sure.is_empty() {
            let batch: Vec<StagedRow> = sure.drain(..sure.len().min(AT_ONCE)).collect();
            for part in BatchPart::waiting(at, batch).rounds() {
                let mut published = part.publish(destination, self.ledger, self.mailbox, observer)?;
                published.note_left(&mut self.earlier.leftover, target, self.ledger, self.mailbox)?;
                let delivered = self.count(&published.batch);
                self.tell(&delivered);
                if published.error.is_some() {
                    return Ok(published.error);
                }
            }
        }
        Ok(None)
    }

    /// What became of messages whose hand-over had no answer? Returns those that are to be handed over again.
    fn look_for(
        &mut self,
        destination: &mut dyn Destination,
        mut rows: Vec<StagedRow>,
    ) -> Result<Result<Vec<StagedRow>>> {
        self.ledger.note_doubted(self.mailbox, &rows)?;
        let settles = destination.settle_time();
        let doubted =
            |row: &StagedRow| row.waiting.as_ref().and_then(|waiting| waiting.doubted_for).unwrap_or_default();
        // All of a short time, since the ledger counts whole seconds.
        let waited = if settles <= A_MOMENT { settles } else { Duration::ZERO };
        if let Err(over) = self.job.until.pause(waited) {
            return Ok(Err(over.error("an answer of the destination")));
        }
        let placements: Vec<Placement> = rows.iter().map(|row| row.placement.clone()).collect();
        let found = match destination.inspect(&placements) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let (mut there, mut absent, mut early, mut unknown) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (row, found) in rows.drain(..).zip(found) {
            match found {
                Found::Published => there.push(row),
                Found::Staged if doubted(&row) + waited < settles => early.push((row, STILL_COMING.to_owned())),
                Found::Staged => absent.push(row.without_mark()),
                Found::Nowhere | Found::Gone => unknown.push(row),
            }
        }
        let batch = PublishedBatch::found(there);
        if batch.len() > 0 {
            let (gone, delivered) = (batch.placements(), self.count(&batch));
            batch.settle(self.ledger, self.mailbox, self.job.observer.as_ref())?;
            self.tell(&delivered);
            if let Err(error) = destination.forget(&gone) {
                return Ok(Err(error));
            }
        }
        presume(self.ledger, self.mailbox, unknown, self.tally)?;
        // An old mark would find a copy that comes later.
        self.ledger.note_marks(self.mailbox, &absent)?;
        if early.is_empty() {
            return Ok(Ok(absent));
        }
        // For the same reason nothing is handed over while it is not certain of these.
        self.ledger.note_later(self.mailbox, &early)?;
        let minutes = settles.as_secs().div_ceil(60);
        let messages = output::count(early.len() as u64, "message");
        let text =
            format!("the line broke, and {messages} may still be on the way: that is certain after {minutes} min");
        Ok(Err(Error::new(Kind::TryLater, text)))
    }

    /// Returns what is to be told of them.
    fn count(&mut self, batch: &PublishedBatch) -> Vec<DeliveredMessage> {
        self.tally.fetched += batch.keys().len() as u64;
        self.tally.octets += batch.octets();
        batch.delivered(self.job.reporter.as_ref())
    }

    fn tell(&self, delivered: &[DeliveredMessage]) {
        delivered.iter().for_each(|message| self.job.reporter.published(message));
    }
}

/// Nobody knows whether these were published. It is said once.
pub(super) fn presume(ledger: &mut Ledger, mailbox: &Mailbox, rows: Vec<StagedRow>, tally: &mut Tally) -> Result<()> {
    let new: Vec<StagedRow> = rows.into_iter().filter(|row| !row.presumed).collect();
    if new.is_empty() {
        return Ok(());
    }
    ledger.presume(mailbox, &new)?;
    tally.presumed += new.len() as u64;
    Ok(())
}

/// Was its hand-over begun, and not answered, by a destination that can be asked?
fn is_in_doubt(row: &StagedRow) -> bool {
    matches!(&row.placement, Placement::Outbox { mark, .. } if !mark.is_empty())
}

/// Messages that are handed over before a destination is asked for its mark again.
const AT_ONCE: usize = 256;

/// A settle time that is waited for.
const A_MOMENT: Duration = Duration::from_secs(5);

const STILL_COMING: &str = "whether it came is not known; it may still be on its way";
