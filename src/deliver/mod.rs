//! Destinations: where messages are put, so that they are there exactly once.
//!
//! A destination has two halves that work in two threads: a [`Stager`] takes the octets of one message after
//! another from the network, a [`Destination`] makes batches of staged messages durable and publishes them. Between
//! the two steps the ledger records the [`Placement`]s, and after a sudden end [`Destination::inspect`] tells from
//! them what had happened. `fetch` drives all of this; nothing here knows POP3 or the ledger.
//!
//! Both halves are traits, and not enums of the two destinations that there are: programs and servers that take messages
//! over will come behind them, and `fetch` is not to know how many.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::carrier::{Answer, Answers, Carrier, Outgoing, Sight};
pub use self::form::MboxForm;
pub use self::identity::{Identity, Presence, Record};
pub use self::lf::ToLf;
pub use self::maildir::Maildir;
pub use self::mbox::Mbox;
pub use self::outbox::Outbox;
pub use self::return_path::return_path;
use self::written::Written;
use crate::effect::Observer;
use crate::error::{Error, Result};
use crate::private;
use crate::until::Until;

mod carrier;
mod durable;
mod eml;
mod file_stager;
mod form;
mod identity;
mod lf;
mod lock;
mod maildir;
mod marker;
mod mbox;
mod mboxrd;
mod name;
mod outbox;
mod renamed;
mod return_path;
mod spool;
mod staging;
mod target;
mod written;

/// Where to deliver. Paths are absolute wherever they are recorded or compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Maildir.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
    /// A folder of .eml files.
    EmlDir(PathBuf),
    /// Whoever takes messages over.
    HandOver(Receiver),
}

/// Whoever takes messages over, as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// How it is spoken to.
    pub way: Way,
    /// What tells it from every other one: the command, the address with the recipients, or the URL.
    pub name: String,
}

/// How messages are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the standard input of a command.
    Pipe,
    /// RFC 2033.
    Lmtp,
    /// RFC 5321.
    Smtp,
    /// RFC 3501, by APPEND.
    Imap,
}

/// What a delivery needs beside its target.
#[derive(Clone)]
pub struct DeliveryContext {
    /// Who delivers.
    pub tag: Tag,
    /// A folder of the user's, for spools of an mbox whose own folder cannot be written.
    pub fallback: PathBuf,
    /// Ends the wait for a lock.
    pub until: Until,
    /// Is told each effect.
    pub observer: Arc<dyn Observer>,
}

/// Who delivers: marks the temporary files of one mailbox of one ledger, so that nobody removes another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);

/// A message that is whole in its staged file. Until [`Destination::make_durable`] it may own the descriptor that wrote
/// the file, because only that one is sure to hear of every write error.
#[derive(Debug)]
pub struct Staged {
    /// The name in `tmp/` of a Maildir, or of a hidden file, or the path of an mbox spool.
    file: PathBuf,
    /// Where in the spool it begins; 0 in a file of its own.
    offset: u64,
    /// Octets as stored.
    length: u64,
    /// SHA-256 of what is to be appended to an mbox.
    hash: [u8; 32],
    /// What is left to be done before it is durable.
    written: Written,
}

/// Where a staged message is, and where it will be: what the ledger records before publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// `tmp/NAME`, to be renamed into `new/`.
    Maildir {
        /// The Maildir.
        dir: PathBuf,
        /// NAME.
        name: String,
    },
    /// A piece of a spool, to be appended to an mbox.
    Mbox {
        /// The mbox.
        file: PathBuf,
        /// The spool.
        spool: PathBuf,
        /// Where in the spool.
        spool_offset: u64,
        /// Where in the mbox.
        offset: u64,
        /// How many octets.
        length: u64,
        /// Their SHA-256.
        hash: [u8; 32],
    },
    /// A file of the outbox, to be handed over.
    Outbox {
        /// To whom.
        receiver: Receiver,
        /// Its name in the outbox.
        file: String,
        /// Octets of it.
        octets: u64,
        /// What the receiver is asked by, if no answer comes. Not empty: a hand-over was begun.
        mark: Vec<u8>,
    },
    /// Nothing is staged: it has not been delivered there, and is to be fetched for it again.
    Owed(Target),
    /// A hidden file, to be renamed within its folder.
    Eml {
        /// The folder.
        dir: PathBuf,
        /// Its name while it is hidden. From it the name that it gets can be made.
        staged: String,
        /// The name that it gets, or that with a number if it is taken.
        name: String,
    },
}

/// What publishing a batch came to when nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// The batch is published, durably, but for some messages.
    Done {
        /// Their indices: somebody had removed their staged files, so they are known not to be published.
        missing: Vec<usize>,
        /// Those that the receiver has not taken.
        left: Vec<(usize, Left)>,
    },
    /// The mbox has grown since [`Destination::place`], by a program that ignores locks. Nothing was appended, and the
    /// lock is still held: place, record and publish again.
    PlaceAgain,
}

/// Why a receiver has not taken a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Not now: it is handed over again in the next run.
    Later(String),
    /// It does not want this one.
    Refused(String),
}

/// Is told which messages a receiver has taken, before the whole batch is handed over: the ledger settles them.
pub type Taken<'a> = dyn FnMut(&[usize]) -> Result<()> + 'a;

/// Publishing a batch failed.
#[derive(Debug)]
pub struct PublishFailed {
    /// Why.
    pub error: Error,
    /// Indices of the messages that are known not to be published. The others may be: [`Destination::inspect`] tells.
    pub not_published: Vec<usize>,
    /// Those that the receiver has not taken.
    pub left: Vec<(usize, Left)>,
}

impl PublishFailed {
    /// Of these nothing was published, and of the others that is not known.
    pub fn new(error: Error, not_published: Vec<usize>) -> Box<Self> {
        Box::new(Self { error, not_published, left: Vec::new() })
    }
}

/// What became of a recorded message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was found published, and is durable.
    Published,
    /// It was not published and is still staged: publish it.
    Staged,
    /// It is not staged any more, and published messages cannot be looked for: whoever consumes them takes them away. Our own
    /// publication has taken it, unless that was seen to fail.
    Gone,
    /// It is neither staged nor where published messages are looked for.
    Nowhere,
}

/// The half that takes messages from the network, one at a time.
pub trait Stager: Send {
    /// A message begins.
    fn begin(&mut self) -> Result<()>;
    /// The next octets of it, in the form in which they went over the line, dot-stuffing removed. After an error
    /// nothing of the message is left.
    fn write(&mut self, octets: &[u8]) -> Result<()>;
    /// It is whole. After an error nothing of it is left.
    fn finish(&mut self) -> Result<Staged>;
    /// It will not become whole: leave nothing of it.
    fn abandon(&mut self) -> Result<()>;
}

/// The half that makes batches durable and publishes them.
pub trait Destination: Send {
    /// Makes staged files durable, with their names. A file whose sync or close failed is removed, or every file of
    /// the batch where one sync is for all of them: what failed once may look well the next time.
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()>;
    /// Removes a staged message that is not to be published.
    fn discard(&mut self, staged: Staged) -> Result<()>;
    /// Decides where each message goes. From here to [`Self::release`] an mbox stays locked.
    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>>;
    /// Notes in the placements by what a receiver can be asked for them, if no answer comes: `true` if there is something
    /// to be recorded.
    fn mark(&mut self, _batch: &mut [Placement]) -> Result<bool> {
        Ok(false)
    }
    /// Publishes, durably, what the ledger has recorded; `uids` are the unique-ids of the messages. Of what is handed over,
    /// `taken` is told as soon as the ledger should settle it; then its staged file is removed.
    fn publish(
        &mut self,
        batch: &[Placement],
        uids: &[&[u8]],
        taken: &mut Taken<'_>,
    ) -> Result<Publication, Box<PublishFailed>>;
    /// Must the ledger settle a batch at once, before others may touch the destination? In an mbox, because a mail
    /// reader may rewrite it and then nothing tells what was published.
    fn settles_at_once(&self) -> bool;
    /// The batch is published and, if it must be, settled: the mbox is unlocked.
    fn release(&mut self) -> Result<()>;
    /// What became of messages that a run recorded, in the order in which it did. What is found published is made
    /// durable again: the sync of the run that published it may have failed.
    fn inspect(&mut self, left: &[Placement]) -> Result<Vec<Found>>;
    /// How long after an interrupted run [`Found::Staged`] may still be wrong of a message whose hand-over was begun.
    fn settle_time(&self) -> Duration {
        Duration::ZERO
    }
    /// Removes what is still staged of messages that are settled.
    fn forget(&mut self, _settled: &[Placement]) -> Result<()> {
        Ok(())
    }
    /// Removes the staged files of this [`Tag`] but those of `keep`: all rows of the mailbox that the ledger still has
    /// staged, whatever their destination.
    fn sweep(&mut self, keep: &[Placement]) -> Result<()>;
    /// What somebody who watches should know, once. It holds for every run, so others are not told each time.
    fn take_remarks(&mut self) -> Vec<String>;
}

impl Placement {
    /// The destination that it belongs to.
    pub fn target(&self) -> Target {
        match self {
            Self::Maildir { dir, .. } => Target::Maildir(dir.clone()),
            Self::Mbox { file, .. } => Target::Mbox(file.clone()),
            Self::Outbox { receiver, .. } => Target::HandOver(receiver.clone()),
            Self::Owed(target) => target.clone(),
            Self::Eml { dir, .. } => Target::EmlDir(dir.clone()),
        }
    }

    /// The file in which it is once it is published, if it is in one of this machine.
    pub fn published_path(&self) -> Option<PathBuf> {
        match self {
            Self::Maildir { dir, name } => Some(dir.join("new").join(name)),
            Self::Mbox { file, .. } => Some(file.clone()),
            Self::Outbox { .. } | Self::Owed(_) => None,
            Self::Eml { dir, name, .. } => Some(dir.join(name)),
        }
    }

    /// Is something staged?
    pub fn is_staged(&self) -> bool {
        !matches!(self, Self::Owed(_))
    }

    /// As it was before it was placed: durable already.
    pub fn as_staged(&self) -> Staged {
        let (file, offset, length, hash) = match self {
            Self::Maildir { name, .. } => (name.into(), 0, 0, [0; 32]),
            Self::Mbox { spool, spool_offset, length, hash, .. } => (spool.clone(), *spool_offset, *length, *hash),
            Self::Outbox { file, octets, .. } => (file.into(), 0, *octets, [0; 32]),
            Self::Owed(_) => (PathBuf::new(), 0, 0, [0; 32]),
            Self::Eml { staged, .. } => (staged.into(), 0, 0, [0; 32]),
        };
        Staged { file, offset, length, hash, written: Written::Durable }
    }
}

impl Staged {
    /// Octets as stored.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Tag {
    /// Made of 8 octets that no other mailbox and no other ledger has.
    pub fn new(octets: [u8; 8]) -> Self {
        Self(private::hex(&octets))
    }

    /// Of random octets: for files that no ledger will look for.
    pub fn random() -> Result<Self> {
        let mut octets = [0; 8];
        private::random(&mut octets)?;
        Ok(Self::new(octets))
    }
}

#[cfg(test)]
impl DeliveryContext {
    fn for_tests(tag: [u8; 8]) -> Self {
        let observer = Arc::new(crate::effect::Silent);
        Self { tag: Tag::new(tag), fallback: PathBuf::from("/nonexistent"), until: Until::default(), observer }
    }
}
