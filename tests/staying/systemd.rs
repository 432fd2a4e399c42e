//! What systemd is told, on a socket of the tests' own.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Staying, connections, server};
use crate::server::Server;
use crate::util::{Home, run};

fn messages(socket: &UnixDatagram, until: impl Fn(&str) -> bool) -> Vec<String> {
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut told: Vec<String> = Vec::new();
    loop {
        let mut octets = [0; 4096];
        let count = socket.recv(&mut octets).unwrap_or_else(|error| panic!("{error}: {told:#?}"));
        told.extend(String::from_utf8_lossy(&octets[..count]).lines().map(str::to_owned));
        if told.last().is_some_and(|last| until(last)) {
            return told;
        }
    }
}

#[test]
fn it_says_when_it_is_ready_what_it_does_and_that_it_is_alive() {
    let (home, server) = (Home::new(), server(&[]));
    let path = home.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let maildir = home.maildir();
    let flags = ["--tls", "none", "--every", "1h", "--maildir", maildir.to_str().unwrap()];
    let mut command = home.fetch(&server.url("ann"), &flags);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "400000");
    let staying = Staying::run(&home, &mut command);
    connections(&server, 1);
    let told = messages(&socket, |last| last.starts_with("STATUS=1 account; ann@"));
    assert_eq!(told[0], "READY=1");
    let told = messages(&socket, |last| last == "WATCHDOG=1");
    assert!(told.len() < 9, "{told:?}");
    messages(&socket, |last| last == "WATCHDOG=1");
    staying.signal(Signal::HUP);
    let told = messages(&socket, |last| last == "READY=1");
    let begin = told.iter().position(|line| line == "RELOADING=1").unwrap();
    assert!(told[begin + 1].starts_with("MONOTONIC_USEC="), "{told:?}");
    assert_eq!(staying.end(Signal::TERM), Some(0));
    messages(&socket, |last| last == "STOPPING=1");
}

fn expecting(home: &Home, command: &mut Command, watchdog: &str) -> UnixDatagram {
    let path = home.path("notify");
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", watchdog);
    UnixDatagram::bind(&path).unwrap()
}

/// What systemd hears from a command would be taken for our word.
#[test]
fn commands_are_not_told_of_systemd() {
    let (home, server) = (Home::new(), server(&[]));
    let seen = home.path("seen");
    let line = format!("cat {}; env > {}", home.path("password").display(), seen.display());
    let mut command = home.mailhaul(["fetch", &server.url("ann"), "--tls", "none", "--every", "1h"]);
    command.args(["--password-command", &line, "--maildir"]).arg(home.maildir()).env("CREDENTIALS_DIRECTORY", "/x");
    let socket = expecting(&home, &mut command, "60000000");
    let staying = Staying::run(&home, &mut command);
    messages(&socket, |last| last.starts_with("STATUS=1 account; ann@"));
    let environment = fs::read_to_string(seen).unwrap();
    assert!(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG_"), "{environment}");
    assert!(environment.contains("CREDENTIALS_DIRECTORY=/x\n"), "{environment}");
    assert_eq!(staying.end(Signal::TERM), Some(0));
}

/// A configuration file with one account.
fn config(home: &Home, server: &Server) -> PathBuf {
    let text = format!(
        "[defaults]\ntls = \"none\"\nevery = \"1h\"\npassword-file = {:?}\n[account.one]\nsource = {:?}\nmaildir = {:?}\n",
        home.path("password"),
        server.url("ann"),
        home.maildir()
    );
    home.write_private("config.toml", text.as_bytes())
}

/// In place of the file: a pipe whose other end somebody has, and writes nothing.
fn silent_pipe(path: &Path) -> fs::File {
    fs::remove_file(path).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    fs::File::options().read(true).write(true).open(path).unwrap()
}

/// A configuration that does not come must not look like a scheduler that hangs, nor become one.
#[test]
fn a_configuration_that_hangs_is_given_up_before_the_watchdog_comes() {
    let (home, server) = (Home::new(), server(&[]));
    let config = config(&home, &server);
    let mut command = home.mailhaul(["fetch", "--timeout", "10m", "--config", config.to_str().unwrap()]);
    let socket = expecting(&home, &mut command, "4000000");
    let staying = Staying::run(&home, &mut command);
    messages(&socket, |last| last.starts_with("STATUS=1 account; one: 2 new"));
    let held = silent_pipe(&config);
    staying.signal(Signal::HUP);
    let told = messages(&socket, |last| last == "READY=1");
    let begin = told.iter().position(|line| line == "RELOADING=1").unwrap();
    assert!(told[begin..].contains(&"WATCHDOG=1".to_owned()), "all of its time is there: {told:?}");
    staying.wait_for("- not-reloaded: the configuration is not usable, and the one from before still holds: ");
    messages(&socket, |last| last == "WATCHDOG=1");
    drop(held);
    assert_eq!(staying.end(Signal::TERM), Some(0));
}

#[test]
fn a_stop_does_not_wait_for_a_configuration_that_hangs() {
    let (home, server) = (Home::new(), server(&[]));
    let config = config(&home, &server);
    let mut command = home.mailhaul(["fetch", "--config", config.to_str().unwrap()]);
    let socket = expecting(&home, &mut command, "0");
    let staying = Staying::run(&home, &mut command);
    messages(&socket, |last| last.starts_with("STATUS=1 account; one: 2 new"));
    let _held = silent_pipe(&config);
    staying.signal(Signal::HUP);
    messages(&socket, |last| last.starts_with("MONOTONIC_USEC="));
    let log = home.path("log");
    assert_eq!(staying.end(Signal::TERM), Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("not-reloaded"), "{log}");
}

/// systemd tells each change to all who listen.
#[test]
fn many_accounts_do_not_flood_systemd() {
    let (home, server) = (Home::new(), server(&[]));
    let mut text = format!(
        "[defaults]\ntls = \"none\"\nevery = \"1s\"\npassword-file = {:?}\nmaildir = {:?}\n",
        home.path("password"),
        home.path("{account}")
    );
    for number in 0..100 {
        text += &format!("[account.a{number}]\nsource = {:?}\nstate-key = \"a{number}\"\n", server.url("ann"));
    }
    let config = home.write_private("config.toml", text.as_bytes());
    let mut command = home.mailhaul(["fetch", "--config", config.to_str().unwrap()]);
    let socket = expecting(&home, &mut command, "0");
    let begin = Instant::now();
    let staying = Staying::run(&home, &mut command);
    let counter = std::thread::spawn(move || {
        let told = messages(&socket, |last| last == "STOPPING=1");
        told.iter().filter(|line| line.starts_with("STATUS=")).count() as u64
    });
    connections(&server, 300);
    assert_eq!(staying.end(Signal::TERM), Some(0));
    let told = counter.join().unwrap();
    let seconds = begin.elapsed().as_secs();
    assert!((2..=seconds + 2).contains(&told), "{told} in {seconds} seconds");
}

/// Without this systemd would only say "protocol", and start it again and again.
#[test]
fn a_service_that_is_to_stay_needs_an_interval() {
    let (home, server) = (Home::new(), server(&[]));
    let mut command = home.fetch_maildir(&server.url("ann"), &["--tls", "none"]);
    let shell = "WATCHDOG_PID=$$ exec \"$@\"";
    let mut watched = Command::new("sh");
    watched.args(["-c", shell, "sh"]).arg(command.get_program()).args(command.get_args());
    watched.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    watched.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let _socket = expecting(&home, &mut watched, "60000000");
    run(&mut watched).code(78).says("systemd expects a process that stays").says("every = \"5m\"");
    assert_eq!(server.connections(), 0);
    // A command of a service is not the service.
    command.env("NOTIFY_SOCKET", home.path("notify")).env("WATCHDOG_USEC", "60000000").env("WATCHDOG_PID", "1");
    run(&mut command).code(0);
}
