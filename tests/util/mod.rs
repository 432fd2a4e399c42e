//! Runs the real binary in a home of its own, and shows everything about it when a test fails.

#![allow(dead_code)] // not every helper is used by every test

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Once};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// A folder that is a user's home for one test: the ledger, the Maildir and the mbox of a test are in it.
pub struct Home {
    dir: tempfile::TempDir,
}

/// What a run of the program did.
#[derive(Debug)]
pub struct Ran {
    pub command: String,
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    /// An empty home with the password `secret` in a private file.
    pub fn new() -> Self {
        Self::new_in(scratch())
    }

    /// As [`Home::new`], but not in memory: for a test of what a disk does.
    pub fn on_disk() -> Self {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(folder: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("mailhaul-test").tempdir_in(folder).unwrap();
        let home = Self { dir };
        home.write_private("password", b"secret\n");
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn maildir(&self) -> PathBuf {
        self.path("Mail")
    }

    pub fn mbox(&self) -> PathBuf {
        self.path("mbox")
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Writes a file with mode 0600.
    pub fn write_private(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The program, with a clean environment, this home, and no standard input.
    pub fn mailhaul<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        stop_passing_on_ignored_signals();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailhaul"));
        command.args(args).env_clear().env("HOME", self.dir.path()).env("PATH", "/usr/bin:/bin");
        command.env("MAILHAUL_STATE_DIR", self.state());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `mailhaul fetch` of `url` into the Maildir, with the password file; more flags in `more`.
    pub fn fetch_maildir(&self, url: &str, more: &[&str]) -> Command {
        let maildir = self.maildir();
        self.fetch(url, &[&["--maildir", maildir.to_str().unwrap()], more].concat())
    }

    /// `mailhaul fetch` of `url` into the mbox, with the password file; more flags in `more`.
    pub fn fetch_mbox(&self, url: &str, more: &[&str]) -> Command {
        let mbox = self.mbox();
        self.fetch(url, &[&["--mbox", mbox.to_str().unwrap()], more].concat())
    }

    /// `mailhaul fetch` of `url` with the password file, and with `more`.
    pub fn fetch(&self, url: &str, more: &[&str]) -> Command {
        let password = self.path("password");
        let common = ["fetch", url, "--password-file", password.to_str().unwrap()];
        self.mailhaul([&common, more].concat())
    }

    /// The contents of the messages in `new/` and `cur/` of the Maildir, sorted.
    pub fn maildir_messages(&self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        for folder in ["new", "cur"] {
            let folder = self.maildir().join(folder);
            if folder.exists() {
                messages.extend(fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()));
            }
        }
        messages.sort();
        messages
    }

    /// The messages of the mbox, unquoted, without their `From ` lines, sorted.
    pub fn mbox_messages(&self) -> Vec<Vec<u8>> {
        let mut messages = match fs::read(self.mbox()) {
            Ok(mbox) => split_mbox(&mbox),
            Err(_) => Vec::new(),
        };
        messages.sort();
        messages
    }

    /// Files that a finished run must not leave: in `tmp/`, spools, lock files of the mbox.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut left: Vec<PathBuf> = names(&self.maildir().join("tmp"));
        left.extend(names(self.dir.path()).into_iter().filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with(".mailhaul-") || name.ends_with(".lock")
        }));
        left
    }
}

/// The folder for the homes: in memory, if there is much of it. A run syncs files all the time, and no test that is not
/// told by `strace` could see what becomes of that: on a disk, most of the time would be spent waiting for it.
///
/// `TMPDIR` names another one.
fn scratch() -> &'static Path {
    static SCRATCH: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = Path::new("/dev/shm");
        let has_room = || rustix::fs::statvfs(memory).is_ok_and(|about| about.f_bavail * about.f_frsize >= MUCH_MEMORY);
        match std::env::var_os("TMPDIR").is_none() && has_room() && tempfile::tempfile_in(memory).is_ok() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        }
    });
    &SCRATCH
}

/// Says that a test, or a part of it, cannot be run on this machine: past the test harness, which would swallow it.
///
/// With `CI=true` in the environment this is a failure: there, nothing may be skipped.
#[track_caller]
pub fn not_run(what: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI must run it: {what}");
    say_not_run(what);
}

/// As [`not_run`], for what a build without some feature cannot have: that is no failure anywhere.
pub fn not_built(what: &str) {
    say_not_run(what);
}

/// As [`not_run`], for what the machine itself may forbid, and CI's too: that is no failure anywhere, but is told.
pub fn not_allowed_here(what: &str) {
    say_not_run(what);
}

fn say_not_run(what: &str) {
    writeln!(std::io::stderr().lock(), "!!!! NOT RUN: {what}").unwrap();
}

/// Lets programs that are started from here on take signals, even if the tests were started to ignore them, as by nohup
/// or in the background of a script. An ignored signal stays ignored in every program that is started; one that is caught
/// does not. The tests themselves go on to ignore it.
pub fn stop_passing_on_ignored_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default(); // no Linux: signals stay as they are
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 1) {
            signal_hook::flag::register(signal, Arc::default()).unwrap();
        }
    });
}

/// Everything in a folder.
pub fn names(folder: &Path) -> Vec<PathBuf> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

/// A message in LF form as it stands in an mbox, but for its quotes: fields that belong to the mbox have another name.
pub fn in_an_mbox(message: &[u8]) -> Vec<u8> {
    let reserved = ["content-length", "status", "x-status", "x-uid", "x-keywords", "x-imap", "x-imapbase"];
    let mut in_header = true;
    let lines = message.split_inclusive(|&octet| octet == b'\n').map(|line| {
        in_header &= line != b"\n";
        let name = line.split(|&octet| octet == b':').next().unwrap().to_ascii_lowercase();
        let is_reserved = reserved.iter().any(|reserved| reserved.as_bytes() == name);
        let prefix: &[u8] = if in_header && is_reserved { b"X-Original-" } else { b"" };
        [prefix, line].concat()
    });
    lines.collect::<Vec<_>>().concat()
}

/// The messages of an mboxrd file in LF form, unquoted. Panics where it is none.
pub fn split_mbox(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut after_empty_line = true;
    for line in mbox.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b"From ") {
            assert!(after_empty_line, "a From_ line without an empty line before it");
            messages.push(Vec::new());
        } else {
            let unquoted = match line.iter().position(|&octet| octet != b'>') {
                Some(at) if at > 0 && line[at..].starts_with(b"From ") => &line[1..],
                _ => line,
            };
            messages.last_mut().expect("the mbox does not begin with a From_ line").extend_from_slice(unquoted);
        }
        after_empty_line = line == b"\n";
    }
    for message in &mut messages {
        assert_eq!(message.pop(), Some(b'\n'), "a message without an empty line behind it");
    }
    messages
}

/// Runs a command to its end; kills it, and fails, when that does not come within two minutes.
pub fn run(command: &mut Command) -> Ran {
    let shown = format!("{command:?}");
    let child = command.spawn().unwrap();
    finish(child, shown, Duration::from_secs(120))
}

/// The same command in a session without a terminal, as under cron, whoever runs the tests.
pub fn without_terminal(command: &Command) -> Command {
    under(&["setsid", "--wait"], command)
}

/// The same command of root, without root's right to give files away.
pub fn without_chown(test: &str, command: &Command) -> Option<Command> {
    let drop = ["setpriv", "--bounding-set=-chown"];
    let is_root = rustix::process::geteuid().is_root();
    if is_root && Command::new(drop[0]).args(&drop[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        return Some(under(&drop, command));
    }
    not_run(&format!("{test}: needs root, and setpriv to drop its rights"));
    None
}

/// The same command of the user 1, started by root. The program is copied into the home, which everybody may enter: the
/// folder that it was built in may not be open to others.
pub fn as_another_user(test: &str, home: &Home, command: &Command) -> Option<Command> {
    let change = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"];
    let is_root = rustix::process::geteuid().is_root();
    if !is_root || !Command::new(change[0]).args(&change[1..]).arg("true").status().is_ok_and(|done| done.success()) {
        not_run(&format!("{test}: needs root, and setpriv to become another user"));
        return None;
    }
    let program = home.path("mailhaul");
    copy_program(command, &program);
    fs::set_permissions(home.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let mut there = Command::new(program);
    there.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(under(&change, &there))
}

/// Copies the program of a command, by a process of its own: what a thread of the tests starts meanwhile would hold our open
/// file for a moment, and a file that is open for writing cannot be run.
pub fn copy_program(command: &Command, to: &Path) {
    let done = Command::new("cp").arg(command.get_program()).arg(to).status().unwrap();
    assert!(done.success(), "cp: {done}");
}

/// The same command as the last words of another program.
pub fn under(program: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(program[0]);
    wrapped.args(&program[1..]).arg(command.get_program()).args(command.get_args()).env_clear();
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    wrapped.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    wrapped
}

/// Runs a command with something on its standard input.
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Ran {
    let shown = format!("{command:?}");
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    finish(child, shown, Duration::from_secs(120))
}

/// Waits, but not for ever.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let ends = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < ends, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for a child that writes to pipes.
pub fn finish(child: Child, command: String, limit: Duration) -> Ran {
    let pid = rustix::process::Pid::from_child(&child);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let begun = Instant::now();
    let output: Output = match receiver.recv_timeout(limit) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
            let output = receiver.recv().unwrap().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            panic!("{command}\nstill ran after {:?}\nstandard error:\n{stderr}", begun.elapsed());
        }
    };
    Ran {
        command,
        code: output.status.code(),
        signal: output.status.signal(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ran {
    /// The run ended with this exit code.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert!(self.code == Some(code), "expected exit code {code}\n{}", self.everything());
        self
    }

    /// The run was ended by SIGINT, as a shell's loop wants it.
    #[track_caller]
    pub fn interrupted(&self) -> &Self {
        assert!(self.signal == Some(SIGINT), "expected an end by SIGINT\n{}", self.everything());
        self
    }

    /// Nothing was printed: as cron wants it.
    #[track_caller]
    pub fn silent(&self) -> &Self {
        assert!(self.stdout.is_empty() && self.stderr.is_empty(), "expected no output\n{}", self.everything());
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "expected {text:?} on standard error\n{}", self.everything());
        self
    }

    /// Standard output has this text.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "expected {text:?} on standard output\n{}", self.everything());
        self
    }

    /// What a failed assertion shows.
    pub fn everything(&self) -> String {
        let mut text = String::new();
        writeln!(text, "command: {}", self.command).unwrap();
        writeln!(text, "exit code: {:?}, signal: {:?}", self.code, self.signal).unwrap();
        writeln!(text, "standard output:\n{}\nstandard error:\n{}", self.stdout, self.stderr).unwrap();
        text
    }
}

/// The same octets; the message of a failure stays short.
#[track_caller]
pub fn assert_same_messages(found: &[Vec<u8>], expected: &[Vec<u8>]) {
    let short = |message: &Vec<u8>| String::from_utf8_lossy(&message[..message.len().min(200)]).into_owned();
    let missing: Vec<String> = expected.iter().filter(|message| !found.contains(message)).map(short).take(3).collect();
    let strange: Vec<String> = found.iter().filter(|message| !expected.contains(message)).map(short).take(3).collect();
    assert!(
        found == expected,
        "{} messages expected, {} found; the first missing: {missing:#?}, the first strange: {strange:#?}",
        expected.len(),
        found.len()
    );
}

/// Octets, several times what all tests that run at the same time need.
const MUCH_MEMORY: u64 = 2 << 30;
