//! What systemd is told, on a socket of the tests' own.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;

use super::{Staying, connections, server};
use crate::util::Home;

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
