//! The certificate check: webpki's, one rule of our own for certificates that are named one by one, and pins.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, RootCertStore, SignatureScheme};

use super::Pin;
use super::certificate::CertificateFields;
use super::verdict::OwnVerdict;

/// Accepts what webpki accepts on the word of an authority, and a leaf that is octet for octet one of the certificates
/// that the user named, valid now and for the host. If there are pins, one of them must fit as well; with neither an
/// authority nor a named certificate they stand alone. That the server has the key of its certificate is proved in
/// every case.
#[derive(Debug)]
pub(super) struct Verifier {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    named: Vec<CertificateDer<'static>>,
    pins: Vec<Pin>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        authorities: Option<Arc<WebPkiServerVerifier>>,
        named: Vec<CertificateDer<'static>>,
        pins: Vec<Pin>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self { authorities, named, pins, algorithms }
    }

    /// Of a named certificate it does not matter who has signed it, nor whether it is an authority's (C-369).
    fn verify_named(&self, leaf: &CertificateDer<'_>, host: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(leaf)?;
        let nobody = RootCertStore::empty();
        // webpki looks at the dates and the purpose of a certificate before it looks for its issuer, and at the dates
        // before it looks at the CA mark.
        match verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], now, self.algorithms.all) {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
            Err(Error::InvalidCertificate(why)) if is_ca_as_end_entity(&why) => {}
            verdict => verdict?,
        }
        verify_server_name(&parsed, host)
    }

    /// By an authority that is trusted.
    fn verify_chain(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        let unknown = || Err(CertificateError::UnknownIssuer.into());
        let verdict = match &self.authorities {
            Some(authorities) => authorities.verify_server_cert(leaf, intermediates, host, ocsp, now).map(drop),
            None => unknown(),
        };
        match verdict {
            Err(Error::InvalidCertificate(why)) if is_without_authority(&why) && self.is_issuer_named(leaf) => {
                Err(OwnVerdict::SignedByNoAuthority.into())
            }
            verdict => verdict,
        }
    }

    /// Has one signed it that was named, but is no authority?
    fn is_issuer_named(&self, leaf: &CertificateDer<'_>) -> bool {
        CertificateFields::read(leaf).is_ok_and(|leaf| {
            let fields = self.named.iter().filter_map(|named| CertificateFields::read(named).ok());
            fields.into_iter().any(|named| named.subject == leaf.issuer && !named.is_authority())
        })
    }

    /// One must fit, if there are any. Only the server's own certificate counts: the others of the chain can be appended by anybody, and have signed
    /// many.
    fn verify_pins(&self, leaf: &CertificateDer<'_>) -> Result<(), Error> {
        let key = key_of(leaf)?;
        if self.pins.is_empty() || self.pins.iter().any(|pin| pin.fits(leaf, &key)) {
            Ok(())
        } else {
            Err(OwnVerdict::PinMismatch { found: Pin::of_key(&key) }.into())
        }
    }

    /// Where a pin fits, only the chain, the name or the date is wrong.
    fn beside_pin(&self, error: Error, leaf: &CertificateDer<'_>) -> Error {
        match error {
            Error::InvalidCertificate(why) if !self.pins.is_empty() && self.verify_pins(leaf).is_ok() => {
                OwnVerdict::PinFits { why, has_named: !self.named.is_empty() }.into()
            }
            error => error,
        }
    }

    /// As rustls does it for a certificate that webpki can read: each algorithm of the scheme may fit.
    fn verify_tls12(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<(), Error> {
        let mut schemes = self.algorithms.mapping.iter();
        let Some((_, algorithms)) = schemes.find(|(scheme, _)| *scheme == signed.scheme) else {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        };
        let key = key_of(leaf)?;
        let key = webpki::RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        let fits = |algorithm: &_| key.verify_signature(algorithm, message, signed.signature()).is_ok();
        if algorithms.iter().any(|algorithm| fits(*algorithm)) {
            Ok(())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }
}

/// The key that must sign the handshake: the one that a pin is of. Also for certificates that webpki does not read.
fn key_of(leaf: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    match CertificateFields::read(leaf) {
        Ok(fields) => Ok(SubjectPublicKeyInfoDer::from(fields.key.to_vec())),
        Err(_) => Err(CertificateError::BadEncoding.into()),
    }
}

/// Says of a signature of a handshake that is not right what that means.
fn explain_signature(error: Error, leaf: &CertificateDer<'_>) -> Error {
    match error {
        Error::InvalidCertificate(CertificateError::BadSignature) => explain_key(OwnVerdict::KeyNotProved.into(), leaf),
        error => error,
    }
}

/// Where the key is one that cannot be used, nothing else matters: all that could be done about `error` would be in vain.
fn explain_key(error: Error, leaf: &CertificateDer<'_>) -> Error {
    match CertificateFields::read(leaf).ok().and_then(|fields| fields.rsa_bits()) {
        Some(bits) if !RSA_BITS.contains(&bits) => OwnVerdict::RsaKeySize(bits).into(),
        _ => error,
    }
}

/// The sizes of RSA keys that aws-lc verifies with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pins_alone = self.authorities.is_none() && self.named.is_empty() && !self.pins.is_empty();
        let verdict = if self.named.contains(leaf) {
            self.verify_named(leaf, host, now)
        } else if pins_alone {
            Ok(())
        } else {
            self.verify_chain(leaf, intermediates, host, ocsp, now)
        };
        let verdict = verdict.map_err(|error| self.beside_pin(error, leaf)).and_then(|()| self.verify_pins(leaf));
        verdict.map(|()| ServerCertVerified::assertion()).map_err(|error| explain_key(error, leaf))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_tls12(message, leaf, signed).map_err(|error| explain_signature(error, leaf))?;
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verdict = verify_tls13_signature_with_raw_key(message, &key_of(leaf)?, signed, &self.algorithms);
        verdict.map_err(|error| explain_signature(error, leaf))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A verdict of webpki for which rustls has no name.
pub(super) fn webpki_verdict(why: &CertificateError) -> Option<&webpki::Error> {
    match why {
        CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
    }
}

/// Nobody who may has signed it; a server may send the one that has, and may not.
fn is_without_authority(why: &CertificateError) -> bool {
    *why == CertificateError::UnknownIssuer || webpki_verdict(why) == Some(&webpki::Error::EndEntityUsedAsCa)
}

/// webpki's verdict on an authority's certificate that a server presents as its own.
pub(super) fn is_ca_as_end_entity(why: &CertificateError) -> bool {
    webpki_verdict(why) == Some(&webpki::Error::CaUsedAsEndEntity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::certificate::tests::rsa_certificate;
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd};

    /// A certificate as `openssl req -x509` makes it: self-signed, with CA:TRUE.
    fn openssl_like(not_after: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(not_after, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verifier_of(
        authorities: &[&CertificateDer<'static>],
        named: &[&CertificateDer<'static>],
        pins: Vec<Pin>,
    ) -> Verifier {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let mut roots = RootCertStore::empty();
        authorities.iter().for_each(|authority| roots.add((*authority).clone()).unwrap());
        let build = |roots| WebPkiServerVerifier::builder_with_provider(roots, provider).build().unwrap();
        let chain = (!roots.is_empty()).then(|| build(Arc::new(roots)));
        Verifier::new(chain, named.iter().map(|named| (*named).clone()).collect(), pins, algorithms)
    }

    /// Of an authority that was named.
    fn verifier(trusted: Option<&CertificateDer<'static>>, pins: Vec<Pin>) -> Verifier {
        let trusted: Vec<_> = trusted.into_iter().collect();
        verifier_of(&trusted, &trusted, pins)
    }

    /// A certificate of no authority, signed by itself or by another one.
    fn leaf(
        key: &KeyPair,
        issuer: Option<&Issuer<'_, &KeyPair>>,
        change: fn(&mut CertificateParams),
    ) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(4000, 1, 1));
        change(&mut params);
        let signed = match issuer {
            Some(issuer) => params.signed_by(key, issuer),
            None => params.self_signed(key),
        };
        signed.unwrap().der().clone()
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
        // Built-in authorities are not named one by one.
        let built_in = verifier_of(&[&other], &[], vec![pin(&good)]);
        assert!(judge(&built_in, &good, "localhost").is_err());
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

    #[test]
    fn a_named_certificate_is_trusted_for_itself() {
        let (authority, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let issuer = Issuer::new(CertificateParams::new(["authority".to_owned()]).unwrap(), &authority);
        let foreign = Some(&issuer);
        for issuer in [None, foreign] {
            let named = leaf(&key, issuer, |_| {});
            let verifier = verifier_of(&[], &[&named], Vec::new());
            assert_eq!(judge(&verifier, &named, "localhost"), Ok(()));
            for other in ["other.example.org", "127.0.0.1"] {
                assert!(judge(&verifier, &named, other).is_err(), "{other}");
            }
            // The same key, name and issuer, but another certificate.
            let renewed = leaf(&key, issuer, |params| params.not_after = date_time_ymd(3999, 1, 1));
            assert!(judge(&verifier, &renewed, "localhost").is_err());
            let changes: [fn(&mut CertificateParams); 3] = [
                |params| params.not_after = date_time_ymd(2001, 1, 1),
                |params| params.not_before = date_time_ymd(3999, 1, 1),
                |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            ];
            for change in changes {
                let bad = leaf(&key, issuer, change);
                assert!(judge(&verifier_of(&[], &[&bad], Vec::new()), &bad, "localhost").is_err());
            }
        }
    }

    /// (C-369)
    #[test]
    fn a_named_certificate_is_no_authority() {
        let (signer_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut params = CertificateParams::new(["signer".to_owned()]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        params.distinguished_name.push(rcgen::DnType::CommonName, "signer");
        let signer = params.self_signed(&signer_key).unwrap().der().clone();
        let issuer = Issuer::new(params, &signer_key);
        let signed = leaf(&key, Some(&issuer), |_| {});
        let host = ServerName::try_from("localhost").unwrap();
        let words = |verifier: Verifier| {
            let verdict = |chain: &[_]| match verifier.verify_server_cert(&signed, chain, &host, &[], UnixTime::now()) {
                Err(Error::InvalidCertificate(why)) => {
                    OwnVerdict::of(&why).map(ToString::to_string).unwrap_or_default()
                }
                verdict => panic!("{verdict:?}"),
            };
            let sent = verdict(std::slice::from_ref(&signer));
            assert_eq!(sent, verdict(&[]));
            sent
        };
        let other = openssl_like(4000);
        assert!(words(verifier_of(&[], &[&signer], Vec::new())).contains("CA:FALSE"));
        assert!(words(verifier_of(&[&other], &[&other, &signer], Vec::new())).contains("CA:FALSE"));
        // A pin beside what is named is one condition more, and not one less.
        assert!(words(verifier_of(&[], &[&signer], vec![pin(&signed)])).contains("CA:FALSE"));
        assert!(!words(verifier_of(&[&other], &[&other], Vec::new())).contains("CA:FALSE"));
        let over = leaf(&key, Some(&issuer), |params| params.not_after = date_time_ymd(2001, 1, 1));
        let verdict = judge(&verifier_of(&[&other], &[&other, &signer], Vec::new()), &over, "localhost");
        assert!(
            matches!(verdict, Err(Error::InvalidCertificate(CertificateError::ExpiredContext { .. }))),
            "{verdict:?}"
        );
        // Neither another one that is no authority, nor an authority of the same name, is meant.
        let stranger = leaf(&key, None, |_| {});
        assert!(!words(verifier_of(&[&other], &[&other, &stranger], Vec::new())).contains("CA:FALSE"));
        let namesake = leaf(&key, None, |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(rcgen::DnType::CommonName, "signer");
        });
        assert!(!words(verifier_of(&[&other], &[&other, &namesake], Vec::new())).contains("CA:FALSE"));
        let named = verifier_of(&[], &[&signed], vec![pin(&signer)]);
        assert!(words(named).contains("none of the pins"));
    }

    /// Not to send anybody round in circles.
    #[test]
    fn a_key_that_cannot_be_used_is_spoken_of_first() {
        let judged = |leaf: CertificateDer<'static>| judge(&verifier(None, Vec::new()), &leaf, "localhost");
        for good in [openssl_like(4000), rsa_certificate(2048), rsa_certificate(8192)] {
            assert_eq!(judged(good), Err(CertificateError::UnknownIssuer.into()));
        }
        // aws-lc counts bits, not octets.
        for bits in [1024, 2040, 2041, 2047, 8193] {
            let Err(Error::InvalidCertificate(why)) = judged(rsa_certificate(bits)) else { panic!("{bits}") };
            let verdict = OwnVerdict::of(&why);
            assert!(matches!(verdict, Some(OwnVerdict::RsaKeySize(found)) if *found == bits), "{bits} {why:?}");
        }
    }
}
