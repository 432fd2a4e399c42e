//! `mailhaul-place`: a file in a Maildir that tells this Maildir from every other one, and which mailboxes deliver
//! there. A folder of .eml files has one, too.
//!
//! In a Maildir its name has no leading dot, which Maildir++ would take for a folder. It is written beside and put in its place
//! whole, under a lock on the Maildir's folder, because two accounts may deliver into one Maildir for the first time at
//! once.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::durable::{self, fsync, fsync_folder};
use super::{Identity, Record, written};
use crate::error::{Cause, Error, Kind, Result};
use crate::private::{self, Links, OpenedFile, file_name_for, hex, is_a_link};
use crate::until::Until;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    id: [u8; 16],
    /// Hashes of the keys of mailboxes, in hex.
    mailboxes: Vec<String>,
}

impl Marker {
    pub(super) fn identity(&self) -> Identity {
        Identity::from_octets(&self.id)
    }

    pub(super) fn lists(&self, mailbox_key: &str) -> bool {
        self.mailboxes.contains(&file_name_for(mailbox_key))
    }

    /// Nothing has to be added for this mailbox, if there is one.
    fn names(&self, mailbox_key: Option<&str>) -> bool {
        mailbox_key.is_none_or(|key| self.lists(key))
    }

    fn random() -> Result<Self> {
        let mut id = [0; 16];
        private::random(&mut id)?;
        Ok(Self { id, mailboxes: Vec::new() })
    }

    fn add(&mut self, mailbox_key: &str) {
        if !self.lists(mailbox_key) {
            self.mailboxes.push(file_name_for(mailbox_key));
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        (lines.next() == Some(FIRST_LINE)).then_some(())?;
        let mut id = [0; 16];
        let digits = lines.next()?.strip_prefix("id ").filter(|digits| is_hex(digits, 32))?;
        for (octet, pair) in id.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        let mailbox = |line: &str| line.strip_prefix("mailbox ").filter(|hash| is_hex(hash, 16)).map(str::to_owned);
        let mailboxes = lines.map(mailbox).collect::<Option<_>>()?;
        Some(Self { id, mailboxes })
    }

    fn text(&self, what: &str) -> String {
        let explanation =
            format!("# mailhaul recognizes this {what} by this file. Keep it, also when the {what} moves.");
        let lines = self.mailboxes.iter().map(|mailbox| format!("mailbox {mailbox}\n"));
        format!("{FIRST_LINE}\n{explanation}\nid {}\n{}", hex(&self.id), lines.collect::<String>())
    }
}

/// A folder that has such a file.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    dir: &'a Path,
    name: &'static str,
    /// What it is called in texts.
    what: &'static str,
}

impl<'a> Marked<'a> {
    pub(super) fn maildir(dir: &'a Path) -> Self {
        Self { dir, name: NAME, what: "Maildir" }
    }

    /// Hidden, so that nothing that consumes files takes it for one.
    pub(super) fn folder(dir: &'a Path) -> Self {
        Self { dir, name: HIDDEN_NAME, what: "folder" }
    }

    fn path(self) -> PathBuf {
        self.dir.join(self.name)
    }
}

/// Reads the file, if there is one.
pub(super) fn read(at: Marked<'_>) -> Result<Option<Marker>> {
    let path = at.path();
    let file = match durable::absence_as_none(OpenedFile::open(&path, Links::Refuse)) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) if is_a_link(&error) => return Err(damaged(at, "it is a symbolic link")),
        Err(error) => return Err(Error::io("open", &path, error)),
    };
    let about = file.about();
    if !about.is_file() {
        return Err(damaged(at, "it is not a regular file"));
    }
    let mut octets = Vec::new();
    file.file().take(MAX_OCTETS + 1).read_to_end(&mut octets).map_err(|error| Error::io("read", &path, error))?;
    if octets.len() as u64 > MAX_OCTETS {
        return Err(damaged(at, "it is far too large"));
    }
    match std::str::from_utf8(&octets).ok().and_then(Marker::parse) {
        Some(marker) => Ok(Some(marker)),
        None => Err(damaged(at, "it was damaged, or a newer version wrote it")),
    }
}

/// Makes the file, if there is none, and adds this mailbox to it, if one is given; durably.
pub(super) fn ensure(at: Marked<'_>, record: Record<'_>, mailbox_key: Option<&str>, anew: bool) -> Result<Identity> {
    if !anew && let (Some(marker), Record::Known(known)) = (read(at)?, record) {
        // It was durable before the ledger came to know it.
        if marker.identity() == *known && marker.names(mailbox_key) {
            return Ok(marker.identity());
        }
    }
    let lock = Lock::take(at.dir)?;
    for _ in 0..TRIES {
        if let Some(identity) = try_to_ensure(at, record, mailbox_key, anew, &lock)? {
            return Ok(identity);
        }
    }
    Err(Error::new(Kind::TryLater, format!("other programs keep replacing {}", crate::escape::path(&at.path()))))
}

/// One try; nothing, if somebody came between, which a lock prevents where the file system has one.
fn try_to_ensure(
    at: Marked<'_>,
    record: Record<'_>,
    mailbox_key: Option<&str>,
    anew: bool,
    lock: &Lock<'_>,
) -> Result<Option<Identity>> {
    let (old, mut marker) = if anew {
        // Other mailboxes that delivered here still did, whatever the place is called now.
        let old = read(at).ok().flatten();
        let mailboxes = old.map(|old| old.mailboxes).unwrap_or_default();
        (How::Replace, Marker { mailboxes, ..Marker::random()? })
    } else {
        match read(at)? {
            Some(old) => (How::Replace, old),
            None => (How::Create, Marker { id: new_id(record, at)?, mailboxes: Vec::new() }),
        }
    };
    if let Record::Known(known) = record
        && !anew
        && marker.identity() != *known
    {
        return Err(another(at));
    }
    if old == How::Replace && marker.names(mailbox_key) && !anew {
        // Whoever wrote it may not have come to this.
        fsync_folder(at.dir)?;
        return Ok(Some(marker.identity()));
    }
    if let Some(key) = mailbox_key {
        marker.add(key);
    }
    let is_done = put(at, &marker, old, lock)?
        && (lock.excludes_others() || read(at)?.is_some_and(|now| now.id == marker.id && now.names(mailbox_key)));
    Ok(is_done.then(|| marker.identity()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// There was none.
    Create,
    Replace,
}

/// Writes the file beside, and puts it in its place. Says whether it did: another program may have been faster.
fn put(at: Marked<'_>, marker: &Marker, how: How, lock: &Lock<'_>) -> Result<bool> {
    if lock.excludes_others() {
        remove_left_over(at)?;
    }
    let mut random = [0; 8];
    private::random(&mut random)?;
    let (path, beside) = (at.path(), at.dir.join(format!("{}.{}", at.name, hex(&random))));
    let placed = write(&beside, &marker.text(at.what)).and_then(|()| {
        let linked = match how {
            How::Create => std::fs::hard_link(&beside, &path),
            How::Replace => std::fs::rename(&beside, &path),
        };
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) if how == How::Create && durable::cannot_link(&error) => std::fs::rename(&beside, &path),
            linked => linked,
        }
        .map_err(|error| Error::io("create", &path, error))?;
        fsync_folder(at.dir)?;
        Ok(true)
    });
    let removed = durable::remove_if_there(&beside);
    placed.and_then(|placed| removed.map(|()| placed))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    fsync(&file, path)?;
    written::close(file, path)
}

/// Removes what a sudden end left beside; nobody is writing while the lock is ours.
fn remove_left_over(at: Marked<'_>) -> Result<()> {
    for name in super::name::names_in(at.dir)? {
        if name.strip_prefix(at.name).is_some_and(|rest| rest.starts_with('.')) {
            durable::remove_if_there(&at.dir.join(name))?;
        }
    }
    Ok(())
}

/// The right to write the file. Where the file system has no lock on folders (NFS), it excludes only this process.
struct Lock<'a> {
    folder: OwnedFd,
    is_locked: bool,
    _in_process: std::sync::MutexGuard<'a, ()>,
}

impl Lock<'_> {
    fn take(dir: &Path) -> Result<Self> {
        let in_process = IN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(dir, flags, Mode::empty())
            .map_err(|errno| Error::io("open the folder", dir, errno.into()))?;
        // Others have it for a moment, and staged messages depend on it: no stop comes between.
        let until = Until::default().within(LOCK_WAIT);
        let locked = until.poll(RETRY, || match rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Some(true),
            Err(Errno::WOULDBLOCK) => None,
            Err(_) => Some(false),
        });
        let is_locked = locked.map_err(|_| {
            let text = format!("another program keeps the folder {} locked", crate::escape::path(dir));
            Error::new(Kind::TryLater, text).because(Cause::Busy)
        })?;
        Ok(Self { folder, is_locked, _in_process: in_process })
    }

    fn excludes_others(&self) -> bool {
        self.is_locked
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Closing the folder would do it, unless a child of ours has it open, too.
        rustix::fs::flock(&self.folder, FlockOperation::Unlock).ok();
    }
}

/// The recorded identity of a Maildir that has lost its file, or a random one.
fn new_id(record: Record<'_>, at: Marked<'_>) -> Result<[u8; 16]> {
    match record {
        Record::Known(identity) => identity.as_octets().try_into().map_err(|_| {
            let text = format!("the ledger has no valid identity for the {} {}", at.what, crate::escape::path(at.dir));
            Error::new(Kind::LocalIo, text)
        }),
        Record::New | Record::Unmarked => Ok(Marker::random()?.id),
    }
}

fn another(at: Marked<'_>) -> Error {
    let text = format!("{} is not the {} into which earlier runs delivered", crate::escape::path(at.dir), at.what);
    Error::new(Kind::CannotCreate, text).hint("mount its disk, or put it back")
}

fn damaged(at: Marked<'_>, why: &str) -> Error {
    Error::new(Kind::CannotCreate, format!("{} cannot be used: {why}", crate::escape::path(&at.path())))
        .hint(format!("if this is the right {}, remove that file and run again", at.what))
}

fn is_hex(digits: &str, length: usize) -> bool {
    digits.len() == length && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

static IN_PROCESS: Mutex<()> = Mutex::new(());

/// The name of the file in a Maildir.
pub(super) const NAME: &str = "mailhaul-place";

/// The name of the file in another folder.
pub(super) const HIDDEN_NAME: &str = ".mailhaul-place";

const FIRST_LINE: &str = "mailhaul-place 1";

/// Some 40,000 mailboxes.
const MAX_OCTETS: u64 = 1024 * 1024;

/// How often the file is written where no lock excludes other programs.
const TRIES: usize = 10;

/// How long others may hold the lock, which takes them a few syncs.
const LOCK_WAIT: Duration = Duration::from_secs(30);

const RETRY: Duration = Duration::from_millis(20);
