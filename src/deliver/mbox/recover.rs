//! What became of messages that an earlier run was to append.
//!
//! What it wrote may look well and not be on the disk: after a failed sync the page cache reads back clean what the disk
//! does not have. So what is found is written again, in place, and synced. Nothing is ever cut off.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{CHUNK, Mbox, Piece, replaced};
use crate::deliver::Found;
use crate::deliver::durable::fsync;
use crate::deliver::lock::LockedMbox;
use crate::effect::Effect;
use crate::error::{Error, Result};

/// Some octets of a file.
#[derive(Clone, Copy)]
struct Range<'a> {
    file: &'a File,
    path: &'a Path,
    offset: u64,
}

impl Mbox {
    /// What became of each piece, in their order; what is published is durable.
    pub(super) fn recover(&self, locked: &LockedMbox, pieces: &[Piece<'_>]) -> Result<Vec<Found>> {
        let mut spools: HashMap<&Path, Option<File>> = HashMap::new();
        locked.set_append(false, &self.path)?;
        let mut found = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let spool = match spools.entry(piece.spool) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => entry.insert(self.open_spool(piece.spool)?),
            };
            found.push(self.recover_piece(locked.file(), piece, spool.as_ref())?);
        }
        locked.set_append(true, &self.path)?;
        if found.contains(&Found::Published) {
            fsync(locked.file(), &self.path)?;
            locked.store(&self.path)?;
            if !locked.is_in_place(&self.path)? {
                return Err(replaced(&self.path));
            }
            self.context.observer.after(Effect::Synced);
        }
        Ok(found)
    }

    fn recover_piece(&self, mbox: &File, piece: &Piece<'_>, spool: Option<&File>) -> Result<Found> {
        let size = mbox.metadata().map_err(|error| Error::io("look at", &self.path, error))?.len();
        let place = Range { file: mbox, path: &self.path, offset: piece.offset };
        let source = spool.map(|file| Range { file, path: piece.spool, offset: piece.spool_offset });
        let source = match source {
            Some(source) if source.has(piece)? => Some(source),
            _ => None,
        };
        let (source, otherwise) = match source {
            Some(source) => {
                let is_ours =
                    size >= piece.offset && source.matches_or_zero(place, piece.length.min(size - piece.offset))?;
                (is_ours.then_some(source), Found::Staged)
            }
            None => {
                let is_whole = size >= piece.offset.saturating_add(piece.length) && place.has(piece)?;
                (is_whole.then_some(place), Found::Nowhere)
            }
        };
        let Some(source) = source else {
            return Ok(otherwise);
        };
        source.copy_to(place, piece.length)?;
        self.context.observer.after(Effect::Rewritten);
        Ok(Found::Published)
    }
}

impl Range<'_> {
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        let failed = |error| Error::io("read", self.path, error);
        self.file.read_exact_at(buffer, self.offset + at).map_err(failed)
    }

    /// Are here all the octets of the piece, and no others?
    fn has(&self, piece: &Piece<'_>) -> Result<bool> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; CHUNK];
        for (at, length) in chunks(piece.length) {
            match self.file.read_exact_at(&mut buffer[..length], self.offset + at) {
                Ok(()) => hash.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(Error::io("read", self.path, error)),
            }
        }
        Ok(hash.finalize().as_slice() == piece.hash)
    }

    /// Is each of the first octets of `other` the one that is here, or zero, as a power cut leaves what it has not
    /// written?
    fn matches_or_zero(&self, other: Range<'_>, length: u64) -> Result<bool> {
        let (mut ours, mut theirs) = (vec![0; CHUNK], vec![0; CHUNK]);
        for (at, length) in chunks(length) {
            self.read(at, &mut ours[..length])?;
            other.read(at, &mut theirs[..length])?;
            if ours[..length].iter().zip(&theirs[..length]).any(|(ours, theirs)| ours != theirs && *theirs != 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn copy_to(&self, other: Range<'_>, length: u64) -> Result<()> {
        let mut buffer = vec![0; CHUNK];
        for (at, length) in chunks(length) {
            self.read(at, &mut buffer[..length])?;
            let written = other.file.write_all_at(&buffer[..length], other.offset + at);
            written.map_err(|error| Error::io("write again", other.path, error))?;
        }
        Ok(())
    }
}

/// Offsets and lengths.
fn chunks(length: u64) -> impl Iterator<Item = (u64, usize)> {
    (0..length).step_by(CHUNK).map(move |at| (at, (length - at).min(CHUNK as u64) as usize))
}
