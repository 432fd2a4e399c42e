//! No space, and no right to write (C-294, C-332): a clear error, nothing lost, nothing half delivered, and when there
//! is space again the next run completes.

use std::path::{Path, PathBuf};

use super::*;
use crate::server::Sizes;

/// Makes `command` run under another program: its own words follow.
pub(super) fn under(program: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(program[0]);
    wrapped.args(&program[1..]).arg(command.get_program()).args(command.get_args()).env_clear();
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    wrapped.stdin(std::process::Stdio::null());
    wrapped.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    wrapped
}

/// A file may not grow beyond this: the system sends SIGXFSZ, which must not end the program without a word.
#[test]
fn a_limit_on_file_sizes_is_an_error_of_the_write() {
    for to in BOTH {
        let home = Home::new();
        let maildrop = Maildrop::generated(3, 21, Sizes::Fixed(2000));
        maildrop.add_generated(21, 1_000_000);
        maildrop.add_generated(21, 2000);
        let server = Server::start(Config::new(&maildrop));
        let command = to.fetch(&home, &server, &["--delete"]);
        let ran = run(&mut under(&["prlimit", "--fsize=400000"], &command));
        ran.code(74).says("cannot write").says("File too large").says("ulimit -f");
        assert_nothing_half_done(to, &home, &maildrop);
        assert_eq!(maildrop.len(), 5, "deleted in a session that failed");
        completes(to, &home, &maildrop, &["--delete"]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() <= 2));
    }
}

/// The mbox itself may not grow: what was appended of the batch is cut off again (C-332).
#[test]
fn a_limit_on_the_mbox_cuts_it_back() {
    let home = Home::new();
    let before = b"From ann Thu Jan  1 00:00:00 1970\nA: before\n\nx\n\n".repeat(4000);
    home.write_private("mbox", &before);
    let limit = format!("--fsize={}", before.len() + 5000);
    let (maildrop, old) = (Maildrop::generated(4, 22, Sizes::Fixed(2000)), home.mbox_messages());
    let server = Server::start(Config::new(&maildrop));
    let command = To::Mbox.fetch(&home, &server, &["--delete"]);
    run(&mut under(&["prlimit", &limit], &command)).code(74).says("cannot append to").says("File too large");
    assert_eq!(std::fs::read(home.mbox()).unwrap(), before);
    assert_eq!(maildrop.len(), 4);
    run(&mut To::Mbox.fetch(&home, &server, &["--delete"])).code(0);
    let mut expected = [all(&maildrop), old].concat();
    expected.sort();
    assert_same_messages(&home.mbox_messages(), &expected);
    assert!(maildrop.is_empty() && home.leftovers().is_empty());
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1), "staged messages were fetched again");
}

/// Not even the ledger can be written.
#[test]
fn a_limit_below_the_ledger_is_an_error() {
    for limit in ["--fsize=0", "--fsize=10", "--fsize=5000", "--fsize=20000", "--fsize=40000"] {
        let (maildrop, home) = (small(5), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let command = To::Maildir.fetch(&home, &server, &["--delete"]);
        let ran = run(&mut under(&["prlimit", limit], &command));
        ran.code(74);
        assert!(!ran.stderr.is_empty());
        assert_eq!(maildrop.len(), 5);
        completes(To::Maildir, &home, &maildrop, &["--delete"]);
    }
}

/// A small file system of its own, unmounted at the end of the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Only root may mount. Says loudly when it is not possible.
    fn mount(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let options = format!("size={size},mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at)),
            other => {
                crate::util::not_run(&format!("a file system of {size} cannot be mounted: {other:?}"));
                None
            }
        }
    }

    fn grow(&self, size: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok(); // what is left is seen by whoever runs the tests
    }
}

/// A run on the small disk, and, when it has grown, another.
fn fills(make: impl Fn(&SmallDisk, &Server, &Home) -> Command, found: impl Fn(&SmallDisk) -> Vec<Vec<u8>>, says: &str) {
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(home.path("disk"), "400k") else { return };
    let maildrop = Maildrop::generated(40, 23, Sizes::Fixed(20_000));
    let server = Server::start(Config::new(&maildrop));
    let ran = run(&mut make(&disk, &server, &home));
    ran.code(74).says(says).says("No space left on device").says("free some space");
    let expected = all(&maildrop);
    let delivered = found(&disk);
    assert!(delivered.len() < 40 && delivered.iter().all(|message| expected.contains(message)), "{}", ran.everything());
    assert_eq!(maildrop.len(), 40, "deleted in a session that failed");

    disk.grow("20m");
    run(&mut make(&disk, &server, &home)).code(0).silent();
    assert_same_messages(&found(&disk), &expected);
    assert!(maildrop.is_empty());
    let left = |folder: &str| super::super::util::names(&disk.path().join(folder));
    assert_eq!(left("Mail/tmp"), Vec::<PathBuf>::new());
    let strange = |path: &PathBuf| path.file_name().is_some_and(|name| name != "Mail" && name != "mbox");
    assert_eq!(left("").iter().filter(|path| strange(path)).count(), 0, "{:?}", left(""));
    // What was published on the small disk was not fetched again.
    let sent: usize = maildrop.all().iter().map(|message| message.bodies_sent()).sum();
    assert!(sent <= 80 - delivered.len(), "{sent} bodies, although {} were there", delivered.len());
}

#[test]
fn a_full_disk_under_a_maildir() {
    let path = |disk: &SmallDisk| disk.path().join("Mail");
    let make = |disk: &SmallDisk, server: &Server, home: &Home| {
        let maildir = path(disk);
        home.fetch(&server.url("ann"), &["--tls", "none", "--delete", "--maildir", maildir.to_str().unwrap()])
    };
    let found = |disk: &SmallDisk| {
        let names = super::super::util::names(&path(disk).join("new"));
        let mut messages: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(name).unwrap()).collect();
        messages.sort();
        messages
    };
    fills(make, found, "cannot write");
}

#[test]
fn a_full_disk_under_an_mbox() {
    let path = |disk: &SmallDisk| disk.path().join("mbox");
    let make = |disk: &SmallDisk, server: &Server, home: &Home| {
        let mbox = path(disk);
        home.fetch(&server.url("ann"), &["--tls", "none", "--delete", "--mbox", mbox.to_str().unwrap()])
    };
    let found = |disk: &SmallDisk| {
        let mut messages = super::super::util::split_mbox(&std::fs::read(path(disk)).unwrap_or_default());
        messages.sort();
        messages
    };
    fills(make, found, "cannot append to the mbox");
}

/// The Maildir has space, the ledger has none: nothing is published that it does not know.
#[test]
fn a_full_disk_under_the_ledger() {
    at_once(&["4k", "64k", "100k", "128k", "160k"], |size| {
        let home = Home::new();
        let Some(disk) = SmallDisk::mount(home.path("disk"), size) else { return };
        let maildrop = Maildrop::generated(1500, 24, Sizes::Fixed(400));
        let server = Server::start(Config::new(&maildrop));
        let fetch = || {
            let mut command = To::Maildir.fetch(&home, &server, &["--delete"]);
            command.env("MAILHAUL_STATE_DIR", disk.path().join("state"));
            command
        };
        let ran = run(&mut fetch());
        ran.code(74).says("disk").says("free some space");
        assert_nothing_half_done(To::Maildir, &home, &maildrop);
        disk.grow("20m");
        run(&mut fetch()).code(0);
        assert_complete(To::Maildir, &home, &maildrop);
        assert!(maildrop.is_empty());
    });
}

/// Standard output is full: the mail is safe, and the exit code says that its report is not.
#[test]
fn a_full_standard_output_is_an_error_but_costs_no_mail() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let mut command = To::Maildir.fetch(&home, &server, &["--json"]);
    command.stdout(std::fs::File::create("/dev/full").unwrap());
    run(&mut command).code(74).says("cannot write to standard output");
    assert_complete(To::Maildir, &home, &maildrop);
}

/// Standard error is full: there is nobody to tell, and no reason to stop.
#[test]
fn a_full_standard_error_is_no_reason_to_stop() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let mut command = To::Mbox.fetch(&home, &server, &["-vv"]);
    command.stderr(std::fs::File::create("/dev/full").unwrap());
    run(&mut command).code(0);
    assert_complete(To::Mbox, &home, &maildrop);
}
