use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::private;

/// Our own certificate chain and its key, from PEM files, which may be one and the same.
pub(super) fn read(certificate: &Path, key: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    Ok((read_chain(certificate)?, read_key(key)?))
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let unusable = |why: String| unusable("certificate", file, &why);
    let found = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        Err(unusable("it holds none".into()).hint("it must be a PEM file, with BEGIN CERTIFICATE lines"))
    } else {
        Ok(found)
    }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let unusable = |why: &str| unusable("key", file, why);
    let text = read_private(file)?;
    if is_encrypted(&text) {
        let shown = crate::escape::path(file);
        return Err(unusable("it is encrypted, and mailhaul asks for no passphrase of keys")
            .hint(format!("openssl pkey -in {shown} -out NEW writes it in the clear; keep that file to yourself")));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        unusable("it holds none that can be read").hint("it must be a PEM file, with BEGIN PRIVATE KEY lines")
    })
}

/// Whoever can read the key can be us (C-287).
fn read_private(file: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |error: io::Error| unusable("key", file, &error.to_string());
    let open = File::open(file).map_err(failed)?;
    let about = open.metadata().map_err(failed)?;
    if private::others_can_read(&about) {
        let shown = crate::escape::path(file);
        return Err(unusable("key", file, "it can be read by others").hint(format!("chmod 600 {shown}")));
    }
    // Into memory that does not move as it grows, and is wiped.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_FILE));
    open.take(MAX_FILE as u64).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// The two ways of PEM to say so: PKCS #8, and the header of RFC 1421.
fn is_encrypted(text: &[u8]) -> bool {
    let has = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED")
}

fn unusable(what: &str, file: &Path, why: &str) -> Error {
    Error::new(Kind::Config, format!("the client {what} {} cannot be used: {why}", crate::escape::path(file)))
}

/// Octets of a key with its chain; more than any has.
const MAX_FILE: usize = 256 * 1024;
