//! The program's system calls, seen and disturbed by `strace`: what no test from the inside can see. Effects told to an
//! observer may be told without being done; a sync that is missing changes nothing until the power goes.
//!
//! - `trace`: runs the program under `strace`, and reads what that wrote
//! - `order`: the syncs, the rename, the append, the lock and DELE of a delivery, in their order
//! - `inject`: errors, and SIGKILL, at each system call; `MAILHAUL_TEST_INJECT=all` takes all instead of a sample
//! - `histories`: ways in which mail was lost once, that need `strace` to be told again

mod histories;
mod inject;
mod order;
mod trace;

use std::process::Command;

use super::server::{Config, Form, Maildrop, Server};
use super::util::{Home, Ran, assert_same_messages, not_run, run};
use trace::{Trace, Traced};

/// The destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Maildir,
    Mbox,
}

const BOTH: [To; 2] = [To::Maildir, To::Mbox];

impl To {
    /// A fetch that deletes.
    fn fetch(self, home: &Home, server: &Server) -> Command {
        // An injected error may leave SQLite with a lock of its own that nobody gives back.
        let flags = ["--tls", "none", "--delete", "--deadline", "20s"];
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
    let message = |number| {
        let head = format!("Message-ID: <{number}@here>\r\nSubject: {number}");
        (format!("u{number}"), format!("{head}\r\n\r\n.dot\r\nFrom {number}\r\n"))
    };
    Maildrop::new((1..=count).map(message))
}

/// All messages that there ever were, as they must be delivered, sorted.
fn all(maildrop: &Maildrop) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = maildrop.all().iter().map(|message| message.content(Form::Lf)).collect();
    messages.sort();
    messages
}

/// A run without any disturbance. Then every message is there once, gone from the server, and nothing is left over.
#[track_caller]
fn completes(to: To, home: &Home, server: &Server, maildrop: &Maildrop) {
    let ran = run(&mut to.fetch(home, server));
    ran.code(0);
    assert_same_messages(&to.messages(home), &all(maildrop));
    assert!(home.leftovers().is_empty(), "left over: {:?}", home.leftovers());
    assert!(maildrop.is_empty(), "not deleted: {:?}\n{}", maildrop.uids(), ran.everything());
}

/// What is gone from the server was delivered.
#[track_caller]
fn assert_deleted_are_here(to: To, home: &Home, maildrop: &Maildrop, ran: &Ran) {
    let found = to.messages(home);
    let gone = maildrop.all().into_iter().filter(|message| message.is_deleted());
    let lost = gone.filter(|message| !found.contains(&message.content(Form::Lf))).count();
    assert!(lost == 0, "{lost} messages were deleted and are not here\n{}", ran.everything());
}

/// Can `strace` be used? CI demands it.
fn strace_works(test: &str) -> bool {
    let tried = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let works = tried.as_ref().is_ok_and(|output| output.status.success());
    let demanded = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(works || !demanded, "strace does not work: {tried:?}");
    if !works {
        not_run(&format!("{test}: needs strace, and the right to use it"));
    }
    works
}
