//! What nobody may read in the words of a server, which may repeat it.

use zeroize::Zeroizing;

use crate::error::Error;

/// Secrets, and what depends on them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The longest first, as one may be a part of another.
    known: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// One more; nothing is none.
    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() && self.known.iter().all(|known| **known != secret) {
            self.known.push(Zeroizing::new(secret.to_owned()));
            self.known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// What a server said, as it may be shown: without any of the secrets, and then escaped, so that none hides behind
    /// an escape.
    pub(super) fn shown(&self, octets: &[u8]) -> String {
        crate::escape::text(&self.masked(octets))
    }

    /// The same as octets, not escaped.
    pub(super) fn masked(&self, octets: &[u8]) -> Vec<u8> {
        self.known.iter().fold(octets.to_vec(), |octets, secret| mask(&octets, secret.as_bytes()))
    }

    /// The error for a line that cannot be read.
    pub(super) fn blame(&self, error: crate::proto::Error) -> Error {
        error.masked(&|line| self.masked(line)).into()
    }
}

fn mask(octets: &[u8], secret: &[u8]) -> Vec<u8> {
    let (mut masked, mut from) = (Vec::with_capacity(octets.len()), 0);
    for at in memchr::memmem::find_iter(octets, secret) {
        masked.extend_from_slice(&octets[from..at]);
        masked.extend_from_slice(b"****");
        from = at + secret.len();
    }
    masked.extend_from_slice(&octets[from..]);
    masked
}
