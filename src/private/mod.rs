//! Files and folders that are their owner's alone, and durable: made, and replaced whole; and names that nobody else makes.
//! A core module.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

pub use self::open::{
    Flaw, Links, OpenedFile, ReadLimits, Secrecy, credentials_folder, is_a_link, is_root_or_us, mounted, open_lock,
};
pub use self::own_folder::{create_own_folder, own_folder};

mod open;
mod own_folder;

/// Creates a folder, 0700, with those above it that are missing, each durable in the one above.
pub fn create_folders(path: &Path) -> Result<()> {
    if is_folder(path)? {
        return Ok(());
    }
    let parent = folder_of(path);
    if parent != path {
        create_folders(&parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => fsync_folder(&parent),
        Err(_) if is_folder(path)? => Ok(()), // another was faster
        Err(error) => Err(Error::io("create the folder", path, error)),
    }
}

/// Writes a new file of this mode beside the old one, and puts it in the old one's place: whatever happens, one of the
/// two is there, whole. The new one gets the owner of the old one, or the old one stays.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    replace_with(path, content, mode, keep_owner)
}

/// The same, 0600, for what must not be lost: it gets the owner of the old one where possible, else us.
pub fn replace_at_all_costs(path: &Path, content: &[u8]) -> Result<()> {
    replace_with(path, content, 0o600, |file, old, mode| {
        keep_owner(file, old, mode).ok();
        Ok(())
    })
}

fn replace_with(path: &Path, content: &[u8], mode: u32, keep: Keeping) -> Result<()> {
    let folder = folder_of(path);
    create_folders(&folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new{}", std::process::id()));
    let beside = folder.join(name);
    let old = look(path)?;
    let prepare = |file: &File| old.as_ref().map_or(Ok(()), |old| keep(file, old, mode));
    let replaced = write(&beside, content, mode, prepare).and_then(|()| {
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

/// Makes the entries of a folder durable, as far as its file system can do that: see [`can_sync_entries`].
pub fn fsync_folder(path: &Path) -> Result<()> {
    let folder = open_folder(path)?;
    fsync_entries(&folder, path)
}

/// Opens a folder, and nothing else.
pub fn open_folder(path: &Path) -> Result<File> {
    let options = OpenOptions::new().read(true).custom_flags(OFlags::DIRECTORY.bits() as i32).open(path);
    options.map_err(|error| Error::io("open", path, error))
}

/// The same of a folder that is open.
pub fn fsync_entries(folder: impl AsFd, path: &Path) -> Result<()> {
    match rustix::fs::fsync(folder) {
        Err(errno) if !is_about_folders(errno) => Err(Error::io("make durable", path, errno.into())),
        _ => Ok(()),
    }
}

/// Can the entries of a folder be made durable? Some file systems refuse it of every folder: vboxsf, some kinds of CIFS
/// and FUSE. What they promise of a rename nobody can know, and no other way is better.
pub fn can_sync_entries(path: &Path) -> Result<bool> {
    let folder = open_folder(path)?;
    Ok(!rustix::fs::fsync(&folder).is_err_and(is_about_folders))
}

fn is_about_folders(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS)
}

/// What a path leads to through symbolic links, the file itself being there or not.
pub fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = std::fs::read_link(&path) else { break };
        path = folder_of(&path).join(target); // an absolute one replaces the folder
    }
    std::fs::canonicalize(&path).unwrap_or(path)
}

/// What a path leads to through symbolic links, if there is something. That it cannot be looked at is an error, and does
/// not mean that nothing is there.
pub fn look(path: &Path) -> Result<Option<Metadata>> {
    absence_as_none(std::fs::metadata(path)).map_err(|error| Error::io("look at", path, error))
}

/// The same, of a symbolic link itself.
pub fn look_at_link(path: &Path) -> Result<Option<Metadata>> {
    absence_as_none(std::fs::symlink_metadata(path)).map_err(|error| Error::io("look at", path, error))
}

/// Is there a folder of this name, or a symbolic link to one?
pub fn is_folder(path: &Path) -> Result<bool> {
    Ok(look(path)?.is_some_and(|about| about.is_dir()))
}

/// Of the errors only the one that says that there is no such file means that there is none.
pub fn absence_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        result => result.map(Some),
    }
}

/// Fills this with random octets from the system.
pub fn random(octets: &mut [u8]) -> Result<()> {
    getrandom::fill(octets)
        .map_err(|error| Error::new(Kind::LocalIo, "the system gives no random numbers").caused_by(error))
}

/// Octets as lower-case hex digits.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Octets from hex digits; none, if it is not that.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let pair = |pair: &[u8]| Some(value(*pair.first()?)? << 4 | value(*pair.get(1)?)?);
    digits.chunks(2).map(pair).collect()
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

/// Gives a new file, which will have this mode, the owner of the old one. A group that may do nothing with it matters
/// to nobody, and may be one that we are not in.
fn keep_owner(file: &File, old: &Metadata, mode: u32) -> io::Result<()> {
    let new = file.metadata()?;
    if new.uid() != old.uid() {
        fchown(file, Some(old.uid()), None)?;
    }
    if new.gid() == old.gid() {
        Ok(())
    } else {
        fchown(file, None, Some(old.gid())).or_else(|error| if mode & 0o070 == 0 { Ok(()) } else { Err(error) })
    }
}

fn write(path: &Path, content: &[u8], mode: u32, prepare: impl FnOnce(&File) -> io::Result<()>) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    // What a run that was killed has left under our number is nobody's.
    std::fs::remove_file(path).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    prepare(&file).map_err(|error| Error::io("keep owner and group for", path, error))?;
    file.write_all(content).map_err(failed)?;
    file.set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    fsync(&file, path)
}

/// Makes a new file belong to somebody, by what is known of the old one and the mode that it gets.
type Keeping = fn(&File, &Metadata, u32) -> io::Result<()>;

/// As many as the system follows.
const MAX_LINKS: usize = 40;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_what_is_not_there_yet() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        create_folders(&dir.join("dotfiles")).unwrap();
        symlink("dotfiles/two", dir.join("one")).unwrap();
        symlink(dir.join("dotfiles/three"), dir.join("dotfiles/two")).unwrap();
        assert_eq!(behind_links(&dir.join("one")), dir.join("dotfiles/three"));
        (0..MAX_LINKS).for_each(|at| symlink(format!("{}", at + 1), dir.join(format!("{at}"))).unwrap());
        assert_eq!(behind_links(&dir.join("0")), dir.join(format!("{MAX_LINKS}")));
        symlink("circle", dir.join("circle")).unwrap();
        assert_eq!(behind_links(&dir.join("circle")), dir.join("circle"));
    }

    /// As root alone can have it: a file whose owner is another one.
    #[test]
    fn what_replaces_a_file_belongs_to_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("it");
        std::fs::write(&path, "old").unwrap();
        let ours = std::fs::metadata(&path).unwrap();
        let owner = if rustix::process::geteuid().is_root() { (1, 2) } else { (ours.uid(), ours.gid()) };
        std::os::unix::fs::chown(&path, Some(owner.0), Some(owner.1)).unwrap();
        replace(&path, b"new", 0o640).unwrap();
        let about = std::fs::metadata(&path).unwrap();
        assert_eq!((about.uid(), about.gid(), about.permissions().mode() & 0o777), (owner.0, owner.1, 0o640));
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        replace_at_all_costs(&path, b"newer").unwrap();
        let about = std::fs::metadata(&path).unwrap();
        assert_eq!((about.uid(), about.gid(), about.permissions().mode() & 0o777), (owner.0, owner.1, 0o600));
    }

    /// As root alone can have it: a file of ours with another group. An open file that cannot be given away stands for
    /// a user who is not in that group.
    #[test]
    fn a_group_that_cannot_be_kept_matters_only_if_it_may_do_something() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        ["old", "new"].iter().for_each(|name| std::fs::write(path(name), "").unwrap());
        std::os::unix::fs::chown(path("old"), None, Some(2)).unwrap();
        let old = std::fs::metadata(path("old")).unwrap();
        let new = OpenOptions::new().read(true).custom_flags(OFlags::PATH.bits() as i32).open(path("new")).unwrap();
        for (mode, matters) in [(0o600, false), (0o607, false), (0o640, true), (0o620, true), (0o610, true)] {
            assert_eq!(keep_owner(&new, &old, mode).is_err(), matters, "{mode:o}");
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn folders_are_made_with_those_above_them() {
        let dir = tempfile::tempdir().unwrap();
        create_folders(&dir.path().join("a/b/c")).unwrap();
        for name in ["a", "a/b", "a/b/c"] {
            let about = std::fs::metadata(dir.path().join(name)).unwrap();
            assert_eq!((about.is_dir(), about.permissions().mode() & 0o777), (true, 0o700), "{name}");
        }
        // One that is there when it comes to be made, as if somebody else had been faster.
        create_folders(&dir.path().join("new/../new/deep")).unwrap();
        assert_eq!(names(dir.path()), ["a", "new"]);
        symlink("nowhere", dir.path().join("link")).unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        for bad in ["link", "link/below", "file", "file/below"] {
            assert!(create_folders(&dir.path().join(bad)).is_err(), "{bad}");
        }
        assert!(open_folder(&dir.path().join("file")).is_err());
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("it");
        std::fs::write(&path, "old").unwrap();
        let refused = replace_with(&path, b"new", 0o644, |_, _, _| Err(io::Error::other("not its owner")));
        assert!(refused.unwrap_err().to_string().contains("not its owner"));
        assert_eq!((names(dir.path()), std::fs::read(&path).unwrap()), (vec!["it".to_owned()], b"old".to_vec()));
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        assert!(replace(&dir.path().join("folder"), b"new", 0o644).is_err());
        assert_eq!(names(dir.path()), ["folder", "it"]);
    }

    /// Others must not read it before it has its mode and its owner, and what a run that was killed left is in no way.
    #[test]
    fn a_new_file_is_its_owners_alone_at_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/it");
        let left = path.with_file_name(format!("it.new{}", std::process::id()));
        for content in [b"1", b"2"] {
            replace_with(&path, content, 0o644, |file, _, _| {
                assert_eq!(file.metadata()?.permissions().mode() & 0o777, 0o600);
                Ok(())
            })
            .unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), content);
            assert_eq!(names(path.parent().unwrap()), ["it"]);
            std::fs::write(&left, "left").unwrap();
        }
        replace_at_all_costs(&path, b"3").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn only_what_is_not_there_is_absent() {
        for absent in [Errno::NOENT, Errno::NOTDIR] {
            assert!(absence_as_none::<()>(Err(absent.into())).unwrap().is_none());
        }
        assert!(
            absence_as_none::<()>(Err(Errno::ACCESS.into())).is_err() && absence_as_none(Ok(1)).unwrap() == Some(1)
        );
        for (errno, is) in [
            (Errno::INVAL, true),
            (Errno::OPNOTSUPP, true),
            (Errno::NOSYS, true),
            (Errno::IO, false),
            (Errno::NOSPC, false),
        ] {
            assert_eq!(is_about_folders(errno), is, "{errno}");
        }
    }

    /// They are found again by the versions to come.
    #[test]
    fn names_of_files_stay() {
        assert_eq!(file_name_for(""), "e3b0c44298fc1c14"); // FIPS 180-4
        assert_eq!((folder_of(Path::new("a")), folder_of(Path::new("a/b"))), (".".into(), "a".into()));
    }

    #[test]
    fn hex_has_two_digits_an_octet() {
        assert_eq!(hex(&[0x00, 0x9f, 0xab]), "009fab");
        assert_eq!(unhex("009fAB"), Some(vec![0x00, 0x9f, 0xab]));
        for bad in ["0", "009", "0g", "+1"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
