//! The main job against a real Dovecot, with the awkward messages of `dovecot/maildrop`.

use super::dovecot::{Dovecot, Message, OTHER_UIDL_FORMAT, awkward_messages, dovecot_or_skip, ordinary_messages};
use super::util::{Home, Ran, assert_same_messages, in_an_mbox, run};

fn expected(messages: &[Message]) -> Vec<Vec<u8>> {
    let mut expected: Vec<Vec<u8>> = messages.iter().map(Message::expected_lf).collect();
    expected.sort();
    expected
}

/// The flags of each way in.
fn ways(server: &Dovecot) -> [(String, Vec<String>); 3] {
    let ca_file = vec!["--ca-file".to_owned(), server.ca_file().to_str().unwrap().to_owned()];
    let clear = vec!["--tls".to_owned(), "none".to_owned()];
    [(server.url_pop3s("ann"), ca_file.clone()), (server.url_pop3("ann"), ca_file), (server.url_pop3("ann"), clear)]
}

fn fetch(home: &Home, mbox: bool, url: &str, flags: &[String], more: &[&str]) -> Ran {
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
    run(&mut if mbox { home.fetch_mbox(url, &flags) } else { home.fetch_maildir(url, &flags) })
}

fn delivered(home: &Home, mbox: bool) -> Vec<Vec<u8>> {
    if mbox { home.mbox_messages() } else { home.maildir_messages() }
}

#[test]
fn every_message_octet_for_octet_by_every_way() {
    let messages = awkward_messages();
    assert!(messages.len() >= 300);
    let Some(server) = dovecot_or_skip("every_message_octet_for_octet_by_every_way", &messages) else { return };
    for (url, flags) in ways(&server) {
        for mbox in [false, true] {
            let home = Home::new();
            let mut expected = expected(&messages);
            if mbox {
                expected = expected.iter().map(|message| in_an_mbox(message)).collect();
                expected.sort();
            }
            fetch(&home, mbox, &url, &flags, &[]).code(0).silent();
            assert_same_messages(&delivered(&home, mbox), &expected);
            let again = fetch(&home, mbox, &url, &flags, &["--json"]);
            again.code(0).prints("\"new\":0,\"fetched\":0");
            assert_same_messages(&delivered(&home, mbox), &expected);
            assert!(home.leftovers().is_empty());
        }
    }
}

#[test]
fn delete_empties_the_maildrop_by_every_way() {
    let messages = ordinary_messages(40);
    for way in 0..3 {
        for mbox in [false, true] {
            let Some(server) = dovecot_or_skip("delete_empties_the_maildrop_by_every_way", &messages) else { return };
            let (url, flags) = &ways(&server)[way];
            let home = Home::new();
            // What an earlier run fetched is deleted too.
            fetch(&home, mbox, url, flags, &["--max-messages", "7"]).code(0).silent();
            fetch(&home, mbox, url, flags, &["--delete"]).code(0).silent();
            assert_eq!(server.messages_on_server(), 0);
            assert_same_messages(&delivered(&home, mbox), &expected(&messages));
            server.add_message(b"Subject: after\n\nthe delete\n");
            fetch(&home, mbox, url, flags, &["--delete"]).code(0).silent();
            assert_eq!(server.messages_on_server(), 0);
            assert_eq!(delivered(&home, mbox).len(), messages.len() + 1);
        }
    }
}

/// A server that calls all messages something else: they are known by what they are, and nothing is downloaded again.
#[test]
fn new_unique_ids_for_all_messages_cost_nothing() {
    let messages = ordinary_messages(30);
    let test = "new_unique_ids_for_all_messages_cost_nothing";
    let Some(mut server) = dovecot_or_skip(test, &messages) else { return };
    let home = Home::new();
    let (url, flags) = ways(&server)[0].clone();
    fetch(&home, false, &url, &flags, &[]).code(0).silent();
    server.set_uidl_format(OTHER_UIDL_FORMAT);
    server.add_message(b"Message-ID: <new@example.org>\nSubject: new\n\none\n");
    fetch(&home, false, &url, &flags, &[]).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 31);
    // What was only marked is never deleted; what was fetched is.
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    server.add_message(b"Message-ID: <seen@example.org>\nSubject: seen\n\ntwo\n");
    let password = home.path("password");
    let seen = [&["state", "seen", &url, "--password-file", password.to_str().unwrap()], &flags[..]].concat();
    run(&mut home.mailhaul(seen)).code(0).silent();
    run(&mut home.fetch_maildir(&url, &[&flags[..], &["--delete"]].concat())).code(0).silent();
    assert_eq!(server.messages_on_server(), 1);
    assert_eq!(home.maildir_messages().len(), 31);
    // Nothing is known any more.
    run(&mut home.mailhaul(["state", "accept", &url])).code(0).silent();
    run(&mut home.fetch_maildir(&url, &flags)).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 32);
}

#[test]
fn a_message_that_vanishes_is_no_error_and_the_rest_is_fetched() {
    let messages = ordinary_messages(20);
    let test = "a_message_that_vanishes_is_no_error_and_the_rest_is_fetched";
    let Some(server) = dovecot_or_skip(test, &messages) else { return };
    let home = Home::new();
    let (url, flags) = ways(&server)[1].clone();
    fetch(&home, true, &url, &flags, &["--max-messages", "5"]).code(0).silent();
    server.remove_message(3);
    server.remove_message(10);
    fetch(&home, true, &url, &flags, &[]).code(0).silent();
    assert_eq!(home.mbox_messages().len(), 19);
}

#[test]
fn a_wrong_password_is_told_as_such() {
    let Some(server) = dovecot_or_skip("a_wrong_password_is_told_as_such", &ordinary_messages(1)) else { return };
    let home = Home::new();
    home.write_private("password", b"wrong\n");
    for (url, flags) in ways(&server) {
        for mechanism in ["user", "plain"] {
            let ran = fetch(&home, false, &url, &flags, &["--auth", mechanism]);
            ran.code(77).says("the login was refused").says("[AUTH]");
        }
    }
}
