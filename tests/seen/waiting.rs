//! What is waited for is said once a server is silent.

use super::*;
use crate::server::{Fault, Phase};

#[test]
fn it_is_said_and_taken_away() {
    for (phase, says) in [
        (Phase::Greeting, "work: connecting to localhost"),
        (Phase::Auth, "work: logging in"),
        (Phase::Uidl, "work: listing messages"),
    ] {
        let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(2000));
        let server = Server::start(Config::new(&maildrop).fault(Fault::Stall(phase)));
        let home = Home::new();
        let fetch = fetch(&home, &[("work", &server)], &["--timeout", "2s"]);
        let ran = Terminal::run(&fetch).finish();
        ran.code(75).prints(&format!("{says}\u{2026}"));
        let behind = ran.stdout.rsplit('\u{2026}').next().unwrap();
        assert!(behind.contains("\x1b[2K") && behind.contains("timed out"), "{behind:?}");
        let without = |ran: Ran| assert!(!ran.everything().contains('\u{2026}'), "{}", ran.everything());
        without(run(&mut crate::util::without_terminal(&fetch)));
        let mut quiet = fetch;
        without(Terminal::run(quiet.arg("-q")).finish());
    }
}

/// Other commands say it, too; a question is asked on a line of its own.
#[test]
fn other_commands_say_it() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(2000));
    let server = Server::start(Config::new(&maildrop).fault(Fault::Stall(Phase::List)));
    let home = Home::new();
    fetch(&home, &[("work", &server)], &[]);
    let list =
        home.mailhaul(["list", "work", "--config", home.path("config.toml").to_str().unwrap(), "--timeout", "3s"]);
    Terminal::run(&list).finish().code(75).prints("work: listing messages\u{2026}");
}
