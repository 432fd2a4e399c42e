//! Appends messages to the locked mbox, without touching what programs that ignore the lock write meanwhile.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{CHUNK, Piece};
use crate::deliver::durable::fsync;
use crate::error::{Error, Kind, Result};

/// Writes at the end of the mbox, and counts.
pub(super) struct Appender<'a> {
    mbox: &'a File,
    path: &'a Path,
    /// Where the file ended.
    start: u64,
    /// Octets written behind that.
    written: u64,
}

/// An error, and what is known in spite of it.
pub(super) struct BrokenAppend {
    pub(super) error: Error,
    /// The piece from which on nothing was published for sure, if there is one.
    pub(super) not_published: Option<usize>,
}

/// All of it is in doubt.
impl From<Error> for BrokenAppend {
    fn from(error: Error) -> Self {
        Self { error, not_published: None }
    }
}

impl<'a> Appender<'a> {
    pub(super) fn new(mbox: &'a File, path: &'a Path, start: u64) -> Self {
        Self { mbox, path, start, written: 0 }
    }

    /// Does the file end where we believe that it does?
    pub(super) fn is_at_end(&self) -> Result<bool> {
        let about = self.mbox.metadata().map_err(|error| Error::io("look at", self.path, error))?;
        Ok(about.len() == self.start + self.written)
    }

    pub(super) fn append(&mut self, piece: &Piece<'_>, spools: &HashMap<&Path, File>) -> Result<()> {
        let spool = spools.get(piece.spool).ok_or_else(|| Error::new(Kind::Bug, "a spool was not opened"))?;
        if piece.offset != self.start + self.written {
            return Err(Error::new(Kind::Bug, "the messages of a batch were not placed in a row"));
        }
        self.refuse_if_others_wrote()?;
        let mut buffer = vec![0; CHUNK.min(piece.length as usize)];
        let mut done = 0;
        while done < piece.length {
            let want = (piece.length - done).min(CHUNK as u64) as usize;
            spool
                .read_exact_at(&mut buffer[..want], piece.spool_offset + done)
                .map_err(|error| Error::io("read the spool", piece.spool, error))?;
            self.write(&buffer[..want]).map_err(|error| Error::io("append to the mbox", self.path, error))?;
            done += want as u64;
        }
        Ok(())
    }

    /// All pieces are written: did nobody come between them?
    pub(super) fn finish(&self) -> Result<()> {
        self.refuse_if_others_wrote()
    }

    /// Takes back what was written, after an error at the piece with this index, if the file ends in nothing else
    /// (C-332).
    pub(super) fn undo(&self, error: Error, piece: usize) -> BrokenAppend {
        match self.cut_back() {
            Ok(true) => BrokenAppend { error, not_published: Some(0) },
            Ok(false) | Err(_) => BrokenAppend { error, not_published: Some(piece + 1) },
        }
    }

    fn cut_back(&self) -> Result<bool> {
        if !self.is_at_end()? {
            return Ok(false);
        }
        if self.written > 0 {
            self.mbox.set_len(self.start).map_err(|error| Error::io("cut back", self.path, error))?;
            fsync(self.mbox, self.path)?;
        }
        Ok(true)
    }

    fn refuse_if_others_wrote(&self) -> Result<()> {
        if self.is_at_end()? {
            Ok(())
        } else {
            let path = crate::escape::path(self.path);
            Err(Error::new(Kind::TryLater, format!("a program that ignores locks wrote to {path} at the same time"))
                .hint("run the same command again; make that program lock the mbox"))
        }
    }

    /// Counts what was written also when an error comes in the middle.
    fn write(&mut self, mut octets: &[u8]) -> io::Result<()> {
        while !octets.is_empty() {
            match self.mbox.write(octets) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.written += count as u64;
                    octets = &octets[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
