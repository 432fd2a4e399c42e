//! Passwords in files of their own, beside the configuration file.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::{Raw, Settings};
use crate::error::{Error, Kind, Result};
use crate::private;

/// Writes the password of the account `name` into its file, 0600 in a folder 0700, and says in the settings where it is.
pub(in crate::commands) fn write(config: &Path, name: &str, password: &str, settings: &mut Settings) -> Result<()> {
    let folder = private::create_own_folder(&private::folder_of(config).join(FOLDER), "folder of passwords")?;
    let text = Zeroizing::new(format!("{password}\n"));
    let path = free(&folder, name, text.as_bytes())?;
    private::replace(&path, text.as_bytes(), 0o600)?;
    let wrong = |why: String| Error::new(Kind::Config, format!("password-file {why}"));
    settings.set("password-file", Raw::Paths(vec![path])).map_err(wrong)
}

/// A file that is not there, or has this password already: any other one may be that of another account.
fn free(folder: &Path, name: &str, text: &[u8]) -> Result<PathBuf> {
    for number in 1..=MOST {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{name}{number}.{ENDING}"));
        match private::look_at_link(&path)? {
            None => return Ok(path),
            Some(about)
                if about.is_file() && std::fs::read(&path).map(Zeroizing::new).is_ok_and(|found| **found == *text) =>
            {
                return Ok(path);
            }
            Some(_) => {}
        }
    }
    let text = format!("{} has no room for a password of {name}", crate::escape::path(folder));
    Err(Error::new(Kind::CannotCreate, text).hint("remove the files there that no account names"))
}

/// Beside the configuration file.
const FOLDER: &str = "passwords";

/// A name may be one that means something to others.
const ENDING: &str = "password";

/// Files for one name.
const MOST: usize = 100;
