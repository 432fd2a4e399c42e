//! Files and folders that are their owner's alone, and durable: made, and replaced whole; and names that nobody else makes.
//! A core module.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// Creates a folder, 0700, with those above it that are missing, each durable in the one above.
pub fn create_folders(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = folder_of(path);
    if parent != path {
        create_folders(&parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => fsync_folder(&parent),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()), // another was faster
        Err(error) => Err(Error::io("create the folder", path, error)),
    }
}

/// Writes a new file of this mode beside the old one, lets `check` look at it, and puts it in the old one's place:
/// whatever happens, one of the two is there, whole.
pub fn replace(path: &Path, content: &[u8], mode: u32, check: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let folder = folder_of(path);
    create_folders(&folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new{}", std::process::id()));
    let beside = folder.join(name);
    let replaced = write(&beside, content, mode).and_then(|()| check(&beside)).and_then(|()| {
        std::fs::rename(&beside, path).map_err(|error| Error::io("replace", path, error))?;
        fsync_folder(&folder)
    });
    if replaced.is_err() {
        std::fs::remove_file(&beside).ok(); // the error that matters is the first
    }
    replaced
}

/// Makes an open file or folder durable.
pub fn fsync(file: impl AsFd, path: &Path) -> Result<()> {
    rustix::fs::fsync(file).map_err(|errno| Error::io("make durable", path, errno.into()))
}

/// Makes the entries of a folder durable.
pub fn fsync_folder(path: &Path) -> Result<()> {
    let folder = File::open(path).map_err(|error| Error::io("open", path, error))?;
    fsync(&folder, path)
}

/// Can other users read a file with this mode? A pipe is no such file.
pub fn others_can_read(about: &Metadata) -> bool {
    about.is_file() && about.permissions().mode() & 0o077 != 0
}

/// Fills this with random octets from the system.
pub fn random(octets: &mut [u8]) -> Result<()> {
    getrandom::fill(octets)
        .map_err(|error| Error::new(Kind::LocalIo, "the system gives no random numbers").caused_by(error))
}

/// Octets as lower-case hex digits.
pub fn hex(octets: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("half an octet is one hex digit");
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 0xf)]).collect()
}

/// What a file for a mailbox is called: names and hosts hold anything (C-285).
pub fn file_name_for(mailbox: &str) -> String {
    hex(&Sha256::digest(mailbox)[..8])
}

/// The folder that a file is in.
pub fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    // What a run that was killed has left under our number is nobody's.
    std::fs::remove_file(path).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    fsync(&file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_has_two_digits_an_octet() {
        assert_eq!(hex(&[0x00, 0x9f, 0xab]), "009fab");
    }
}
