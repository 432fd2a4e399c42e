//! Messages are handed over to real mail servers, by the library's own carrier: whatever is in them, they arrive whole.
//!
//! - `dovecot`: LMTP, at a socket and at a port
//! - `postfix`: SMTP, to a Postfix that delivers into a Maildir

mod dovecot;
mod postfix;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mailhaul::deliver::{Answer, Answers, Carrier, Outgoing};
use mailhaul::error::{Error, Result};
use mailhaul::handover::mta::{Dialect, MtaAddress, MtaCarrier, MtaSettings};
use mailhaul::net::{Sockets, Waits};
use mailhaul::until::Until;

#[derive(Default)]
struct Heard(Vec<(usize, Answer)>);

impl Answers for Heard {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        self.0.push((at, answer));
        Ok(())
    }
}

impl Heard {
    fn in_order(mut self) -> Vec<Answer> {
        self.0.sort_by_key(|(at, _)| *at);
        assert!(self.0.iter().enumerate().all(|(number, (at, _))| number == *at), "{:?}", self.0);
        self.0.into_iter().map(|(_, answer)| answer).collect()
    }
}

fn carrier(dialect: Dialect, address: &str, to: &[&str]) -> MtaCarrier {
    let address = MtaAddress::parse(address, dialect).unwrap();
    let to = to.iter().map(|&to| to.to_owned()).collect();
    let settings = MtaSettings::new(dialect, address, to).unwrap();
    let waits = Waits { timeout: Duration::from_secs(60), until: Until::default(), min_rate: 0 };
    MtaCarrier::new(settings, waits, None, Arc::new(Sockets))
}

/// Each message in a file of its own.
fn outgoing(folder: &Path, contents: &[Vec<u8>]) -> Vec<Outgoing> {
    let message = |(at, content): (usize, &Vec<u8>)| {
        let file = folder.join(at.to_string());
        std::fs::write(&file, content).unwrap();
        Outgoing { file, octets: content.len() as u64, uid: at.to_string().into_bytes(), mark: Vec::new() }
    };
    contents.iter().enumerate().map(message).collect()
}

fn hand_over(carrier: &mut dyn Carrier, messages: &[Outgoing]) -> Vec<Answer> {
    let mut heard = Heard::default();
    carrier.hand_over(messages, &mut heard).unwrap();
    heard.in_order()
}

/// Why nothing could be handed over.
fn error_of(carrier: &mut MtaCarrier, messages: &[Outgoing]) -> Error {
    let mut heard = Heard::default();
    let error = carrier.hand_over(messages, &mut heard).unwrap_err();
    assert!(heard.0.is_empty(), "{:?}", heard.0);
    error
}

fn with_crlf(content: &[u8]) -> Vec<u8> {
    with_lf(content).iter().flat_map(|&octet| if octet == b'\n' { vec![b'\r', b'\n'] } else { vec![octet] }).collect()
}

/// What a server stores that ends lines with LF: line ends in one form, and one at the end.
fn with_lf(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, &octet) in content.iter().enumerate() {
        match (octet, content.get(at + 1)) {
            (b'\r', Some(b'\n')) => {}
            (b'\r', Some(b'.') | None) => out.push(b'\n'),
            _ => out.push(octet),
        }
    }
    if out.last().is_some_and(|&octet| octet != b'\n') {
        out.push(b'\n');
    }
    out
}

#[track_caller]
fn assert_all_delivered(answers: &[Answer]) {
    let others: Vec<_> = answers.iter().enumerate().filter(|(_, answer)| **answer != Answer::Delivered).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[track_caller]
fn assert_same(mut found: Vec<Vec<u8>>, mut expected: Vec<Vec<u8>>) {
    found.sort();
    expected.sort();
    for (found, expected) in found.iter().zip(&expected) {
        let shown = |octets: &[u8]| octets[..octets.len().min(2000)].escape_ascii().to_string();
        assert!(found == expected, "found {}\nexpected {}", shown(found), shown(expected));
    }
    assert_eq!(found.len(), expected.len());
}
