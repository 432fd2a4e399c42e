//! What a server can get wrong in its listings (C-044 to C-057). A wrong size costs nothing but the size; a wrong
//! unique-id costs its own message at most, or ends the session before anything is guessed.

use std::collections::HashMap;

use super::*;
use crate::server::Sizes;

/// A run against a server that gives this unique-id listing.
fn with_uidl(maildrop: &Maildrop, home: &Home, uidl: &[u8]) -> Ran {
    let server = bad(maildrop, Fault::UidlRaw(uidl.to_vec()));
    run(&mut To::Maildir.fetch(home, &server, &["--delete"]))
}

#[test]
fn a_unique_id_line_that_makes_no_sense_ends_the_session() {
    let cases: [(&[u8], &str); 7] = [
        (b"1 u1\r\nx y\r\n", "\"x y\""),
        (b"1 u1\r\n-2 u2\r\n", "\"-2 u2\""),
        (b"1 u1\r\n0 u2\r\n", "\"0 u2\""),
        (b"1 u1\r\n99999999999999999999 u2\r\n", "\"99999999999999999999 u2\""),
        (b"1 u1\r\n2u2\r\n", "\"2u2\""),
        (b"1 u1\r\n\x1b[2J\r\n", "\"\\x1b[2J\""),
        (b"1 u1\r\n1 u2\r\n", "repeats a message number: \"1 u2\""),
    ];
    for (uidl, named) in cases {
        let (maildrop, home) = (small(2), Home::new());
        with_uidl(&maildrop, &home, uidl).code(65).says("UIDL").says(named);
        assert_eq!(home.maildir_messages().len(), 0, "{named}");
        completes(To::Maildir, &home, &maildrop, &["--delete"]);
    }
}

/// Numbers that are not listed are fetched when they are.
#[test]
fn a_missing_line_is_fetched_later_and_costs_nothing_else() {
    let (maildrop, home) = (small(4), Home::new());
    let server = Server::start(Config::new(&maildrop).fault_on(1..2, Fault::UidlRaw(b"2 u2\r\n4 u4\r\n".to_vec())));
    let one = ["--max-messages", "1"];
    run(&mut To::Maildir.fetch(&home, &server, &one)).code(0);
    run(&mut To::Maildir.fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 3);
    completes(To::Maildir, &home, &maildrop, &[]);
    assert!(maildrop.uids().iter().all(|uid| maildrop.bodies_sent(uid) == 1));
}

/// A false "no messages" does not bring everything a second time (C-079).
#[test]
fn an_empty_listing_is_not_believed() {
    let (maildrop, home) = (small(12), Home::new());
    let server = Server::start(Config::new(&maildrop).fault_on(1..2, Fault::UidlRaw(Vec::new())));
    for _ in 0..3 {
        run(&mut To::Maildir.fetch(&home, &server, &[])).code(0).silent();
        assert_complete(To::Maildir, &home, &maildrop);
    }
    assert!(maildrop.uids().iter().all(|uid| maildrop.bodies_sent(uid) == 1));
}

/// Lines in any order, with blanks, tabs and blanks at their end, are all that real servers send (C-051).
#[test]
fn loose_lines_are_read() {
    let (maildrop, home) = (small(3), Home::new());
    with_uidl(&maildrop, &home, b"3   u3\r\n1\tu1\r\n2 u2\n").code(0).silent();
    assert_complete(To::Maildir, &home, &maildrop);
    assert!(maildrop.is_empty());
}

/// A message without a usable unique-id is left alone, as it could not be fetched exactly once (C-053).
#[test]
fn an_empty_or_impossible_unique_id_keeps_no_other_message_back() {
    for uidl in [&b"1 u1\r\n2\r\n3 u3\r\n"[..], b"1 u1\r\n2 \r\n3 u3\r\n", b"1 u1\r\n2 a\x1b[2J\r\n3 u3\r\n"] {
        let (maildrop, home) = (small(3), Home::new());
        let ran = with_uidl(&maildrop, &home, uidl);
        ran.code(75).says("message 2: it has no usable unique-id");
        assert!(!ran.stderr.contains('\x1b'), "{}", ran.everything());
        assert_eq!(maildrop.uids(), ["u2"]);
        completes(To::Maildir, &home, &maildrop, &["--delete"]);
    }
}

/// Unique-ids as servers send them, whatever RFC 1939 says of them (C-052, C-286).
#[test]
fn odd_unique_ids_are_kept_whole() {
    let long = |last: u8| [vec![b'x'; 199], vec![last]].concat();
    let odd: [Vec<u8>; 9] = [
        b"with inner spaces".to_vec(),
        b"with inner".to_vec(),
        b"8-bit \xff\xfe\x80".to_vec(),
        b"caf\xc3\xa9".to_vec(),
        long(b'1'),
        long(b'2'),
        b"../../../etc/passwd".to_vec(),
        b"'; DROP TABLE message; --".to_vec(),
        b".".to_vec(),
    ];
    for to in BOTH {
        let home = Home::new();
        let message = |(index, uid): (usize, &Vec<u8>)| (uid.clone(), format!("Message-ID: {index}\r\n\r\nx\r\n"));
        let maildrop = Maildrop::new(odd.iter().enumerate().map(message));
        completes(to, &home, &maildrop, &[]);
        completes(to, &home, &maildrop, &[]);
        completes(to, &home, &maildrop, &["--delete"]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
    }
}

/// RFC 1939 lets identical copies have the same unique-id: each is delivered once, and a third comes later (C-055).
#[test]
fn the_same_unique_id_twice_is_two_messages() {
    const A: &str = "Message-ID: a\r\n\r\n";
    let home = Home::new();
    let maildrop = Maildrop::new([("same", A), ("other", "Message-ID: b\r\n\r\n"), ("same", A)]);
    completes(To::Maildir, &home, &maildrop, &[]);
    completes(To::Maildir, &home, &maildrop, &[]);
    maildrop.add("same", A);
    completes(To::Maildir, &home, &maildrop, &[]);
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
}

/// What comes counts against --max-bytes, not only what LIST announces.
#[test]
fn list_does_not_lift_the_limit_of_a_run() {
    for without in ["TOP", "PIPELINING"] {
        let (home, maildrop) = (Home::new(), Maildrop::generated(20, 1, Sizes::Fixed(100_000)));
        let lies = Fault::ListSizes((1..=20).map(|number| (number, 1)).collect());
        let server = Server::start(Config::new(&maildrop).without(without).fault(lies));
        let fetch = |limit| run(&mut To::Maildir.fetch(&home, &server, &["--max-bytes", limit]));
        let ran = fetch("150k");
        ran.code(75).says("message 2 (").says("is larger than LIST said, and --max-bytes leaves no room for it");
        assert_eq!(home.maildir_messages().len(), 1, "{}", ran.everything());
        // Each run brings one message at least, and what fits. Where no other was asked for yet, that is its good end.
        fetch("1k").code(if without == "PIPELINING" { 0 } else { 75 });
        assert_eq!(home.maildir_messages().len(), 2);
        fetch("400k").code(75);
        assert!((5..=6).contains(&home.maildir_messages().len()), "the last ones may wait for their UIDL");
        completes(To::Maildir, &home, &maildrop, &[]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() <= 4));
    }
}

/// Line ends are counted in more than one way: that breaks no session.
#[test]
fn sizes_that_are_a_little_small_are_no_reason_to_stop() {
    let (home, maildrop) = (Home::new(), Maildrop::generated(20, 1, Sizes::Fixed(50_000)));
    let sizes = Fault::ListSizes((1..=20).map(|number| (number, 48_000)).collect());
    let server = Server::start(Config::new(&maildrop).fault(sizes));
    for whole in [4, 8] {
        run(&mut To::Mbox.fetch(&home, &server, &["--max-bytes", "200k"])).code(0).silent();
        assert_eq!(home.mbox_messages().len(), whole);
    }
}

/// Sizes are hints: whatever LIST says, everything is delivered (C-046).
#[test]
fn nothing_that_list_says_keeps_a_message_back() {
    let sizes = |size: u64| Fault::ListSizes(HashMap::from([(1, size), (2, 1)]));
    let raw = |lines: &[u8]| Fault::ListRaw(lines.to_vec());
    let cases = [
        sizes(0),
        sizes(5 << 32),
        sizes(u64::MAX),
        raw(b""),
        raw(b"1 x\r\n2 -5\r\nnonsense\r\n\r\n"),
        raw(b"1 100\r\n1 200\r\n7 300\r\n0 1\r\n"),
        raw(b"1 99999999999999999999999999\r\n2 10 extra words\r\n3\t 10\r\n"),
        Fault::Reply { verb: "LIST", raw: b"-ERR no listing today\r\n".to_vec() },
    ];
    for fault in cases {
        for to in BOTH {
            let (maildrop, home) = (small(3), Home::new());
            let server = bad(&maildrop, fault.clone());
            run(&mut to.fetch(&home, &server, &["--delete"])).code(0).silent();
            assert_complete(to, &home, &maildrop);
            assert!(maildrop.is_empty(), "{fault:?}");
        }
    }
}

/// A listing that is itself too much ends with the limit in the error.
#[test]
fn a_unique_id_without_end_is_refused() {
    let cases = [("a unique-id of 2000 octets", 2000), ("a line of more than 8192 octets", 100_000)];
    for (says, length) in cases {
        let (maildrop, home) = (small(1), Home::new());
        let uidl = [&b"1 "[..], &vec![b'u'; length], b"\r\n"].concat();
        with_uidl(&maildrop, &home, &uidl).code(65).says(says);
        completes(To::Maildir, &home, &maildrop, &[]);
    }
}

/// Where the unique-ids are all new nothing is fetched a second time: the messages are known by what they are.
#[test]
fn renumbered_messages_are_not_fetched_again() {
    for flags in [&[][..], &["--delete"]] {
        let (maildrop, home) = (small(12), Home::new());
        completes(To::Maildir, &home, &maildrop, &[]);
        let renumbered: String = (1..=12).map(|number| format!("{number} new{number}\r\n")).collect();
        let server = bad(&maildrop, Fault::UidlRaw(renumbered.into_bytes()));
        run(&mut To::Maildir.fetch(&home, &server, flags)).code(0).silent();
        assert_complete(To::Maildir, &home, &maildrop);
        assert_eq!(maildrop.len(), if flags.is_empty() { 12 } else { 0 });
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
    }
}

#[test]
fn without_unique_ids_nothing_is_fetched() {
    let refused = || Fault::Reply { verb: "UIDL", raw: b"-ERR what?\r\n".to_vec() };
    let (maildrop, home) = (small(2), Home::new());
    let never = Server::start(Config::new(&maildrop).without("UIDL").fault(refused()));
    run(&mut To::Maildir.fetch(&home, &never, &["--delete"])).code(69).says("no unique-ids (UIDL): what?");
    let later = bad(&maildrop, refused());
    run(&mut To::Maildir.fetch(&home, &later, &["--delete"])).code(75).says("refuses UIDL now: what?");
    assert_eq!(maildrop.len(), 2);
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
}
