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
