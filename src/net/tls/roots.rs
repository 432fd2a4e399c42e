use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, Kind, Result};
use crate::net::{Roots, TrustSettings, Waits};
use crate::private::{Links, OpenedFile, ReadLimits};

/// The authorities, and the certificates that were named one by one.
pub(super) fn gather(settings: &TrustSettings, waits: &Waits) -> Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let mut roots = match settings.roots {
        Roots::Webpki => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        Roots::System => system()?,
        Roots::None => RootCertStore::empty(),
    };
    let mut named = Vec::new();
    for file in &settings.ca_files {
        named.extend(read_certificates(file, waits, &mut roots)?);
    }
    if roots.is_empty() && settings.pins.is_empty() {
        return Err(Error::new(Kind::Config, "without roots, a CA file or a pin there is nobody to trust")
            .hint("name a --ca-file or a --pin (mailhaul info shows it), or leave --roots none out"));
    }
    Ok((roots, named))
}

/// Machines have odd certificates among good ones: what cannot be read matters only when nothing can.
fn system() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }
    let error = Error::new(Kind::Config, "this machine has no root certificates that can be read")
        .hint("install the package ca-certificates, look at $SSL_CERT_FILE and $SSL_CERT_DIR, or use --roots webpki");
    Err(match found.errors.into_iter().next() {
        Some(first) => error.caused_by(first),
        None => error,
    })
}

/// Adds the certificates of a PEM file to the roots, and returns them.
fn read_certificates(file: &Path, waits: &Waits, roots: &mut RootCertStore) -> Result<Vec<CertificateDer<'static>>> {
    let name = format!("--ca-file {}", crate::escape::path(file));
    let unusable = |why: String| Error::new(Kind::Config, format!("{name}: {why}"));
    let open = OpenedFile::open(file, Links::Follow).map_err(|error| unusable(error.to_string()))?;
    open.check_writers().map_err(|flaw| flaw.error(&name, ", who could make us trust anybody", file))?;
    let text = open.read(&name, ReadLimits { octets: MAX_FILE, time: waits.timeout, until: &waits.until })?;
    let found: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        return Err(unusable("holds no certificate".into()).hint("it must be a PEM file, with BEGIN CERTIFICATE lines"));
    }
    for certificate in &found {
        roots.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(found)
}

/// Octets of a file of authorities: all that the world trusts are a quarter of a mebibyte.
const MAX_FILE: usize = 16 * 1024 * 1024;
