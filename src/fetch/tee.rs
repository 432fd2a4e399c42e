//! One message into the staged files of several destinations, as it comes.

use super::destination_set::{DestinationSet, Stopped};
use crate::deliver::{Staged, Stager};
use crate::error::{Error, Result};

/// The stagers of all destinations that were open when the session began.
pub(super) struct Tee {
    stagers: Vec<(usize, Box<dyn Stager>)>,
    all: DestinationSet,
    /// Into which the message goes that is coming.
    active: DestinationSet,
    stopped: Stopped,
    failed: Vec<(usize, Error)>,
}

impl Tee {
    pub(super) fn new(stagers: Vec<(usize, Box<dyn Stager>)>, all: DestinationSet, stopped: Stopped) -> Self {
        Self { stagers, all, active: DestinationSet::default(), stopped, failed: Vec::new() }
    }

    /// A message begins, for those of these destinations that still work. With none it goes nowhere.
    pub(super) fn begin(&mut self, wanted: DestinationSet) -> Result<()> {
        self.active = wanted.without(self.stopped.set());
        self.each(|stager| stager.begin())
    }

    /// The next octets of it.
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<()> {
        self.each(|stager| stager.write(octets))
    }

    /// It is whole.
    pub(super) fn finish(&mut self) -> Result<Vec<(usize, Staged)>> {
        let mut staged = Vec::with_capacity(1);
        let mut finish = |at, stager: &mut dyn Stager| stager.finish().map(|one| staged.push((at, one)));
        self.each_with(&mut finish)?;
        Ok(staged)
    }

    /// It will not become whole.
    pub(super) fn abandon(&mut self) {
        for (_, stager) in &mut self.stagers {
            stager.abandon().ok(); // the next run removes it too
        }
    }

    /// Why destinations could not store what came, although others could.
    pub(super) fn take_failed(&mut self) -> Vec<(usize, Error)> {
        std::mem::take(&mut self.failed)
    }

    fn each(&mut self, mut act: impl FnMut(&mut dyn Stager) -> Result<()>) -> Result<()> {
        self.each_with(&mut |_, stager| act(stager))
    }

    /// A destination that fails is left alone from then on; that of the last one that worked is an error.
    fn each_with(&mut self, act: &mut dyn FnMut(usize, &mut dyn Stager) -> Result<()>) -> Result<()> {
        let Self { stagers, all, active, stopped, failed } = self;
        for (at, stager) in stagers.iter_mut() {
            if !active.has(*at) {
                continue;
            }
            let Err(error) = act(*at, stager.as_mut()) else { continue };
            stager.abandon().ok(); // as above
            *active = active.without(DestinationSet::only(*at));
            stopped.add(*at);
            if all.without(stopped.set()).is_empty() {
                return Err(error);
            }
            failed.push((*at, error));
        }
        Ok(())
    }
}
