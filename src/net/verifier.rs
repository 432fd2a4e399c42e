//! The certificate check: webpki's, one rule of our own for self-signed certificates that are named, and pins.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::Pin;

/// Accepts what webpki accepts, and a leaf that is octet for octet one of the certificates of `--ca-file`, valid
/// now and for the host, which webpki refuses only because OpenSSL marked it as a CA's. If there are pins, one of
/// them must fit as well; without any authority they stand alone. That the server has the key of its certificate
/// is proved in every case.
#[derive(Debug)]
pub(super) struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    named: Vec<CertificateDer<'static>>,
    pins: Vec<Pin>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        chain: Option<Arc<WebPkiServerVerifier>>,
        named: Vec<CertificateDer<'static>>,
        pins: Vec<Pin>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self { chain, named, pins, algorithms }
    }

    /// Only the server's own certificate counts: the others of the chain can be appended by anybody, and have signed
    /// many.
    fn verify_pins(&self, leaf: &CertificateDer<'_>) -> Result<(), Error> {
        let spki = ParsedCertificate::try_from(leaf)?.subject_public_key_info();
        if self.pins.iter().any(|pin| pin.fits(leaf, &spki)) {
            Ok(())
        } else {
            let mismatch = PinMismatch { found: Pin::of_key(&spki) };
            Err(CertificateError::Other(OtherError(Arc::new(mismatch))).into())
        }
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
        match self.chain.as_ref().map(|chain| chain.verify_server_cert(leaf, intermediates, host, ocsp, now)) {
            // webpki looks at the dates before it looks at the CA mark, so the certificate is valid now.
            Some(Err(Error::InvalidCertificate(why))) if is_ca_as_end_entity(&why) && self.named.contains(leaf) => {
                verify_server_name(&ParsedCertificate::try_from(leaf)?, host)?;
            }
            Some(verdict) => {
                verdict?;
            }
            // Neither authorities nor pins: nobody is trusted.
            None if self.pins.is_empty() => return Err(CertificateError::UnknownIssuer.into()),
            None => {}
        }
        if !self.pins.is_empty() {
            self.verify_pins(leaf)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// No pin fits; inside a [`CertificateError`].
#[derive(Debug)]
pub(super) struct PinMismatch {
    /// The pin that would.
    pub(super) found: Pin,
}

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of the pins fits its key")
    }
}

impl std::error::Error for PinMismatch {}

/// The pin that would have fitted, if it is for the pins alone that a certificate is refused.
pub(super) fn pin_mismatch(why: &CertificateError) -> Option<&PinMismatch> {
    match why {
        CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
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

    fn verifier(trusted: Option<&CertificateDer<'static>>, pins: Vec<Pin>) -> Verifier {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let chain = trusted.map(|trusted| {
            let mut roots = RootCertStore::empty();
            roots.add(trusted.clone()).unwrap();
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
        });
        Verifier::new(chain, trusted.cloned().into_iter().collect(), pins, algorithms)
    }

    fn judge(verifier: &Verifier, leaf: &CertificateDer<'static>, host: &str) -> Result<(), Error> {
        let host = ServerName::try_from(host.to_owned()).unwrap();
        verifier.verify_server_cert(leaf, &[], &host, &[], UnixTime::now()).map(drop)
    }

    fn verify(leaf: &CertificateDer<'static>, named: &CertificateDer<'static>, host: &str) -> Result<(), Error> {
        judge(&verifier(Some(named), Vec::new()), leaf, host)
    }

    fn pin(certificate: &CertificateDer<'static>) -> Pin {
        Pin::of_key(&ParsedCertificate::try_from(certificate).unwrap().subject_public_key_info())
    }

    #[test]
    fn accepts_a_named_ca_certificate_for_its_host_only_while_it_is_valid() {
        let good = openssl_like(4000);
        assert_eq!(verify(&good, &good, "localhost"), Ok(()));
        for other in ["other.example.org", "127.0.0.1", "::1"] {
            assert!(verify(&good, &good, other).is_err(), "{other}");
        }
        assert!(verify(&openssl_like(4000), &good, "localhost").is_err());
        let expired = openssl_like(2001);
        assert!(verify(&expired, &expired, "localhost").is_err());
    }

    #[test]
    fn pins_add_to_a_chain_and_stand_in_for_none() {
        let (good, other) = (openssl_like(4000), openssl_like(4000));
        assert_eq!(judge(&verifier(Some(&good), vec![pin(&good)]), &good, "localhost"), Ok(()));
        assert_eq!(judge(&verifier(Some(&good), vec![pin(&other), pin(&good)]), &good, "localhost"), Ok(()));
        assert!(judge(&verifier(Some(&good), vec![pin(&other)]), &good, "localhost").is_err());
        assert!(judge(&verifier(Some(&good), vec![pin(&good)]), &good, "other.example.org").is_err());
        assert!(judge(&verifier(Some(&other), vec![pin(&good)]), &good, "localhost").is_err());
        let expired = openssl_like(2001);
        assert_eq!(judge(&verifier(None, vec![pin(&expired)]), &expired, "other.example.org"), Ok(()));
        assert!(judge(&verifier(None, vec![pin(&good)]), &expired, "localhost").is_err());
        assert!(judge(&verifier(None, Vec::new()), &good, "localhost").is_err());
    }

    /// A certificate that anybody can append to a chain says nothing of whose key it is.
    #[test]
    fn a_pin_is_of_the_leaf() {
        let (leaf, appended) = (openssl_like(4000), openssl_like(4000));
        let host = ServerName::try_from("localhost").unwrap();
        let verdict = |pinned| {
            let chain = std::slice::from_ref(&appended);
            verifier(None, vec![pin(pinned)]).verify_server_cert(&leaf, chain, &host, &[], UnixTime::now())
        };
        assert!(verdict(&leaf).is_ok() && verdict(&appended).is_err());
    }
}
