//! A folder in which each message has a file of its own until it is published: `tmp/` of a Maildir, or the outbox.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use self::stager::FileStager;
use super::durable::{self, fsync_entries};
use super::written::{KeptOpen, Slots, Written};
use super::{DeliveryContext, Placement, Staged, Tag, name};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Result};

mod stager;

/// How the lines of a staged message end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// In LF, where the server sent CRLF.
    Unix,
    /// As the server sent them.
    AsTheyCame,
}

/// The folder.
pub(super) struct StagingFolder {
    path: PathBuf,
    folder: OwnedFd,
    tag: Tag,
    /// One sync of the whole file system is as good as one of each file.
    pub(super) syncfs: bool,
    pub(super) slots: Arc<Slots>,
    observer: Arc<dyn Observer>,
}

impl StagingFolder {
    /// `folder` is open at `path`.
    pub(super) fn new(path: PathBuf, folder: OwnedFd, context: &DeliveryContext) -> Self {
        let syncfs = durable::syncfs_is_enough(folder.as_fd());
        let (tag, observer) = (context.tag.clone(), Arc::clone(&context.observer));
        Self { path, folder, tag, syncfs, slots: Slots::new(), observer }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn folder(&self) -> &OwnedFd {
        &self.folder
    }

    /// The half that takes messages from the network.
    pub(super) fn stager(&self, line_ends: LineEnds) -> Result<FileStager> {
        FileStager::new(self, line_ends)
    }

    /// See [`super::Destination::make_durable`].
    pub(super) fn make_durable(&self, batch: &mut [Staged]) -> Result<()> {
        self.sync(batch)?;
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    /// Removes a message that is not to be published.
    pub(super) fn discard(&self, staged: &Staged) -> Result<()> {
        self.remove(staged.file.as_os_str())?;
        self.observer.after(Effect::SpoolRemoved);
        Ok(())
    }

    /// Removes the files of this tag that no placement names.
    pub(super) fn sweep(&self, keep: &[Placement]) -> Result<()> {
        let keep: HashSet<&OsStr> = keep.iter().filter_map(Placement::staged_name).collect();
        for name in name::names_in(&self.path)? {
            if name::is_own(&name, &self.tag) && !keep.contains(OsStr::new(&name)) {
                self.remove(OsStr::new(&name))?;
                self.observer.after(Effect::SpoolRemoved);
            }
        }
        Ok(())
    }

    /// Makes the names in the folder durable, and those that have gone from it.
    pub(super) fn sync_entries(&self) -> Result<()> {
        fsync_entries(&self.folder, &self.path)
    }

    pub(super) fn remove(&self, name: &OsStr) -> Result<()> {
        durable::remove_if_there(&self.path.join(name))
    }

    /// Syncs each file through the descriptor that wrote it, or all with the file system.
    fn sync(&self, batch: &mut [Staged]) -> Result<()> {
        let some_are_closed = batch.iter().any(|staged| matches!(staged.written, Written::Closed));
        if some_are_closed || (self.syncfs && batch.len() >= SYNCFS_FROM) {
            let synced = durable::syncfs(self.folder.as_fd(), &self.path);
            if synced.is_err() {
                self.remove_batch(batch);
            }
            synced?;
            return batch.iter_mut().try_for_each(|staged| self.finish_file(staged, |_, _| Ok(())));
        }
        batch.iter_mut().try_for_each(|staged| self.finish_file(staged, |file, path| file.fsync(path)))?;
        let synced = self.sync_entries();
        if synced.is_err() {
            self.remove_batch(batch);
        }
        synced
    }

    /// Closes a file, after `sync`, or removes it if either fails.
    fn finish_file(&self, staged: &mut Staged, sync: impl FnOnce(&KeptOpen, &Path) -> Result<()>) -> Result<()> {
        let Written::Open(file) = std::mem::replace(&mut staged.written, Written::Durable) else {
            return Ok(());
        };
        let path = self.path.join(&staged.file);
        let finished = sync(&file, &path).and_then(|()| file.close(&path));
        if finished.is_err() {
            self.remove(staged.file.as_os_str()).ok(); // no row names it, so a sweep removes it otherwise
        }
        finished
    }

    fn remove_batch(&self, batch: &mut [Staged]) {
        for staged in batch {
            staged.written = Written::Durable;
            self.remove(staged.file.as_os_str()).ok(); // no row names it, so a sweep removes it otherwise
        }
    }
}

/// A real folder: a symbolic link in its place is refused (C-301).
pub(super) fn open_folder(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| Error::io("open the folder", path, errno.into()))
}

/// Is there a file of this name in the folder?
pub(super) fn has(folder: &OwnedFd, name: &str) -> rustix::io::Result<bool> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(about) => Ok(FileType::from_raw_mode(about.st_mode) == FileType::RegularFile),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Files of a batch from which one `syncfs` is cheaper than an `fsync` of each.
const SYNCFS_FROM: usize = 16;
