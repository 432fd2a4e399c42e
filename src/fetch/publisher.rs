//! The second thread: takes groups of messages, tells which are new, closes batches of those, and takes each through
//! sync, ledger and publication while the first thread goes on reading from the network.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::BatchLimits;
use super::destinations::OpenDestinations;
use super::identify::{Identifier, Sorted, Told, Verdict};
use super::leftover::Leftover;
use super::life::{BatchPart, Durable, ListedMessage, Published, PublishedBatch, StagedMessage};
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
pub(super) struct Publisher<'a, 'd> {
    pub(super) destinations: OpenDestinations<'d>,
    pub(super) ledger: &'a mut Ledger,
    pub(super) identifier: Identifier<'a>,
    pub(super) limits: BatchLimits,
    /// Messages of the next batch, at most, where some are handed over: whoever takes them may need long for each, and the
    /// first thread is not to wait for a large batch.
    pub(super) pace: Option<usize>,
    pub(super) observer: &'a dyn Observer,
    pub(super) reporter: &'a dyn Reporter,
    /// Published, and not settled in the ledger yet.
    pub(super) unsettled: Vec<PublishedBatch>,
    pub(super) done: PublisherTally,
}

/// What the thread has done.
#[derive(Debug, Default)]
pub(super) struct PublisherTally {
    /// Messages published, to one destination at least.
    pub(super) messages: u64,
    /// Octets of them, as stored.
    pub(super) octets: u64,
    /// Messages whose staged files somebody removed before they could be published.
    pub(super) vanished: u64,
    /// Messages that the server keeps although it confirmed more than once that they were deleted.
    pub(super) kept_by_server: u64,
    /// Messages that were known by another unique-id.
    pub(super) rebound: u64,
    /// They are being renumbered.
    pub(super) is_renumbered: bool,
    /// What destinations have not taken.
    pub(super) leftover: Leftover,
}

/// A batch that is being collected.
#[derive(Default)]
struct Batch {
    messages: Vec<StagedMessage>,
    octets: u64,
}

/// As many messages as are published in a minute, after so many took so long.
fn pace(messages: usize, took: Duration) -> usize {
    let a_message = took.as_secs_f64() / messages.max(1) as f64;
    ((60.0 / a_message.max(0.001)) as usize).max(FEWEST)
}

/// Messages of a batch that is handed over, at first and at least.
pub(super) const FEWEST: usize = 16;

impl Publisher<'_, '_> {
    /// Works until the other side hangs up and everything is published and settled.
    pub(super) fn run(&mut self, groups: &Receiver<ReplyGroup>, words: &Sender<Word>) -> Result<()> {
        while let Some(first) = self.next(groups)? {
            let mut batch = Batch::default();
            self.sort(first, &mut batch, words)?;
            self.collect(&mut batch, groups, words)?;
            if !batch.messages.is_empty() {
                let (messages, begun) = (batch.messages.len(), Instant::now());
                self.publish(batch, words)?;
                self.pace = self.pace.map(|_| pace(messages, begun.elapsed()));
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
        let messages = self.pace.map_or(messages, |pace| messages.min(pace));
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
            let sorted = self.identifier.told(told, self.ledger, &mut self.destinations)?;
            self.note(sorted, batch, words);
        }
        if !messages.is_empty() {
            let sorted = self.identifier.came(messages, self.ledger, &mut self.destinations)?;
            self.note(sorted, batch, words);
        }
        if all_told {
            let sorted = self.identifier.all_told(self.ledger, &mut self.destinations)?;
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
        let durable = Durable::make(batch.messages, &mut self.destinations)?;
        if durable.is_empty() {
            return Ok(()); // no destination works any more
        }
        self.destinations.note_first_use(mailbox)?;
        let before = std::mem::take(&mut self.unsettled);
        let again = self.identifier.fetches_again();
        let mut recorded =
            durable.record(&mut self.destinations, self.ledger, mailbox, before, again, self.observer)?;
        for part in recorded.take_parts().into_iter().flat_map(BatchPart::rounds) {
            let of = self.publish_part(part)?;
            recorded.note_published(of.0, &of.1);
        }
        let (messages, octets) = recorded.published();
        self.done.messages += messages;
        self.done.octets += octets;
        recorded.tokens().for_each(|token| {
            words.send(Word::Published(token)).ok(); // as above
        });
        Ok(())
    }

    /// One destination's part. Returns which destination has which messages of the batch now.
    fn publish_part(&mut self, part: BatchPart) -> Result<(usize, Vec<usize>)> {
        let (at, mailbox) = (part.at, self.identifier.mailbox);
        let Some(open) = self.destinations.get(at) else { return Ok((at, Vec::new())) };
        let mut published = part.publish(open.destination.as_mut(), self.ledger, mailbox, self.observer)?;
        self.done.vanished += published.vanished;
        published.note_left(&mut self.done.leftover, open.target, self.ledger, mailbox)?;
        let delivered = published.batch.delivered(self.reporter);
        let settles_at_once = open.destination.settles_at_once();
        if !published.is_settled && published.batch.len() > 0 {
            self.unsettled.push(published.batch);
        }
        if settles_at_once {
            self.settle()?;
        }
        if let Some(open) = self.destinations.get(at) {
            open.destination.release()?;
        }
        if let Some(error) = published.error {
            self.destinations.stop(at, error)?;
        }
        // Whoever reads that may take its time: neither an mbox nor a deletion waits for it.
        delivered.iter().for_each(|message| self.reporter.published(message));
        Ok((at, published.of))
    }

    /// Removes what is staged and will never be needed.
    pub(super) fn sweep(&mut self) -> Result<()> {
        self.destinations.sweep(self.ledger, self.identifier.mailbox)
    }

    fn settle(&mut self) -> Result<()> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let batches = std::mem::take(&mut self.unsettled);
        PublishedBatch::joined(batches).settle(self.ledger, self.identifier.mailbox, self.observer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_what_is_handed_over_in_a_minute() {
        assert_eq!(pace(16, Duration::from_secs(16)), 60);
        assert_eq!(pace(16, Duration::from_secs(4)), 240);
        // Whoever needs a minute for one gets no fewer than at first, and nothing is divided by zero.
        assert_eq!(pace(16, Duration::from_secs(16 * 60)), FEWEST);
        assert_eq!(pace(0, Duration::ZERO), 60_000);
    }
}
