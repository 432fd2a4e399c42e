use std::path::PathBuf;

use super::Pin;

/// Whom to trust, and how to speak TLS: what a user may say about it, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// The authorities.
    pub roots: Roots,
    /// PEM files of certificates to trust beside the roots.
    pub ca_files: Vec<PathBuf>,
    /// One of these must fit the server's own certificate; empty: none need to. Beside authorities, both must hold.
    /// Without any, the pin alone counts, whatever the chain, the name and the date.
    pub pins: Vec<Pin>,
    /// PEM files of a certificate chain, our own first, and of its key, if the server wants to know us.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The oldest version that is good enough.
    pub tls_min: TlsVersion,
    /// The key exchanges to offer.
    pub key_exchange: KeyExchange,
    /// The name to be asked for and to be checked instead of the host.
    pub server_name: Option<String>,
}

impl TrustSettings {
    /// Does the pin alone count, whatever the chain, the name and the date?
    pub fn is_by_pin_alone(&self) -> bool {
        self.roots == Roots::None && self.ca_files.is_empty() && !self.pins.is_empty()
    }
}

/// The authorities that are trusted unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's, as they were when the program was built.
    #[default]
    Webpki,
    /// Those of this machine; `$SSL_CERT_FILE` and `$SSL_CERT_DIR` name others.
    System,
    /// None.
    None,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2
    #[default]
    V12,
    /// TLS 1.3
    V13,
}

/// The key exchanges that are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyExchange {
    /// All, those first that are safe from quantum computers.
    #[default]
    Default,
    /// None of those: their first message is large, and some devices on the way drop it.
    Classic,
}
