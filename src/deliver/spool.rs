//! The spools of an mbox: messages as they will be appended, written while the mbox is not locked (C-330).

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

use super::{MboxForm, Staged, Stager, Tag, name};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

/// Writes messages one behind the other into a spool, and begins another when one is large.
pub(super) struct SpoolStager {
    folder: PathBuf,
    tag: Tag,
    spool: Option<Spool>,
    message: Option<Message>,
    buffer: Vec<u8>,
    observer: Arc<dyn Observer>,
}

#[derive(Debug)]
struct Spool {
    path: PathBuf,
    file: File,
    /// Octets of whole messages.
    whole: u64,
}

struct Message {
    form: MboxForm,
    hash: Sha256,
    length: u64,
}

impl SpoolStager {
    pub(super) fn new(folder: PathBuf, tag: Tag, observer: Arc<dyn Observer>) -> Self {
        Self { folder, tag, spool: None, message: None, buffer: Vec::new(), observer }
    }

    fn create_spool(&self) -> Result<Spool> {
        let path = self.folder.join(name::spool(&self.tag)?);
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| Error::io("create the spool", &path, errno.into()))?;
        self.observer.after(Effect::SpoolCreated);
        Ok(Spool { path, file: File::from(fd), whole: 0 })
    }

    fn write_buffer(&mut self) -> Result<()> {
        let (Some(spool), Some(message)) = (&mut self.spool, &mut self.message) else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        spool.file.write_all(&self.buffer).map_err(|error| Error::io("write", &spool.path, error))?;
        message.hash.update(&self.buffer);
        message.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }
}

impl Stager for SpoolStager {
    fn begin(&mut self) -> Result<()> {
        if self.spool.as_ref().is_none_or(|spool| spool.whole >= SPOOL_IS_LARGE) {
            self.spool = Some(self.create_spool()?);
        }
        self.message = Some(Message { form: MboxForm::begin(), hash: Sha256::new(), length: 0 });
        self.buffer.clear();
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<()> {
        if let Some(message) = &mut self.message {
            message.form.push(octets, &mut self.buffer);
        }
        match self.buffer.len() >= WRITE_AT {
            true => self.write_buffer(),
            false => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<Staged> {
        if let Some(message) = &mut self.message {
            message.form.finish(&mut self.buffer);
        }
        self.write_buffer()?;
        let (Some(spool), Some(message)) = (&mut self.spool, self.message.take()) else {
            return Err(Error::new(Kind::Bug, "a message ended before it began"));
        };
        let offset = spool.whole;
        spool.whole += message.length;
        self.observer.after(Effect::Staged);
        Ok(Staged { file: spool.path.clone(), offset, length: message.length, hash: message.hash.finalize().into() })
    }

    fn abandon(&mut self) -> Result<()> {
        let (Some(spool), Some(_)) = (&mut self.spool, self.message.take()) else {
            return Ok(());
        };
        cut(&mut spool.file, spool.whole).map_err(|error| Error::io("cut", &spool.path, error))
    }
}

fn cut(file: &mut File, length: u64) -> std::io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length)).map(drop)
}

/// The spools of `tag` in a folder.
pub(super) fn spools_in(folder: &Path, tag: &Tag) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io("read the folder", folder, error);
    let prefix = name::spool_prefix(tag);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Octets from which the next message begins a new spool, so that the old one can be removed.
const SPOOL_IS_LARGE: u64 = 8 * 1024 * 1024;

/// Octets that are written at once at least, but for the end of a message.
const WRITE_AT: usize = 128 * 1024;
