//! Secrets out of files and pipes.

use std::io::{ErrorKind, Read};

use zeroize::Zeroizing;

use super::Secret;
use crate::error::{Error, Kind, Result};

/// A secret that is all there is to read. `name` says where, for errors.
pub(super) fn from_reader(reader: impl Read, name: &str) -> Result<Secret> {
    let text = read(reader)
        .map_err(|error| Error::new(Kind::Config, format!("cannot read the password from {name}")).caused_by(error))?;
    Secret::from_text(text, name)
}

/// Everything, into memory that does not move as it grows, and is wiped.
pub(super) fn read(reader: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD + 1));
    reader.take(MAX_PASSWORD as u64 + 1).read_to_end(&mut text)?;
    if text.len() > MAX_PASSWORD {
        Err(std::io::Error::new(ErrorKind::InvalidData, "it is longer than 64 KiB"))
    } else {
        Ok(text)
    }
}

/// Octets of a password; tokens are longer than passwords.
pub(super) const MAX_PASSWORD: usize = 64 * 1024;
