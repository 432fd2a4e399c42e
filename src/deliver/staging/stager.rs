//! Writes messages into files of their own.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{LineEnds, StagingFolder};
use crate::deliver::durable::{self, fsync};
use crate::deliver::lf::ToLf;
use crate::deliver::name::Names;
use crate::deliver::written::{self, KeptOpen, Slots, Written};
use crate::deliver::{Staged, Stager};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

pub(in crate::deliver) struct FileStager {
    path: PathBuf,
    folder: OwnedFd,
    names: Names,
    open: Option<(String, File)>,
    /// With the line ends of Unix; else as it came.
    lf: Option<ToLf>,
    buffer: Vec<u8>,
    length: u64,
    /// A closed file may still be synced with its file system.
    syncfs: bool,
    slots: Arc<Slots>,
    observer: Arc<dyn Observer>,
}

impl FileStager {
    pub(super) fn new(staging: &StagingFolder, line_ends: LineEnds) -> Result<Self> {
        let folder = staging.folder.try_clone().map_err(|error| Error::io("open", &staging.path, error))?;
        Ok(Self {
            path: staging.path.clone(),
            folder,
            names: Names::new(staging.tag.clone()),
            open: None,
            lf: (line_ends == LineEnds::Unix).then(ToLf::default),
            buffer: Vec::new(),
            length: 0,
            syncfs: staging.syncfs,
            slots: Arc::clone(&staging.slots),
            observer: Arc::clone(&staging.observer),
        })
    }

    fn write_buffer(&mut self) -> Result<()> {
        let Some((name, file)) = &mut self.open else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        if let Err(error) = file.write_all(&self.buffer) {
            let error = Error::io("write", &self.path.join(name), error);
            self.abandon().ok(); // no row names the file, so a sweep removes it otherwise
            return Err(error);
        }
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }

    /// Keeps the file open until it is synced, or, if too many are open, closes it and looks at the answer.
    fn end(&self, file: File, name: &str) -> Result<Written> {
        let file = match KeptOpen::new(file, &self.slots) {
            Ok(open) => return Ok(Written::Open(open)),
            Err(file) => file,
        };
        let path = self.path.join(name);
        if !self.syncfs {
            fsync(&file, &path)?;
        }
        written::close(file, &path)?;
        Ok(if self.syncfs { Written::Closed } else { Written::Durable })
    }
}

impl Stager for FileStager {
    fn begin(&mut self) -> Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (name, fd) = loop {
            let name = self.names.next()?;
            match rustix::fs::openat(&self.folder, &name, flags, Mode::from_raw_mode(0o600)) {
                Ok(fd) => break (name, fd),
                Err(Errno::EXIST) => continue, // another name, no waiting (C-307)
                Err(errno) => return Err(Error::io("create", &self.path.join(name), errno.into())),
            }
        };
        self.observer.after(Effect::SpoolCreated);
        self.open = Some((name, File::from(fd)));
        self.lf.iter_mut().for_each(|lf| *lf = ToLf::default());
        self.buffer.clear();
        self.length = 0;
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<()> {
        let buffer = &mut self.buffer;
        match &mut self.lf {
            Some(lf) => lf.push(octets, &mut |octets| buffer.extend_from_slice(octets)),
            None => buffer.extend_from_slice(octets),
        }
        if self.buffer.len() >= WRITE_AT { self.write_buffer() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<Staged> {
        let buffer = &mut self.buffer;
        self.lf.iter_mut().for_each(|lf| lf.finish(&mut |octets| buffer.extend_from_slice(octets)));
        if !self.buffer.is_empty() {
            self.write_buffer()?;
        }
        let Some((name, file)) = self.open.take() else {
            return Err(Error::new(Kind::Bug, "a message ended before it began"));
        };
        let written = self.end(file, &name).inspect_err(|_| {
            // No row names the file, so a sweep removes it otherwise.
            durable::remove_if_there(&self.path.join(&name)).ok();
        })?;
        self.observer.after(Effect::Staged);
        Ok(Staged { file: name.into(), offset: 0, length: self.length, hash: [0; 32], written })
    }

    fn abandon(&mut self) -> Result<()> {
        match self.open.take() {
            Some((name, _)) => durable::remove_if_there(&self.path.join(name)),
            None => Ok(()),
        }
    }
}

/// A message that will not become whole leaves nothing, also when an error ends everything.
impl Drop for FileStager {
    fn drop(&mut self) {
        self.abandon().ok(); // the next run removes it
    }
}

/// Octets that are written at once at least, but for the end of a message.
const WRITE_AT: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::deliver::{DeliveryContext, Maildir};

    /// What was written before the error must not be published as if it were all.
    #[test]
    fn a_message_whose_write_fails_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::create(dir.path(), &DeliveryContext::for_tests([1; 8])).unwrap();
        let left = |dir: &Path| std::fs::read_dir(dir.join("tmp")).unwrap().count();
        for octets in [WRITE_AT, 1] {
            let mut stager = FileStager::new(&maildir.staging, LineEnds::Unix).unwrap();
            stager.begin().unwrap();
            assert_eq!(left(dir.path()), 1);
            let full = File::options().write(true).open("/dev/full").unwrap();
            stager.open.as_mut().unwrap().1 = full;
            let written = stager.write(&vec![b'x'; octets]).and_then(|()| stager.finish());
            assert!(written.unwrap_err().to_string().contains("cannot write"), "{octets}");
            assert_eq!(left(dir.path()), 0);
            assert!(stager.finish().is_err());
        }
    }

    /// Where too many files are open, each is synced at its end; of a pipe that always fails.
    #[test]
    fn a_message_whose_sync_fails_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut maildir = Maildir::create(dir.path(), &DeliveryContext::for_tests([1; 8])).unwrap();
        maildir.staging.syncfs = false;
        maildir.staging.slots = Slots::with_limit(0);
        let mut stager = FileStager::new(&maildir.staging, LineEnds::Unix).unwrap();
        stager.begin().unwrap();
        let (_reader, pipe) = std::io::pipe().unwrap();
        stager.open.as_mut().unwrap().1 = File::from(OwnedFd::from(pipe));
        stager.write(b"x").unwrap();
        assert!(stager.finish().unwrap_err().to_string().contains("make durable"));
        assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }
}
