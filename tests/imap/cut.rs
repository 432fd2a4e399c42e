//! The connection is cut after any octet; whoever looks afterwards finds out what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use mailhaul::deliver::{Answer, Carrier, Outgoing, Sight};
use mailhaul::net::TlsMode;

use super::raw::RawImap;
use super::wire::Wire;
use super::{Told, carrier, outbox, settings, simple_carrier};
use crate::dovecot::{Dovecot, dovecot_beside_or_skip};

/// Messages of all kinds: with a Message-ID, with none, twins.
fn contents(round: usize) -> Vec<Vec<u8>> {
    (0..30)
        .map(|number| match number % 3 {
            0 => format!("Message-ID: <{round}.{number}@a>\r\nSubject: x\r\n\r\n{number}\r\n"),
            1 => format!("Subject: note {round}.{number}\r\n\r\nno id\r\n"),
            _ => format!("Subject: twin {round}\r\n\r\nall are the same\r\n"),
        })
        .map(String::into_bytes)
        .collect()
}

fn settle(outcome: &Told, waiting: Vec<Outgoing>) -> (Vec<Outgoing>, Vec<Outgoing>) {
    let (mut again, mut doubtful) = (Vec::new(), Vec::new());
    for (message, answer) in waiting.into_iter().zip(&outcome.0) {
        match answer {
            Some(Answer::Delivered) => {}
            Some(Answer::Later(_)) => again.push(message),
            Some(Answer::Refused(why)) => panic!("{why}"),
            None => doubtful.push(message),
        }
    }
    (again, doubtful)
}

/// One run: what is in doubt is looked for, the rest is handed over.
fn run(
    server: &Dovecot,
    wire: &Wire,
    waiting: Vec<Outgoing>,
    doubtful: Vec<Outgoing>,
) -> (Vec<Outgoing>, Vec<Outgoing>) {
    let mut carrier = carrier(server, settings(server, "INBOX", TlsMode::None), Arc::new(wire.clone()));
    let mut waiting = waiting;
    if !doubtful.is_empty() {
        let Ok(sights) = carrier.look_for(&doubtful) else { return (waiting, doubtful) };
        for (message, sight) in doubtful.into_iter().zip(sights) {
            assert_ne!(sight, Sight::Unknown);
            waiting.extend((sight == Sight::Absent).then_some(message));
        }
    }
    let Ok(mark) = carrier.mark() else { return (waiting, Vec::new()) };
    waiting.iter_mut().for_each(|message| message.mark.clone_from(&mark));
    let mut told = Told::of(&waiting);
    let result = carrier.hand_over(&waiting, &mut told);
    assert!(result.is_err() || told.0.iter().all(Option::is_some));
    settle(&told, waiting)
}

#[test]
fn exactly_once_wherever_the_connection_is_cut() {
    let Some(server) = dovecot_beside_or_skip("exactly_once_wherever_the_connection_is_cut", &[], "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut expected: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for round in 0..40 {
        let contents = contents(round);
        contents.iter().for_each(|content| *expected.entry(content.clone()).or_default() += 1);
        let wire = Wire::default();
        let (mut waiting, mut doubtful) = (outbox(folder.path(), &contents), Vec::new());
        let mut runs = 0;
        while !waiting.is_empty() || !doubtful.is_empty() {
            runs += 1;
            assert!(runs < 100, "round {round} has no end");
            wire.cut_after((runs < 6).then(|| 60 + (round * 997 + runs * 1231) % 4000));
            (waiting, doubtful) = run(&server, &wire, waiting, doubtful);
            std::thread::sleep(std::time::Duration::from_millis(30)); // the server gets to what was sent
        }
    }
    let mut found: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for message in RawImap::login(server.port_imap(), "ann").messages("INBOX") {
        *found.entry(message.content).or_default() += 1;
    }
    for (content, count) in &expected {
        assert_eq!(found.get(content), Some(count), "{}", content.escape_ascii());
    }
    assert_eq!(found.len(), expected.len());
}

fn handed_over(server: &Dovecot, messages: &mut [Outgoing]) {
    let mut carrier = simple_carrier(server, "INBOX");
    let mark = carrier.mark().unwrap();
    messages.iter_mut().for_each(|message| message.mark.clone_from(&mark));
    let mut told = Told::of(messages);
    carrier.hand_over(messages, &mut told).unwrap();
    assert!(told.are_all_delivered(), "{told:?}");
}

fn sights(server: &Dovecot, messages: &[Outgoing]) -> Vec<Sight> {
    simple_carrier(server, "INBOX").look_for(messages).unwrap()
}

#[test]
fn what_somebody_has_moved_is_found_and_what_was_removed_is_unknown() {
    let Some(server) = dovecot_beside_or_skip("what_somebody_has_moved_is_found", &[], "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        "Message-ID: <1@a>\r\n\r\n1\r\n",
        "Subject: no id\r\n\r\n2\r\n",
        "Message-ID: <3@a>\r\n\r\n3\r\n",
        "Message-ID: <4@a>\r\n\r\n4\r\n",
    ];
    let mut messages = outbox(folder.path(), &texts.map(|text| text.into()));
    // The last one is not sent.
    let (sent, not_sent) = messages.split_at_mut(3);
    handed_over(&server, sent);
    not_sent[0].mark.clone_from(&sent[0].mark);
    assert_eq!(sights(&server, &messages), [Sight::There, Sight::There, Sight::There, Sight::Absent]);
    let mut raw = RawImap::login(server.port_imap(), "ann");
    raw.command("CREATE Elsewhere");
    raw.command("SELECT INBOX");
    raw.command("UID MOVE 1:2 Elsewhere");
    assert_eq!(sights(&server, &messages), [Sight::There, Sight::There, Sight::There, Sight::Unknown]);
    raw.command("UID STORE 3 +FLAGS (\\Deleted)");
    raw.command("EXPUNGE");
    assert_eq!(sights(&server, &messages), [Sight::There, Sight::There, Sight::Unknown, Sight::Unknown]);
}

#[test]
fn another_validity_means_a_search_of_everything() {
    let Some(server) = dovecot_beside_or_skip("another_validity_means_a_search_of_everything", &[], "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut messages = outbox(
        folder.path(),
        &["Message-ID: <1@a>\r\n\r\n1\r\n", "Message-ID: <2@a>\r\n\r\n2\r\n"].map(|text| text.into()),
    );
    let (sent, not_sent) = messages.split_at_mut(1);
    handed_over(&server, sent);
    let other = String::from_utf8(sent[0].mark.clone()).unwrap();
    let other = format!("1{other}").into_bytes();
    (sent[0].mark, not_sent[0].mark) = (other.clone(), other);
    assert_eq!(sights(&server, &messages), [Sight::There, Sight::Unknown]);
}
