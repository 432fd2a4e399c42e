//! What is sent, and what becomes of what is answered.

use super::server::{Act, MemoryNetwork};
use super::{ALL, Stage, later, refused};
use crate::deliver::{Answer, Carrier};
use crate::error::{Kind, Result};

fn say(text: &str) -> Option<Act> {
    Some(Act::Say(text.to_owned()))
}

#[test]
fn messages_arrive_whole_by_both_dialects_with_and_without_pipelining() {
    let awkward: [&[u8]; 8] = [
        b"A: b\r\n\r\nbody\r\n",
        b"A: b\n\nbody\n.\r\nMAIL FROM:<x>\r\nRCPT TO:<y>\r\n",
        b"A: b\n\nbody\n.\nMAIL FROM:<x>\n",
        b"A: b\r\n\r\nbody\r.\rMAIL FROM:<x>\r.\r\nQUIT\r\n",
        b"..\r\n.\r\n.",
        b"",
        b"\0\xff\x80\0",
        b"\r\n\r\n",
    ];
    let arrived: [&[u8]; 8] = [
        b"A: b\r\n\r\nbody\r\n",
        b"A: b\r\n\r\nbody\r\n.\r\nMAIL FROM:<x>\r\nRCPT TO:<y>\r\n",
        b"A: b\r\n\r\nbody\r\n.\r\nMAIL FROM:<x>\r\n",
        b"A: b\r\n\r\nbody\r\n.\rMAIL FROM:<x>\r\n.\r\nQUIT\r\n",
        b"..\r\n.\r\n.\r\n",
        b"",
        b"\0\xff\x80\0\r\n",
        b"\r\n\r\n",
    ];
    for lmtp in [true, false] {
        for offers in [&[][..], &["PIPELINING"], ALL] {
            let mut stage = Stage::new(MemoryNetwork::new(lmtp, offers), &["ann", "bob"], &awkward);
            assert_eq!(stage.answers(), vec![Answer::Delivered; awkward.len()]);
            for to in ["ann", "bob"] {
                let taken = stage.network.world(|world| world.taken.clone());
                let taken: Vec<_> = taken.into_iter().filter(|taken| taken.to == to).map(|taken| taken.text).collect();
                assert_eq!(taken, arrived, "{lmtp} {offers:?}");
            }
            stage.carrier.close();
            assert_eq!(stage.lines().last().unwrap(), "QUIT");
            assert_eq!(stage.network.world(|world| world.connections), 1);
        }
    }
}

#[test]
fn parameters_go_only_where_they_are_offered_and_needed() {
    let message: &[u8] = b"Return-Path: <a@b>\r\nSubject: \xc3\xbc\r\n\r\n";
    let mail = |offers: &[&'static str], to: &str, message: &[u8]| {
        let mut stage = Stage::new(MemoryNetwork::new(true, offers), &[to], &[message]);
        stage.answers();
        stage.lines().into_iter().find(|line| line.starts_with("MAIL")).unwrap()
    };
    assert_eq!(mail(&[], "ann", message), "MAIL FROM:<a@b>");
    assert_eq!(mail(ALL, "ann", message), "MAIL FROM:<a@b> BODY=8BITMIME SIZE=35");
    assert_eq!(mail(ALL, "ann", b"X: y\n\n"), "MAIL FROM:<> SIZE=8");
    assert_eq!(mail(&["SMTPUTF8"], "\u{fc}@x", message), "MAIL FROM:<a@b> SMTPUTF8");
    let foreign = "Return-Path: <\u{fc}@b>\r\n\r\n".as_bytes();
    assert_eq!(mail(&["SMTPUTF8", "SIZE"], "ann", foreign), "MAIL FROM:<\u{fc}@b> SMTPUTF8 SIZE=23");
    assert_eq!(mail(&["8BITMIME"], "ann", foreign), "MAIL FROM:<> BODY=8BITMIME", "a sender that it cannot take");
}

#[test]
fn a_message_over_the_limit_is_not_sent() {
    let large: Vec<u8> = b"x".repeat(101);
    let mut stage = Stage::new(MemoryNetwork::new(true, &["SIZE 100"]), &["ann"], &[b"x\n", &large, b"y\n"]);
    let answers = stage.answers();
    assert_eq!(refused(&answers[1]), "it has 103 octets, and the server takes at most 100");
    assert_eq!((&answers[0], &answers[2]), (&Answer::Delivered, &Answer::Delivered));
    assert_eq!(stage.lines().iter().filter(|line| line.starts_with("MAIL")).count(), 2);
}

#[test]
fn each_recipient_has_an_answer_and_only_the_failed_ones_get_a_repetition() {
    for offers in [&[][..], ALL] {
        // Bob is full, first at RCPT, then behind the text.
        let network = MemoryNetwork::new(true, offers).with(|asked| match (asked.verb, asked.message) {
            ("RCPT", 0) if asked.line.contains("<bob>") => say("452 4.2.2 bob is full"),
            ("TEXT", 1) => say("552 5.2.2 bob is still full"),
            _ => None,
        });
        let mut stage = Stage::numbered(network, &["ann", "bob", "carol"], 1);
        assert_eq!(later(&stage.answers()[0]), "bob: 452 4.2.2 bob is full; the others have it");
        assert_eq!(later(&stage.answers()[0]), "bob: 552 5.2.2 bob is still full; the others have it");
        assert_eq!(stage.answers(), [Answer::Delivered]);
        assert_eq!(["ann", "bob", "carol"].map(|to| stage.times(0, to)), [1, 1, 1]);
        // What all have is forgotten: the same file may be another message.
        assert_eq!(stage.answers(), [Answer::Delivered]);
        assert_eq!(stage.times(0, "ann"), 2);
    }
}

#[test]
fn a_recipient_that_is_refused_while_others_have_it_is_named() {
    let network = MemoryNetwork::new(true, ALL)
        .with(|asked| if asked.line.contains("<bob>") { say("550 5.1.1 no bob") } else { None });
    let mut stage = Stage::numbered(network, &["ann", "bob"], 4);
    for answer in stage.answers() {
        assert_eq!(refused(&answer), "bob: 550 5.1.1 no bob; the others have it");
    }
    assert_eq!(stage.times(3, "ann"), 1);
}

#[test]
fn text_is_never_sent_for_nobody() {
    for lmtp in [true, false] {
        // The server asks for the text although it has refused everybody.
        let network = MemoryNetwork::new(lmtp, ALL).with(|asked| match (asked.verb, asked.message) {
            ("RCPT", 0) => say("550 5.7.1 not from there"),
            ("DATA", 0) => say("354 go on"),
            _ => None,
        });
        let mut stage = Stage::numbered(network, &["ann", "bob"], 2);
        let answers = stage.answers();
        assert!(refused(&answers[0]).starts_with("ann: 550 5.7.1 not from there; bob: "), "{answers:?}");
        assert_eq!((answers[1].clone(), stage.times(1, "ann"), stage.times(0, "ann")), (Answer::Delivered, 1, 0));
        assert_eq!(stage.network.world(|world| world.connections), 2, "nothing more is believed of the first");
        assert!(stage.network.world(|world| world.taken.iter().all(|taken| !taken.text.is_empty())));
    }
}

/// What a reply at a step means for its message, with another one behind it.
#[track_caller]
fn second_of_three(verb: &'static str, reply: &'static str) -> Result<Answer> {
    let mut found = None;
    for (lmtp, offers) in [(true, ALL), (false, ALL), (true, &[][..]), (false, &[][..])] {
        let network = MemoryNetwork::new(lmtp, offers).with(move |asked| {
            let is_it = asked.verb == verb && asked.message == 1;
            is_it.then(|| Act::Say(reply.to_owned()))
        });
        let mut stage = Stage::numbered(network, &["ann"], 3);
        let (heard, result) = stage.hand_over();
        result?;
        let answers = heard.in_order();
        assert_eq!((&answers[0], &answers[2]), (&Answer::Delivered, &Answer::Delivered), "{verb}: {reply}");
        assert_eq!([0, 2].map(|at| stage.times(at, "ann")), [1, 1]);
        if let Some(before) = found.replace(answers[1].clone()) {
            assert_eq!(before, answers[1], "{verb}: {reply}");
        }
    }
    Ok(found.unwrap())
}

#[test]
fn replies_to_one_message_are_its_own() {
    for verb in ["MAIL", "RCPT", "DATA", "TEXT"] {
        for reply in ["450 x", "452 4.3.1 x", "451-4.3.0 a\r\n451 4.3.0 b", "550 5.2.2 full", "552 5.2.2 full"] {
            let answer = second_of_three(verb, reply).unwrap();
            assert!(matches!(answer, Answer::Later(_)), "{verb} {reply}: {answer:?}");
        }
        for reply in ["552 5.3.4 too large", "553 5.1.7 bad sender", "555 5.5.4 x", "501 x"] {
            let answer = second_of_three(verb, reply).unwrap();
            assert!(matches!(&answer, Answer::Refused(text) if text == reply), "{verb} {reply}: {answer:?}");
        }
    }
    for verb in ["RCPT", "DATA", "TEXT"] {
        for reply in ["550 x", "554 5.7.1 no spam", "599", "500 5.6.0 x"] {
            let answer = second_of_three(verb, reply).unwrap();
            assert!(matches!(&answer, Answer::Refused(text) if text == reply), "{verb} {reply}: {answer:?}");
        }
    }
    assert!(matches!(second_of_three("RCPT", "552 x").unwrap(), Answer::Later(_)));
    assert!(matches!(second_of_three("TEXT", "552 x").unwrap(), Answer::Refused(_)));
}

#[test]
fn some_refusals_are_of_every_message() {
    for (verb, reply, says) in [
        ("MAIL", "550 5.7.1 go away", "takes nothing from here"),
        ("MAIL", "502 x", "takes nothing from here"),
        ("RCPT", "530 5.7.0 Must issue a STARTTLS command first", "takes nothing from here"),
        ("TEXT", "530 5.7.0 log in", "takes nothing from here"),
        ("RCPT", "550 5.1.1 <ann> User doesn't exist: ann", "does not know the recipient"),
        ("RCPT", "550 5.1.10 x", "does not know the recipient"),
    ] {
        let error = second_of_three(verb, reply).unwrap_err();
        assert!(error.to_string().contains(says) && error.to_string().starts_with("lmtp:localhost:24: "), "{error}");
        assert_eq!(error.kind(), Kind::Unavailable);
    }
}

#[test]
fn a_server_that_says_the_same_of_every_message_is_not_asked_for_each() {
    for (verb, reply, kind) in [
        ("TEXT", "452 4.2.2 Mailbox full", Kind::TryLater),
        ("TEXT", "552 5.2.2 Mailbox full", Kind::TryLater),
        ("RCPT", "450 x", Kind::TryLater),
        ("RCPT", "550 x", Kind::Unavailable),
        ("RCPT", "451 4.3.0 x", Kind::TryLater),
        ("RCPT", "554 5.7.1 <ann>: Relay access denied", Kind::Unavailable),
    ] {
        let network =
            MemoryNetwork::new(true, ALL).with(move |asked| (asked.verb == verb).then(|| Act::Say(reply.into())));
        let mut stage = Stage::numbered(network, &["ann"], 100);
        let (heard, result) = stage.hand_over();
        let error = result.unwrap_err();
        assert!(error.to_string().ends_with(reply) && error.kind() == kind, "{error}");
        assert!(heard.0.is_empty());
        assert!(stage.lines().iter().filter(|line| line.starts_with("MAIL")).count() <= 30, "{verb} {reply}");
    }
    // Spam is not a server's trouble, however much of it there is; and behind one that is taken nothing is.
    for reply in ["554 5.7.1 spam", "450 4.1.8 sender", "550 5.6.0 x", "450 x"] {
        let network = MemoryNetwork::new(true, ALL)
            .with(move |asked| (asked.verb == "TEXT" && asked.message < 9).then(|| Act::Say(reply.into())));
        let mut stage = Stage::numbered(network, &["ann"], 10);
        assert_eq!(stage.answers()[9], Answer::Delivered);
    }
    let network = MemoryNetwork::new(true, ALL)
        .with(move |asked| (asked.verb == "TEXT" && asked.message > 0).then(|| Act::Say("452 4.2.2 full".into())));
    let mut stage = Stage::numbered(network, &["ann"], 10);
    assert_eq!(stage.answers().iter().filter(|answer| matches!(answer, Answer::Later(_))).count(), 9);
    assert_eq!(stage.answers().len(), 10, "also in the next round");
}

#[test]
fn refusals_that_are_kept_back_are_given_at_last() {
    for verb in ["RCPT", "TEXT"] {
        let network = MemoryNetwork::new(true, ALL)
            .with(move |asked| (asked.verb == verb && asked.message < 2).then(|| Act::Say("450 4.2.0 x".into())));
        for count in [2, 3] {
            let mut stage = Stage::numbered(network.clone(), &["ann"], count);
            assert_eq!(later(&stage.answers()[1]), "450 4.2.0 x");
            stage.network.world(|world| world.rule = Box::new(move |_| None));
            assert_eq!(stage.answers(), vec![Answer::Delivered; count]);
            stage.network.world(|world| {
                let mut left = 2;
                world.rule = Box::new(move |asked| {
                    let is_it = asked.verb == verb && left > 0;
                    left -= usize::from(is_it);
                    is_it.then(|| Act::Say("450 4.2.0 x".into()))
                });
            });
        }
    }
}

#[test]
fn what_a_server_says_first_may_end_it() {
    for (verb, words, kind, says) in [
        ("GREETING", "554 no", Kind::Unavailable, "turned the connection away: 554 no"),
        ("GREETING", "450 busy", Kind::TryLater, "turned the connection away"),
        ("GREETING", "421 busy", Kind::TryLater, "421 busy"),
        ("GREETING", "250 hm", Kind::Unavailable, "turned the connection away"),
        ("GREETING", "+OK POP3", Kind::Protocol, "+OK POP3"),
        ("GREETING", "* OK IMAP", Kind::Protocol, "* OK IMAP"),
        ("GREETING", "220-a\r\n250 b", Kind::Protocol, "something else"),
        ("LHLO", "550 5.7.1 no", Kind::Unavailable, "refuses LHLO"),
        ("LHLO", "451 x", Kind::TryLater, "refuses LHLO"),
        ("LHLO", "500 what", Kind::Unavailable, "refuses LHLO"),
    ] {
        let network =
            MemoryNetwork::new(true, ALL).with(move |asked| (asked.verb == verb).then(|| Act::Say(words.into())));
        let mut stage = Stage::numbered(network, &["ann"], 2);
        let (heard, result) = stage.hand_over();
        let error = result.unwrap_err();
        assert!(error.to_string().contains(says) && error.kind() == kind && heard.0.is_empty(), "{words}: {error}");
        assert_eq!(stage.network.world(|world| world.connections), 1);
    }
}

#[test]
fn the_other_dialect_is_recognised_and_helo_is_enough() {
    let mut stage = Stage::numbered(MemoryNetwork::new(false, ALL), &["ann"], 1);
    stage.network.world(|world| world.lmtp = true);
    assert!(stage.hand_over().1.unwrap_err().next_step().unwrap().contains("--lmtp"));
    let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], 1);
    stage.network.world(|world| world.lmtp = false);
    assert!(stage.hand_over().1.unwrap_err().next_step().unwrap().contains("--smtp"));
    let old = MemoryNetwork::new(false, ALL).with(|asked| if asked.verb == "EHLO" { say("500 what?") } else { None });
    let mut stage = Stage::numbered(old, &["ann"], 1);
    assert_eq!(stage.answers(), [Answer::Delivered]);
    assert_eq!(stage.lines()[2], "MAIL FROM:<>");
}

#[test]
fn a_recipient_outside_ascii_needs_a_server_for_it() {
    let mut stage = Stage::numbered(MemoryNetwork::new(true, &["8BITMIME"]), &["\u{fc}@x"], 1);
    assert!(stage.hand_over().1.unwrap_err().to_string().contains("no SMTPUTF8"));
}

#[test]
fn a_file_that_cannot_be_read_is_no_fault_of_the_server() {
    let mut stage = Stage::numbered(MemoryNetwork::new(true, ALL), &["ann"], 3);
    std::fs::remove_file(&stage.messages[1].file).unwrap();
    let answers = stage.answers();
    assert!(later(&answers[1]).starts_with("cannot read "), "{answers:?}");
    assert_eq!((stage.times(0, "ann"), stage.times(2, "ann")), (1, 1));
}
