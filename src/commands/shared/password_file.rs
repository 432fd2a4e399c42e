//! Passwords in files of their own, beside the configuration file.

use std::path::Path;

use zeroize::Zeroizing;

use crate::config::{Raw, Settings};
use crate::error::{Error, Kind, Result};
use crate::private;

/// Writes the password of the account `name` into its file, 0600 in a folder 0700, and says in the settings where it is.
pub(in crate::commands) fn write(config: &Path, name: &str, password: &str, settings: &mut Settings) -> Result<()> {
    let folder = private::create_own_folder(&private::folder_of(config).join(FOLDER), "folder of passwords")?;
    let path = folder.join(format!("{name}.{ENDING}"));
    let text = Zeroizing::new(format!("{password}\n"));
    private::replace(&path, text.as_bytes(), 0o600)?;
    let wrong = |why: String| Error::new(Kind::Config, format!("password-file {why}"));
    settings.set("password-file", Raw::Paths(vec![path])).map_err(wrong)
}

/// Beside the configuration file.
const FOLDER: &str = "passwords";

/// A name may be one that means something to others.
const ENDING: &str = "password";
