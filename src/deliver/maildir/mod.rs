//! Maildir: one file a message, `tmp/NAME` renamed into `new/` (C-303 to C-318).
//!
//! With rename, rather than link and unlink, a file in `tmp/` says exactly: not yet published (C-343).

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

pub(super) use self::make::{PARTS, make};
use super::durable::fsync_entries;
use super::file_stager::{FileStager, LineEnds};
use super::renamed::{self, Renamed};
use super::staging::{StagingFolder, has, open_folder, refuse_that_of_others};
use super::{
    DeliveryContext, Destination, Found, Placement, Publication, PublishFailed, Staged, Stager, Tag, Taken, name,
};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

mod make;
mod search;

/// A Maildir that is open.
pub struct Maildir {
    dir: PathBuf,
    pub(super) tmp: StagingFolder,
    new: OwnedFd,
    tag: Tag,
    observer: Arc<dyn Observer>,
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
        refuse_that_of_others(&dir, "Maildir")?;
        let tmp = StagingFolder::open(dir.join("tmp"))?;
        let new = open_folder(&dir.join("new"))?;
        if device(&tmp.folder, &dir)? != device(&new, &dir)? {
            let text = format!("the Maildir {} has tmp and new on two file systems", crate::escape::path(&dir));
            return Err(Error::new(Kind::CannotCreate, text));
        }
        let (tag, observer) = (context.tag.clone(), Arc::clone(&context.observer));
        Ok(Self { dir, tmp, new, tag, observer })
    }

    /// The half that takes messages from the network.
    pub fn stager(&self) -> Result<impl Stager + use<>> {
        self.file_stager()
    }

    pub(super) fn file_stager(&self) -> Result<FileStager> {
        FileStager::new(&self.tmp, &self.tag, LineEnds::Unix, &self.observer)
    }

    fn sync_folders(&self) -> Result<()> {
        fsync_entries(&self.new, &self.dir.join("new"))?;
        self.tmp.sync_entries()
    }

    fn rename(&self, name: &str) -> Renamed {
        let Err(errno) = rustix::fs::renameat(&self.tmp.folder, name, &self.new, name) else {
            return Renamed::Done;
        };
        // NFS asks again when an answer is lost, and then hears that the file is not there any more.
        match has(&self.new, name) {
            Ok(true) => Renamed::Done,
            Ok(false) if errno == Errno::NOENT => Renamed::Missing,
            Ok(false) => Renamed::Failed(errno),
            Err(_) => Renamed::InDoubt(errno),
        }
    }
}

impl Destination for Maildir {
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()> {
        self.tmp.make_durable(batch)?;
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn discard(&mut self, staged: Staged) -> Result<()> {
        self.tmp.remove(staged.file.as_os_str())?;
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

    fn publish(
        &mut self,
        batch: &[Placement],
        _uids: &[&[u8]],
        _taken: &mut Taken<'_>,
    ) -> Result<Publication, Box<PublishFailed>> {
        let names = names_of(batch).map_err(|error| PublishFailed::new(error, (0..batch.len()).collect()))?;
        let error_of = |name: &&str, errno: Errno| Error::io("move into new/", &self.tmp.path.join(name), errno.into());
        let sync = || self.sync_folders();
        renamed::publish(&names, |name| self.rename(name), error_of, sync, self.observer.as_ref())
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
            if self.tmp.has(name)? {
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
        self.tmp.sweep(|name| name::is_own(name, &self.tag), keep, self.observer.as_ref())
    }

    fn take_remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

fn device(folder: &OwnedFd, dir: &Path) -> Result<u64> {
    let about = rustix::fs::fstat(folder).map_err(|errno| Error::io("look at", dir, errno.into()))?;
    Ok(about.st_dev)
}

fn names_of(batch: &[Placement]) -> Result<Vec<&str>> {
    let names = batch.iter().map(|placement| match placement {
        Placement::Maildir { name, .. } => Ok(name.as_str()),
        _ => Err(Error::new(Kind::Bug, "a message of another destination came to a Maildir")),
    });
    names.collect()
}

#[cfg(test)]
mod tests;
