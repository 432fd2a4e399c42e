//! Staged files between their last octet and the moment when they are durable.
//!
//! A write error may be reported by the write, by fsync, or only by close, and once it was reported the page cache
//! reads back clean what the disk does not have. So a file is synced and closed through the descriptor that wrote it,
//! and each answer is looked at.

use std::fs::File;
use std::os::fd::IntoRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use rustix::process::Resource;

use crate::error::{Error, Result};
use crate::private::fsync;

/// What is left to be done before a staged file is durable.
#[derive(Debug)]
pub(super) enum Written {
    /// Nothing.
    Durable,
    /// It was closed without error; a sync of the whole file system must follow.
    Closed,
    /// To be synced and closed.
    Open(KeptOpen),
    /// To be synced: a spool, which may get more messages.
    Spool(Arc<File>),
}

/// A file of one message, with the descriptor that wrote it.
#[derive(Debug)]
pub(super) struct KeptOpen {
    file: File,
    _slot: Slot,
}

/// How many descriptors of one destination may stay open between staging and sync.
#[derive(Debug)]
pub(super) struct Slots {
    in_use: AtomicUsize,
    limit: usize,
}

/// One of them.
#[derive(Debug)]
struct Slot(Arc<Slots>);

impl KeptOpen {
    /// Keeps the file open, or gives it back if too many are.
    pub(super) fn new(file: File, slots: &Arc<Slots>) -> Result<Self, File> {
        match Slot::take(slots) {
            Some(slot) => Ok(Self { file, _slot: slot }),
            None => Err(file),
        }
    }

    pub(super) fn fsync(&self, path: &Path) -> Result<()> {
        fsync(&self.file, path)
    }

    pub(super) fn close(self, path: &Path) -> Result<()> {
        close(self.file, path)
    }
}

impl Slots {
    pub(super) fn new() -> Arc<Self> {
        Self::with_limit(PER_DESTINATION)
    }

    pub(super) fn with_limit(limit: usize) -> Arc<Self> {
        Arc::new(Self { in_use: AtomicUsize::new(0), limit })
    }
}

impl Slot {
    fn take(slots: &Arc<Slots>) -> Option<Self> {
        if !add_up_to(&slots.in_use, slots.limit) {
            return None;
        }
        if !add_up_to(&IN_PROCESS, *PROCESS_LIMIT) {
            slots.in_use.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Self(Arc::clone(slots)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.in_use.fetch_sub(1, Ordering::Relaxed);
        IN_PROCESS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Closes a file that was written. Some file systems store the data only now (FUSE, NFS), and say here that they could
/// not. The standard library does not tell.
pub(super) fn close(file: impl IntoRawFd, path: &Path) -> Result<()> {
    nix::unistd::close(file).map_err(|errno| Error::io("close", path, errno.into()))
}

fn add_up_to(counter: &AtomicUsize, limit: usize) -> bool {
    let add = |count| (count < limit).then_some(count + 1);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
}

/// A quarter of what is left when everything else has its descriptors.
fn limit_of(descriptors: Option<u64>) -> usize {
    let free = descriptors.unwrap_or(u64::MAX).saturating_sub(EVERYTHING_ELSE) / 4;
    free.try_into().unwrap_or(usize::MAX)
}

static IN_PROCESS: AtomicUsize = AtomicUsize::new(0);

static PROCESS_LIMIT: LazyLock<usize> =
    LazyLock::new(|| limit_of(rustix::process::getrlimit(Resource::Nofile).current));

const PER_DESTINATION: usize = 16;

/// Descriptors that one account needs: connection, ledger, folders, standard streams, with room.
const EVERYTHING_ELSE: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> File {
        File::open("/dev/null").unwrap()
    }

    #[test]
    fn a_few_files_stay_open_and_give_their_place_back() {
        let slots = Slots::with_limit(2);
        let one = KeptOpen::new(file(), &slots).unwrap();
        let two = KeptOpen::new(file(), &slots).unwrap();
        assert!(KeptOpen::new(file(), &slots).is_err());
        one.close(Path::new("one")).unwrap();
        let three = KeptOpen::new(file(), &slots).unwrap();
        assert!(KeptOpen::new(file(), &slots).is_err());
        drop((two, three));
        assert_eq!(slots.in_use.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn few_descriptors_mean_that_none_stays_open() {
        assert_eq!([Some(6), Some(24), Some(64), Some(1024)].map(limit_of), [0, 0, 8, 248]);
        assert!(limit_of(None) > 1024);
    }
}
