//! One message's life as types: listed -> staged -> durable -> recorded -> published -> deleted.
//!
//! Each step consumes the value that the step before made, and only this module can make one; so data comes before
//! the ledger, the ledger before publication, publication before DELE. Where there are several destinations, each has a part
//! of a batch; a message may be deleted when every part that it is in was published.

use std::collections::HashSet;

pub(super) use self::part::BatchPart;
use super::destination_set::DestinationSet;
use super::destinations::OpenDestinations;
pub(super) use super::listed::{ListedMessage, Row};
use crate::client::Client;
use crate::deliver::{Placement, Staged};
use crate::effect::{Effect, Observer};
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::net::Transport;
use crate::output::{DeliveredMessage, DestinationName, Reporter, Summary};
use crate::proto::MessageNumber;
use crate::state::{Key, Ledger, Mailbox, Settled, StagedRow};

mod part;

/// A message that is whole in its staged files.
#[derive(Debug)]
pub(super) struct StagedMessage {
    pub(super) listed: ListedMessage,
    /// By the indices of their destinations.
    staged: Vec<(usize, Staged)>,
    /// Octets as they came over the line.
    pub(super) received: u64,
    pub(super) print: Fingerprint,
    summary: Option<Box<Summary>>,
}

/// A batch whose staged files survive a power cut.
#[derive(Debug)]
pub(super) struct Durable {
    messages: Vec<Arrived>,
    parts: Vec<DurablePart>,
}

/// What one destination has of it.
#[derive(Debug)]
struct DurablePart {
    at: usize,
    /// Which messages of the batch.
    of: Vec<usize>,
    staged: Vec<Staged>,
}

/// What is known of a message beside its places.
#[derive(Debug)]
struct Arrived {
    listed: ListedMessage,
    /// Octets as stored.
    length: u64,
    received: u64,
    print: Fingerprint,
    summary: Option<Box<Summary>>,
}

/// A batch that the ledger knows to be staged.
#[derive(Debug)]
pub(super) struct Recorded {
    messages: Vec<RecordedMessage>,
    pub(super) parts: Vec<BatchPart>,
}

/// One message of it.
#[derive(Debug)]
struct RecordedMessage {
    number: MessageNumber,
    key: Key,
    length: u64,
    /// Destinations of which it is not known that they have it.
    missing: DestinationSet,
    /// It must wait for more than this batch.
    waits: bool,
    is_published: bool,
}

/// What a destination has, durably; the ledger may still call it staged, and recovery would find out.
#[derive(Debug)]
pub(super) struct PublishedBatch {
    fetched: Vec<Fetched>,
    rows: Vec<StagedRow>,
}

/// What only the run that has fetched a message knows of it.
#[derive(Clone, Debug, Default)]
struct Fetched {
    number: Option<MessageNumber>,
    summary: Option<Box<Summary>>,
}

/// The right to delete a message from the server: it was published, and it is that message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    number: MessageNumber,
    key: Key,
}

impl StagedMessage {
    pub(super) fn new(listed: ListedMessage, staged: Vec<(usize, Staged)>, received: u64, print: Fingerprint) -> Self {
        Self { listed, staged, received, print, summary: None }
    }

    /// With what is to be told of it.
    pub(super) fn with_summary(self, summary: Option<Summary>) -> Self {
        Self { summary: summary.map(Box::new), ..self }
    }

    /// Octets as stored.
    pub(super) fn length(&self) -> u64 {
        self.staged.iter().map(|(_, staged)| staged.length()).max().unwrap_or(0)
    }

    /// It is not to be published: leaves nothing of it.
    pub(super) fn discard(self, destinations: &mut OpenDestinations<'_>) -> Result<ListedMessage> {
        destinations.discard(self.staged)?;
        Ok(self.listed)
    }
}

impl Durable {
    /// Has no destination anything of it?
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Data first. A destination that cannot keep it is left out, and left alone from then on.
    pub(super) fn make(batch: Vec<StagedMessage>, destinations: &mut OpenDestinations<'_>) -> Result<Self> {
        let mut messages = Vec::with_capacity(batch.len());
        let mut parts: Vec<DurablePart> = Vec::new();
        for (index, message) in batch.into_iter().enumerate() {
            let length = message.length();
            let StagedMessage { listed, staged, received, print, summary } = message;
            messages.push(Arrived { listed, length, received, print, summary });
            for (at, staged) in staged {
                let part = match parts.iter().position(|part| part.at == at) {
                    Some(known) => &mut parts[known],
                    None => parts.push_mut(DurablePart { at, of: Vec::new(), staged: Vec::new() }),
                };
                part.of.push(index);
                part.staged.push(staged);
            }
        }
        let mut durable = Vec::with_capacity(parts.len());
        for mut part in parts {
            let Some(open) = destinations.get(part.at) else {
                destinations.discard(part.staged.into_iter().map(|staged| (part.at, staged)).collect())?;
                continue;
            };
            match open.destination.make_durable(&mut part.staged) {
                Ok(()) => durable.push(part),
                Err(error) => destinations.stop(part.at, error)?,
            }
        }
        Ok(Self { messages, parts: durable })
    }

    /// Then the ledger. In the same transaction it hears that the batches before were published. `again`: what is known
    /// already was fetched once more.
    pub(super) fn record(
        self,
        destinations: &mut OpenDestinations<'_>,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        before: Vec<PublishedBatch>,
        again: bool,
        observer: &dyn Observer,
    ) -> Result<Recorded> {
        let Self { messages, parts } = self;
        let all = destinations.all();
        let mut recorded: Vec<RecordedMessage> =
            messages.iter().map(|message| RecordedMessage::of(message, all)).collect();
        let mut staged_for = vec![DestinationSet::default(); messages.len()];
        let mut rows_of = Vec::new();
        for part in parts {
            let Some(open) = destinations.get(part.at) else { continue };
            match open.destination.place(&part.staged) {
                Ok(placements) => {
                    part.of.iter().for_each(|&of| staged_for[of] = staged_for[of].with(part.at));
                    let rows = part.of.iter().zip(placements).map(|(&of, to)| messages[of].row(to)).collect();
                    rows_of.push((part.at, part.of, rows));
                }
                Err(error) => destinations.stop(part.at, error)?,
            }
        }
        let mut rows: Vec<StagedRow> = rows_of.iter().flat_map(|(_, _, rows): &(_, _, Vec<_>)| rows.clone()).collect();
        for ((message, recorded), staged_for) in messages.iter().zip(&mut recorded).zip(&staged_for) {
            let owed = recorded.missing.without(*staged_for);
            recorded.waits |= !owed.is_empty();
            // What is staged nowhere is fetched again, for all.
            if !staged_for.is_empty() {
                let targets = owed.iter().filter_map(|at| destinations.target(at).cloned());
                rows.extend(targets.map(|target| message.row(Placement::Owed(target))));
            }
        }
        let before: Vec<StagedRow> = before.into_iter().flat_map(|batch| batch.rows).collect();
        let replaced: Vec<Key> = messages.iter().filter(|_| again).map(|message| message.listed.key.clone()).collect();
        let unclaimed = unclaimed(&messages, destinations, ledger, mailbox)?;
        ledger.record_over(mailbox, &rows, &before, &replaced, &unclaimed)?;
        observer.after(Effect::Recorded);
        let fetched = |of: &usize| messages[*of].fetched();
        let parts = rows_of
            .into_iter()
            .map(|(at, of, rows)| BatchPart::new(at, of.iter().map(fetched).collect(), rows, of))
            .collect();
        Ok(Recorded { messages: recorded, parts })
    }
}

/// What waited for destinations that this run does not have, of messages that it has fetched for its own.
fn unclaimed(
    messages: &[Arrived],
    destinations: &OpenDestinations<'_>,
    ledger: &Ledger,
    mailbox: &Mailbox,
) -> Result<Vec<StagedRow>> {
    let is_waiting =
        |message: &&Arrived| message.listed.row.as_deref().is_some_and(|row| row.settled == Settled::Waiting);
    let waiting: HashSet<&Key> = messages.iter().filter(is_waiting).map(|message| &message.listed.key).collect();
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let is_foreign = |row: &StagedRow| waiting.contains(&row.key) && !destinations.has(&row.placement.target());
    Ok(ledger.staged(mailbox)?.into_iter().filter(|row| !row.presumed && is_foreign(row)).collect())
}

impl Arrived {
    fn row(&self, placement: Placement) -> StagedRow {
        StagedRow {
            key: self.listed.key.clone(),
            octets: self.listed.octets,
            received: Some(self.received),
            fingerprint: Some(self.print),
            placement,
            failed: false,
            presumed: false,
            waiting: None,
        }
    }

    fn fetched(&self) -> Fetched {
        Fetched { number: Some(self.listed.number), summary: self.summary.clone() }
    }
}

impl RecordedMessage {
    fn of(message: &Arrived, all: DestinationSet) -> Self {
        let Arrived { listed, length, .. } = message;
        Self {
            number: listed.number,
            key: listed.key.clone(),
            length: *length,
            missing: listed.wanted_by(all),
            waits: listed.waits_elsewhere(),
            is_published: false,
        }
    }
}

impl Recorded {
    /// Its parts, to be published one after the other.
    pub(super) fn take_parts(&mut self) -> Vec<BatchPart> {
        std::mem::take(&mut self.parts)
    }

    /// A destination has these of the batch.
    pub(super) fn note_published(&mut self, at: usize, of: &[usize]) {
        for &index in of {
            let message = &mut self.messages[index];
            message.missing = message.missing.without(DestinationSet::only(at));
            message.is_published = true;
        }
    }

    /// How many messages a destination has now, and how many octets of them, as stored.
    pub(super) fn published(&self) -> (u64, u64) {
        let published = self.messages.iter().filter(|message| message.is_published);
        published.fold((0, 0), |(messages, octets), message| (messages + 1, octets + message.length))
    }

    /// The rights to delete those that all their destinations have.
    pub(super) fn tokens(&self) -> impl Iterator<Item = Published> + '_ {
        let is_complete = |message: &&RecordedMessage| message.missing.is_empty() && !message.waits;
        let token = |message: &RecordedMessage| Published { number: message.number, key: message.key.clone() };
        self.messages.iter().filter(is_complete).map(token)
    }
}

impl PublishedBatch {
    /// What recovery found published.
    pub(super) fn found(rows: Vec<StagedRow>) -> Self {
        Self { fetched: vec![Fetched::default(); rows.len()], rows }
    }

    /// Several as one.
    pub(super) fn joined(batches: Vec<Self>) -> Self {
        let mut joined = Self { fetched: Vec::new(), rows: Vec::new() };
        for batch in batches {
            joined.fetched.extend(batch.fetched);
            joined.rows.extend(batch.rows);
        }
        joined
    }

    /// What is to be told of its messages; nothing, where nobody wants it.
    pub(super) fn delivered(&self, reporter: &dyn Reporter) -> Vec<DeliveredMessage> {
        if !reporter.wants_messages() {
            return Vec::new();
        }
        let delivered = |(fetched, row): (&Fetched, &StagedRow)| {
            let target = row.placement.target();
            DeliveredMessage {
                number: fetched.number.map(MessageNumber::get),
                uid: row.key.uid.clone(),
                kind: target.kind(),
                destination: match target.path() {
                    Some(path) => DestinationName::Path(path.to_owned()),
                    None => DestinationName::Name(target.octets().to_owned()),
                },
                path: row.placement.published_path(),
                summary: fetched.summary.as_deref().cloned(),
            }
        };
        self.fetched.iter().zip(&self.rows).map(delivered).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where they were staged.
    pub(super) fn placements(&self) -> Vec<Placement> {
        self.rows.iter().map(|row| row.placement.clone()).collect()
    }

    /// Octets of the messages, as they came.
    pub(super) fn octets(&self) -> u64 {
        self.rows.iter().filter_map(|row| row.received).sum()
    }

    /// The messages, each once.
    pub(super) fn keys(&self) -> HashSet<&Key> {
        self.rows.iter().map(|row| &row.key).collect()
    }

    /// Settles it in the ledger.
    pub(super) fn settle(self, ledger: &mut Ledger, mailbox: &Mailbox, observer: &dyn Observer) -> Result<()> {
        ledger.record(mailbox, &[], &self.rows)?;
        observer.after(Effect::Published);
        Ok(())
    }
}

impl Published {
    /// A message that an earlier run published, and that this session has found to be the one that the ledger means: by
    /// `print`, which was taken of it now. One that was only marked as seen, or of which nobody knows whether it was
    /// delivered, or that a destination does not have yet, never is.
    pub(super) fn proven(listed: &ListedMessage, known: &Row, print: Fingerprint) -> Option<Self> {
        let is_delivered = matches!(known.settled, Settled::Published | Settled::DeletePending | Settled::Deleted);
        (is_delivered && known.print == Some(print)).then(|| Self::of(listed))
    }

    /// A message that an older ledger has as published and knows by its unique-id and its size alone.
    pub(super) fn by_size(listed: &ListedMessage) -> Option<Self> {
        let row = listed.row.as_deref()?;
        let is_delivered = matches!(row.settled, Settled::Published | Settled::DeletePending);
        (is_delivered && row.print.is_none()).then(|| Self::of(listed))
    }

    fn of(listed: &ListedMessage) -> Self {
        Self { number: listed.number, key: listed.key.clone() }
    }

    /// The only place that asks for a deletion.
    pub(super) fn delete<T: Transport>(&self, client: &mut Client<T>) -> Result<()> {
        client.dele(self.number)
    }

    /// In this session.
    pub fn number(&self) -> MessageNumber {
        self.number
    }

    /// What the server calls it.
    pub fn key(&self) -> &Key {
        &self.key
    }
}
