//! A Maildir as a place to copy to.

use std::path::Path;
use std::sync::Arc;

use super::{Copy, WhatIsLeft};
use crate::client::Part;
use crate::commands::shared::entries::Entry;
use crate::deliver::{DeliveryContext, Destination, Maildir, Publication, Staged, Stager, Tag};
use crate::effect::Silent;
use crate::error::{Error, Kind, Result};
use crate::fetch::BatchLimits;
use crate::until::Until;

/// A Maildir, without a ledger: batches are durable, but a second dump brings everything again.
pub(in crate::commands) struct Folder {
    stager: Box<dyn Stager>,
    maildir: Maildir,
    batch: Vec<Staged>,
    octets: u64,
    /// Messages that were published.
    complete: usize,
}

impl Folder {
    pub(in crate::commands) fn open(dir: &Path) -> Result<Self> {
        let fallback = dir.to_owned(); // of no use to a Maildir
        let (tag, observer) = (Tag::random()?, Arc::new(Silent));
        let maildir = Maildir::create(dir, &DeliveryContext { tag, fallback, until: Until::default(), observer })?;
        Ok(Self { stager: Box::new(maildir.stager()?), maildir, batch: Vec::new(), octets: 0, complete: 0 })
    }

    fn publish(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.octets = 0;
        self.maildir.make_durable(&mut batch)?;
        let placements = self.maildir.place(&batch)?;
        let gone = match self.maildir.publish(&placements, &[], &mut |_| Ok(())).map_err(|failed| failed.error)? {
            Publication::Done { missing, .. } => missing.len(),
            Publication::PlaceAgain => batch.len(), // never of a Maildir
        };
        self.complete += batch.len() - gone;
        match gone {
            0 => Ok(()),
            gone => Err(Error::new(Kind::LocalIo, format!("somebody removed {gone} files from tmp/ of the Maildir"))),
        }
    }
}

impl Copy for Folder {
    fn part(&mut self, _: &Entry<'_>, part: &Part<'_>) -> Result<()> {
        match part {
            Part::Begin => self.stager.begin(),
            Part::Octets(octets) => self.stager.write(octets),
            Part::End => {
                let staged = self.stager.finish()?;
                self.octets += staged.length();
                self.batch.push(staged);
                let limits = BatchLimits::default();
                if self.batch.len() >= limits.messages || self.octets >= limits.octets {
                    self.publish()
                } else {
                    Ok(())
                }
            }
            Part::Refused(_) => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.stager.abandon()?;
        self.publish()
    }

    fn cut_back(&mut self) -> Result<WhatIsLeft> {
        self.finish().map(|()| WhatIsLeft::Complete)
    }

    fn complete(&self) -> usize {
        self.complete
    }

    fn is_apart(&self) -> bool {
        true
    }

    /// Nothing is known of messages that were copied before.
    fn next_step(&self, error: &Error) -> Option<String> {
        let first = match error.next_step() {
            _ if error.is_full_disk() => "free some space and ",
            None => "",
            Some(_) => return None,
        };
        let step =
            || format!("{first}name another folder: the next run into the same one would copy these messages again");
        (self.complete > 0).then(step)
    }
}
