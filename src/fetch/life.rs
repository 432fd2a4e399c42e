//! One message's life as types: listed -> staged -> durable -> recorded -> published -> deleted.
//!
//! Each step consumes the value that the step before made, and only this module can make one; so data comes before
//! the ledger, the ledger before publication, publication before DELE.

use std::collections::HashSet;
use std::time::Duration;

use crate::client::Client;
use crate::deliver::{Destination, Placement, Staged};
use crate::effect::{Effect, Observer};
use crate::error::Result;
use crate::net::Transport;
use crate::proto::MessageNumber;
use crate::state::{DestinationId, Key, Ledger, Mailbox, Settled, StagedRow};

/// A message that the server listed and that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// In this session.
    pub number: MessageNumber,
    /// For ever.
    pub key: Key,
    /// Octets as LIST said.
    pub octets: Option<u64>,
}

/// A message that is whole in its staged file.
#[derive(Debug)]
pub(super) struct StagedMessage {
    listed: Listed,
    staged: Staged,
}

/// A batch whose staged files survive a power cut.
#[derive(Debug)]
pub(super) struct Durable {
    messages: Vec<Listed>,
    staged: Vec<Staged>,
}

/// A batch that the ledger knows to be staged.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Without a number, if the run that fetched it has ended.
    numbers: Vec<Option<MessageNumber>>,
    rows: Vec<StagedRow>,
    placements: Vec<Placement>,
}

/// A batch that is where its reader looks for it, durably; the ledger may still call it staged, and recovery would
/// find out.
#[derive(Debug)]
pub(super) struct PublishedBatch {
    numbers: Vec<Option<MessageNumber>>,
    rows: Vec<StagedRow>,
}

/// The right to delete a message from the server: it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    number: MessageNumber,
    key: Key,
    /// Where it was put in an earlier run, if that is known.
    place: Option<DestinationId>,
}

impl StagedMessage {
    pub(super) fn new(listed: Listed, staged: Staged) -> Self {
        Self { listed, staged }
    }

    /// Octets as stored.
    pub(super) fn length(&self) -> u64 {
        self.staged.length()
    }
}

impl Durable {
    /// Data first.
    pub(super) fn make(batch: Vec<StagedMessage>, destination: &mut dyn Destination) -> Result<Self> {
        let (messages, staged) = batch.into_iter().map(|message| (message.listed, message.staged)).unzip();
        let durable = Self { messages, staged };
        destination.make_durable(&durable.staged)?;
        Ok(durable)
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
        let row = |(listed, placement): (&Listed, &Placement)| StagedRow {
            key: listed.key.clone(),
            octets: listed.octets,
            placement: placement.clone(),
            age: Duration::ZERO,
        };
        let rows: Vec<StagedRow> = self.messages.iter().zip(&placements).map(row).collect();
        ledger.record(mailbox, &rows, before.as_ref().map_or(&[], |before| &before.rows))?;
        observer.after(Effect::Recorded);
        let numbers = self.messages.iter().map(|listed| Some(listed.number)).collect();
        Ok(Recorded { numbers, rows, placements })
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
        rows.iter_mut().zip(&placements).for_each(|(row, placement)| row.placement = placement.clone());
        ledger.record(mailbox, &rows, &[])?;
        observer.after(Effect::Recorded);
        Ok(Self { numbers: vec![None; rows.len()], rows, placements })
    }

    /// Then publication. What somebody had removed from the staged files is forgotten at once, while it is known that
    /// it was not published; how many messages that were comes second.
    pub(super) fn publish(
        self,
        destination: &mut dyn Destination,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<(PublishedBatch, u64)> {
        let missing: HashSet<usize> = destination.publish(&self.placements)?.into_iter().collect();
        let mut batch = PublishedBatch { numbers: Vec::new(), rows: Vec::new() };
        let mut forgotten = Vec::new();
        for (at, (number, row)) in self.numbers.into_iter().zip(self.rows).enumerate() {
            if missing.contains(&at) {
                forgotten.push(row);
            } else {
                batch.numbers.push(number);
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
        Self { numbers: vec![None; rows.len()], rows }
    }

    /// The rights to delete its messages.
    pub(super) fn tokens(&self) -> impl Iterator<Item = Published> + '_ {
        let token = |(number, row): (&Option<MessageNumber>, &StagedRow)| {
            number.map(|number| Published { number, key: row.key.clone(), place: None })
        };
        self.numbers.iter().zip(&self.rows).filter_map(token)
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
    /// A message that an earlier run published, by what the ledger says. One that was only marked as seen never was.
    pub(super) fn before(
        number: MessageNumber,
        key: Key,
        settled: Settled,
        place: Option<DestinationId>,
    ) -> Option<Self> {
        match settled {
            Settled::Published | Settled::DeletePending | Settled::Deleted => Some(Self { number, key, place }),
            Settled::Seen => None,
        }
    }

    /// The only place that asks for a deletion.
    pub(super) fn delete<T: Transport>(&self, client: &mut Client<T>) -> Result<()> {
        client.dele(self.number)
    }

    /// In this session.
    pub fn number(&self) -> MessageNumber {
        self.number
    }

    /// Where an earlier run put it, if that is known.
    pub fn place(&self) -> Option<DestinationId> {
        self.place
    }

    /// For ever.
    pub fn key(&self) -> &Key {
        &self.key
    }
}
