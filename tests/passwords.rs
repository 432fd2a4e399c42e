//! Where a password comes from when no flag says it, which source comes first, and what is left of it in memory.
//!
//! What holds for every source, and for the flags, is in `secrets`.

use std::process::Command;

use super::server::{Config, Maildrop, Server};
use super::util::{Home, Ran, run};

mod command;
mod keyring;
mod memory;
mod netrc;
mod offer;
mod order;
mod pipes;
mod terminal;

/// Not a word of any message.
const PASSWORD: &str = "Tr0ub\\4dor & \u{e9}3 staple";

/// A server for ann with [`PASSWORD`].
fn server() -> Server {
    Server::start(Config::new(&Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])).login("ann", PASSWORD))
}

/// A command that talks to a scripted server, without a password.
fn mailhaul(home: &Home, server: &Server, verb: &str, more: &[&str]) -> Command {
    let (url, maildir) = (server.url("ann"), home.maildir());
    let mut command = home.mailhaul([verb, &url, "--tls", "none"]);
    if verb == "fetch" {
        command.arg("--maildir").arg(maildir);
    }
    command.args(more);
    command
}

/// The same, run.
fn ran(home: &Home, server: &Server, verb: &str, more: &[&str]) -> Ran {
    run(&mut mailhaul(home, server, verb, more))
}

/// Nothing that was said, and no file of the ledger, holds [`PASSWORD`].
#[track_caller]
fn assert_not_shown(home: &Home, ran: &Ran) {
    assert!(!ran.stdout.contains("Tr0ub") && !ran.stderr.contains("Tr0ub"), "{}", ran.everything());
    for path in super::util::names(&home.state()).iter().filter(|path| path.is_file()) {
        let content = std::fs::read(path).unwrap();
        assert!(!content.windows(5).any(|octets| octets == b"Tr0ub"), "it is in {}", path.display());
    }
}
