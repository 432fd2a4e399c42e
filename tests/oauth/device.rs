//! The device flow: an address and a code, and a program that asks again and again.

use std::time::Duration;

use super::super::authority::Poll;
use super::*;

#[test]
fn consent_by_a_code_is_asked_for_once() {
    let test = "consent_by_a_code_is_asked_for_once";
    let Some((person, _dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &ordinary_messages(3)) else {
        return;
    };
    let child = person.command(&["login", "work"]).spawn().unwrap();
    let code = person.authority.wait_for_user_code();
    person.authority.approve_device(&code);
    let ran = finish(child, "login work".into(), PATIENCE);
    ran.code(0).says("/activate\n").says(&code).says("work: the tokens are in a file");
    person.ran(&["fetch"]).code(0).silent();
    person.ran(&["fetch", "work"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes(), person.shown_to_mail_server()), (3, 0, 3));

    let login = Login::begin(&mut person.command(&["login", "work", "--json", "--no-check"]));
    let code = login.code.clone().unwrap();
    assert_eq!((&code, login.url.ends_with("/activate")), (&person.authority.wait_for_user_code(), true));
    person.authority.deny_device(&code);
    login.finish().code(77).says("consent was denied");
    // What was kept before is good as before.
    person.ran(&["fetch"]).code(0).silent();
}

/// They all wait at the same time.
#[test]
fn the_provider_decides_how_often_and_how_long() {
    let polls = |polls: &[Poll]| AuthorityConfig::default().polls(polls.iter().copied());
    let poll_fails = |fault| polls(&[Poll::Approved]).fault_on(Endpoint::Token, 0..1, fault);
    let first_fails = |fault| AuthorityConfig::default().fault(Endpoint::Device, fault);
    let waiting = [
        (polls(&[Poll::SlowDown, Poll::Approved]), 0, "the tokens are in a file"),
        (polls(&[Poll::Pending, Poll::Approved]), 0, "the tokens are in a file"),
        (polls(&[Poll::Denied]), 77, "work: consent was denied"),
        (polls(&[Poll::Expired]), 75, "nobody gave consent in time"),
        (AuthorityConfig::default().device_lifetime(Duration::from_secs(1)), 75, "nobody gave consent in time"),
        // A line that breaks is no answer.
        (poll_fails(Fault::Close), 0, "the tokens are in a file"),
        (poll_fails(Fault::server_error()), 0, "the tokens are in a file"),
        (poll_fails(Fault::refusal("server_error")), 0, "the tokens are in a file"),
        (poll_fails(Fault::refusal("invalid_client")), 78, "invalid_client no\\x1b[2J"),
        (poll_fails(Fault::refusal("authorization_declined")), 77, "authorization_declined no\\x1b[2J"),
        (poll_fails(Fault::Answer { status: 404, content_type: "text/html", body: Vec::new() }), 69, "HTTP 404"),
        // Some say numbers as strings.
        (
            polls(&[Poll::Approved])
                .fault(Endpoint::Device, Fault::Field("interval", "1".into()))
                .fault(Endpoint::Device, Fault::Field("expires_in", "60".into())),
            0,
            "the tokens are in a file",
        ),
    ]
    .map(|(config, code, says)| {
        let person = Person::new(config);
        let login = Login::begin(&mut person.command(&["login", "work", "--json", "--no-check"]));
        (person, login, code, says)
    });
    for (person, login, code, says) in waiting {
        login.finish().code(code).says(says);
        assert_eq!(person.authority.early_polls(), Vec::<String>::new());
        assert_eq!(person.home.state().join("tokens").exists(), code == 0);
    }
    for (fault, code, says) in [
        (Fault::refusal("unauthorized_client"), 78, "unauthorized_client no\\x1b[2J"),
        (Fault::server_error(), 75, "HTTP 500"),
        (Fault::Close, 75, "no answer"),
    ] {
        let words = ["login", "work", "--oauth-flow", "device", "--no-check"];
        Person::new(first_fails(fault)).ran(&words).code(code).says(says);
    }
}

/// Five minutes are between two polls: only a wait that is broken off ends in time.
#[test]
fn a_signal_ends_the_wait_at_once() {
    let person = Person::new(AuthorityConfig::default().interval(Some(1000)));
    let command = ["login", "work", "--json", "--no-check", "--timeout", "10m"];
    let login = Login::begin(&mut person.command(&command));
    login.signal(Signal::INT);
    login.finish().interrupted().says("work: stopped");

    // And one in the middle of an answer.
    let person = Person::new(AuthorityConfig::default().fault(Endpoint::Token, Fault::Hang));
    let login = Login::begin(&mut person.command(&command));
    wait_until("a token is asked for", || !person.authority.requests_to(Endpoint::Token).is_empty());
    login.signal(Signal::TERM);
    login.finish().code(75).says("work: stopped");
}
