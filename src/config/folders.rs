//! Where the program's own files are.

use std::path::PathBuf;

use directories::ProjectDirs;

use crate::error::{Error, Kind, Result};

/// The folder of the ledger: the flag, `$MAILHAUL_STATE_DIR`, or `$XDG_STATE_HOME/mailhaul`.
pub fn state_folder(flag: Option<PathBuf>) -> Result<PathBuf> {
    let variable = || std::env::var_os("MAILHAUL_STATE_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = flag.or_else(variable) {
        return Ok(folder);
    }
    let folders = ProjectDirs::from("", "", "mailhaul").ok_or_else(|| {
        Error::new(Kind::Config, "there is no home folder to keep the ledger in")
            .hint("set $HOME, or name a folder by --state-dir")
    })?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned())
}
