//! Files that somebody has named or may have put in our way: opened so that nothing waits for ever, and judged by what
//! was opened, not by what the path led to before.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{OFlags, StatVfsMountFlags};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::until::Until;

/// A file that is open for reading, and what it is.
#[derive(Debug)]
pub struct OpenedFile {
    file: File,
    about: Metadata,
    /// A pipe or a terminal that whoever started us has handed over: `/dev/stdin`, or the `/dev/fd/63` of a shell's `<(...)`.
    is_handed_over: bool,
    /// Nobody but us can come to where it is, whatever owner and mode it has.
    is_in_private_place: bool,
}

/// What becomes of a symbolic link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A user may keep the file elsewhere.
    Follow,
    /// The file is one of our own, and never a link.
    Refuse,
}

/// How much is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits<'a> {
    /// More is an error.
    pub octets: usize,
    /// For a pipe that stays silent.
    pub time: Duration,
    /// For the whole run.
    pub until: &'a Until,
}

/// Why a file is not safe to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It belongs neither to us nor to root.
    Owner,
    /// Other users can write it.
    Writers,
    /// Other users can read it.
    Readers,
}

/// Why a file that holds a secret is safe to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Only its owner can read it.
    OwnersAlone,
    /// Others can read it, but it is mounted read-only and nobody but root and we can have put it there, as with the
    /// secrets of a container: nobody can change its mode, and a container has no other users.
    Mounted,
}

impl OpenedFile {
    /// Opens a file without waiting for anything. An error is that of the system; see [`is_a_link`].
    pub fn open(path: &Path, links: Links) -> io::Result<Self> {
        let no_links = if links == Links::Refuse { OFlags::NOFOLLOW } else { OFlags::empty() };
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | no_links; // the standard library adds CLOEXEC
        let file = File::options().read(true).custom_flags(flags.bits() as i32).open(path)?;
        let about = file.metadata()?;
        let kind = about.file_type();
        let is_handed_over = (kind.is_fifo() || kind.is_char_device()) && is_descriptor(path);
        let is_in_private_place = is_private_place(path, &about);
        Ok(Self { file, about, is_handed_over, is_in_private_place })
    }

    /// What it is.
    pub fn about(&self) -> &Metadata {
        &self.about
    }

    /// For what reads or syncs it in its own way.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Who can write a file decides what it says: for what names commands, or authorities to trust (C-299).
    pub fn check_writers(&self) -> Result<(), Flaw> {
        if self.is_exempt() {
            return Ok(());
        }
        if !self.is_in_private_place {
            self.check_owner()?;
        }
        let ids = |uid, gid| (uid, gid);
        let us = ids(rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let can_be_written = is_writable(self.mode(), ids(self.about.uid(), self.about.gid()), us);
        if can_be_written { Err(Flaw::Writers) } else { Ok(()) }
    }

    /// The file of a secret must be its owner's alone, and the owner must be root or we (C-287). `path` is where it was
    /// opened.
    pub fn check_secret(&self, path: &Path) -> Result<Secrecy, Flaw> {
        if !self.is_exempt() && !self.is_in_private_place {
            self.check_owner()?;
        }
        self.check_readers(path)
    }

    /// The same of a file whose owner does not matter, because of the folder that it is in.
    pub fn check_readers(&self, path: &Path) -> Result<Secrecy, Flaw> {
        match self.mode() {
            _ if self.is_exempt() || self.is_in_private_place => Ok(Secrecy::OwnersAlone),
            mode if mode & 0o077 == 0 => Ok(Secrecy::OwnersAlone),
            mode if mode & 0o055 == 0 => Err(Flaw::Writers),
            _ if self.is_mounted_for_us(path) => Ok(Secrecy::Mounted),
            _ => Err(Flaw::Readers),
        }
    }

    /// Everything in it. `name` is for errors: `password-file /a/b`.
    pub fn read(self, name: &str, limits: ReadLimits<'_>) -> Result<Zeroizing<Vec<u8>>> {
        read_all(self.file, self.about.is_file(), name, limits)
    }

    fn check_owner(&self) -> Result<(), Flaw> {
        if is_root_or_us(&self.about) { Ok(()) } else { Err(Flaw::Owner) }
    }

    /// A device of root's is root's gift; any user can make a terminal. What was handed over may belong to the user who then
    /// became another one, by sudo.
    fn is_exempt(&self) -> bool {
        let is_roots_device = self.about.file_type().is_char_device() && self.about.uid() == 0;
        is_roots_device || self.is_handed_over
    }

    fn mode(&self) -> u32 {
        self.about.permissions().mode()
    }

    fn is_mounted_for_us(&self, path: &Path) -> bool {
        let is_same = |real: &Path| std::fs::metadata(real).is_ok_and(|there| is_same(&there, &self.about));
        let folders_are_safe = |real: &Path| real.ancestors().skip(1).all(is_safe_folder);
        let real = std::fs::canonicalize(path);
        let is_in_place = real.is_ok_and(|real| is_same(&real) && folders_are_safe(&real));
        let is_fixed = self.about.is_file() && self.mode() & 0o022 == 0 && is_read_only(&self.file);
        is_in_place && is_fixed && !is_a_service()
    }
}

impl Flaw {
    /// What is wrong with a folder: who can write it decides which files are in it. One of root's that is mounted read-only is fit
    /// whatever its mode says: Kubernetes mounts a ConfigMap as a folder of mode 0777, and each file in it is still judged by
    /// itself. An error is that of the system.
    pub fn of_folder(path: &Path) -> io::Result<Option<Self>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let folder = File::options().read(true).custom_flags(flags.bits() as i32).open(path)?;
        let about = folder.metadata()?;
        let us = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let is_open = is_writable(about.permissions().mode(), (about.uid(), about.gid()), us);
        Ok(match is_root_or_us(&about) {
            false => Some(Self::Owner),
            true => (is_open && !(about.uid() == 0 && is_read_only(&folder))).then_some(Self::Writers),
        })
    }

    /// As an error of `what`, with what could come of it.
    pub fn error(self, what: &str, consequence: &str, path: &Path) -> Error {
        let (why, hint) = self.in_words(rustix::process::geteuid().as_raw(), &crate::escape::path(path));
        let is_fixed = rustix::fs::statvfs(path).is_ok_and(|about| about.f_flag.contains(StatVfsMountFlags::RDONLY));
        let hint = if is_fixed { format!("{hint}{ON_A_READ_ONLY_MOUNT}") } else { hint };
        Error::new(Kind::Config, format!("{what} {why}{consequence}")).hint(hint)
    }

    /// What is wrong, and what this user can do about it.
    fn in_words(self, us: u32, shown: &str) -> (&'static str, String) {
        match self {
            Self::Owner if us == 0 => (
                "belongs to another user",
                "run mailhaul as its owner, or give root a copy of its own and name that".to_owned(),
            ),
            Self::Owner => ("belongs to another user", format!("chown {us} {shown}")),
            Self::Writers => (
                "can be written by others",
                format!(
                    "chmod go-w {shown}; where that changes nothing, as on some mounts, keep a copy in your home folder"
                ),
            ),
            Self::Readers => ("can be read by others", format!("chmod 600 {shown}")),
        }
    }
}

/// What is said of a secret that is [`Secrecy::Mounted`].
pub fn mounted(name: &str) -> String {
    format!("{name} can be read by others; it is used, as it is mounted read-only and only root can have put it there")
}

/// Was a file not opened because it is a symbolic link?
pub fn is_a_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Opens a lock file for writing, and makes it, 0600, if it is missing: a plain file with this name alone, so that what is
/// written into it changes nothing else.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.custom_flags(flags.bits() as i32).open(path).map_err(|error| {
        if is_a_link(&error) { io::Error::new(ErrorKind::InvalidInput, "it is a symbolic link") } else { error }
    })?;
    let about = file.metadata()?;
    let unfit = |why| Err(io::Error::new(ErrorKind::InvalidInput, why));
    match about.nlink() {
        _ if !about.is_file() => unfit("it is not a regular file"),
        2.. => unfit("it has several names (hard links)"),
        _ => Ok(file),
    }
}

/// Does it belong to nobody but root or us?
pub fn is_root_or_us(about: &Metadata) -> bool {
    is_root_or(rustix::process::geteuid().as_raw(), about.uid())
}

fn is_root_or(us: u32, owner: u32) -> bool {
    owner == 0 || owner == us
}

/// Can others write it?
fn is_writable(mode: u32, file: (u32, u32), us: (u32, u32)) -> bool {
    mode & if is_private_group(file, us) { 0o002 } else { 0o022 } != 0
}

/// Many systems give each user a group of the same number, which nobody else is in, and a umask of 002. Others can be in
/// root's group.
fn is_private_group(file: (u32, u32), us: (u32, u32)) -> bool {
    file == us && us.0 == us.1 && us.0 != 0
}

/// systemd gives a service its credentials, and a container engine a container its secrets, in a folder that only these can
/// read, whatever the modes in it say. The folder must be root's or ours, as the variable that names it could be anybody's; and
/// the file in it, or in folders below that are as good, and not at the end of a link that leads out.
fn is_private_place(file: &Path, about: &Metadata) -> bool {
    let leads_out = file.components().any(|part| part == Component::ParentDir);
    let credentials = credentials_folder().filter(|folder| file.parent() == Some(folder));
    let secrets = Path::new("/run/secrets");
    let folder = credentials.or_else(|| (!leads_out && file.starts_with(secrets)).then(|| secrets.to_owned()));
    let real = folder.and_then(|folder| Some((folder.canonicalize().ok()?, file.canonicalize().ok()?)));
    real.is_some_and(|(folder, file)| {
        let is_the_file = std::fs::metadata(&file).is_ok_and(|there| is_same(&there, about));
        let between = file.ancestors().skip(1).take_while(|place| place.starts_with(&folder));
        let mut places = between.peekable();
        is_the_file && places.peek().is_some() && places.all(|place| matches!(Flaw::of_folder(place), Ok(None)))
    })
}

/// The folder of the service's credentials, if systemd has given one.
pub fn credentials_folder() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Does the path mean a descriptor that is open already?
fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.parent().is_some_and(|folder| DESCRIPTORS.map(Path::new).contains(&folder))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Can nobody but root and we change what is in a folder? Kubernetes mounts secrets with modes for everybody, but in
/// memory and read-only.
fn is_safe_folder(folder: &Path) -> bool {
    let Ok(folder) = File::options().read(true).custom_flags(OFlags::PATH.bits() as i32).open(folder) else {
        return false;
    };
    let in_memory = || rustix::fs::fstatfs(&folder).is_ok_and(|about| about.f_type as u64 == TMPFS);
    folder.metadata().is_ok_and(|about| {
        let is_writable = about.permissions().mode() & 0o022 != 0;
        is_root_or_us(&about) && (!is_writable || is_read_only(&folder) && in_memory())
    })
}

/// Has systemd started us? Then the machine has other users, and ProtectSystem= may have made all of it read-only for us.
fn is_a_service() -> bool {
    std::env::var_os("INVOCATION_ID").is_some()
}

fn is_read_only(file: &File) -> bool {
    rustix::fs::fstatvfs(file).is_ok_and(|about| about.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// What a user of a container cannot do inside of it.
const ON_A_READ_ONLY_MOUNT: &str = "; on a read-only mount: do that before it is mounted, or mount it in /run/secrets, where its owner does not matter";

/// Everything that comes until the end. Only a plain file is read without a wait: it is always ready.
fn read_all(
    mut file: impl Read + AsFd,
    is_plain: bool,
    name: &str,
    limits: ReadLimits<'_>,
) -> Result<Zeroizing<Vec<u8>>> {
    let until = limits.until.within(limits.time);
    let failed = |error| Error::new(Kind::Config, format!("cannot read {name}")).caused_by(error);
    let mut text = Zeroizing::new(Vec::with_capacity(CHUNK));
    loop {
        if !is_plain {
            let ready = until.ready(vec![PollFd::new(&file, PollFlags::IN)]).map_err(failed)?;
            ready.map_err(|_| ended(name, limits))?;
        }
        match read_some(&mut file, &mut text) {
            Ok(0) => return Ok(text),
            Ok(_) if text.len() > limits.octets => {
                return Err(failed(io::Error::new(ErrorKind::InvalidData, too_long(limits.octets))));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                until.pause(PAUSE).map_err(|_| ended(name, limits))?;
            }
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(failed(error)),
            _ => {}
        }
    }
}

/// Into memory that does not move, and so leaves no copy behind; a larger one takes the place of what is full.
fn read_some(file: &mut impl Read, text: &mut Zeroizing<Vec<u8>>) -> io::Result<usize> {
    let filled = text.len();
    if filled == text.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(filled * 2));
        larger.extend_from_slice(text);
        *text = larger;
    }
    let room = text.capacity();
    text.resize(room, 0);
    let read = file.read(&mut text[filled..]);
    text.truncate(filled + read.as_ref().map_or(0, |octets| *octets));
    read
}

fn ended(name: &str, limits: ReadLimits<'_>) -> Error {
    match limits.until.over() {
        Some(of_run) => of_run.error(name),
        None => Error::new(Kind::Config, format!("nothing came from {name} within {} s", limits.time.as_secs()))
            .hint("a slow program at the other end may need a longer --timeout"),
    }
}

fn too_long(octets: usize) -> String {
    match octets {
        0..0x10_0000 => format!("it is longer than {} KiB", octets >> 10),
        _ => format!("it is longer than {} MiB", octets >> 20),
    }
}

/// How a shell and the system name descriptors.
const DESCRIPTORS: [&str; 2] = ["/dev/fd", "/proc/self/fd"];

/// Magic number of statfs(2).
const TMPFS: u64 = 0x0102_1994;

/// Octets that are made room for at first.
const CHUNK: usize = 4096;

/// For a device that says that it is ready, and is not.
const PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests;
