//! The certificate check: webpki's, and one rule of our own for self-signed certificates that are named.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// Accepts what webpki accepts, and a leaf that is octet for octet one of the certificates of `--ca-file`, valid
/// now and for the host, which webpki refuses only because OpenSSL marked it as a CA's.
#[derive(Debug)]
pub(super) struct Verifier {
    chain: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Verifier {
    pub(super) fn new(chain: Arc<WebPkiServerVerifier>, named: Vec<CertificateDer<'static>>) -> Self {
        Self { chain, named }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.chain.verify_server_cert(leaf, intermediates, host, ocsp, now) {
            // webpki looks at the dates before it looks at the CA mark, so the certificate is valid now.
            Err(Error::InvalidCertificate(why)) if is_ca_as_end_entity(&why) && self.named.contains(leaf) => {
                verify_server_name(&ParsedCertificate::try_from(leaf)?, host)?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// rustls has no name of its own for webpki's verdict on a CA's certificate that a server presents as its own.
pub(super) fn is_ca_as_end_entity(why: &CertificateError) -> bool {
    match why {
        CertificateError::Other(other) => {
            matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
    use rustls::RootCertStore;

    /// A certificate as `openssl req -x509` makes it: self-signed, with CA:TRUE.
    fn openssl_like(not_after: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(not_after, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verify(leaf: &CertificateDer<'static>, named: &CertificateDer<'static>, host: &str) -> Result<(), Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(named.clone()).unwrap();
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let host = ServerName::try_from(host.to_owned()).unwrap();
        Verifier::new(chain, vec![named.clone()]).verify_server_cert(leaf, &[], &host, &[], UnixTime::now()).map(drop)
    }

    #[test]
    fn accepts_a_named_ca_certificate_for_its_host_only_while_it_is_valid() {
        let good = openssl_like(4000);
        assert_eq!(verify(&good, &good, "localhost"), Ok(()));
        assert!(verify(&good, &good, "other.example.org").is_err());
        assert!(verify(&openssl_like(4000), &good, "localhost").is_err());
        let expired = openssl_like(2001);
        assert!(verify(&expired, &expired, "localhost").is_err());
    }
}
