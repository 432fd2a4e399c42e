//! Deletions take effect when QUIT is answered +OK; whatever else comes, nothing is fetched again, and the next run
//! deletes again (C-075, C-076, C-077).

use super::*;
use crate::server::Phase;

/// A run that ends in this way, and then one that deletes what is left without fetching anything.
fn deletes_again(fault: Fault, code: i32, says: &str) {
    for to in BOTH {
        let (maildrop, home) = (small(3), Home::new());
        let server = bad(&maildrop, fault.clone());
        let ran = run(&mut to.fetch(&home, &server, &["--delete", "--timeout", "1s"]));
        ran.code(code).says(says);
        assert_complete(to, &home, &maildrop);
        completes(to, &home, &maildrop, &["--delete"]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
    }
}

#[test]
fn answered_with_an_error() {
    deletes_again(Fault::QuitErr("some deleted messages not removed"), 75, "some deleted messages not removed");
}

#[test]
fn never_answered() {
    deletes_again(Fault::Stall(Phase::Quit), 75, "timed out after 1s waiting for the reply to QUIT");
}

/// The server deletes and closes without a word: the next run finds the messages gone.
#[test]
fn closed_without_an_answer() {
    deletes_again(Fault::QuitSilent, 75, "whether the server deleted is not known");
}

/// `+OK` is no proof: a server may answer so and delete nothing (C-077).
#[test]
fn answered_well_by_a_server_that_forgets() {
    deletes_again(Fault::QuitForgets, 0, "");
}

/// Once more it is tried; then it is said, and the server is not asked again. Nothing is ever fetched again.
#[test]
fn forgotten_again_and_again() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop).keep_deleted());
    for (deletes, said) in [(3, ""), (3, ""), (0, "the server keeps 3 messages"), (0, "")] {
        let ran = run(&mut To::Maildir.fetch(&home, &server, &["--delete"]));
        ran.code(0);
        assert!(
            if said.is_empty() { ran.stderr.is_empty() } else { ran.stderr.contains(said) },
            "{}",
            ran.everything()
        );
        assert_complete(To::Maildir, &home, &maildrop);
        assert_eq!(server.log().last().map(|log| log.count("DELE")), Some(deletes));
    }
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
}

/// A run that keeps sends no DELE, whatever an earlier one had begun.
#[test]
fn a_deletion_is_not_finished_by_a_run_that_keeps() {
    let (maildrop, home) = (small(2), Home::new());
    let server = Server::start(Config::new(&maildrop).fault_on(0..1, Fault::QuitErr("later")));
    run(&mut To::Maildir.fetch(&home, &server, &["--delete"])).code(75);
    maildrop.add("u3", "Message-ID: 3\r\n\r\n");
    run(&mut To::Maildir.fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(maildrop.uids(), ["u1", "u2", "u3"]);
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
}

/// The answer to QUIT is in vain if the client does not hear it: kept messages are no reason for an error.
#[test]
fn refused_where_nothing_was_deleted() {
    for fault in [Fault::QuitErr("no"), Fault::QuitSilent, Fault::QuitForgets] {
        let (maildrop, home) = (small(2), Home::new());
        let server = bad(&maildrop, fault);
        run(&mut To::Mbox.fetch(&home, &server, &[])).code(0).silent();
        assert_complete(To::Mbox, &home, &maildrop);
    }
}
