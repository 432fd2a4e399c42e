use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use super::Phase;
use crate::command_line::CommandLine;
use crate::error::{Cause, Error, Kind, Result};
use crate::until::Until;

/// A tunnel in use: a command whose standard input and output are the connection to the server. What it complains of goes
/// to our standard error. Dropped, it takes the command with it.
#[derive(Debug)]
pub(super) struct Tunnel {
    pub(super) pipe: UnixStream,
    child: Child,
}

impl Tunnel {
    /// Starts the command. It stays in our process group, so that it may ask on the terminal, as ssh does.
    pub(super) fn open(line: &CommandLine) -> Result<Self> {
        let failed = |error: io::Error| {
            Error::new(Kind::Config, "the tunnel command cannot be run")
                .caused_by(error)
                .hint("run it by hand to see what it does")
        };
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let input = OwnedFd::from(theirs.try_clone().map_err(failed)?);
        let mut command = line.command();
        command.stdin(Stdio::from(input)).stdout(Stdio::from(OwnedFd::from(theirs)));
        let child = command.spawn().map_err(failed)?;
        Ok(Self { pipe: ours, child })
    }

    /// A connection that ends because the command did is an error that says how it ended.
    fn judge(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        let is_end = match &result {
            Ok(octets) => *octets == 0,
            Err(error) => matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset),
        };
        if !is_end {
            return result;
        }
        match self.wait() {
            Some(status) => Err(io::Error::new(ErrorKind::UnexpectedEof, TunnelEnd(status))),
            None => result,
        }
    }

    /// Its status, if it ends soon.
    fn wait(&mut self) -> Option<ExitStatus> {
        Until::default().within(PATIENCE).poll(PAUSE, || self.child.try_wait().ok().flatten()).ok()
    }
}

impl Read for Tunnel {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let result = self.pipe.read(buf);
        self.judge(result)
    }
}

impl Write for Tunnel {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let result = self.pipe.write(buf);
        self.judge(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Tunnel {
    /// A command that copies octets ends when there are no more; one that does not is killed.
    fn drop(&mut self) {
        // All of these fail only because the command has ended already.
        self.pipe.shutdown(Shutdown::Both).ok();
        if self.wait().is_none() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// How the command ended, inside an [`io::Error`].
#[derive(Debug)]
pub(super) struct TunnelEnd(ExitStatus);

impl TunnelEnd {
    /// What it means for a wait.
    pub(super) fn explain(&self, phase: Phase) -> Error {
        // The shell's words for a command that cannot be run, or is not there.
        let (kind, cause) = match self.0.code() {
            Some(126 | 127) => (Kind::Config, Cause::Other),
            _ => (Kind::TryLater, Cause::ConnectionLost),
        };
        Error::new(kind, format!("{self} instead of sending {phase}"))
            .because(cause)
            .hint("run it by hand to see what it does")
    }
}

impl fmt::Display for TunnelEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tunnel command ended ({})", self.0)
    }
}

impl std::error::Error for TunnelEnd {}

/// How long a command may take to end when its connection has.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(5);
