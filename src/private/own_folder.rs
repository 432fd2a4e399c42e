//! Folders of the program's own, which nobody else can change: wherever root runs with a user's home, or a user with root's.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{behind_links, create_folders, is_folder, is_root_or_us, look, look_at_link};
use crate::error::{Error, Kind, Result};

/// Creates a folder of the program's own, and returns it without symbolic links. Nobody but root and we may own it or
/// change what is in it, so that no link and no file in there is another user's. `what` is its name in errors.
pub fn create_own_folder(path: &Path, what: &str) -> Result<PathBuf> {
    if !is_folder(path)? {
        check_links(path, what)?;
        check_ground(path, what)?;
        create_folders(path)?;
    }
    own_folder(path, what)
}

/// The same of a folder that is there.
pub fn own_folder(path: &Path, what: &str) -> Result<PathBuf> {
    check_links(path, what)?;
    let failed = |error| Error::io("look at", path, error);
    let folder = std::fs::canonicalize(path).map_err(failed)?;
    let about = std::fs::metadata(&folder).map_err(failed)?;
    let shown = crate::escape::path(&folder);
    let refuse = |why: &str| Error::new(Kind::Config, format!("{what} {shown} {why}"));
    if !about.is_dir() {
        return Err(refuse("is not a folder").hint(ANOTHER_FOLDER));
    }
    if !is_root_or_us(&about) {
        return Err(refuse("belongs to another user").hint(ANOTHER_FOLDER));
    }
    if about.permissions().mode() & 0o022 != 0 {
        return Err(refuse("can be changed by other users").hint(for_open_folder(&about, &shown)));
    }
    Ok(folder)
}

/// A volume of a container is often root's, and open to a group or to everybody.
fn for_open_folder(about: &Metadata, shown: &str) -> String {
    if about.uid() == rustix::process::geteuid().as_raw() {
        format!("chmod go-w {shown}")
    } else {
        format!("name a folder inside of it, such as {shown}/mailhaul, which will be made for you alone")
    }
}

/// No link of another user leads to a folder: root may run with a user's home.
fn check_links(path: &Path, what: &str) -> Result<()> {
    for part in absolute(path)?.ancestors() {
        if look_at_link(part)?.is_some_and(|about| about.is_symlink() && !is_root_or_us(&about)) {
            let (shown, link) = (crate::escape::path(path), crate::escape::path(part));
            let text = format!("{what} {shown} is reached by {link}, a symbolic link that belongs to another user");
            return Err(Error::new(Kind::Config, text).hint(ANOTHER_FOLDER));
        }
    }
    Ok(())
}

/// A folder is not made inside one of another user, who could put something else in its place.
fn check_ground(path: &Path, what: &str) -> Result<()> {
    let path = behind_links(&absolute(path)?);
    for above in path.ancestors().skip(1) {
        let Some(about) = look(above)? else { continue };
        if is_root_or_us(&about) {
            break;
        }
        let (shown, above) = (crate::escape::path(&path), crate::escape::path(above));
        let text = format!("{what} {shown} is not made inside {above}, which belongs to another user");
        return Err(Error::new(Kind::Config, text).hint(ANOTHER_FOLDER));
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::io("use", path, error))
}

const ANOTHER_FOLDER: &str = "name another one by --state-dir, or set $HOME to your own home folder";

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs::Permissions;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn own_folders_are_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let names = |name: &str| {
            let entries = std::fs::read_dir(path(name)).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect::<Vec<OsString>>()
        };
        let refusal = |name: &str| create_own_folder(&path(name), "it").unwrap_err();
        let why = |name: &str| refusal(name).to_string();
        let is_another_named = |name: &str| refusal(name).next_step() == Some(ANOTHER_FOLDER);
        let own = create_own_folder(&path("own"), "it").unwrap();
        assert_eq!(own, path("own").canonicalize().unwrap());
        std::fs::write(path("file"), "").unwrap();
        let refused = own_folder(&path("file"), "it").unwrap_err();
        assert!(refused.to_string().contains("is not a folder"));
        assert_eq!(refused.next_step(), Some(ANOTHER_FOLDER));
        for mode in [0o720, 0o702] {
            std::fs::set_permissions(&own, Permissions::from_mode(mode)).unwrap();
            assert!(why("own").contains("can be changed by other users"), "{mode:o}");
            assert!(refusal("own").next_step().unwrap().starts_with("chmod go-w "), "{mode:o}");
        }
        std::fs::set_permissions(&own, Permissions::from_mode(0o755)).unwrap();
        symlink("own", path("ours")).unwrap();
        assert_eq!(create_own_folder(&path("ours"), "it").unwrap(), own);
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let give = |path: PathBuf| std::os::unix::fs::lchown(path, Some(1), None).unwrap();
        ["theirs", "theirs/ours"].iter().for_each(|name| create_folders(&path(name)).unwrap());
        symlink("own", path("link")).unwrap();
        ["theirs", "link"].iter().for_each(|name| give(path(name)));
        assert!(why("theirs").contains("belongs to another user"));
        assert!(["theirs/new", "theirs/new/deep"].iter().all(|name| why(name).contains("is not made inside")));
        assert!(["link", "link/new"].iter().all(|name| why(name).contains("is reached by")));
        assert!(["theirs", "theirs/new", "link"].into_iter().all(is_another_named));
        assert_eq!((names("theirs"), names("own")), (vec!["ours".into()], vec![]));
        create_own_folder(&path("theirs/ours"), "it").unwrap();
    }
}
