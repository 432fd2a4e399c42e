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
        self.masked_from(0, octets)
    }

    /// The same for what servers say to everybody, the greeting and the capabilities: a short secret is part of many of
    /// those words by chance, and a mask over it would tell what it is.
    pub(super) fn masked_in_public(&self, octets: &[u8]) -> Vec<u8> {
        self.masked_from(NO_CHANCE, octets)
    }

    /// The same, as it may be shown.
    pub(super) fn shown_in_public(&self, octets: &[u8]) -> String {
        crate::escape::text(&self.masked_in_public(octets))
    }

    /// Secrets of this many octets or more are masked.
    fn masked_from(&self, length: usize, octets: &[u8]) -> Vec<u8> {
        let long = self.known.iter().filter(|secret| secret.len() >= length);
        long.fold(octets.to_vec(), |octets, secret| mask(&octets, secret.as_bytes()))
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

/// Octets of a secret that is hardly part of public words by chance.
const NO_CHANCE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order in which they came, and however short they are.
    #[test]
    fn the_longest_is_masked_first() {
        for order in [["x", "xy", "xyz"], ["xyz", "xy", "x"]] {
            let mut secrets = Secrets::default();
            order.iter().chain(&["", "xy"]).for_each(|secret| secrets.add(secret));
            assert_eq!(secrets.shown(b"xyz-xy-x-\x1bz"), "****-****-****-\\x1bz");
        }
        assert_eq!(Secrets::default().masked(b"xyz"), b"xyz");
        let mut twice = Secrets::default();
        (0..2).for_each(|_| twice.add("*"));
        assert_eq!(twice.masked(b"*"), b"****");
    }

    #[test]
    fn in_public_words_only_long_secrets_are_masked() {
        let masks = |secret: &str| {
            let mut secrets = Secrets::default();
            secrets.add(secret);
            let line = b"X 12345678";
            (secrets.masked_in_public(line), secrets.masked(line))
        };
        assert_eq!(masks("12345678"), (b"X ****".to_vec(), b"X ****".to_vec()));
        assert_eq!(masks("1234567"), (b"X 12345678".to_vec(), b"X ****8".to_vec()));
    }
}
