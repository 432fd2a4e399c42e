//! Connections that end where they should not.

use super::server::{Act, MemoryNetwork};
use super::{ALL, Stage, later};
use crate::deliver::Answer;

const STEPS: [&str; 4] = ["MAIL", "RCPT", "DATA", "TEXT"];

fn endings() -> Vec<Act> {
    vec![
        Act::Hangup,
        Act::Say("421 4.3.2 shutting down".into()),
        Act::SayAndHangup("421 4.3.2 shutting down".into()),
        Act::Say("garbage".into()),
        Act::Say("150 what".into()),
        Act::Say("x".repeat(100_000)),
        Act::Say("250-a\r\n251 b".into()),
        Act::Endless("250-more"),
        Act::Endless("\0"),
        Act::SayAndHangup("250-unfini".into()),
    ]
}

/// Every ending at every step, once: each message arrives, and the others only once.
#[test]
fn a_connection_that_ends_once_delays_nothing() {
    for (lmtp, offers) in [(true, ALL), (false, ALL), (true, &[][..]), (false, &[][..])] {
        for verb in STEPS {
            for ending in endings() {
                let what = format!("{lmtp} {offers:?} {verb} {ending:?}");
                let mut once = Some(ending);
                let network = MemoryNetwork::new(lmtp, offers)
                    .with(move |asked| if asked.verb == verb && asked.message == 1 { once.take() } else { None });
                let mut stage = Stage::numbered(network, &["ann", "bob"], 4);
                assert_eq!(stage.answers(), vec![Answer::Delivered; 4], "{what}");
                for at in 0..4 {
                    assert_eq!((stage.times(at, "ann"), stage.times(at, "bob")), (1, 1), "{what}: {at}");
                }
                assert_eq!(stage.network.world(|world| world.connections), 2 + usize::from(verb == "TEXT"), "{what}");
            }
        }
    }
}

/// The same, where it is the sender that the server does not like.
#[test]
fn a_sender_that_ends_every_connection_stops_nobody_else() {
    for offers in [ALL, &[][..]] {
        for ending in endings() {
            let what = format!("{offers:?} {ending:?}");
            let network = MemoryNetwork::new(true, offers)
                .with(move |asked| asked.line.starts_with("MAIL FROM:<bad@x>").then(|| ending.clone()));
            let bad = b"Return-Path: <bad@x>\r\nN: 2\r\n\r\n";
            let contents: [&[u8]; 4] = [b"N: 0\r\n\r\n", b"N: 1\r\n\r\n", bad, b"N: 3\r\n\r\n"];
            for contents in [contents, [bad, contents[0], contents[1], contents[3]]] {
                let mut stage = Stage::new(network.clone(), &["ann"], &contents);
                let answers = stage.answers();
                assert_eq!(answers.iter().filter(|answer| **answer == Answer::Delivered).count(), 3, "{what}");
                assert_eq!([0, 1, 3].map(|at| stage.times(at, "ann")), [1, 1, 1], "{what}");
                stage.network.world(|world| world.taken.clear());
            }
        }
    }
}

/// A message that ends each connection waits for another run, and all others come.
#[test]
fn a_message_that_ends_every_connection_stops_nobody_else() {
    for lmtp in [true, false] {
        for ending in endings() {
            let what = format!("{lmtp} {ending:?}");
            let network = MemoryNetwork::new(lmtp, ALL)
                .with(move |asked| (asked.verb == "TEXT" && asked.text.starts_with(b"N: 1\r")).then(|| ending.clone()));
            let mut stage = Stage::numbered(network, &["ann"], 5);
            let answers = stage.answers();
            later(&answers[1]);
            assert_eq!(answers.iter().filter(|answer| **answer == Answer::Delivered).count(), 4, "{what}");
            assert_eq!([0, 1, 2, 3, 4].map(|at| stage.times(at, "ann")), [1, 0, 1, 1, 1], "{what}");
            let texts = stage.lines().iter().filter(|line| *line == "DATA").count();
            assert_eq!(texts, 6, "once again, alone: {what}");
        }
    }
}

#[test]
fn a_server_that_ends_every_connection_is_given_up_soon() {
    for verb in STEPS {
        for ending in endings() {
            let what = format!("{verb} {ending:?}");
            let network = MemoryNetwork::new(true, ALL).with(move |asked| (asked.verb == verb).then(|| ending.clone()));
            let mut stage = Stage::numbered(network, &["ann"], 40);
            let (heard, result) = stage.hand_over();
            result.unwrap_err();
            assert!(heard.0.iter().all(|(_, answer)| matches!(answer, Answer::Later(_))), "{what}");
            assert!(stage.network.world(|world| world.connections) <= 10, "{what}");
        }
    }
}

#[test]
fn one_time_out_is_enough_for_a_server_that_says_nothing() {
    for verb in ["GREETING", "LHLO"] {
        let network = MemoryNetwork::new(true, ALL).with(move |asked| (asked.verb == verb).then_some(Act::Silence));
        let mut stage = Stage::numbered(network, &["ann"], 10);
        let (heard, result) = stage.hand_over();
        assert!(result.is_err() && heard.0.is_empty(), "{verb}");
        assert_eq!(stage.network.world(|world| world.connections), 1, "{verb}");
    }
}

#[test]
fn a_message_that_a_server_thinks_about_for_too_long_waits_for_another_run() {
    for verb in ["MAIL", "RCPT", "DATA", "TEXT"] {
        let network = MemoryNetwork::new(true, ALL).with(move |asked| (asked.verb == verb).then_some(Act::Silence));
        let mut stage = Stage::numbered(network, &["ann"], 10);
        let (heard, result) = stage.hand_over();
        assert!(result.is_err() && heard.0.len() <= 2, "{verb}: {heard:?}");
        assert_eq!(stage.network.world(|world| world.connections), 2, "{verb}");
        let network = MemoryNetwork::new(true, ALL)
            .with(move |asked| (asked.verb == verb && asked.message == 0).then_some(Act::Silence));
        let mut stage = Stage::numbered(network, &["ann"], 3);
        let answers = stage.answers();
        later(&answers[0]);
        assert_eq!(answers[1..], [Answer::Delivered, Answer::Delivered]);
    }
    // It may be the message that it thinks about for so long. That is not sent again at once.
    let network = MemoryNetwork::new(true, ALL)
        .with(|asked| (asked.verb == "TEXT" && asked.text.starts_with(b"N: 1\r")).then_some(Act::Silence));
    let mut stage = Stage::numbered(network, &["ann"], 3);
    later(&stage.answers()[1]);
    assert_eq!(stage.lines().iter().filter(|line| *line == "DATA").count(), 3);
    let network = MemoryNetwork::new(true, ALL).with(|asked| (asked.verb == "TEXT").then_some(Act::Silence));
    let mut stage = Stage::numbered(network, &["ann"], 10);
    stage.hand_over().1.unwrap_err();
    assert_eq!(stage.network.world(|world| world.connections), 2);
}

#[test]
fn a_recipient_that_was_answered_before_the_end_does_not_get_it_again() {
    let mut once = Some(Act::SayAndHangup("250 2.0.0 ann has it".into()));
    let network =
        MemoryNetwork::new(true, ALL).with(move |asked| if asked.verb == "TEXT" { once.take() } else { None });
    let mut stage = Stage::numbered(network, &["ann", "bob"], 1);
    assert_eq!(stage.answers(), [Answer::Delivered]);
    let to: Vec<String> = stage.lines().into_iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(to, ["RCPT TO:<ann>", "RCPT TO:<bob>", "RCPT TO:<bob>"]);
}

#[test]
fn an_idle_connection_that_was_closed_is_opened_again() {
    let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], 2);
    stage.answers();
    let mut once = Some(Act::SayAndHangup("421 4.4.2 timeout".into()));
    stage.network.world(|world| world.rule = Box::new(move |_| once.take()));
    assert_eq!(stage.answers(), vec![Answer::Delivered; 2]);
    assert_eq!((stage.times(0, "ann"), stage.times(1, "ann")), (2, 2));
    assert_eq!(stage.network.world(|world| world.connections), 2);
}

#[test]
fn many_messages_take_several_connections_and_few_take_one() {
    for (count, connections) in [(1, 1), (31, 1), (32, 2), (64, 4), (200, 4)] {
        let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], count);
        stage.network.world(|world| world.pause = std::time::Duration::from_millis(1));
        assert_eq!(stage.answers(), vec![Answer::Delivered; count]);
        assert_eq!(stage.network.world(|world| world.connections), connections);
        assert!((0..count).all(|at| stage.times(at, "ann") == 1));
        stage.answers();
        assert_eq!(stage.network.world(|world| world.connections), connections, "they are kept");
    }
}

#[test]
fn a_server_that_allows_one_connection_gets_everything_over_it() {
    let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], 100);
    stage.network.world(|world| world.refuse_connections_from = 1);
    assert_eq!(stage.answers(), vec![Answer::Delivered; 100]);
    let network = MemoryNetwork::new(true, ALL)
        .with(|asked| (asked.connection > 0).then(|| Act::SayAndHangup("421 4.7.0 too many connections".into())));
    let mut stage = Stage::numbered(network, &["ann"], 100);
    assert_eq!(stage.answers(), vec![Answer::Delivered; 100]);
    assert!((0..100).all(|at| stage.times(at, "ann") == 1));
}

#[test]
fn an_error_of_whoever_listens_ends_it() {
    struct Deaf;
    impl crate::deliver::Answers for Deaf {
        fn answered(&mut self, _: usize, _: Answer) -> crate::error::Result<()> {
            Err(crate::error::Error::stopped())
        }
    }
    let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], 100);
    let error = crate::deliver::Carrier::hand_over(&mut stage.carrier, &stage.messages, &mut Deaf).unwrap_err();
    assert!(error.to_string().ends_with("stopped"), "{error}");
}
