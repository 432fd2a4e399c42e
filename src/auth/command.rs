//! Commands that print a secret.

use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use zeroize::Zeroizing;

use super::Patience;
use super::complaints::Complaints;
use super::read::read;
use crate::command_line::CommandLine;
use crate::error::{Error, Kind, Result};

impl CommandLine {
    /// Runs it, and gives what it prints. `what` is its key, for errors. Without a terminal it has the limit to end in;
    /// with one it may be asking somebody, and has five minutes.
    ///
    /// Where somebody is watching it has the terminal, as if it were run by hand: to ask for a passphrase, and to complain.
    /// Elsewhere its complaints are shown only if it fails, so that cron has nothing to mail when all is well.
    pub fn output(&self, what: &str, patience: &Patience) -> Result<Zeroizing<Vec<u8>>> {
        let watched = super::somebody_is_there();
        let failed = |why: String| {
            Error::new(Kind::Config, format!("{what} {why}")).hint("run the command by hand to see what it does")
        };
        let mut command = self.command();
        command.stdout(Stdio::piped());
        if !watched {
            // In a group of its own, so that what it has started can be ended with it.
            command.stdin(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        }
        let child = command.spawn().map_err(|error| failed(format!("cannot be run: {error}")))?;
        let pid = Pid::from_child(&child);
        let limit = if watched { patience.limit.max(PASSPHRASE) } else { patience.limit };
        let ended = patience.wait_for(limit, None, move || finish(child)).map_err(|impatience| {
            end(pid, watched);
            impatience.error(|| failed(format!("did not end within {} s", limit.as_secs())))
        })?;
        ended.output_or(failed)
    }
}

/// What came of a command.
struct CommandEnd {
    output: std::io::Result<Zeroizing<Vec<u8>>>,
    complaints: Option<Complaints>,
    status: std::io::Result<ExitStatus>,
}

fn finish(mut child: Child) -> CommandEnd {
    // Beside each other: a command may fill one pipe before it writes to the other.
    let complaints = child.stderr.take().map(Complaints::of);
    let output = match child.stdout.take() {
        Some(stdout) => read(stdout),
        None => Err(std::io::ErrorKind::BrokenPipe.into()),
    };
    CommandEnd { output, complaints, status: child.wait() }
}

impl CommandEnd {
    fn output_or(self, failed: impl Fn(String) -> Error) -> Result<Zeroizing<Vec<u8>>> {
        // A command whose output was too long may have failed for that reason.
        let output = self.output.map_err(|error| failed(format!("cannot be read: {error}")))?;
        let status = self.status.map_err(|error| failed(format!("cannot be waited for: {error}")))?;
        if status.success() {
            return Ok(output);
        }
        let said = self.complaints.map(Complaints::shown).filter(|said| !said.is_empty());
        Err(failed(match said {
            Some(said) => format!("failed: {status}; it said: {said}"),
            None => format!("failed: {status}"),
        }))
    }
}

/// Ends a command that is not waited for any longer. On a terminal it may have to leave that in order.
fn end(command: Pid, watched: bool) {
    let ended = if watched { kill_process(command, Signal::TERM) } else { kill_process_group(command, Signal::KILL) };
    ended.ok(); // it may just have ended by itself
}

/// For whoever has to find a passphrase first.
const PASSPHRASE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn output(command: &CommandLine) -> Result<Zeroizing<Vec<u8>>> {
        command.output("password-command", &Patience { limit: Duration::from_secs(20), ..Patience::default() })
    }

    fn run(line: &str) -> Result<Zeroizing<Vec<u8>>> {
        output(&CommandLine::Shell(line.into()))
    }

    #[test]
    fn gives_what_it_prints_and_says_why_not() {
        assert_eq!(run("echo 'pa ss'").unwrap().as_slice(), b"pa ss\n");
        assert!(run("echo x; exit 3").unwrap_err().to_string().contains("exit status: 3"));
        assert!(run("yes | head -c 100000").unwrap_err().to_string().contains("64 KiB"));
        let program = |words: &[&str]| CommandLine::Program(words.iter().map(ToString::to_string).collect());
        let literal = output(&program(&["printf", "%s", "$HOME; true"]));
        assert_eq!(literal.unwrap().as_slice(), b"$HOME; true");
        let missing = output(&program(&["/no/such/program"]));
        assert!(missing.unwrap_err().to_string().contains("cannot be run"));
    }
}
