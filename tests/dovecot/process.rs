//! Dovecot's processes: the master, and the children that it alone knows.

use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::config::Config;

/// A server that answers.
pub(super) struct Process {
    master: Child,
}

/// What came of a start.
pub(super) enum Started {
    /// It answers on its ports.
    Ready(Process),
    /// Somebody else has one of its ports.
    PortTaken,
}

impl Process {
    /// Starts Dovecot and waits until it answers.
    ///
    /// It stays in the group of the test's processes, so that whatever ends them from outside, such as Ctrl-C or a
    /// runner's time limit, ends it too.
    pub(super) fn start(config: &Config) -> Started {
        let early_log = File::create(config.early_log()).expect("create the log");
        let master = Command::new(BINARY)
            .args(["-F".as_ref(), "-c".as_ref(), config.file().as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(early_log)
            .spawn()
            .expect("start dovecot");
        Self { master }.when_ready(config)
    }

    fn when_ready(mut self, config: &Config) -> Started {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.master.try_wait().expect("wait for dovecot").is_some() {
                let log = config.log();
                assert!(log.contains("Address already in use"), "Dovecot ended at once:\n{log}");
                return Started::PortTaken;
            }
            if greets(config.port_pop3, &config.token()) {
                return Started::Ready(self);
            }
            thread::sleep(TICK);
        }
        self.stop();
        panic!("Dovecot does not answer on port {}:\n{}", config.port_pop3, config.log());
    }

    /// Ends all processes: asks first. The master would wait a second for the last of them, its logger; that is killed.
    pub(super) fn stop(&mut self) {
        if self.master.try_wait().expect("wait for dovecot").is_some() {
            return;
        }
        let master = Pid::from_child(&self.master);
        signal(master, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && children(master).len() > 1 {
            thread::sleep(TICK);
        }
        children(master).into_iter().for_each(|pid| signal(pid, Signal::KILL));
        self.master.kill().expect("kill dovecot");
        self.master.wait().expect("wait for dovecot");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The version of the installed Dovecot, if it has its POP3 part.
pub(super) fn version() -> Option<String> {
    if !Path::new(POP3).exists() {
        return None;
    }
    let output = Command::new(BINARY).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether the installed Dovecot has its IMAP and LMTP parts.
pub(super) fn serves_imap_and_lmtp() -> bool {
    [IMAP, LMTP].iter().all(|part| Path::new(part).exists())
}

/// Whether the server on `port` is the one that says `token`.
fn greets(port: u16, token: &str) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(stream) = TcpStream::connect_timeout(&address, PATIENCE) else { return false };
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let mut greeting = String::new();
    BufReader::new(stream).read_line(&mut greeting).is_ok() && greeting.contains(token)
}

/// The processes that `master` has started: every process of Dovecot is one of them.
fn children(master: Pid) -> Vec<Pid> {
    let pid = master.as_raw_pid();
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// Sends `signal`, which is no error to a process that has gone.
fn signal(pid: Pid, signal: Signal) {
    kill_process(pid, signal).ok();
}

const BINARY: &str = "/usr/sbin/dovecot";
const POP3: &str = "/usr/lib/dovecot/pop3";
const IMAP: &str = "/usr/lib/dovecot/imap";
const LMTP: &str = "/usr/lib/dovecot/lmtp";

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the processes may take to end by themselves.
const GRACE: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_millis(5);
