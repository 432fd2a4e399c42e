//! The dialogue of AUTH, with a mechanism that is all patience.

use super::super::tests::{both_ways, greet};
use super::*;
use crate::error::Kind;

/// Answers each challenge with `a` and the challenge.
#[derive(Default)]
struct Fake {
    initial: Option<&'static str>,
    proof: usize,
    two_lines: bool,
    ignores: bool,
    /// The challenge that makes no sense.
    bad: Option<&'static [u8]>,
    unfinished: bool,
}

impl Exchange for Fake {
    fn mechanism(&self) -> &'static str {
        "FAKE"
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.initial.map(|text| Zeroizing::new(text.into()))
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        if self.bad == Some(challenge) {
            Err("it is bad".into())
        } else {
            Ok(Zeroizing::new([b"a", challenge].concat()))
        }
    }

    fn finish(&self) -> Result<(), String> {
        if self.unfinished { Err("it is not finished".into()) } else { Ok(()) }
    }

    fn proof(&self) -> usize {
        self.proof
    }

    fn wants_two_lines(&self) -> bool {
        self.two_lines
    }

    fn ignores_challenges(&self) -> bool {
        self.ignores
    }
}

/// The server says `says`, whole and octet by octet; the client must say `hears` behind which `ends` holds.
#[track_caller]
fn dialogue(fake: impl Fn() -> Fake, says: &str, hears: &str, ends: impl Fn(Result<LoginOutcome>)) {
    both_ways(&format!("+OK\r\n|{says}"), |mut client| {
        ends(client.authenticate(&mut fake(), FirstMessage::WithCommand));
        assert_eq!(String::from_utf8(client.into_stream().heard).unwrap(), hears);
    });
}

fn done(result: Result<LoginOutcome>) {
    assert_eq!(result.unwrap(), LoginOutcome::Done);
}

fn refused(was_proven: bool) -> impl Fn(Result<LoginOutcome>) {
    move |result| match result.unwrap() {
        LoginOutcome::Failed(FailedLogin { reason: Reason::Refused { .. }, proven, .. }) => {
            assert_eq!(proven, was_proven)
        }
        other => panic!("{other:?}"),
    }
}

fn asked(was_asked: bool) -> impl Fn(Result<LoginOutcome>) {
    move |result| match result.unwrap() {
        LoginOutcome::Failed(FailedLogin { asked, .. }) => assert_eq!(asked, was_asked),
        other => panic!("{other:?}"),
    }
}

fn cancelled(says: &str) -> impl Fn(Result<LoginOutcome>) {
    move |result| match result.unwrap() {
        LoginOutcome::Failed(FailedLogin { reason: Reason::Nonsense(why), .. }) => assert!(why.contains(says), "{why}"),
        other => panic!("{other:?}"),
    }
}

fn nonsensical(says: &str) -> impl Fn(Result<LoginOutcome>) {
    move |result| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn the_first_message_goes_with_the_command() {
    let first = || Fake { initial: Some("x"), ..Fake::default() };
    dialogue(first, "+OK\r\n", "AUTH FAKE eA==\r\n", done);
    dialogue(first, "-ERR\r\n", "AUTH FAKE eA==\r\n", refused(true));
    // A server that did not take it asks for it, once.
    for plus in ["+", "+ ", "+   "] {
        dialogue(first, &format!("{plus}\r\n|+OK\r\n"), "AUTH FAKE eA==\r\neA==\r\n", done);
    }
    let careless = || Fake { initial: Some("x"), ignores: true, ..Fake::default() };
    dialogue(careless, "+ go on\r\n|+OK\r\n", "AUTH FAKE eA==\r\neA==\r\n", done);
    dialogue(first, "+ go on\r\n|-ERR\r\n", "AUTH FAKE eA==\r\n*\r\n", cancelled("not base64"));
    dialogue(first, "+ \r\n|+ \r\n|+OK\r\n", "AUTH FAKE eA==\r\neA==\r\nYQ==\r\n", done);
    dialogue(first, "+ Yg==\r\n|+OK\r\n", "AUTH FAKE eA==\r\nYWI=\r\n", done);
}

#[test]
fn a_challenge_that_was_answered_shows_that_the_server_knows_the_mechanism() {
    let first = || Fake { initial: Some("x"), ..Fake::default() };
    dialogue(first, "-ERR\r\n", "AUTH FAKE eA==\r\n", asked(false));
    dialogue(first, "+ !!\r\n|-ERR\r\n", "AUTH FAKE eA==\r\n*\r\n", asked(false));
    dialogue(first, "+ \r\n|-ERR\r\n", "AUTH FAKE eA==\r\neA==\r\n", asked(true));
    dialogue(Fake::default, "+ Yg==\r\n|-ERR\r\n", "AUTH FAKE\r\nYWI=\r\n", asked(true));
}

#[test]
fn nothing_is_an_equal_sign_with_the_command_and_an_empty_line_alone() {
    dialogue(|| Fake { initial: Some(""), ..Fake::default() }, "+ \r\n|+OK\r\n", "AUTH FAKE =\r\n\r\n", done);
    let waits = || Fake { initial: Some(""), two_lines: true, ..Fake::default() };
    dialogue(waits, "+ \r\n|+OK\r\n", "AUTH FAKE\r\n\r\n", done);
}

/// C-146, C-148: what the `+` says does not matter before the first message.
#[test]
fn a_long_message_waits_for_the_server() {
    const LONG: &str = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
                        0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123";
    let encoded = BASE64_STANDARD.encode(LONG);
    let long = || Fake { initial: Some(LONG), ..Fake::default() };
    for plus in ["+", "+ ", "+ go on, then", "+ !!"] {
        dialogue(long, &format!("{plus}\r\n|+OK\r\n"), &format!("AUTH FAKE\r\n{encoded}\r\n"), done);
    }
    dialogue(long, "-ERR\r\n", "AUTH FAKE\r\n", refused(false));
    // 255 octets fit, a message more does not.
    let fits = || Fake { initial: Some(&LONG[..180]), ..Fake::default() };
    dialogue(fits, "+OK\r\n", &format!("AUTH FAKE {}\r\n", BASE64_STANDARD.encode(&LONG[..180])), done);
    let waits = || Fake { initial: Some("x"), two_lines: true, ..Fake::default() };
    dialogue(waits, "+ \r\n|+OK\r\n", "AUTH FAKE\r\neA==\r\n", done);
}

#[test]
fn challenges_are_base64_where_they_matter() {
    for [challenge, answer] in [["Yg==", "YWI="], ["Yg", "YWI="], [" Yg== ", "YWI="], ["", "YQ=="]] {
        let hears = format!("AUTH FAKE\r\n{answer}\r\n");
        dialogue(Fake::default, &format!("+ {challenge}\r\n|+OK\r\n"), &hears, done);
    }
    let hears = "AUTH FAKE\r\n*\r\n";
    dialogue(Fake::default, "+ Username:\r\n|-ERR\r\n", hears, cancelled("not base64"));
    let careless = || Fake { ignores: true, ..Fake::default() };
    dialogue(careless, "+ Username:\r\n|+OK\r\n", "AUTH FAKE\r\nYQ==\r\n", done);
}

#[test]
fn a_bad_challenge_cancels_the_exchange() {
    let picky = || Fake { bad: Some(b"b"), ..Fake::default() };
    let hears = "AUTH FAKE\r\n*\r\n";
    dialogue(picky, "+ Yg==\r\n|-ERR as you like\r\n", hears, cancelled("it is bad"));
    for end in ["+OK\r\n", "+ \r\n", ""] {
        dialogue(picky, &format!("+ Yg==\r\n|{end}"), hears, nonsensical("it is bad"));
    }
}

/// C-150: before the exchange has come to its end nobody is logged in.
#[test]
fn ok_too_early_is_an_error() {
    dialogue(Fake::default, "+OK\r\n", "AUTH FAKE\r\n", nonsensical("not come to its end"));
    let two = || Fake { proof: 1, ..Fake::default() };
    dialogue(two, "+ \r\n|+OK\r\n", "AUTH FAKE\r\nYQ==\r\n", nonsensical("not come to its end"));
    let unfinished = || Fake { unfinished: true, ..Fake::default() };
    dialogue(unfinished, "+ \r\n|+OK\r\n", "AUTH FAKE\r\nYQ==\r\n", nonsensical("not finished"));
}

#[test]
fn a_refusal_is_a_verdict_only_after_the_proof() {
    let two = || Fake { proof: 1, ..Fake::default() };
    dialogue(two, "-ERR\r\n", "AUTH FAKE\r\n", refused(false));
    dialogue(two, "+ \r\n|-ERR\r\n", "AUTH FAKE\r\nYQ==\r\n", refused(false));
    dialogue(two, "+ \r\n|+ \r\n|-ERR\r\n", "AUTH FAKE\r\nYQ==\r\nYQ==\r\n", refused(true));
}

#[test]
fn a_server_that_closes_has_judged_only_after_the_proof() {
    let kind = |kind| move |result: Result<LoginOutcome>| assert_eq!(result.unwrap_err().kind(), kind);
    dialogue(Fake::default, "", "AUTH FAKE\r\n", kind(Kind::TryLater));
    dialogue(Fake::default, "+ \r\n|", "AUTH FAKE\r\nYQ==\r\n", kind(Kind::Login));
}

#[test]
fn challenges_have_an_end() {
    let says = "+ \r\n|".repeat(9) + "-ERR\r\n";
    let hears = format!("AUTH FAKE\r\n{}*\r\n", "YQ==\r\n".repeat(8));
    dialogue(Fake::default, &says, &hears, cancelled("without an end"));
}

#[test]
fn what_was_sent_is_masked() {
    let mut client = greet("+OK\r\n|+ c2FsdA==\r\n|-ERR you said YXNhbHQ= to c2FsdA==\r\n", usize::MAX).unwrap();
    let login = client.authenticate(&mut Fake::default(), FirstMessage::WithCommand).unwrap();
    let LoginOutcome::Failed(FailedLogin { reason: Reason::Refused { refusal, .. }, .. }) = login else {
        panic!("{login:?}")
    };
    assert_eq!(refusal.text, "you said **** to c2FsdA==");
}
