//! The spools of an mbox: messages as they will be appended, written while the mbox is not locked (C-330).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};

use super::written::Written;
use super::{MboxForm, Staged, Stager, Tag, durable, name};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Kind, Result};

/// Writes messages one behind the other into a spool, and begins another when one is large.
pub(super) struct SpoolStager {
    folder: PathBuf,
    tag: Tag,
    spool: Option<Spool>,
    message: Option<Message>,
    buffer: Vec<u8>,
    spools: Arc<Spools>,
    observer: Arc<dyn Observer>,
}

/// The spools of one run, shared by the half that writes them and the half that removes them.
#[derive(Debug, Default)]
pub(super) struct Spools(Mutex<BTreeMap<PathBuf, Use>>);

/// What a spool is still needed for.
#[derive(Debug, Default)]
struct Use {
    /// Messages that are staged in it, and neither published nor discarded.
    messages: usize,
    /// It gets no more.
    is_closed: bool,
}

impl Spools {
    fn locked(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, spool: &Path) {
        self.locked().entry(spool.to_owned()).or_default().messages += 1;
    }

    fn close(&self, spool: &Path) {
        self.locked().entry(spool.to_owned()).or_default().is_closed = true;
    }

    /// One of the messages in this spool is settled. Of spools of an earlier run nothing is known; they are swept.
    pub(super) fn settle(&self, spool: &Path) {
        if let Some(spool) = self.locked().get_mut(spool) {
            spool.messages = spool.messages.saturating_sub(1);
        }
    }

    /// The spools that nothing needs any more.
    pub(super) fn take_done(&self) -> Vec<PathBuf> {
        let done = |_: &PathBuf, spool: &mut Use| spool.is_closed && spool.messages == 0;
        self.locked().extract_if(.., done).map(|(path, _)| path).collect()
    }
}

#[derive(Debug)]
struct Spool {
    path: PathBuf,
    /// Shared with its staged messages: whoever syncs it must use the descriptor that wrote it.
    file: Arc<File>,
    /// Octets of whole messages.
    whole: u64,
}

struct Message {
    form: MboxForm,
    hash: Sha256,
    length: u64,
}

impl SpoolStager {
    pub(super) fn new(folder: PathBuf, tag: Tag, spools: Arc<Spools>, observer: Arc<dyn Observer>) -> Self {
        Self { folder, tag, spool: None, message: None, buffer: Vec::new(), spools, observer }
    }

    fn create_spool(&self) -> Result<Spool> {
        let path = self.folder.join(name::spool(&self.tag)?);
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| Error::io("create the spool", &path, errno.into()))?;
        self.observer.after(Effect::SpoolCreated);
        Ok(Spool { path, file: Arc::new(File::from(fd)), whole: 0 })
    }

    fn write_buffer(&mut self) -> Result<()> {
        let (Some(spool), Some(message)) = (&mut self.spool, &mut self.message) else {
            return Err(Error::new(Kind::Bug, "octets of a message came before its begin"));
        };
        if let Err(error) = spool.file.as_ref().write_all(&self.buffer) {
            let error = Error::io("write", &spool.path, error);
            cut(&spool.file, spool.whole).ok(); // frees space; the spool gets no more either way
            self.give_up_spool();
            return Err(error);
        }
        message.hash.update(&self.buffer);
        message.length += self.buffer.len() as u64;
        self.buffer.clear();
        self.observer.after(Effect::SpoolWritten);
        Ok(())
    }

    /// The spool gets no more messages: it is large, or a write failed, and what failed once may look well the next
    /// time.
    fn give_up_spool(&mut self) {
        self.message = None;
        if let Some(spool) = self.spool.take() {
            self.spools.close(&spool.path);
        }
    }
}

impl Stager for SpoolStager {
    fn begin(&mut self) -> Result<()> {
        if self.spool.as_ref().is_none_or(|spool| spool.whole >= SPOOL_IS_LARGE) {
            self.give_up_spool();
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
        if self.buffer.len() >= WRITE_AT { self.write_buffer() } else { Ok(()) }
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
        self.spools.add(&spool.path);
        self.observer.after(Effect::Staged);
        let (file, hash) = (spool.path.clone(), message.hash.finalize().into());
        Ok(Staged { file, offset, length: message.length, hash, written: Written::Spool(Arc::clone(&spool.file)) })
    }

    fn abandon(&mut self) -> Result<()> {
        let (Some(spool), Some(_)) = (&mut self.spool, self.message.take()) else {
            return Ok(());
        };
        let cut = cut(&spool.file, spool.whole).map_err(|error| Error::io("cut", &spool.path, error));
        if cut.is_err() {
            self.give_up_spool(); // the next message would not stand where it should
        }
        cut
    }
}

impl Drop for SpoolStager {
    fn drop(&mut self) {
        self.give_up_spool();
    }
}

fn cut(mut file: &File, length: u64) -> std::io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length)).map(drop)
}

/// The spools of `tag` in a folder, if it is there.
pub(super) fn spools_in(folder: &Path, tag: &Tag) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io("read the folder", folder, error);
    let prefix = name::hidden_prefix(tag);
    let mut found = Vec::new();
    let Some(entries) = durable::absence_as_none(std::fs::read_dir(folder)).map_err(failed)? else {
        return Ok(found);
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A folder of .eml files has files of the same beginning.
        if name.starts_with(&prefix) && name.ends_with(name::SPOOL_END) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Octets from which the next message begins a new spool, so that the old one can be removed.
const SPOOL_IS_LARGE: u64 = 8 * 1024 * 1024;

/// Octets that are written at once at least, but for the end of a message.
const WRITE_AT: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::DeliveryContext;

    /// A write that fails ends its spool, and leaves the messages before it as they are.
    #[test]
    fn a_message_whose_write_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let DeliveryContext { tag, observer, .. } = DeliveryContext::for_tests([1; 8]);
        let spools: Arc<Spools> = Arc::default();
        let mut stager = SpoolStager::new(dir.path().to_owned(), tag, Arc::clone(&spools), observer);
        stager.begin().unwrap();
        let whole = stager.finish().unwrap();
        stager.begin().unwrap();
        stager.spool.as_mut().unwrap().file = Arc::new(File::options().write(true).open("/dev/full").unwrap());
        stager.write(b"x").unwrap();
        assert!(stager.finish().unwrap_err().to_string().contains("cannot write"));
        assert!(stager.finish().is_err());
        stager.begin().unwrap();
        assert_ne!(stager.finish().unwrap().file, whole.file);
        assert_eq!(std::fs::metadata(&whole.file).unwrap().len(), whole.length);
        assert!(spools.take_done().is_empty());
        spools.settle(&whole.file);
        assert_eq!(spools.take_done(), [whole.file]);
    }

    /// An abandoned message is cut off, and the next one stands in its place.
    #[test]
    fn an_abandoned_message_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let DeliveryContext { tag, observer, .. } = DeliveryContext::for_tests([1; 8]);
        let mut stager = SpoolStager::new(dir.path().to_owned(), tag, Arc::default(), observer);
        stager.begin().unwrap();
        let one = stager.finish().unwrap();
        stager.begin().unwrap();
        stager.write(&vec![b'x'; 2 * WRITE_AT]).unwrap();
        stager.abandon().unwrap();
        stager.begin().unwrap();
        let two = stager.finish().unwrap();
        assert_eq!((two.file, two.offset), (one.file.clone(), one.length));
        assert_eq!(std::fs::metadata(&one.file).unwrap().len(), one.length + two.length);
    }
}
