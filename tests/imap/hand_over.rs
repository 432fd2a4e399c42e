//! What arrives is what was given: octets, dates, flags.

use std::sync::Arc;

use mailhaul::deliver::{Answer, Carrier, Sight};
use mailhaul::handover::imap::flag;
use mailhaul::net::{Sockets, TlsMode};

use super::raw::RawImap;
use super::wire::Wire;
use super::{Told, carrier, outbox, settings, simple_carrier, with_crlf};
use crate::dovecot::{awkward_messages, dovecot_beside_or_skip, ordinary_messages};

#[test]
fn every_message_octet_for_octet_by_every_way() {
    let Some(server) = dovecot_beside_or_skip("every_message_octet_for_octet_by_every_way", &[], "") else { return };
    let contents: Vec<Vec<u8>> = awkward_messages().into_iter().map(|message| message.content).collect();
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &contents);
    for tls in [TlsMode::Implicit, TlsMode::StartTls, TlsMode::None] {
        let name = format!("Entw\u{fc}rfe{}", tls as u8);
        let mut way = settings(&server, &name, tls);
        way.flags = vec![flag("\\seen").unwrap(), flag("$Work").unwrap()];
        let mut carrier = carrier(&server, way, Arc::new(Sockets));
        carrier.mark().unwrap();
        let mut told = Told::of(&messages);
        carrier.hand_over(&messages, &mut told).unwrap();
        carrier.close();
        let mut expected = Vec::new();
        for (content, answer) in contents.iter().zip(&told.0) {
            match answer {
                Some(Answer::Delivered) => expected.push(with_crlf(content)),
                Some(Answer::Refused(why)) => {
                    assert!(content.contains(&0) || content.is_empty(), "{why}: {}", content.escape_ascii());
                }
                // Two of the awkward messages are the same.
                Some(Answer::Later(why)) => assert!(why.contains("the same message"), "{why}"),
                None => panic!("no answer"),
            }
        }
        assert!(expected.len() > 290, "{}", expected.len());
        let stored = RawImap::login(server.port_imap(), "ann").messages(&format!("Entw&APw-rfe{}", tls as u8));
        assert!(stored.iter().all(|message| message.flags.contains("\\Seen") && message.flags.contains("$Work")));
        let mut found: Vec<Vec<u8>> = stored.into_iter().map(|message| message.content).collect();
        let mut expected: Vec<Vec<u8>> = expected.iter().map(|content| kept(content)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found == expected, "{}\n{}", found.escape_ascii(), expected.escape_ascii());
        }
    }
}

/// Dovecot takes one of two carriage returns before a line feed away, and one at the end.
fn kept(content: &[u8]) -> Vec<u8> {
    let mut kept = content.to_vec();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&kept[at..], b"\r\r\n") {
        kept.remove(at + found);
        at += found + 2;
    }
    if kept.ends_with(b"\r") {
        kept.pop();
    }
    kept
}

#[test]
fn dates_are_those_of_the_message_and_flags_are_none() {
    let Some(server) = dovecot_beside_or_skip("dates_are_those_of_the_message_and_flags_are_none", &[], "") else {
        return;
    };
    let contents = [
        "Received: from a by b; Thu, 5 Nov 2026 10:00:00 +0100\r\nDate: Mon, 2 Nov 2026 01:02:03 +0000\r\n\r\n1\r\n",
        "Date: Mon, 2 Nov 2026 01:02:03 -0330\r\n\r\n2\r\n",
        "Date: 32 Nov 2026\r\n\r\n3\r\n",
    ];
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &contents.map(|content| content.into()));
    let mut told = Told::of(&messages);
    let mut carrier = simple_carrier(&server, "INBOX");
    carrier.hand_over(&messages, &mut told).unwrap();
    assert!(told.are_all_delivered(), "{told:?}");
    let stored = RawImap::login(server.port_imap(), "ann").messages("INBOX");
    let year = |at: usize| stored[at].date.clone();
    // Dovecot shows dates in its own zone, which here is that of the machine.
    let minutes = |date: &str| {
        let date = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", date.trim()).unwrap();
        date.to_timestamp().unwrap().as_second()
    };
    assert_eq!(minutes(&year(0)), minutes("05-Nov-2026 10:00:00 +0100"));
    assert_eq!(minutes(&year(1)), minutes("02-Nov-2026 01:02:03 -0330"));
    let now = jiff::Timestamp::now().as_second();
    assert!((now - minutes(&year(2))).abs() < 600, "{stored:?}");
    assert!(stored.iter().all(|message| message.flags.is_empty() || message.flags == "\\Recent"), "{stored:?}");
}

#[test]
fn several_go_by_one_command_and_none_is_waited_for() {
    let Some(server) = dovecot_beside_or_skip("several_go_by_one_command_and_none_is_waited_for", &[], "") else {
        return;
    };
    let contents: Vec<Vec<u8>> = ordinary_messages(200).into_iter().map(|message| message.content).collect();
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &contents);
    let wire = Wire::default();
    let mut carrier = carrier(&server, settings(&server, "INBOX", TlsMode::None), Arc::new(wire.clone()));
    let mut told = Told::of(&messages);
    carrier.hand_over(&messages, &mut told).unwrap();
    assert!(told.are_all_delivered(), "{told:?}");
    assert_eq!(wire.count(" APPEND \"INBOX\""), 4);
    assert_eq!(wire.count("+}\r\n"), 199, "the first one waits");
    assert_eq!(RawImap::login(server.port_imap(), "ann").messages("INBOX").len(), 200);
}

/// Of an empty message Dovecot refuses all that come with it.
#[test]
fn what_is_refused_takes_nothing_with_it() {
    let Some(server) = dovecot_beside_or_skip("what_is_refused_takes_nothing_with_it", &[], "") else { return };
    let contents = [&b"a: b\r\n\r\n"[..], b"", b"c: d\r\n\r\n", b"x\0y", b"e: f\r\n\r\n"].map(<[u8]>::to_vec);
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &contents);
    let mut told = Told::of(&messages);
    let mut carrier = simple_carrier(&server, "INBOX");
    carrier.hand_over(&messages, &mut told).unwrap();
    let is_delivered: Vec<bool> = told.0.iter().map(|answer| *answer == Some(Answer::Delivered)).collect();
    assert_eq!(is_delivered, [true, false, true, false, true], "{told:?}");
    assert_eq!(RawImap::login(server.port_imap(), "ann").messages("INBOX").len(), 3);
}

#[test]
fn a_full_mailbox_stops_the_hand_over_and_nothing_is_in_doubt_for_long() {
    let quota = "mail_plugins = quota\nplugin {\n  quota = maildir:all\n  quota_rule = *:storage=30K\n}\n";
    let name = "a_full_mailbox_stops_the_hand_over_and_nothing_is_in_doubt_for_long";
    let Some(server) = dovecot_beside_or_skip(name, &[], quota) else { return };
    let message = |number| format!("Message-ID: <{number}@a>\r\n\r\n{}\r\n", "x".repeat(8000)).into_bytes();
    let contents: Vec<Vec<u8>> = (0..10).map(message).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut messages = outbox(folder.path(), &contents);
    let mut carrier = simple_carrier(&server, "INBOX");
    let mut stored = 0;
    loop {
        let mark = carrier.mark().unwrap();
        messages.iter_mut().for_each(|message| message.mark.clone_from(&mark));
        let mut told = Told::of(&messages[..2]);
        match carrier.hand_over(&messages[..2], &mut told) {
            Ok(()) => assert!(told.are_all_delivered(), "{told:?}"),
            Err(error) => {
                assert!(error.may_pass() && error.to_string().contains("[OVERQUOTA]"), "{error}");
                assert_eq!(told.0, [None, None]);
                break;
            }
        }
        stored += 2;
        messages.drain(..2);
    }
    assert_eq!(stored, 2);
    assert_eq!(simple_carrier(&server, "INBOX").look_for(&messages).unwrap(), vec![Sight::Absent; 8]);
    assert_eq!(RawImap::login(server.port_imap(), "ann").messages("INBOX").len(), stored);
}

/// A folder that is missing is noticed by APPEND, too.
#[test]
fn a_folder_is_made_where_there_is_none() {
    let Some(server) = dovecot_beside_or_skip("a_folder_is_made_where_there_is_none", &[], "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), &[b"a: b\r\n\r\n".to_vec(), b"c: d\r\n\r\n".to_vec()]);
    let mut told = Told::of(&messages);
    simple_carrier(&server, "\u{c4}rger & \"Co\"").hand_over(&messages, &mut told).unwrap();
    assert!(told.are_all_delivered(), "{told:?}");
    let mut raw = RawImap::login(server.port_imap(), "ann");
    assert_eq!(raw.messages("&AMQ-rger &- \\\"Co\\\"").len(), 2);
    assert!(raw.command("LSUB \"\" \"*\"").iter().any(|line| line.contains("&AMQ-rger")));
}
