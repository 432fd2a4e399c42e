//! The main job, against the scripted server behaving well.

use super::server::{Config, Ending, Maildrop, Server, Sizes, TlsMode};
use super::util::{Home, assert_same_messages, run};

fn expected(maildrop: &Maildrop) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = (0..maildrop.len()).map(|index| maildrop.expected_lf(index)).collect();
    messages.sort();
    messages
}

#[test]
fn fetches_once_and_then_nothing() {
    let maildrop = Maildrop::generated(300, 1, Sizes::Fixed(2000));
    let server = Server::start(Config::new(&maildrop));
    let home = Home::new();
    for _ in 0..2 {
        run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none"])).code(0).silent();
        assert_same_messages(&home.maildir_messages(), &expected(&maildrop));
    }
    assert!(maildrop.uids().iter().all(|uid| maildrop.bodies_sent(uid) == 1));
    let log = server.log();
    assert_eq!(log[1].verbs(), ["CAPA", "AUTH", "CAPA", "UIDL", "QUIT"]);
    assert_eq!(log[1].ending, Ending::Quit);
    assert!(home.leftovers().is_empty());
}

#[test]
fn deletes_what_is_safe_and_only_then() {
    for tls in [TlsMode::Implicit, TlsMode::Starttls] {
        let maildrop = Maildrop::generated(40, 2, Sizes::Fixed(900));
        let expected = expected(&maildrop);
        let server = Server::start(Config::new(&maildrop).tls(tls));
        let home = Home::new();
        let ca_file = server.ca_file();
        let flags = ["--delete", "--ca-file", ca_file.to_str().unwrap()];
        run(&mut home.fetch_mbox(&server.url("ann"), &flags)).code(0).silent();
        assert_same_messages(&home.mbox_messages(), &expected);
        assert!(maildrop.present().is_empty());
        assert!(home.leftovers().is_empty());
    }
}
