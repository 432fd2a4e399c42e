//! Is it there? The five rules, against what servers may say.

use super::script::Scripts;
use super::*;
use crate::deliver::Sight::{self, *};

const A: &str = "Message-ID: <a@x>\r\n\r\n";
const B: &str = "Message-ID: <b@x>\r\n\r\n";
const NOTE: &str = "Subject: n\r\n\r\n";

/// Looks for messages whose mark says: validity 7, next UID 5.
fn look(contents: &[&str], steps: &[Step]) -> Vec<Sight> {
    look_at("", contents, steps)
}

fn look_at(capabilities: &str, contents: &[&str], steps: &[Step]) -> Vec<Sight> {
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), contents);
    let scripts = Scripts::new(vec![logged_in(capabilities, steps)]);
    ImapCarrier::new(way(&scripts)).look_for(&messages).unwrap()
}

/// `* OK [UIDVALIDITY ..] [UIDNEXT ..]` and the answer to EXAMINE.
fn examined(validity: u32, next: u32) -> Step {
    let text =
        format!("* 9 EXISTS\r\n* OK [UIDVALIDITY {validity}] .\r\n* OK [UIDNEXT {next}] .\r\nm2 OK [READ-ONLY] .\r\n");
    ("m2 EXAMINE \"INBOX\"\r\n", text.leak())
}

/// The answer to the sizes: (UID, octets), with a last message below the mark, as `N:*` has it.
fn sizes(messages: &[(u32, usize)]) -> Step {
    let mut text = String::new();
    for (uid, octets) in messages {
        text += &format!("* {uid} FETCH (UID {uid} RFC822.SIZE {octets})\r\n* 1 FETCH (FLAGS ())\r\n");
    }
    ("m3 UID FETCH 5:* (UID RFC822.SIZE)\r\n", (text + "m3 OK\r\n").leak())
}

/// The answer to the headers.
fn headers(tag: &str, messages: &[(u32, &str)]) -> Step {
    let mut text = String::new();
    for (uid, header) in messages {
        let octets = header.len();
        text += &format!("* {uid} FETCH (UID {uid} RFC822.SIZE {octets} BODY[HEADER]<0> {{{octets}}}\r\n{header})\r\n");
    }
    ("BODY.PEEK[HEADER]<0.262144>)\r\n", (text + tag + " OK\r\n").leak())
}

const LEFT: Step = ("CLOSE\r\n", "m5 OK\r\n");

#[test]
fn where_nothing_came_nothing_is_there() {
    assert_eq!(look(&[A, B], &[examined(7, 5), ("m3 CLOSE\r\n", "m3 OK\r\n")]), [Absent, Absent]);
}

#[test]
fn what_came_is_compared_and_a_neighbour_is_not_it() {
    let steps = [
        examined(7, 7),
        sizes(&[(5, A.len()), (6, 99)]),
        headers("m4", &[(5, A), (6, "Message-ID: <other>\r\n\r\n")]),
        LEFT,
    ];
    assert_eq!(look(&[A, B], &steps), [There, Absent]);
    // The last message, whose UID is below the mark, is not one that came since.
    let steps = [examined(7, 6), sizes(&[(4, A.len()), (5, 3)]), headers("m4", &[(5, "x\r\n\r\n")]), LEFT];
    assert_eq!(look(&[A], &steps), [Absent]);
}

#[test]
fn of_twins_as_many_are_there_as_came() {
    let steps = [examined(7, 6), sizes(&[(5, A.len())]), headers("m4", &[(5, A)]), LEFT];
    let sights = look(&[A, A, A], &steps);
    assert_eq!(sights.iter().filter(|sight| **sight == There).count(), 1);
    assert_eq!(sights.iter().filter(|sight| **sight == Absent).count(), 2);
}

#[test]
fn a_server_may_have_rewritten_it_but_the_one_that_is_the_same_comes_first() {
    let other = "Message-ID: <a@x>\r\nX: y\r\n\r\n";
    let steps = [examined(7, 6), sizes(&[(5, other.len())]), headers("m4", &[(5, other)]), LEFT];
    assert_eq!(look(&[A], &steps), [There]);
    // The first is the rewritten one, the second is the same.
    let steps = [examined(7, 7), sizes(&[(5, other.len()), (6, A.len())]), headers("m4", &[(5, other), (6, A)]), LEFT];
    assert_eq!(look(&[A, other], &steps), [There, There]);
}

#[test]
fn without_a_message_id_the_whole_message_is_compared() {
    for (body, sight) in [("Subject: n\r\n\r\n", There), ("Subject: m\r\n\r\n", Absent)] {
        let piece = format!("* 5 FETCH (UID 5 BODY[]<0> {{14}}\r\n{body})\r\nm5 OK\r\n").leak() as &str;
        let steps = [
            examined(7, 6),
            sizes(&[(5, NOTE.len())]),
            headers("m4", &[(5, "Subject: n\r\n\r\n")]),
            ("m5 UID FETCH 5 (UID BODY.PEEK[]<0.1048576>)\r\n", piece),
            ("CLOSE", "m6 OK\r\n"),
        ];
        assert_eq!(look(&[NOTE], &steps), [sight], "{body}");
    }
}

/// UID 5 is missing: somebody has moved or removed it.
fn with_gap(end: &[Step]) -> Vec<Step> {
    let mut steps = vec![
        examined(7, 7),
        sizes(&[(6, 3)]),
        headers("m4", &[(6, "x\r\n\r\n")]),
        (
            "m5 LIST \"\" \"*\"\r\n",
            "* LIST () \".\" INBOX\r\n* LIST (\\Noselect) \".\" None\r\n* LIST () \".\" {3}\r\nOld\r\nm5 OK\r\n",
        ),
        ("m6 EXAMINE \"Old\"\r\n", "m6 OK\r\n"),
    ];
    steps.extend_from_slice(end);
    steps
}

#[test]
fn what_was_moved_is_found_in_another_folder() {
    let steps = with_gap(&[
        ("m7 UID SEARCH HEADER Message-ID \"a@x\"\r\n", "* SEARCH 3 9\r\nm7 OK\r\n"),
        (
            "m8 UID FETCH 3,9 (UID RFC822.SIZE)\r\n",
            "* 1 FETCH (UID 3 RFC822.SIZE 21)\r\n* 2 FETCH (UID 9 RFC822.SIZE 21)\r\nm8 OK\r\n",
        ),
        headers("m9", &[(3, "Message-ID: <other>\r\n\r\n"), (9, A)]),
        ("m10 CLOSE", "m10 OK\r\n"),
    ]);
    assert_eq!(look(&[A], &steps), [There]);
}

#[test]
fn what_is_nowhere_and_may_have_been_removed_is_unknown() {
    let steps = with_gap(&[
        ("m7 UID SEARCH HEADER", "* SEARCH\r\n* ESEARCH (TAG \"m7\") UID\r\nm7 OK\r\n"),
        ("m8 CLOSE", "m8 OK\r\n"),
    ]);
    assert_eq!(look(&[A], &steps), [Unknown]);
    // A message without a Message-ID is searched by its size.
    let steps =
        with_gap(&[("m7 UID SEARCH LARGER 13 SMALLER 15\r\n", "m7 NO I cannot\r\n"), ("m8 CLOSE", "m8 OK\r\n")]);
    assert_eq!(look(&[NOTE], &steps), [Unknown]);
}

#[test]
fn gmail_is_asked_in_its_own_way() {
    let steps = [
        examined(7, 7),
        ("m3 UID FETCH 5:* (UID RFC822.SIZE)\r\n", "* 6 FETCH (UID 6 RFC822.SIZE 3)\r\nm3 OK\r\n"),
        headers("m4", &[(6, "x\r\n\r\n")]),
        (
            "m5 LIST",
            "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n* LIST () \"/\" \"Other\"\r\n* LIST (\\All) \"/\" \"[Gmail]/All Mail\"\r\nm5 OK\r\n",
        ),
        ("m6 EXAMINE \"[Gmail]/All Mail\"\r\n", "m6 OK\r\n"),
        ("m7 UID SEARCH X-GM-RAW \"rfc822msgid:a@x\"\r\n", "* SEARCH\r\nm7 OK\r\n"),
        ("m8 CLOSE", "m8 OK\r\n"),
    ];
    assert_eq!(look_at("X-GM-EXT-1", &[A], &steps), [Unknown]);
}

#[test]
fn another_validity_makes_everything_possible() {
    let steps = [
        examined(8, 5),
        ("m3 UID FETCH 1:* (UID RFC822.SIZE)\r\n", "* 1 FETCH (UID 2 RFC822.SIZE 21)\r\nm3 OK\r\n"),
        headers("m4", &[(2, A)]),
        ("m5 LIST", "* LIST () \".\" INBOX\r\nm5 OK\r\n"),
        ("m6 CLOSE", "m6 OK\r\n"),
    ];
    assert_eq!(look(&[A, B], &steps), [There, Unknown]);
}

#[test]
fn a_folder_that_is_gone_makes_everything_possible_too() {
    let steps = [
        ("m2 EXAMINE", "m2 NO no such folder\r\n"),
        ("m3 LIST", "m3 OK\r\n"),
        ("m4 CLOSE", "m4 BAD nothing is open\r\n"),
    ];
    assert_eq!(look(&[A], &steps), [Unknown]);
}

#[test]
fn what_was_never_sent_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let mut messages = outbox(folder.path(), &[A]);
    messages[0].mark.clear();
    let scripts = Scripts::new(vec![logged_in("", &[examined(7, 9), ("m3 CLOSE", "m3 OK\r\n")])]);
    assert_eq!(ImapCarrier::new(way(&scripts)).look_for(&messages).unwrap(), [Absent]);
}

#[test]
fn a_server_that_does_not_say_where_the_folder_is_proves_nothing() {
    let steps = [
        ("m2 EXAMINE", "m2 OK\r\n"),
        ("m3 UID FETCH 1:*", "m3 OK\r\n"),
        ("m4 LIST", "m4 OK\r\n"),
        ("m5 CLOSE", "m5 OK\r\n"),
    ];
    assert_eq!(look(&[A], &steps), [Unknown]);
}
