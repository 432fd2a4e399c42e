//! The server's part of SASL: PLAIN, LOGIN, SCRAM with and without a binding, XOAUTH2, OAUTHBEARER, EXTERNAL.
//!
//! Written against the RFCs and not against the client, with the strictness of a server that wants to catch it.

use super::scram::Scram;

/// Whom the server knows, and what it knows of the connection.
#[derive(Clone, Debug)]
pub struct Peer {
    pub user: Vec<u8>,
    /// The password, or the access token.
    pub secret: Vec<u8>,
    pub tls: bool,
    /// `tls-exporter`, where there is one.
    pub binding: Option<[u8; 32]>,
    /// Whether CAPA lists a mechanism with a binding.
    pub lists_plus: bool,
    /// What SCRAM ends with instead of the server's signature.
    pub scram_final: Option<Option<&'static str>>,
}

/// What the server does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// `+` and this, in base64.
    Challenge(Vec<u8>),
    /// `+OK`
    Accept,
    /// `-ERR`
    Refuse,
}

/// An exchange on its way.
#[derive(Debug)]
pub struct Exchange {
    state: State,
    peer: Peer,
}

#[derive(Debug)]
enum State {
    Plain,
    Login {
        user: Option<Vec<u8>>,
    },
    /// With what the message must be, and the answer to the challenge of a failure.
    Token {
        form: fn(&Peer, &[u8]) -> bool,
        answer: &'static [u8],
        failed: bool,
    },
    External,
    Scram(Scram),
}

impl Exchange {
    /// None for a mechanism that the server has not.
    pub fn new(mechanism: &str, peer: Peer) -> Option<Self> {
        let state = match mechanism {
            "PLAIN" => State::Plain,
            "LOGIN" => State::Login { user: None },
            "XOAUTH2" => State::Token { form: is_xoauth2, answer: b"", failed: false },
            "OAUTHBEARER" => State::Token { form: is_oauthbearer, answer: b"\x01", failed: false },
            "EXTERNAL" => State::External,
            name => State::Scram(Scram::new(name, &peer)?),
        };
        Some(Self { state, peer })
    }

    /// What follows the client's next message; none at first, if it came without one.
    pub fn step(&mut self, message: Option<&[u8]>) -> Step {
        let peer = &self.peer;
        let verdict = |right| if right { Step::Accept } else { Step::Refuse };
        match (&mut self.state, message) {
            (State::Login { .. }, None) => Step::Challenge(b"Username:".to_vec()),
            (State::Login { user: user @ None }, Some(message)) => {
                *user = Some(message.to_vec());
                Step::Challenge(b"Password:".to_vec())
            }
            (State::Login { user: Some(user) }, Some(message)) => verdict(*user == peer.user && message == peer.secret),
            (_, None) => Step::Challenge(Vec::new()),
            (State::Plain, Some(message)) => {
                verdict(message == [b"\0", &peer.user[..], b"\0", &peer.secret[..]].concat())
            }
            // The certificate is not looked at.
            (State::External, Some(message)) => verdict(peer.tls && (message.is_empty() || message == peer.user)),
            (State::Token { failed: true, answer, .. }, Some(message)) => {
                assert_eq!(message, *answer, "the answer to the challenge of a failure");
                Step::Refuse
            }
            (State::Token { form, failed, .. }, Some(message)) => match form(peer, message) {
                true => Step::Accept,
                false => {
                    *failed = true;
                    Step::Challenge(
                        br#"{"status":"invalid_token","schemes":"bearer","scope":"https://mail/"}"#.to_vec(),
                    )
                }
            },
            (State::Scram(scram), Some(message)) => scram.step(message),
        }
    }
}

fn is_xoauth2(peer: &Peer, message: &[u8]) -> bool {
    message == [b"user=", &peer.user[..], b"\x01auth=Bearer ", &peer.secret[..], b"\x01\x01"].concat()
}

fn is_oauthbearer(peer: &Peer, message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).into_owned();
    let parts: Vec<&str> = text.split('\x01').collect();
    let [header, host, port, auth, "", ""] = parts[..] else { return false };
    let user = String::from_utf8_lossy(&peer.user).replace('=', "=3D").replace(',', "=2C");
    header == format!("n,a={user},")
        && host == "host=localhost"
        && port.strip_prefix("port=").is_some_and(|port| port.parse::<u16>().is_ok())
        && auth.as_bytes() == [b"auth=Bearer ", &peer.secret[..]].concat()
}

/// Decodes base64 with its padding.
pub fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let (mut octets, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in digits {
        bits = bits << 6 | u32::from(value(*digit)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            octets.push((bits >> held) as u8);
        }
    }
    text.len().is_multiple_of(4).then_some(octets)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
