use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::net::Waits;
use crate::private::{Links, OpenedFile, ReadLimits};

/// Our own certificate chain and its key, from PEM files, which may be one and the same.
pub(super) fn read(
    certificate: &Path,
    key: &Path,
    waits: &Waits,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let key_text = read_private(key, waits)?;
    let chain = if certificate == key {
        chain_of(certificate, &key_text)? // it may be a pipe, which is read once
    } else {
        chain_of(certificate, &read_public(certificate, waits)?)?
    };
    Ok((chain, key_of(key, &key_text)?))
}

fn chain_of(file: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let unusable = |why: String| unusable("certificate", file, &why);
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        Err(unusable("it holds none".into()).hint("it must be a PEM file, with BEGIN CERTIFICATE lines"))
    } else {
        Ok(found)
    }
}

fn key_of(file: &Path, text: &[u8]) -> Result<PrivateKeyDer<'static>> {
    let unusable = |why: &str| unusable("key", file, why);
    if is_encrypted(text) {
        let shown = crate::escape::path(file);
        return Err(unusable("it is encrypted, and mailhaul asks for no passphrase of keys")
            .hint(format!("openssl pkey -in {shown} -out NEW writes it in the clear; keep that file to yourself")));
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|_| {
        unusable("it holds none that can be read").hint("it must be a PEM file, with BEGIN PRIVATE KEY lines")
    })
}

fn read_public(file: &Path, waits: &Waits) -> Result<Zeroizing<Vec<u8>>> {
    let what = "certificate";
    let open = OpenedFile::open(file, Links::Follow).map_err(|error| unusable(what, file, &error.to_string()))?;
    open.check_writers().map_err(|flaw| flaw.error(&prefix(what, file), "", file))?;
    open.read(&named(what, file), limits(waits))
}

/// Whoever can read the key can be us (C-287).
fn read_private(file: &Path, waits: &Waits) -> Result<Zeroizing<Vec<u8>>> {
    let open = OpenedFile::open(file, Links::Follow).map_err(|error| unusable("key", file, &error.to_string()))?;
    open.check_secret(file).map_err(|flaw| flaw.error(&prefix("key", file), "", file))?;
    open.read(&named("key", file), limits(waits))
}

fn limits(waits: &Waits) -> ReadLimits<'_> {
    ReadLimits { octets: MAX_FILE, time: waits.timeout, until: &waits.until }
}

/// The two ways of PEM to say so: PKCS #8, and the header of RFC 1421.
fn is_encrypted(text: &[u8]) -> bool {
    let has = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED")
}

fn named(what: &str, file: &Path) -> String {
    format!("the client {what} {}", crate::escape::path(file))
}

fn prefix(what: &str, file: &Path) -> String {
    format!("{} cannot be used: it", named(what, file))
}

fn unusable(what: &str, file: &Path, why: &str) -> Error {
    Error::new(Kind::Config, format!("{} cannot be used: {why}", named(what, file)))
}

/// Octets of a key with its chain; more than any has.
const MAX_FILE: usize = 256 * 1024;
