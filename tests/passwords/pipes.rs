//! A password from a pipe, which may stay silent: every wait for it has an end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::super::util::{Home, finish, run};
use super::{mailhaul, ran, server};

/// A pipe with a name, at whose other end nobody is.
fn fifo(home: &Home) -> String {
    let path = home.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg("-m600").arg(&path).status().unwrap().success());
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_silent_pipe_has_a_time_limit() {
    let (home, server) = (Home::new(), server());
    let fifo = fifo(&home);
    for (limit, code, says) in
        [("--timeout", 78, "fifo within 1 s"), ("--deadline", 75, "the deadline passed while waiting")]
    {
        ran(&home, &server, "fetch", &["--password-file", &fifo, limit, "1s"]).code(code).says(says);
    }
    let mut command = mailhaul(&home, &server, "fetch", &["--password-file", "-", "--timeout", "1s"]);
    let shown = format!("{command:?}");
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    finish(child, shown, Duration::from_secs(60)).code(78).says("standard input within 1 s");
    drop(open);
    assert_eq!(server.connections(), 0);
}

/// It is read once for all sources: a second reader could get the rest of what the first one began.
#[test]
fn a_silent_input_is_waited_for_once() {
    let (home, server) = (Home::new(), server());
    let mut command = mailhaul(&home, &server, "fetch", &["--password-file", "-", "--timeout", "1s"]);
    let shown = format!("{command:?}");
    let mut child = command.arg(server.url("bob")).stdin(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    let ran = finish(child, shown, Duration::from_secs(60));
    ran.code(78).says("standard input within 1 s").says("standard input gave no password (see");
    assert_eq!(ran.stderr.matches("within 1 s").count(), 1);
    drop(open);
    assert_eq!(server.connections(), 0);
}

/// Before that, the signal would be the end of a process that does not know of it yet.
fn wait_until_it_catches(pid: u32, signal: Signal) {
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(mask, 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
    };
    let begun = Instant::now();
    while !catches() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never catches {signal:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_pipe() {
    let (home, server) = (Home::new(), server());
    let fifo = fifo(&home);
    for file in [fifo.as_str(), "-"] {
        let mut command = mailhaul(&home, &server, "fetch", &["--password-file", file]);
        let shown = format!("{command:?}");
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let open = child.stdin.take();
        wait_until_it_catches(child.id(), Signal::TERM);
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        finish(child, shown, Duration::from_secs(30)).code(75).says("stopped");
        drop(open);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_comes_through_a_pipe_is_the_password() {
    let (home, server) = (Home::new(), server());
    let fifo = fifo(&home);
    let writer = {
        let fifo = fifo.clone();
        std::thread::spawn(move || std::fs::write(fifo, super::PASSWORD).unwrap())
    };
    run(&mut mailhaul(&home, &server, "fetch", &["--password-file", &fifo])).code(0).silent();
    writer.join().unwrap();
}
