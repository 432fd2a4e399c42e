//! Servers that say they take commands in a row, and do not (C-362).

use super::*;
use crate::server::Sizes;

/// Everything is delivered in the same run, by one command at a time; and so is new mail later.
fn falls_back(fault: Fault) {
    for to in BOTH {
        let (maildrop, home) = (Maildrop::generated(20, 11, Sizes::Fixed(1500)), Home::new());
        let server = bad(&maildrop, fault.clone());
        run(&mut to.fetch(&home, &server, &["--delete"])).code(0).silent();
        assert_complete(to, &home, &maildrop);
        assert!(maildrop.is_empty());
        let pipelined = server.log();
        assert!(pipelined[0].max_outstanding > 1, "the server was not asked for two at a time");
        assert_eq!(pipelined.len(), 2);

        (0..5).for_each(|_| maildrop.add_generated(11, 900));
        run(&mut to.fetch(&home, &server, &["--delete"])).code(0).silent();
        assert_complete(to, &home, &maildrop);
        let log = server.log();
        assert_eq!(log.len(), 3);
        assert_eq!(log[2].max_outstanding, 1, "the next run did it again");
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() <= 2));
    }
}

#[test]
fn one_that_closes_the_connection() {
    falls_back(Fault::DropPipelined);
}

#[test]
fn one_that_says_something_unasked() {
    falls_back(Fault::UnsolicitedWhenPipelined(b"* hello\r\n".to_vec()));
}

/// A reply too many puts the session out of step: it ends, and no message is taken for another.
#[test]
fn one_that_answers_once_too_often() {
    for extra in ["+ERR x\r\n", "\r\n", "+ \r\n"] {
        let (maildrop, home) = (small(6), Home::new());
        let server = bad(&maildrop, Fault::UnsolicitedWhenPipelined(extra.as_bytes().to_vec()));
        run(&mut To::Maildir.fetch(&home, &server, &[])).code(0).silent();
        assert_nothing_half_done(To::Maildir, &home, &maildrop);
        completes(To::Maildir, &home, &maildrop, &[]);
    }
}

/// A refusal too many: what follows must not be recorded as the messages behind it, nor these be deleted unread.
#[test]
fn one_that_refuses_once_too_often() {
    let (maildrop, home) = (small(6), Home::new());
    let server = bad(&maildrop, Fault::UnsolicitedWhenPipelined(b"-ERR again\r\n".to_vec()));
    // The answer to UIDL shows it; one command at a time is fine.
    run(&mut To::Maildir.fetch(&home, &server, &["--delete"])).code(0).silent();
    assert_complete(To::Maildir, &home, &maildrop);
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
}

/// A line that breaks in the middle of a message: the second session brings the rest, and the run is no failure.
#[test]
fn a_line_that_breaks_once_is_no_failure() {
    for to in BOTH {
        let (maildrop, home) = (Maildrop::generated(10, 12, Sizes::Fixed(3000)), Home::new());
        let server = Server::start(Config::new(&maildrop).fault_on(0..1, Fault::CutAfter(12_000)));
        run(&mut to.fetch(&home, &server, &["--delete"])).code(0).silent();
        assert_complete(to, &home, &maildrop);
        assert!(maildrop.is_empty());
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
    }
}

/// Also where everything is asked for again, the second session does not bring what the first one brought.
#[test]
fn a_line_that_breaks_brings_nothing_twice_with_all() {
    for flags in [&["--all"][..], &["--all", "--delete"]] {
        let (maildrop, home) = (Maildrop::generated(10, 13, Sizes::Fixed(3000)), Home::new());
        let server = Server::start(Config::new(&maildrop).fault_on(0..1, Fault::CutAfter(12_000)));
        run(&mut To::Maildir.fetch(&home, &server, flags)).code(0).silent();
        assert_complete(To::Maildir, &home, &maildrop);
        assert_eq!(maildrop.is_empty(), flags.contains(&"--delete"));
    }
}

/// A server without the capability gets one command at a time.
#[test]
fn without_the_capability_nothing_is_pipelined() {
    let (maildrop, home) = (small(20), Home::new());
    let server = Server::start(Config::new(&maildrop).without("PIPELINING"));
    run(&mut To::Maildir.fetch(&home, &server, &["--delete"])).code(0).silent();
    assert_complete(To::Maildir, &home, &maildrop);
    assert_eq!(server.log()[0].max_outstanding, 1);
}

/// Neither side waits for the other for ever, however small the buffers between them are (C-352, C-368).
#[test]
fn small_buffers_do_not_block() {
    for to in BOTH {
        let (maildrop, home) = (Maildrop::generated(300, 14, Sizes::Fixed(4000)), Home::new());
        let config = Config::new(&maildrop).fault(Fault::SendBuffer(1024)).fault(Fault::ReceiveBuffer(1024));
        let server = Server::start(config);
        run(&mut to.fetch(&home, &server, &["--delete", "--timeout", "20s"])).code(0).silent();
        assert_complete(to, &home, &maildrop);
        assert!(server.log()[0].max_outstanding_octets <= 2048);
    }
}

/// Each octet in a packet of its own (C-011).
#[test]
fn replies_may_be_split_anywhere() {
    for to in BOTH {
        let (maildrop, home) = (small(20), Home::new());
        let server = bad(&maildrop, Fault::SplitWrites);
        run(&mut to.fetch(&home, &server, &["--delete"])).code(0).silent();
        assert_complete(to, &home, &maildrop);
    }
}
