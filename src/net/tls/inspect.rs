//! A look at the server, for `info`: the handshake is done whatever the certificate is worth, and the verdict
//! is told. A session that came about so is for looking: no command that sends a credential begins here.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error as TlsError, SignatureScheme};

use super::Distrust;
use crate::net::verifier::Verifier;

/// What a server showed.
#[derive(Clone, Debug, Default)]
pub struct ShownIdentity {
    /// The certificates, the server's own first, in DER.
    pub chain: Vec<Vec<u8>>,
    /// Why they are not trusted; nothing if they are.
    pub distrust: Option<Distrust>,
}

/// Records the verdict of the real verifier, and accepts whatever it is.
#[derive(Debug)]
pub(in crate::net) struct RecordingVerifier {
    judge: Arc<Verifier>,
    shown: Mutex<ShownIdentity>,
}

impl RecordingVerifier {
    pub(in crate::net) fn new(judge: Arc<Verifier>) -> Self {
        Self { judge, shown: Mutex::default() }
    }

    pub(in crate::net) fn shown(&self) -> ShownIdentity {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verdict = self.judge.verify_server_cert(leaf, intermediates, host, ocsp, now);
        let chain = [leaf].into_iter().chain(intermediates).map(|certificate| certificate.to_vec()).collect();
        let distrust = verdict.err().map(|error| Distrust::of(&error));
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = ShownIdentity { chain, distrust };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn everything_that_a_server_shows_is_kept() {
        let made = || {
            let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
        };
        let (leaf, other) = (made(), made());
        let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let recorder = RecordingVerifier::new(Arc::new(Verifier::new(None, Vec::new(), Vec::new(), algorithms)));
        let host = ServerName::try_from("localhost").unwrap();
        let chain = std::slice::from_ref(&other);
        assert!(recorder.verify_server_cert(&leaf, chain, &host, &[], UnixTime::now()).is_ok());
        let shown = recorder.shown();
        assert_eq!(shown.chain, [leaf.to_vec(), other.to_vec()]);
        assert_eq!(shown.distrust.unwrap().why, "it is not signed by a trusted authority");
    }
}
