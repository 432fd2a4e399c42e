//! mbox: messages appended to one file, under its lock (C-319 to C-335).
//!
//! A batch is appended from its spools only after the ledger has recorded where each message will stand, how long
//! it is and its hash; so after a sudden end the octets themselves tell what was done.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;

use self::append::{Appender, BrokenAppend};
use super::durable::{self, fsync, fsync_folder};
use super::lock::{InProcess, LockedMbox};
use super::spool::{SpoolStager, Spools, spools_in};
use super::written::Written;
use super::{DeliveryContext, Destination, Found, Placement, Publication, PublishFailed, Staged, Stager, Taken};
use crate::effect::Effect;
use crate::error::{Error, Kind, Result};

mod append;
mod recover;

/// An mbox that was checked or made.
pub struct Mbox {
    path: PathBuf,
    /// Where its spools are: beside it, or in the user's own folder.
    spool_folder: PathBuf,
    context: DeliveryContext,
    locked: Option<LockedMbox>,
    spools: Arc<Spools>,
    remarks: Vec<String>,
    remarked: bool,
}

impl Mbox {
    /// Opens the mbox `path`; makes it, 0600, if it is missing. Refuses what is none.
    pub fn open(path: &Path, context: &DeliveryContext) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| Error::io("use", path, error))?;
        // Another account that has it open has looked at it too.
        if let Some((_open, file)) = InProcess::open(&path)?
            && !may_be_torn(&file, &path)?
        {
            refuse_other_formats(&file, &path)?;
        }
        let beside = durable::folder_of(&path);
        let spool_folder = if is_writable(&beside)? { beside } else { context.fallback.clone() };
        let (context, spools) = (context.clone(), Arc::default());
        Ok(Self { path, spool_folder, context, locked: None, spools, remarks: Vec::new(), remarked: false })
    }

    pub(super) fn stager(&self) -> impl Stager + use<> {
        let DeliveryContext { tag, observer, .. } = &self.context;
        SpoolStager::new(self.spool_folder.clone(), tag.clone(), Arc::clone(&self.spools), Arc::clone(observer))
    }

    fn lock(&mut self) -> Result<LockedMbox> {
        let locked = LockedMbox::acquire(&self.path, &self.context, LOCK_WAIT)?;
        self.context.observer.after(Effect::Locked);
        if !locked.has_dotlock() && !std::mem::replace(&mut self.remarked, true) {
            let path = crate::escape::path(&self.path);
            self.remarks.push(format!("{path}: its folder cannot be written, so it is locked by fcntl only"));
        }
        Ok(locked)
    }

    fn locked(&self) -> Result<&LockedMbox> {
        self.locked.as_ref().ok_or_else(|| Error::new(Kind::Bug, "an mbox was to be used unlocked"))
    }

    /// Where a spool may be: where it was recorded, or, if a folder has moved since, where spools of this mbox are.
    fn places_of(&self, spool: &Path) -> Vec<PathBuf> {
        let mut places = vec![spool.to_owned()];
        if let Some(name) = spool.file_name() {
            let folders = self.spool_folders();
            places.extend(folders.into_iter().map(|folder| folder.join(name)).filter(|place| place != spool));
        }
        places
    }

    fn spool_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![durable::folder_of(&self.path), self.context.fallback.clone()];
        folders.dedup();
        folders
    }

    /// Opens a spool for reading; nothing, if it is gone.
    fn open_spool(&self, spool: &Path) -> Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        for place in self.places_of(spool) {
            match rustix::fs::open(&place, flags, Mode::empty()) {
                Ok(fd) => return Ok(Some(File::from(fd))),
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(errno) => return Err(Error::io("open the spool", &place, errno.into())),
            }
        }
        Ok(None)
    }

    /// The spools of a batch, open; none if one of them is gone.
    fn open_spools<'a>(&self, batch: &[Piece<'a>]) -> Result<Option<HashMap<&'a Path, File>>> {
        let mut spools = HashMap::new();
        for piece in batch {
            if spools.contains_key(piece.spool) {
                continue;
            }
            let Some(file) = self.open_spool(piece.spool)? else {
                return Ok(None);
            };
            spools.insert(piece.spool, file);
        }
        Ok(Some(spools))
    }

    /// Appends the pieces in order, and makes them durable.
    fn append(&self, batch: &[Piece<'_>], spools: &HashMap<&Path, File>) -> Result<Publication, BrokenAppend> {
        let unpublished = |error| BrokenAppend { error, not_published: Some(0) };
        let Some(first) = batch.first() else {
            return Ok(Publication::Done { missing: Vec::new(), left: Vec::new() });
        };
        let locked = self.locked().map_err(unpublished)?;
        let mut appender = Appender::new(locked.file(), &self.path, first.offset);
        if !appender.is_at_end().map_err(unpublished)? {
            return Ok(Publication::PlaceAgain);
        }
        for (at, piece) in batch.iter().enumerate() {
            appender.append(piece, spools).map_err(|error| appender.undo(error, at))?;
            self.context.observer.after(Effect::Appended);
        }
        appender.finish()?;
        fsync(locked.file(), &self.path)?;
        locked.store(&self.path)?;
        if !locked.is_in_place(&self.path)? {
            return Err(replaced(&self.path).into());
        }
        self.context.observer.after(Effect::Synced);
        Ok(Publication::Done { missing: Vec::new(), left: Vec::new() })
    }
}

impl Destination for Mbox {
    fn make_durable(&mut self, batch: &mut [Staged]) -> Result<()> {
        let mut synced: HashSet<PathBuf> = HashSet::new();
        for staged in batch {
            let Written::Spool(spool) = std::mem::replace(&mut staged.written, Written::Durable) else { continue };
            if synced.contains(&staged.file) {
                continue;
            }
            fsync(&spool, &staged.file).inspect_err(|_| {
                durable::remove_if_there(&staged.file).ok(); // no row names it, so a sweep removes it otherwise
            })?;
            synced.insert(staged.file.clone());
        }
        fsync_folder(&self.spool_folder)?;
        self.context.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    /// Its octets in the spool are passed over; the spool goes when nothing else in it is needed.
    fn discard(&mut self, staged: Staged) -> Result<()> {
        self.spools.settle(&staged.file);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let path = self.path.clone();
        if self.locked.is_none() {
            self.locked = Some(self.lock()?);
        }
        let file = self.locked()?.file();
        refuse_other_formats(file, &path)?;
        let mut offset = end_in_empty_line(file, &path)?;
        let mut placements = Vec::with_capacity(batch.len());
        for staged in batch {
            placements.push(Placement::Mbox {
                file: path.clone(),
                spool: staged.file.clone(),
                spool_offset: staged.offset,
                offset,
                length: staged.length,
                hash: staged.hash,
            });
            offset += staged.length;
        }
        Ok(placements)
    }

    fn publish(
        &mut self,
        batch: &[Placement],
        _uids: &[&[u8]],
        _taken: &mut Taken<'_>,
    ) -> Result<Publication, Box<PublishFailed>> {
        let failed = |BrokenAppend { error, not_published }| {
            PublishFailed::new(error, not_published.map_or(Vec::new(), |from| (from..batch.len()).collect()))
        };
        let unpublished = |error| failed(BrokenAppend { error, not_published: Some(0) });
        let pieces = pieces(batch).map_err(unpublished)?;
        let Some(spools) = self.open_spools(&pieces).map_err(unpublished)? else {
            return Ok(Publication::Done { missing: (0..batch.len()).collect(), left: Vec::new() }); // nothing was appended
        };
        let publication = self.append(&pieces, &spools).map_err(failed)?;
        if publication != Publication::PlaceAgain {
            pieces.iter().for_each(|piece| self.spools.settle(piece.spool));
        }
        Ok(publication)
    }

    fn settles_at_once(&self) -> bool {
        true
    }

    fn release(&mut self) -> Result<()> {
        if self.locked.take().is_some() {
            self.context.observer.after(Effect::Unlocked);
        }
        for done in self.spools.take_done() {
            durable::remove_if_there(&done)?;
            self.context.observer.after(Effect::SpoolRemoved);
        }
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement]) -> Result<Vec<Found>> {
        let pieces = pieces(left)?;
        let locked = self.lock()?;
        let found = self.recover(&locked, &pieces);
        drop(locked);
        self.context.observer.after(Effect::Unlocked);
        found
    }

    fn sweep(&mut self, keep: &[Placement]) -> Result<()> {
        LockedMbox::remove_left_over(&self.path, &self.context)?;
        let keep: HashSet<&OsStr> = keep.iter().filter_map(Placement::staged_name).collect();
        for folder in self.spool_folders() {
            for spool in spools_in(&folder, &self.context.tag)? {
                if !spool.file_name().is_some_and(|name| keep.contains(name)) {
                    durable::remove_if_there(&spool)?;
                    self.context.observer.after(Effect::SpoolRemoved);
                }
            }
        }
        Ok(())
    }

    fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}

/// One message on its way from a spool into the mbox.
#[derive(Clone, Copy)]
struct Piece<'a> {
    spool: &'a Path,
    spool_offset: u64,
    offset: u64,
    length: u64,
    hash: &'a [u8; 32],
}

fn pieces(batch: &[Placement]) -> Result<Vec<Piece<'_>>> {
    let piece = |placement| match placement {
        &Placement::Mbox { ref spool, spool_offset, offset, length, ref hash, .. } => {
            Ok(Piece { spool, spool_offset, offset, length, hash })
        }
        _ => Err(Error::new(Kind::Bug, "a message of another destination came to an mbox")),
    };
    batch.iter().map(piece).collect()
}

fn replaced(path: &Path) -> Error {
    let text = format!("{} was replaced by a program that ignores locks", crate::escape::path(path));
    Error::new(Kind::TryLater, text).hint("the next run puts its messages into the new file")
}

/// Refuses a file that has something, but no mbox (C-326).
fn refuse_other_formats(file: &File, path: &Path) -> Result<()> {
    let mut start = [0; 5];
    let failed = |error| Error::io("read", path, error);
    let size = file.metadata().map_err(failed)?.len();
    if size == 0 {
        return Ok(());
    }
    let octets = file.read_at(&mut start, 0).map_err(failed)?;
    if &start[..octets] == b"From " {
        return Ok(());
    }
    let text = format!("{} is not an mbox: its first line does not begin with \"From \"", crate::escape::path(path));
    Err(Error::new(Kind::CannotCreate, text).hint("name an mbox, or a file that does not exist yet"))
}

/// Is the beginning that of an mbox, but for octets that a power cut has left out? Then recovery may make it whole; if it
/// does not, nothing is appended to it.
fn may_be_torn(file: &File, path: &Path) -> Result<bool> {
    let mut start = [0; 5];
    let octets = file.read_at(&mut start, 0).map_err(|error| Error::io("read", path, error))?;
    Ok(start[..octets].iter().zip(b"From ").all(|(found, right)| found == right || *found == 0))
}

/// Makes the file end in an empty line, so that the next message is not joined to the last one (C-325). Returns
/// its length.
fn end_in_empty_line(mut file: &File, path: &Path) -> Result<u64> {
    let failed = |error| Error::io("append to", path, error);
    // Again, as another program may append in spite of the lock.
    for _ in 0..MAX_TRIES {
        let size = file.metadata().map_err(failed)?.len();
        let mut end = [b'\n'; 2];
        let from = size.saturating_sub(2);
        file.read_exact_at(&mut end[..(size - from) as usize], from).map_err(failed)?;
        let missing: &[u8] = match end {
            [b'\n', b'\n'] => return Ok(size),
            [_, b'\n'] => b"\n",
            _ => b"\n\n",
        };
        file.write_all(missing).map_err(failed)?;
        fsync(file, path)?;
    }
    let text = format!("other programs keep writing to {} while it is locked", crate::escape::path(path));
    Err(Error::new(Kind::TryLater, text))
}

/// Can files be made in a folder?
fn is_writable(folder: &Path) -> Result<bool> {
    match rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Ok(true),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Ok(false),
        Err(errno) => Err(Error::io("look at the folder", folder, errno.into())),
    }
}

/// How long another program may keep the mbox locked.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// How often the end of the mbox is put in order.
const MAX_TRIES: usize = 10;

/// Octets that are read at a time.
const CHUNK: usize = 64 * 1024;

#[cfg(test)]
mod tests;
