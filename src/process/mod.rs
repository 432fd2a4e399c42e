//! Runs a command of the user's with something on its standard input: a message, or a header. A core module.
//!
//! One thread does all of it: it writes while the command reads, reads what the command says, and waits for its end, a
//! deadline and a stop. The command has a process group of its own, so that what it has started can be ended with it.
//!
//! And what this process is to others: the first one of a container ([`Init`]).

use std::ffi::OsString;
use std::io::{self, Read};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

pub use self::init::Init;
pub use self::origin::CommandOrigin;
use self::running::Running;
pub use self::signals::is_ignored;
use crate::command_line::CommandLine;
use crate::error::{Error, Kind, Result};
use crate::until::{Over, Until};

mod feed;
mod init;
mod origin;
mod running;
mod signals;
mod tail;

/// A command that is run again and again.
#[derive(Debug)]
pub struct Runner {
    /// The key of its setting, for errors.
    pub what: &'static str,
    /// The command.
    pub line: CommandLine,
    /// How long one run may take.
    pub timeout: Duration,
    /// Ends a run, and forbids another one.
    pub until: Until,
    /// How long a run that is to end is waited for.
    pub patience: EndPatience,
}

/// How long a command that is to end is waited for.
#[derive(Clone, Copy, Debug)]
pub struct EndPatience {
    /// After a stop, or the deadline of the whole run, it may go on to its own end for this long.
    pub after_stop: Duration,
    /// Between TERM and KILL.
    pub after_term: Duration,
}

/// How a run ended. What a command said is the last of its lines, on one line, escaped; empty if there was nothing.
#[derive(Debug)]
pub enum RunEnd {
    /// By itself.
    Exited {
        /// With this.
        status: ExitStatus,
        /// What it said; always empty if it succeeded.
        said: String,
    },
    /// It did not end in time, and was ended, with its process group.
    TimedOut {
        /// What it said.
        said: String,
    },
    /// It was ended in the same way, because of this.
    Stopped(Over),
}

impl Runner {
    /// Runs the command once, with these variables besides its usual environment. What it does not read of `input` is no
    /// error.
    ///
    /// # Errors
    ///
    /// It cannot be run, or `input` cannot be read: then it was ended, and has not seen an end of its standard input.
    pub fn run(&self, environment: &[(&str, OsString)], input: &mut dyn Read) -> Result<RunEnd> {
        self.check()?;
        let mut running = Running::start(&self.line, environment, input).map_err(|error| self.not_started(error))?;
        let failed = |error| {
            Error::new(Kind::LocalIo, format!("{}: the command cannot be given all of its input", self.what))
                .caused_by(error)
        };
        match self.attend(&mut running).map_err(failed)? {
            Ok(()) => {
                let (status, said) = running.finish().map_err(failed)?;
                Ok(RunEnd::Exited { status, said })
            }
            Err(_) => {
                let over = self.until.over();
                running.terminate(self.patience.after_term);
                Ok(over.map_or_else(|| RunEnd::TimedOut { said: running.said() }, RunEnd::Stopped))
            }
        }
    }

    /// May the command be run? An error says that the run is to stop.
    pub fn check(&self) -> Result<()> {
        self.until.over().map_or(Ok(()), |over| Err(over.error(self.what)))
    }

    /// Until it ends, or may not go on. After a stop it has a little time.
    fn attend(&self, running: &mut Running<'_>) -> io::Result<Result<(), Over>> {
        let limit = Instant::now() + self.timeout;
        let ended = running.attend(&self.until.by(limit))?;
        if ended.is_ok() || self.until.over().is_none() {
            return Ok(ended);
        }
        running.attend(&Until::default().by(limit).within(self.patience.after_stop))
    }

    fn not_started(&self, error: io::Error) -> Error {
        let text = format!("{} cannot be run", self.what);
        Error::new(Kind::TryLater, text).caused_by(error).hint("run the command by hand to see what is wrong with it")
    }
}

impl Default for EndPatience {
    fn default() -> Self {
        Self { after_stop: Duration::from_secs(10), after_term: Duration::from_secs(5) }
    }
}

/// The exit status and what the command said, for people.
pub fn shown(status: ExitStatus, said: &str) -> String {
    if said.is_empty() { status.to_string() } else { format!("{status}; it said: {said}") }
}

/// Its words alone, with what went before.
pub fn with_words(text: &str, said: &str) -> String {
    if said.is_empty() { text.to_owned() } else { format!("{text}; it said: {said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some octets, and then an error.
    struct Breaks(io::Take<io::Repeat>);

    impl Read for Breaks {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("a bad sector")),
                count => Ok(count),
            }
        }
    }

    /// The command must not take what it has for the whole.
    #[test]
    fn an_input_that_breaks_off_has_no_end() {
        let dir = tempfile::tempdir().unwrap();
        let took_it = dir.path().join("took-it");
        for octets in [0, 10, 300_000] {
            let line = CommandLine::Shell(format!("cat > /dev/null; echo > {}", took_it.display()));
            let (until, patience) = (Until::default(), EndPatience::default());
            let runner = Runner { what: "pipe", line, timeout: Duration::from_secs(60), until, patience };
            let error = runner.run(&[], &mut Breaks(io::repeat(b'x').take(octets))).unwrap_err();
            assert_eq!(error.to_string(), "pipe: the command cannot be given all of its input: a bad sector");
            assert!(!took_it.exists(), "{octets}");
        }
    }
}
