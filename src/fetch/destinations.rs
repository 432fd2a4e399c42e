//! The destinations of a run: which there are, which of them still work, and each of them open for a session.
//!
//! One that fails is left alone for the rest of the run, and the others go on. What it did not get is owed to it, or waits in
//! the outbox.

use std::collections::HashSet;

use super::Job;
use super::destination_set::{DestinationSet, Stopped};
use super::places::{self, FirstUse};
use super::tee::Tee;
use crate::deliver::{Carrier, DeliveryContext, Destination, Outbox, Placement, Staged, Stager, Target};
use crate::error::{Cause, Error, Kind, Result};
use crate::state::{DestinationId, Ledger, Mailbox};

/// Makes whoever takes messages over.
pub trait Carriers: Sync {
    /// For one of the job's targets.
    fn carrier(&self, target: &Target) -> Result<Box<dyn Carrier>>;
}

/// For jobs that hand nothing over.
#[derive(Debug)]
pub struct NoCarriers;

impl Carriers for NoCarriers {
    fn carrier(&self, target: &Target) -> Result<Box<dyn Carrier>> {
        Err(Error::new(Kind::Bug, format!("nobody can hand over to {target}")))
    }
}

/// All of them, for a whole run.
pub(super) struct Destinations<'j> {
    each: Vec<One<'j>>,
    stopped: Stopped,
    failed: Vec<(usize, Error)>,
}

struct One<'j> {
    target: &'j Target,
    carrier: Option<Box<dyn Carrier>>,
}

/// Those that work, open for a session.
pub(super) struct OpenDestinations<'d> {
    each: Vec<Open<'d>>,
    /// Also of those that are not open.
    targets: Vec<&'d Target>,
    all: DestinationSet,
    stopped: Stopped,
    failed: Vec<(usize, Error)>,
}

/// One of them.
pub(super) struct Open<'d> {
    pub(super) at: usize,
    pub(super) target: &'d Target,
    pub(super) destination: Box<dyn Destination + 'd>,
    first_use: Option<FirstUse<'d>>,
}

impl<'j> Destinations<'j> {
    pub(super) fn new(targets: &'j [Target]) -> Self {
        let each = targets.iter().map(|target| One { target, carrier: None }).collect();
        Self { each, stopped: Stopped::default(), failed: Vec::new() }
    }

    pub(super) fn all(&self) -> DestinationSet {
        DestinationSet::first(self.each.len())
    }

    pub(super) fn working(&self) -> DestinationSet {
        self.all().without(self.stopped.set())
    }

    pub(super) fn stopped(&self) -> Stopped {
        self.stopped.clone()
    }

    /// Does it still work, as one of the run's?
    pub(super) fn works(&self, target: &Target) -> bool {
        self.find(target).is_some_and(|at| self.working().has(at))
    }

    /// Checks all places before the login; one that cannot be used is stopped. Returns those that are ready.
    ///
    /// # Errors
    ///
    /// No place can be used, or the ledger does not know what is in one.
    pub(super) fn check(&mut self, job: &Job<'_>, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<DestinationSet> {
        let mut ready = DestinationSet::default();
        for at in self.all().iter() {
            match places::check(job, self.target(at), ledger, mailbox) {
                Ok(true) => ready = ready.with(at),
                Ok(false) => {}
                Err(error) if error.cause() == Cause::NoHistory => return Err(error),
                Err(error) if self.working() == DestinationSet::only(at) => return Err(error),
                Err(error) => self.stop(at, error),
            }
        }
        Ok(ready)
    }

    /// Which of the run's it is.
    pub(super) fn find(&self, target: &Target) -> Option<usize> {
        self.each.iter().position(|one| one.target == target)
    }

    pub(super) fn target(&self, at: usize) -> &'j Target {
        self.each[at].target
    }

    /// It is left alone for the rest of the run.
    pub(super) fn stop(&mut self, at: usize, error: Error) {
        self.stopped.add(at);
        self.failed.push((at, error));
    }

    /// Those that were stopped in a session.
    pub(super) fn stop_all(&mut self, failed: Vec<(usize, Error)>) {
        failed.into_iter().for_each(|(at, error)| self.stop(at, error));
    }

    /// Why each that has failed did, with its target.
    pub(super) fn take_failed(&mut self) -> Vec<(&'j Target, Error)> {
        let failed = std::mem::take(&mut self.failed);
        failed.into_iter().map(|(at, error)| (self.each[at].target, error)).collect()
    }

    /// Opens one.
    pub(super) fn open_one(
        &mut self,
        at: usize,
        job: &Job<'_>,
        mailbox: &Mailbox,
    ) -> Result<(Box<dyn Stager>, Box<dyn Destination + '_>)> {
        self.each[at].open(job, &job.delivery_context(mailbox))
    }

    /// Opens all that work, where messages may be about to be delivered; one that cannot be opened is stopped.
    ///
    /// # Errors
    ///
    /// None of them can be opened.
    pub(super) fn open(
        &mut self,
        job: &Job<'_>,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<(Tee, OpenDestinations<'_>)> {
        let (all, stopped, working) = (self.all(), self.stopped.clone(), self.working());
        let targets = self.each.iter().map(|one| one.target).collect();
        let mut opened =
            OpenDestinations { each: Vec::new(), targets, all, stopped: stopped.clone(), failed: Vec::new() };
        let mut stagers: Vec<(usize, Box<dyn Stager>)> = Vec::new();
        for (at, one) in self.each.iter_mut().enumerate().filter(|(at, _)| working.has(*at)) {
            let target = one.target;
            let made = places::make(job, target, ledger, mailbox);
            let open = made.and_then(|()| one.open(job, &job.delivery_context(mailbox)));
            match open.and_then(|open| Ok((open, FirstUse::of(target, ledger, mailbox)?))) {
                Ok(((stager, destination), first_use)) => {
                    stagers.push((at, stager));
                    opened.each.push(Open { at, target, destination, first_use });
                }
                Err(error) => {
                    stopped.add(at);
                    opened.failed.push((at, error));
                }
            }
        }
        // Not before all of them were tried.
        if opened.each.is_empty()
            && let Some((_, last)) = opened.failed.pop()
        {
            opened.failed.iter().for_each(|(_, error)| job.reporter.warn(&error.to_string()));
            return Err(last);
        }
        Ok((Tee::new(stagers, all, stopped), opened))
    }

    /// Ends the connections of those that take messages over.
    pub(super) fn close(&mut self) {
        self.each.iter_mut().filter_map(|one| one.carrier.as_mut()).for_each(|carrier| carrier.close());
    }
}

impl One<'_> {
    fn open(
        &mut self,
        job: &Job<'_>,
        context: &DeliveryContext,
    ) -> Result<(Box<dyn Stager>, Box<dyn Destination + '_>)> {
        let Target::HandOver(receiver) = self.target else {
            let (stager, destination) = self.target.open(context)?;
            return Ok((stager, destination));
        };
        if self.carrier.is_none() {
            self.carrier = Some(job.carriers.carrier(self.target)?);
        }
        let Some(carrier) = self.carrier.as_deref_mut() else {
            return Err(Error::new(Kind::Bug, "a carrier was made and is not there"));
        };
        let outbox = Outbox::open(receiver, carrier, context)?;
        Ok((Box::new(outbox.stager()?), Box::new(outbox)))
    }
}

impl<'d> OpenDestinations<'d> {
    /// Is it one of the run's?
    pub(super) fn has(&self, target: &Target) -> bool {
        self.targets.contains(&target)
    }

    pub(super) fn target(&self, at: usize) -> Option<&'d Target> {
        self.targets.get(at).copied()
    }

    /// All destinations of the run.
    pub(super) fn all(&self) -> DestinationSet {
        self.all
    }

    /// Where can what is staged be published? Where nothing more can be staged, what was may be published all the same.
    fn working(&self) -> DestinationSet {
        let failed = self.failed.iter().fold(DestinationSet::default(), |failed, (at, _)| failed.with(*at));
        self.each.iter().fold(DestinationSet::default(), |all, open| all.with(open.at)).without(failed)
    }

    /// One that still works.
    pub(super) fn get(&mut self, at: usize) -> Option<&mut Open<'d>> {
        let working = self.working();
        self.each.iter_mut().find(|open| open.at == at && working.has(at))
    }

    /// Are all of these among those that work?
    pub(super) fn have_all_of(&self, deliveries: &[DestinationId], ledger: &Ledger) -> Result<bool> {
        let mut here = HashSet::new();
        let working = self.working();
        for open in self.each.iter().filter(|open| working.has(open.at)) {
            here.extend(ledger.place(open.target)?.map(|place| place.id));
        }
        Ok(deliveries.iter().all(|id| here.contains(id)))
    }

    /// It is left alone from now on.
    ///
    /// # Errors
    ///
    /// This one, if it was the last that worked, and none takes messages over: then the session cannot go on well.
    pub(super) fn stop(&mut self, at: usize, error: Error) -> Result<()> {
        self.stopped.add(at);
        let hands_over = self.each.iter().any(|open| matches!(open.target, Target::HandOver(_)));
        let is_last = self.working().without(DestinationSet::only(at)).is_empty();
        if is_last && !hands_over {
            return Err(error);
        }
        self.failed.push((at, error));
        Ok(())
    }

    /// Removes what is staged of a message that is not to be published. Where the destination has failed, that may fail,
    /// too: it is left to the next run.
    pub(super) fn discard(&mut self, staged: Vec<(usize, Staged)>) -> Result<()> {
        let working = self.working();
        for (at, staged) in staged {
            let Some(open) = self.each.iter_mut().find(|open| open.at == at) else { continue };
            let discarded = open.destination.discard(staged);
            if working.has(at) {
                discarded?;
            }
        }
        Ok(())
    }

    /// A mailbox delivers there from now on.
    pub(super) fn note_first_use(&mut self, mailbox: &Mailbox) -> Result<()> {
        for open in &mut self.each {
            if let Some(first_use) = open.first_use.take() {
                first_use.note(mailbox)?;
            }
        }
        Ok(())
    }

    /// Removes what is staged and will never be needed, but for destinations that have failed.
    pub(super) fn sweep(&mut self, ledger: &Ledger, mailbox: &Mailbox) -> Result<()> {
        let keep: Vec<Placement> = ledger.staged(mailbox)?.into_iter().map(|row| row.placement).collect();
        let working = self.working();
        let mut open = self.each.iter_mut().filter(|open| working.has(open.at));
        open.try_for_each(|open| open.destination.sweep(&keep))
    }

    pub(super) fn take_remarks(&mut self) -> Vec<String> {
        self.each.iter_mut().flat_map(|open| open.destination.take_remarks()).collect()
    }

    pub(super) fn take_failed(self) -> Vec<(usize, Error)> {
        self.failed
    }
}
