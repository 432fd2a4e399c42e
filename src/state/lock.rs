//! The lock on a mailbox: one run at a time (C-340).

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::open::made_folder;
use crate::error::{Cause, Error, Kind, Result};
use crate::private;

/// Held for a whole run. The system gives it back however the process ends.
#[derive(Debug)]
pub struct MailboxLock {
    file: File,
}

impl MailboxLock {
    /// Locks the mailbox `key` of the ledger in `folder`, or says whose run has it.
    pub fn acquire(folder: &Path, key: &str) -> Result<Self> {
        let folder = made_folder(&made_folder(folder)?.join("locks"))?;
        let path = folder.join(private::file_name_for(key) + ".lock");
        let failed = |error| Error::io("lock", &path, error);
        loop {
            let mut file = private::open_lock(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(busy(key, &file)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Somebody may have removed it meanwhile: then another run can lock another file of the same name.
            if !is_at(&file, &path).map_err(failed)? {
                continue;
            }
            file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
            file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(failed)?;
            return Ok(Self { file });
        }
    }
}

impl Drop for MailboxLock {
    fn drop(&mut self) {
        // Not by closing alone: a command that another account starts at this moment has a copy until its exec.
        self.file.unlock().ok();
    }
}

/// Is the open file the one that has this path?
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn busy(key: &str, file: &File) -> Error {
    let mut pid = String::new();
    // Who holds it is only a service to the user.
    let known = file.take(32).read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
    let holder = if known { format!("process {}", pid.trim()) } else { "another process".to_owned() };
    let key = crate::escape::text(key.as_bytes());
    Error::new(Kind::TryLater, format!("{key} is being fetched by {holder}"))
        .because(Cause::OtherRun)
        .hint("wait until it has ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_although_another_program_has_a_copy_of_the_descriptor() {
        let dir = tempfile::tempdir().unwrap();
        let lock = MailboxLock::acquire(dir.path(), "ann@example.org").unwrap();
        let _copy = lock.file.try_clone().unwrap();
        assert!(MailboxLock::acquire(dir.path(), "ann@example.org").is_err());
        drop(lock);
        MailboxLock::acquire(dir.path(), "ann@example.org").unwrap();
    }
}
