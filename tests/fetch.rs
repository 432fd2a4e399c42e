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

#[test]
fn what_a_trial_brought_into_a_folder_that_is_gone_is_not_deleted() {
    let maildrop = Maildrop::generated(5, 3, Sizes::Fixed(700));
    let server = Server::start(Config::new(&maildrop));
    let home = Home::new();
    let url = server.url("ann");
    run(&mut home.fetch_maildir(&url, &["--tls", "none", "--max-messages", "3"])).code(0).silent();
    std::fs::rename(home.maildir(), home.path("put-away")).unwrap();
    let move_all = || run(&mut home.fetch_mbox(&url, &["--tls", "none", "--delete"]));
    let said = move_all();
    said.code(0).says("3 messages that were delivered into it are not deleted").says("Put it back");
    assert!(said.everything().contains(home.maildir().to_str().unwrap()), "{}", said.everything());
    assert_eq!((maildrop.present().len(), home.mbox_messages().len()), (3, 2));
    move_all().code(0).silent(); // said once
    assert_eq!(maildrop.present().len(), 3);
    std::fs::create_dir(home.maildir()).unwrap(); // as the bare folder of a disk that is not mounted
    move_all().code(0).silent();
    assert_eq!(maildrop.present().len(), 3);
    std::fs::remove_dir(home.maildir()).unwrap();
    std::os::unix::fs::symlink(home.path("put-away"), home.maildir()).unwrap();
    move_all().code(0).silent();
    assert!(maildrop.present().is_empty());
}

/// One that is made anew would be taken for the old one by the next run, which deletes.
#[test]
fn a_maildir_that_is_gone_is_not_made_anew() {
    let maildrop = Maildrop::generated(3, 4, Sizes::Fixed(700));
    let expected = expected(&maildrop);
    let server = Server::start(Config::new(&maildrop));
    let home = Home::new();
    let fetch = |more: &[&str]| run(&mut home.fetch_maildir(&server.url("ann"), &[&["--tls", "none"], more].concat()));
    fetch(&[]).code(0).silent();
    std::fs::remove_dir_all(home.maildir()).unwrap();
    for more in [&["--delete"][..], &[]] {
        fetch(more).code(73).says("Mail is missing: mail was delivered into this Maildir before").says("state moved");
        assert!(!home.maildir().exists());
    }
    // Nor by another mailbox, after whose run it would seem to be there.
    let another = server.url("ann").replace("localhost", "127.0.0.1");
    run(&mut home.fetch_maildir(&another, &["--tls", "none"])).code(73).says("Mail is missing");
    fetch(&["--all", "--max-messages", "1"]).code(0).silent();
    assert_eq!((home.maildir_messages().len(), maildrop.present().len()), (1, 3));
    // What was not brought again is not deleted either, but fetched.
    fetch(&["--delete", "--max-messages", "1"]).code(0).silent();
    assert_eq!((home.maildir_messages().len(), maildrop.present().len()), (2, 1));
    fetch(&[]).code(0).silent();
    assert_same_messages(&home.maildir_messages(), &expected);

    std::fs::remove_dir_all(home.maildir()).unwrap();
    std::fs::create_dir(home.maildir()).unwrap(); // as the bare folder of a disk that is not mounted
    fetch(&["--delete"]).code(73).says("Mail is missing");
    std::fs::create_dir(home.maildir().join("cur")).unwrap();
    fetch(&["--delete"]).code(73).says("is not the Maildir into which mail was delivered before");
    assert_eq!(maildrop.present().len(), 1);
    // The user knows better.
    for part in ["new", "tmp"] {
        std::fs::create_dir(home.maildir().join(part)).unwrap();
    }
    let maildir = home.maildir();
    let maildir = maildir.to_str().unwrap();
    run(&mut home.mailhaul(["state", "moved", maildir, maildir])).code(0);
    fetch(&["--delete"]).code(0).silent();
    assert!(maildrop.present().is_empty());
}
