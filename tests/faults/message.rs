//! One message that cannot be had never keeps the others back (C-062, C-293).

use super::*;
use crate::server::Sizes;

const REFUSED: &str = "[SYS/PERM] Could not read the \x1b[31mfile";

#[test]
fn a_refused_message_is_reported_once_and_tried_again_on_request() {
    let (maildrop, home) = (small(3), Home::new());
    let server = bad(&maildrop, Fault::RetrErr { numbers: vec![2], text: REFUSED });
    let fetch = || run(&mut To::Maildir.fetch(&home, &server, &[]));
    let named = "message 2 (u2): the server refuses it: [SYS/PERM] Could not read the \\x1b[31mfile";

    let first = fetch();
    first.code(75).says(named).says("it will be tried again");
    assert_eq!(first.stderr.matches(named).count(), 1, "{}", first.everything());
    assert_eq!(home.maildir_messages().len(), 2);
    let second = fetch();
    second.code(75);
    assert!(!second.stderr.contains(named), "{}", second.everything());
    // It is given up after three days, and not asked for all the time until then; `histories` has the days.
    fetch().code(0).silent();
    let retrs: usize = server.log().iter().map(|log| log.lines().iter().filter(|line| *line == "RETR 2").count()).sum();
    assert_eq!(retrs, 2);

    run(&mut home.mailhaul(["state", "retry", &server.url("ann")])).code(0);
    fetch().code(75).says(named);
    completes(To::Maildir, &home, &maildrop, &[]);
}

/// Whoever looks at errors alone, or reads JSON, hears of it too (in the first run; later ones only count).
#[test]
fn the_first_run_names_what_it_could_not_deal_with_in_every_form() {
    let refused = || Fault::RetrErr { numbers: vec![2], text: REFUSED };
    let kept = || Fault::DeleErr { numbers: vec![2], text: REFUSED };
    let words = "[SYS/PERM] Could not read the \\x1b[31mfile";
    for (fault, flags, said) in [(refused(), &[][..], "the server refuses it: "), (kept(), &["--delete"], "")] {
        let home = Home::new();
        let server = Server::start(Config::new(&small(3)).keep_deleted().fault(fault.clone()));
        let ran = run(&mut To::Maildir.fetch(&home, &server, &[flags, &["-q"]].concat()));
        ran.code(75).says("message 2 (u2)").says(words);

        let home = Home::new();
        let ran = run(&mut To::Maildir.fetch(&home, &server, &[flags, &["-q", "--json"]].concat()));
        let json: serde_json::Value = serde_json::from_str(&ran.code(75).stdout).unwrap();
        let failure = serde_json::json!({ "number": 2, "uid": "u2", "reason": format!("{said}{words}") });
        assert_eq!(json["failures"], serde_json::json!([failure]), "{}", ran.everything());
    }
}

/// It is not deleted either, and the others are.
#[test]
fn a_refused_message_stays_on_the_server() {
    for to in BOTH {
        let (maildrop, home) = (small(3), Home::new());
        let server = bad(&maildrop, Fault::RetrErr { numbers: vec![1], text: "no" });
        run(&mut to.fetch(&home, &server, &["--delete"])).code(75);
        assert_eq!(maildrop.uids(), ["u1"]);
        completes(to, &home, &maildrop, &["--delete"]);
    }
}

#[test]
fn a_message_that_cannot_be_deleted_is_not_fetched_again() {
    let (maildrop, home) = (small(3), Home::new());
    let server = bad(&maildrop, Fault::DeleErr { numbers: vec![1], text: "read-only" });
    let flags = ["--delete"];
    let ran = run(&mut To::Maildir.fetch(&home, &server, &flags));
    ran.code(75).says("message 1 (u1) cannot be deleted: read-only; it will be tried again");
    assert_eq!(maildrop.uids(), ["u1"]);
    completes(To::Maildir, &home, &maildrop, &flags);
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
}

/// The others are delivered in the same run, and the endless one is asked for only once in it.
#[test]
fn a_message_that_never_ends() {
    for (to, without) in [(To::Maildir, "TOP"), (To::Mbox, "PIPELINING")] {
        let (maildrop, home) = (small(4), Home::new());
        let server = Server::start(Config::new(&maildrop).without(without).fault(Fault::Endless(2)));
        let flags = ["--max-size", "100k", "--delete"];
        let ran = run(&mut to.fetch(&home, &server, &flags));
        ran.code(0).says("message 2 (u2): it does not end within 102400 octets; --max-size raises this limit");
        assert_eq!(to.messages(&home).len(), 3, "{}", ran.everything());
        assert_eq!(maildrop.uids(), ["u2"]);
        let asked = |log: &crate::server::ConnectionLog| log.lines().iter().any(|line| line == "RETR 2");
        assert_eq!(server.log().iter().filter(|log| asked(log)).count(), 1, "{}", ran.everything());
        // It is known to be larger than that, whatever LIST says: a larger limit is a reason to try.
        completes(to, &home, &maildrop, &["--max-size", "200k", "--delete"]);
    }
}

/// Nothing at all of an endless message is ever delivered, and the disk does not fill.
#[test]
fn a_message_that_never_ends_is_cut_off_at_its_limit() {
    let (maildrop, home) = (small(1), Home::new());
    let server = bad(&maildrop, Fault::Endless(1));
    let fetch = |limit| run(&mut To::Maildir.fetch(&home, &server, &["--max-size", limit]));
    let look = || {
        assert_eq!(home.leftovers(), Vec::<std::path::PathBuf>::new());
        assert_eq!(home.maildir_messages().len(), 0);
    };
    fetch("1M").code(0).says("it was skipped");
    look();
    fetch("1M").code(0).silent();
    assert_eq!(server.log().iter().map(|log| log.count("RETR")).sum::<usize>(), 1, "asked for once");
    // A larger limit is a reason to try.
    fetch("2M").code(0).says("it does not end within 2097152 octets");
    look();
}

#[test]
fn a_message_over_the_limit_is_skipped_once_said_and_fetched_when_the_limit_allows() {
    let home = Home::new();
    let maildrop = Maildrop::generated(3, 5, Sizes::Fixed(2000));
    maildrop.add_generated(5, 50_000);
    let server = Server::start(Config::new(&maildrop));
    let limited = || run(&mut To::Maildir.fetch(&home, &server, &["--max-size", "10k", "--delete"]));
    limited().code(0).says("is larger than --max-size and was skipped");
    assert_eq!(home.maildir_messages().len(), 3);
    limited().code(0).silent();
    assert_eq!(maildrop.len(), 1);
    completes(To::Maildir, &home, &maildrop, &["--delete"]);
}

/// Neither an empty message nor one without a header is a reason to stop (C-022, C-023).
#[test]
fn odd_messages_are_delivered_as_they_are() {
    let long = [b"X: y\r\n\r\n".as_slice(), &[b'x'; 300_000], b"\r\n"].concat();
    let odd: [(&str, Vec<u8>); 6] = [
        ("empty", Vec::new()),
        ("headers", b"Subject: only\r\n".to_vec()),
        ("dots", b"A: b\r\n\r\n..\r\n.\r\n...\r\n".to_vec()),
        ("nul", b"A: b\r\n\r\n\0\xff\x80 \r bare\r\n".to_vec()),
        ("status", b"A: b\r\n\r\n+OK\r\n-ERR no\r\n+ \r\n".to_vec()),
        ("long", long),
    ];
    for to in BOTH {
        let maildrop = Maildrop::new(odd.clone());
        completes(to, &Home::new(), &maildrop, &["--delete"]);
    }
}
