//! Destinations that are none (C-298, C-301, C-304, C-326, C-334): refused before anything is fetched, and unchanged.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;
use crate::server::Phase;

const OLD: &[u8] = b"From ann Thu Jan  1 00:00:00 1970\nA: old\n\n";

/// Makes a bad destination of a path.
type Make = fn(&Home, PathBuf);

const NO_MBOX: [(&str, Make); 6] = [
    ("is a symbolic link", |home, mbox| symlink(home.write_private("real", OLD), mbox).unwrap()),
    ("is a symbolic link", |home, mbox| symlink(home.path("missing"), mbox).unwrap()),
    ("is not a regular file", |_, mbox| {
        rustix::fs::mknodat(rustix::fs::CWD, mbox, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }),
    ("is a folder, not an mbox", |_, mbox| fs::create_dir(mbox).unwrap()),
    ("is not an mbox", |_, mbox| fs::write(mbox, "a diary\n\nFrom now on ..\n").unwrap()),
    ("several names", |home, mbox| fs::hard_link(home.write_private("real", OLD), mbox).unwrap()),
];

#[test]
fn what_is_no_mbox_is_refused_and_unchanged() {
    for (says, make) in NO_MBOX {
        let (maildrop, home) = (small(2), Home::new());
        make(&home, home.mbox());
        let look =
            || fs::symlink_metadata(home.mbox()).map(|about| (about.ino(), about.len(), about.modified().unwrap()));
        let before = (look().unwrap(), fs::read(home.path("real")).ok(), home.path("missing").exists());
        let server = Server::start(Config::new(&maildrop));
        run(&mut To::Mbox.fetch(&home, &server, &["--delete"])).code(73).says(says);
        assert_eq!((look().unwrap(), fs::read(home.path("real")).ok(), home.path("missing").exists()), before);
        assert_eq!(maildrop.len(), 2);
        assert_eq!(maildrop.all().iter().map(|message| message.bodies_sent()).sum::<usize>(), 0, "{says}: fetched");
        assert!(home.leftovers().is_empty(), "{:?}", home.leftovers());
        match home.mbox().symlink_metadata().unwrap().is_dir() {
            true => fs::remove_dir(home.mbox()).unwrap(),
            false => fs::remove_file(home.mbox()).unwrap(),
        }
        completes(To::Mbox, &home, &maildrop, &["--delete"]);
    }
}

#[test]
fn devices_are_no_mbox() {
    for device in ["/dev/null", "/dev/full"] {
        let (maildrop, home) = (small(1), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let flags = ["--tls", "none", "--delete", "--mbox", device];
        run(&mut home.fetch(&server.url("ann"), &flags)).code(73).says("not a regular file");
        assert_eq!(maildrop.len(), 1);
    }
}

const NO_MAILDIR: [(&str, Make); 5] = [
    ("is a file, not a Maildir", |_, dir| fs::write(dir, "x").unwrap()),
    ("is not a Maildir", |_, dir| {
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("letter.txt"), "x").unwrap();
    }),
    ("cannot open the folder", |home, dir| {
        fs::create_dir_all(dir.join("new")).unwrap();
        fs::create_dir(home.path("elsewhere")).unwrap();
        symlink(home.path("elsewhere"), dir.join("tmp")).unwrap();
    }),
    ("cannot open the folder", |home, dir| {
        fs::create_dir_all(dir.join("tmp")).unwrap();
        fs::create_dir(home.path("elsewhere")).unwrap();
        symlink(home.path("elsewhere"), dir.join("new")).unwrap();
    }),
    ("cannot open the folder", |_, dir| {
        fs::create_dir_all(dir.join("tmp")).unwrap();
        fs::write(dir.join("new"), "x").unwrap();
    }),
];

#[test]
fn what_is_no_maildir_is_refused() {
    for (says, make) in NO_MAILDIR {
        let (maildrop, home) = (small(2), Home::new());
        make(&home, home.maildir());
        let server = Server::start(Config::new(&maildrop));
        run(&mut To::Maildir.fetch(&home, &server, &["--delete"])).code(73).says(says);
        assert_eq!(maildrop.len(), 2);
        assert_eq!(crate::util::names(&home.path("elsewhere")), Vec::<PathBuf>::new());
        match home.maildir().is_dir() {
            true => fs::remove_dir_all(home.maildir()).unwrap(),
            false => fs::remove_file(home.maildir()).unwrap(),
        }
        completes(To::Maildir, &home, &maildrop, &["--delete"]);
    }
}

/// A slip in the password must not leave an empty mailbox that mail readers show.
#[test]
fn a_login_that_fails_leaves_no_destination() {
    for to in BOTH {
        let (maildrop, home) = (small(2), Home::new());
        let server = Server::start(Config::new(&maildrop).login("ann", "another"));
        let before = crate::util::names(&home.path(""));
        run(&mut to.fetch(&home, &server, &["--delete"])).code(77);
        let mut left = crate::util::names(&home.path(""));
        left.retain(|path| !before.contains(path));
        assert_eq!(left, [home.state()]);
        // An empty folder in its place stays as it is.
        if to == To::Maildir {
            fs::create_dir(home.maildir()).unwrap();
            run(&mut to.fetch(&home, &server, &[])).code(77);
            assert_eq!(crate::util::names(&home.maildir()), Vec::<PathBuf>::new());
        }
        completes(to, &home, &Maildrop::new([("one", "A: b\r\n\r\n")]), &["--delete"]);
    }
}

/// That nothing can be made is known before the login all the same.
#[test]
fn what_cannot_be_made_is_said_before_the_login() {
    let (maildrop, home) = (small(2), Home::new());
    let server = Server::start(Config::new(&maildrop));
    fs::create_dir(home.path("closed")).unwrap();
    home.write_private("file", b"");
    fs::set_permissions(home.path("closed"), fs::Permissions::from_mode(0o500)).unwrap();
    for (flag, path, says) in [
        ("--maildir", "closed/Mail", "Permission denied"),
        ("--maildir", "closed/deep/er/Mail", "Permission denied"),
        ("--mbox", "closed/mbox", "Permission denied"),
        ("--maildir", "file/Mail", "Not a directory"),
        ("--mbox", "missing/mbox", "there is no folder"),
    ] {
        let path = home.path(path);
        let fetch = home.fetch(&server.url("ann"), &["--tls", "none", flag, path.to_str().unwrap()]);
        let Some(mut command) = bound_by_modes(&fetch) else { return };
        run(&mut command).code(73).says(says);
        assert!(!path.exists());
    }
    assert_eq!(server.connections(), 0);
    fs::set_permissions(home.path("closed"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// What a run that was killed had begun to make is made whole.
#[test]
fn a_maildir_that_was_being_made_is_finished() {
    for parts in [&["cur"][..], &["new"], &["cur", "new"]] {
        let (maildrop, home) = (small(1), Home::new());
        parts.iter().for_each(|part| fs::create_dir_all(home.maildir().join(part)).unwrap());
        completes(To::Maildir, &home, &maildrop, &["--delete"]);
    }
}

/// The program as somebody for whom the modes of files count, which root is not.
fn bound_by_modes(command: &Command) -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return Some(disk::under(&["env"], command));
    }
    let drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    match Command::new(drop[0]).args(&drop[1..]).arg("true").output() {
        Ok(output) if output.status.success() => Some(disk::under(&drop, command)),
        other => {
            crate::util::not_run(&format!("root's rights cannot be dropped: {other:?}"));
            None
        }
    }
}

/// A mode for a folder of the home, while a run fails with this code; then the next completes.
fn forbidden(to: To, folder: &str, mode: u32, code: i32, says: &str) {
    let (maildrop, home) = (small(2), Home::new());
    run(&mut To::Maildir.fetch(&home, &Server::start(Config::new(&small(0))), &[])).code(0); // makes the ledger
    fs::create_dir_all(home.path(folder)).unwrap();
    ["tmp", "new", "cur"].iter().for_each(|part| fs::create_dir_all(home.maildir().join(part)).unwrap());
    let set_mode = |mode| fs::set_permissions(home.path(folder), fs::Permissions::from_mode(mode)).unwrap();
    set_mode(mode);
    let server = Server::start(Config::new(&maildrop));
    let Some(mut command) = bound_by_modes(&to.fetch(&home, &server, &["--delete"])) else { return };
    let ran = run(&mut command);
    set_mode(0o700);
    ran.code(code).says("Permission denied").says(says);
    assert_eq!(maildrop.len(), 2);
    completes(to, &home, &maildrop, &["--delete"]);
}

#[test]
fn folders_without_the_right_to_write() {
    forbidden(To::Maildir, "Mail/tmp", 0o500, 73, "/Mail/tmp/");
    forbidden(To::Maildir, "Mail/new", 0o500, 73, "move into new/");
    forbidden(To::Maildir, "Mail/new", 0o000, 73, "/Mail/new");
    forbidden(To::Maildir, "state/locks", 0o000, 73, "/state/locks/");
    forbidden(To::Maildir, "state", 0o000, 73, "/state");
    forbidden(To::Mbox, "", 0o500, 73, "/mbox");
}

/// An mbox in a folder that cannot be written, as /var/mail, is locked by fcntl only; its spools are with the ledger. As
/// that is so in every run, cron does not hear of it.
#[test]
fn an_mbox_in_a_folder_that_cannot_be_written() {
    let (maildrop, home) = (small(3), Home::new());
    fs::create_dir(home.path("spool")).unwrap();
    let mbox = home.write_private("spool/ann", OLD);
    fs::set_permissions(home.path("spool"), fs::Permissions::from_mode(0o500)).unwrap();
    let server = Server::start(Config::new(&maildrop));
    let fetch = home.fetch(&server.url("ann"), &["--tls", "none", "--mbox", mbox.to_str().unwrap()]);
    if let Some(mut command) = bound_by_modes(&fetch) {
        run(&mut command).code(0).silent();
        run(command.args(["-v", "--all", "--delete"])).code(0).says("locked by fcntl only");
        assert_eq!(crate::util::split_mbox(&fs::read(&mbox).unwrap()).len(), 7);
        assert!(maildrop.is_empty());
        let spools = crate::util::names(&home.state());
        assert!(!spools.iter().any(|path| path.to_string_lossy().contains(".mailhaul-")), "{spools:?}");
    }
    fs::set_permissions(home.path("spool"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// One run at a time has the mailbox; another ends at once and names the first.
#[test]
fn a_second_run_at_the_same_time_names_the_first() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop).fault_on(0..1, Fault::Stall(Phase::RetrBody(2, 5))));
    let mut first = To::Maildir.fetch(&home, &server, &[]);
    let first = first.spawn().unwrap();
    let pid = first.id();
    wait_until("the first run transfers", || server.log().iter().any(|log| log.count("RETR") > 0));
    let begun = Instant::now();
    for to in BOTH {
        run(&mut to.fetch(&home, &server, &[])).code(75).says(&format!("by process {pid}"));
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(server.connections(), 1, "the second run asked the server");
    rustix::process::kill_process(rustix::process::Pid::from_child(&first), rustix::process::Signal::KILL).unwrap();
    crate::util::finish(first, "the first run".into(), Duration::from_secs(10));
    completes(To::Maildir, &home, &maildrop, &[]);
}

/// Another mailbox is no reason to wait, not even for the same mbox.
#[test]
fn several_mailboxes_go_into_one_mbox() {
    let (one, two, home) = (Maildrop::generated(50, 1, SIZE), Maildrop::generated(50, 2, SIZE), Home::new());
    let (first, second) = (Server::start(Config::new(&one)), Server::start(Config::new(&two).login("bob", "secret")));
    let mut command = To::Mbox.fetch(&home, &first, &["--delete", "--jobs", "2"]);
    run(command.arg(second.url("bob"))).code(0).silent();
    let mut expected = [all(&one), all(&two)].concat();
    expected.sort();
    assert_same_messages(&home.mbox_messages(), &expected);
    assert!(one.is_empty() && two.is_empty() && home.leftovers().is_empty());
}

const SIZE: crate::server::Sizes = crate::server::Sizes::Fixed(3000);
