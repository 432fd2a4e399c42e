use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

/// A fingerprint that the server's certificate, or its key, must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// SHA-256 of the public key (its SubjectPublicKeyInfo in DER), as curl and RFC 7469 have it. Outlives the
    /// renewal of a certificate that keeps the key.
    Key([u8; 32]),
    /// SHA-256 of the certificate in DER, as `openssl x509 -fingerprint -sha256` prints it.
    Certificate([u8; 32]),
}

impl Pin {
    /// The pin of a key, from its SubjectPublicKeyInfo in DER.
    pub fn of_key(spki: &[u8]) -> Self {
        Self::Key(Sha256::digest(spki).into())
    }

    /// Is it the fingerprint of this certificate (DER), or of its key?
    pub(super) fn fits(&self, certificate: &[u8], spki: &[u8]) -> bool {
        match self {
            Self::Key(_) => *self == Self::of_key(spki),
            Self::Certificate(expected) => *expected == <[u8; 32]>::from(Sha256::digest(certificate)),
        }
    }
}

impl FromStr for Pin {
    type Err = String;

    /// `sha256//` and 44 characters of base64 are a key's; 64 hexadecimal digits, with colons or without, perhaps
    /// behind `sha256:` or openssl's `sha256 Fingerprint=`, a certificate's. Spaces around it do not count.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(encoded) = text.strip_prefix("sha256//") {
            let digest = BASE64_STANDARD.decode(encoded).ok().and_then(|octets| octets.try_into().ok());
            return digest.map(Self::Key).ok_or_else(|| "behind sha256// come 44 characters of base64".into());
        }
        let lower = text.to_ascii_lowercase();
        let digits = ["sha256:", "sha256 fingerprint="].iter().find_map(|prefix| lower.strip_prefix(prefix));
        let digits = digits.unwrap_or(&lower);
        match from_hex(digits) {
            Some(digest) => Ok(Self::Certificate(digest)),
            None if is_sha1(&lower) => Err("this is SHA-1; a SHA-256 is needed, as mailhaul info shows it".into()),
            None => Err("a pin is sha256// and the base64 of a key's digest, as mailhaul info shows it, or the 64 \
                         hexadecimal digits that openssl x509 -fingerprint -sha256 prints"
                .into()),
        }
    }
}

impl fmt::Display for Pin {
    /// In the form that can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(digest) => write!(f, "sha256//{}", BASE64_STANDARD.encode(digest)),
            Self::Certificate(digest) => {
                f.write_str("sha256:")?;
                digest.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// 40 hexadecimal digits, perhaps with colons and behind `sha1:` or openssl's `sha1 Fingerprint=`.
fn is_sha1(lower: &str) -> bool {
    let digits = ["sha1:", "sha1 fingerprint="].iter().find_map(|prefix| lower.strip_prefix(prefix)).unwrap_or(lower);
    let digits = digits.replace(':', "");
    digits.len() == 40 && digits.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// 32 octets, with a colon between all of them or between none.
fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let pairs: Vec<&str> = if digits.contains(':') {
        digits.split(':').collect()
    } else {
        (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2)).collect::<Option<_>>()?
    };
    // from_str_radix would take a sign too.
    let is_pair = |pair: &&str| pair.len() == 2 && pair.bytes().all(|octet| octet.is_ascii_hexdigit());
    let octets: Option<Vec<u8>> =
        pairs.into_iter().map(|pair| u8::from_str_radix(Some(pair).filter(is_pair)?, 16).ok()).collect();
    octets?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of no octets at all (FIPS 180-4).
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn with_colons() -> String {
        let pairs = EMPTY.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.collect::<Vec<_>>().join(":")
    }

    #[test]
    fn reads_and_shows_both_forms() {
        let key: Pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        assert_eq!(key, Pin::of_key(b""));
        let colons = with_colons().to_uppercase();
        for text in [EMPTY.to_owned(), format!("sha256:{EMPTY}"), format!(" sha256 Fingerprint={colons}\n"), colons] {
            let pin: Pin = text.parse().unwrap();
            assert!(pin.fits(b"", b"x") && !pin.fits(b"x", b""), "{text}");
            assert_eq!(pin.to_string(), format!("sha256:{EMPTY}"));
        }
        assert_eq!(key.to_string(), "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert!(key.fits(b"x", b"") && !key.fits(b"", b"x"));
    }

    /// What openssl and mpop print by default.
    #[test]
    fn a_sha_1_is_named() {
        for text in [
            EMPTY[..40].to_owned(),
            with_colons()[..59].to_uppercase(),
            format!("SHA1 Fingerprint={}", &with_colons()[..59]),
        ] {
            assert!(text.parse::<Pin>().unwrap_err().starts_with("this is SHA-1"), "{text}");
        }
        assert!(!EMPTY[..41].parse::<Pin>().unwrap_err().contains("SHA-1"));
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "sha256//",
            "sha256//AAAA",
            "sha256//47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            &format!("sha256//{EMPTY}"),
            &EMPTY[..62],
            &format!("{EMPTY}00"),
            &EMPTY.replacen("e3", "+3", 1),
            &EMPTY.replacen("e3", "e:3", 1),
            &EMPTY.replacen("e3b0", "e3:b0", 1),
            &EMPTY.replacen("e3", "\u{e9}", 1),
            &with_colons().replacen("e3", "3", 1),
            &with_colons().replacen("e3", "0e3", 1),
            &with_colons().replacen("e3", "+3", 1),
            &format!("sha1:{EMPTY}"),
        ] {
            assert!(text.parse::<Pin>().is_err(), "{text}");
        }
    }
}
