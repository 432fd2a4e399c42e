//! Finds published messages, by their names, wherever mail readers and filters have put them: in `new/` and `cur/` of
//! the Maildir, of a folder in it (Maildir++), or of a Maildir beside it.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::PARTS;
use crate::deliver::durable::{self, folder_of, fsync_folder};
use crate::error::{Error, Result};

/// Which of these messages stand somewhere; the folders where they do are synced.
pub(super) fn find_published<'a>(dir: &Path, names: &[&'a str]) -> Result<HashSet<&'a str>> {
    let missing = names.iter().map(|name| (name.as_bytes(), *name)).collect();
    let mut search = Search { missing, found: HashSet::new() };
    search.exactly(dir)?;
    // A mail reader that renames a file meanwhile may hide it from one pass.
    for _ in 0..PASSES {
        search.everywhere(dir)?;
        if search.is_done() {
            break;
        }
    }
    Ok(search.found)
}

struct Search<'a> {
    /// By their octets.
    missing: BTreeMap<&'a [u8], &'a str>,
    found: HashSet<&'a str>,
}

impl Search<'_> {
    fn is_done(&self) -> bool {
        self.missing.is_empty()
    }

    /// Where most of them are, without reading a folder that may have a million entries.
    fn exactly(&mut self, dir: &Path) -> Result<()> {
        for part in ["new", "cur"] {
            let folder = dir.join(part);
            let mut here = Vec::new();
            for (&octets, name) in &self.missing {
                if durable::look_at_link(&folder.join(name))?.is_some_and(|about| about.is_file()) {
                    here.push(octets);
                }
            }
            self.take(&folder, &here)?;
        }
        Ok(())
    }

    fn everywhere(&mut self, dir: &Path) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        self.maildir(dir)?;
        self.folders_of(dir)?;
        if self.is_done() {
            return Ok(());
        }
        for beside in folders_in(&folder_of(dir))? {
            self.forgiving(&beside)?;
            self.folders_of(&beside)?;
        }
        Ok(())
    }

    /// The Maildir++ folders of a Maildir.
    fn folders_of(&mut self, dir: &Path) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        folders_in(dir)?.iter().try_for_each(|folder| self.forgiving(folder))
    }

    fn maildir(&mut self, dir: &Path) -> Result<()> {
        ["new", "cur"].into_iter().try_for_each(|part| {
            let folder = dir.join(part);
            let here = self.matches(&folder).map_err(|error| Error::io("read the folder", &folder, error))?;
            self.take(&folder, &here.unwrap_or_default())
        })
    }

    /// The same, where a folder that cannot be reached counts as empty.
    fn forgiving(&mut self, dir: &Path) -> Result<()> {
        ["new", "cur"].into_iter().try_for_each(|part| {
            let folder = dir.join(part);
            let here = forgive(self.matches(&folder)).map_err(|error| Error::io("read the folder", &folder, error))?;
            self.take(&folder, &here.flatten().unwrap_or_default())
        })
    }
}

impl<'a> Search<'a> {
    /// The missing messages that a folder has; nothing, if it is not there.
    fn matches(&self, folder: &Path) -> io::Result<Option<Vec<&'a [u8]>>> {
        let Some(entries) = durable::absence_as_none(std::fs::read_dir(folder))? else {
            return Ok(None);
        };
        let mut here = Vec::new();
        for entry in entries {
            here.extend(self.named(entry?.file_name().as_bytes()));
        }
        Ok(Some(here))
    }

    /// The missing message of which this is the name, perhaps with flags or other notes of a mail reader behind it.
    fn named(&self, name: &[u8]) -> Option<&'a [u8]> {
        let ends = name.iter().enumerate().filter(|(_, octet)| SEPARATORS.contains(octet)).map(|(at, _)| at);
        let mut candidates = ends.chain([name.len()]).map(|end| &name[..end]);
        candidates.find_map(|candidate| self.missing.get_key_value(candidate).map(|(&octets, _)| octets))
    }

    fn take(&mut self, folder: &Path, here: &[&'a [u8]]) -> Result<()> {
        if here.is_empty() {
            return Ok(());
        }
        // Whoever put them there may have been ended before the folder was synced.
        fsync_folder(folder)?;
        self.found.extend(here.iter().filter_map(|octets| self.missing.remove(octets)));
        Ok(())
    }
}

/// The Maildirs among the entries of a folder.
fn folders_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io("read the folder", dir, error);
    let Some(entries) = forgive(std::fs::read_dir(dir)).map_err(failed)? else {
        return Ok(Vec::new());
    };
    let mut folders = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let path = dir.join(&name);
        if !PARTS.iter().any(|part| name == *part) && is_maildir(&path).map_err(failed)? {
            folders.push(path);
        }
    }
    Ok(folders)
}

fn is_maildir(path: &Path) -> io::Result<bool> {
    for part in ["cur", "new"] {
        if forgive(std::fs::metadata(path.join(part)))?.is_some_and(|about| about.is_dir()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A folder beside the Maildir, or of a mail reader in it, may be another user's or a dead mount. What is therefore not
/// found stays in doubt, and doubt deletes nothing; an error here would block every run.
fn forgive<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match durable::absence_as_none(result) {
        Err(error) if cannot_be_reached(&error) => Ok(None),
        result => result,
    }
}

fn cannot_be_reached(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        errno,
        Some(
            Errno::ACCESS
                | Errno::PERM
                | Errno::LOOP
                | Errno::NAMETOOLONG
                | Errno::NOTCONN
                | Errno::STALE
                | Errno::HOSTDOWN
                | Errno::HOSTUNREACH
                | Errno::TIMEDOUT
        )
    )
}

/// What mail readers put between a name and their notes.
const SEPARATORS: &[u8] = b",:;!";

const PASSES: usize = 2;
