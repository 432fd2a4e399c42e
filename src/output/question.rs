//! A question to whoever sits at the terminal, in the middle of a run of several accounts.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, TryLockError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressDrawTarget};
use rustix::event::{PollFd, PollFlags};

use super::{Console, Verbosity};
use crate::error::{Error, Kind, Result};
use crate::until::Until;

impl Console {
    /// Asks whether to go on: anything but a yes is a no. Where standard input is no terminal, nobody is asked, and the
    /// answer is yes. The deadline and a stop end the wait.
    pub(super) fn confirm(&self, question: &str, until: &Until) -> Result<bool> {
        Ok(self.asks_whether(question, until)?.unwrap_or(true))
    }

    /// Asks a question: anything but a yes is a no; nothing, if nobody can be asked. The deadline and a stop end the wait.
    pub fn asks_whether(&self, question: &str, until: &Until) -> Result<Option<bool>> {
        let Some(mut terminal) = terminal() else { return Ok(None) };
        // One question at a time, whatever the accounts.
        let attempt = || match ASKING.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        let waiting_for = "an answer on the terminal";
        let _turn = until.poll(PAUSE, attempt).map_err(|over| over.error(waiting_for))?;
        let failed = |error| Error::new(Kind::LocalIo, "the terminal cannot be asked").caused_by(error);
        let _without = WithoutBars::of(self.bars());
        write!(terminal, "{question} [y/N] ").and_then(|()| terminal.flush()).map_err(failed)?;
        let answer = line(until).map_err(failed)?;
        if answer.is_err() {
            writeln!(terminal).ok(); // what is said next stands on a line of its own
        }
        let answer = answer.map_err(|over| over.error(waiting_for))?;
        Ok(Some(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")))
    }

    /// Asks for a line; nothing, if nobody can be asked. The deadline and a stop end the wait.
    pub fn asks_for(&self, question: &str, until: &Until) -> Result<Option<String>> {
        let Some(mut terminal) = terminal() else { return Ok(None) };
        let failed = |error| Error::new(Kind::LocalIo, "the terminal cannot be asked").caused_by(error);
        write!(terminal, "{question} ").and_then(|()| terminal.flush()).map_err(failed)?;
        let answer = line(until).map_err(failed)?;
        if answer.is_err() {
            writeln!(terminal).ok(); // what is said next stands on a line of its own
        }
        let answer = answer.map_err(|over| over.error("an answer on the terminal"))?;
        Ok(Some(answer.trim().to_owned()))
    }

    /// Is somebody there who sees a question and can answer it, and wants to be bothered with offers?
    pub fn takes_offers(&self) -> bool {
        self.verbosity() > Verbosity::Quiet && self.on_terminal() && io::stdin().is_terminal()
    }
}

/// The bars of other accounts would be drawn over the question. They go on counting.
struct WithoutBars<'a>(Option<&'a MultiProgress>);

impl<'a> WithoutBars<'a> {
    fn of(bars: &'a MultiProgress) -> Self {
        if bars.is_hidden() {
            return Self(None);
        }
        bars.clear().ok(); // a terminal that cannot be written to is found by the question
        bars.set_draw_target(ProgressDrawTarget::hidden());
        Self(Some(bars))
    }
}

impl Drop for WithoutBars<'_> {
    fn drop(&mut self) {
        if let Some(bars) = self.0 {
            bars.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

/// Where the question is shown, if there is somebody to answer it.
fn terminal() -> Option<Box<dyn Write>> {
    if !io::stdin().is_terminal() {
        return None;
    }
    if io::stderr().is_terminal() {
        return Some(Box::new(io::stderr()));
    }
    let terminal = OpenOptions::new().write(true).open("/dev/tty").ok()?;
    Some(Box::new(terminal))
}

/// A line of standard input, past the buffer of the standard library: that would wait for ever.
fn line(until: &Until) -> io::Result<Result<String, crate::until::Over>> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = Vec::new();
    loop {
        let ready = until.ready(vec![PollFd::from_borrowed_fd(io::stdin().as_fd(), PollFlags::IN)])?;
        if let Err(over) = ready {
            return Ok(Err(over));
        }
        let mut octets = [0; 256];
        let came = input.read(&mut octets)?;
        line.extend_from_slice(&octets[..came]);
        if came == 0 || line.contains(&b'\n') || line.len() > LONGEST {
            return Ok(Ok(String::from_utf8_lossy(&line).into_owned()));
        }
    }
}

static ASKING: Mutex<()> = Mutex::new(());

const PAUSE: Duration = Duration::from_millis(50);

/// No answer is longer.
const LONGEST: usize = 4096;
