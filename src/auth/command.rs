//! Commands that print a secret.

use std::fmt;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use super::source::read;
use crate::error::{Error, Kind, Result};

/// A command as somebody wrote it.
#[derive(Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// One string: for the shell.
    Shell(String),
    /// A program and its arguments: no shell sees them. Never empty.
    Program(Vec<String>),
}

impl CommandLine {
    /// Runs it, and gives what it prints. `what` is its key, for errors. Without a terminal it has `limit` to end in;
    /// with one it may be asking somebody, and has five minutes.
    ///
    /// Its complaints go to our standard error where somebody is watching; elsewhere they are shown only if it fails, so
    /// that cron has nothing to mail when all is well.
    pub fn output(&self, what: &str, limit: Duration) -> Result<Zeroizing<Vec<u8>>> {
        let watched = super::somebody_is_there();
        let failed = |why: String| {
            Error::new(Kind::Config, format!("{what} {why}")).hint("run the command by hand to see what it does")
        };
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if !watched {
            // In a group of its own, so that what it has started can be ended with it.
            command.stderr(Stdio::piped()).process_group(0);
        }
        let child = command.spawn().map_err(|error| failed(format!("cannot be run: {error}")))?;
        let group = (!watched).then(|| Pid::from_child(&child));
        let limit = if watched { limit.max(PATIENCE) } else { limit };
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(finish(child)).ok()); // nobody listens after a time-out
        let ended = receiver.recv_timeout(limit).map_err(|_| {
            if let Some(group) = group {
                kill_process_group(group, Signal::KILL).ok(); // it may just have ended
            }
            failed(format!("did not end within {} s", limit.as_secs()))
        })?;
        let Ended { output, complaints, status } = ended;
        // A command whose output was too long may have failed for that reason.
        let output = output.map_err(|error| failed(format!("cannot be read: {error}")))?;
        match status {
            Ok(status) if status.success() => Ok(output),
            Ok(status) if complaints.is_empty() => Err(failed(format!("failed: {status}"))),
            Ok(status) => Err(failed(format!("failed: {status}; it said: {}", shown(&complaints)))),
            Err(error) => Err(failed(format!("cannot be waited for: {error}"))),
        }
    }

    fn command(&self) -> Command {
        let mut command = match self {
            Self::Shell(line) => {
                let mut shell = Command::new("/bin/sh");
                shell.arg("-c").arg(line);
                shell
            }
            Self::Program(words) => {
                let mut program = Command::new(words.first().map_or("", String::as_str));
                program.args(words.iter().skip(1));
                program
            }
        };
        // Our passwords and settings are none of its business (C-287).
        let own = std::env::vars_os().map(|(name, _)| name);
        own.filter(|name| name.as_encoded_bytes().starts_with(b"MAILHAUL_")).for_each(|name| {
            command.env_remove(name);
        });
        command
    }
}

/// A command line may hold what is not for everybody's eyes.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandLine(..)")
    }
}

/// What came of a command.
struct Ended {
    output: std::io::Result<Zeroizing<Vec<u8>>>,
    complaints: Vec<u8>,
    status: std::io::Result<std::process::ExitStatus>,
}

fn finish(mut child: Child) -> Ended {
    // Beside each other: a command may fill one pipe before it writes to the other.
    let complaints = child.stderr.take().map(|stderr| {
        thread::spawn(move || {
            let mut complaints = Vec::new();
            stderr.take(MAX_COMPLAINTS).read_to_end(&mut complaints).ok(); // what came is shown
            complaints
        })
    });
    let output = match child.stdout.take() {
        Some(stdout) => read(stdout),
        None => Err(std::io::ErrorKind::BrokenPipe.into()),
    };
    let status = child.wait();
    let complaints = complaints.and_then(|thread| thread.join().ok()).unwrap_or_default();
    Ended { output, complaints, status }
}

/// The end of what it said, on one line.
fn shown(complaints: &[u8]) -> String {
    let lines = complaints.split(|&octet| octet == b'\n').filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(crate::escape::text).collect();
    lines[lines.len().saturating_sub(MAX_LINES)..].join(" / ")
}

/// For whoever has to find a passphrase first.
const PATIENCE: Duration = Duration::from_secs(300);

const MAX_COMPLAINTS: u64 = 16 * 1024;

const MAX_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Zeroizing<Vec<u8>>> {
        CommandLine::Shell(line.into()).output("password-command", Duration::from_secs(20))
    }

    #[test]
    fn gives_what_it_prints_and_says_why_not() {
        assert_eq!(run("echo 'pa ss'").unwrap().as_slice(), b"pa ss\n");
        assert!(run("echo x; exit 3").unwrap_err().to_string().contains("exit status: 3"));
        assert!(run("yes | head -c 100000").unwrap_err().to_string().contains("64 KiB"));
        let program = |words: &[&str]| CommandLine::Program(words.iter().map(ToString::to_string).collect());
        let literal = program(&["printf", "%s", "$HOME; true"]).output("password-command", Duration::from_secs(20));
        assert_eq!(literal.unwrap().as_slice(), b"$HOME; true");
        let missing = program(&["/no/such/program"]).output("password-command", Duration::from_secs(20));
        assert!(missing.unwrap_err().to_string().contains("cannot be run"));
    }

    #[test]
    fn a_command_cannot_be_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "CommandLine(..)");
    }
}
