//! The calls of rustls, apart from the verifier: with 0.24 the providers move out of the crate, and only this
//! folder should notice.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, Error as TlsError, RootCertStore};

use super::Phase;
use super::inspect::Onlooker;
use super::verifier::{Verifier, is_ca_as_end_entity};
use crate::error::{Error, Kind, Result};

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

/// Whom to trust: the built-in roots and the certificates of `--ca-file`. Shared by all connections of an account,
/// so that TLS sessions are resumed.
#[derive(Clone, Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl Trust {
    /// The built-in roots (webpki-roots) and the certificates of PEM files.
    pub fn new(ca_files: &[PathBuf]) -> Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut named = Vec::new();
        for file in ca_files {
            named.extend(read_certificates(file, &mut roots)?);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let bug = |error: &dyn std::fmt::Display| Error::new(Kind::Bug, format!("TLS cannot be set up: {error}"));
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|error| bug(&error))?;
        let verifier = Arc::new(Verifier::new(chain, named));
        // The verifier adds one rule to the chain's, and takes none away.
        Ok(Self { config: config(Arc::clone(&verifier) as _)?, verifier })
    }

    /// A new TLS session with a server that may be anybody, and who will tell what was found out about it. For a look.
    pub(super) fn look(&self, host: &str) -> Result<(ClientConnection, Arc<Onlooker>)> {
        let onlooker = Arc::new(Onlooker::new(Arc::clone(&self.verifier)));
        let looking = Self { config: config(Arc::clone(&onlooker) as _)?, verifier: Arc::clone(&self.verifier) };
        Ok((looking.session(host)?, onlooker))
    }

    /// A new TLS session with a server that must prove to be `host`.
    pub(super) fn session(&self, host: &str) -> Result<ClientConnection> {
        let not_a_name = || Error::new(Kind::Usage, format!("{host} is no name that a certificate can be checked for"));
        let name = ServerName::try_from(host.to_owned()).map_err(|_| not_a_name())?;
        ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|error| Error::new(Kind::Bug, "TLS cannot be started").caused_by(error))
    }
}

fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Bug, "TLS cannot be set up").caused_by(error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"pop3".to_vec()]; // C-135
    Ok(Arc::new(config))
}

/// Adds the certificates of a PEM file to the roots, and returns them.
fn read_certificates(file: &Path, roots: &mut RootCertStore) -> Result<Vec<CertificateDer<'static>>> {
    let shown = crate::escape::path(file);
    let unusable = |why: String| Error::new(Kind::Config, format!("--ca-file {shown}: {why}"));
    let found = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    let found: Vec<CertificateDer<'static>> =
        found.collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        return Err(unusable("holds no certificate".into()).hint("it must be a PEM file, with BEGIN CERTIFICATE lines"));
    }
    for certificate in &found {
        roots.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(found)
}

/// Version and cipher suite, for people.
pub(super) fn describe(session: &ClientConnection) -> String {
    let version = session.protocol_version().map_or("TLS".into(), |version| format!("{version:?}"));
    let suite = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    format!("{version} {}", suite.unwrap_or_default())
}

/// 32 octets that only the two ends of this session know (RFC 9266 section 4). Before TLS 1.3 they are unique only with
/// the extended master secret, which rustls does not tell of.
pub(super) fn channel_binding(session: &ClientConnection) -> Option<[u8; 32]> {
    session.protocol_version().filter(|&version| version == rustls::ProtocolVersion::TLSv1_3)?;
    session.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
}

/// Says what a TLS error means. All of them end the session before any credential is sent.
pub(super) fn explain(phase: Phase, error: &TlsError) -> Error {
    let refuse = |text: String| Error::new(Kind::Unavailable, text);
    match error {
        TlsError::InvalidCertificate(why) => explain_certificate(why, refuse),
        TlsError::InvalidMessage(_) if phase == Phase::Handshake => {
            refuse("the server does not speak TLS here; it sent something else instead of a handshake".into())
                .hint("a port that begins in clear text wants pop3:// (--tls starttls)")
        }
        TlsError::AlertReceived(alert) => refuse(format!("the server ended TLS with the alert {alert:?}")),
        TlsError::PeerIncompatible(_) => refuse(format!("no common TLS parameters: {error}"))
            .hint("mailhaul speaks TLS 1.2 and 1.3 with forward secrecy, and nothing older"),
        _ => Error::new(Kind::TryLater, format!("TLS failed while waiting for {phase}: {error}")),
    }
}

fn explain_certificate(why: &CertificateError, refuse: impl Fn(String) -> Error) -> Error {
    use CertificateError as C;
    // The names in a certificate are whatever somebody had signed.
    let why_shown = crate::escape::text(why.to_string().as_bytes());
    let text = format!("the server's certificate is not trusted: {why_shown}");
    match why {
        why if *why == C::UnknownIssuer || is_ca_as_end_entity(why) => refuse(text).hint(
            "if it is your own server's, name its certificate, or the one that signed it, by --ca-file FILE (PEM)",
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            refuse(text).hint("use the host name that the certificate was made for")
        }
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => refuse(text)
            .hint("check this machine's clock; if it is right, the server's owner must renew the certificate"),
        _ => refuse(text),
    }
}
