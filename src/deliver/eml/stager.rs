//! Writes messages into hidden files, as they came over the line.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{EmlDir, name};
use crate::deliver::staging::StagingFolder;
use crate::deliver::{Staged, Stager, Tag};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

pub(super) struct EmlStager {
    folder: StagingFolder,
    tag: Tag,
    open: Option<Begun>,
    buffer: Vec<u8>,
    observer: Arc<dyn Observer>,
}

/// A message that is being written.
struct Begun {
    name: String,
    file: File,
    hash: Sha256,
    /// Its beginning, for the name.
    head: Vec<u8>,
    length: u64,
}

impl EmlStager {
    pub(super) fn new(eml_dir: &EmlDir) -> Result<Self> {
        Ok(Self {
            folder: eml_dir.folder.try_clone()?,
            tag: eml_dir.tag.clone(),
            open: None,
            buffer: Vec::new(),
            observer: Arc::clone(&eml_dir.observer),
        })
    }

    fn write_buffer(&mut self) -> Result<()> {
        let Some(begun) = &mut self.open else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        if let Err(error) = begun.file.write_all(&self.buffer) {
            let error = Error::io("write", &self.folder.path.join(&begun.name), error);
            self.abandon().ok(); // no row names the file, so a sweep removes it otherwise
            return Err(error);
        }
        begun.hash.update(&self.buffer);
        begun.length += self.buffer.len() as u64;
        let room = HEAD.saturating_sub(begun.head.len());
        begun.head.extend_from_slice(&self.buffer[..room.min(self.buffer.len())]);
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }

    /// Gives the file the name from which its last one can be made.
    fn name_whole(&self, begun: &str, stem: &str) -> Result<String> {
        let staged = name::staged(begun, stem);
        let renamed = rustix::fs::renameat(&self.folder.folder, begun, &self.folder.folder, &staged);
        renamed.map_err(|errno| Error::io("rename", &self.folder.path.join(begun), errno.into()))?;
        Ok(staged)
    }
}

impl Stager for EmlStager {
    fn begin(&mut self) -> Result<()> {
        let (name, file) = loop {
            let name = name::begun(&self.tag)?;
            if let Some(file) = self.folder.create(&name, MODE)? {
                break (name, file);
            }
        };
        self.observer.after(Effect::SpoolCreated);
        self.open = Some(Begun { name, file, hash: Sha256::new(), head: Vec::new(), length: 0 });
        self.buffer.clear();
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<()> {
        self.buffer.extend_from_slice(octets);
        if self.buffer.len() >= WRITE_AT { self.write_buffer() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<Staged> {
        if !self.buffer.is_empty() {
            self.write_buffer()?;
        }
        let Some(Begun { name, file, hash, head, length }) = self.open.take() else {
            return Err(Error::new(Kind::Bug, "a message ended before it began"));
        };
        let stem = name::stem(&head, &hash.finalize().into(), Timestamp::now());
        let ended = self.name_whole(&name, &stem).and_then(|staged| {
            let written = self.folder.end(file, &staged).inspect_err(|_| {
                self.folder.remove(staged.as_ref()).ok(); // as below
            })?;
            Ok((staged, written))
        });
        let (staged, written) = ended.inspect_err(|_| {
            self.folder.remove(name.as_ref()).ok(); // no row names the file, so a sweep removes it otherwise
        })?;
        self.observer.after(Effect::Staged);
        Ok(Staged { file: staged.into(), offset: 0, length, hash: [0; 32], written })
    }

    fn abandon(&mut self) -> Result<()> {
        match self.open.take() {
            Some(Begun { name, .. }) => self.folder.remove(name.as_ref()),
            None => Ok(()),
        }
    }
}

/// A message that will not become whole leaves nothing, also when an error ends everything.
impl Drop for EmlStager {
    fn drop(&mut self) {
        self.abandon().ok(); // the next run removes it
    }
}

/// As the umask has it: what consumes the files is often another user. Whoever wants them for himself keeps the folder
/// for himself, and one that we make is 0700.
const MODE: u32 = 0o644;

/// Octets that are looked at for date and subject.
const HEAD: usize = crate::headers::MAX_HEADER;

/// Octets that are written at once at least, but for the end of a message.
const WRITE_AT: usize = 128 * 1024;

#[cfg(test)]
impl EmlStager {
    pub(super) fn write_to_a_full_disk(&mut self) {
        self.open.as_mut().unwrap().file = File::options().write(true).open("/dev/full").unwrap();
    }
}
