//! What one destination has of a batch: from the ledger to publication.

use std::collections::HashSet;

use super::{Fetched, PublishedBatch};
use crate::deliver::{Destination, Left, Placement, Publication, PublishFailed, Staged, Target};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};
use crate::fetch::leftover::Leftover;
use crate::fingerprint::Fingerprint;
use crate::state::{Ledger, Mailbox, StagedRow};

/// Messages that the ledger knows to be staged for one destination.
#[derive(Debug)]
pub(in crate::fetch) struct BatchPart {
    pub(in crate::fetch) at: usize,
    fetched: Vec<Fetched>,
    rows: Vec<StagedRow>,
    /// Which messages of the batch they are.
    of: Vec<usize>,
}

/// What became of a part.
#[derive(Debug)]
pub(in crate::fetch) struct PartPublished {
    pub(in crate::fetch) batch: PublishedBatch,
    /// Which messages of the batch that is.
    pub(in crate::fetch) of: Vec<usize>,
    /// The ledger has settled it already.
    pub(in crate::fetch) is_settled: bool,
    /// Messages whose staged files somebody had removed.
    pub(in crate::fetch) vanished: u64,
    /// Not taken now, and why. With a mark: perhaps taken, without an answer.
    pub(in crate::fetch) later: Vec<(StagedRow, String)>,
    /// Not wanted, and why.
    pub(in crate::fetch) refused: Vec<(StagedRow, String)>,
    /// The destination cannot be used any more; what it has is told all the same.
    pub(in crate::fetch) error: Option<Error>,
}

/// What a destination has said of a part. Indices are those of its rows.
#[derive(Debug, Default)]
struct PartOutcome {
    /// Their staged files are gone.
    missing: Vec<usize>,
    left: Vec<(usize, Left)>,
    /// Perhaps taken, without an answer.
    unanswered: Vec<(usize, String)>,
    error: Option<Error>,
}

impl BatchPart {
    pub(super) fn new(at: usize, fetched: Vec<Fetched>, rows: Vec<StagedRow>, of: Vec<usize>) -> Self {
        Self { at, fetched, rows, of }
    }

    /// What waits in the outbox: it was recorded by an earlier run.
    pub(in crate::fetch) fn waiting(at: usize, rows: Vec<StagedRow>) -> Self {
        let (fetched, of) = (vec![Fetched::default(); rows.len()], (0..rows.len()).collect());
        Self { at, fetched, rows, of }
    }

    /// In pieces, each of which has a message only once, where the destination may be asked whether it has one: of two that
    /// are the same, nobody could tell which it is.
    pub(in crate::fetch) fn rounds(self) -> Vec<Self> {
        let can_be_asked = |row: &StagedRow| matches!(&row.placement, Placement::Outbox { receiver, .. } if receiver.way.can_be_asked());
        if !self.rows.iter().any(can_be_asked) {
            return vec![self];
        }
        let Self { at, fetched, rows, of } = self;
        let mut rounds: Vec<(Self, HashSet<Option<Fingerprint>>)> = Vec::new();
        for ((fetched, row), of) in fetched.into_iter().zip(rows).zip(of) {
            let is_new = |(_, seen): &(Self, HashSet<_>)| !seen.contains(&row.fingerprint);
            let found = match rounds.iter().position(is_new) {
                Some(found) => found,
                None => {
                    let empty = Self { at, fetched: Vec::new(), rows: Vec::new(), of: Vec::new() };
                    rounds.push((empty, HashSet::new()));
                    rounds.len() - 1
                }
            };
            let (round, seen) = &mut rounds[found];
            seen.insert(row.fingerprint);
            round.fetched.push(fetched);
            round.rows.push(row);
            round.of.push(of);
        }
        rounds.into_iter().map(|(round, _)| round).collect()
    }

    /// Takes up again what an earlier run had recorded and not published: places it anew, and records that.
    pub(in crate::fetch) fn again(
        at: usize,
        rows: Vec<StagedRow>,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observer: &dyn Observer,
    ) -> Result<Self> {
        Self::waiting(at, rows).place_again(destination, ledger, mailbox, observer)
    }

    fn place_again(
        mut self,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let staged: Vec<Staged> = self.rows.iter().map(|row| row.placement.as_staged()).collect();
        let placements = destination.place(&staged)?;
        self.rows.iter_mut().zip(placements).for_each(|(row, placement)| row.placement = placement);
        ledger.record(mailbox, &self.rows, &[])?;
        observer.after(Effect::Recorded);
        Ok(self)
    }

    /// Publication. What somebody had removed from the staged files is forgotten at once, while it is known that it was not
    /// published. What a receiver takes is settled as it comes.
    ///
    /// # Errors
    ///
    /// The ledger cannot be used. That a destination cannot is no error here: it is in the result.
    pub(in crate::fetch) fn publish(
        mut self,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observer: &dyn Observer,
    ) -> Result<PartPublished> {
        for _ in 0..TRIES {
            if let Err(error) = self.mark(destination, ledger, mailbox) {
                let nothing = PublishFailed::new(error, Vec::new());
                return self.failed(*nothing, HashSet::new(), ledger, mailbox);
            }
            let placements: Vec<Placement> = self.rows.iter().map(|row| row.placement.clone()).collect();
            let uids: Vec<&[u8]> = self.rows.iter().map(|row| row.key.uid.as_slice()).collect();
            let mut settled: HashSet<usize> = HashSet::new();
            let mut taken = |at: &[usize]| {
                let rows: Vec<StagedRow> = at.iter().filter_map(|&at| self.rows.get(at).cloned()).collect();
                ledger.record(mailbox, &[], &rows)?;
                settled.extend(at);
                observer.after(Effect::Published);
                Ok(())
            };
            match destination.publish(&placements, &uids, &mut taken) {
                Ok(Publication::Done { missing, left }) => {
                    let came = PartOutcome { missing, left, ..PartOutcome::default() };
                    return self.done(came, &settled, ledger, mailbox);
                }
                Ok(Publication::PlaceAgain) => self = self.place_again(destination, ledger, mailbox, observer)?,
                Err(failed) => return self.failed(*failed, settled, ledger, mailbox),
            }
        }
        let text = "another program goes on appending to the mbox, whatever locks it has";
        let error =
            Error::new(Kind::TryLater, text).hint("let all programs that use it lock it by fcntl or a .lock file");
        self.failed(*PublishFailed::new(error, Vec::new()), HashSet::new(), ledger, mailbox)
    }

    /// By what a receiver can be asked, before anything is handed over.
    fn mark(&mut self, destination: &mut dyn Destination, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<()> {
        let mut placements: Vec<Placement> = self.rows.iter().map(|row| row.placement.clone()).collect();
        if destination.mark(&mut placements)? {
            self.rows.iter_mut().zip(placements).for_each(|(row, placement)| row.placement = placement);
            ledger.note_marks(mailbox, &self.rows)?;
        }
        Ok(())
    }

    /// Everything was tried.
    fn done(
        self,
        came: PartOutcome,
        settled: &HashSet<usize>,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<PartPublished> {
        let PartOutcome { missing, left, unanswered, error } = came;
        let missing: HashSet<usize> = missing.into_iter().collect();
        let left_at: HashSet<usize> = left.iter().map(|(at, _)| *at).collect();
        let forgotten: Vec<StagedRow> = missing.iter().filter_map(|&at| self.rows.get(at).cloned()).collect();
        ledger.forget_staged(mailbox, &forgotten)?;
        let (mut later, mut refused) = (Vec::new(), Vec::new());
        for (at, why) in left {
            let Some(row) = self.rows.get(at).cloned() else { continue };
            match why {
                Left::Later(why) => later.push((row.without_mark(), why)),
                Left::Refused(why) => refused.push((row, why)),
            }
        }
        later.extend(unanswered.into_iter().filter_map(|(at, why)| Some((self.rows.get(at).cloned()?, why))));
        // After an error only what was settled is known to be there.
        let is_there = |at: &usize| match error {
            Some(_) => settled.contains(at),
            None => !missing.contains(at) && !left_at.contains(at),
        };
        let mut batch = PublishedBatch { fetched: Vec::new(), rows: Vec::new() };
        let mut of = Vec::new();
        for (at, (fetched, row)) in self.fetched.into_iter().zip(self.rows).enumerate() {
            if is_there(&at) {
                batch.fetched.push(fetched);
                batch.rows.push(row);
                of.push(self.of[at]);
            }
        }
        let is_settled = !settled.is_empty();
        Ok(PartPublished { batch, of, is_settled, vanished: forgotten.len() as u64, later, refused, error })
    }

    /// The ledger then knows which messages were surely not published. The others of a place are in doubt, and for recovery;
    /// those of a receiver wait.
    fn failed(
        self,
        failed: PublishFailed,
        settled: HashSet<usize>,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<PartPublished> {
        let PublishFailed { error, not_published, left } = failed;
        let hands_over = self.rows.iter().any(|row| matches!(row.placement, Placement::Outbox { .. }));
        if !hands_over {
            let surely: Vec<StagedRow> = not_published.iter().filter_map(|&at| self.rows.get(at).cloned()).collect();
            if !surely.is_empty() {
                // The error that counts is the first; without this note the messages are in doubt.
                ledger.note_failed(mailbox, &surely).ok();
            }
            let came = PartOutcome { left, error: Some(error), ..PartOutcome::default() };
            return self.done(came, &settled, ledger, mailbox);
        }
        let answered: HashSet<usize> = left.iter().map(|(at, _)| *at).chain(not_published.iter().copied()).collect();
        let why = error.to_string();
        let waiting = (0..self.rows.len()).filter(|at| !settled.contains(at) && !answered.contains(at));
        let unanswered = waiting.map(|at| (at, why.clone())).collect();
        let came = PartOutcome { missing: not_published, left, unanswered, error: Some(error) };
        self.done(came, &settled, ledger, mailbox)
    }
}

impl PartPublished {
    /// Tells the ledger what was not taken, and why.
    pub(in crate::fetch) fn note_left(
        &mut self,
        leftover: &mut Leftover,
        target: &Target,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<()> {
        ledger.note_later(mailbox, &self.later)?;
        let attempts = ledger.note_refused(mailbox, &self.refused)?;
        for ((row, why), attempt) in std::mem::take(&mut self.refused).into_iter().zip(attempts) {
            leftover.add_refused(target, row.key, why, attempt);
        }
        let why = self.later.last().filter(|_| self.error.is_none()).map(|(_, why)| why.as_str());
        leftover.add_waiting(target, self.later.len(), why);
        Ok(())
    }
}

/// How often a batch is placed anew because the mbox has grown meanwhile.
const TRIES: usize = 8;
