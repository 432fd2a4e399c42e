//! Standard output and standard error, and how much goes there.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, OnceLock, PoisonError};

use indicatif::{MultiProgress, ProgressDrawTarget};
use jiff::Timestamp;

use super::MailboxJson;
use super::color::{Color, bold, is_dumb, with_red_name};
use super::log::{LineFormat, LogLine, LogStyle};
use super::patient::PatientOutput;
use crate::error::{Error, Result};
use crate::stop::Stop;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors and warnings; on a terminal also progress and a closing line.
    Normal,
    /// What is done.
    Verbose,
    /// And the dialogue with the server.
    Dialogue,
}

/// Where everything is printed. Shared by all accounts.
pub struct Console {
    verbosity: Verbosity,
    bars: MultiProgress,
    on_terminal: bool,
    color: Color,
    /// What lines on standard error look like; plain, until somebody says so.
    style: Mutex<LogStyle>,
    /// Of a process that stays: no reader may hold it up.
    patient: OnceLock<PatientOutput>,
    /// Lines for standard output that wait for others: see [`Self::in_large_pieces`].
    waiting: Mutex<Option<Vec<u8>>>,
    /// The first error of standard output: a closed pipe is no reason to lose mail.
    output_error: Mutex<Option<io::Error>>,
    /// The mailbox that the command deals with, for the JSON of an error that ends it.
    mailbox: Mutex<MailboxJson>,
}

impl Console {
    /// A console; progress is drawn on a terminal only, and not when it would mix with a transcript.
    pub fn new(verbosity: Verbosity, color: Color) -> Self {
        let on_terminal = io::stderr().is_terminal();
        let draws = on_terminal && verbosity == Verbosity::Normal && !is_dumb();
        let target = if draws { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        Self {
            verbosity,
            bars,
            on_terminal,
            color,
            style: Mutex::default(),
            patient: OnceLock::new(),
            waiting: Mutex::default(),
            output_error: Mutex::default(),
            mailbox: Mutex::default(),
        }
    }

    /// From now on the command deals with this mailbox.
    pub fn deals_with(&self, mailbox: MailboxJson) {
        *self.mailbox.lock().unwrap_or_else(PoisonError::into_inner) = mailbox;
    }

    /// The mailbox that the command deals with; of nulls, while none is known.
    pub fn mailbox(&self) -> MailboxJson {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Is somebody watching?
    pub fn on_terminal(&self) -> bool {
        self.on_terminal
    }

    /// The bars of all accounts.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Says what lines on standard error look like from now on.
    pub fn log_as(&self, style: LogStyle) {
        *self.style.lock().unwrap_or_else(PoisonError::into_inner) = style;
    }

    /// From now on a reader that does not read is not waited for: what it does not take is dropped after some seconds.
    pub fn never_hang(&self, stop: Stop) {
        self.patient.get_or_init(|| PatientOutput::new(stop));
    }

    /// Are lines of a log written, with times and events?
    pub fn is_log(&self) -> bool {
        self.style().format != LineFormat::Plain
    }

    fn style(&self) -> LogStyle {
        *self.style.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line on standard error, if this much is to be said. Nothing can be done when that fails.
    pub fn say(&self, at_least: Verbosity, text: &str) {
        if self.is_log() {
            self.log(&LogLine::of_message(at_least, text));
            return;
        }
        if self.verbosity >= at_least {
            self.write_error(&LogLine::of_message(at_least, text).with_priority(text, self.style()));
        }
    }

    /// The same for a line of which more is known. `false`, if it could not be written.
    pub fn log(&self, line: &LogLine<'_>) -> bool {
        self.log_at(Timestamp::now(), line)
    }

    /// The same for something that was so then.
    pub fn log_at(&self, time: Timestamp, line: &LogLine<'_>) -> bool {
        self.verbosity < line.at_least || self.write_error(&line.written(self.style(), time))
    }

    fn write_error(&self, text: &str) -> bool {
        let text = if self.color.is_for(&io::stderr()) { with_red_name(text).into() } else { Cow::Borrowed(text) };
        let line = [text.as_bytes(), b"\n"].concat();
        let mut out = io::stderr().lock();
        let result = self.bars.suspend(|| match self.patient.get() {
            Some(patient) => patient.write(out.as_fd(), &line),
            None => out.write_all(&line),
        });
        result.is_ok()
    }

    /// What was done, or is being waited for, on standard error: for whoever is watching.
    pub fn tell(&self, text: &str) {
        self.say(self.for_watchers(), text);
    }

    /// How much must be said for what only somebody at a terminal wants to know.
    pub fn for_watchers(&self) -> Verbosity {
        if self.on_terminal { Verbosity::Normal } else { Verbosity::Verbose }
    }

    /// An error with its hint, on standard error, always.
    pub fn error(&self, error: &Error) {
        self.say(Verbosity::Quiet, &format!("mailhaul: {error}"));
        if let Some(hint) = error.next_step() {
            self.say(Verbosity::Quiet, &format!("  {hint}"));
        }
    }

    /// A line on standard output.
    pub fn print(&self, line: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            None => self.write(&[line.as_bytes(), b"\n"].concat()),
            Some(lines) => {
                lines.extend_from_slice(line.as_bytes());
                lines.push(b'\n');
                if lines.len() >= PIECE {
                    self.write(lines);
                    lines.clear();
                }
            }
        }
    }

    /// Many lines, between which nothing is waited for: a million of them are not a million system calls.
    pub fn in_large_pieces<V>(&self, print: impl FnOnce() -> V) -> V {
        let waiting = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.prints_to_terminal() {
            waiting().get_or_insert_default();
        }
        let value = print();
        if let Some(lines) = waiting().take() {
            self.write(&lines);
        }
        value
    }

    fn write(&self, octets: &[u8]) {
        let mut out = io::stdout().lock();
        let result = self.bars.suspend(|| match self.patient.get() {
            Some(patient) => out.flush().and_then(|()| patient.write(out.as_fd(), octets)),
            None => out.write_all(octets).and_then(|()| out.flush()),
        });
        if let Err(error) = result {
            self.output_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Does standard output go to a terminal?
    pub fn prints_to_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Octets on standard output, as they are: to be collected into large pieces first.
    pub fn write_octets(&self, octets: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(octets).and_then(|()| out.flush()).map_err(Error::standard_output)
    }

    /// The heading of a table, fitted in the same way.
    pub fn print_heading(&self, line: &str) {
        if self.color.is_for(&io::stdout()) { self.print_fitting(&bold(line)) } else { self.print_fitting(line) }
    }

    /// A line on standard output, cut to the width of the terminal if it goes to one.
    pub(super) fn print_fitting(&self, line: &str) {
        let out = io::stdout();
        let width = rustix::termios::tcgetwinsize(&out).map_or(0, |size| size.ws_col);
        match width {
            0 => self.print(line),
            width => self.print(&cut(line, width.into())),
        }
    }

    /// What went wrong with standard output. A reader that has closed its pipe has seen enough: that is no error.
    pub fn take_output_error(&self) -> Option<io::Error> {
        let error = self.output_error.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.filter(|error| error.kind() != ErrorKind::BrokenPipe)
    }
}

/// Octets of lines that are written together.
const PIECE: usize = 32 * 1024;

/// At most this many columns of a line; characters that are two columns wide count as two.
fn cut(line: &str, columns: usize) -> String {
    console::truncate_str(line, columns, "..").into_owned()
}
