//! Verdicts on certificates that are our own.

use std::fmt;
use std::sync::Arc;

use rustls::{CertificateError, Error, OtherError};

use super::Pin;

/// Verdicts for which rustls has no name; inside a [`CertificateError`].
#[derive(Debug)]
pub(super) enum OwnVerdict {
    /// No pin fits.
    PinMismatch {
        /// The pin that would.
        found: Pin,
    },
    /// A pin fits, but that is not enough beside authorities.
    PinFits {
        /// What is wrong.
        why: CertificateError,
        /// Are certificates named, beside the authorities?
        has_named: bool,
    },
    /// The handshake was not signed with the key of the certificate.
    KeyNotProved,
    /// The RSA key has this many bits.
    RsaKeySize(usize),
    /// It was signed by a certificate that is trusted for itself only.
    SignedByNoAuthority,
}

impl fmt::Display for OwnVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PinMismatch { .. } => f.write_str("none of the pins fits its key"),
            Self::PinFits { why, .. } => match Self::of(why) {
                Some(verdict) => verdict.fmt(f),
                None => why.fmt(f),
            },
            Self::KeyNotProved => f.write_str("the server did not prove that it has the key of this certificate"),
            Self::RsaKeySize(bits) => write!(f, "its RSA key has {bits} bits, and only 2048 to 8192 are accepted"),
            Self::SignedByNoAuthority => {
                f.write_str("it was signed by a trusted certificate that is not an authority's (CA:FALSE)")
            }
        }
    }
}

impl std::error::Error for OwnVerdict {}

impl From<OwnVerdict> for Error {
    fn from(verdict: OwnVerdict) -> Self {
        CertificateError::Other(OtherError(Arc::new(verdict))).into()
    }
}

impl OwnVerdict {
    /// The verdict inside a [`CertificateError`], if it is one of these.
    pub(super) fn of(why: &CertificateError) -> Option<&Self> {
        match why {
            CertificateError::Other(other) => other.0.downcast_ref(),
            _ => None,
        }
    }
}
