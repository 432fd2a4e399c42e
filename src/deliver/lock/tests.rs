use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use std::time::Instant;

use super::*;

fn acquire(path: &Path) -> Result<LockedMbox> {
    LockedMbox::acquire(path, &DeliveryContext::for_tests([7; 8]), Duration::from_millis(120))
}

#[test]
fn excludes_a_second_holder_and_gives_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    let held = acquire(&path).unwrap();
    assert!(dir.path().join("mbox.lock").exists());
    assert_eq!(acquire(&path).unwrap_err().kind(), Kind::TryLater);
    drop(held);
    assert!(!dir.path().join("mbox.lock").exists());
    acquire(&path).unwrap();
}

#[test]
fn waits_for_another_programs_dotlock_but_not_for_our_own_left_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    let dotlock = dir.path().join("mbox.lock");
    std::fs::write(&dotlock, "1\n").unwrap();
    assert_eq!(acquire(&path).unwrap_err().kind(), Kind::TryLater);
    std::fs::write(&dotlock, format!("1\n{}\n", ours())).unwrap();
    // On a busy machine the second try comes late.
    LockedMbox::acquire(&path, &DeliveryContext::for_tests([7; 8]), Duration::from_secs(30)).unwrap();
}

#[test]
fn refuses_what_is_no_plain_file_of_ours() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("real"), "").unwrap();
    std::os::unix::fs::symlink(path("real"), path("link")).unwrap();
    std::fs::hard_link(path("real"), path("second")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for (name, why) in [("link", "symbolic link"), ("real", "several names"), ("fifo", "not a regular file")] {
        let error = acquire(&path(name)).unwrap_err();
        assert!(error.to_string().contains(why), "{name}: {error}");
        assert_eq!(error.kind(), Kind::CannotCreate);
    }
    assert!(acquire(Path::new("/dev/null")).unwrap_err().to_string().contains("not a regular file"));
}

/// The other process of the next test: locks a file as other programs do, by fcntl alone, until it is told to end.
#[test]
fn locks_a_file_for_another_test() {
    let Some(path) = std::env::var_os(LOCK_FOR_A_TEST) else { return };
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
    std::fs::write(std::env::var_os(LOCKED).unwrap(), "").unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

struct OtherProgram(Child);

impl OtherProgram {
    /// Another process that holds the fcntl lock.
    fn lock(path: &Path) -> Self {
        let locked = path.with_extension("locked");
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "deliver::lock::tests::locks_a_file_for_another_test"])
            .env(LOCK_FOR_A_TEST, path)
            .env(LOCKED, &locked)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let other = Self(child);
        let ends = Instant::now() + Duration::from_secs(30);
        while !locked.try_exists().unwrap() {
            assert!(Instant::now() < ends, "the other process has not locked the file");
            std::thread::sleep(Duration::from_millis(5));
        }
        other
    }
}

impl Drop for OtherProgram {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

const LOCK_FOR_A_TEST: &str = "MAILHAUL_LOCK_FOR_A_TEST";
const LOCKED: &str = "MAILHAUL_LOCKED_FOR_A_TEST";

#[test]
fn waits_for_the_fcntl_lock_of_another_program() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    std::fs::write(&path, "").unwrap();
    let other = OtherProgram::lock(&path);
    let error = acquire(&path).unwrap_err();
    assert_eq!(error.kind(), Kind::TryLater);
    assert!(std::fs::symlink_metadata(dir.path().join("mbox.lock")).is_err(), "a dotlock was left");
    drop(other);
    acquire(&path).unwrap();
}

/// Others lose nothing by a lock that they wait for: this one excludes them, too.
#[test]
fn other_programs_find_the_fcntl_lock() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    let held = acquire(&path).unwrap();
    held.store(&path).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "deliver::lock::tests::locks_a_file_for_another_test"])
        .env(LOCK_FOR_A_TEST, &path)
        .env(LOCKED, dir.path().join("locked"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
}

#[test]
fn breaks_a_dotlock_only_if_it_is_old_and_its_process_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    let dotlock = dir.path().join("mbox.lock");
    let (alive, dead) = (std::process::id(), 0x3fff_ffff);
    let (young, old) = (STALE_AFTER - Duration::from_mins(1), STALE_AFTER + Duration::from_mins(1));
    for (pid, age, is_broken) in [(alive, young, false), (alive, old, false), (dead, young, false), (dead, old, true)] {
        std::fs::write(&dotlock, format!("{pid}\n")).unwrap();
        File::open(&dotlock).unwrap().set_modified(SystemTime::now() - age).unwrap();
        // What is to be broken is, however late the second try comes.
        let limit = if is_broken { Duration::from_secs(30) } else { Duration::from_millis(120) };
        let acquired = LockedMbox::acquire(&path, &DeliveryContext::for_tests([7; 8]), limit);
        assert_eq!(acquired.is_ok(), is_broken, "process {pid}, {age:?} old");
    }
}

/// What is written goes to the end, whatever others have written there; but where it is asked for, to its place.
#[test]
fn writes_go_to_the_end() {
    use std::os::unix::fs::FileExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mbox");
    for existing in [false, true] {
        let mbox = acquire(&path).unwrap();
        mbox.file().write_all_at(b"one", 0).unwrap();
        mbox.file().write_all_at(b"two", 0).unwrap();
        mbox.set_append(false, &path).unwrap();
        mbox.file().write_all_at(b"ten", 0).unwrap();
        mbox.set_append(true, &path).unwrap();
        mbox.file().write_all_at(b"six", 0).unwrap();
        drop(mbox);
        let expected = if existing { "tentwosixonetwosix" } else { "tentwosix" };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }
}
