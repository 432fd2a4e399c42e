use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ONE_TOO_MANY;
use super::prepare::prepared;
use crate::auth::Secret;
use crate::error::Result;
use crate::private;
use crate::proto::Exchange;

/// SCRAM (RFC 5802, RFC 7677): the server gets a proof that we know the password, not the password, and must prove
/// that it knows it too.
pub struct Scram<'a, H: ScramHash> {
    password: &'a Secret,
    binding: Binding,
    nonce: String,
    /// `n=..,r=..`, which both sides sign.
    first_bare: String,
    state: ScramState<H>,
}

/// A hash with which SCRAM is done.
pub trait ScramHash: EagerHash<Core: Sync> {
    /// The mechanism without a channel binding.
    const NAME: &'static str;
    /// The mechanism with a channel binding.
    const PLUS: &'static str;
}

/// What is said of the TLS session: the truth, so that nobody can talk both sides out of a binding (C-158).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `tls-exporter` (RFC 9266): the proof is good in this TLS session only.
    TlsExporter([u8; 32]),
    /// We could, but the server listed no -PLUS. A server that did will notice that somebody took it out.
    NotOffered,
    /// We cannot, for lack of TLS 1.3; or we must not, as the user or the server wants none.
    None,
}

enum ScramState<H: ScramHash> {
    /// Our first message is on its way.
    First,
    /// The proof is on its way. Holds what the server's signature must be.
    Proved(Hmac<H>),
    /// The server has proved that it knows the password.
    Verified,
    /// The server has told why it does not accept the proof.
    Failed(String),
    /// Something was wrong.
    Broken,
}

impl<'a, H: ScramHash> Scram<'a, H> {
    /// For this user, with a nonce from the system's random numbers.
    pub fn new(user: &str, password: &'a Secret, binding: Binding) -> Result<Self> {
        let mut random = [0; 18];
        private::random(&mut random)?;
        Ok(Self::with_nonce(user, password, binding, BASE64_STANDARD.encode(random)))
    }

    fn with_nonce(user: &str, password: &'a Secret, binding: Binding, nonce: String) -> Self {
        let first_bare = format!("n={},r={nonce}", escaped_name(&prepared(user)));
        Self { password, binding, nonce, first_bare, state: ScramState::First }
    }

    /// The client's last message, with its proof.
    fn prove(&mut self, server_first: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let ServerFirst { nonce, salt, iterations } = ServerFirst::parse(server_first, &self.nonce)?;
        let without_proof = format!("c={},r={nonce}", BASE64_STANDARD.encode(self.binding.channel()));
        let signed = format!("{},{server_first},{without_proof}", self.first_bare);

        let mut salted = Zeroizing::new(vec![0; <H as Digest>::output_size()]);
        let password = prepared(self.password.expose());
        pbkdf2::pbkdf2_hmac::<H>(password.as_bytes(), &salt, iterations, &mut salted);
        let mut proof = finish(keyed::<H>(&salted, b"Client Key"));
        let stored = Zeroizing::new(H::digest(&proof).to_vec());
        let signature = finish(keyed::<H>(&stored, signed.as_bytes()));
        proof.iter_mut().zip(signature.iter()).for_each(|(key, signature)| *key ^= signature);

        let server_key = finish(keyed::<H>(&salted, b"Server Key"));
        self.state = ScramState::Proved(keyed::<H>(&server_key, signed.as_bytes()));
        let proof = Zeroizing::new(BASE64_STANDARD.encode(&proof));
        Ok(Zeroizing::new([without_proof.as_bytes(), b",p=", proof.as_bytes()].concat()))
    }
}

impl<H: ScramHash> Exchange for Scram<'_, H> {
    fn mechanism(&self) -> &'static str {
        match self.binding {
            Binding::TlsExporter(_) => H::PLUS,
            Binding::NotOffered | Binding::None => H::NAME,
        }
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(format!("{}{}", self.binding.header(), self.first_bare).into_bytes()))
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| "its challenge is not UTF-8")?;
        match std::mem::replace(&mut self.state, ScramState::Broken) {
            ScramState::First => self.prove(challenge),
            ScramState::Proved(expected) => {
                self.state = judge(expected, challenge)?;
                Ok(Zeroizing::default())
            }
            ScramState::Verified | ScramState::Failed(_) | ScramState::Broken => Err(ONE_TOO_MANY.into()),
        }
    }

    fn finish(&self) -> Result<(), String> {
        match self.state {
            ScramState::Verified => Ok(()),
            _ => Err("it has not proved that it knows the password".into()),
        }
    }

    /// The first message has no more than the user's name in it.
    fn proof(&self) -> usize {
        1
    }

    fn failure(&self) -> Option<&[u8]> {
        match &self.state {
            ScramState::Failed(why) => Some(why.as_bytes()),
            _ => None,
        }
    }
}

impl ScramHash for Sha1 {
    const NAME: &'static str = "SCRAM-SHA-1";
    const PLUS: &'static str = "SCRAM-SHA-1-PLUS";
}

impl ScramHash for Sha256 {
    const NAME: &'static str = "SCRAM-SHA-256";
    const PLUS: &'static str = "SCRAM-SHA-256-PLUS";
}

impl Binding {
    /// The header of GS2, with no authorization identity.
    fn header(&self) -> &'static str {
        match self {
            Self::TlsExporter(_) => "p=tls-exporter,,",
            Self::NotOffered => "y,,",
            Self::None => "n,,",
        }
    }

    /// What `c=` holds: the header, and what binds to the TLS session.
    fn channel(&self) -> Vec<u8> {
        let exported: &[u8] = match self {
            Self::TlsExporter(exported) => exported,
            Self::NotOffered | Self::None => b"",
        };
        [self.header().as_bytes(), exported].concat()
    }
}

/// The server's first message.
struct ServerFirst<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    iterations: u32,
}

impl<'a> ServerFirst<'a> {
    /// `r=NONCE,s=SALT,i=COUNT`, in this order; extensions behind them mean nothing, one before them (`m=`) must be
    /// understood, and is not.
    fn parse(text: &'a str, our_nonce: &str) -> Result<Self, String> {
        let mut attributes = text.split(',');
        let mut next = |name: &str, what: &str| {
            let value = attributes.next().and_then(|attribute| attribute.strip_prefix(name));
            value.ok_or_else(|| format!("its challenge has no {what}"))
        };
        let nonce = next("r=", "nonce")?;
        let salt = next("s=", "salt")?;
        let iterations = next("i=", "iteration count")?;
        if nonce.len() <= our_nonce.len()
            || !nonce.starts_with(our_nonce)
            || !nonce.bytes().all(|c| c.is_ascii_graphic())
        {
            return Err("its nonce does not continue ours".into());
        }
        let salt = BASE64_STANDARD.decode(salt).ok().filter(|salt| !salt.is_empty()).ok_or("its salt is invalid")?;
        let iterations: u32 = iterations.parse().map_err(|_| "its iteration count is not a number")?;
        match iterations {
            MIN_ITERATIONS..=MAX_ITERATIONS => Ok(Self { nonce, salt, iterations }),
            _ => Err(format!("it wants {iterations} iterations; {MIN_ITERATIONS} to {MAX_ITERATIONS} are accepted")),
        }
    }
}

/// The server's last message: its signature, compared in constant time, or why it refuses.
fn judge<H: ScramHash>(expected: Hmac<H>, server_final: &str) -> Result<ScramState<H>, String> {
    let first = server_final.split(',').next().unwrap_or_default();
    if let Some(why) = first.strip_prefix("e=") {
        return Ok(ScramState::Failed(why.to_owned()));
    }
    let signature = first.strip_prefix("v=").ok_or("its last message has no signature")?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| "its signature is not base64")?;
    match expected.verify_slice(&signature) {
        Ok(()) => Ok(ScramState::Verified),
        Err(_) => Err("its signature is wrong: it does not know the password".into()),
    }
}

fn keyed<H: ScramHash>(key: &[u8], text: &[u8]) -> Hmac<H> {
    let mut mac = Hmac::<H>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text);
    mac
}

fn finish<H: ScramHash>(mac: Hmac<H>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// A user name in a message whose parts commas separate (RFC 5801 section 4).
pub(super) fn escaped_name(user: &str) -> String {
    user.replace('=', "=3D").replace(',', "=2C")
}

/// RFC 7677 section 4 asks this of SHA-256, and RFC 5802 section 5.1 the same of SHA-1: fewer would make a stolen
/// exchange cheap to search (C-157).
const MIN_ITERATIONS: u32 = 4096;

/// Some seconds of work: no server that means well asks for more (C-157).
const MAX_ITERATIONS: u32 = 10_000_000;

#[cfg(test)]
mod tests;
