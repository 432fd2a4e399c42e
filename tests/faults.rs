//! What goes wrong: each fault of a server, a line or a disk, and then a run in which nothing does. Whatever went
//! wrong, in the end every message was delivered exactly once, and nothing is left over.
//!
//! - `cut`: the connection ends, at every octet
//! - `stall`: the server falls silent, or slows to a trickle
//! - `message`: one message that the server refuses, or that never ends
//! - `many`: what is wrong with one message is wrong with all
//! - `listing`: what UIDL and LIST can get wrong
//! - `pipeline`: a server that says it takes commands in a row and does not
//! - `quit`: what becomes of deletions when QUIT goes wrong
//! - `nonsense`: replies that are none
//! - `disk`: no space, and no right to write
//! - `place`: destinations that are none
//! - `signals`: SIGINT and SIGTERM in the middle, and a second run at the same time

mod cut;
mod disk;
mod listing;
mod many;
mod message;
mod nonsense;
mod pipeline;
mod place;
mod quit;
mod signals;
mod stall;

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::server::{Config, Fault, Form, Maildrop, Server};
use super::util::{Home, Ran, assert_same_messages, run, wait_until};

/// The destinations, which keep their promises in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Maildir,
    Mbox,
}

const BOTH: [To; 2] = [To::Maildir, To::Mbox];

impl To {
    /// `mailhaul fetch` in clear text.
    fn fetch(self, home: &Home, server: &Server, more: &[&str]) -> Command {
        let flags = [&["--tls", "none"], more].concat();
        match self {
            Self::Maildir => home.fetch_maildir(&server.url("ann"), &flags),
            Self::Mbox => home.fetch_mbox(&server.url("ann"), &flags),
        }
    }

    /// What was delivered, sorted.
    fn messages(self, home: &Home) -> Vec<Vec<u8>> {
        match self {
            Self::Maildir => home.maildir_messages(),
            Self::Mbox => home.mbox_messages(),
        }
    }
}

/// Small messages, of which no two are the same.
fn small(count: usize) -> Maildrop {
    let text = |number| format!("Message-ID: <{number}@small>\r\nSubject: {number}\r\n\r\n.dot\r\nFrom {number}\r\n");
    Maildrop::new((1..=count).map(|number| (format!("u{number}"), text(number))))
}

/// A bad server.
fn bad(maildrop: &Maildrop, fault: Fault) -> Server {
    Server::start(Config::new(maildrop).fault(fault))
}

/// All messages that there ever were, as they must be delivered, sorted.
fn all(maildrop: &Maildrop) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = maildrop.all().iter().map(|message| message.content(Form::Lf)).collect();
    messages.sort();
    messages
}

/// A run against a good server with the same maildrop brings what is missing, and another finds nothing to do.
#[track_caller]
fn completes(to: To, home: &Home, maildrop: &Maildrop, flags: &[&str]) -> Ran {
    let server = Server::start(Config::new(maildrop));
    let ran = run(&mut to.fetch(home, &server, flags));
    ran.code(0);
    assert_complete(to, home, maildrop);
    if flags.contains(&"--delete") {
        assert!(maildrop.is_empty(), "not deleted: {:?}\n{}", maildrop.uids(), ran.everything());
    }
    ran
}

/// Every message was delivered exactly once, and nothing is left over.
#[track_caller]
fn assert_complete(to: To, home: &Home, maildrop: &Maildrop) {
    assert_same_messages(&to.messages(home), &all(maildrop));
    assert_eq!(home.leftovers(), Vec::<std::path::PathBuf>::new());
}

/// Nothing was delivered that is not a whole message, and none twice.
#[track_caller]
fn assert_nothing_half_done(to: To, home: &Home, maildrop: &Maildrop) {
    let mut found = to.messages(home);
    let expected = all(maildrop);
    assert!(found.iter().all(|message| expected.contains(message)), "a message that was never sent: {found:?}");
    found.dedup();
    assert_eq!(found.len(), to.messages(home).len(), "a message was delivered twice");
}

/// Calls `act` with 0, 1, 2 .. in some threads, until it says that this was the last one.
fn until_last(act: impl Fn(usize) -> bool + Sync) {
    let (next, last) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > last.load(Ordering::Relaxed) {
                        return;
                    }
                    if act(number) {
                        last.fetch_min(number, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

/// Calls `act` with all cases at the same time.
fn at_once<T: Sync>(cases: &[T], act: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| cases.iter().for_each(|case| drop(scope.spawn(|| act(case)))));
}

/// Most of the time is spent waiting.
const THREADS: usize = 8;
