//! A password is in memory while a session lasts, and may be needed for the next one. So there is no core dump, nobody
//! but root can look, and there is no more of it than what is needed.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine};
use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, Signal, geteuid, kill_process, prlimit};

use super::super::server::{AfterScripts, Config, Fault, Phase, Script, Server, Step, expect, send};
use super::super::util::{Home, names, not_run, wait_until};

/// Long: what the allocator writes into a piece of memory that was given back hides its beginning.
const PASSWORD: &str = "correct horse battery staple, correct horse battery staple, Tr0ub4dor";

/// A run that has logged in, and whose server says nothing more. Dropping it ends it.
struct Waiting {
    child: Child,
    home: Home,
    server: Server,
}

impl Waiting {
    /// `change` adds the password, to a command that lacks it.
    fn start(auth: &str, change: impl FnOnce(&Home, &mut Command)) -> Self {
        let config = match auth {
            "xoauth2" => Config::scripted([takes_tokens()], AfterScripts::Repeat),
            _ => Config::default().login("ann", PASSWORD).fault(Fault::Stall(Phase::Uidl)),
        };
        let (home, server) = (Home::new(), Server::start(config));
        let (url, maildir) = (server.url("ann"), home.maildir());
        let mut command = home.mailhaul(["fetch", &url, "--tls", "none", "--auth", auth]);
        command.arg("--maildir").arg(maildir).current_dir(home.path(""));
        change(&home, &mut command);
        let child = command.spawn().unwrap();
        let waiting = Self { child, home, server };
        wait_until("it has logged in", || waiting.server.has_heard("UIDL"));
        waiting
    }

    fn with_file(auth: &str) -> Self {
        Self::start(auth, |home, command| {
            command.arg("--password-file").arg(home.write_private("pw", PASSWORD.as_bytes()));
        })
    }

    fn with_cores_allowed() -> Self {
        Self::start("plain", |home, command| {
            command.arg("--password-file").arg(home.write_private("pw", PASSWORD.as_bytes()));
            allow_cores(command);
        })
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it as a bug would.
    fn abort(mut self) -> (ExitStatus, Home) {
        kill_process(self.pid(), Signal::ABORT).unwrap();
        let status = self.child.wait().unwrap();
        (status, std::mem::replace(&mut self.home, Home::new()))
    }

    /// All memory that was ever written to; none where it may not be seen.
    fn memory(&self) -> Option<Vec<u8>> {
        let folder = format!("/proc/{}", self.child.id());
        let denied = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
        let maps = match fs::read_to_string(format!("{folder}/maps")) {
            Err(error) if denied(&error) => return None,
            maps => maps.unwrap(),
        };
        let mut memory = File::open(format!("{folder}/mem")).unwrap();
        let mut octets = Vec::new();
        for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.contains('w'))) {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
            memory.seek(SeekFrom::Start(from)).unwrap();
            memory.by_ref().take(to - from).read_to_end(&mut octets).unwrap();
        }
        Some(octets)
    }
}

/// The dialogue of a server that takes any token, up to UIDL.
fn takes_tokens() -> Script {
    let capabilities = || send("+OK\r\nUIDL\r\nSASL XOAUTH2\r\n.");
    let login = [expect("AUTH XOAUTH2"), send("+ "), Step::ExpectAny, send("+OK")];
    let before = [send("+OK ready"), expect("CAPA"), capabilities()];
    let after = [expect("CAPA"), capabilities(), expect("UIDL"), Step::Stall];
    [&before[..], &login, &after].concat()
}

/// How to begin one.
struct Run {
    auth: &'static str,
    change: fn(&Home, &mut Command),
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

/// Runs the command behind a shell that allows core dumps: of any size, as root may, or as large as it may.
fn allow_cores(command: &mut Command) {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -c unlimited || ulimit -c $(ulimit -H -c); exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).process_group(0);
    shell.current_dir(command.get_current_dir().unwrap()).stdin(Stdio::null());
    *command = shell;
}

/// Does this system write core dumps at all, for a process like any other?
fn writes_cores(folder: &Home) -> bool {
    let mut sleep = Command::new("sleep");
    allow_cores(sleep.arg("300").current_dir(folder.path("")));
    let mut child = sleep.spawn().unwrap();
    wait_until("sleep has begun, or the shell has refused", || {
        let name = fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap_or_default();
        name == "sleep\n" || child.try_wait().unwrap().is_some()
    });
    kill_process(Pid::from_child(&child), Signal::ABORT).ok(); // without the shell's consent there is nobody
    child.wait().unwrap().core_dumped()
}

fn cores(home: &Home) -> usize {
    names(&home.path("")).iter().filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("core")).count()
}

#[test]
fn no_core_dump_is_written() {
    if !writes_cores(&Home::new()) {
        // The limit is asserted below in any case.
        return not_run("no_core_dump_is_written: this system writes none for anybody");
    }
    let (status, home) = Waiting::with_cores_allowed().abort();
    assert_eq!((status.signal(), status.core_dumped(), cores(&home)), (Some(6), false, 0));
    // It is not the limit alone: root could raise that from outside.
    let waiting = Waiting::with_cores_allowed();
    match prlimit(Some(waiting.pid()), Resource::Core, Rlimit { current: None, maximum: None }) {
        Err(Errno::PERM) if !geteuid().is_root() => return,
        raised => drop(raised.unwrap()),
    }
    let (status, home) = waiting.abort();
    assert_eq!((status.signal(), status.core_dumped(), cores(&home)), (Some(6), false, 0));
}

#[test]
fn a_core_dump_would_have_no_octet() {
    let waiting = Waiting::with_cores_allowed();
    let limits = fs::read_to_string(format!("/proc/{}/limits", waiting.child.id())).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(limit.split_whitespace().next(), Some("0"), "{limits}");
}

/// Everything that is there to be seen of a process is root's; for root itself there are no secrets.
#[test]
fn nobody_but_root_can_look() {
    let waiting = Waiting::with_file("plain");
    let about = fs::metadata(format!("/proc/{}/environ", waiting.child.id())).unwrap();
    assert_eq!(about.uid(), 0);
    assert_eq!(waiting.memory().is_some(), geteuid().is_root());
}

/// The credentials of the next session, and what is masked if the server repeats it. Buffers that it went through are
/// wiped, and nothing that has moved has left a piece of it behind. That cannot be said of a password in the configuration
/// file, which the TOML parser copies, nor of one from the keyring, which the bus carries.
#[test]
fn there_is_no_more_of_it_than_what_is_needed() {
    let response = |auth: &str| match auth {
        "plain" => Some(BASE64_STANDARD.encode(format!("\0ann\0{PASSWORD}"))),
        "xoauth2" => Some(BASE64_STANDARD.encode(format!("user=ann\x01auth=Bearer {PASSWORD}\x01\x01"))),
        _ => None, // the password itself
    };
    let in_file = |home: &Home, command: &mut Command| {
        command.arg("--password-file").arg(home.write_private("pw", PASSWORD.as_bytes()));
    };
    let from_command = |home: &Home, command: &mut Command| {
        let file = home.write_private("pw", PASSWORD.as_bytes());
        command.arg("--password-command").arg(format!("cat {}", file.display()));
    };
    let in_netrc = |home: &Home, _: &mut Command| {
        let netrc = format!("machine localhost login ann password \"{PASSWORD}\"\n");
        home.write_private(".netrc", netrc.as_bytes());
    };
    let on_input = |home: &Home, command: &mut Command| {
        let file = home.write_private("pw", PASSWORD.as_bytes());
        command.args(["--password-file", "-"]).stdin(File::open(file).unwrap());
    };
    let run = |auth, change| Run { auth, change };
    let runs = [
        run("plain", in_file),
        run("user", in_file),
        run("plain", from_command),
        run("plain", in_netrc),
        run("user", on_input),
        run("xoauth2", in_file),
    ];
    let waiting = std::thread::scope(|scope| {
        let started = runs.map(|Run { auth, change }| (auth, scope.spawn(move || Waiting::start(auth, change))));
        started.map(|(auth, waiting)| (auth, waiting.join().unwrap()))
    });
    for (at, (auth, waiting)) in waiting.into_iter().enumerate() {
        let Some(memory) = waiting.memory() else {
            assert!(!geteuid().is_root());
            return; // that nobody can look is asserted above
        };
        let count = |text: &str| memchr::memmem::find_iter(&memory, text).count();
        assert_eq!(count(PASSWORD), COPIES, "{auth}, run {at}");
        assert_eq!(count(&PASSWORD[32..]), COPIES, "a piece was left: {auth}, run {at}");
        if let Some(response) = response(auth) {
            assert_eq!(count(&response), 1, "{auth}, run {at}");
            assert_eq!(count(&response[40..]), 1, "a piece was left: {auth}, run {at}");
        }
    }
}

/// In the credentials, and in what is masked.
const COPIES: usize = 2;
