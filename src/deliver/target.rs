//! Which place a target is: looked at before anything is made or delivered, and marked at first use.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use rustix::io::Errno;

use super::durable::{self, folder_of};
use super::eml::EmlDir;
use super::maildir::{self, PARTS};
use super::marker::{Marked, Marker};
use super::{
    DeliveryContext, Destination, Identity, Maildir, Mbox, Placement, Presence, Receiver, Record, Stager, Tag, Target,
    Way, marker, name,
};
use crate::error::{Error, Kind, Result};
use crate::private;

impl Target {
    /// Is what stands there of the kind that it was named as? What is missing is.
    pub fn check_kind(&self) -> Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let Some(about) = durable::look(path)? else { return Ok(()) };
        let shown = crate::escape::path(path);
        match self {
            Self::Maildir(_) if about.is_file() => {
                let error = Error::new(Kind::CannotCreate, format!("{shown} is a file, not a Maildir"));
                Err(error.hint("if it is an mbox, use --mbox, or mbox in the configuration file"))
            }
            Self::Mbox(folder) if about.is_dir() => {
                let what = if is_maildir(folder)? { "a Maildir" } else { "a folder" };
                let error = Error::new(Kind::CannotCreate, format!("{shown} is {what}, not an mbox"));
                Err(error.hint("use --maildir, or maildir in the configuration file"))
            }
            Self::EmlDir(_) if about.is_file() => {
                Err(Error::new(Kind::CannotCreate, format!("{shown} is a file, not a folder for .eml files")))
            }
            Self::EmlDir(folder) if about.is_dir() && is_maildir(folder)? => {
                let error =
                    Error::new(Kind::CannotCreate, format!("{shown} is a Maildir, not a folder for .eml files"));
                Err(error.hint("use --maildir, or maildir in the configuration file"))
            }
            _ => Ok(()),
        }
    }

    /// Looks whether the place is the recorded one, and changes nothing.
    pub fn look(&self, record: Record<'_>, tag: &Tag) -> Result<Presence> {
        match self {
            Self::Maildir(dir) => look_at_maildir(dir, record, tag),
            Self::Mbox(file) => look_at_mbox(file, record),
            Self::EmlDir(dir) => look_at_eml_dir(dir, record),
            Self::HandOver(_) => Ok(Presence::There),
        }
    }

    /// Does the mark of a folder say that this mailbox delivers there? An mbox has no mark.
    pub fn lists(&self, mailbox_key: &str) -> Result<bool> {
        Ok(self.mark_found()?.is_some_and(|marker| marker.lists(mailbox_key)))
    }

    /// Has a folder a mark, whichever? An mbox has none.
    pub fn is_marked(&self) -> Result<bool> {
        Ok(self.mark_found()?.is_some())
    }

    fn mark_found(&self) -> Result<Option<Marker>> {
        match self {
            Self::Maildir(dir) => marker::read(Marked::maildir(dir)),
            Self::EmlDir(dir) => marker::read(Marked::folder(dir)),
            Self::Mbox(_) | Self::HandOver(_) => Ok(None),
        }
    }

    /// Marks the place durably, as one into which this mailbox delivers if one is given, and returns its identity. For a
    /// place that [`Self::look`] found right, or that is to be a new one: then `anew`, with a new identity whatever is
    /// there. A folder is made, 0700, if it is missing.
    pub fn mark(&self, record: Record<'_>, mailbox_key: Option<&str>, anew: bool) -> Result<Identity> {
        match self {
            Self::Maildir(dir) => {
                maildir::make(dir)?;
                marker::ensure(Marked::maildir(dir), record, mailbox_key, anew)
            }
            Self::Mbox(file) => {
                let folder = folder_of(file);
                identity_of_folder(&folder)?.ok_or_else(|| {
                    let text = format!("there is no folder {} for the mbox", crate::escape::path(&folder));
                    Error::new(Kind::CannotCreate, text).hint("mount its disk, or make the folder")
                })
            }
            Self::EmlDir(dir) => {
                durable::create_folders(dir)?;
                marker::ensure(Marked::folder(dir), record, mailbox_key, anew)
            }
            // Its name is all that it has.
            Self::HandOver(_) => Ok(Identity::from_octets(&[])),
        }
    }

    /// Is there nothing yet, but for an empty folder in the place of one with messages? Then it can be made later, when there is
    /// something to deliver. An error says why it could not be made, as far as that can be known without trying.
    pub fn is_vacant(&self) -> Result<bool> {
        match self {
            Self::Maildir(dir) | Self::EmlDir(dir) => match durable::look_at_link(dir)? {
                None => can_make(dir).map(|()| true),
                Some(about) if about.is_dir() && private::is_root_or_us(&about) => {
                    Ok(name::names_in(dir)?.is_empty() && may_write(dir, &dir.join(PARTS[0])).is_ok())
                }
                Some(_) => Ok(false), // whoever opens it says what is wrong with it
            },
            Self::Mbox(file) => {
                let folder = folder_of(file);
                if durable::look_at_link(file)?.is_some() || !durable::is_folder(&folder)? {
                    return Ok(false);
                }
                may_write(&folder, file).map(|()| true)
            }
            Self::HandOver(_) => Ok(false),
        }
    }

    /// Opens a place of this machine. A folder must be there; an mbox is made if it is missing.
    pub fn open(&self, context: &DeliveryContext) -> Result<(Box<dyn Stager>, Box<dyn Destination>)> {
        match self {
            Self::Maildir(dir) => {
                let maildir = Maildir::open(dir, context)?;
                Ok((Box::new(maildir.stager()?), Box::new(maildir)))
            }
            Self::Mbox(file) => {
                let mbox = Mbox::open(file, context)?;
                Ok((Box::new(mbox.stager()), Box::new(mbox)))
            }
            Self::EmlDir(dir) => {
                let eml_dir = EmlDir::open(dir, context)?;
                Ok((Box::new(eml_dir.stager()?), Box::new(eml_dir)))
            }
            Self::HandOver(_) => Err(Error::new(Kind::Bug, "a hand-over was opened as a place")),
        }
    }

    /// Can its file system make the entries of folders durable? Without that a power cut can undo what was published.
    pub fn can_sync_entries(&self) -> Result<bool> {
        match self {
            Self::Maildir(dir) | Self::EmlDir(dir) => durable::can_sync_entries(dir),
            Self::Mbox(file) => durable::can_sync_entries(&folder_of(file)),
            Self::HandOver(_) => Ok(true),
        }
    }

    /// What kind of place it is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Maildir(_) => "maildir",
            Self::Mbox(_) => "mbox",
            Self::EmlDir(_) => "eml-dir",
            Self::HandOver(Receiver { way, .. }) => way.name(),
        }
    }

    /// The target of a kind, in one word, and its path or name; none, if there is none such.
    pub fn of_kind(kind: &str, octets: Vec<u8>) -> Option<Self> {
        let path = |octets: Vec<u8>| PathBuf::from(OsString::from_vec(octets));
        Some(match kind {
            "maildir" => Self::Maildir(path(octets)),
            "mbox" => Self::Mbox(path(octets)),
            "eml-dir" => Self::EmlDir(path(octets)),
            _ => {
                let way = Way::ALL.into_iter().find(|way| way.name() == kind)?;
                Self::HandOver(Receiver { way, name: String::from_utf8(octets).ok()? })
            }
        })
    }

    /// The path, if it has one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Maildir(path) | Self::Mbox(path) | Self::EmlDir(path) => Some(path),
            Self::HandOver(_) => None,
        }
    }

    /// What tells it from every other one of its kind: the path, or the name.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Maildir(path) | Self::Mbox(path) | Self::EmlDir(path) => path.as_os_str().as_bytes(),
            Self::HandOver(receiver) => receiver.name.as_bytes(),
        }
    }
}

impl Way {
    const ALL: [Self; 4] = [Self::Pipe, Self::Lmtp, Self::Smtp, Self::Imap];

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pipe => "pipe",
            Self::Lmtp => "lmtp",
            Self::Smtp => "smtp",
            Self::Imap => "imap",
        }
    }

    /// Can it be asked whether it has a message?
    pub fn can_be_asked(self) -> bool {
        self == Self::Imap
    }
}

/// For people, escaped.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            Some(path) => f.write_str(&crate::escape::path(path)),
            None => f.write_str(&crate::escape::text(self.octets())),
        }
    }
}

impl Placement {
    /// The name of its staged file, without the folder.
    pub(super) fn staged_name(&self) -> Option<&OsStr> {
        match self {
            Self::Maildir { name, .. } => Some(OsStr::new(name)),
            Self::Mbox { spool, .. } => spool.file_name(),
            Self::Outbox { file, .. } => Some(OsStr::new(file)),
            Self::Owed(_) => None,
            Self::Eml { staged, .. } => Some(OsStr::new(staged)),
        }
    }
}

/// Could this folder be made, and those above it that are missing?
fn can_make(dir: &Path) -> Result<()> {
    let path = std::path::absolute(dir).map_err(|error| Error::io("use", dir, error))?;
    for above in path.ancestors().skip(1) {
        match durable::look(above)? {
            Some(about) if about.is_dir() => return may_write(above, dir),
            Some(_) => return Err(Error::io("create", dir, Errno::NOTDIR.into())),
            None => {}
        }
    }
    Ok(())
}

/// Could this be made in the folder?
fn may_write(folder: &Path, path: &Path) -> Result<()> {
    match rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Err(errno @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => Err(Error::io("create", path, errno.into())),
        _ => Ok(()),
    }
}

fn look_at_maildir(dir: &Path, record: Record<'_>, tag: &Tag) -> Result<Presence> {
    let mut parts = 0;
    for part in PARTS {
        parts += usize::from(durable::is_folder(&dir.join(part))?);
    }
    let found = |is_there| if is_there { Presence::There } else { Presence::Missing };
    let identity = match record {
        Record::New => return Ok(found(parts > 0)),
        Record::Unmarked => return Ok(found(parts == PARTS.len())),
        Record::Known(identity) => identity,
    };
    Ok(match marker::read(Marked::maildir(dir))? {
        Some(marker) if marker.identity() == *identity => Presence::There,
        Some(_) => Presence::Another,
        None if parts == 0 => Presence::Missing,
        // Somebody removed the mark, or restored the Maildir without it.
        None if parts == PARTS.len() && has_own_files(dir, tag)? => Presence::There,
        None => Presence::Another,
    })
}

/// Whoever consumes the files leaves none, so that only the mark can tell.
fn look_at_eml_dir(dir: &Path, record: Record<'_>) -> Result<Presence> {
    let is_there = durable::is_folder(dir)?;
    Ok(match record {
        _ if !is_there => Presence::Missing,
        Record::New | Record::Unmarked => Presence::There,
        Record::Known(identity) => match marker::read(Marked::folder(dir))? {
            Some(marker) if marker.identity() == *identity => Presence::There,
            // The folder on which its disk is mounted.
            None if name::names_in(dir)?.is_empty() => Presence::Missing,
            Some(_) | None => Presence::Another,
        },
    })
}

fn is_maildir(folder: &Path) -> Result<bool> {
    let mut is_maildir = true;
    for part in PARTS {
        is_maildir &= durable::is_folder(&folder.join(part))?;
    }
    Ok(is_maildir)
}

/// Did this mailbox ever deliver there? Mail readers keep the part of a name by which that shows.
fn has_own_files(dir: &Path, tag: &Tag) -> Result<bool> {
    for part in PARTS {
        if name::names_in(&dir.join(part))?.iter().any(|name| name::is_own(name, tag)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn look_at_mbox(file: &Path, record: Record<'_>) -> Result<Presence> {
    let about = durable::look_at_link(file)?;
    // What is not a regular file is there, too: opening it says what is wrong with it.
    if about.as_ref().is_some_and(|about| !about.is_file() || about.len() > 0) {
        return Ok(Presence::There);
    }
    // People and mail readers remove mboxes and leave empty ones, so then the folder has to tell.
    let folder = identity_of_folder(&folder_of(file))?;
    Ok(match (record, folder) {
        (Record::New, _) if about.is_none() => Presence::Missing,
        (_, None) => Presence::Missing,
        (Record::New | Record::Unmarked, Some(_)) => Presence::There,
        (Record::Known(identity), Some(folder)) if folder == *identity => Presence::There,
        (Record::Known(_), Some(_)) => Presence::Another,
    })
}

fn identity_of_folder(folder: &Path) -> Result<Option<Identity>> {
    let about = durable::look(folder)?.filter(|about| about.is_dir());
    Ok(about.map(|about| Identity::from_octets(&about.ino().to_be_bytes())))
}

#[cfg(test)]
mod tests;
