//! The pump against canned dialogues, delivered whole and octet by octet.

use std::io::{self, Read, Write};
use std::sync::Mutex;

use super::*;
use crate::proto::MessageNumber;

/// A server whose words are known beforehand: the greeting, then what it says to one command line after another.
/// It says nothing before it has heard the line.
#[derive(Default)]
pub(super) struct Canned {
    turns: VecDeque<Vec<u8>>,
    saying: Vec<u8>,
    at: usize,
    said: usize,
    /// Octets that one read gives at most.
    step: usize,
    pub(super) heard: Vec<u8>,
}

impl Canned {
    /// Turns are separated by `|`.
    fn new(turns: &str, step: usize) -> Self {
        Self { turns: turns.split('|').map(|turn| turn.into()).collect(), step, ..Self::default() }
    }
}

impl Read for Canned {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let lines = memchr::memchr_iter(b'\n', &self.heard).count();
        while self.said <= lines && !self.turns.is_empty() {
            self.saying.extend(self.turns.pop_front().unwrap());
            self.said += 1;
        }
        let octets = self.step.min(buf.len()).min(self.saying.len() - self.at);
        buf[..octets].copy_from_slice(&self.saying[self.at..][..octets]);
        self.at += octets;
        Ok(octets)
    }
}

impl Write for Canned {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.heard.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Canned {
    fn begin(&mut self, _: Phase) {}

    fn explain(&self, error: io::Error) -> Error {
        Error::new(Kind::TryLater, "the connection").caused_by(error)
    }
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Transcript for Lines {
    fn sent(&self, line: &str) {
        self.0.lock().unwrap().push(format!("> {line}"));
    }

    fn received(&self, line: &str) {
        self.0.lock().unwrap().push(format!("< {line}"));
    }
}

pub(super) fn greet(says: &str, step: usize) -> Result<Client<Canned>> {
    Client::greet(Canned::new(says, step), Arc::new(Lines::default()), Secrets::default())
}

/// Runs `act` with the dialogue whole, and octet by octet.
pub(super) fn both_ways(says: &str, act: impl Fn(Client<Canned>)) {
    act(greet(says, usize::MAX).unwrap());
    act(greet(says, 1).unwrap());
}

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

#[test]
fn pipelined_replies_are_matched_in_order() {
    let says = "+OK\r\n|+OK\r\nPIPELINING\r\n.\r\n|+OK\r\n|+OK\r\n|\
                +OK\r\nA: b\r\n\r\n..\r\n.\r\n|-ERR no\r\n|+OK gone\r\n|+OK bye\r\n";
    both_ways(says, |mut client| {
        client.capa().unwrap();
        assert_eq!(client.user_pass("ann", "secret").unwrap(), LoginOutcome::Done);
        client.retr(number(1), 10).unwrap();
        assert!(client.has_room(10));
        client.retr(number(2), 10).unwrap();
        client.dele(number(1)).unwrap();
        client.flush().unwrap();
        let Reply::Retr(one, Ok(body)) = client.next_reply().unwrap() else { panic!("no body") };
        assert_eq!(one, number(1));
        let mut message = Vec::new();
        client
            .body(body, |octets| {
                message.extend_from_slice(octets);
                Ok::<(), Error>(())
            })
            .unwrap();
        assert_eq!(message, b"A: b\r\n\r\n.\r\n");
        assert!(matches!(client.next_reply().unwrap(), Reply::Retr(two, Err(_)) if two == number(2)));
        assert!(matches!(client.next_reply().unwrap(), Reply::Dele(one, Ok(())) if one == number(1)));
        client.quit().unwrap().unwrap();
        let heard = "CAPA\r\nUSER ann\r\nPASS secret\r\nRETR 1\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n";
        assert_eq!(client.into_stream().heard, heard.as_bytes());
    });
}

#[test]
fn without_the_capability_one_command_is_outstanding() {
    both_ways("+OK\r\n|-ERR what?\r\n|+OK\r\n|+OK\r\n", |mut client| {
        client.capa().unwrap();
        assert!(client.capabilities().is_empty());
        assert_eq!(client.user_pass("ann", "secret").unwrap(), LoginOutcome::Done);
        client.retr(number(1), 0).unwrap();
        assert!(!client.has_room(0));
    });
}

#[test]
fn outstanding_commands_stay_below_two_kib() {
    let mut client = greet("+OK\r\n|+OK\r\nPIPELINING\r\n.\r\n|+OK\r\n|+OK\r\n", usize::MAX).unwrap();
    client.capa().unwrap();
    assert_eq!(client.user_pass("ann", "secret").unwrap(), LoginOutcome::Done);
    let mut next = 1_000_000;
    while client.has_room(100) {
        client.retr(number(next), 100).unwrap();
        next += 1;
    }
    assert!(client.out.len() > 1900 && client.out.len() < 2048, "{}", client.out.len());
}

#[test]
fn what_the_server_says_unasked_ends_the_session() {
    for says in ["+OK\r\n+OK 2 messages\r\n", "+OK\r\n1 120\r\n.\r\n"] {
        let error = greet(says, usize::MAX).unwrap().capa().unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol);
        assert!(error.to_string().contains("unexpected"), "{error}");
    }
}

#[test]
fn a_refused_user_gets_no_password() {
    both_ways("+OK\r\n|-ERR nobody\r\n", |mut client| {
        assert!(matches!(
            client.user_pass("ann", "secret").unwrap(),
            LoginOutcome::Failed(FailedLogin { proven: false, .. })
        ));
        assert_eq!(client.into_stream().heard, b"USER ann\r\n");
    });
}

#[test]
fn secrets_are_masked_even_when_the_server_echoes_them() {
    let lines = Arc::new(Lines::default());
    let says = "+OK\r\n|+OK\r\n|-ERR [AUTH] no hunter2 here\r\n";
    let canned = Canned::new(says, 7);
    let mut client = Client::greet(canned, Arc::clone(&lines) as Arc<dyn Transcript>, Secrets::default()).unwrap();
    let login = client.user_pass("ann", "hunter2").unwrap();
    let LoginOutcome::Failed(FailedLogin { reason: Reason::Refused { refusal, .. }, proven: true, .. }) = login else {
        panic!("{login:?}")
    };
    assert_eq!(refusal.text, "[AUTH] no **** here");
    let shown = lines.0.lock().unwrap().join("\n");
    assert_eq!(shown, "< +OK\n> USER ann\n< +OK\n> PASS ****\n< -ERR [AUTH] no **** here");
}

#[test]
fn nothing_said_in_clear_text_survives_stls() {
    let upgrade = |says: &str| {
        let mut client = greet(says, usize::MAX).unwrap();
        client.capa().unwrap();
        client.stls(|_| Ok(Canned::new("+OK\r\n.\r\n", 1)))
    };
    let before = "+OK <a@b>\r\n|+OK\r\nSTLS\r\nPIPELINING\r\n.\r\n|";
    let upgraded = upgrade(&format!("{before}+OK go\r\n")).unwrap();
    assert!(upgraded.capabilities().is_empty());
    assert_eq!(upgraded.timestamp(), None);
    let injected = upgrade(&format!("{before}+OK go\r\n+OK injected\r\n")).err().unwrap();
    assert!(injected.to_string().contains("inject"), "{injected}");
    assert_eq!(upgrade(&format!("{before}-ERR no\r\n")).err().unwrap().kind(), Kind::Unavailable);
}

#[test]
fn an_end_in_the_middle_is_an_error() {
    let says = "+OK\r\n|+OK\r\n|+OK\r\n|+OK\r\nA: b\r\n.";
    both_ways(says, |mut client| {
        assert_eq!(client.user_pass("ann", "secret").unwrap(), LoginOutcome::Done);
        client.retr(number(1), 0).unwrap();
        client.flush().unwrap();
        let Reply::Retr(_, Ok(body)) = client.next_reply().unwrap() else { panic!("no body") };
        assert!(client.body(body, |_| Ok::<(), Error>(())).is_err());
    });
}

#[test]
fn commands_keep_to_the_order_of_states() {
    let mut client = greet("+OK\r\n", usize::MAX).unwrap();
    assert_eq!(client.retr(number(1), 0).unwrap_err().kind(), Kind::Bug);
    assert_eq!(client.list().unwrap_err().kind(), Kind::Bug);
}

#[test]
fn the_timestamp_is_that_of_the_greeting() {
    both_ways("+OK ready <1@b>\r\n|+OK <2@b>\r\n", |mut client| {
        assert_eq!(client.timestamp(), Some("<1@b>"));
        assert_eq!(client.apop("ann", "c4c9").unwrap(), LoginOutcome::Done);
        assert_eq!(client.timestamp(), Some("<1@b>"));
        assert_eq!(client.into_stream().heard, b"APOP ann c4c9\r\n");
    });
}
