//! Nothing of a message goes to another machine in clear text; and what a stop leaves.

use std::sync::Mutex;

use super::server::{Act, MemoryNetwork};
use super::{Stage, carrier};
use crate::deliver::Answer;
use crate::error::{Cause, Error, Kind};
use crate::net::Waits;
use crate::stop::Stop;
use crate::until::Until;

const WITH_TLS: &[&str] = &["STARTTLS", "PIPELINING"];

/// What is sent to `address`, and how it ends.
fn dialogue(address: &str, network: MemoryNetwork) -> (Vec<String>, Option<Error>) {
    let mut stage = Stage::at(address, network, &["ann"], &[b"X: y\n\n"]);
    let (_, result) = stage.hand_over();
    (stage.lines().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect(), result.err())
}

#[test]
fn tls_is_demanded_off_this_machine_and_not_used_on_it() {
    for address in ["localhost", "127.0.0.1", "[::1]", "/run/lmtp"] {
        let (lines, error) = dialogue(address, MemoryNetwork::new(true, WITH_TLS));
        assert!(error.is_none() && lines == ["LHLO", "MAIL", "RCPT", "DATA"], "{address}: {lines:?}");
    }
    let (lines, error) = dialogue("mail.example.org", MemoryNetwork::new(true, WITH_TLS));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(lines, ["LHLO", "STARTTLS", "LHLO", "MAIL", "RCPT", "DATA"]);
    let (lines, error) = dialogue("mail.example.org", MemoryNetwork::new(true, &["PIPELINING"]));
    let error = error.unwrap();
    assert!(error.kind() == Kind::Unavailable && error.to_string().contains("no STARTTLS"), "{error}");
    assert!(error.next_step().is_some() && lines == ["LHLO"], "{lines:?}");
}

#[test]
fn what_goes_wrong_with_starttls_ends_it() {
    for (words, says) in [
        ("454 4.7.0 TLS not available", "refuses STARTTLS: 454 4.7.0"),
        ("250 ok", "refuses STARTTLS"),
        ("501 x", "refuses STARTTLS"),
        ("220 go\r\n250 injected", "clear text followed"),
        ("220 go\r\n\x16", "clear text followed"),
        ("221-go\r\n220 go", "something else"),
    ] {
        let network = MemoryNetwork::new(true, WITH_TLS)
            .with(move |asked| (asked.verb == "STARTTLS").then(|| Act::Say(words.into())));
        let (lines, error) = dialogue("mail.example.org", network);
        let error = error.unwrap();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(lines, ["LHLO", "STARTTLS"]);
    }
}

#[test]
fn what_was_offered_in_clear_text_is_forgotten() {
    let mut first = true;
    let network = MemoryNetwork::new(true, WITH_TLS).with(move |asked| {
        let is_second = asked.verb == "LHLO" && !std::mem::take(&mut first);
        is_second.then(|| Act::Say("250-memory\r\n250 SIZE 3".into()))
    });
    let mut stage = Stage::at("mail.example.org", network, &["ann"], &[b"X: y\n\n"]);
    assert!(matches!(&stage.answers()[0], Answer::Refused(text) if text.contains("at most 3")));
}

#[test]
fn a_stop_begins_no_other_message() {
    let (asker, stop) = Stop::pair().unwrap();
    let waits = Waits { until: Until { deadline: None, stop: Some(stop) }, ..Waits::for_tests() };
    let asker = Mutex::new(asker);
    let network = MemoryNetwork::new(true, super::ALL).with(move |asked| {
        if asked.verb == "TEXT" && asked.message == 2 {
            asker.lock().unwrap().ask();
        }
        None
    });
    let mut stage = Stage::numbered(network.clone(), &["ann"], 10);
    stage.carrier = carrier("localhost", &network, &["ann"], waits);
    let (heard, result) = stage.hand_over();
    assert_eq!(result.unwrap_err().cause(), Cause::Stopped);
    assert_eq!(heard.in_order(), vec![Answer::Delivered; 3], "what was on its way is brought to its end");
    assert_eq!(network.world(|world| world.taken.len()), 3);
}
