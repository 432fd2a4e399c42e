//! `fetch --every`: one process that polls, with a server that fails, hangs, throttles and recovers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use super::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use super::util::{Home, run, wait_until};

mod many;
mod systemd;

/// The program, staying; ended when it is dropped.
pub struct Staying {
    child: Child,
    log: PathBuf,
}

impl Staying {
    /// Runs it, with its standard error in a file.
    pub fn run(home: &Home, command: &mut Command) -> Self {
        let log = home.path("log");
        let child = command.stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
        Self { child, log }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        wait_until(&format!("{text} in {}", self.log()), || self.log().contains(text));
    }

    /// Ends it by a signal; its exit code.
    pub fn end(mut self, signal: Signal) -> Option<i32> {
        self.signal(signal);
        wait_until("its end", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

const CAPABILITIES: [&str; 3] = ["TOP", "UIDL", "USER"];

fn server(faults: &[(std::ops::Range<usize>, Fault)]) -> Server {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
    // Without SASL, so that PASS is what logs in.
    let config = Config::new(&maildrop).capabilities(CAPABILITIES, CAPABILITIES);
    let config = faults.iter().fold(config, |config, (range, fault)| config.fault_on(range.clone(), fault.clone()));
    Server::start(config)
}

fn stay(home: &Home, server: &Server, more: &[&str]) -> Staying {
    let flags = [&["--tls", "none"], more].concat();
    Staying::run(home, &mut home.fetch_maildir(&server.url("ann"), &flags))
}

fn connections(server: &Server, count: usize) {
    wait_until(&format!("{count} connections"), || server.connections() >= count);
}

#[test]
fn it_polls_until_it_is_told_to_stop() {
    let (home, server) = (Home::new(), server(&[]));
    let staying = stay(&home, &server, &["--every", "1s"]);
    staying.wait_for("fetched: 2 new messages");
    server.maildrop().add_generated(9, 300);
    staying.wait_for("fetched: 1 new message");
    connections(&server, 4);
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert!(log.contains(" - started: 1 account, fetched every 1 second\n"), "{log}");
    assert!(!log.contains("no new messages"), "{log}");
    let is_dated = |line: &str| line.as_bytes().get(10) == Some(&b'T') && line.contains("Z ");
    assert!(log.lines().all(is_dated), "{log}");
    assert_eq!(home.maildir_messages().len(), 3);
}

/// Also in the midst of a fetch.
#[test]
fn a_fetch_that_hangs_does_not_keep_it() {
    for phase in [Phase::Greeting, Phase::Uidl, Phase::RetrBody(1, 100)] {
        let (home, server) = (Home::new(), server(&[(0..9, Fault::Stall(phase))]));
        let staying = stay(&home, &server, &["--every", "1s"]);
        connections(&server, 1);
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(staying.end(Signal::TERM), Some(0), "{phase:?}");
    }
}

#[test]
fn a_signal_polls_at_once_and_another_ends_like_ctrl_c() {
    let (home, server) = (Home::new(), server(&[]));
    let staying = stay(&home, &server, &["--every", "1h"]);
    staying.wait_for("fetched: 2 new messages");
    server.maildrop().add_generated(9, 300);
    // Not before the fetch has ended altogether.
    wait_until("the fetch is noted", || log_lines(&home) == 1);
    staying.signal(Signal::USR1);
    staying.wait_for("fetched: 1 new message");
    wait_until("the second is noted", || log_lines(&home) == 2);
    assert_eq!(staying.end(Signal::INT), None, "by the signal");
}

fn log_lines(home: &Home) -> usize {
    run(&mut home.mailhaul(["log"])).stdout.lines().count()
}

#[test]
fn the_configuration_is_read_again_and_a_wrong_one_is_told() {
    let (home, one, two) = (Home::new(), server(&[]), server(&[]));
    let config = |accounts: &[(&str, &Server)]| {
        let mut text =
            format!("[defaults]\ntls = \"none\"\nevery = \"1h\"\npassword-file = {:?}\n", home.path("password"));
        for (name, server) in accounts {
            let maildir = home.path(&format!("Mail-{name}"));
            text += &format!(
                "[account.{name}]\nsource = {:?}\nstate-key = {name:?}\nmaildir = {maildir:?}\n",
                server.url("ann")
            );
        }
        home.write_private("config.toml", text.as_bytes());
    };
    config(&[("one", &one)]);
    let path = home.path("config.toml");
    let staying = Staying::run(&home, &mut home.mailhaul(["fetch", "--config", path.to_str().unwrap()]));
    staying.wait_for("one fetched: 2 new messages");
    config(&[("one", &one), ("two", &two)]);
    staying.signal(Signal::HUP);
    staying.wait_for("- reloaded: ");
    staying.wait_for("two fetched: 2 new messages");
    home.write_private("config.toml", b"[account.one\n");
    staying.signal(Signal::HUP);
    staying.wait_for("- not-reloaded: the configuration is not usable, and the one from before still holds: ");
    one.maildrop().add_generated(9, 300);
    staying.signal(Signal::USR1);
    staying.wait_for("one fetched: 1 new message");
    config(&[("two", &two)]);
    staying.signal(Signal::HUP);
    wait_until("two reloads", || staying.log().matches("- reloaded: ").count() == 2);
    let before = one.connections();
    let before_two = two.connections();
    staying.signal(Signal::USR1);
    connections(&two, before_two + 1);
    assert_eq!(one.connections(), before, "it is not in the configuration any more");
    assert_eq!(staying.end(Signal::TERM), Some(0));
}

#[test]
fn trouble_is_told_when_it_begins_and_when_it_is_over() {
    let busy = Fault::Reply { verb: "PASS", raw: b"-ERR [SYS/TEMP] come back later\r\n".to_vec() };
    let (home, server) = (Home::new(), server(&[(1..4, busy)]));
    let alerts = home.path("alerts");
    let note = format!("cat >> {}", alerts.display());
    let flags = ["--every", "1s", "--max-backoff", "1s", "--on-failure", &note, "--on-recovery", &note];
    let staying = stay(&home, &server, &flags);
    staying.wait_for("recovered: works again");
    connections(&server, 6);
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert_eq!(log.matches(" failed: ").count(), 1, "{log}");
    let told = fs::read_to_string(alerts).unwrap();
    let events: Vec<bool> = told.lines().map(|line| line.contains("\"event\":\"recovery\"")).collect();
    assert_eq!(events, [false, true], "{told}");
}

/// Restarted by systemd again and again, it must not ask a server that is in trouble each time.
#[test]
fn a_restart_does_not_forget_failures() {
    let busy = Fault::Reply { verb: "PASS", raw: b"-ERR [SYS/TEMP] come back later\r\n".to_vec() };
    let (home, server) = (Home::new(), server(&[(0..99, busy)]));
    let staying = stay(&home, &server, &["--every", "1h"]);
    staying.wait_for(" failed: ");
    assert_eq!(staying.end(Signal::TERM), Some(0));
    let staying = stay(&home, &server, &["--every", "1h"]);
    staying.wait_for("started: ");
    staying.signal(Signal::USR1);
    connections(&server, 2);
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert_eq!(server.connections(), 2, "only when it was asked for");
}

/// RFC 2449 section 6.5.
#[test]
fn a_server_that_wants_time_between_logins_gets_it() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
    let capabilities = ["TOP", "UIDL", "USER", "LOGIN-DELAY 3"];
    let server = Server::start(Config::new(&maildrop).capabilities(capabilities, capabilities));
    let home = Home::new();
    let staying = stay(&home, &server, &["--every", "1s", "-v"]);
    connections(&server, 3);
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert!(!log.contains("failed") && !log.contains("waiting for"), "{log}");
}

/// A password on standard input is there once.
#[test]
fn a_password_of_standard_input_is_kept() {
    let (home, server) = (Home::new(), server(&[]));
    let maildir = home.maildir();
    let flags = ["--tls", "none", "--every", "1s", "--password-file", "-", "--maildir", maildir.to_str().unwrap()];
    let mut command = home.mailhaul([&["fetch", &server.url("ann")], &flags[..]].concat());
    let password = fs::File::open(home.path("password")).unwrap();
    let staying = Staying::run(&home, command.stdin(password));
    connections(&server, 3);
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert!(!log.contains("failed"), "{log}");
}

/// Mail goes on, and so does the end.
#[test]
fn a_reader_that_stops_reading_holds_nothing_up() {
    let (home, server) = (Home::new(), server(&[]));
    let mut command = home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--every", "1s", "-vv", "--json"]);
    let mut child = command.spawn().unwrap(); // nobody reads its pipes
    let filled = || {
        let pipe = child.stderr.as_ref().unwrap();
        rustix::io::ioctl_fionread(pipe).unwrap()
    };
    // With room for one page, it is full after the first line.
    rustix::pipe::fcntl_setpipe_size(child.stderr.as_ref().unwrap(), 4096).unwrap();
    wait_until("the pipe is full", || filled() > 0);
    let then = server.connections();
    connections(&server, then + 3);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    wait_until("its end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Several accounts would ask side by side, and nobody may be there any more.
#[test]
fn nobody_is_asked_for_a_password_later() {
    let (home, server) = (Home::new(), server(&[]));
    let maildir = home.maildir();
    let flags = ["--tls", "none", "--every", "1s", "--maildir", maildir.to_str().unwrap()];
    let mut command = home.mailhaul([&["fetch", &server.url("ann")], &flags[..]].concat());
    let staying = Staying::run(&home, &mut command);
    staying.wait_for("asks for one only when it starts");
    assert_eq!(staying.end(Signal::TERM), Some(0));
}

#[test]
fn what_cannot_be_noted_is_told_by_the_command_too() {
    let (home, server) = (Home::new(), server(&[]));
    let note = format!("cat >> {}", home.path("alerts").display());
    let state = home.write_private("state-file", b"");
    let flags =
        ["--every", "1s", "--on-failure", &note, "--on-recovery", &note, "--state-dir", state.to_str().unwrap()];
    let staying = stay(&home, &server, &flags);
    staying.wait_for(" failed: ");
    let told = || fs::read_to_string(home.path("alerts")).unwrap_or_default();
    wait_until("an alert", || told().contains("\"event\":\"failure\""));
    fs::remove_file(&state).unwrap();
    staying.wait_for("recovered: what is seen can be noted again");
    wait_until("its end", || told().contains("\"event\":\"recovery\""));
    assert_eq!(told().lines().count(), 2, "{}", told());
    assert_eq!(staying.end(Signal::TERM), Some(0));
}

#[test]
fn every_is_a_setting_like_others() {
    let (home, server) = (Home::new(), server(&[]));
    let once = |variable: &str, more: &[&str]| {
        let flags = [&["--tls", "none"], more].concat();
        let mut command = home.fetch_maildir(&server.url("ann"), &flags);
        run(command.env("MAILHAUL_EVERY", variable)).code(0).silent();
    };
    once("none", &[]);
    once("1s", &["--every", "none"]);
    once("1s", &["--dry-run", "-q"]);
    let again = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--every", "1s", "--all"]));
    again.code(64).says("--all would fetch everything again");
    let wrong = run(&mut home.fetch_maildir(&server.url("ann"), &["--every", "5"]));
    wrong.code(64).says("--every").says("such as 5m");
}

/// The object of a line: its time, account, event.
#[test]
fn a_log_can_be_json() {
    let (home, server) = (Home::new(), server(&[]));
    let staying = stay(&home, &server, &["--every", "1s", "--log-format", "json", "--json"]);
    staying.wait_for("\"event\":\"fetched\"");
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["time"].is_string() && object["event"].is_string() && object["level"].is_string(), "{line}");
    }
}

fn descriptors(pid: Pid) -> usize {
    fs::read_dir(Path::new("/proc").join(pid.as_raw_nonzero().to_string()).join("fd")).unwrap().count()
}

/// KiB of memory that the process has.
fn memory(pid: Pid) -> u64 {
    let status = fs::read_to_string(Path::new("/proc").join(pid.as_raw_nonzero().to_string()).join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
