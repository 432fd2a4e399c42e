//! Destinations: where messages are put, so that they are there exactly once.
//!
//! A destination has two halves that work in two threads: a [`Stager`] takes the octets of one message after
//! another from the network, a [`Destination`] makes batches of staged messages durable and publishes them. Between
//! the two steps the ledger records the [`Placement`]s, and after a sudden end [`Destination::inspect`] tells from
//! them what had happened. `fetch` drives all of this; nothing here knows POP3 or the ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::form::MboxForm;
pub use self::maildir::Maildir;
pub use self::mbox::Mbox;
use crate::effect::Observer;
use crate::error::Result;
use crate::private;
use crate::stop::Stop;

mod durable;
mod form;
mod lf;
mod lock;
mod maildir;
mod mbox;
mod mboxrd;
mod name;
mod spool;

/// Where to, as the user said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Maildir, made if it is missing.
    Maildir(PathBuf),
    /// An mbox file, made if it is missing.
    Mbox(PathBuf),
}

/// What a delivery needs beside its target.
#[derive(Clone)]
pub struct Setting {
    /// Who delivers.
    pub tag: Tag,
    /// A folder of the user's, for spools of an mbox whose own folder cannot be written.
    pub fallback: PathBuf,
    /// Ends the wait for a lock when asked.
    pub stop: Option<Stop>,
    /// Ends the wait for a lock.
    pub deadline: Option<Instant>,
    /// Is told each effect.
    pub observer: Arc<dyn Observer>,
}

/// Who delivers: marks the temporary files of one mailbox of one ledger, so that nobody removes another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);

/// A message that is whole in its staged file, and not durable yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The name in `tmp/` of a Maildir, or the path of an mbox spool.
    file: PathBuf,
    /// Where in the spool it begins; 0 in a Maildir.
    offset: u64,
    /// Octets as stored.
    length: u64,
    /// SHA-256 of what is to be appended to an mbox.
    hash: [u8; 32],
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
}

/// What became of a recorded message when the run that recorded it ended suddenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was published.
    Published,
    /// It was not, and is still staged: publish it.
    Staged,
    /// Neither can be found.
    Lost,
}

/// The half that takes messages from the network, one at a time.
pub trait Stager: Send {
    /// A message begins.
    fn begin(&mut self) -> Result<()>;
    /// The next octets of it, in the form in which they went over the line, dot-stuffing removed.
    fn write(&mut self, octets: &[u8]) -> Result<()>;
    /// It is whole.
    fn finish(&mut self) -> Result<Staged>;
    /// It will not become whole: leave nothing of it.
    fn abandon(&mut self) -> Result<()>;
}

/// The half that makes batches durable and publishes them.
pub trait Destination: Send {
    /// Makes staged files durable, with their names.
    fn make_durable(&mut self, batch: &[Staged]) -> Result<()>;
    /// Decides where each message goes. From here to the end of [`Self::publish`] an mbox stays locked.
    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>>;
    /// Publishes, durably, what the ledger has recorded. Returns the places in the batch of messages whose staged
    /// file somebody has removed: those were not published, and nobody could tell later.
    fn publish(&mut self, batch: &[Placement]) -> Result<Vec<usize>>;
    /// Must the ledger settle a batch at once, before others may touch the destination? In an mbox, because a mail
    /// reader may rewrite it and then nothing tells what was published.
    fn settles_at_once(&self) -> bool;
    /// The batch is published and, if it must be, settled: the mbox is unlocked.
    fn release(&mut self) -> Result<()>;
    /// What became of messages that a run recorded, in their order; what is found published is durable then. `age` is
    /// how long ago the oldest was recorded. A torn end of an mbox is cut off.
    fn inspect(&mut self, left: &[Placement], age: Duration) -> Result<Vec<Found>>;
    /// Removes every staged file of this [`Tag`]: to be called when the ledger has nothing staged here.
    fn sweep(&mut self) -> Result<()>;
    /// What the user should know, once.
    fn take_warnings(&mut self) -> Vec<String>;
}

impl Target {
    /// Opens the destination: checks it, and makes it if it is missing.
    pub fn open(&self, setting: &Setting) -> Result<(Box<dyn Stager>, Box<dyn Destination>)> {
        match self {
            Self::Maildir(dir) => {
                let maildir = Maildir::open(dir, setting)?;
                Ok((Box::new(maildir.stager()?), Box::new(maildir)))
            }
            Self::Mbox(file) => {
                let mbox = Mbox::open(file, setting)?;
                Ok((Box::new(mbox.stager()), Box::new(mbox)))
            }
        }
    }

    /// Is it there? The bare folder on which a disk is mounted is no Maildir.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Maildir(dir) => ["cur", "new", "tmp"].iter().any(|folder| dir.join(folder).is_dir()),
            Self::Mbox(file) => file.exists(),
        }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Maildir(path) | Self::Mbox(path) => path,
        }
    }
}

impl Placement {
    /// The destination that it belongs to.
    pub fn target(&self) -> Target {
        match self {
            Self::Maildir { dir, .. } => Target::Maildir(dir.clone()),
            Self::Mbox { file, .. } => Target::Mbox(file.clone()),
        }
    }

    /// As it was before it was placed: durable already.
    pub fn as_staged(&self) -> Staged {
        match self {
            Self::Maildir { name, .. } => Staged { file: name.into(), offset: 0, length: 0, hash: [0; 32] },
            Self::Mbox { spool, spool_offset, length, hash, .. } => {
                Staged { file: spool.clone(), offset: *spool_offset, length: *length, hash: *hash }
            }
        }
    }
}

#[cfg(test)]
impl Setting {
    fn for_tests(tag: [u8; 8]) -> Self {
        let observer = Arc::new(crate::effect::Silent);
        Self { tag: Tag::new(tag), fallback: PathBuf::from("/nonexistent"), stop: None, deadline: None, observer }
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
