//! mbox: messages appended to one file, under its lock (C-319 to C-335).
//!
//! A batch is appended from its spools only after the ledger has recorded where each message will stand, how long
//! it is and its hash; so after a sudden end the octets themselves tell what was done.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::durable::{self, fsync, fsync_folder};
use super::lock::{InProcess, LockedMbox};
use super::spool::{SpoolStager, spools_in};
use super::{Destination, Found, Placement, Setting, Staged, Stager};
use crate::effect::Effect;
use crate::error::{Error, Kind, Result};

/// An mbox that was checked or made.
pub struct Mbox {
    path: PathBuf,
    /// Where its spools are: beside it, or in the user's own folder.
    spool_folder: PathBuf,
    setting: Setting,
    locked: Option<LockedMbox>,
    /// The spool of the last message published, which may get more.
    current_spool: Option<PathBuf>,
    /// Spools whose messages are all published.
    old_spools: Vec<PathBuf>,
    warnings: Vec<String>,
    warned: bool,
}

impl Mbox {
    /// Opens the mbox `path`; makes it, 0600, if it is missing. Refuses what is none.
    pub fn open(path: &Path, setting: &Setting) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| Error::io("use", path, error))?;
        // Another account that has it open has looked at it too.
        if let Some((_open, file)) = InProcess::open(&path)? {
            refuse_other_formats(&file, &path)?;
        }
        let beside = durable::folder_of(&path);
        let spool_folder = match is_writable(&beside) {
            true => beside,
            false => setting.fallback.clone(),
        };
        let setting = setting.clone();
        let (locked, current_spool, old_spools, warnings) = (None, None, Vec::new(), Vec::new());
        Ok(Self { path, spool_folder, setting, locked, current_spool, old_spools, warnings, warned: false })
    }

    pub(super) fn stager(&self) -> impl Stager + use<> {
        let Setting { tag, observer, .. } = &self.setting;
        SpoolStager::new(self.spool_folder.clone(), tag.clone(), Arc::clone(observer))
    }

    fn lock(&mut self) -> Result<()> {
        let locked = LockedMbox::acquire(&self.path, &self.setting, LOCK_WAIT)?;
        self.setting.observer.after(Effect::Locked);
        if !locked.has_dotlock() && !std::mem::replace(&mut self.warned, true) {
            let path = crate::escape::path(&self.path);
            self.warnings.push(format!("{path}: its folder cannot be written, so it is locked by fcntl only"));
        }
        self.locked = Some(locked);
        Ok(())
    }

    fn locked(&self) -> Result<&LockedMbox> {
        self.locked.as_ref().ok_or_else(|| Error::new(Kind::Bug, "an mbox was to be used unlocked"))
    }

    fn failed(&self, what: &str) -> impl Fn(io::Error) -> Error + use<> {
        let (what, path) = (what.to_owned(), self.path.clone());
        move |error| Error::io(&what, &path, error)
    }

    /// Appends the pieces in order. On an error the mbox is cut back to what it was before (C-332).
    fn append(&self, file: &File, batch: &[Piece<'_>], spools: &HashMap<&Path, File>) -> Result<()> {
        let Some(first) = batch.first() else {
            return Ok(());
        };
        let result = batch.iter().try_for_each(|piece| {
            append_piece(file, &self.path, piece, spools)?;
            self.setting.observer.after(Effect::Appended);
            Ok(())
        });
        if result.is_err() {
            file.set_len(first.offset).map_err(self.failed("cut back"))?;
            fsync(file, &self.path)?;
        }
        result
    }

    /// Notes which spools will not be needed once this batch is settled: those before the one that may get more.
    fn note_old_spools(&mut self, batch: &[Placement]) {
        for placement in batch {
            let Placement::Mbox { spool, .. } = placement else { continue };
            let before = self.current_spool.replace(spool.clone());
            self.old_spools.extend(before.filter(|before| before != spool));
        }
    }
}

impl Destination for Mbox {
    fn make_durable(&mut self, batch: &[Staged]) -> Result<()> {
        let mut spools: Vec<&Path> = batch.iter().map(|staged| staged.file.as_path()).collect();
        spools.dedup();
        for spool in spools {
            let file = File::open(spool).map_err(|error| Error::io("open", spool, error))?;
            fsync(&file, spool)?;
        }
        fsync_folder(&self.spool_folder)?;
        self.setting.observer.after(Effect::SpoolSynced);
        Ok(())
    }

    fn place(&mut self, batch: &[Staged]) -> Result<Vec<Placement>> {
        let path = self.path.clone();
        self.lock()?;
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

    fn publish(&mut self, batch: &[Placement]) -> Result<Vec<usize>> {
        let pieces = pieces(batch)?;
        let locked = self.locked()?;
        let Some(spools) = open_spools(&pieces)? else {
            return Ok((0..batch.len()).collect()); // nothing was appended
        };
        self.append(locked.file(), &pieces, &spools)?;
        fsync(locked.file(), &self.path)?;
        if !locked.is_in_place(&self.path)? {
            let path = crate::escape::path(&self.path);
            return Err(Error::new(Kind::TryLater, format!("{path} was replaced by a program that ignores locks"))
                .hint("the next run puts its messages into the new file"));
        }
        self.setting.observer.after(Effect::Synced);
        self.note_old_spools(batch);
        Ok(Vec::new())
    }

    fn settles_at_once(&self) -> bool {
        true
    }

    fn release(&mut self) -> Result<()> {
        if self.locked.take().is_some() {
            self.setting.observer.after(Effect::Unlocked);
        }
        for old in std::mem::take(&mut self.old_spools) {
            durable::remove_if_there(&old)?;
            self.setting.observer.after(Effect::SpoolRemoved);
        }
        Ok(())
    }

    fn inspect(&mut self, left: &[Placement], _age: Duration) -> Result<Vec<Found>> {
        let pieces = pieces(left)?;
        let path = self.path.clone();
        self.lock()?;
        let file = self.locked()?.file();
        let size = file.metadata().map_err(|error| Error::io("look at", &path, error))?.len();
        let mut whole = 0;
        while whole < pieces.len()
            && is_there(file, &pieces[whole], size).map_err(|error| Error::io("read", &path, error))?
        {
            whole += 1;
        }
        let rest = &pieces[whole..];
        if let Some(first) = rest.first()
            && ends_torn(file, rest, size).map_err(|error| Error::io("read", &path, error))?
        {
            file.set_len(first.offset).map_err(|error| Error::io("cut the torn end off", &path, error))?;
            fsync(file, &path)?;
            self.setting.observer.after(Effect::Truncated);
        }
        if whole > 0 {
            // Whoever appended it may have been ended before the file was synced.
            fsync(file, &path)?;
        }
        self.release()?;
        // A spool is removed only when all of it is published: one that is gone says so, even if a mail reader has
        // rewritten the mbox since.
        let found = |(at, piece): (usize, &Piece<'_>)| match at < whole || !piece.spool.exists() {
            true => Found::Published,
            false => Found::Staged,
        };
        Ok(pieces.iter().enumerate().map(found).collect())
    }

    fn sweep(&mut self) -> Result<()> {
        LockedMbox::remove_left_over(&self.path, &self.setting)?;
        for spool in spools_in(&self.spool_folder, &self.setting.tag)? {
            durable::remove_if_there(&spool)?;
            self.setting.observer.after(Effect::SpoolRemoved);
        }
        Ok(())
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
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
        Placement::Maildir { .. } => Err(Error::new(Kind::Bug, "a Maildir message came to an mbox")),
    };
    batch.iter().map(piece).collect()
}

/// The spools of a batch, open; none if one of them is gone.
fn open_spools<'a>(batch: &[Piece<'a>]) -> Result<Option<HashMap<&'a Path, File>>> {
    let mut spools = HashMap::new();
    for piece in batch {
        if spools.contains_key(piece.spool) {
            continue;
        }
        match File::open(piece.spool) {
            Ok(file) => drop(spools.insert(piece.spool, file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", piece.spool, error)),
        }
    }
    Ok(Some(spools))
}

fn append_piece(mut mbox: &File, path: &Path, piece: &Piece<'_>, spools: &HashMap<&Path, File>) -> Result<()> {
    let failed = |error| Error::io("append to the mbox", path, error);
    let mut spool = spools.get(piece.spool).ok_or_else(|| Error::new(Kind::Bug, "a spool was not opened"))?;
    spool.seek(SeekFrom::Start(piece.spool_offset)).map_err(failed)?;
    mbox.seek(SeekFrom::Start(piece.offset)).map_err(failed)?;
    let copied = io::copy(&mut spool.take(piece.length), &mut mbox).map_err(failed)?;
    match copied == piece.length {
        true => Ok(()),
        false => Err(failed(io::ErrorKind::UnexpectedEof.into())),
    }
}

/// Do the octets of the piece stand where they should?
fn is_there(mbox: &File, piece: &Piece<'_>, size: u64) -> io::Result<bool> {
    if piece.offset + piece.length > size {
        return Ok(false);
    }
    let mut hash = Sha256::new();
    let mut buffer = vec![0; COMPARE];
    let (mut at, end) = (piece.offset, piece.offset + piece.length);
    while at < end {
        let want = (end - at).min(COMPARE as u64) as usize;
        let octets = mbox.read_at(&mut buffer[..want], at)?;
        if octets == 0 {
            return Ok(false);
        }
        hash.update(&buffer[..octets]);
        at += octets as u64;
    }
    Ok(hash.finalize().as_slice() == piece.hash)
}

/// Is everything from the first piece's place to the end of the file a beginning of what should stand there, as a
/// sudden end left it? Behind the octets that were written a power cut may leave zeros. Anything else is somebody
/// else's, and stays.
fn ends_torn(mbox: &File, rest: &[Piece<'_>], size: u64) -> io::Result<bool> {
    let start = rest[0].offset;
    let planned: u64 = rest.iter().map(|piece| piece.length).sum();
    if size <= start || size - start > planned {
        return Ok(false);
    }
    let mut zeros_only = false;
    for piece in rest {
        if piece.offset >= size {
            break;
        }
        let Ok(spool) = File::open(piece.spool) else {
            return Ok(false);
        };
        let mut at = 0;
        let mut expected = vec![0; COMPARE];
        let mut found = vec![0; COMPARE];
        let length = piece.length.min(size - piece.offset);
        while at < length {
            let want = (length - at).min(COMPARE as u64) as usize;
            spool.read_exact_at(&mut expected[..want], piece.spool_offset + at)?;
            mbox.read_exact_at(&mut found[..want], piece.offset + at)?;
            let same = match zeros_only {
                true => 0,
                false => expected[..want].iter().zip(&found[..want]).take_while(|(a, b)| a == b).count(),
            };
            zeros_only |= same < want;
            if found[same..want].iter().any(|&octet| octet != 0) {
                return Ok(false);
            }
            at += want as u64;
        }
    }
    Ok(true)
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
    let text = format!("{} is no mbox: its first line does not begin with \"From \"", crate::escape::path(path));
    Err(Error::new(Kind::CannotCreate, text).hint("name an mbox, or a file that does not exist yet"))
}

/// Makes the file end in an empty line, so that the next message is not joined to the last one (C-325). Returns
/// its length.
fn end_in_empty_line(mut file: &File, path: &Path) -> Result<u64> {
    let failed = |error| Error::io("append to", path, error);
    let size = file.metadata().map_err(failed)?.len();
    if size == 0 {
        return Ok(0);
    }
    let mut end = [b'\n'; 2];
    let from = size.saturating_sub(2);
    file.read_exact_at(&mut end[..(size - from) as usize], from).map_err(failed)?;
    let missing: &[u8] = match end {
        [b'\n', b'\n'] => return Ok(size),
        [_, b'\n'] => b"\n",
        _ => b"\n\n",
    };
    file.seek(SeekFrom::Start(size)).map_err(failed)?;
    file.write_all(missing).map_err(failed)?;
    fsync(file, path)?;
    Ok(size + missing.len() as u64)
}

/// Can files be made in a folder?
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
        && fs::metadata(folder).is_ok_and(|about| about.is_dir())
}

/// How long another program may keep the mbox locked.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// Octets that are compared at a time.
const COMPARE: usize = 64 * 1024;

#[cfg(test)]
mod tests;
