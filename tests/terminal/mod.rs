//! A terminal, and a person who reads and types: runs a program on a pseudo-terminal that is its controlling one.
//!
//! ```ignore
//! let mut terminal = Terminal::run(&home.mailhaul(["fetch", &url]));
//! terminal.wait_for("Password for");
//! terminal.wait_until_echo_is(false);
//! terminal.type_line("secret");
//! terminal.finish().code(0);
//! ```
//!
//! Standard input, output and error are the terminal, and so is `/dev/tty`. What is shown, the echo of what is typed
//! included, ends up as `stdout` of [`Ran`]. The program gets the variables that its `Command` was given, and `TERM`.

#![allow(dead_code, reason = "not every helper is used by every test")]

mod rows;
mod screen;

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::util::{Ran, finish};
pub use rows::rows_ever_shown;
use screen::Screen;

/// A program that runs on a terminal of its own. Dropping it ends the program.
pub struct Terminal {
    child: Option<Child>,
    command: String,
    keyboard: File,
    screen: Screen,
    /// Octets that [`Self::wait_for_next`] has passed.
    read_up_to: usize,
}

impl Terminal {
    /// Starts the program of `command` on a terminal of 80 columns and 24 lines.
    pub fn run(command: &Command) -> Self {
        Self::run_on(command, 80)
    }

    /// The same with this many columns.
    pub fn run_on(command: &Command, columns: u16) -> Self {
        let (near, far) = open();
        set_columns(&near, columns);
        keep_output(&near);
        let far = || far.try_clone().expect("a terminal can be cloned");
        // setsid makes a session whose terminal is its standard input, and becomes the program.
        let mut wrapped = Command::new("setsid");
        wrapped.arg("--ctty").arg(command.get_program()).args(command.get_args());
        wrapped.env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm");
        wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let child = wrapped.stdin(far()).stdout(far()).stderr(far()).spawn().expect("start setsid");
        let keyboard = File::from(near);
        let screen = Screen::watch(keyboard.try_clone().expect("a terminal can be cloned"));
        Self { child: Some(child), command: format!("{command:?}"), keyboard, screen, read_up_to: 0 }
    }

    /// Waits until this is shown. Panics, with all that is shown, if it does not come.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_behind(text, 0);
    }

    /// Waits until this is shown behind what the last call of this has waited for.
    #[track_caller]
    pub fn wait_for_next(&mut self, text: &str) {
        self.read_up_to = self.wait_behind(text, self.read_up_to);
    }

    #[track_caller]
    fn wait_behind(&self, text: &str, from: usize) -> usize {
        let never = || panic!("{text:?} was never shown:\n{}\n{}", self.command, self.shown());
        self.screen.wait_for(text, from, PATIENCE).unwrap_or_else(never)
    }

    /// Waits until what is typed is shown, or is not. A program asks first and switches then: who types at once is seen.
    #[track_caller]
    pub fn wait_until_echo_is(&self, on: bool) {
        let deadline = Instant::now() + PATIENCE;
        while self.echoes() != on {
            assert!(Instant::now() < deadline, "echo is never {on}:\n{}\n{}", self.command, self.shown());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether what is typed is shown.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).expect("it is a terminal").local_modes.contains(LocalModes::ECHO)
    }

    /// Types a line and the key that ends it.
    pub fn type_line(&mut self, line: &str) {
        self.type_keys(format!("{line}\r").as_bytes());
    }

    /// Types these, e.g. [`CTRL_C`].
    pub fn type_keys(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).expect("the terminal takes what is typed");
    }

    /// Makes the terminal as wide as this.
    pub fn resize(&self, columns: u16) {
        set_columns(&self.keyboard, columns);
    }

    /// Sends a signal to the program itself.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let child = self.child.as_ref().expect("it has not ended");
        rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).expect("it has not ended");
    }

    /// The program itself.
    pub fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(self.child.as_ref().expect("it has not ended"))
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        self.screen.shown()
    }

    /// Waits until the program has ended.
    pub fn finish(&mut self) -> Ran {
        let child = self.child.take().expect("it is finished once");
        let mut ran = finish(child, self.command.clone(), PATIENCE);
        self.screen.wait_until_dark(PATIENCE);
        ran.stdout = self.shown().replace("\r\n", "\n");
        ran
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok(); // it may have ended
            child.wait().ok();
        }
    }
}

/// The side of the person, and the side of the program.
fn open() -> (OwnedFd, OwnedFd) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
    grantpt(&near).and_then(|()| unlockpt(&near)).expect("a pseudo-terminal can be used");
    let name = ptsname(&near, Vec::new()).expect("a pseudo-terminal has a name");
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let far = rustix::fs::open(name, flags, Mode::empty()).expect("the other side of a pseudo-terminal");
    (near, far)
}

fn set_columns(terminal: impl std::os::fd::AsFd, columns: u16) {
    tcsetwinsize(terminal, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
}

/// Ctrl-C throws away what was shown and not read yet: now and then what the program says about it, too.
fn keep_output(terminal: &OwnedFd) {
    let mut settings = tcgetattr(terminal).expect("it is a terminal");
    settings.local_modes |= LocalModes::NOFLSH;
    tcsetattr(terminal, OptionalActions::Now, &settings).expect("a terminal can be set");
}

/// What interrupts the program.
pub const CTRL_C: &[u8] = b"\x03";
/// What ends its input.
pub const CTRL_D: &[u8] = b"\x04";

const PATIENCE: Duration = Duration::from_secs(120);
