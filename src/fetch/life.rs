//! One message's life as types: listed -> staged -> durable -> recorded -> published -> deleted.
//!
//! Each step consumes the value that the step before made, and only this module can make one; so data comes before
//! the ledger, the ledger before publication, publication before DELE.

use std::collections::HashSet;
use std::path::Path;

use crate::client::Client;
use crate::deliver::{Destination, Placement, Publication, Staged};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::net::Transport;
use crate::output::{DeliveredMessage, Reporter, Summary};
use crate::proto::MessageNumber;
use crate::state::{Key, Known, Ledger, Mailbox, Rebound, Settled, StagedRow};

/// A message that the server listed and of which something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMessage {
    /// In this session.
    pub number: MessageNumber,
    /// What the server calls it.
    pub key: Key,
    /// Octets as LIST said.
    pub octets: Option<u64>,
    /// What the ledger knows of the message that had this unique-id, if it may be another one now.
    /// Boxed, as a million new messages have none.
    pub row: Option<Box<Row>>,
    /// To be deleted from the server once it is published, or known to have been.
    pub delete: bool,
    /// It is fetched a second time, with nothing else outstanding, as the first answer may have been another message's.
    pub again: bool,
}

/// What matters here of a row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What became of the message.
    pub settled: Settled,
    /// Its fingerprint, if it was taken.
    pub print: Option<Fingerprint>,
    /// TOP was asked for its fingerprint, whether it could tell or not.
    pub is_asked: bool,
    /// Octets as LIST said then.
    pub octets: Option<u64>,
    /// It was missing from the last listing.
    pub is_back: bool,
    /// So often the server confirmed that it was deleted.
    pub deletes: u32,
}

impl Row {
    /// Of a row of the ledger.
    pub fn of(known: &Known<'_>) -> Self {
        Self {
            settled: known.settled,
            print: known.fingerprint,
            is_asked: known.is_asked,
            octets: known.octets,
            is_back: known.vanished_for.is_some(),
            deletes: known.deletes,
        }
    }

    /// Of a row that was found under another unique-id.
    pub(super) fn rebound(found: &Rebound, print: Fingerprint) -> Self {
        Self { settled: found.settled, print: Some(print), is_asked: true, octets: None, is_back: true, deletes: 0 }
    }

    /// Had it only gone from the listing, without our doing?
    pub fn is_only_back(&self) -> bool {
        self.is_back && matches!(self.settled, Settled::Published | Settled::Seen)
    }

    /// Has the server confirmed more than one deletion and still lists it? Then it is not asked for another one.
    pub fn is_kept_by_server(&self) -> bool {
        self.deletes >= DELETED_IN_VAIN && self.settled == Settled::Published
    }

    /// Is it now that the server is found to do so?
    pub fn shows_that_server_keeps_it(&self) -> bool {
        self.deletes >= DELETED_IN_VAIN && self.settled == Settled::Deleted && !self.is_back
    }
}

/// A message that is whole in its staged file.
#[derive(Debug)]
pub(super) struct StagedMessage {
    pub(super) listed: ListedMessage,
    staged: Staged,
    /// Octets as they came over the line.
    pub(super) received: u64,
    pub(super) print: Fingerprint,
    summary: Option<Box<Summary>>,
}

/// A batch whose staged files survive a power cut.
#[derive(Debug)]
pub(super) struct Durable {
    messages: Vec<Arrived>,
    staged: Vec<Staged>,
}

/// What is known of a message beside its place.
#[derive(Debug)]
struct Arrived {
    listed: ListedMessage,
    received: u64,
    print: Fingerprint,
    summary: Option<Box<Summary>>,
}

/// What only the run that has fetched a message knows of it.
#[derive(Debug, Default)]
struct Fetched {
    number: Option<MessageNumber>,
    summary: Option<Box<Summary>>,
}

/// A batch that the ledger knows to be staged.
#[derive(Debug)]
pub(super) struct Recorded {
    fetched: Vec<Fetched>,
    rows: Vec<StagedRow>,
}

/// A batch that is where its reader looks for it, durably; the ledger may still call it staged, and recovery would
/// find out.
#[derive(Debug)]
pub(super) struct PublishedBatch {
    fetched: Vec<Fetched>,
    rows: Vec<StagedRow>,
}

/// The right to delete a message from the server: it was published, and it is that message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    number: MessageNumber,
    key: Key,
}

impl StagedMessage {
    pub(super) fn new(listed: ListedMessage, staged: Staged, received: u64, print: Fingerprint) -> Self {
        Self { listed, staged, received, print, summary: None }
    }

    /// With what is to be told of it.
    pub(super) fn with_summary(self, summary: Option<Summary>) -> Self {
        Self { summary: summary.map(Box::new), ..self }
    }

    /// Octets as stored.
    pub(super) fn length(&self) -> u64 {
        self.staged.length()
    }

    /// It is not to be published: leaves nothing of it.
    pub(super) fn discard(self, destination: &mut dyn Destination) -> Result<ListedMessage> {
        destination.discard(self.staged)?;
        Ok(self.listed)
    }
}

impl Durable {
    /// Data first.
    pub(super) fn make(batch: Vec<StagedMessage>, destination: &mut dyn Destination) -> Result<Self> {
        let split = |message: StagedMessage| {
            let StagedMessage { listed, staged, received, print, summary } = message;
            (Arrived { listed, received, print, summary }, staged)
        };
        let (messages, mut staged): (Vec<Arrived>, Vec<Staged>) = batch.into_iter().map(split).unzip();
        destination.make_durable(&mut staged)?;
        Ok(Self { messages, staged })
    }

    /// Then the ledger; what was published before rides along.
    pub(super) fn record(
        self,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        before: Option<PublishedBatch>,
        observer: &dyn Observer,
    ) -> Result<Recorded> {
        let placements = destination.place(&self.staged)?;
        let row = |(message, placement): (&Arrived, &Placement)| StagedRow {
            key: message.listed.key.clone(),
            octets: message.listed.octets,
            received: Some(message.received),
            fingerprint: Some(message.print),
            placement: placement.clone(),
            failed: false,
            presumed: false,
        };
        let rows: Vec<StagedRow> = self.messages.iter().zip(&placements).map(row).collect();
        ledger.record(mailbox, &rows, before.as_ref().map_or(&[], |before| &before.rows))?;
        observer.after(Effect::Recorded);
        let fetched = |message: Arrived| Fetched { number: Some(message.listed.number), summary: message.summary };
        Ok(Recorded { fetched: self.messages.into_iter().map(fetched).collect(), rows })
    }
}

impl Recorded {
    /// Takes up again what an earlier run had recorded and not published: places it anew, and records that.
    pub(super) fn again(
        mut rows: Vec<StagedRow>,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let staged: Vec<Staged> = rows.iter().map(|row| row.placement.as_staged()).collect();
        let placements = destination.place(&staged)?;
        rows.iter_mut().zip(placements).for_each(|(row, placement)| row.placement = placement);
        ledger.record(mailbox, &rows, &[])?;
        observer.after(Effect::Recorded);
        Ok(Self { fetched: fetched_before(&rows), rows })
    }

    /// Then publication. What somebody had removed from the staged files is forgotten at once, while it is known that
    /// it was not published; how many messages that were comes second.
    ///
    /// # Errors
    ///
    /// The ledger then knows which messages were surely not published; the others are in doubt, and for recovery.
    pub(super) fn publish(
        mut self,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observer: &dyn Observer,
    ) -> Result<(PublishedBatch, u64)> {
        for _ in 0..TRIES {
            let placements: Vec<Placement> = self.rows.iter().map(|row| row.placement.clone()).collect();
            match destination.publish(&placements) {
                Ok(Publication::Done { missing }) => return self.without(&missing, ledger, mailbox),
                Ok(Publication::PlaceAgain) => {
                    let fetched = self.fetched;
                    self = Self { fetched, ..Self::again(self.rows, destination, ledger, mailbox, observer)? };
                }
                Err(failed) => {
                    let surely: Vec<StagedRow> =
                        failed.not_published.iter().filter_map(|&at| self.rows.get(at).cloned()).collect();
                    if !surely.is_empty() {
                        // The error that counts is the first; without this note the messages are in doubt.
                        ledger.note_failed(mailbox, &surely).ok();
                    }
                    return Err(failed.error);
                }
            }
        }
        let text = "another program goes on appending to the mbox, whatever locks it has";
        Err(Error::new(Kind::TryLater, text).hint("let all programs that use it lock it by fcntl or a .lock file"))
    }

    fn without(self, missing: &[usize], ledger: &mut Ledger, mailbox: &Mailbox) -> Result<(PublishedBatch, u64)> {
        let missing: HashSet<usize> = missing.iter().copied().collect();
        let mut batch = PublishedBatch { fetched: Vec::new(), rows: Vec::new() };
        let mut forgotten = Vec::new();
        for (at, (fetched, row)) in self.fetched.into_iter().zip(self.rows).enumerate() {
            if missing.contains(&at) {
                forgotten.push(row);
            } else {
                batch.fetched.push(fetched);
                batch.rows.push(row);
            }
        }
        if !forgotten.is_empty() {
            ledger.forget_staged(mailbox, &forgotten)?;
        }
        Ok((batch, forgotten.len() as u64))
    }
}

impl PublishedBatch {
    /// What recovery found published.
    pub(super) fn found(rows: Vec<StagedRow>) -> Self {
        Self { fetched: fetched_before(&rows), rows }
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
                destination: target.path().map(Path::to_owned).unwrap_or_default(),
                path: row.placement.published_path(),
                summary: fetched.summary.as_deref().cloned(),
            }
        };
        self.fetched.iter().zip(&self.rows).map(delivered).collect()
    }

    /// The rights to delete its messages.
    pub(super) fn tokens(&self) -> impl Iterator<Item = Published> + '_ {
        let token = |(fetched, row): (&Fetched, &StagedRow)| {
            fetched.number.map(|number| Published { number, key: row.key.clone() })
        };
        self.fetched.iter().zip(&self.rows).filter_map(token)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
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
    /// delivered, never is.
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

fn fetched_before(rows: &[StagedRow]) -> Vec<Fetched> {
    rows.iter().map(|_| Fetched::default()).collect()
}

/// How often a batch is placed anew because the mbox has grown meanwhile.
const TRIES: usize = 8;

/// Confirmed deletions after which a message that is still listed is left alone.
const DELETED_IN_VAIN: u32 = 2;
