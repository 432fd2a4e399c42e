//! A folder of .eml files, one a message: for archives, and for programs that consume a folder.
//!
//! A file has the octets of the message as they came over the line: its lines end with CRLF, as RFC 5322 has it, and with
//! whatever else the server sent.
//!
//! It is written hidden, under another ending, and renamed when it is whole and durable, never over another file. Whoever
//! consumes the files takes them away, so that nothing follows from the absence of one: what tells that a message was
//! published is that its hidden file is gone, which only our own rename takes away.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use self::rename::{RenameWay, Renamer, about, is_published};
use self::stager::EmlStager;
use super::renamed;
use super::staging::{StagingFolder, refuse_that_of_others};
use super::{DeliveryContext, Destination, Found, Placement, Publication, PublishFailed, Staged, Stager, Tag, Taken};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

mod name;
mod rename;
mod stager;

/// Such a folder, open.
pub(super) struct EmlDir {
    /// As it was named.
    dir: PathBuf,
    folder: StagingFolder,
    tag: Tag,
    renamer: Renamer,
    observer: Arc<dyn Observer>,
}

impl EmlDir {
    /// Opens the folder `dir`, which must be there.
    pub(super) fn open(dir: &Path, context: &DeliveryContext) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(|error| Error::io("use", dir, error))?;
        refuse_that_of_others(&dir, "folder")?;
        let folder = StagingFolder::open(std::fs::canonicalize(&dir).map_err(|error| Error::io("use", &dir, error))?)?;
        let (tag, observer) = (context.tag.clone(), Arc::clone(&context.observer));
        Ok(Self { dir, folder, tag, renamer: Renamer { way: RenameWay::NoReplace }, observer })
    }

    /// The half that takes messages from the network.
    pub(super) fn stager(&self) -> Result<impl Stager + use<>> {
        EmlStager::new(self)
    }

    /// What became of a message that was recorded.
    fn look_for(&self, staged: &str, name: &str) -> Result<Found> {
        let failed = |errno: Errno| Error::io("look for", &self.folder.path.join(staged), errno.into());
        let folder = &self.folder.folder;
        match about(folder, staged).map_err(failed)? {
            Some(file) if is_published(folder, &file, name).map_err(failed)? => {
                self.folder.remove(OsStr::new(staged))?;
                Ok(Found::Published)
            }
            Some(_) => Ok(Found::Staged),
            None => Ok(Found::Gone),
        }
    }

    /// The first name that neither the folder nor the batch has.
    fn free_name(&self, staged: &Staged, taken: &mut HashSet<String>) -> Result<String> {
        let staged = staged.file.to_string_lossy(); // made of ASCII by `name`
        let name = name::of_staged(&staged).ok_or_else(|| Error::new(Kind::Bug, "a message has no name"))?;
        for choice in name::choices(&name) {
            if !taken.contains(&choice) && !self.folder.has(&choice)? {
                taken.insert(choice.clone());
                return Ok(choice);
            }
        }
        Ok(name) // to publish it says that it is taken
    }
}

impl Destination for EmlDir {
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()> {
        self.folder.make_durable(batch)?;
        self.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn discard(&mut self, staged: Staged) -> Result<()> {
        self.folder.remove(staged.file.as_os_str())?;
        self.observer.after(Effect::SpoolRemoved);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let mut taken = HashSet::new();
        let placement = |staged: &Staged| {
            let name = self.free_name(staged, &mut taken)?;
            Ok(Placement::Eml { dir: self.dir.clone(), staged: staged.file.to_string_lossy().into_owned(), name })
        };
        batch.iter().map(placement).collect()
    }

    fn publish(
        &mut self,
        batch: &[Placement],
        _uids: &[&[u8]],
        _taken: &mut Taken<'_>,
    ) -> Result<Publication, Box<PublishFailed>> {
        let names = names_of(batch).map_err(|error| PublishFailed::new(error, (0..batch.len()).collect()))?;
        let Self { folder, renamer, observer, .. } = self;
        let rename = |(staged, name): &(&str, &str)| renamer.rename(&folder.folder, staged, name);
        let error_of =
            |(_, name): &(&str, &str), errno: Errno| Error::io("create", &folder.path.join(name), errno.into());
        renamed::publish(&names, rename, error_of, || folder.sync_entries(), observer.as_ref())
    }

    fn settles_at_once(&self) -> bool {
        false
    }

    fn release(&mut self) -> Result<()> {
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement]) -> Result<Vec<Found>> {
        let names = names_of(left)?;
        let found = names.into_iter().map(|(staged, name)| self.look_for(staged, name)).collect::<Result<_>>()?;
        self.folder.sync_entries()?;
        Ok(found)
    }

    fn sweep(&mut self, keep: &[Placement]) -> Result<()> {
        self.folder.sweep(|name| name::is_own(name, &self.tag), keep, self.observer.as_ref())
    }

    fn take_remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

impl Placement {
    /// A message that was recorded with this staged file; none, if no version of mailhaul gives it such a name.
    pub fn of_staged_eml(dir: PathBuf, staged: String) -> Option<Self> {
        let name = name::of_staged(&staged)?;
        Some(Self::Eml { dir, staged, name })
    }
}

/// Of each message the staged and the last name.
fn names_of(batch: &[Placement]) -> Result<Vec<(&str, &str)>> {
    let names = batch.iter().map(|placement| match placement {
        Placement::Eml { staged, name, .. } => Ok((staged.as_str(), name.as_str())),
        _ => Err(Error::new(Kind::Bug, "a message of another destination came to a folder of .eml files")),
    });
    names.collect()
}

#[cfg(test)]
mod tests;
