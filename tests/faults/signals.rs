//! SIGINT and SIGTERM in the middle of a transfer (C-347): the run ends within seconds, what was published is recorded
//! and, in delete mode, deleted; the next run completes.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::server::{Ending, Phase, Sizes};
use crate::util::finish;

/// A run on its way.
struct Running {
    child: Child,
    shown: String,
}

impl Running {
    /// With patience for a server that is silent: nothing but the signal ends it within [`LIMIT`].
    fn start(mut command: Command) -> Self {
        command.args(["--timeout", "10m"]);
        Self { shown: format!("{command:?}"), child: command.spawn().unwrap() }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// A second signal of a kind that is pending would be lost.
    fn has_pending_signals(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let pending = |line: &str| {
            let mask = line.strip_prefix("ShdPnd:").or(line.strip_prefix("SigPnd:"));
            mask.is_some_and(|mask| mask.trim().bytes().any(|digit| digit != b'0'))
        };
        status.lines().any(pending)
    }

    fn end(self) -> Ran {
        finish(self.child, self.shown, LIMIT)
    }

    fn end_at_once(self) -> Ran {
        finish(self.child, self.shown, AT_ONCE)
    }
}

/// Ten messages, and then nothing more. Of the last three the UIDL behind them has not shown whose they are.
fn silent_after_ten() -> (Maildrop, Server, Home) {
    let maildrop = Maildrop::generated(20, 31, Sizes::Fixed(2000));
    let server = bad(&maildrop, Fault::Stall(Phase::RetrBody(11, 500)));
    (maildrop, server, Home::new())
}

/// By SIGINT itself, so that a shell's loop ends, too; otherwise with 75.
#[track_caller]
fn ended_by(signal: Signal, ran: Ran) -> Ran {
    let expected = if signal == Signal::INT { (None, Some(signal.as_raw())) } else { (Some(75), None) };
    assert_eq!((ran.code, ran.signal), expected, "{}", ran.everything());
    ran
}

/// All signals with all destinations, at the same time.
fn for_each(signals: &[Signal], act: impl Fn(Signal, To) + Sync) {
    let cases: Vec<(Signal, To)> = signals.iter().flat_map(|&signal| BOTH.map(|to| (signal, to))).collect();
    at_once(&cases, |&(signal, to)| act(signal, to));
}

#[test]
fn a_run_that_keeps_ends_at_once() {
    for_each(&[Signal::INT, Signal::TERM, Signal::HUP], |signal, to| {
        let (maildrop, server, home) = silent_after_ten();
        let running = Running::start(to.fetch(&home, &server, &[]));
        wait_until("messages are published", || to.messages(&home).len() == SURE);
        running.signal(signal);
        ended_by(signal, running.end_at_once()).says("stopped by a signal");
        assert_eq!(to.messages(&home).len(), SURE);
        completes(to, &home, &maildrop, &[]);
        assert!(maildrop.all().iter().take(SURE).all(|message| message.bodies_sent() == 1), "fetched again");
    });
}

/// Messages that are staged when the signal comes are published before the end: nothing is fetched again.
#[test]
fn what_is_staged_is_published() {
    for to in BOTH {
        let (maildrop, server, home) = silent_after_ten();
        let running = Running::start(to.fetch(&home, &server, &[]));
        wait_until("a message was sent", || maildrop.message(9).bodies_sent() == 1);
        running.signal(Signal::INT);
        ended_by(Signal::INT, running.end());
        completes(to, &home, &maildrop, &[]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() <= 2));
    }
}

/// A slow server that would take minutes.
fn slow(maildrop: &Maildrop) -> Server {
    Server::start(Config::new(maildrop).without("PIPELINING").rtt(Duration::from_millis(50)))
}

/// What is published is deleted too, with QUIT, and nothing more is asked for.
#[test]
fn a_run_that_deletes_says_quit_first() {
    for_each(&[Signal::INT, Signal::TERM], |signal, to| {
        let maildrop = Maildrop::generated(2000, 32, Sizes::Fixed(1000));
        let (server, home) = (slow(&maildrop), Home::new());
        let running = Running::start(to.fetch(&home, &server, &["--delete"]));
        wait_until("messages are published", || !to.messages(&home).is_empty());
        running.signal(signal);
        ended_by(signal, running.end()).says("stopped by a signal");
        let log = server.log();
        assert_eq!(log[0].ending, Ending::Quit, "QUIT was not said");
        let published = to.messages(&home).len();
        assert_eq!(maildrop.len(), 2000 - published, "what was published was not deleted");
        assert!(published < 1000);
        assert_eq!(log[0].count("RETR"), published, "fetched in vain");

        maildrop.all().iter().skip(published + 5).for_each(|message| message.set_deleted(true));
        let good = Server::start(Config::new(&maildrop));
        run(&mut to.fetch(&home, &good, &["--delete"])).code(0).silent();
        assert_eq!(to.messages(&home).len(), published + 5);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() <= 1) && maildrop.is_empty());
        assert!(home.leftovers().is_empty());
    });
}

/// A server that has fallen silent does not keep a run that deletes for longer than its grace.
#[test]
fn a_run_that_deletes_does_not_wait_for_ever() {
    let (maildrop, server, home) = silent_after_ten();
    let running = Running::start(To::Maildir.fetch(&home, &server, &["--delete"]));
    wait_until("messages are published", || home.maildir_messages().len() == SURE);
    running.signal(Signal::TERM);
    running.end().code(75).says("stopped by a signal");
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
    assert!(maildrop.all().iter().take(SURE).all(|message| message.bodies_sent() == 1), "fetched again");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for_each(&[Signal::INT, Signal::TERM], |signal, to| {
        let (maildrop, server, home) = silent_after_ten();
        let running = Running::start(to.fetch(&home, &server, &["--delete"]));
        wait_until("messages are published", || to.messages(&home).len() == SURE);
        running.signal(signal);
        wait_until("the first signal was taken", || !running.has_pending_signals());
        running.signal(signal);
        assert_eq!(running.end_at_once().signal, Some(signal.as_raw()));
        completes(to, &home, &maildrop, &["--delete"]);
        assert!(maildrop.all().iter().take(SURE).all(|message| message.bodies_sent() == 1), "fetched again");
    });
}

/// Every wait can be ended, also those before the transfer.
#[test]
fn in_every_phase() {
    let phases = [
        Phase::Greeting,
        Phase::Capa,
        Phase::Auth,
        Phase::Uidl,
        Phase::List,
        Phase::RetrStatus(1),
        Phase::RetrBody(1, 3),
        Phase::Quit,
    ];
    at_once(&phases, |&phase| {
        let (maildrop, home) = (small(2), Home::new());
        let server = bad(&maildrop, Fault::Stall(phase));
        let running = Running::start(To::Maildir.fetch(&home, &server, &[]));
        wait_until("the server has fallen silent", || server.is_silent());
        running.signal(Signal::TERM);
        let ran = running.end();
        let done = phase == Phase::Quit && ran.code == Some(0);
        assert!(done || ran.code == Some(75), "{phase:?}\n{}", ran.everything());
        completes(To::Maildir, &home, &maildrop, &[]);
    });
}

/// As a run under nohup that is to outlive more than its terminal.
#[test]
fn signals_that_are_ignored_are_ignored() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop));
    for ignored in ["HUP", "INT TERM HUP"] {
        let fetch = To::Maildir.fetch(&home, &server, &["--all"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {ignored}; exec \"$0\" \"$@\"")]);
        shell.arg(fetch.get_program()).args(fetch.get_args()).env_clear();
        shell.envs(fetch.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(shell.stdout(Stdio::piped()).stderr(Stdio::piped())).code(0);
    }
    assert_eq!(home.maildir_messages().len(), 6);
}

/// The tests themselves may be started with signals ignored, as by nohup or in the background of a script. The programs
/// that they start are not to inherit that.
#[test]
fn tests_do_not_pass_on_what_they_ignore() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' INT TERM HUP; exec \"$0\" \"$@\""]).arg(format!("/proc/{}/exe", std::process::id()));
    shell.args(["--exact", "faults::signals::a_second_signal_ends_it_at_once"]);
    run(shell.stdout(Stdio::piped()).stderr(Stdio::piped())).code(0).prints("1 passed");
}

/// Less than the ten seconds that a run that deletes is given to say QUIT, from the signal on; it takes a moment only.
const AT_ONCE: Duration = Duration::from_secs(9);

/// Proves only that a run ends: far less than the time-out of the runs, and enough for what they sync before they end, on
/// a disk that is busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Of ten messages in a row those whose groups have ended: one, two and four.
const SURE: usize = 7;
