//! An authority of the test's own, and the server's certificate.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// The file of the authority's certificate.
pub(super) const CA: &str = "ca.pem";
/// The file of the server's certificate.
pub(super) const CERTIFICATE: &str = "cert.pem";
/// The file of the server's key.
pub(super) const KEY: &str = "key.pem";

/// Writes [`CA`], [`CERTIFICATE`] and [`KEY`] into `folder`.
pub(super) fn write(folder: &Path) {
    let (ca, issuer) = authority();
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("valid names");
    params.distinguished_name.push(DnType::CommonName, "localhost");
    let certificate = params.signed_by(&key, &issuer).expect("a certificate");
    for (name, pem) in [(CA, ca), (CERTIFICATE, certificate.pem()), (KEY, key.serialize_pem())] {
        fs::write(folder.join(name), pem).expect("write the certificates");
    }
}

/// The authority's certificate in PEM, and what signs with it.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "mailhaul test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).expect("a certificate");
    (certificate.pem(), Issuer::new(params, key))
}
