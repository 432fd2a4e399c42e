//! SCRAM as a server sees it (RFC 5802 section 7, RFC 7677, RFC 9266): it checks all that a client could get wrong.

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::sasl::{Peer, Step};

/// An exchange on its way.
#[derive(Debug)]
pub struct Scram {
    sha256: bool,
    plus: bool,
    peer: Peer,
    /// The GS2 header and the client's first message without it, then the server's first message.
    first: Option<(String, String, String)>,
    done: bool,
}

impl Scram {
    /// None for a name that is not SCRAM's, and for a binding to nothing.
    pub fn new(name: &str, peer: &Peer) -> Option<Self> {
        let (name, plus) = name.strip_suffix("-PLUS").map_or((name, false), |name| (name, true));
        let sha256 = match name {
            "SCRAM-SHA-1" => false,
            "SCRAM-SHA-256" => true,
            _ => return None,
        };
        let possible = !plus || peer.binding.is_some();
        possible.then(|| Self { sha256, plus, peer: peer.clone(), first: None, done: false })
    }

    pub fn step(&mut self, message: &[u8]) -> Step {
        let message = String::from_utf8_lossy(message).into_owned();
        let step = match (&self.first, self.done) {
            (_, true) => message.is_empty().then_some(Step::Accept),
            (None, _) => self.greet(&message),
            (Some(_), _) => self.judge(&message),
        };
        step.unwrap_or(Step::Refuse)
    }

    fn greet(&mut self, message: &str) -> Option<Step> {
        let bare_at = message.find(",,")? + 2;
        let (header, bare) = message.split_at(bare_at);
        // A client that says it could, to a server that does: somebody between them has hidden the offer.
        let truthful = match header {
            "p=tls-exporter,," => self.plus,
            "y,," => !self.plus && !self.peer.lists_plus,
            "n,," => !self.plus,
            _ => false,
        };
        let (name, nonce) = bare.strip_prefix("n=")?.split_once(",r=")?;
        let name = name.replace("=2C", ",").replace("=3D", "=");
        if !truthful || name.as_bytes() != self.peer.user || nonce.len() < 16 || nonce.contains(',') {
            return None;
        }
        let ours = format!("r={nonce}%server,s={},i={ITERATIONS}", BASE64_STANDARD.encode(SALT));
        self.first = Some((header.to_owned(), bare.to_owned(), ours.clone()));
        Some(Step::Challenge(ours.into_bytes()))
    }

    fn judge(&mut self, message: &str) -> Option<Step> {
        let (header, bare, ours) = self.first.clone()?;
        let (without_proof, proof) = message.rsplit_once(",p=")?;
        let (channel, nonce) = without_proof.strip_prefix("c=")?.split_once(',')?;
        let binding: &[u8] = if self.plus { self.peer.binding.as_ref()? } else { b"" };
        if channel != BASE64_STANDARD.encode([header.as_bytes(), binding].concat()) || !ours.starts_with(nonce) {
            return None;
        }
        let signed = format!("{bare},{ours},{without_proof}");
        let salted = self.salted();
        let stored = self.hash(&self.hmac(&salted, b"Client Key"));
        let signature = self.hmac(&stored, signed.as_bytes());
        let proof = BASE64_STANDARD.decode(proof).ok()?;
        let key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
        if proof.len() != signature.len() || self.hash(&key) != stored {
            return None;
        }
        self.done = true;
        match self.peer.scram_final {
            Some(Some(other)) => return Some(Step::Challenge(other.into())),
            Some(None) => return Some(Step::Accept),
            None => {}
        }
        let ours = self.hmac(&self.hmac(&salted, b"Server Key"), signed.as_bytes());
        Some(Step::Challenge(format!("v={}", BASE64_STANDARD.encode(ours)).into_bytes()))
    }

    /// PBKDF2 by hand: one block is all that is needed.
    fn salted(&self) -> Vec<u8> {
        let mut round = self.hmac(&self.peer.secret, &[SALT, &[0, 0, 0, 1]].concat());
        let mut salted = round.clone();
        for _ in 1..ITERATIONS {
            round = self.hmac(&self.peer.secret, &round);
            salted.iter_mut().zip(&round).for_each(|(salted, round)| *salted ^= round);
        }
        salted
    }

    fn hmac(&self, key: &[u8], text: &[u8]) -> Vec<u8> {
        match self.sha256 {
            true => Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec(),
            false => Hmac::<Sha1>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec(),
        }
    }

    fn hash(&self, text: &[u8]) -> Vec<u8> {
        if self.sha256 { Sha256::digest(text).to_vec() } else { Sha1::digest(text).to_vec() }
    }
}

const ITERATIONS: usize = 4096;

const SALT: &[u8] = b"salt of the server";
