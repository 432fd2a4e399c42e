//! A delivery's syncs, rename, append, locks and DELE: done, and in this order.

use std::path::Path;

use super::trace::Call;
use super::*;
use crate::util::under;

/// All that may write, sync, publish, lock or talk.
const CALLS: &str = "open,openat,write,writev,pwrite64,pwritev,copy_file_range,sendfile,splice,fsync,fdatasync,syncfs,\
     rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,close,fcntl,flock,sendto,sendmsg";
const SYNC: [&str; 2] = ["fsync", "fdatasync"];
const WRITE: [&str; 4] = ["write", "writev", "pwrite64", "pwritev"];
const RENAME: [&str; 2] = ["renameat", "renameat2"];

/// One batch that is synced file by file.
#[test]
fn of_a_maildir() {
    maildir(3);
}

/// One batch that is synced as a whole, where the file system allows that.
#[test]
fn of_a_maildir_with_many_messages() {
    maildir(40);
}

/// Where few files may be open, each is closed before its batch is synced: then the file system is, for any number.
#[test]
fn of_a_maildir_with_few_descriptors() {
    let few = ["prlimit", "--nofile=32"];
    let Some((home, trace)) = traced_under(&few, "a Maildir with few descriptors", To::Maildir, 3) else { return };
    assert_maildir(&home, &trace, 3);
}

#[test]
fn of_an_mbox() {
    mbox(3);
}

#[test]
fn of_an_mbox_with_many_messages() {
    mbox(40);
}

/// The ledger syncs what it says before anybody relies on it: the last of the run, too.
#[test]
fn of_the_ledgers_last_word() {
    for to in BOTH {
        let Some((home, trace)) = traced("the ledger's last word", to, 2) else { return };
        let wal = home.state().join("mailhaul.db-wal");
        let quit = sends(&trace, "QUIT").next().expect("no QUIT");
        let says = |call: &&Call| WRITE.contains(&call.name.as_str()) && on(call, &wal);
        let said: Vec<&Call> = trace.calls.iter().filter(says).filter(|call| quit.is_before(call)).collect();
        let last = said.last().unwrap_or_else(|| panic!("{to:?}: no word of the deletion\n{}", trace.show()));
        assert!(synced(&trace, &wal).any(|sync| last.is_before(sync)), "{to:?}: not synced\n{}", trace.show());
    }
}

/// What was made is durable in the folder above it before anything is deleted from the server.
#[test]
fn of_new_folders_and_files() {
    for to in BOTH {
        let Some((home, trace)) = traced("new folders", to, 2) else { return };
        let dele = sends(&trace, "DELE").next().expect("no DELE");
        let mbox = format!("\"{}\"", home.mbox().display());
        let makes = |call: &&Call| {
            let is_mbox = call.arguments.contains("O_CREAT") && call.arguments.contains(&mbox);
            call.succeeded() && (is_mbox || ["mkdir", "mkdirat"].contains(&call.name.as_str()))
        };
        let made: Vec<&Call> = trace.calls.iter().filter(makes).collect();
        assert!(made.len() >= 3, "{to:?}: {} made\n{}", made.len(), trace.show());
        for call in made {
            let path = call.arguments.split('"').nth(1).expect("the path in quotes");
            let folder = Path::new(path).parent().expect("absolute");
            // The spool's own sync of the folder comes in time by chance: the mbox may be made again under the lock.
            let spool = trace.of(&["open", "openat"]).find(|open| {
                let is_spool = open.arguments.contains("O_CREAT") && open.arguments.contains("/.mailhaul-");
                is_spool && call.is_before(open)
            });
            let limit = spool.unwrap_or(dele);
            let synced = synced(&trace, folder).any(|sync| call.is_before(sync) && sync.is_before(limit));
            assert!(synced, "{to:?}: {path} is not durable in its folder\n{}", trace.show());
        }
    }
}

/// A folder of a known Maildir that somebody has removed is made again, as durably as the first time.
#[test]
fn of_a_folder_that_was_removed() {
    if !strace_works("the order of a folder that was removed") {
        return;
    }
    let (maildrop, home) = (small(1), Home::new());
    let server = Server::start(Config::new(&maildrop));
    completes(To::Maildir, &home, &server, &maildrop);
    let new = home.maildir().join("new");
    std::fs::remove_dir_all(&new).unwrap();
    maildrop.add("late", "Message-ID: <late@here>\r\nSubject: late\r\n\r\nx\r\n");
    let (ran, trace) = Traced::calls(CALLS).run(&home, &To::Maildir.fetch(&home, &server));
    ran.code(0);
    let path = format!("\"{}\"", new.display());
    let made = trace.of(&["mkdir", "mkdirat"]).find(|call| call.succeeded() && call.arguments.contains(&path));
    let made = made.unwrap_or_else(|| panic!("not made\n{}", trace.show()));
    let dele = sends(&trace, "DELE").next().expect("no DELE");
    let synced = synced(&trace, &home.maildir()).any(|sync| made.is_before(sync) && sync.is_before(dele));
    assert!(synced, "new/ is not durable in its Maildir\n{}", trace.show());
}

/// Another process may mark the same Maildir at this moment: the mark is put in its place under a lock.
#[test]
fn of_the_mark_of_a_maildir() {
    let Some((home, trace)) = traced("a Maildir's mark", To::Maildir, 1) else { return };
    let maildir = home.maildir();
    let mark = format!("\"{}\"", maildir.join("mailhaul-place").display());
    let places = ["link", "linkat", "rename", "renameat", "renameat2"];
    let placed: Vec<&Call> = trace.of(&places).filter(|call| call.arguments.contains(&mark)).collect();
    assert!(!placed.is_empty(), "no mark\n{}", trace.show());
    for call in placed {
        let of_folder = |lock: &&Call| lock.succeeded() && on(lock, &maildir) && lock.is_before(call);
        let last = trace.of(&["flock"]).rfind(of_folder);
        assert!(last.is_some_and(|lock| lock.arguments.contains("LOCK_EX")), "unlocked\n{}", trace.show());
    }
}

/// The lock on the mailbox is taken before the ledger is opened, and kept until the last word to the server.
#[test]
fn of_the_lock_on_the_mailbox() {
    let Some((home, trace)) = traced("the mailbox's lock", To::Maildir, 2) else { return };
    let locks = home.state().join("locks");
    let of_mailbox = |call: &&Call| call.succeeded() && Path::new(call.path(0)).parent() == Some(&locks);
    let lock = trace.of(&["flock"]).filter(of_mailbox).find(|call| call.arguments.contains("LOCK_EX"));
    let lock = lock.unwrap_or_else(|| panic!("no lock\n{}", trace.show()));
    let ledger = home.state().join("mailhaul.db");
    let written = trace.calls.iter().find(|call| WRITE.contains(&call.name.as_str()) && on(call, &ledger));
    assert!(written.is_some_and(|call| lock.is_before(call)), "{}", trace.show());
    let quit = sends(&trace, "QUIT").next().expect("no QUIT");
    let given_back = trace.of(&["close", "flock"]).filter(of_mailbox).find(|call| lock.is_before(call));
    assert!(given_back.is_none_or(|call| quit.is_before(call)), "{}", trace.show());
}

/// Killed between publication and its sync: what recovery finds published is synced before DELE.
#[test]
fn of_a_recovery() {
    for to in BOTH {
        if !strace_works("the order of a recovery") {
            return;
        }
        let (maildrop, home) = (small(3), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let place = if to == To::Mbox { home.mbox() } else { home.maildir().join("new") };
        let sync = "fsync,fdatasync,syncfs";
        let killing = Traced::calls(sync).path(&place).inject(&format!("{sync}:signal=KILL:when=1"));
        let (ran, _) = killing.run(&home, &to.fetch(&home, &server));
        assert!(ran.signal.is_some(), "{to:?}: was not killed\n{}", ran.everything());
        assert_same_messages(&to.messages(&home), &all(&maildrop));
        let (ran, trace) = Traced::calls(CALLS).run(&home, &to.fetch(&home, &server));
        ran.code(0);
        assert_same_messages(&to.messages(&home), &all(&maildrop));
        let dele = sends(&trace, "DELE").next().expect("no DELE");
        let synced = synced(&trace, &place).any(|sync| sync.is_before(dele));
        assert!(synced, "{to:?}: DELE before recovery synced\n{}", trace.show());
    }
}

/// Killed before anything was appended, and then another program did: recovery appends behind that, under the same locks.
#[test]
fn of_a_recovery_that_appends() {
    if !strace_works("the order of a recovery that appends") {
        return;
    }
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let killing = Traced::calls("write").path(&home.mbox()).inject("write:signal=KILL:when=1");
    let (ran, _) = killing.run(&home, &To::Mbox.fetch(&home, &server));
    assert!(ran.signal.is_some(), "was not killed\n{}", ran.everything());
    let mbox = home.mbox();
    std::fs::write(&mbox, "From eve Thu Jan  1 00:00:00 1970\nSubject: foreign\n\nx\n\n").unwrap();
    let (ran, trace) = Traced::calls(CALLS).run(&home, &To::Mbox.fetch(&home, &server));
    ran.code(0);
    assert_eq!(To::Mbox.messages(&home).len(), 4);
    let appends: Vec<&Call> = trace.of(&["write"]).filter(|call| appends_to(call, &mbox)).collect();
    let (Some(first), Some(last)) = (appends.first(), appends.last()) else {
        panic!("nothing was appended\n{}", trace.show());
    };
    assert_locked(&home, &trace, first, last);
}

fn traced(test: &str, to: To, messages: usize) -> Option<(Home, Trace)> {
    traced_under(&[], test, to, messages)
}

/// The same, as the last words of another program.
fn traced_under(program: &[&str], test: &str, to: To, messages: usize) -> Option<(Home, Trace)> {
    if !strace_works(&format!("the order of {test}")) {
        return None;
    }
    let (maildrop, home) = (small(messages), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let fetch = to.fetch(&home, &server);
    let fetch = if program.is_empty() { fetch } else { under(program, &fetch) };
    let (ran, trace) = Traced::calls(CALLS).run(&home, &fetch);
    ran.code(0).silent();
    assert_same_messages(&to.messages(&home), &all(&maildrop));
    assert!(maildrop.is_empty());
    Some((home, trace))
}

fn maildir(messages: usize) {
    let Some((home, trace)) = traced("a Maildir", To::Maildir, messages) else { return };
    assert_maildir(&home, &trace, messages);
}

#[track_caller]
fn assert_maildir(home: &Home, trace: &Trace, messages: usize) {
    let (tmp, new) = (home.maildir().join("tmp"), home.maildir().join("new"));
    let renames: Vec<&Call> = trace
        .of(&RENAME)
        .filter(|call| call.succeeded() && Path::new(call.path(0)) == tmp && Path::new(call.path(1)) == new)
        .collect();
    assert_eq!(renames.len(), messages, "{}", trace.show());
    for rename in &renames {
        let name = rename.arguments.split('"').nth(1).expect("the name in quotes");
        let is = |call: &&Call, what: &[&str]| what.contains(&call.name.as_str()) && on(call, &tmp.join(name));
        let written = trace.calls.iter().rfind(|call| is(call, &WRITE)).expect("written");
        let data = before(trace, rename, "the data", |call| {
            written.is_before(call) && (is(&call, &SYNC) || (call.name == "syncfs" && on(call, &tmp)))
        });
        let entry = before(trace, rename, "the entry in tmp/", |call| {
            written.is_before(call) && (call.name == "syncfs" || SYNC.contains(&call.name.as_str())) && on(call, &tmp)
        });
        assert_recorded(home, trace, &[data, entry], rename);
        let left = synced(trace, &tmp).any(|sync| rename.is_before(sync));
        assert!(left, "that {name} has left tmp/ was not synced\n{}", trace.show());
    }
    assert_eq!(sends(trace, "DELE").map(|call| count(call, "DELE")).sum::<usize>(), messages, "{}", trace.show());
    let mut sent = 0;
    for dele in sends(trace, "DELE") {
        sent += count(dele, "DELE");
        let last = synced(trace, &new).rfind(|sync| sync.is_before(dele));
        let durable = last.map_or(0, |sync| renames.iter().filter(|rename| rename.is_before(sync)).count());
        assert!(durable >= sent, "{sent} DELE, and {durable} entries of new/ were synced\n{}", trace.show());
    }
}

fn mbox(messages: usize) {
    let Some((home, trace)) = traced("an mbox", To::Mbox, messages) else { return };
    let mbox = home.mbox();
    let appends: Vec<&Call> = trace.calls.iter().filter(|call| appends_to(call, &mbox)).collect();
    let (Some(first), Some(last)) = (appends.first(), appends.last()) else {
        panic!("nothing was appended\n{}", trace.show());
    };
    let octets: u64 = appends.iter().map(|call| call.number()).sum();
    assert_eq!(octets, std::fs::metadata(&mbox).unwrap().len(), "appended more than once, or not seen");

    // A dotlock is written under such a name, too, and then linked.
    let linked: String = trace.of(&["link", "linkat"]).map(|call| call.arguments.as_str()).collect();
    let is_spool = |call: &Call| call.path(0).contains("/.mailhaul-") && !linked.contains(call.path(0));
    let spooled = |call: &&Call| WRITE.contains(&call.name.as_str()) && is_spool(call);
    let spooled = trace.calls.iter().filter(spooled).rfind(|call| call.is_before(first)).expect("no spool");
    let data = before(&trace, first, "the spool", |call| {
        spooled.is_before(call) && SYNC.contains(&call.name.as_str()) && call.path(0) == spooled.path(0)
    });
    let entry = before(&trace, first, "the spool's entry", |call| {
        spooled.is_before(call) && SYNC.contains(&call.name.as_str()) && on(call, &home.path(""))
    });
    assert_recorded(&home, &trace, &[data, entry], first);
    assert_locked(&home, &trace, first, last);
    let durable = synced(&trace, &mbox).find(|sync| last.is_before(sync)).expect("the mbox was never synced");
    assert_eq!(sends(&trace, "DELE").map(|call| count(call, "DELE")).sum::<usize>(), messages, "{}", trace.show());
    let dele = sends(&trace, "DELE").next().expect("no DELE");
    assert!(durable.is_before(dele), "DELE before the mbox was synced\n{}", trace.show());
}

/// fcntl lock and dotlock are there from before the ledger's word to behind the sync and the ledger's next word:
/// another program that appended between would make the recorded places wrong.
#[track_caller]
fn assert_locked(home: &Home, trace: &Trace, first: &Call, last: &Call) {
    let mbox = home.mbox();
    let wal = home.state().join("mailhaul.db-wal");
    let dotlock = format!("\"{}.lock\"", mbox.display());
    let durable = synced(trace, &mbox).find(|sync| last.is_before(sync)).expect("the mbox was never synced");
    let settled = synced(trace, &wal).find(|sync| durable.is_before(sync)).expect("the ledger was not settled");
    let recorded = synced(trace, &wal).rfind(|sync| sync.is_before(first)).expect("nothing recorded");

    let locks = |call: &&Call| call.name == "fcntl" && on(call, &mbox) && call.arguments.contains("l_type=F_WRLCK");
    let lock = trace.calls.iter().filter(locks).rfind(|call| call.succeeded() && call.is_before(first));
    let lock = lock.unwrap_or_else(|| panic!("no fcntl lock\n{}", trace.show()));
    assert!(lock.is_before(recorded), "recorded before it was locked\n{}", trace.show());
    let gives_back = |call: &&Call| {
        on(call, &mbox) && (call.name == "close" || (call.name == "fcntl" && call.arguments.contains("F_UNLCK")))
    };
    let given_back = trace.calls.iter().filter(gives_back).find(|call| lock.is_before(call)).expect("for ever");
    assert!(settled.is_before(given_back), "unlocked before the ledger was settled\n{}", trace.show());

    let takes = |call: &&Call| {
        let links = ["link", "linkat"].contains(&call.name.as_str());
        call.succeeded() && (links || call.arguments.contains("O_EXCL")) && call.arguments.contains(&dotlock)
    };
    let taken = trace.calls.iter().filter(takes).rfind(|call| call.is_before(first));
    let taken = taken.unwrap_or_else(|| panic!("no dotlock\n{}", trace.show()));
    assert!(taken.is_before(recorded), "recorded before there was a dotlock\n{}", trace.show());
    let removes =
        |call: &&Call| ["unlink", "unlinkat"].contains(&call.name.as_str()) && call.arguments.contains(&dotlock);
    let removed = trace.calls.iter().filter(removes).find(|call| taken.is_before(call)).expect("left over");
    assert!(settled.is_before(removed), "no dotlock before the ledger was settled\n{}", trace.show());
}

/// The ledger wrote and synced something after all of `durable`, and before `published`.
#[track_caller]
fn assert_recorded(home: &Home, trace: &Trace, durable: &[&Call], published: &Call) {
    let wal = home.state().join("mailhaul.db-wal");
    let after = |call: &Call| durable.iter().all(|durable| durable.is_before(call));
    let word = before(trace, published, "no word of the ledger", |call| {
        WRITE.contains(&call.name.as_str()) && on(call, &wal) && after(call)
    });
    before(trace, published, "the ledger's word was not synced", |call| {
        SYNC.contains(&call.name.as_str()) && on(call, &wal) && word.is_before(call)
    });
}

/// The last call like this that was done before `limit` began.
#[track_caller]
fn before<'a>(trace: &'a Trace, limit: &Call, what: &str, is: impl Fn(&Call) -> bool) -> &'a Call {
    let found = trace.calls.iter().rfind(|call| call.succeeded() && call.is_before(limit) && is(call));
    found.unwrap_or_else(|| panic!("{what}: not before {}({})\n{}", limit.name, limit.arguments, trace.show()))
}

fn on(call: &Call, path: &Path) -> bool {
    Path::new(call.path(0)) == path
}

fn synced<'a>(trace: &'a Trace, path: &'a Path) -> impl DoubleEndedIterator<Item = &'a Call> {
    trace.of(&SYNC).filter(move |call| call.succeeded() && on(call, path))
}

/// Does it write into this file, with the file as its first or its second descriptor?
pub(super) fn appends_to(call: &Call, mbox: &Path) -> bool {
    let target = match call.name.as_str() {
        "copy_file_range" | "splice" => call.path(1),
        "sendfile" => call.path(0),
        name if WRITE.contains(&name) => call.path(0),
        _ => return false,
    };
    call.succeeded() && Path::new(target) == mbox
}

/// The calls that send this verb.
pub(super) fn sends<'a>(trace: &'a Trace, verb: &'a str) -> impl Iterator<Item = &'a Call> {
    trace
        .of(&["sendto", "sendmsg", "write", "writev"])
        .filter(move |call| call.path(0).contains("socket:") && count(call, verb) > 0)
}

fn count(call: &Call, verb: &str) -> usize {
    let starts = [format!("\"{verb}"), format!("\\n{verb}")];
    starts.iter().map(|start| call.arguments.matches(start.as_str()).count()).sum()
}
