//! The outbox: messages wait here, each in a file of its own, until whoever is to have them has said yes.
//!
//! It is a folder of the state folder, and every hand-over of every mailbox uses it. The order is: file, ledger, hand-over,
//! answer, ledger, and the file goes last. So whatever happens in between, a message is at least once where it should be,
//! and without another download.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::file_stager::{FileStager, LineEnds};
use super::staging::StagingFolder;
use super::{
    Answer, Answers, Carrier, DeliveryContext, Destination, Found, Left, Outgoing, Placement, Publication,
    PublishFailed, Receiver, Sight, Staged, Stager, Tag, Taken, name,
};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};
use crate::private;

/// The outbox, open for one receiver.
pub struct Outbox<'c> {
    receiver: Receiver,
    staging: StagingFolder,
    tag: Tag,
    carrier: &'c mut dyn Carrier,
    observer: Arc<dyn Observer>,
}

impl<'c> Outbox<'c> {
    /// Opens the outbox, and makes its folder, 0700, if it is missing.
    pub fn open(receiver: &Receiver, carrier: &'c mut dyn Carrier, context: &DeliveryContext) -> Result<Self> {
        let staging = open_staging(context)?;
        let observer = Arc::clone(&context.observer);
        Ok(Self { receiver: receiver.clone(), staging, tag: context.tag.clone(), carrier, observer })
    }

    /// The half that takes messages from the network.
    pub fn stager(&self) -> Result<impl Stager + use<>> {
        FileStager::new(&self.staging, &self.tag, LineEnds::AsTheyCame, &self.observer)
    }

    /// Removes the files of this mailbox that no placement names, without a receiver.
    pub fn sweep_all(context: &DeliveryContext, keep: &[Placement]) -> Result<()> {
        match private::look(&context.fallback.join(FOLDER))? {
            Some(_) => sweep(&open_staging(context)?, &context.tag, keep, context.observer.as_ref()),
            None => Ok(()),
        }
    }

    fn outgoing(&self, placement: &Placement, uid: &[u8]) -> Result<Outgoing> {
        let Placement::Outbox { file, octets, mark, .. } = placement else { return Err(foreign()) };
        Ok(Outgoing { file: self.staging.path.join(file), octets: *octets, uid: uid.to_owned(), mark: mark.clone() })
    }

    /// Is its file there?
    fn is_there(&self, placement: &Placement) -> Result<bool> {
        let Placement::Outbox { file, .. } = placement else { return Err(foreign()) };
        self.staging.has(file)
    }
}

impl Destination for Outbox<'_> {
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()> {
        self.staging.make_durable(batch)?;
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn discard(&mut self, staged: Staged) -> Result<()> {
        self.staging.remove(staged.file.as_os_str())?;
        self.observer.after(Effect::SpoolRemoved);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let placement = |staged: &Staged| Placement::Outbox {
            receiver: self.receiver.clone(),
            file: staged.file.to_string_lossy().into_owned(), // made of UTF-8 by `name`
            octets: staged.length,
            mark: Vec::new(),
        };
        Ok(batch.iter().map(placement).collect())
    }

    fn mark(&mut self, batch: &mut [Placement]) -> Result<bool> {
        let mark = self.carrier.mark()?;
        if mark.is_empty() {
            return Ok(false);
        }
        for placement in batch {
            if let Placement::Outbox { mark: of, .. } = placement {
                of.clone_from(&mark);
            }
        }
        Ok(true)
    }

    fn publish(
        &mut self,
        batch: &[Placement],
        uids: &[&[u8]],
        taken: &mut Taken<'_>,
    ) -> Result<Publication, Box<PublishFailed>> {
        let mut missing = Vec::new();
        let mut at = Vec::new();
        let mut outgoing = Vec::new();
        for (index, (placement, uid)) in batch.iter().zip(uids).enumerate() {
            let is_there = self.is_there(placement).and_then(|there| Ok((there, self.outgoing(placement, uid)?)));
            match is_there {
                Ok((true, message)) => {
                    at.push(index);
                    outgoing.push(message);
                }
                Ok((false, _)) => missing.push(index),
                Err(error) => return Err(PublishFailed::new(error, Vec::new())),
            }
        }
        if outgoing.is_empty() {
            return Ok(Publication::Done { missing, left: Vec::new() });
        }
        let mut answers = Gathered::new(&self.staging, &outgoing, &at, taken, self.observer.as_ref());
        let handed_over = self.carrier.hand_over(&outgoing, &mut answers).and_then(|()| answers.are_complete());
        let settled = answers.settle();
        let left = answers.left;
        match handed_over.and(settled) {
            Ok(()) => Ok(Publication::Done { missing, left }),
            Err(error) => Err(Box::new(PublishFailed { error, not_published: missing, left })),
        }
    }

    fn settles_at_once(&self) -> bool {
        true
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement]) -> Result<Vec<Found>> {
        let mut found = Vec::with_capacity(left.len());
        let mut doubtful = Vec::new();
        let mut asked = Vec::new();
        for placement in left {
            let Placement::Outbox { mark, .. } = placement else { return Err(foreign()) };
            let is_there = self.is_there(placement)?;
            if is_there && !mark.is_empty() {
                doubtful.push(found.len());
                asked.push(self.outgoing(placement, &[])?);
            }
            found.push(if is_there { Found::Staged } else { Found::Nowhere });
        }
        if asked.is_empty() {
            return Ok(found);
        }
        for (at, sight) in doubtful.into_iter().zip(self.carrier.look_for(&asked)?) {
            found[at] = match sight {
                Sight::There => Found::Published,
                Sight::Absent => Found::Staged,
                Sight::Unknown => Found::Nowhere,
            };
        }
        Ok(found)
    }

    fn settle_time(&self) -> Duration {
        self.carrier.settle_time()
    }

    fn forget(&mut self, settled: &[Placement]) -> Result<()> {
        for name in settled.iter().filter_map(Placement::staged_name) {
            self.staging.remove(name)?;
            self.observer.after(Effect::SpoolRemoved);
        }
        Ok(())
    }

    fn sweep(&mut self, keep: &[Placement]) -> Result<()> {
        sweep(&self.staging, &self.tag, keep, self.observer.as_ref())
    }

    fn take_remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Answers that the ledger has not heard of yet.
struct Gathered<'a> {
    staging: &'a StagingFolder,
    outgoing: &'a [Outgoing],
    /// Which of the batch they are.
    at: &'a [usize],
    taken: &'a mut Taken<'a>,
    observer: &'a dyn Observer,
    /// Of each of `outgoing`: has its answer come?
    has_answer: Vec<bool>,
    /// Delivered: indices of `outgoing`.
    unsettled: Vec<usize>,
    /// When the ledger last heard of any.
    last: Instant,
    /// How long that took.
    took: Duration,
    left: Vec<(usize, Left)>,
}

impl<'a> Gathered<'a> {
    fn new(
        staging: &'a StagingFolder,
        outgoing: &'a [Outgoing],
        at: &'a [usize],
        taken: &'a mut Taken<'_>,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            staging,
            outgoing,
            at,
            taken,
            observer,
            has_answer: vec![false; outgoing.len()],
            unsettled: Vec::new(),
            last: Instant::now(),
            took: Duration::ZERO,
            left: Vec::new(),
        }
    }

    /// Without an answer nothing counts as delivered, whatever the carrier says of the whole.
    fn are_complete(&self) -> Result<()> {
        match self.has_answer.iter().filter(|has_answer| !**has_answer).count() {
            0 => Ok(()),
            missing => Err(Error::new(Kind::Bug, format!("{missing} of the messages handed over have no answer"))),
        }
    }

    /// The ledger hears of them; then their files go.
    fn settle(&mut self) -> Result<()> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let settled = std::mem::take(&mut self.unsettled);
        let at: Vec<usize> = settled.iter().map(|&message| self.at[message]).collect();
        (self.taken)(&at)?;
        for message in settled {
            if let Some(name) = self.outgoing[message].file.file_name() {
                self.staging.remove(name)?;
                self.observer.after(Effect::SpoolRemoved);
            }
        }
        self.last = Instant::now();
        self.took = self.last - begun;
        Ok(())
    }

    /// Those that the ledger does not know would come again after a sudden end. On a slow disk they are a few more, as it
    /// would be busy with nothing else.
    fn is_due(&self) -> bool {
        let elapsed = self.last.elapsed();
        let are_enough = self.unsettled.len() >= SETTLED_AT_ONCE || elapsed >= SETTLED_AFTER;
        are_enough && elapsed >= (self.took * SHARE_OF_HANDING_OVER).min(SETTLED_AT_LAST)
    }
}

impl Answers for Gathered<'_> {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        let (Some(&index), Some(has_answer)) = (self.at.get(at), self.has_answer.get_mut(at)) else {
            return Err(Error::new(Kind::Bug, "an answer came to a message that was not handed over"));
        };
        if std::mem::replace(has_answer, true) {
            return Err(Error::new(Kind::Bug, "a message handed over has two answers"));
        }
        match answer {
            Answer::Delivered => {
                self.observer.after(Effect::HandedOver);
                self.unsettled.push(at);
                if self.is_due() {
                    return self.settle();
                }
            }
            Answer::Later(why) => self.left.push((index, Left::Later(why))),
            Answer::Refused(why) => self.left.push((index, Left::Refused(why))),
        }
        Ok(())
    }
}

fn open_staging(context: &DeliveryContext) -> Result<StagingFolder> {
    let path = private::create_own_folder(&context.fallback.join(FOLDER), "outbox")?;
    StagingFolder::open(path)
}

/// Removes the files of this tag that no placement names.
fn sweep(staging: &StagingFolder, tag: &Tag, keep: &[Placement], observer: &dyn Observer) -> Result<()> {
    staging.sweep(|name| name::is_own(name, tag), keep, observer)
}

fn foreign() -> Error {
    Error::new(Kind::Bug, "a message of another destination came to the outbox")
}

/// In the state folder.
const FOLDER: &str = "outbox";

/// Answers after which the ledger hears of them.
const SETTLED_AT_ONCE: usize = 64;

/// The same, as a time.
const SETTLED_AFTER: Duration = Duration::from_millis(100);

/// Time for handing over, for each that the ledger took.
const SHARE_OF_HANDING_OVER: u32 = 16;

/// However slow the disk is.
const SETTLED_AT_LAST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
