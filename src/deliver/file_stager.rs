//! Writes messages into files of their own: in `tmp/` of a Maildir, or in the outbox.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use super::lf::ToLf;
use super::name::Names;
use super::staging::StagingFolder;
use super::{Staged, Stager, Tag, durable};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

/// How the lines of a staged message end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// In LF, where the server sent CRLF.
    Unix,
    /// As the server sent them.
    AsTheyCame,
}

pub(super) struct FileStager {
    folder: StagingFolder,
    names: Names,
    open: Option<(String, File)>,
    /// None: as it came.
    lf: Option<ToLf>,
    buffer: Vec<u8>,
    length: u64,
    observer: Arc<dyn Observer>,
}

impl FileStager {
    pub(super) fn new(
        folder: &StagingFolder,
        tag: &Tag,
        line_ends: LineEnds,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self> {
        Ok(Self {
            folder: folder.try_clone()?,
            names: Names::new(tag.clone()),
            open: None,
            lf: (line_ends == LineEnds::Unix).then(ToLf::default),
            buffer: Vec::new(),
            length: 0,
            observer: Arc::clone(observer),
        })
    }

    fn write_buffer(&mut self) -> Result<()> {
        let Some((name, file)) = &mut self.open else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        if let Err(error) = file.write_all(&self.buffer) {
            let error = Error::io("write", &self.folder.path.join(name), error);
            self.abandon().ok(); // no row names the file, so a sweep removes it otherwise
            return Err(error);
        }
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }
}

impl Stager for FileStager {
    fn begin(&mut self) -> Result<()> {
        let (name, file) = loop {
            let name = self.names.next()?;
            if let Some(file) = self.folder.create(&name, 0o600)? {
                break (name, file); // else another name, no waiting (C-307)
            }
        };
        self.observer.after(Effect::SpoolCreated);
        self.open = Some((name, file));
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
        let written = self.folder.end(file, &name).inspect_err(|_| {
            // No row names the file, so a sweep removes it otherwise.
            durable::remove_if_there(&self.folder.path.join(&name)).ok();
        })?;
        self.observer.after(Effect::Staged);
        Ok(Staged { file: name.into(), offset: 0, length: self.length, hash: [0; 32], written })
    }

    fn abandon(&mut self) -> Result<()> {
        match self.open.take() {
            Some((name, _)) => durable::remove_if_there(&self.folder.path.join(name)),
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
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use super::*;
    use crate::deliver::written::Slots;
    use crate::deliver::{DeliveryContext, Maildir};

    /// What was written before the error must not be published as if it were all.
    #[test]
    fn a_message_whose_write_fails_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::create(dir.path(), &DeliveryContext::for_tests([1; 8])).unwrap();
        let left = |dir: &Path| std::fs::read_dir(dir.join("tmp")).unwrap().count();
        for octets in [WRITE_AT, 1] {
            let mut stager = maildir.file_stager().unwrap();
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
        maildir.tmp.syncfs = false;
        maildir.tmp.slots = Slots::with_limit(0);
        let mut stager = maildir.file_stager().unwrap();
        stager.begin().unwrap();
        let (_reader, pipe) = std::io::pipe().unwrap();
        stager.open.as_mut().unwrap().1 = File::from(OwnedFd::from(pipe));
        stager.write(b"x").unwrap();
        assert!(stager.finish().unwrap_err().to_string().contains("make durable"));
        assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }
}
