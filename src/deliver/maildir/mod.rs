//! Maildir: one file a message, `tmp/NAME` renamed into `new/` (C-303 to C-318).
//!
//! With rename, rather than link and unlink, a file in `tmp/` says exactly: not yet published (C-343).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

pub(super) use self::make::{PARTS, make};
use self::stager::MaildirStager;
use super::durable::{self, fsync_entries};
use super::written::{KeptOpen, Slots, Written};
use super::{DeliveryContext, Destination, Found, Placement, Publication, PublishFailed, Staged, Stager, Tag, name};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};
use crate::private;

mod make;
mod search;
mod stager;

/// A Maildir that is open.
pub struct Maildir {
    dir: PathBuf,
    tmp: OwnedFd,
    new: OwnedFd,
    tag: Tag,
    /// One sync of the whole file system is as good as one of each file.
    syncfs: bool,
    slots: Arc<Slots>,
    observer: Arc<dyn Observer>,
}

/// What became of one message that was to be renamed.
enum Renamed {
    Done,
    /// Its staged file is gone, and it is not in `new/`.
    Missing,
    /// It is not in `new/`.
    Failed(Error),
    InDoubt(Error),
}

impl Maildir {
    /// Opens the Maildir `dir`, and makes it before, 0700, if it is missing or empty.
    pub fn create(dir: &Path, context: &DeliveryContext) -> Result<Self> {
        make(dir)?;
        Self::open(dir, context)
    }

    /// Opens the Maildir `dir`.
    pub fn open(dir: &Path, context: &DeliveryContext) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(|error| Error::io("use", dir, error))?;
        refuse_that_of_others(&dir)?;
        let tmp = open_folder(&dir.join("tmp"))?;
        let new = open_folder(&dir.join("new"))?;
        if device(&tmp, &dir)? != device(&new, &dir)? {
            let text = format!("the Maildir {} has tmp and new on two file systems", crate::escape::path(&dir));
            return Err(Error::new(Kind::CannotCreate, text));
        }
        let syncfs = durable::syncfs_is_enough(tmp.as_fd());
        let (tag, observer, slots) = (context.tag.clone(), Arc::clone(&context.observer), Slots::new());
        Ok(Self { dir, tmp, new, tag, syncfs, slots, observer })
    }

    /// The half that takes messages from the network.
    pub fn stager(&self) -> Result<impl Stager + use<>> {
        MaildirStager::new(self)
    }

    fn sync_folders(&self) -> Result<()> {
        fsync_entries(&self.new, &self.dir.join("new"))?;
        fsync_entries(&self.tmp, &self.tmp_path())
    }

    fn tmp_path(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    fn remove_staged(&self, name: &OsStr) -> Result<()> {
        durable::remove_if_there(&self.tmp_path().join(name))
    }

    /// Syncs each file through the descriptor that wrote it, or all with the file system.
    fn sync(&self, batch: &mut [Staged]) -> Result<()> {
        let some_are_closed = batch.iter().any(|staged| matches!(staged.written, Written::Closed));
        if some_are_closed || (self.syncfs && batch.len() >= SYNCFS_FROM) {
            let synced = durable::syncfs(self.tmp.as_fd(), &self.tmp_path());
            if synced.is_err() {
                self.remove_batch(batch);
            }
            synced?;
            return batch.iter_mut().try_for_each(|staged| self.finish_file(staged, |_, _| Ok(())));
        }
        batch.iter_mut().try_for_each(|staged| self.finish_file(staged, |file, path| file.fsync(path)))?;
        let synced = fsync_entries(&self.tmp, &self.tmp_path());
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
        let path = self.tmp_path().join(&staged.file);
        let finished = sync(&file, &path).and_then(|()| file.close(&path));
        if finished.is_err() {
            self.remove_staged(staged.file.as_os_str()).ok(); // no row names it, so a sweep removes it otherwise
        }
        finished
    }

    fn remove_batch(&self, batch: &mut [Staged]) {
        for staged in batch {
            staged.written = Written::Durable;
            self.remove_staged(staged.file.as_os_str()).ok(); // no row names it, so a sweep removes it otherwise
        }
    }

    fn rename(&self, name: &str) -> Renamed {
        let Err(errno) = rustix::fs::renameat(&self.tmp, name, &self.new, name) else {
            return Renamed::Done;
        };
        let error = Error::io("move into new/", &self.tmp_path().join(name), errno.into());
        // NFS asks again when an answer is lost, and then hears that the file is not there any more.
        match has(&self.new, name) {
            Ok(true) => Renamed::Done,
            Ok(false) if errno == Errno::NOENT => Renamed::Missing,
            Ok(false) => Renamed::Failed(error),
            Err(_) => Renamed::InDoubt(error),
        }
    }
}

impl Destination for Maildir {
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()> {
        self.sync(batch)?;
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn discard(&mut self, staged: Staged) -> Result<()> {
        self.remove_staged(staged.file.as_os_str())?;
        self.observer.after(Effect::SpoolRemoved);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let placement = |staged: &Staged| Placement::Maildir {
            dir: self.dir.clone(),
            name: staged.file.to_string_lossy().into_owned(), // made of UTF-8 by `name`
        };
        Ok(batch.iter().map(placement).collect())
    }

    fn publish(&mut self, batch: &[Placement]) -> Result<Publication, PublishFailed> {
        let all = 0..batch.len();
        let names = names_of(batch).map_err(|error| PublishFailed { error, not_published: all.clone().collect() })?;
        let mut missing = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let (error, is_known) = match self.rename(name) {
                Renamed::Done => {
                    self.observer.after(Effect::Renamed);
                    continue;
                }
                Renamed::Missing => {
                    missing.push(at);
                    continue;
                }
                Renamed::Failed(error) => (error, true),
                Renamed::InDoubt(error) => (error, false),
            };
            let not_tried = if is_known { at } else { at + 1 };
            missing.extend(not_tried..all.end);
            return Err(PublishFailed { error, not_published: missing });
        }
        if let Err(error) = self.sync_folders() {
            return Err(PublishFailed { error, not_published: missing });
        }
        self.observer.after(Effect::Synced);
        Ok(Publication::Done { missing })
    }

    fn settles_at_once(&self) -> bool {
        false
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement]) -> Result<Vec<Found>> {
        let names = names_of(left)?;
        let mut found = vec![Found::Nowhere; names.len()];
        let mut gone = Vec::new();
        for (found, &name) in found.iter_mut().zip(&names) {
            let failed = |errno: Errno| Error::io("look for", &self.tmp_path().join(name), errno.into());
            if has(&self.tmp, name).map_err(failed)? {
                *found = Found::Staged;
            } else {
                gone.push(name);
            }
        }
        if !gone.is_empty() {
            let published = search::find_published(&self.dir, &gone)?;
            for (found, _) in found.iter_mut().zip(names).filter(|(_, name)| published.contains(name)) {
                *found = Found::Published;
            }
        }
        Ok(found)
    }

    fn sweep(&mut self, keep: &[Placement]) -> Result<()> {
        let keep: HashSet<&OsStr> = keep.iter().filter_map(Placement::staged_name).collect();
        for name in name::names_in(&self.tmp_path())? {
            if name::is_own(&name, &self.tag) && !keep.contains(OsStr::new(&name)) {
                self.remove_staged(OsStr::new(&name))?;
                self.observer.after(Effect::SpoolRemoved);
            }
        }
        Ok(())
    }

    fn take_remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Whoever owns the folder can put links into it, and take what was delivered. Only root may have made it for us: on a
/// mount of another system everything may be root's. root itself delivers into its own folders only (C-298).
fn refuse_that_of_others(dir: &Path) -> Result<()> {
    let about = std::fs::metadata(dir).map_err(|error| Error::io("use", dir, error))?;
    if private::is_root_or_us(&about) {
        return Ok(());
    }
    let text = format!("{} belongs to another user, who can do with its mail as they like", crate::escape::path(dir));
    Err(Error::new(Kind::CannotCreate, text).hint("run mailhaul as that user, or name a Maildir of your own"))
}

/// A real folder: a symbolic link in the place of `tmp` or `new` is refused (C-301).
fn open_folder(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| Error::io("open the folder", path, errno.into()))
}

/// Is there a file of this name in the folder?
fn has(folder: &OwnedFd, name: &str) -> rustix::io::Result<bool> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(about) => Ok(FileType::from_raw_mode(about.st_mode) == FileType::RegularFile),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn device(folder: &OwnedFd, dir: &Path) -> Result<u64> {
    let about = rustix::fs::fstat(folder).map_err(|errno| Error::io("look at", dir, errno.into()))?;
    Ok(about.st_dev)
}

fn names_of(batch: &[Placement]) -> Result<Vec<&str>> {
    let names = batch.iter().map(|placement| match placement {
        Placement::Maildir { name, .. } => Ok(name.as_str()),
        Placement::Mbox { .. } => Err(Error::new(Kind::Bug, "an mbox message came to a Maildir")),
    });
    names.collect()
}

/// Files of a batch from which one `syncfs` is cheaper than an `fsync` of each.
const SYNCFS_FROM: usize = 16;

#[cfg(test)]
mod tests;
