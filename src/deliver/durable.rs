//! Making files durable: one by one, or all at once where the system does that well.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

pub(super) use crate::private::{
    absence_as_none, can_sync_entries, create_folders, folder_of, fsync, fsync_entries, fsync_folder, is_folder, look,
    look_at_link,
};

use crate::error::{Error, Result};

/// Is one `syncfs` as good as an `fsync` of each file of this file system? It is on those that write to a disk
/// of this machine, with a kernel that reports write errors through it (Linux 5.8). A network or FUSE file system
/// may not pass it on.
pub(super) fn syncfs_is_enough(folder: BorrowedFd<'_>) -> bool {
    let local = rustix::fs::fstatfs(folder).is_ok_and(|about| LOCAL.contains(&(about.f_type as u64 & 0xffff_ffff)));
    local && kernel_reports_errors(&rustix::system::uname().release().to_string_lossy())
}

fn kernel_reports_errors(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(5), Some(8))
}

/// May the file system store data only at close(2)? A FUSE file system may.
pub(super) fn stores_at_close(file: BorrowedFd<'_>, path: &Path) -> Result<bool> {
    let about =
        rustix::fs::fstatfs(file).map_err(|errno| Error::io("look at the file system of", path, errno.into()))?;
    Ok(about.f_type as u64 & 0xffff_ffff == FUSE)
}

/// Some file systems have no hard links, and say so in one of these ways.
pub(super) fn cannot_link(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(rustix::io::Errno::OPNOTSUPP.raw_os_error())
}

/// Writes all data of the file system behind `folder` to its disk.
pub(super) fn syncfs(folder: BorrowedFd<'_>, path: &Path) -> Result<()> {
    rustix::fs::syncfs(folder).map_err(|errno| Error::io("make durable", path, errno.into()))
}

/// Removes a file that may be gone already.
pub(super) fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// Magic numbers of statfs(2): ext2 to 4, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs.
const LOCAL: [u64; 7] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0xca45_1a4e, 0x2fc1_2fc1, 0x0102_1994];

/// Magic number of statfs(2).
const FUSE: u64 = 0x6573_5546;

#[cfg(test)]
mod tests {
    use super::kernel_reports_errors;

    #[test]
    fn reads_kernel_releases() {
        assert!(kernel_reports_errors("6.1.0-13-amd64"));
        assert!(kernel_reports_errors("5.8.0"));
        assert!(!kernel_reports_errors("5.4.0-1"));
        assert!(!kernel_reports_errors("nonsense"));
    }
}
