//! Makes a Maildir, or refuses what is none.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::deliver::{durable, marker, name};
use crate::error::{Error, Kind, Result};

/// Makes the Maildir, or what is missing of one that is empty or was being made when something stopped that.
pub(in crate::deliver) fn make(dir: &Path) -> Result<()> {
    durable::create_folders(dir)?;
    let entries = name::names_in(dir)?;
    let has_part = PARTS.iter().any(|part| entries.iter().any(|name| name == part));
    let is_foreign = |name: &String| !name.starts_with(marker::NAME);
    if !has_part && entries.iter().any(is_foreign) {
        let text =
            format!("{} is not a Maildir: it has other files, but no cur, new and tmp", crate::escape::path(dir));
        return Err(Error::new(Kind::CannotCreate, text).hint("name a Maildir, or a folder that does not exist yet"));
    }
    let mut made = false;
    for part in PARTS.iter().filter(|part| !entries.iter().any(|name| name == *part)) {
        let path = dir.join(part);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => made = true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {} // another account was faster
            Err(error) => return Err(Error::io("create", &path, error)),
        }
    }
    if made {
        durable::fsync_folder(dir)?;
    }
    Ok(())
}

/// The folders of a Maildir.
pub(in crate::deliver) const PARTS: [&str; 3] = ["cur", "new", "tmp"];
