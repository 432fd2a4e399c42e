//! What stands for something else in a path: `~/` for the home folder, `{account}` for the account's name.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A path of a flag, where a shell leaves `~/` alone as in `--maildir=~/Mail`.
///
/// # Errors
///
/// What is wrong with it.
pub fn expand_home(path: &Path) -> Result<PathBuf, String> {
    if !path.as_os_str().as_bytes().starts_with(b"~") {
        return Ok(path.to_owned());
    }
    let rest = path.strip_prefix("~").map_err(|_| OF_ANOTHER.to_owned())?;
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).ok_or("needs $HOME, which is not set")?;
    Ok(Path::new(&home).join(rest))
}

/// The path with the name of the account in it. A name cannot lead out of the folder: see
/// [`check_name`](super::check_name).
pub fn for_account(path: PathBuf, name: Option<&str>) -> PathBuf {
    let Some(name) = name.filter(|_| needs_account(&path)) else { return path };
    let octets = path.into_os_string().into_vec();
    let mut replaced = Vec::with_capacity(octets.len() + name.len());
    let mut rest = octets.as_slice();
    while let Some(at) = position(rest) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(name.as_bytes());
        rest = &rest[at + ACCOUNT.len()..];
    }
    replaced.extend_from_slice(rest);
    PathBuf::from(OsString::from_vec(replaced))
}

/// Does the path have the name of an account in it? A URL has none.
pub fn needs_account(path: &Path) -> bool {
    position(path.as_os_str().as_bytes()).is_some()
}

fn position(octets: &[u8]) -> Option<usize> {
    octets.windows(ACCOUNT.len()).position(|window| window == ACCOUNT)
}

const ACCOUNT: &[u8] = b"{account}";

/// Of a path that begins with ~.
pub(super) const OF_ANOTHER: &str =
    "begins with ~, which can only be your own home folder ($HOME), as in ~/Mail; a file of that name is ./~..";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_and_nobody_elses() {
        let home = PathBuf::from(std::env::var_os("HOME").unwrap());
        assert_eq!(expand_home(Path::new("~/Mail/x")), Ok(home.join("Mail/x")));
        assert_eq!(expand_home(Path::new("~")), Ok(home.join("")));
        assert_eq!(expand_home(Path::new("./~/x")), Ok("./~/x".into()));
        assert_eq!(expand_home(Path::new("a~")), Ok("a~".into()));
        assert!(expand_home(Path::new("~bob/Mail")).is_err());
    }

    #[test]
    fn an_account_is_named_wherever_it_stands() {
        let of = |path: &str, name| for_account(path.into(), name);
        assert_eq!(of("/m/{account}/{account}.mbox", Some("work")), Path::new("/m/work/work.mbox"));
        assert_eq!(of("/m/{{account}}", Some("work")), Path::new("/m/{work}"));
        assert_eq!(of("/m/{accounts}", Some("work")), Path::new("/m/{accounts}"));
        assert_eq!(of("/m/{account}", None), Path::new("/m/{account}"));
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        for name in ["..", ".", "../x", "a/b", "/x", "", "~", "a\0b"] {
            assert!(crate::config::check_name(name).is_err(), "{name:?}");
        }
    }
}
