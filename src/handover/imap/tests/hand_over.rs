//! Literals, groups, refusals, and connections that end.

use super::script::Scripts;
use super::*;
use crate::error::{Cause, Kind};

const ONE: &str = "Subject: 1\r\n\r\n";
const TWO: &str = "Subject: 2\r\n\r\n";
const THREE: &str = "Subject: 3\r\n\r\n";

fn one_server(capabilities: &str, steps: &[Step]) -> Scripts {
    Scripts::new(vec![logged_in(capabilities, steps)])
}

#[test]
fn the_first_literal_of_a_session_waits_and_the_others_follow() {
    let scripts = one_server(
        "LITERAL+",
        &[
            ("m2 APPEND \"INBOX\" {14}\r\n", "+ go\r\n"),
            ("Subject: 1\r\n\r\n\r\n", "* 1 EXISTS\r\nm2 OK [APPENDUID 7 5] done\r\n"),
            ("m3 APPEND \"INBOX\" {14+}\r\nSubject: 2\r\n\r\n\r\n", "m3 OK\r\n"),
        ],
    );
    let outcome = hand_over(&scripts, &[ONE, TWO]);
    assert_eq!(outcome.delivered(), [0, 1], "{}", outcome.error());
}

#[test]
fn without_the_capability_each_literal_waits() {
    for capabilities in ["", "LITERAL-"] {
        let long = format!("Subject: 2\r\n\r\n{}", "x".repeat(5000)).leak() as &str;
        let scripts = one_server(
            capabilities,
            &[
                ("m2 APPEND \"INBOX\" {14}\r\n", "+ go\r\n"),
                ("Subject: 1\r\n\r\n\r\n", "m2 OK\r\n"),
                ("m3 APPEND \"INBOX\" {5014}\r\n", "+\r\n"),
                ("x\r\n", "m3 OK\r\n"),
            ],
        );
        let outcome = hand_over(&scripts, &[ONE, long]);
        assert_eq!(outcome.delivered(), [0, 1], "{capabilities}: {}", outcome.error());
    }
    // A short one need not wait, if the server has LITERAL-.
    let scripts = one_server(
        "LITERAL-",
        &[("{14}\r\n", "+\r\n"), ("\r\n\r\n\r\n", "m2 OK\r\n"), ("{14+}\r\nSubject: 2", "m3 OK\r\n")],
    );
    assert_eq!(hand_over(&scripts, &[ONE, TWO]).delivered(), [0, 1]);
}

/// What Dovecot does: it does not like the command, and executes what was meant to be the message.
#[test]
fn the_text_of_a_message_is_never_sent_to_who_takes_it_for_commands() {
    let evil = "Subject: 1\r\nx DELETE INBOX\r\n\r\n";
    let scripts = one_server("LITERAL+", &[("APPEND", "m2 BAD Invalid date\r\n")]);
    let outcome = hand_over(&scripts, &[evil]);
    assert_eq!(outcome.refused(), [0], "{}", outcome.error());
    assert!(!scripts.heard(0).contains("DELETE"), "{}", scripts.heard(0));
    // Where an earlier one went well, the text is on its way; then the connection ends at once.
    let first = [
        ("{14}\r\n", "+\r\n"),
        ("\r\n\r\n\r\n", "m2 OK\r\n"),
        ("{30+}\r\n", "m3 BAD Invalid date\r\nx OK deleted\r\n"),
    ];
    let second = [("m2 APPEND \"INBOX\" {14}\r\n", "+ go\r\n"), ("Subject: 3\r\n\r\n\r\n", "m2 OK\r\n")];
    let scripts = Scripts::new(vec![logged_in("LITERAL+", &first), logged_in("LITERAL+", &second)]);
    let outcome = hand_over(&scripts, &[ONE, evil, THREE]);
    assert_eq!((outcome.delivered(), outcome.refused()), (vec![0, 2], vec![1]), "{}", outcome.error());
    assert!(scripts.heard(0).ends_with("x DELETE INBOX\r\n\r\n\r\n"), "{}", scripts.heard(0));
}

/// The server does not want the rest of a message, and says so while it comes.
#[test]
fn a_refusal_in_the_middle_of_a_message_ends_the_connection() {
    let long = format!("Subject: 2\r\n\r\n{}", "y".repeat(1_000_000)).leak() as &str;
    let first = [("{14}\r\n", "+\r\n"), ("\r\n\r\n\r\n", "m2 OK\r\n"), ("yyyy", "m3 NO [TOOBIG] too big\r\n")];
    let second = [("{14}\r\n", "+ go\r\n"), ("Subject: 3\r\n\r\n\r\n", "m2 OK\r\n")];
    let scripts = Scripts::new(vec![logged_in("LITERAL+", &first), logged_in("LITERAL+", &second)]);
    let outcome = hand_over(&scripts, &[ONE, long, THREE]);
    assert_eq!((outcome.delivered(), outcome.refused()), (vec![0, 2], vec![1]), "{}", outcome.error());
    assert!(scripts.heard(0).len() < 300_000, "{}", scripts.heard(0).len());
}

#[test]
fn several_go_at_once_and_one_by_one_if_that_fails() {
    let scripts = one_server(
        "MULTIAPPEND LITERAL+",
        &[
            ("m2 APPEND \"INBOX\" {14}\r\n", "+\r\n"),
            ("Subject: 1\r\n\r\n {14+}\r\nSubject: 2\r\n\r\n {14+}\r\nSubject: 3\r\n\r\n\r\n", "m2 NO no\r\n"),
            ("m3 APPEND \"INBOX\" {14}\r\n", "+\r\n"),
            ("1\r\n\r\n\r\n", "m3 OK\r\n"),
            ("m4 APPEND \"INBOX\" {14+}\r\nSubject: 2\r\n\r\n\r\n", "m4 NO this one\r\n"),
            ("m5 APPEND \"INBOX\" {14+}\r\nSubject: 3\r\n\r\n\r\n", "m5 OK [APPENDUID 7 3:5,odd]\r\n"),
        ],
    );
    let outcome = hand_over(&scripts, &[ONE, TWO, THREE]);
    assert_eq!((outcome.delivered(), outcome.refused()), (vec![0, 2], vec![1]), "{}", outcome.error());
}

#[test]
fn a_full_mailbox_ends_the_hand_over() {
    for (says, kind) in [
        ("NO [OVERQUOTA] full", Kind::TryLater),
        ("NO slow down [THROTTLED]", Kind::TryLater),
        ("NO [NOPERM] not yours", Kind::Unavailable),
    ] {
        let answer = format!("m3 {says}\r\n").leak() as &str;
        let scripts = one_server("", &[("{14}\r\n", "+\r\n"), ("\r\n\r\n\r\n", "m2 OK\r\n"), ("m3 APPEND", answer)]);
        let outcome = hand_over(&scripts, &[ONE, TWO, THREE]);
        assert_eq!((outcome.delivered(), outcome.refused()), (vec![0], vec![]), "{says}");
        let error = outcome.error.unwrap();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.next_step().is_some() || error.to_string().contains("THROTTLED"), "{error}");
    }
}

#[test]
fn an_end_in_the_middle_leaves_what_is_not_answered() {
    for says in ["* BYE [UNAVAILABLE] shutting down\r\n", "", "x9 OK\r\n", "m3 MAYBE\r\n"] {
        let scripts = one_server("", &[("{14}\r\n", "+\r\n"), ("\r\n\r\n\r\n", "m2 OK\r\n"), ("m3 APPEND", says)]);
        let outcome = hand_over(&scripts, &[ONE, TWO]);
        assert_eq!((outcome.answers.len(), outcome.delivered()), (1, vec![0]), "{says}");
        let error = outcome.error.unwrap();
        assert_eq!(error.cause() == Cause::ConnectionLost, says.is_empty() || says.starts_with('*'), "{says}: {error}");
        assert_eq!(scripts.connections(), 1, "nothing is tried again");
    }
}

#[test]
fn what_is_refused_without_a_reason_is_the_message_only_if_others_pass() {
    let scripts = one_server(
        "",
        &[
            ("m2 APPEND", "m2 NO no\r\n"),
            ("m3 APPEND", "m3 NO no\r\n"),
            ("m4 APPEND", "+\r\n"),
            ("3\r\n\r\n\r\n", "m4 OK\r\n"),
        ],
    );
    let outcome = hand_over(&scripts, &[ONE, TWO, THREE]);
    assert_eq!((outcome.delivered(), outcome.refused()), (vec![2], vec![0, 1]), "{}", outcome.error());
    let scripts = one_server(
        "",
        &[("m2 APPEND", "m2 NO no\r\n"), ("m3 APPEND", "m3 NO no\r\n"), ("m4 APPEND", "m4 NO [LIMIT] no\r\n")],
    );
    let outcome = hand_over(&scripts, &[ONE, TWO, THREE]);
    assert_eq!(outcome.answers, []);
    assert!(outcome.error().contains("one message after another: [LIMIT] no"), "{}", outcome.error());
}

#[test]
fn a_folder_that_is_missing_is_made_once() {
    let made = [
        ("m2 APPEND", "m2 NO [TRYCREATE] Mailbox doesn't exist: Entw\u{fc}rfe\r\n"),
        ("m3 CREATE \"INBOX\"\r\n", "m3 OK\r\n"),
        ("m4 SUBSCRIBE \"INBOX\"\r\n", "m4 NO not that\r\n"),
    ];
    let well = [("m5 APPEND", "+\r\n"), ("1\r\n\r\n\r\n", "m5 OK\r\n")];
    assert_eq!(hand_over(&one_server("", &[&made[..], &well].concat()), &[ONE]).delivered(), [0]);
    let badly = [("m5 APPEND", "m5 NO [TRYCREATE] still not\r\n")];
    let outcome = hand_over(&one_server("", &[&made[..], &badly].concat()), &[ONE]);
    assert_eq!((outcome.answers.len(), outcome.error.unwrap().kind()), (0, Kind::Unavailable));
    let refused = [made[0], ("m3 CREATE", "m3 NO [CANNOT] bad name\r\n")];
    let outcome = hand_over(&one_server("", &refused), &[ONE]);
    assert!(outcome.error().contains("cannot be created: [CANNOT] bad name"), "{}", outcome.error());
}

#[test]
fn what_is_too_large_or_cannot_be_carried_is_not_sent() {
    let scripts = one_server("APPENDLIMIT=20", &[("{14}\r\n", "+\r\n"), ("1\r\n\r\n\r\n", "m2 OK\r\n")]);
    let outcome = hand_over(&scripts, &["Subject: too long\r\n\r\n", "a\0b", ONE]);
    assert_eq!((outcome.delivered(), outcome.refused()), (vec![2], vec![0, 1]), "{}", outcome.error());
    // The limit of the folder is asked for with the mark.
    let steps = [(
        "m2 STATUS \"INBOX\" (UIDVALIDITY UIDNEXT APPENDLIMIT)\r\n",
        "* STATUS INBOX (UIDNEXT 5 APPENDLIMIT 13 UIDVALIDITY 7)\r\nm2 OK\r\n",
    )];
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &[ONE]);
    let mut carrier = ImapCarrier::new(way(&one_server("APPENDLIMIT", &steps)));
    assert_eq!(carrier.mark().unwrap(), b"7 5");
    let mut told = Told::default();
    carrier.hand_over(&messages, &mut told).unwrap();
    assert_eq!(told.0, [(0, Answer::Refused("it has 14 octets, and the server takes 13 at most".into()))]);
}

#[test]
fn one_of_two_that_are_the_same_waits_for_the_next_mark() {
    let status =
        |tag: &str, next: u32| format!("* STATUS INBOX (UIDVALIDITY 7 UIDNEXT {next})\r\n{tag} OK\r\n").leak() as &str;
    let scripts = one_server(
        "LITERAL+",
        &[
            ("m2 STATUS", status("m2", 5)),
            ("{14}\r\n", "+\r\n"),
            ("\r\n\r\n\r\n", "m3 OK\r\n"),
            ("m4 STATUS", status("m4", 6)),
            ("m5 APPEND", "m5 OK\r\n"),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &[ONE, ONE]);
    let mut carrier = ImapCarrier::new(way(&scripts));
    carrier.mark().unwrap();
    let mut told = Told::default();
    carrier.hand_over(&messages, &mut told).unwrap();
    assert!(
        matches!(
            &told.0[..],
            [(1, Answer::Later(_)), (0, Answer::Delivered)] | [(0, Answer::Delivered), (1, Answer::Later(_))]
        ),
        "{:?}",
        told.0
    );
    assert_eq!(carrier.mark().unwrap(), b"7 6");
    carrier.hand_over(&messages[1..], &mut told).unwrap();
    assert_eq!(told.0.last(), Some(&(0, Answer::Delivered)));
}

#[test]
fn flags_and_dates_have_one_form() {
    let scripts = one_server(
        "",
        &[
            ("m2 APPEND \"Entw&APw-rfe\" (\\Seen $Work) \"05-Nov-2026 10:00:00 +0000\" {40}\r\n", "+\r\n"),
            ("\r\n\r\n\r\n", "m2 OK\r\n"),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &["Date: Thu, 5 Nov 2026 10:00:00 +0000\r\n\n"]);
    let mut way = way(&scripts);
    way.settings.folder = "Entw\u{fc}rfe".into();
    way.settings.flags = vec!["\\Seen".into(), "$Work".into()];
    let mut told = Told::default();
    ImapCarrier::new(way).hand_over(&messages, &mut told).unwrap();
    assert_eq!(told.0, [(0, Answer::Delivered)]);
}

#[test]
fn a_server_that_hung_up_long_ago_is_asked_for_the_mark_again() {
    let status = "* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 5)\r\n";
    let answered = |tag: &str| format!("{status}{tag} OK\r\n").leak() as &str;
    let first = logged_in("", &[("m2 STATUS", answered("m2")), ("m3 STATUS", "* BYE Autologout\r\n")]);
    let second = logged_in("", &[("m2 STATUS", answered("m2"))]);
    let scripts = Scripts::new(vec![first, second]);
    let mut carrier = ImapCarrier::new(way(&scripts));
    assert_eq!(carrier.mark().unwrap(), b"7 5");
    assert_eq!(carrier.mark().unwrap(), b"7 5");
    assert_eq!(scripts.connections(), 2);
    assert_eq!(
        carrier.mark().unwrap_err().kind(),
        Kind::NoHost,
        "that connection has ended, too; no third one is there"
    );
}
