//! The fields of a certificate that the program reads itself: webpki reads X.509 version 3 only, and does not say
//! whether a certificate is an authority's.

use std::time::{Duration, SystemTime};

use x509_cert::der::asn1::UintRef;
use x509_cert::der::oid::{AssociatedOid, ObjectIdentifier};
use x509_cert::der::{Decode, Header, Reader, Result, SliceReader, Tag, TagMode, TagNumber};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::Validity;

/// Fields of a certificate, in DER.
#[derive(Debug)]
pub(super) struct CertificateFields<'a> {
    /// As it stands there, or 0: 2 is version 3.
    version: u8,
    /// The name of whoever signed it.
    pub(super) issuer: &'a [u8],
    /// The name of whoever it is for.
    pub(super) subject: &'a [u8],
    /// The SubjectPublicKeyInfo.
    pub(super) key: &'a [u8],
    /// From when until when it is valid, as it stands there.
    validity: &'a [u8],
    extensions: Vec<Extension>,
}

/// From when until when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateTerm {
    /// Its first second.
    pub begins: SystemTime,
    /// Its last second.
    pub ends: SystemTime,
}

impl CertificateTerm {
    /// Does it end so soon that somebody should renew it: within 14 days, or, if it was made for a few weeks, within the last
    /// third of its time?
    pub fn ends_soon(&self, now: SystemTime) -> bool {
        let whole = self.ends.duration_since(self.begins).unwrap_or_default();
        self.ends.duration_since(now).map_or(true, |left| left < SOON.min(whole / 3))
    }
}

impl<'a> CertificateFields<'a> {
    /// Reads a certificate of any version. Its signature is not checked.
    pub(super) fn read(der: &'a [u8]) -> Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let fields = reader.sequence(|certificate| {
            let fields = certificate.sequence(Self::read_signed)?;
            let (_algorithm, _signature) = (certificate.tlv_bytes()?, certificate.tlv_bytes()?);
            Ok::<_, x509_cert::der::Error>(fields)
        })?;
        reader.finish()?;
        Ok(fields)
    }

    /// The part that is signed (RFC 5280 section 4.1).
    fn read_signed(signed: &mut SliceReader<'a>) -> Result<Self> {
        let version = signed.context_specific(TagNumber(0), TagMode::Explicit)?.unwrap_or_default();
        let (_serial, _algorithm) = (signed.tlv_bytes()?, signed.tlv_bytes()?);
        let issuer = signed.tlv_bytes()?;
        let validity = signed.tlv_bytes()?;
        let subject = signed.tlv_bytes()?;
        let key = signed.tlv_bytes()?;
        let mut extensions = Vec::new();
        while !signed.is_finished() {
            match Tag::peek(signed)? {
                tag if tag == TagNumber(3).context_specific(true) => {
                    extensions = signed.context_specific(TagNumber(3), TagMode::Explicit)?.unwrap_or_default();
                }
                _ => drop(signed.tlv_bytes()?), // unique identifiers, which nobody uses
            }
        }
        Ok(Self { version, issuer, subject, key, validity, extensions })
    }

    /// May it sign other certificates? Version 3 says so; of an older one that signed itself it is assumed, as those
    /// have no way to say it (C-369).
    pub(super) fn is_authority(&self) -> bool {
        match self.extension::<BasicConstraints>() {
            Some(constraints) => constraints.is_ok_and(|constraints| constraints.ca) && self.may_sign_certificates(),
            None => self.version < VERSION_3 && self.issuer == self.subject,
        }
    }

    /// Without the extension a key is for everything.
    fn may_sign_certificates(&self) -> bool {
        self.extension::<KeyUsage>().is_none_or(|usage| usage.is_ok_and(|usage| usage.key_cert_sign()))
    }

    fn extension<T: AssociatedOid + for<'e> Decode<'e, Error = x509_cert::der::Error>>(&self) -> Option<Result<T>> {
        let found = self.extensions.iter().find(|extension| extension.extn_id == T::OID)?;
        Some(T::from_der(found.extn_value.as_bytes()))
    }

    /// From when until when it is valid.
    pub(super) fn term(&self) -> Option<CertificateTerm> {
        let Validity { not_before, not_after, .. } =
            Validity::<x509_cert::certificate::Rfc5280>::from_der(self.validity).ok()?;
        Some(CertificateTerm { begins: not_before.to_system_time(), ends: not_after.to_system_time() })
    }

    /// The bits of the modulus, if it is an RSA key.
    pub(super) fn rsa_bits(&self) -> Option<usize> {
        let key = SubjectPublicKeyInfoRef::from_der(self.key).ok()?;
        if key.algorithm.oid != RSA {
            return None;
        }
        let mut reader = SliceReader::new(key.subject_public_key.as_bytes()?).ok()?;
        Header::decode(&mut reader).ok()?.tag().assert_eq(Tag::Sequence).ok()?;
        let modulus = UintRef::decode(&mut reader).ok()?;
        let (first, rest) = modulus.as_bytes().split_first()?;
        Some(rest.len() * 8 + (u8::BITS - first.leading_zeros()) as usize)
    }
}

const VERSION_3: u8 = 2;

/// Enough for whoever has to renew a certificate by hand.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// rsaEncryption (RFC 3279 section 2.3.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm,
    };
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use x509_cert::der::{Encode, asn1::AnyRef};

    use super::*;

    fn made(is_ca: IsCa, usages: &[KeyUsagePurpose]) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        params.key_usages = usages.to_vec();
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn pem(text: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_authority_is_what_says_so() {
        let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
        let both = [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let cases = [
            (made(ca(), &[]), true, "a CA"),
            (made(IsCa::Ca(BasicConstraints::Constrained(0)), &both), true, "a CA whose key may sign"),
            (made(ca(), &[KeyUsagePurpose::DigitalSignature]), false, "a CA whose key is for other things"),
            (made(IsCa::ExplicitNoCa, &[]), false, "explicitly none"),
            (made(IsCa::ExplicitNoCa, &both), false, "none whose key may sign"),
            (made(IsCa::NoCa, &[]), false, "version 3 without the extension"),
            (made(IsCa::NoCa, &both), false, "the same with a key that may sign"),
            (pem(VERSION_1), true, "version 1, signed by itself"),
            (pem(VERSION_1_OF_ANOTHER), false, "version 1, signed by another"),
        ];
        for (certificate, is_authority, what) in cases {
            assert_eq!(CertificateFields::read(&certificate).unwrap().is_authority(), is_authority, "{what}");
        }
    }

    /// Version 2 has no extensions either.
    #[test]
    fn only_version_3_can_say_it() {
        let certificate = pem(VERSION_1);
        for (version, is_authority) in [(0, true), (1, true), (2, false)] {
            let fields = CertificateFields { version, ..CertificateFields::read(&certificate).unwrap() };
            assert_eq!(fields.is_authority(), is_authority, "{version}");
        }
    }

    #[test]
    fn the_key_is_the_one_inside() {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let fields = CertificateFields::read(certificate.der()).unwrap();
        assert_eq!((fields.key, fields.rsa_bits()), (&key.subject_public_key_info()[..], None));
        assert!(fields.issuer == fields.subject);
        let leaf = pem(VERSION_1_OF_ANOTHER);
        let (leaf, issuer) = (CertificateFields::read(&leaf).unwrap(), pem(VERSION_1));
        let issuer = CertificateFields::read(&issuer).unwrap();
        assert!(leaf.issuer == issuer.subject && leaf.subject != issuer.subject && leaf.key != issuer.key);
    }

    /// Nobody uses them, and webpki does not read them; a pin may be of such a certificate all the same.
    #[test]
    fn unique_identifiers_are_skipped() {
        const ISSUER_UNIQUE_ID: [u8; 4] = [0x81, 2, 0, 0x80];
        let plain = pem(VERSION_1);
        let mut der = plain.to_vec();
        let signed_ends = 7 + usize::from(der[6]);
        der.splice(signed_ends..signed_ends, ISSUER_UNIQUE_ID);
        der[3] += 4;
        der[6] += 4;
        assert_eq!(CertificateFields::read(&der).unwrap().key, CertificateFields::read(&plain).unwrap().key);
    }

    /// A public key of which only the form is right.
    struct PublicKey {
        algorithm: &'static SignatureAlgorithm,
        der: Vec<u8>,
    }

    impl PublicKeyData for PublicKey {
        fn der_bytes(&self) -> &[u8] {
            &self.der
        }

        fn algorithm(&self) -> &'static SignatureAlgorithm {
            self.algorithm
        }
    }

    impl PublicKey {
        /// The certificate of this key, signed by another one.
        fn certificate(&self) -> CertificateDer<'static> {
            let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            let issuer = Issuer::new(params.clone(), KeyPair::generate().unwrap());
            params.signed_by(self, &issuer).unwrap().der().clone()
        }
    }

    /// An RSAPublicKey whose modulus has this many bits, in a value with this tag.
    fn rsa_key(bits: usize, tag: Tag) -> Vec<u8> {
        let mut modulus = vec![1; bits.div_ceil(8)];
        modulus[0] = 1 << ((bits - 1) % 8);
        let number = |octets: &[u8]| UintRef::new(octets).unwrap().to_der().unwrap();
        let numbers = [number(&modulus), number(&[1, 0, 1])].concat();
        AnyRef::new(tag, &numbers).unwrap().to_der().unwrap()
    }

    pub(in crate::net) fn rsa_certificate(bits: usize) -> CertificateDer<'static> {
        PublicKey { algorithm: &rcgen::PKCS_RSA_SHA256, der: rsa_key(bits, Tag::Sequence) }.certificate()
    }

    #[test]
    fn rsa_keys_have_a_size() {
        let bits = |certificate: CertificateDer<'_>| CertificateFields::read(&certificate).unwrap().rsa_bits();
        assert_eq!(bits(pem(RSA_1024)), Some(1024));
        for size in [1, 8, 9, 2040, 2041, 2047, 2048, 2049, 4096] {
            assert_eq!(bits(rsa_certificate(size)), Some(size));
        }
        let of_another_kind =
            PublicKey { algorithm: &rcgen::PKCS_ECDSA_P256_SHA256, der: rsa_key(2048, Tag::Sequence) };
        let broken = PublicKey { algorithm: &rcgen::PKCS_RSA_SHA256, der: rsa_key(2048, Tag::Set) };
        assert_eq!((bits(of_another_kind.certificate()), bits(broken.certificate())), (None, None));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let good = made(IsCa::NoCa, &[]);
        for bad in [&good[..good.len() - 1], &[&good[..], b"x"].concat(), b"", b"\x30\x00", b"x"] {
            assert!(CertificateFields::read(bad).is_err());
        }
    }

    /// Made by `openssl x509 -req -signkey`.
    const VERSION_1: &str = include_str!("../../tests/server/pem/version-1.pem");

    /// Made by `openssl x509 -req -CA`.
    const VERSION_1_OF_ANOTHER: &str = include_str!("../../tests/server/pem/version-1-of-another.pem");

    const RSA_1024: &str = include_str!("../../tests/server/pem/rsa-1024.pem");
}
