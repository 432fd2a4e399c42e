//! The calls of rustls, apart from the verifiers: with 0.24 the providers move out of the crate, and only this
//! folder should notice.

use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, NamedGroup, ProtocolVersion, SupportedProtocolVersion, version};

use self::inspect::RecordingVerifier;
use self::roots::Trusted;
use super::certificate::CertificateFields;
use super::verifier::Verifier;
use super::{CertificateTerm, KeyExchange, TlsVersion, TrustSettings, Waits};
use crate::error::{Error, Kind, Result};

pub use self::distrust::Distrust;
pub(super) use self::explain::{explain, explain_handshake};
pub use self::inspect::ShownIdentity;

mod distrust;
mod explain;
mod identity;
mod inspect;
mod roots;

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// With the first octet (port 995).
    Implicit,
    /// By STLS, before anything else; never optional (port 110).
    StartTls,
    /// Never.
    None,
}

/// [`TrustSettings`] made ready for use. Shared by all connections of an account, so that TLS sessions are resumed,
/// and by nobody else: a session that others verified says nothing here (C-141).
#[derive(Clone, Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
    server_name: Option<String>,
    offer: Offer,
}

/// What our first message offers, as far as it explains why a handshake fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// The message is longer than a packet, because of the hybrid key exchange.
    pub(super) is_large: bool,
    /// The oldest version in it.
    pub(super) tls_min: TlsVersion,
}

impl Trust {
    /// Reads the files that the settings name; `waits` is for those that are pipes. An error is one of the configuration.
    pub fn new(settings: &TrustSettings, waits: &Waits) -> Result<Self> {
        Self::with_protocol(settings, waits, b"pop3") // C-135
    }

    /// The same for IMAP: servers may refuse whoever asks for another protocol on their port.
    pub fn for_imap(settings: &TrustSettings, waits: &Waits) -> Result<Self> {
        Self::with_protocol(settings, waits, b"imap")
    }

    /// The same for HTTP.
    pub(super) fn for_http(settings: &TrustSettings, waits: &Waits) -> Result<Self> {
        Self::with_protocol(settings, waits, b"http/1.1")
    }

    /// The same for a mail server that takes messages: there is no registered name for its protocols.
    pub fn for_mta(settings: &TrustSettings, waits: &Waits) -> Result<Self> {
        let mut trust = Self::new(settings, waits)?;
        Arc::make_mut(&mut trust.config).alpn_protocols.clear();
        Ok(trust)
    }

    fn with_protocol(settings: &TrustSettings, waits: &Waits, protocol: &[u8]) -> Result<Self> {
        let provider = Arc::new(provider(settings));
        let Trusted { authorities, named } = Trusted::gather(settings, waits)?;
        let authorities = if authorities.is_empty() {
            None // webpki would refuse to be asked
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider));
            Some(builder.build().map_err(bug)?)
        };
        let algorithms = provider.signature_verification_algorithms;
        let verifier = Arc::new(Verifier::new(authorities, named, settings.pins.clone(), algorithms));
        let mut config = config(settings, waits, provider, Arc::clone(&verifier))?;
        config.alpn_protocols = vec![protocol.to_vec()];
        let offer = Offer { is_large: settings.key_exchange == KeyExchange::Default, tls_min: settings.tls_min };
        Ok(Self { config: Arc::new(config), verifier, server_name: settings.server_name.clone(), offer })
    }

    /// What a session offers.
    pub(super) fn offer(&self) -> Offer {
        self.offer
    }

    /// A new TLS session with a server that must prove to be `host`.
    pub(super) fn session(&self, host: &str) -> Result<ClientConnection> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let not_a_name = || {
            let name = crate::escape::text(name.as_bytes());
            Error::new(Kind::Usage, format!("{name} is not a name that a certificate can have"))
        };
        let name = ServerName::try_from(name.to_owned()).map_err(|_| not_a_name())?;
        ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|error| Error::new(Kind::Bug, "TLS cannot be started").caused_by(error))
    }

    /// A new TLS session with a server that may be anybody, and who will tell what was found out about it. For a look.
    pub(super) fn look(&self, host: &str) -> Result<(ClientConnection, Arc<RecordingVerifier>)> {
        let recorder = Arc::new(RecordingVerifier::new(Arc::clone(&self.verifier)));
        let mut config = ClientConfig::clone(&self.config);
        config.dangerous().set_certificate_verifier(Arc::clone(&recorder) as _);
        // What was not verified must not be resumed as if it had been.
        config.resumption = Resumption::disabled();
        let looking = Self { config: Arc::new(config), ..self.clone() };
        Ok((looking.session(host)?, recorder))
    }
}

/// The algorithms: those of aws-lc, which puts a hybrid key exchange first.
fn provider(settings: &TrustSettings) -> CryptoProvider {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if settings.key_exchange == KeyExchange::Classic {
        let classic = [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1];
        provider.kx_groups.retain(|group| classic.contains(&group.name()));
    }
    provider
}

fn config(
    settings: &TrustSettings,
    waits: &Waits,
    provider: Arc<CryptoProvider>,
    verifier: Arc<Verifier>,
) -> Result<ClientConfig> {
    let versions: &[&SupportedProtocolVersion] = match settings.tls_min {
        TlsVersion::V12 => &[&version::TLS13, &version::TLS12],
        TlsVersion::V13 => &[&version::TLS13],
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(bug)?
        .dangerous() // the verifier adds rules to webpki's; what it takes away, the user has said
        .with_custom_certificate_verifier(verifier);
    Ok(match &settings.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let (chain, secret) = identity::read(certificate, key, waits)?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| {
                let shown = crate::escape::path(key);
                Error::new(Kind::Config, format!("the client key {shown} cannot be used")).caused_by(error)
            })?
        }
    })
}

fn bug(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Bug, "TLS cannot be set up").caused_by(error)
}

/// Version and cipher suite, for people.
pub(super) fn describe(session: &ClientConnection) -> String {
    let version = session.protocol_version().map_or("TLS".into(), |version| format!("{version:?}"));
    let suite = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    format!("{version} {}", suite.unwrap_or_default())
}

/// From when until when the server's own certificate is valid.
pub(super) fn certificate_term(session: &ClientConnection) -> Option<CertificateTerm> {
    CertificateFields::read(session.peer_certificates()?.first()?).ok()?.term()
}

/// The `tls-exporter` of RFC 9266. Only with TLS 1.3: before, it needs the extended master secret, of whose use
/// rustls does not tell (C-159).
pub(super) fn channel_binding(session: &ClientConnection) -> Option<[u8; 32]> {
    if session.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return None;
    }
    session.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(key_exchange: KeyExchange) -> Vec<NamedGroup> {
        let provider = provider(&TrustSettings { key_exchange, ..TrustSettings::default() });
        provider.kx_groups.iter().map(|group| group.name()).collect()
    }

    #[test]
    fn a_hybrid_key_exchange_comes_first_unless_it_is_unwanted() {
        assert_eq!(groups(KeyExchange::Default)[0], NamedGroup::X25519MLKEM768);
        assert_eq!(groups(KeyExchange::Classic), [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1]);
    }

    #[test]
    fn the_offer_is_what_was_asked_for() {
        for (key_exchange, is_large) in [(KeyExchange::Default, true), (KeyExchange::Classic, false)] {
            for tls_min in [TlsVersion::V12, TlsVersion::V13] {
                let settings = TrustSettings { key_exchange, tls_min, ..TrustSettings::default() };
                let offer = Trust::new(&settings, &Waits::for_tests()).unwrap().offer();
                assert_eq!((offer.is_large, offer.tls_min), (is_large, tls_min));
            }
        }
    }

    #[test]
    fn somebody_must_be_trusted() {
        let nobody = TrustSettings { roots: crate::net::Roots::None, ..TrustSettings::default() };
        let error = Trust::new(&nobody, &Waits::for_tests()).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.next_step().unwrap().contains("--pin"));
        let pinned = TrustSettings { pins: vec![crate::net::Pin::of_key(b"")], ..nobody };
        assert!(Trust::new(&pinned, &Waits::for_tests()).is_ok());
    }
}
