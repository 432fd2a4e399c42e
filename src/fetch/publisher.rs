//! The second thread: takes groups of messages, tells which are new, closes batches of those, and takes each through
//! sync, ledger and publication while the first thread goes on reading from the network.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use super::BatchLimits;
use super::identify::{Identifier, Sorted, Told, Verdict};
use super::life::{Durable, ListedMessage, Published, PublishedBatch, StagedMessage};
use super::places::FirstUse;
use crate::deliver::Destination;
use crate::effect::Observer;
use crate::error::Result;
use crate::output::Reporter;
use crate::state::Ledger;

/// What the first thread gives: replies that are known to belong to their messages.
#[derive(Debug, Default)]
pub(super) struct ReplyGroup {
    pub(super) messages: Vec<StagedMessage>,
    pub(super) told: Vec<(ListedMessage, Told)>,
    /// No question is left.
    pub(super) all_told: bool,
}

/// What it gets back.
#[derive(Debug)]
pub(super) enum Word {
    /// Of a message that was in a group.
    Verdict(Verdict),
    /// The whole group was looked at: no other verdict comes of it.
    Sorted,
    /// A message was published.
    Published(Published),
}

/// What the thread works with.
pub(super) struct Publisher<'a> {
    pub(super) destination: &'a mut dyn Destination,
    pub(super) ledger: &'a mut Ledger,
    pub(super) identifier: Identifier<'a>,
    pub(super) limits: BatchLimits,
    pub(super) observer: &'a dyn Observer,
    pub(super) reporter: &'a dyn Reporter,
    /// Until the first message is recorded.
    pub(super) first_use: Option<FirstUse<'a>>,
    /// Published, and not settled in the ledger yet.
    pub(super) unsettled: Option<PublishedBatch>,
    pub(super) done: PublisherTally,
}

/// What the thread has done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PublisherTally {
    /// Messages published.
    pub(super) messages: u64,
    /// Octets of them, as stored.
    pub(super) octets: u64,
    /// Messages whose staged files somebody removed before they could be published.
    pub(super) vanished: u64,
    /// Messages that the server keeps although it confirmed more than once that they were deleted.
    pub(super) kept_by_server: u64,
    /// Messages that were known by another unique-id.
    pub(super) rebound: u64,
}

/// A batch that is being collected.
#[derive(Default)]
struct Batch {
    messages: Vec<StagedMessage>,
    octets: u64,
}

impl Publisher<'_> {
    /// Works until the other side hangs up and everything is published and settled.
    pub(super) fn run(&mut self, groups: &Receiver<ReplyGroup>, words: &Sender<Word>) -> Result<()> {
        while let Some(first) = self.next(groups)? {
            let mut batch = Batch::default();
            self.sort(first, &mut batch, words)?;
            self.collect(&mut batch, groups, words)?;
            if !batch.messages.is_empty() {
                self.publish(batch, words)?;
            }
        }
        self.settle()
    }

    /// The next group. When there is time, the ledger is brought up to date meanwhile.
    fn next(&mut self, groups: &Receiver<ReplyGroup>) -> Result<Option<ReplyGroup>> {
        if let Ok(group) = groups.try_recv() {
            return Ok(Some(group));
        }
        self.settle()?;
        Ok(groups.recv().ok())
    }

    /// Adds to a batch until it is full, or its time is over.
    fn collect(&mut self, batch: &mut Batch, groups: &Receiver<ReplyGroup>, words: &Sender<Word>) -> Result<()> {
        let BatchLimits { messages, octets, age } = self.limits;
        let is_open =
            |batch: &Batch| !batch.messages.is_empty() && batch.messages.len() < messages && batch.octets < octets;
        let closes = Instant::now() + age;
        while is_open(batch) {
            match groups.recv_timeout(closes.saturating_duration_since(Instant::now())) {
                Ok(group) => self.sort(group, batch, words)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }

    /// Tells which messages of a group are new: they come into the batch.
    fn sort(&mut self, group: ReplyGroup, batch: &mut Batch, words: &Sender<Word>) -> Result<()> {
        let ReplyGroup { messages, told, all_told } = group;
        if !told.is_empty() {
            let sorted = self.identifier.told(told, self.ledger, self.destination)?;
            self.note(sorted, batch, words);
        }
        if !messages.is_empty() {
            let sorted = self.identifier.came(messages, self.ledger, self.destination)?;
            self.note(sorted, batch, words);
        }
        if all_told {
            let sorted = self.identifier.all_told(self.ledger, self.destination)?;
            self.note(sorted, batch, words);
        }
        words.send(Word::Sorted).ok(); // nobody asks after a broken session
        Ok(())
    }

    fn note(&mut self, sorted: Sorted, batch: &mut Batch, words: &Sender<Word>) {
        self.done.kept_by_server += sorted.kept_by_server;
        self.done.rebound += sorted.rebound;
        batch.octets += sorted.publish.iter().map(StagedMessage::length).sum::<u64>();
        batch.messages.extend(sorted.publish);
        for verdict in sorted.verdicts {
            words.send(Word::Verdict(verdict)).ok(); // as above
        }
    }

    fn publish(&mut self, batch: Batch, words: &Sender<Word>) -> Result<()> {
        let mailbox = self.identifier.mailbox;
        let durable = Durable::make(batch.messages, self.destination)?;
        if let Some(first_use) = self.first_use.take() {
            first_use.note(mailbox)?;
        }
        let before = self.unsettled.take();
        let recorded = durable.record(self.destination, self.ledger, mailbox, before, self.observer)?;
        let (published, vanished) = recorded.publish(self.destination, self.ledger, mailbox, self.observer)?;
        self.done.messages += published.len() as u64;
        self.done.octets += batch.octets;
        self.done.vanished += vanished;
        let tokens: Vec<Published> = published.tokens().collect();
        let delivered = published.delivered(self.reporter);
        self.unsettled = Some(published);
        if self.destination.settles_at_once() {
            self.settle()?;
        }
        self.destination.release()?;
        for token in tokens {
            words.send(Word::Published(token)).ok(); // as above
        }
        // Whoever reads that may take its time: neither an mbox nor a deletion waits for it.
        delivered.iter().for_each(|message| self.reporter.published(message));
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        match self.unsettled.take() {
            Some(batch) => batch.settle(self.ledger, self.identifier.mailbox, self.observer),
            None => Ok(()),
        }
    }
}
