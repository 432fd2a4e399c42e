//! A folder in which every staged message is a file of its own: written, kept open, synced through the descriptor that
//! wrote it or with the whole file system, and removed if any of that fails.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::durable::{self, fsync, fsync_entries};
use super::written::{self, KeptOpen, Slots, Written};
use super::{Placement, Staged, name};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Result};
use crate::private;

/// Such a folder, open.
pub(super) struct StagingFolder {
    pub(super) path: PathBuf,
    pub(super) folder: OwnedFd,
    /// One sync of the whole file system is as good as one of each file.
    pub(super) syncfs: bool,
    pub(super) slots: Arc<Slots>,
}

impl StagingFolder {
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let folder = open_folder(&path)?;
        let syncfs = durable::syncfs_is_enough(folder.as_fd());
        Ok(Self { path, folder, syncfs, slots: Slots::new() })
    }

    /// For the half that writes.
    pub(super) fn try_clone(&self) -> Result<Self> {
        let folder = self.folder.try_clone().map_err(|error| Error::io("open", &self.path, error))?;
        Ok(Self { path: self.path.clone(), folder, syncfs: self.syncfs, slots: Arc::clone(&self.slots) })
    }

    /// Creates a file; none, if the name is taken. The permissions are subject to the umask.
    pub(super) fn create(&self, name: &str, mode: u32) -> Result<Option<File>> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.folder, name, flags, Mode::from_raw_mode(mode)) {
            Ok(fd) => Ok(Some(File::from(fd))),
            Err(Errno::EXIST) => Ok(None),
            Err(errno) => Err(Error::io("create", &self.path.join(name), errno.into())),
        }
    }

    /// Keeps a whole file open until it is synced, or, if too many are open, closes it and looks at the answer.
    pub(super) fn end(&self, file: File, name: &str) -> Result<Written> {
        let file = match KeptOpen::new(file, &self.slots) {
            Ok(open) => return Ok(Written::Open(open)),
            Err(file) => file,
        };
        let path = self.path.join(name);
        if !self.syncfs {
            fsync(&file, &path)?;
        }
        written::close(file, &path)?;
        Ok(if self.syncfs { Written::Closed } else { Written::Durable })
    }

    /// Syncs each file through the descriptor that wrote it, or all with the file system.
    pub(super) fn make_durable(&self, batch: &mut [Staged]) -> Result<()> {
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

    /// Removes a staged file that may be gone already.
    pub(super) fn remove(&self, name: &OsStr) -> Result<()> {
        durable::remove_if_there(&self.path.join(name))
    }

    /// Makes durable which names are in the folder.
    pub(super) fn sync_entries(&self) -> Result<()> {
        fsync_entries(&self.folder, &self.path)
    }

    /// Is there a file of this name?
    pub(super) fn has(&self, name: &str) -> Result<bool> {
        has(&self.folder, name).map_err(|errno| Error::io("look for", &self.path.join(name), errno.into()))
    }

    /// Removes the own files that no placement names.
    pub(super) fn sweep(
        &self,
        is_own: impl Fn(&str) -> bool,
        keep: &[Placement],
        observer: &dyn Observer,
    ) -> Result<()> {
        let keep: HashSet<&OsStr> = keep.iter().filter_map(Placement::staged_name).collect();
        for name in name::names_in(&self.path)? {
            if is_own(&name) && !keep.contains(OsStr::new(&name)) {
                self.remove(OsStr::new(&name))?;
                observer.after(Effect::SpoolRemoved);
            }
        }
        Ok(())
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

/// Whoever owns the folder can put links into it, and take what was delivered. Only root may have made it for us: on a
/// mount of another system everything may be root's. root itself delivers into its own folders only (C-298).
pub(super) fn refuse_that_of_others(dir: &Path, what: &str) -> Result<()> {
    let about = std::fs::metadata(dir).map_err(|error| Error::io("use", dir, error))?;
    if private::is_root_or_us(&about) {
        return Ok(());
    }
    let text = format!("{} belongs to another user, who can do with its mail as they like", crate::escape::path(dir));
    let hint = format!("run mailhaul as that user, or name a {what} of your own");
    Err(Error::new(crate::error::Kind::CannotCreate, text).hint(hint))
}

/// Files of a batch from which one `syncfs` is cheaper than an `fsync` of each.
const SYNCFS_FROM: usize = 16;
