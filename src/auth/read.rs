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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// And no octet more is taken, for which the memory would have to move.
    #[test]
    fn a_password_has_64_kib_at_most() {
        let mut longest = Cursor::new(vec![b'x'; MAX_PASSWORD]);
        let text = read(&mut longest).unwrap();
        assert_eq!((text.len(), text.capacity()), (MAX_PASSWORD, MAX_PASSWORD + 1));
        let mut longer = Cursor::new(vec![b'x'; MAX_PASSWORD + 2]);
        let error = from_reader(&mut longer, "here").unwrap_err();
        assert_eq!(error.to_string(), "cannot read the password from here: it is longer than 64 KiB");
        assert_eq!(longer.position(), MAX_PASSWORD as u64 + 1);
    }
}
