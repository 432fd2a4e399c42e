//! A rename that replaces nothing, where the file system has it, and what comes nearest to it elsewhere.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, RenameFlags, Stat, linkat, renameat, renameat_with, statat, unlinkat};
use rustix::io::Errno;

use super::name;
use crate::deliver::renamed::Renamed;

/// How a file gets its last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RenameWay {
    /// At once.
    NoReplace,
    /// By a second name; then the first one is removed (NFS).
    Link,
    /// After a look whether the name is taken (old FUSE, FAT). Only an identical message of another account, at the same
    /// moment, could come between.
    Look,
}

/// Renames within one folder.
pub(super) struct Renamer {
    pub(super) way: RenameWay,
}

impl Renamer {
    /// Gives the file `from` the name `to`, or the next one that is free.
    pub(super) fn rename(&mut self, folder: &OwnedFd, from: &str, to: &str) -> Renamed {
        let file = match about(folder, from) {
            Ok(Some(file)) => file,
            Ok(None) => return Renamed::Missing,
            Err(errno) => return Renamed::Failed(errno),
        };
        for to in name::choices(to) {
            let Err(errno) = self.try_to(folder, from, &to) else { return Renamed::Done };
            // NFS asks again when an answer is lost, and then hears that the first name is gone, or the other one taken.
            let is_ours = about(folder, &to).map(|there| there.is_some_and(|there| is_same(&there, &file)));
            match (is_ours, about(folder, from)) {
                (Ok(true), _) => {
                    unlinkat(folder, from, AtFlags::empty()).ok(); // as below
                    return Renamed::Done;
                }
                (_, Ok(None) | Err(_)) => return Renamed::InDoubt(errno),
                (Err(_), Ok(Some(_))) if self.way == RenameWay::Link => return Renamed::InDoubt(errno),
                (_, Ok(Some(_))) if errno == Errno::EXIST => {}
                (_, Ok(Some(_))) => return Renamed::Failed(errno),
            }
        }
        Renamed::Failed(Errno::EXIST)
    }

    fn try_to(&mut self, folder: &OwnedFd, from: &str, to: &str) -> rustix::io::Result<()> {
        loop {
            let result = match self.way {
                RenameWay::NoReplace => renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE),
                RenameWay::Link => linkat(folder, from, folder, to, AtFlags::empty()).map(|()| {
                    unlinkat(folder, from, AtFlags::empty()).ok(); // two names say the same: see `is_published`
                }),
                RenameWay::Look => match about(folder, to)? {
                    Some(_) => Err(Errno::EXIST),
                    None => renameat(folder, from, folder, to),
                },
            };
            self.way = match (self.way, result) {
                (RenameWay::NoReplace, Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)) => RenameWay::Link,
                (RenameWay::Link, Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP)) => RenameWay::Look,
                (_, result) => return result,
            };
        }
    }
}

/// Has a file that still has its first name the other one, too? Then nothing is left to do but to remove the first. A copy
/// by links, as backups make it, is elsewhere.
pub(super) fn is_published(folder: &OwnedFd, file: &Stat, to: &str) -> rustix::io::Result<bool> {
    if file.st_nlink < 2 {
        return Ok(false);
    }
    for to in name::choices(to).take(LOOKED_AT) {
        if about(folder, &to)?.is_some_and(|there| is_same(&there, file)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What has this name, if anything has.
pub(super) fn about(folder: &OwnedFd, name: &str) -> rustix::io::Result<Option<Stat>> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(about) => Ok(Some(about)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Names that a message may have got, as far as they are looked at.
const LOOKED_AT: usize = 100;
