use std::io::Write;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rustix::fs::{CWD, FileType, fcntl_getfl, mknodat};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::*;
use crate::error::Cause;

const LONG: Duration = Duration::from_secs(60);

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn file(folder: &tempfile::TempDir, content: &[u8], mode: u32) -> PathBuf {
    let path = folder.path().join("file");
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn fifo(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("fifo");
    mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).unwrap();
    path
}

fn open(path: &Path) -> OpenedFile {
    OpenedFile::open(path, Links::Follow).unwrap()
}

fn read(path: &Path, octets: usize) -> Result<Zeroizing<Vec<u8>>> {
    open(path).read("this file", ReadLimits { octets, time: LONG, until: &Until::default() })
}

#[test]
fn everything_is_read_up_to_the_limit_and_no_octet_more() {
    let dir = folder();
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
        let content: Vec<u8> = (0..length).map(|at| at as u8).collect();
        let path = file(&dir, &content, 0o600);
        assert_eq!(**read(&path, length).unwrap(), content);
        if length > 0 {
            let error = read(&path, length - 1).unwrap_err();
            assert!(error.to_string().starts_with("cannot read this file: it is longer than"), "{error}");
        }
        let through = fifo(&dir);
        let writer = {
            let (through, content) = (through.clone(), content.clone());
            std::thread::spawn(move || {
                let mut pipe = File::options().write(true).open(through).unwrap();
                content.chunks(CHUNK / 2 + 1).for_each(|chunk| {
                    pipe.write_all(chunk).unwrap();
                    std::thread::sleep(Duration::from_millis(5)); // so that the reader finds it empty at times
                });
            })
        };
        assert_eq!(**read(&through, length).unwrap(), content);
        writer.join().unwrap();
        std::fs::remove_file(through).unwrap();
    }
    for (octets, length) in [(64 << 10, "64 KiB"), (1023 << 10, "1023 KiB"), (1 << 20, "1 MiB"), (4 << 20, "4 MiB")] {
        assert_eq!(too_long(octets), format!("it is longer than {length}"));
    }
}

/// What grows leaves no copy behind: it does not move, but is replaced by one that is twice as large.
#[test]
fn what_is_full_is_replaced() {
    let dir = folder();
    let path = file(&dir, &[7; 100], 0o600);
    let mut text = Zeroizing::new(Vec::with_capacity(10));
    let (room, mut open) = (text.capacity(), File::open(path).unwrap());
    assert_eq!(read_some(&mut open, &mut text).unwrap(), room);
    let before = text.as_ptr();
    assert_eq!(read_some(&mut open, &mut text).unwrap(), room);
    assert_ne!(text.as_ptr(), before);
    assert_eq!(**text, vec![7; 2 * room]);
}

/// A file that does what it is told, and is always ready.
struct Scripted {
    ready: File,
    reads: Vec<io::Result<u8>>,
}

impl Scripted {
    /// The last one comes first.
    fn new(reads: Vec<io::Result<u8>>) -> Self {
        Self { ready: File::open("/dev/null").unwrap(), reads }
    }
}

impl Read for Scripted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let Some(next) = self.reads.pop() else { return Ok(0) };
        room[0] = next?;
        Ok(1)
    }
}

impl AsFd for Scripted {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }
}

/// A signal, and a device that has nothing although it said so; that one is given a moment each time.
#[test]
fn what_is_no_failure_is_tried_again() {
    let limits = ReadLimits { octets: 9, time: LONG, until: &Until::default() };
    let read = |reads: Vec<io::Result<u8>>| read_all(Scripted::new(reads), false, "this file", limits);
    let fails = |kind: ErrorKind| Err::<u8, _>(kind.into());
    let (nothing, signal) = (|| fails(ErrorKind::WouldBlock), || fails(ErrorKind::Interrupted));
    let begun = std::time::Instant::now();
    assert_eq!(**read(vec![nothing(), Ok(b'b'), signal(), nothing(), Ok(b'a'), signal()]).unwrap(), *b"ab");
    assert!(begun.elapsed() >= 2 * PAUSE);
    let error = read(vec![Ok(b'a'), fails(ErrorKind::PermissionDenied)]).unwrap_err();
    assert!(error.to_string().starts_with("cannot read this file: "), "{error}");
}

/// A plain file takes no time.
#[test]
fn a_plain_file_is_read_after_the_end() {
    let dir = folder();
    let path = file(&dir, b"x", 0o600);
    let over = Until { deadline: Some(std::time::Instant::now()), stop: None };
    let limits = ReadLimits { octets: 1, time: Duration::ZERO, until: &over };
    assert_eq!(**open(&path).read("this file", limits).unwrap(), *b"x");
}

/// A failure leaves nothing behind that was not read.
#[test]
fn what_cannot_be_read_adds_nothing() {
    let dir = folder();
    let mut unreadable = File::options().write(true).open(file(&dir, b"x", 0o600)).unwrap();
    let mut text = Zeroizing::new(b"ab".to_vec());
    assert!(read_some(&mut unreadable, &mut text).is_err());
    assert_eq!(**text, *b"ab");
    let error = OpenedFile::open(dir.path(), Links::Follow)
        .unwrap()
        .read("this folder", ReadLimits { octets: 9, time: LONG, until: &Until::default() });
    assert!(error.unwrap_err().to_string().starts_with("cannot read this folder"));
}

#[test]
fn a_wait_says_what_has_ended_it() {
    let dir = folder();
    let path = fifo(&dir);
    let read = |until: &Until, time| open(&path).read("this pipe", ReadLimits { octets: 9, time, until }).unwrap_err();
    let (short, never) = (Duration::from_millis(20), Until::default());
    let late = read(&never, short);
    assert_eq!((late.kind(), late.to_string().as_str()), (Kind::Config, "nothing came from this pipe within 0 s"));
    assert!(late.next_step().unwrap().contains("--timeout"));
    assert_eq!(read(&never.within(short), LONG).cause(), Cause::Deadline);
    let (asker, stop) = crate::stop::Stop::pair().unwrap();
    asker.ask();
    assert_eq!(read(&Until { deadline: None, stop: Some(stop) }, LONG).cause(), Cause::Stopped);
}

#[test]
fn others_may_not_write_and_not_read_a_secret() {
    let dir = folder();
    let root = rustix::process::geteuid().is_root();
    for (mode, writers, secret) in [
        (0o600, Ok(()), Ok(Secrecy::OwnersAlone)),
        (0o400, Ok(()), Ok(Secrecy::OwnersAlone)),
        (0o640, Ok(()), Err(Flaw::Readers)),
        (0o604, Ok(()), Err(Flaw::Readers)),
        (0o610, Ok(()), Err(Flaw::Readers)),
        (0o601, Ok(()), Err(Flaw::Readers)),
        (0o602, Err(Flaw::Writers), Err(Flaw::Writers)),
        (0o606, Err(Flaw::Writers), Err(Flaw::Readers)),
        (0o620, if root { Err(Flaw::Writers) } else { Ok(()) }, Err(Flaw::Writers)),
    ] {
        if !root && mode == 0o620 {
            continue; // the group may be private
        }
        let path = file(&dir, b"x", mode);
        let open = open(&path);
        assert_eq!((open.check_writers(), open.check_secret(&path)), (writers, secret), "{mode:o}");
        assert_eq!(open.check_readers(&path), secret, "{mode:o}");
    }
    // A device has the mode that root gave it.
    let null = open(Path::new("/dev/null"));
    assert_eq!((null.check_writers(), null.check_secret(Path::new("/dev/null"))), (Ok(()), Ok(Secrecy::OwnersAlone)));
}

#[test]
fn a_link_is_followed_where_that_makes_sense() {
    let dir = folder();
    let (path, link) = (file(&dir, b"x", 0o600), dir.path().join("link"));
    symlink(&path, &link).unwrap();
    assert_eq!(**read(&link, 1).unwrap(), *b"x");
    let refused = OpenedFile::open(&link, Links::Refuse).unwrap_err();
    assert!(is_a_link(&refused) && !is_a_link(&io::Error::from(ErrorKind::NotFound)));
    assert!(OpenedFile::open(&path, Links::Refuse).unwrap().about().is_file());
}

#[test]
fn a_lock_is_a_plain_file_of_one_name() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name);
    let why = |name: &str| open_lock(&path(name)).unwrap_err().to_string();
    let made = open_lock(&path("lock")).unwrap();
    assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fcntl_getfl(&made).unwrap().contains(OFlags::NONBLOCK)); // not every system opens a FIFO both ways at once
    std::fs::write(path("lock"), "whose it is").unwrap();
    open_lock(&path("lock")).unwrap();
    assert_eq!(std::fs::read(path("lock")).unwrap(), b"whose it is");
    std::fs::hard_link(path("lock"), path("second")).unwrap();
    symlink(path("elsewhere"), path("link")).unwrap();
    fifo(&dir);
    assert_eq!(
        (why("second"), why("link")),
        ("it has several names (hard links)".into(), "it is a symbolic link".into())
    );
    assert_eq!(why("fifo"), "it is not a regular file");
    assert_eq!(open_lock(&path("missing/lock")).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!path("elsewhere").exists());
}

#[test]
fn descriptors_have_names() {
    for name in ["/dev/stdin", "/dev/fd/0", "/dev/fd/63", "/proc/self/fd/7"] {
        assert!(is_descriptor(Path::new(name)), "{name}");
    }
    for name in ["/dev/null", "/dev/fd", "/proc/1/fd/7", "fd/0", "/tmp/dev/stdin", "/dev/fd/../tty"] {
        assert!(!is_descriptor(Path::new(name)), "{name}");
    }
}

#[test]
fn a_file_is_roots_or_ours() {
    for (us, owner, is_good) in [(0, 0, true), (0, 1, false), (1, 0, true), (1, 1, true), (1, 2, false), (2, 1, false)]
    {
        assert_eq!(is_root_or(us, owner), is_good, "{us} {owner}");
    }
    let here = folder();
    assert!(is_root_or_us(&std::fs::metadata(here.path()).unwrap()));
}

#[test]
fn a_private_group_may_write() {
    for (mode, gid, can_be_written) in [
        (0o660, 1000, false),
        (0o620, 100, true),
        (0o602, 1000, true),
        (0o602, 100, true),
        (0o644, 100, false),
        (0o661, 1000, false),
    ] {
        assert_eq!(is_writable(mode, (1000, gid), (1000, 1000)), can_be_written, "{mode:o} {gid}");
    }
}

/// As root alone can have it.
#[test]
fn a_file_of_another_user_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = folder();
    let path = file(&dir, b"x", 0o600);
    std::os::unix::fs::chown(&path, Some(1), None).unwrap();
    let open = open(&path);
    assert_eq!((open.check_writers(), open.check_secret(&path)), (Err(Flaw::Owner), Err(Flaw::Owner)));
    assert_eq!(open.check_readers(&path), Ok(Secrecy::OwnersAlone));
}

/// The modes of a pipe that was handed over do not count; those of a file do, however it was handed over.
#[test]
fn a_pipe_may_be_handed_over_and_a_file_not() {
    let dir = folder();
    let path = fifo(&dir);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(1), None).unwrap(); // as sudo does it: the user's own pipe
    }
    let pipe = File::options().read(true).write(true).open(&path).unwrap();
    let file = File::open(file(&dir, b"x", 0o666)).unwrap();
    let judged = |path: &Path| (open(path).check_writers(), open(path).check_secret(path));
    let handed_over = |file: &File| judged(&PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())));
    assert_eq!(handed_over(&pipe), (Ok(()), Ok(Secrecy::OwnersAlone)));
    assert_eq!(handed_over(&file), (Err(Flaw::Writers), Err(Flaw::Readers)));
    if rustix::process::geteuid().is_root() {
        assert_eq!(judged(&path), (Err(Flaw::Owner), Err(Flaw::Owner)));
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
    assert_eq!(judged(&path), (Err(Flaw::Writers), Err(Flaw::Readers)));
}

/// On a file system that can be written, and on which others could put something else in the place of what is there.
#[test]
fn a_folder_is_safe_that_others_cannot_change() {
    let dir = folder();
    for (mode, is_safe) in [(0o700, true), (0o755, true), (0o720, false), (0o702, false), (0o1777, false)] {
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(is_safe_folder(dir.path()), is_safe, "{mode:o}");
    }
    assert!(!is_safe_folder(&dir.path().join("missing")));
}

#[test]
fn a_group_is_private_that_has_its_users_number() {
    assert!(is_private_group((1000, 1000), (1000, 1000)));
    for (file, us) in [
        ((1000, 100), (1000, 100)),
        ((1000, 1000), (1000, 100)),
        ((1000, 100), (1000, 1000)),
        ((0, 0), (1000, 1000)),
        ((0, 0), (0, 0)),
    ] {
        assert!(!is_private_group(file, us), "{file:?} {us:?}");
    }
}

#[test]
fn a_flaw_says_what_this_user_can_do() {
    for (flaw, us, why, hint) in [
        (Flaw::Owner, 0, "belongs to another user", "run mailhaul as its owner"),
        (Flaw::Owner, 7, "belongs to another user", "chown 7 /a"),
        (Flaw::Writers, 7, "can be written by others", "chmod go-w /a"),
        (Flaw::Readers, 7, "can be read by others", "chmod 600 /a"),
    ] {
        let words = flaw.in_words(us, "/a");
        assert!(words.0 == why && words.1.starts_with(hint), "{words:?}");
    }
    let error = Flaw::Readers.error("this file", ", badly", Path::new("/a"));
    assert_eq!(error.to_string(), "this file can be read by others, badly");
    assert_eq!(error.next_step(), Some("chmod 600 /a"));
}

/// A session without a terminal would get the first one that it opens, and with that its Ctrl-C.
#[test]
fn no_terminal_becomes_ours() {
    const WITHIN: &str = "MAILHAUL_TEST_WITHIN";
    const NAME: &str = "private::open::tests::no_terminal_becomes_ours";
    if std::env::var_os(WITHIN).is_none() {
        let mut this = std::process::Command::new(std::env::current_exe().unwrap());
        this.args(["--exact", NAME]).env(WITHIN, "1").stdin(std::process::Stdio::null());
        let ran = this.output().unwrap();
        assert!(ran.status.success() && ran.stdout.windows(8).any(|words| words == b"1 passed"), "{ran:?}");
        return;
    }
    rustix::process::setsid().unwrap();
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&near).and_then(|()| unlockpt(&near)).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap().into_string().unwrap();
    let is_ours = || File::open("/dev/tty").is_ok();
    open(Path::new(&name));
    assert!(!is_ours());
    assert_eq!(open_lock(Path::new(&name)).unwrap_err().to_string(), "it is not a regular file");
    assert!(!is_ours());
    File::open(&name).unwrap();
    assert!(is_ours());
    std::mem::forget(near); // its end would end this process
}
