//! Files and folders that are their owner's alone, and durable: made, and replaced whole. A core module.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

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
