//! How sessions end: with QUIT, and in TLS with close_notify, so that nothing about it is in the server's log.

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::server::{Ending, TlsMode};
use crate::util::finish;

#[test]
fn every_command_ends_tls_with_close_notify() {
    for (verb, more) in [
        ("noop", &[][..]),
        ("info", &[]),
        ("stat", &[]),
        ("list", &[]),
        ("retr", &["1"]),
        ("dele", &["1", "--yes"]),
        ("state", &["seen"]),
    ] {
        for tls in [TlsMode::Implicit, TlsMode::Starttls] {
            let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
            let (home, server) = (Home::new(), Server::start(Config::new(&maildrop).tls(tls)));
            let (url, ca_file) = (server.url("ann"), server.ca_file());
            let words = match more {
                ["seen"] => vec!["state", "seen", &url],
                more => [&[verb, &url][..], more].concat(),
            };
            let mut command = home.mailhaul(words);
            command.arg("--ca-file").arg(&ca_file).env("MAILHAUL_PASSWORD", "secret");
            run(&mut command).code(0);
            let log = server.finish().unwrap();
            assert!(log[0].ending == Ending::Quit && log[0].close_notify, "{verb}: {:?}", log[0].ending);
        }
    }
}

/// A stop in a fetch that keeps: what the server is sending is taken, and QUIT is said.
#[test]
fn a_stop_says_quit() {
    for pipelining in [true, false] {
        for tls in [TlsMode::Implicit, TlsMode::None] {
            let maildrop = Maildrop::generated(3000, 1, Sizes::Fixed(1000));
            let config = Config::new(&maildrop).tls(tls).rtt(Duration::from_millis(20));
            let config = if pipelining { config } else { config.without("PIPELINING") };
            let (home, server) = (Home::new(), Server::start(config));
            let ca_file = (tls == TlsMode::Implicit).then(|| server.ca_file());
            let mut command = match &ca_file {
                Some(file) => home.fetch_maildir(&server.url("ann"), &["--ca-file", file.to_str().unwrap()]),
                None => fetch(&home, &server, &[]),
            };
            let child = command.spawn().unwrap();
            while maildrop.message(5).bodies_sent() == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            finish(child, "fetch".into(), Duration::from_secs(20)).code(75).says("stopped by a signal");
            let log = server.finish().unwrap();
            assert_eq!(log[0].ending, Ending::Quit);
            assert_eq!(log[0].close_notify, tls == TlsMode::Implicit);
            assert_eq!(home.maildir_messages().len(), log[0].count("RETR"), "what was asked for is here");
        }
    }
}
