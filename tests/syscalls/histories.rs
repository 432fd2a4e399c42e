//! Ways in which mail was lost or overwritten once. Each takes what only the system can do: a sync, a rename or a close
//! that fails, or a program that writes at the wrong moment.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use super::order::{appends_to, sends};
use super::*;
use crate::server::Sizes;
use crate::util::{names, split_mbox, under, wait_until};

/// So few descriptors that no message's file stays open until its batch is synced.
const FEW: [&str; 2] = ["prlimit", "--nofile=32"];

/// After a failed fsync the page cache reads back clean what the disk does not have, and the next fsync says 0. So what
/// the next run finds in the file is no evidence: the octets are written again before DELE.
#[test]
fn a_failed_sync_of_the_mbox_is_not_forgotten() {
    if !strace_works("a failed sync of the mbox") {
        return;
    }
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let failing = Traced::calls("fsync,fdatasync").path(&home.mbox()).inject("fsync,fdatasync:error=EIO:when=1");
    let (ran, trace) = failing.run(&home, &To::Mbox.fetch(&home, &server));
    assert_eq!(trace.injected("fsync").chain(trace.injected("fdatasync")).count(), 1, "{}", ran.everything());
    ran.code(74);
    assert_eq!(maildrop.len(), 3, "deleted after a sync that failed");

    let calls = "write,writev,pwrite64,pwritev,copy_file_range,sendfile,splice,fsync,fdatasync,sendto,sendmsg";
    let (ran, trace) = Traced::calls(calls).run(&home, &To::Mbox.fetch(&home, &server));
    ran.code(0);
    assert_same_messages(&To::Mbox.messages(&home), &all(&maildrop));
    assert!(maildrop.is_empty());
    let mbox = home.mbox();
    let dele = sends(&trace, "DELE").next().expect("no DELE");
    let synced = trace.of(&["fsync", "fdatasync"]).rfind(|call| call.path(0) == mbox.to_str().unwrap());
    let synced = synced.filter(|sync| sync.succeeded() && sync.is_before(dele)).expect("not synced before DELE");
    let again = trace.calls.iter().filter(|call| appends_to(call, &mbox) && call.is_before(synced));
    let octets: u64 = again.map(|call| call.number()).sum();
    assert!(octets >= std::fs::metadata(&mbox).unwrap().len(), "{octets} octets written again\n{}", trace.show());
}

/// As vboxsf and some CIFS and FUSE file systems answer. What fails of a file is an error there, too.
#[test]
fn folders_that_cannot_be_synced_are_told_of_once() {
    if !strace_works("folders that cannot be synced") {
        return;
    }
    for error in ["EINVAL", "EOPNOTSUPP"] {
        for to in BOTH {
            let (maildrop, home) = (small(2), Home::new());
            let server = Server::start(Config::new(&maildrop));
            let mail = home.maildir();
            let folders = [home.path(""), mail.clone(), mail.join("tmp"), mail.join("new"), mail.join("cur")];
            let calls = folders.iter().fold(Traced::calls("fsync"), |traced, folder| {
                traced.path(std::path::Path::new(folder.to_str().unwrap().trim_end_matches('/')))
            });
            let failing = calls.inject(&format!("fsync:error={error}"));
            let (ran, trace) = failing.run(&home, &to.fetch(&home, &server));
            assert!(trace.injected("fsync").count() > 1, "{}", ran.everything());
            ran.code(0).says("cannot make the entries of folders durable");
            assert_same_messages(&to.messages(&home), &all(&maildrop));
            let (ran, _) = failing.run(&home, &to.fetch(&home, &server));
            ran.code(0).silent();
        }
    }
}

/// Whichever sync of a Maildir fails: nothing is deleted, and the next run brings what is missing.
#[test]
fn a_failed_sync_of_a_maildir_is_not_passed_over() {
    if !strace_works("failed syncs of a Maildir") {
        return;
    }
    for (call, folder, when) in [("fsync", "tmp", 1), ("syncfs", "tmp", 1), ("fsync", "new", 1), ("fsync", "tmp", 2)] {
        let (maildrop, home) = (small(1), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let fetch = To::Maildir.fetch(&home, &server);
        let fetch = if call == "syncfs" { under(&FEW, &fetch) } else { fetch };
        let failing = Traced::calls(call).path(&home.maildir().join(folder));
        let (ran, trace) = failing.inject(&format!("{call}:error=EIO:when={when}")).run(&home, &fetch);
        let case = format!("{call} {when} of {folder}/");
        assert_eq!(trace.injected(call).count(), 1, "{case}\n{}", ran.everything());
        assert_ne!(ran.code, Some(0), "{case}");
        assert_eq!(maildrop.len(), 1, "{case}: deleted after a sync that failed");
        let is_staged = folder == "tmp" && when == 1;
        assert_eq!(To::Maildir.messages(&home).is_empty(), is_staged, "{case}");
        completes(To::Maildir, &home, &server, &maildrop);
    }
}

/// A rename fails, and whether it was done cannot be seen: then nobody knows, and nothing is deleted or fetched again.
#[test]
fn a_rename_that_cannot_be_looked_at_is_in_doubt() {
    if !strace_works("a rename that cannot be looked at") {
        return;
    }
    let (maildrop, home) = (small(1), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let failing = Traced::calls("renameat,renameat2,newfstatat").path(&home.maildir().join("new"));
    let failing = failing.inject("renameat,renameat2:error=EIO").inject("newfstatat:error=EIO");
    let (ran, trace) = failing.run(&home, &To::Maildir.fetch(&home, &server));
    assert!(trace.injected("newfstatat").count() > 0, "{}\n{}", ran.everything(), trace.show());
    assert_ne!(ran.code, Some(0), "{}", ran.everything());
    assert_eq!(maildrop.len(), 1, "deleted without being published");
    names(&home.maildir().join("tmp")).iter().for_each(|file| std::fs::remove_file(file).unwrap());
    run(&mut To::Maildir.fetch(&home, &server)).code(69);
    assert_eq!(maildrop.len(), 1, "deleted in doubt");
    assert!(To::Maildir.messages(&home).is_empty(), "fetched again in doubt");
}

/// What could not be renamed into new/, and is gone from tmp/ later, was never published.
#[test]
fn a_failed_rename_is_not_forgotten() {
    if !strace_works("a failed rename") {
        return;
    }
    let home = Home::new();
    let maildrop = small(2);
    let server = Server::start(Config::new(&maildrop));
    completes(To::Maildir, &home, &server, &maildrop);
    maildrop.add("late", "Message-ID: <late@here>\r\nSubject: late\r\n\r\nx\r\n");
    for _ in 0..2 {
        let failing = Traced::calls("renameat,renameat2").inject("renameat,renameat2:error=EACCES");
        let (ran, trace) = failing.run(&home, &To::Maildir.fetch(&home, &server));
        assert!(trace.injected("renameat").chain(trace.injected("renameat2")).count() > 0, "{}", ran.everything());
        assert_ne!(ran.code, Some(0), "{}", ran.everything());
        assert_eq!(maildrop.len(), 1, "deleted without being published");
    }
    names(&home.maildir().join("tmp")).iter().for_each(|file| std::fs::remove_file(file).unwrap());
    completes(To::Maildir, &home, &server, &maildrop);
}

/// File systems that store at close, such as NFS, tell then that there is no room.
#[test]
fn a_close_that_fails_publishes_nothing() {
    if !strace_works("a close that fails") {
        return;
    }
    close_fails(To::fetch);
    close_fails(|to, home, server| under(&FEW, &to.fetch(home, server)));
}

fn close_fails(fetch: impl Fn(To, &Home, &Server) -> Command) {
    // The calls of a thread come in the same order each time, if not at the same time: a run with one message tells
    // which close is the one of its file.
    let count = {
        let (maildrop, home) = (small(1), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let (_, trace) = Traced::calls("close").run(&home, &fetch(To::Maildir, &home, &server));
        let tmp = home.maildir().join("tmp/");
        let close = trace.calls.iter().find(|call| call.path(0).starts_with(tmp.to_str().unwrap())).expect("no close");
        trace.calls.iter().filter(|call| call.thread == close.thread && call.begin <= close.begin).count()
    };
    let hit = [0, 1, 2, 3, 4, 5].iter().flat_map(|off| [count + off, count.saturating_sub(*off).max(1)]).any(|when| {
        let (maildrop, home) = (small(1), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let failing = Traced::calls("close").inject(&format!("close:error=EDQUOT:when={when}"));
        let (ran, trace) = failing.run(&home, &fetch(To::Maildir, &home, &server));
        let tmp = home.maildir().join("tmp/");
        let hit = trace.injected("close").any(|call| call.path(0).starts_with(tmp.to_str().unwrap()));
        if hit {
            assert!(To::Maildir.messages(&home).is_empty(), "published after a close that failed");
            assert_eq!(maildrop.len(), 1, "deleted after a close that failed\n{}", ran.everything());
            assert_ne!(ran.code, Some(0), "{}", ran.everything());
            completes(To::Maildir, &home, &server, &maildrop);
        }
        hit
    });
    assert!(hit, "no close of a staged file failed");
}

/// A program that ignores locks appends while the ledger notes where our messages will stand.
#[test]
fn what_another_program_appends_is_not_overwritten() {
    if !strace_works("a foreign append") {
        return;
    }
    // On a busy machine the program may be faster than the test; then everything is slower the next time.
    let hit = ["700ms", "3s", "10s"].into_iter().any(append_while_the_ledger_syncs);
    assert!(hit, "the program was faster each time");
}

/// `false` when the program had appended first.
fn append_while_the_ledger_syncs(delay: &str) -> bool {
    let home = Home::new();
    let maildrop = small(1);
    let server = Server::start(Config::new(&maildrop));
    completes(To::Mbox, &home, &server, &maildrop);
    let late = Maildrop::generated(3, 12, Sizes::Fixed(800));
    late.all().iter().for_each(|message| maildrop.add(message.uid(), message.content(Form::Crlf)));

    // Every sync of the ledger takes a while, the one under the lock too.
    let wal = home.state().join("mailhaul.db-wal");
    let inject = format!("inject=fsync,fdatasync:delay_enter={delay}");
    let slow = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &inject, "-P"];
    let mut command = under(&[&slow[..], &[wal.to_str().unwrap(), "--"]].concat(), &To::Mbox.fetch(&home, &server));
    let before = std::fs::metadata(home.mbox()).unwrap().len();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let lock = home.path("mbox.lock");
    wait_until("the mbox is locked", || lock.exists());
    std::thread::sleep(Duration::from_millis(200)); // from the lock to the ledger
    let foreign = "From eve Thu Jan  1 00:00:00 1970\nSubject: foreign\n\nappended without a lock\n\n";
    let mut mbox = std::fs::OpenOptions::new().append(true).open(home.mbox()).unwrap();
    let in_time = mbox.metadata().unwrap().len() == before;
    mbox.write_all(foreign.as_bytes()).unwrap();
    drop(mbox);
    child.wait().unwrap();
    if !in_time {
        return false;
    }

    run(&mut To::Mbox.fetch(&home, &server)).code(0);
    let mut expected = all(&maildrop);
    expected.extend(split_mbox(foreign.as_bytes()));
    expected.sort();
    assert_same_messages(&To::Mbox.messages(&home), &expected);
    assert!(maildrop.is_empty() && home.leftovers().is_empty());
    true
}
