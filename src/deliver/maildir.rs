//! Maildir: one file a message, `tmp/NAME` renamed into `new/` (C-303 to C-318).
//!
//! With rename, rather than link and unlink, a file in `tmp/` says exactly: not yet published (C-343).

use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use super::durable::{self, fsync, fsync_folder};
use super::lf::ToLf;
use super::name::{self, Names};
use super::{Destination, Found, Placement, Setting, Staged, Stager, Tag};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

/// A Maildir that was checked or made.
pub struct Maildir {
    dir: PathBuf,
    tmp: OwnedFd,
    new: OwnedFd,
    tag: Tag,
    syncfs: bool,
    observer: Arc<dyn Observer>,
}

/// Writes messages into `tmp/`.
struct MaildirStager {
    dir: PathBuf,
    tmp: OwnedFd,
    names: Names,
    open: Option<(String, File)>,
    lf: ToLf,
    buffer: Vec<u8>,
    length: u64,
    observer: Arc<dyn Observer>,
}

impl Maildir {
    /// Opens the Maildir `dir`; makes it, 0700, if it is missing or empty.
    pub fn open(dir: &Path, setting: &Setting) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(|error| Error::io("use", dir, error))?;
        make(&dir)?;
        refuse_others_as_root(&dir)?;
        let tmp = open_folder(&dir.join("tmp"))?;
        let new = open_folder(&dir.join("new"))?;
        let device = |fd: &OwnedFd| rustix::fs::fstat(fd).map(|about| about.st_dev).ok();
        if device(&tmp) != device(&new) {
            let text = format!("the Maildir {} has tmp and new on two file systems", crate::escape::path(&dir));
            return Err(Error::new(Kind::CannotCreate, text));
        }
        let syncfs = durable::syncfs_is_enough(tmp.as_fd());
        Ok(Self { dir, tmp, new, tag: setting.tag.clone(), syncfs, observer: Arc::clone(&setting.observer) })
    }

    /// The half that takes messages from the network.
    pub fn stager(&self) -> Result<impl Stager + use<>> {
        let tmp = self.tmp.try_clone().map_err(|error| Error::io("open", &self.dir, error))?;
        Ok(MaildirStager {
            dir: self.dir.clone(),
            tmp,
            names: Names::new(self.tag.clone()),
            open: None,
            lf: ToLf::default(),
            buffer: Vec::new(),
            length: 0,
            observer: Arc::clone(&self.observer),
        })
    }

    fn sync_folders(&self) -> Result<()> {
        fsync(&self.new, &self.dir.join("new"))?;
        fsync(&self.tmp, &self.tmp_path())
    }

    fn tmp_path(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    /// The names in `new/` and `cur/`, those in `cur/` without what a mail reader added.
    fn published_names(&self) -> Result<HashSet<String>> {
        let mut names = HashSet::new();
        for folder in ["new", "cur"] {
            for name in names_in(&self.dir.join(folder))? {
                names.insert(name.split([':', ';', '!']).next().unwrap_or_default().to_owned());
            }
        }
        Ok(names)
    }
}

impl Destination for Maildir {
    fn make_durable(&mut self, batch: &[Staged]) -> Result<()> {
        let tmp = self.tmp_path();
        if self.syncfs && batch.len() >= SYNCFS_FROM {
            durable::syncfs(self.tmp.as_fd(), &tmp)?;
        } else {
            for staged in batch {
                let path = tmp.join(&staged.file);
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = rustix::fs::openat(&self.tmp, &staged.file, flags, Mode::empty())
                    .map_err(|errno| Error::io("open", &path, errno.into()))?;
                fsync(file, &path)?;
            }
            fsync(&self.tmp, &tmp)?;
        }
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let placement = |staged: &Staged| Placement::Maildir {
            dir: self.dir.clone(),
            name: staged.file.to_string_lossy().into_owned(), // made of ASCII by `name`
        };
        Ok(batch.iter().map(placement).collect())
    }

    fn publish(&mut self, batch: &[Placement]) -> Result<Vec<usize>> {
        let mut missing = Vec::new();
        for (at, placement) in batch.iter().enumerate() {
            let Placement::Maildir { name, .. } = placement else {
                return Err(Error::new(Kind::Bug, "an mbox message came to a Maildir"));
            };
            match rustix::fs::renameat(&self.tmp, name, &self.new, name) {
                Ok(()) => self.observer.after(Effect::Renamed),
                Err(rustix::io::Errno::NOENT) => missing.push(at),
                Err(errno) => return Err(Error::io("move into new/", &self.tmp_path().join(name), errno.into())),
            }
        }
        self.sync_folders()?;
        self.observer.after(Effect::Synced);
        Ok(missing)
    }

    fn settles_at_once(&self) -> bool {
        false
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement], age: Duration) -> Result<Vec<Found>> {
        let staged: HashSet<String> = names_in(&self.tmp_path())?.into_iter().collect();
        let published = match age < READERS_CLEAN_TMP_AFTER {
            true => None, // what is not in tmp/ was published, wherever a mail reader has put it since
            false => Some(self.published_names()?),
        };
        let find = |placement: &Placement| match placement {
            Placement::Maildir { name, .. } if staged.contains(name) => Found::Staged,
            Placement::Maildir { name, .. } if published.as_ref().is_some_and(|names| !names.contains(name)) => {
                Found::Lost
            }
            _ => Found::Published,
        };
        // Whoever renamed it may have been ended before the folders were synced.
        self.sync_folders()?;
        Ok(left.iter().map(find).collect())
    }

    fn sweep(&mut self) -> Result<()> {
        for name in names_in(&self.tmp_path())? {
            if name::is_own(&name, &self.tag) {
                durable::remove_if_there(&self.tmp_path().join(name))?;
                self.observer.after(Effect::SpoolRemoved);
            }
        }
        Ok(())
    }

    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
}

impl MaildirStager {
    fn write_buffer(&mut self) -> Result<()> {
        let Some((name, file)) = &mut self.open else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        if let Err(error) = file.write_all(&self.buffer) {
            return Err(Error::io("write", &self.dir.join("tmp").join(name), error));
        }
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }
}

impl Stager for MaildirStager {
    fn begin(&mut self) -> Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (name, fd) = loop {
            let name = self.names.next()?;
            match rustix::fs::openat(&self.tmp, &name, flags, Mode::from_raw_mode(0o600)) {
                Ok(fd) => break (name, fd),
                Err(rustix::io::Errno::EXIST) => continue, // another name, no waiting (C-307)
                Err(errno) => return Err(Error::io("create", &self.dir.join("tmp").join(name), errno.into())),
            }
        };
        self.observer.after(Effect::SpoolCreated);
        self.open = Some((name, File::from(fd)));
        self.lf = ToLf::default();
        self.buffer.clear();
        self.length = 0;
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<()> {
        let buffer = &mut self.buffer;
        self.lf.push(octets, &mut |octets| buffer.extend_from_slice(octets));
        match self.buffer.len() >= WRITE_AT {
            true => self.write_buffer(),
            false => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<Staged> {
        let buffer = &mut self.buffer;
        self.lf.finish(&mut |octets| buffer.extend_from_slice(octets));
        if !self.buffer.is_empty() {
            self.write_buffer()?;
        }
        // What close(2) might report, the sync of the batch reports too; Rust's close is silent.
        let Some((name, _)) = self.open.take() else {
            return Err(Error::new(Kind::Bug, "a message ended before it began"));
        };
        self.observer.after(Effect::Staged);
        Ok(Staged { file: name.into(), offset: 0, length: self.length, hash: [0; 32] })
    }

    fn abandon(&mut self) -> Result<()> {
        match self.open.take() {
            Some((name, _)) => durable::remove_if_there(&self.dir.join("tmp").join(name)),
            None => Ok(()),
        }
    }
}

/// A message that will not become whole leaves nothing, also when an error ends everything.
impl Drop for MaildirStager {
    fn drop(&mut self) {
        self.abandon().ok(); // the next run removes it
    }
}

/// Makes the Maildir, or what is missing of one that is empty or was being made when something stopped that.
fn make(dir: &Path) -> Result<()> {
    durable::create_folders(dir)?;
    let entries = names_in(dir)?;
    let has_part = PARTS.iter().any(|part| entries.iter().any(|name| name == part));
    if !has_part && !entries.is_empty() {
        let text = format!("{} is no Maildir: it has other files, but no cur, new and tmp", crate::escape::path(dir));
        return Err(Error::new(Kind::CannotCreate, text).hint("name a Maildir, or a folder that does not exist yet"));
    }
    let mut made = false;
    for part in PARTS.iter().filter(|part| !entries.iter().any(|name| name == *part)) {
        let path = dir.join(part);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => made = true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {} // another account was faster
            Err(error) => return Err(Error::io("create", &path, error)),
        }
    }
    if made {
        fsync_folder(dir)?;
    }
    Ok(())
}

/// root follows no user's links: it delivers only into its own folders (C-298).
fn refuse_others_as_root(dir: &Path) -> Result<()> {
    let about = std::fs::metadata(dir).map_err(|error| Error::io("use", dir, error))?;
    if rustix::process::geteuid().is_root() && about.uid() != 0 {
        let text = format!("{} belongs to another user, and root does not deliver there", crate::escape::path(dir));
        return Err(Error::new(Kind::CannotCreate, text).hint("run mailhaul as that user"));
    }
    Ok(())
}

/// A real folder: a symbolic link in the place of `tmp` or `new` is refused (C-301).
fn open_folder(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| Error::io("open the folder", path, errno.into()))
}

/// The names in a folder; those that are no UTF-8 are not ours.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io("read the folder", folder, error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    Ok(names)
}

const PARTS: [&str; 3] = ["cur", "new", "tmp"];

/// Files of a batch from which one `syncfs` is cheaper than an `fsync` of each.
const SYNCFS_FROM: usize = 16;

/// Octets that are written at once at least, but for the end of a message.
const WRITE_AT: usize = 128 * 1024;

/// Mail readers remove files in `tmp/` that are older (maildir(5)).
const READERS_CLEAN_TMP_AFTER: Duration = Duration::from_hours(36);

#[cfg(test)]
mod tests;
