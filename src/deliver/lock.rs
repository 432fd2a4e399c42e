//! The lock on an mbox: fcntl, then dotlock, as Debian's policy says (C-327, C-328).
//!
//! Both are tried without waiting and given back together before the next try, so that programs with another order
//! cannot block each other for ever.

use std::collections::BTreeSet;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags};

use super::{DeliveryContext, Tag, durable, name, written};
use crate::error::{Cause, Error, Kind, Result};
use crate::private::{Links, OpenedFile, is_a_link};
use crate::until::Over;

/// A locked mbox, open for reading and writing. Dropping it gives the lock back.
#[derive(Debug)]
pub(super) struct LockedMbox {
    file: File,
    dotlock: Option<PathBuf>,
    _exclusive: InProcess,
}

impl LockedMbox {
    /// Opens and locks `path`; waits for others up to `limit`, or until a stop. The file is made, 0600, if it is missing.
    pub(super) fn acquire(path: &Path, context: &DeliveryContext, limit: Duration) -> Result<Self> {
        let until = context.until.within(limit);
        match until.poll(RETRY, || Self::attempt(path, &context.tag).transpose()) {
            Ok(locked) => locked,
            Err(Over::Stopped) => Err(Error::stopped()),
            Err(Over::Deadline) => {
                let text = format!("{} is locked by another program", crate::escape::path(path));
                Err(Error::new(Kind::TryLater, text)
                    .because(Cause::Busy)
                    .hint("if no program uses it, remove the lock file beside it, whose name ends in .lock"))
            }
        }
    }

    /// Removes a dotlock of ours that a sudden end left. One that is in use stays.
    pub(super) fn remove_left_over(path: &Path, context: &DeliveryContext) -> Result<()> {
        if !look_into(&dotlock_of(path)).is_ok_and(|(text, _)| is_ours(&text)) {
            return Ok(());
        }
        match Self::acquire(path, context, RETRY * 4) {
            Err(error) if !matches!(error.cause(), Cause::Busy | Cause::Stopped) => Err(error),
            _ => Ok(()), // given back, or held by another account
        }
    }

    /// The mbox, which is written with `O_APPEND`. No other descriptor of it may be opened while this one has the lock:
    /// closing that would give the lock back.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Lets writes go to their offsets, or to the end whatever others have written there.
    pub(super) fn set_append(&self, append: bool, path: &Path) -> Result<()> {
        let failed = |errno: rustix::io::Errno| Error::io("set the way to write", path, errno.into());
        let mut flags = rustix::fs::fcntl_getfl(&self.file).map_err(failed)?;
        flags.set(OFlags::APPEND, append);
        rustix::fs::fcntl_setfl(&self.file, flags).map_err(failed)
    }

    /// Some file systems store what was written only when a descriptor is closed. The lock goes with that, and is taken
    /// again if it can be; the dotlock stays.
    pub(super) fn store(&self, path: &Path) -> Result<()> {
        if !durable::stores_at_close(self.file.as_fd(), path)? {
            return Ok(());
        }
        let second = self.file.try_clone().map_err(|error| Error::io("store", path, error))?;
        written::close(second, path)?;
        match rustix::fs::fcntl_lock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(()),
            Err(errno) => Err(Error::io("lock", path, errno.into())),
        }
    }

    /// Is the locked file still the one that has the name?
    pub(super) fn is_in_place(&self, path: &Path) -> Result<bool> {
        is_still(&self.file, path)
    }

    /// Is there a dotlock? Not if the folder cannot be written.
    pub(super) fn has_dotlock(&self) -> bool {
        self.dotlock.is_some()
    }

    /// One try; nothing, if somebody else has it.
    fn attempt(path: &Path, tag: &Tag) -> Result<Option<Self>> {
        let Some((exclusive, file)) = InProcess::open(path)? else {
            return Ok(None);
        };
        match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Ok(None),
            Err(errno) => return Err(Error::io("lock", path, errno.into())),
        }
        let dotlock = match take_dotlock(path, tag)? {
            Dotlock::Taken(dotlock) => Some(dotlock),
            Dotlock::NotPossible => None,
            Dotlock::Busy => return Ok(None),
        };
        let mbox = Self { file, dotlock, _exclusive: exclusive };
        // A mail reader may have put another file in its place before the lock was ours.
        Ok(if is_still(&mbox.file, path)? { Some(mbox) } else { None })
    }
}

impl Drop for LockedMbox {
    fn drop(&mut self) {
        if let Some(dotlock) = self.dotlock.take() {
            durable::remove_if_there(&dotlock).ok(); // the next run finds it stale
        }
    }
}

/// Opens an mbox that is a plain file of this user: no link, no FIFO, no device (C-301, C-334).
fn open(path: &Path) -> Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let existing = OpenOptions::new().read(true).append(true).custom_flags(flags).open(path);
    let file = match existing {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let new = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path);
            match new {
                Ok(file) => {
                    durable::fsync_folder(&durable::folder_of(path))?;
                    file
                }
                Err(error) => return Err(Error::io("create the mbox", path, error)),
            }
        }
        Err(error) if is_a_link(&error) => {
            return Err(refused(path, "is a symbolic link").hint("name the file that it points to"));
        }
        Err(error) => return Err(Error::io("open the mbox", path, error)),
        Ok(file) => file,
    };
    let about = file.metadata().map_err(|error| Error::io("look at", path, error))?;
    if !about.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    if about.nlink() > 1 {
        return Err(refused(path, "has several names (hard links)"));
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused(path, "belongs to another user").hint("run mailhaul as that user"));
    }
    Ok(file)
}

fn refused(path: &Path, why: &str) -> Error {
    Error::new(Kind::CannotCreate, format!("{} cannot be used as an mbox: it {why}", crate::escape::path(path)))
}

fn is_still(file: &File, path: &Path) -> Result<bool> {
    let ours = file.metadata().map_err(|error| Error::io("look at", path, error))?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// The right to have the mbox open: one account of this process at a time. fcntl locks do not exclude threads, and
/// closing any descriptor of a file gives back the locks that the process has on it.
#[derive(Debug)]
pub(super) struct InProcess((u64, u64));

static OPEN_HERE: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

impl InProcess {
    /// Opens the mbox, unless another account of this process has it open.
    pub(super) fn open(path: &Path) -> Result<Option<(Self, File)>> {
        let mut open_here = OPEN_HERE.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = |about: &Metadata| (about.dev(), about.ino());
        if durable::look_at_link(path)?.is_some_and(|about| open_here.contains(&identity(&about))) {
            return Ok(None);
        }
        let file = open(path)?;
        let about = file.metadata().map_err(|error| Error::io("look at", path, error))?;
        open_here.insert(identity(&about));
        Ok(Some((Self(identity(&about)), file))) // in this order the file is closed first
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        OPEN_HERE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

enum Dotlock {
    Taken(PathBuf),
    Busy,
    NotPossible,
}

fn dotlock_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn is_ours(text: &str) -> bool {
    text.lines().any(|line| line == ours())
}

/// How a dotlock begins, and what it is. Anybody who can write the folder of an mbox, such as /var/mail, can put
/// something else there: a link, a FIFO, a file of any size. That is a lock, and says nothing.
fn look_into(dotlock: &Path) -> std::io::Result<(String, Metadata)> {
    let about = std::fs::symlink_metadata(dotlock)?;
    if !about.is_file() {
        return Ok((String::new(), about));
    }
    let file = OpenedFile::open(dotlock, Links::Refuse)?;
    let about = file.about().clone();
    let mut text = Vec::new();
    if about.is_file() {
        file.file().take(DOTLOCK_OCTETS).read_to_end(&mut text)?;
    }
    Ok((String::from_utf8_lossy(&text).into_owned(), about))
}

/// Takes `PATH.lock`, when the fcntl lock is held already.
fn take_dotlock(path: &Path, tag: &Tag) -> Result<Dotlock> {
    let dotlock = dotlock_of(path);
    let draft = durable::folder_of(path).join(name::spool(tag)?);
    match create_dotlock(&dotlock, &draft) {
        Ok(()) => Ok(Dotlock::Taken(dotlock)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if is_stale(&dotlock) {
                durable::remove_if_there(&dotlock)?;
            }
            Ok(Dotlock::Busy)
        }
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            Ok(Dotlock::NotPossible)
        }
        Err(error) => Err(Error::io("create the lock file", &dotlock, error)),
    }
}

/// The dotlock must never be seen without its content, by which we know our own again: it is written under another
/// name, which a sudden end leaves to be swept, and linked into place.
fn create_dotlock(dotlock: &Path, draft: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let linked = file.write_all(content().as_bytes()).and_then(|()| std::fs::hard_link(draft, dotlock));
    std::fs::remove_file(draft)?;
    match linked {
        Err(error) if durable::cannot_link(&error) => create_without_links(dotlock),
        linked => linked,
    }
}

fn create_without_links(dotlock: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(dotlock)?;
    let written = file.write_all(content().as_bytes());
    if written.is_err() {
        std::fs::remove_file(dotlock)?;
    }
    written
}

/// The pid, which other programs read, and by what we know our own.
fn content() -> String {
    format!("{}\n{}\n", std::process::id(), ours())
}

/// The second line of our dotlocks. With the host, as fcntl locks may not reach another one.
fn ours() -> String {
    format!("mailhaul {}", rustix::system::uname().nodename().to_string_lossy())
}

/// Is the dotlock left over? One of mailhaul's is: whoever held it had the fcntl lock, which we hold now. Another
/// program's is after some minutes, unless the process it names is alive.
fn is_stale(dotlock: &Path) -> bool {
    let (text, about) = match look_into(dotlock) {
        Ok(found) => found,
        // One that we must not read is left over if it is old.
        Err(_) => match std::fs::symlink_metadata(dotlock) {
            Ok(about) => (String::new(), about),
            Err(_) => return false,
        },
    };
    if is_ours(&text) {
        return true;
    }
    let old = about.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > STALE_AFTER);
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(rustix::process::Pid::from_raw);
    let alive = pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    old && !alive
}

/// What is looked at of a dotlock.
const DOTLOCK_OCTETS: u64 = 200;

/// Between two tries.
const RETRY: Duration = Duration::from_millis(50);

/// Age from which another program's dotlock without a living process counts as left over.
const STALE_AFTER: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests;
