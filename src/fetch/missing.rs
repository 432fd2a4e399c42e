//! Places where earlier runs delivered, and which are not there any more: a folder of a trial, a disk that is not
//! mounted. What was delivered into them may be nowhere else, so it is not deleted from the server.

use std::collections::{BTreeMap, HashSet};

use super::Job;
use crate::error::Result;
use crate::state::{DestinationId, Ledger, PastDestination};

/// The missing ones, as far as something is to be deleted.
#[derive(Debug, Default)]
pub(super) struct Missing {
    destinations: Vec<PastDestination>,
}

impl Missing {
    /// Looks for every place that the ledger knows.
    pub(super) fn look(job: &Job<'_>, ledger: &Ledger) -> Result<Self> {
        if !job.policy.deletes() {
            return Ok(Self::default());
        }
        let mut destinations = ledger.destinations()?;
        // What cannot be seen is not safe either.
        destinations.retain(|destination| !destination.path.try_exists().unwrap_or(false));
        Ok(Self { destinations })
    }

    pub(super) fn ids(&self) -> HashSet<DestinationId> {
        self.destinations.iter().map(|destination| destination.id).collect()
    }

    /// Says what stays on the server because of them: aloud when a place has gone since the last run, later only to
    /// who wants to know.
    pub(super) fn say(&self, job: &Job<'_>, ledger: &mut Ledger, spared: &BTreeMap<DestinationId, u64>) -> Result<()> {
        for known in ledger.destinations()?.iter().filter(|known| known.was_missing) {
            if !self.destinations.iter().any(|missing| missing.id == known.id) {
                ledger.note_missing(known.id, false)?;
            }
        }
        for destination in &self.destinations {
            let Some(messages) = spared.get(&destination.id) else { continue };
            match destination.was_missing {
                true => job.reporter.note(&text(destination, *messages)),
                false => job.reporter.warn(&text(destination, *messages)),
            }
            ledger.note_missing(destination.id, true)?;
        }
        Ok(())
    }
}

fn text(destination: &PastDestination, messages: u64) -> String {
    format!(
        "{} is not there any more: {messages} messages that were delivered into it are not deleted from the server. \
         Put it back, or a symbolic link to where it went; or fetch again what the server has, with --all",
        crate::escape::path(&destination.path)
    )
}
