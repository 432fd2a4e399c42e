//! Folders of other users: for the ledger, for locks, for mail.

use super::*;

/// A home of root's in which the next user has a say.
fn home_of_another(test: &str) -> Option<Home> {
    if !geteuid().is_root() {
        not_run(&format!("{test}: needs root to give a folder away"));
        return None;
    }
    let home = Home::new();
    chown(home.path(""), Some(1), None).unwrap();
    Some(home)
}

fn fetch(home: &Home, server: &Server) -> Command {
    home.fetch_maildir(&server.url("ann"), &["--tls", "none"])
}

/// root with a user's `$HOME`: what is missing is not made where that user could have put a link.
#[test]
fn nothing_is_made_in_the_home_of_another_user() {
    let Some(home) = home_of_another("nothing_is_made_in_the_home_of_another_user") else { return };
    let elsewhere = Home::new();
    let server = server();
    let run_there = || {
        let mut command = fetch(&home, &server);
        command.env_remove("MAILHAUL_STATE_DIR").arg("--maildir").arg(elsewhere.maildir());
        let shown = fs::read_dir(elsewhere.path("")).unwrap().count();
        let ran = run(&mut command);
        assert_eq!(fs::read_dir(elsewhere.path("")).unwrap().count(), shown, "{}", ran.everything());
        ran
    };
    run_there().code(78).says("belongs to another user").says("--state-dir");
    assert!(!home.path(".local").exists());
    // Their link leads to a folder of root's.
    symlink(elsewhere.path(""), home.path(".local")).unwrap();
    std::os::unix::fs::lchown(home.path(".local"), Some(1), None).unwrap();
    run_there().code(78).says("a symbolic link that belongs to another user");
    // Root's link leads to a folder of theirs.
    chown(home.path(""), Some(0), None).unwrap();
    fs::remove_file(home.path(".local")).unwrap();
    chown(elsewhere.path(""), Some(1), None).unwrap();
    symlink(elsewhere.path(""), home.path(".local")).unwrap();
    run_there().code(78).says("is not made inside").says("belongs to another user");
    assert_eq!(server.connections(), 0);
}

/// Each folder that holds something of the ledger, and each file in there.
#[test]
fn the_state_folder_and_what_is_in_it_is_ours_alone() {
    if !geteuid().is_root() {
        return not_run("the_state_folder_and_what_is_in_it_is_ours_alone: needs root to give a folder away");
    }
    let (home, server) = (Home::new(), server());
    run(&mut fetch(&home, &server)).code(0);
    for folder in ["state", "state/locks"] {
        let path = home.path(folder);
        chown(&path, Some(1), None).unwrap();
        run(&mut fetch(&home, &server)).code(78).says("belongs to another user");
        chown(&path, Some(0), None).unwrap();
        for mode in [0o770, 0o707] {
            set_mode(&path, mode);
            run(&mut fetch(&home, &server)).code(78).says("can be changed by other users").says("chmod go-w");
        }
        set_mode(&path, 0o700);
    }
    let lock = fs::read_dir(home.path("state/locks")).unwrap().next().unwrap().unwrap().path();
    let precious = home.write_private("precious", b"precious");
    let mut files = vec![lock];
    files.extend(["", "-wal", "-shm"].map(|end| home.state().join(format!("mailhaul.db{end}"))));
    for file in files {
        let kept = home.path("kept");
        let was_there = fs::rename(&file, &kept).is_ok();
        symlink(&precious, &file).unwrap();
        let ran = run(&mut fetch(&home, &server));
        assert!(matches!(ran.code, Some(73 | 74 | 78)), "{}: {}", file.display(), ran.everything());
        assert_eq!(fs::read(&precious).unwrap(), b"precious", "{}", file.display());
        fs::remove_file(&file).unwrap();
        if was_there {
            fs::rename(&kept, &file).unwrap();
        }
    }
    run(&mut fetch(&home, &server)).code(0);
}

/// A lock file that is something else is no lock, and is not waited for.
#[test]
fn a_lock_of_a_mailbox_is_a_plain_file() {
    let (home, server) = (Home::new(), server());
    run(&mut fetch(&home, &server)).code(0);
    let lock = fs::read_dir(home.path("state/locks")).unwrap().next().unwrap().unwrap().path();
    let replaced_by = |make: &dyn Fn(), says: &str| {
        fs::remove_file(&lock).unwrap();
        make();
        soon(&mut fetch(&home, &server)).code(74).says(says);
    };
    let precious = home.write_private("precious", b"precious");
    replaced_by(&|| drop(fifo(lock.clone(), 0o600)), "is not a regular file");
    replaced_by(&|| symlink(&precious, &lock).unwrap(), "is a symbolic link");
    replaced_by(&|| fs::hard_link(&precious, &lock).unwrap(), "has several names");
    assert_eq!(fs::read(precious).unwrap(), b"precious");
}

/// Makes what stands in the way of a dotlock.
type Obstacle = fn(&Home, &Path);

const OBSTACLES: [(&str, Obstacle); 4] = [
    ("FIFO", |_, path| drop(fifo(path.to_owned(), 0o666))),
    ("endless", |_, path| symlink("/dev/zero", path).unwrap()),
    ("link", |home, path| symlink(fifo(home.path("far"), 0o600), path).unwrap()),
    ("huge", |_, path| fs::File::create_new(path).unwrap().set_len(1 << 40).unwrap()),
];

/// Whoever can write the folder of the mbox can put anything there: it is a lock, and nothing is read for ever.
#[test]
fn a_dotlock_can_be_anything() {
    for (what, make) in OBSTACLES {
        let (home, server) = (Home::new(), server());
        let lock = home.path("mbox.lock");
        make(&home, &lock);
        let fetch = || {
            let mut command = home.fetch_mbox(&server.url("ann"), &["--tls", "none", "--deadline", "2s"]);
            let shown = format!("{command:?}");
            // A terabyte, or /dev/zero, must not come into memory.
            let limit = under(&["prlimit", "--as=2000000000"], &command);
            command = limit;
            finish(command.spawn().unwrap(), shown, Duration::from_secs(20))
        };
        fetch().code(75).says("mbox");
        assert!(home.mbox_messages().is_empty(), "{what}");
        // Left over, as it is old and nobody's.
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        let stamp = rustix::fs::Timespec {
            tv_sec: long_ago.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64,
            tv_nsec: 0,
        };
        let times = rustix::fs::Timestamps { last_access: stamp, last_modification: stamp };
        rustix::fs::utimensat(CWD, &lock, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
        let begun = Instant::now();
        fetch().code(0);
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        assert_eq!(home.mbox_messages().len(), 1, "{what}");
    }
}

/// Who owns the Maildir can take the mail, and put links there.
#[test]
fn a_maildir_of_another_user_is_refused() {
    let (home, server) = (Home::new(), server());
    let test = "a_maildir_of_another_user_is_refused";
    set_mode(&home.path("password"), 0o600);
    let Some(mut command) = as_another_user(test, &home, &fetch(&home, &server)) else { return };
    chown(home.path("password"), Some(1), Some(1)).unwrap();
    fs::create_dir(home.state()).unwrap();
    let parts = || ["", "cur", "new", "tmp"].map(|part| home.maildir().join(part));
    parts().iter().for_each(|part| {
        fs::create_dir(part).unwrap();
        set_mode(part, 0o777);
    });
    chown(home.state(), Some(1), Some(1)).unwrap();
    chown(home.maildir(), Some(2), None).unwrap();
    run(&mut command).code(73).says("belongs to another user").says("a Maildir of your own");
    assert!(home.maildir_messages().is_empty());
    assert_eq!(server.maildrop().all().iter().map(|message| message.bodies_sent()).sum::<usize>(), 0);
    // On a mount without owners everything may be root's.
    chown(home.maildir(), Some(0), None).unwrap();
    run(&mut command).code(0);
    chown(home.maildir(), Some(1), None).unwrap();
    run(&mut command).code(0);
}
