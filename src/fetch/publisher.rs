//! The second thread: takes staged messages, closes batches, and takes each through sync, ledger and publication
//! while the first thread goes on reading from the network.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use super::BatchLimits;
use super::life::{Durable, Published, PublishedBatch, StagedMessage};
use crate::deliver::Destination;
use crate::effect::Observer;
use crate::error::Result;
use crate::state::{Ledger, Mailbox};

/// What the thread works with.
pub(super) struct Publisher<'a> {
    pub(super) destination: &'a mut dyn Destination,
    pub(super) ledger: &'a mut Ledger,
    pub(super) mailbox: &'a Mailbox,
    pub(super) limits: BatchLimits,
    pub(super) observer: &'a dyn Observer,
    /// Published, and not settled in the ledger yet.
    pub(super) unsettled: Option<PublishedBatch>,
    pub(super) done: Done,
}

/// What the thread has done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Messages published.
    pub(super) messages: u64,
    /// Octets of them, as stored.
    pub(super) octets: u64,
    /// Messages whose staged files somebody removed before they could be published.
    pub(super) vanished: u64,
}

impl Publisher<'_> {
    /// Works until the other side hangs up and everything is published and settled. Rights to delete go to
    /// `published`.
    pub(super) fn run(&mut self, messages: &Receiver<StagedMessage>, published: &Sender<Published>) -> Result<()> {
        while let Some(first) = self.next(messages)? {
            let batch = self.collect(first, messages);
            self.publish(batch, published)?;
        }
        self.settle()
    }

    /// The first message of the next batch. When there is time, the ledger is brought up to date meanwhile.
    fn next(&mut self, messages: &Receiver<StagedMessage>) -> Result<Option<StagedMessage>> {
        if let Ok(message) = messages.try_recv() {
            return Ok(Some(message));
        }
        self.settle()?;
        Ok(messages.recv().ok())
    }

    fn collect(&self, first: StagedMessage, messages: &Receiver<StagedMessage>) -> Vec<StagedMessage> {
        let closes = Instant::now() + self.limits.age;
        let mut octets = first.length();
        let mut batch = vec![first];
        while batch.len() < self.limits.messages && octets < self.limits.octets {
            match messages.recv_timeout(closes.saturating_duration_since(Instant::now())) {
                Ok(message) => {
                    octets += message.length();
                    batch.push(message);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        batch
    }

    fn publish(&mut self, batch: Vec<StagedMessage>, published: &Sender<Published>) -> Result<()> {
        let octets: u64 = batch.iter().map(StagedMessage::length).sum();
        let durable = Durable::make(batch, self.destination)?;
        let before = self.unsettled.take();
        let recorded = durable.record(self.destination, self.ledger, self.mailbox, before, self.observer)?;
        let (batch, vanished) = recorded.publish(self.destination, self.ledger, self.mailbox)?;
        self.done.messages += batch.len() as u64;
        self.done.octets += octets;
        self.done.vanished += vanished;
        let tokens: Vec<Published> = batch.tokens().collect();
        self.unsettled = Some(batch);
        if self.destination.settles_at_once() {
            self.settle()?;
        }
        self.destination.release()?;
        for token in tokens {
            published.send(token).ok(); // nobody deletes after a broken session
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        match self.unsettled.take() {
            Some(batch) => batch.settle(self.ledger, self.mailbox, self.observer),
            None => Ok(()),
        }
    }
}
