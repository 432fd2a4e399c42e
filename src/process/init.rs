//! What the first process of a container owes it: its own part is played by a child, and it looks after that.
//!
//! To process 1 the kernel gives no signal that it does not catch, and every process whose parent has ended. So it passes
//! signals on to the child, which acts by them as anywhere else, takes every process that has ended off the list, and ends
//! as the child does.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::SigSet;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithRawSiginfo;

use super::signals::is_ignored;
use crate::error::Kind;

/// The first process of a container, with the child that does the work.
pub struct Init {
    child: Pid,
    signals: Signals,
}

/// The signals of this process, each with its sender.
type Signals = SignalsInfo<WithRawSiginfo>;

impl Init {
    /// Starts this program once more, with the same arguments, descriptors and terminal, if this is process 1. None, if
    /// it is not, or if the system does not let it: then it does the work itself.
    pub fn start() -> Option<Self> {
        if std::process::id() != 1 {
            return None;
        }
        // Who has started us may have blocked them; without SIGCHLD we would never hear of an end.
        SigSet::all().thread_unblock().ok();
        let signals = signals().ok()?;
        let mut words = std::env::args_os();
        let name = words.next().unwrap_or_default();
        let words: Vec<OsString> = words.collect();
        // By its path, so that lists of processes show its name; by the link, where the path says nothing.
        let programs = std::env::current_exe().into_iter().chain([PathBuf::from("/proc/self/exe")]);
        let mut commands = programs.map(|program| {
            let mut command = Command::new(program);
            command.arg0(&name).args(&words);
            command
        });
        let child = commands.find_map(|mut command| command.spawn().ok())?;
        Some(Self { child: Pid::from_child(&child), signals })
    }

    /// Until the child ends; returns its exit code.
    pub fn run(mut self) -> u8 {
        loop {
            for signal in self.signals.wait() {
                if !has_gone_to_the_child(signal.si_signo, signal.si_code)
                    && let Some(signal) = Signal::from_named_raw(signal.si_signo)
                {
                    // It may have ended, but is not off the list.
                    kill_process(self.child, signal).ok();
                }
            }
            if let Some(code) = self.reap() {
                return code;
            }
        }
    }

    /// Takes all processes that have ended off the list; returns the exit code of the child, if it is among them.
    fn reap(&self) -> Option<u8> {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.child => return Some(exit_code(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return None,
                // Nothing is left that could be waited for.
                Err(_) => return Some(Kind::Bug.exit_code()),
            }
        }
    }
}

/// Caught before the child is started: they wait until there is somebody to have them. What whoever started us wants to be
/// ignored stays so, here and in the child.
fn signals() -> std::io::Result<Signals> {
    let passed_on = PASSED_ON.into_iter().filter(|signal| !is_ignored(*signal));
    Signals::new(passed_on.chain([SIGCHLD]))
}

/// What is typed at a terminal goes to all processes of the group: a second SIGINT would end the run at once.
fn has_gone_to_the_child(signal: i32, code: i32) -> bool {
    signal == SIGCHLD || matches!(signal, SIGINT | SIGQUIT) && code == SI_KERNEL
}

/// As a shell counts.
fn exit_code(status: WaitStatus) -> u8 {
    let signal = || status.terminating_signal().map(|signal| 128 + signal);
    let code = status.exit_status().or_else(signal);
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(Kind::Bug.exit_code())
}

const PASSED_ON: [i32; 5] = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT];

/// `si_code` of a signal that no process has sent: see sigaction(2).
const SI_KERNEL: i32 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_from_the_terminal_has_gone_to_the_child() {
        for (signal, code, has) in [
            (SIGINT, SI_KERNEL, true),
            (SIGQUIT, SI_KERNEL, true),
            (SIGINT, 0, false),
            (SIGTERM, 0, false),
            // A hangup is told to the leader of the session, and to nobody else.
            (SIGHUP, SI_KERNEL, false),
            (SIGCHLD, 1, true),
        ] {
            assert_eq!(has_gone_to_the_child(signal, code), has, "{signal} {code}");
        }
    }

    #[expect(clippy::zombie_processes, reason = "it is waited for with all the others")]
    fn start(signals: Signals, line: &str) -> Init {
        let child = Command::new("/bin/sh").args(["-c", line]).spawn().unwrap();
        Init { child: Pid::from_child(&child), signals }
    }

    /// In a process of its own: it takes the ends of all children for itself.
    #[test]
    fn a_signal_that_comes_before_the_child_is_passed_on() {
        const WITHIN: &str = "MAILHAUL_TEST_WITHIN";
        if std::env::var_os(WITHIN).is_none() {
            let mut this = Command::new(std::env::current_exe().unwrap());
            this.args(["--exact", "process::init::tests::a_signal_that_comes_before_the_child_is_passed_on"]);
            let output = this.env(WITHIN, "1").output().unwrap();
            assert!(output.status.success(), "{output:?}");
            return;
        }
        // Whoever runs the tests may want some of them ignored.
        for signal in PASSED_ON.into_iter().filter(|signal| !is_ignored(*signal)) {
            let signals = signals().unwrap();
            signal_hook::low_level::raise(signal).unwrap();
            assert_eq!(start(signals, "exec sleep 1000").run(), 128 + signal as u8, "{signal}");
        }
        for code in [0, 75, 255] {
            assert_eq!(start(signals().unwrap(), &format!("exit {code}")).run(), code);
        }
        assert_eq!(start(signals().unwrap(), "(sleep 0 &); kill -9 $$").run(), 137);
    }
}
