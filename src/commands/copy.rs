//! `mailhaul top`, `retr` and `dump`: messages to standard output, or into a Maildir, at constant memory. Nothing is
//! recorded, nothing is deleted.

use std::path::Path;
use std::sync::Arc;

use super::mailbox::{Entry, Mailbox};
use crate::cli::{DumpArgs, GlobalArgs, RetrArgs, TopArgs};
use crate::client::{Extent, Part};
use crate::deliver::{Destination, Maildir, MboxForm, Setting, Staged, Stager, Tag};
use crate::effect::Silent;
use crate::error::{Error, Kind, Result};
use crate::output::Console;
use crate::proto::MessageNumber;

/// Where octets go.
type Sink<'a> = dyn FnMut(MessageNumber, Part<'_>) -> Result<()> + 'a;

/// `mailhaul top`
pub(super) fn top(args: &TopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let entries = mailbox.select(std::slice::from_ref(&args.message))?;
    let entries = only_one(&mailbox, entries)?;
    copy(mailbox, &entries, Extent::Top(args.lines), console, &mut Output::new(false, console))
}

/// `mailhaul retr`
pub(super) fn retr(args: &RetrArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let entries = mailbox.select(&args.messages)?;
    let as_mbox = args.mbox || entries.len() > 1;
    copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(as_mbox, console))
}

/// `mailhaul dump`
pub(super) fn dump(args: &DumpArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let entries = mailbox.select(&[])?;
    match &args.maildir {
        Some(dir) => copy(mailbox, &entries, Extent::Whole, console, &mut Folder::open(dir)?),
        None => copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(true, console)),
    }
}

/// A place to copy messages to.
trait Copy {
    fn part(&mut self, part: &Part<'_>) -> Result<()>;
    fn finish(&mut self) -> Result<()>;
}

/// Copies messages; says how many were whole when the connection breaks.
fn copy(
    mut mailbox: Mailbox,
    entries: &[Entry],
    extent: Extent,
    console: &Console,
    to: &mut dyn Copy,
) -> anyhow::Result<u8> {
    let (mut whole, mut refused) = (0_usize, 0_usize);
    let label = mailbox.label.clone();
    let each: &mut Sink<'_> = &mut |number, part| {
        to.part(&part)?;
        match part {
            Part::End => whole += 1,
            Part::Refused(refusal) => {
                refused += 1;
                console.say(
                    crate::output::Verbosity::Normal,
                    &format!("mailhaul: {label}: message {number} is refused: {}", refusal.text),
                );
            }
            Part::Begin | Part::Octets(_) => {}
        }
        Ok(())
    };
    let result = mailbox.client.download(&Entry::wanted(entries), extent, each);
    let finished = to.finish();
    if let Err(error) = result.and(finished) {
        if error.is_closed_pipe() {
            return Ok(0); // whoever reads has seen enough
        }
        return Err(error.at(format!("{label}: {whole} of {} messages were whole", entries.len())).into());
    }
    mailbox.leave();
    match refused {
        0 => Ok(0),
        _ => Ok(Kind::TryLater.exit_code()),
    }
}

fn only_one(mailbox: &Mailbox, entries: Vec<Entry>) -> Result<Vec<Entry>> {
    match entries.len() {
        1 => Ok(entries),
        _ => Err(Error::new(Kind::Usage, format!("{}: top shows one message, not a range", mailbox.label))),
    }
}

/// Standard output: octets as they come, or an mbox.
struct Output<'a> {
    console: &'a Console,
    as_mbox: bool,
    form: MboxForm,
    buffer: Vec<u8>,
}

impl<'a> Output<'a> {
    fn new(as_mbox: bool, console: &'a Console) -> Self {
        Self { console, as_mbox, form: MboxForm::begin(), buffer: Vec::new() }
    }

    fn write(&mut self, at_least: usize) -> Result<()> {
        if self.buffer.len() > at_least {
            let result = self.console.write_octets(&self.buffer);
            self.buffer.clear();
            result?;
        }
        Ok(())
    }
}

impl Copy for Output<'_> {
    fn part(&mut self, part: &Part<'_>) -> Result<()> {
        match part {
            Part::Begin => self.form = MboxForm::begin(),
            Part::Octets(octets) if self.as_mbox => self.form.push(octets, &mut self.buffer),
            Part::Octets(octets) => self.buffer.extend_from_slice(octets),
            Part::End if self.as_mbox => self.form.finish(&mut self.buffer),
            Part::End | Part::Refused(_) => {}
        }
        self.write(WRITE_AT)
    }

    fn finish(&mut self) -> Result<()> {
        self.write(0)
    }
}

/// A Maildir, without a ledger: batches are durable, but a second dump brings everything again.
struct Folder {
    stager: Box<dyn Stager>,
    maildir: Maildir,
    batch: Vec<Staged>,
    octets: u64,
}

impl Folder {
    fn open(dir: &Path) -> Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| Error::new(Kind::LocalIo, "the system gives no random numbers").caused_by(error))?;
        let fallback = dir.to_owned(); // of no use to a Maildir
        let (tag, observer) = (Tag::new(random), Arc::new(Silent));
        let maildir = Maildir::open(dir, &Setting { tag, fallback, stop: None, deadline: None, observer })?;
        Ok(Self { stager: Box::new(maildir.stager()?), maildir, batch: Vec::new(), octets: 0 })
    }

    fn publish(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.octets = 0;
        self.maildir.make_durable(&batch)?;
        let placements = self.maildir.place(&batch)?;
        match self.maildir.publish(&placements)?.len() {
            0 => Ok(()),
            gone => Err(Error::new(Kind::LocalIo, format!("somebody removed {gone} files from tmp/ of the Maildir"))),
        }
    }
}

impl Copy for Folder {
    fn part(&mut self, part: &Part<'_>) -> Result<()> {
        match part {
            Part::Begin => self.stager.begin(),
            Part::Octets(octets) => self.stager.write(octets),
            Part::End => {
                let staged = self.stager.finish()?;
                self.octets += staged.length();
                self.batch.push(staged);
                match self.batch.len() >= BATCH || self.octets >= BATCH_OCTETS {
                    true => self.publish(),
                    false => Ok(()),
                }
            }
            Part::Refused(_) => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.stager.abandon()?;
        self.publish()
    }
}

/// Octets that are written at once at least.
const WRITE_AT: usize = 128 * 1024;

/// Messages, and octets, of a batch.
const BATCH: usize = 256;
const BATCH_OCTETS: u64 = 8 * 1024 * 1024;
