//! Where the program's own files are.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::expand_home;
use crate::error::{Error, Kind, Result};

/// The folder of the ledger: the flag, `$MAILHAUL_STATE_DIR`, or `$XDG_STATE_HOME/mailhaul`.
pub fn state_folder(flag: Option<PathBuf>) -> Result<PathBuf> {
    let variable = || std::env::var_os("MAILHAUL_STATE_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = flag.or_else(variable) {
        return expand_home(&folder).map_err(|why| usage("state-dir", &why));
    }
    let folders = project().map_err(|error| error.hint("set $HOME, or name a folder by --state-dir"))?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned())
}

/// The configuration file, and whether somebody has named it: by the flag, by `$MAILHAUL_CONFIG`; else it is
/// `$XDG_CONFIG_HOME/mailhaul/config.toml`.
pub fn config_file(flag: Option<&Path>) -> Result<(PathBuf, bool)> {
    let variable = || std::env::var_os("MAILHAUL_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(file) = flag.map(Path::to_owned).or_else(variable) {
        return Ok((expand_home(&file).map_err(|why| usage("config", &why))?, true));
    }
    let folders = project().map_err(|error| error.hint("set $HOME, or name a file by --config"))?;
    Ok((folders.config_dir().join("config.toml"), false))
}

fn usage(name: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{name} {why}"))
}

fn project() -> Result<ProjectDirs> {
    ProjectDirs::from("", "", "mailhaul").ok_or_else(|| Error::new(Kind::Config, "no home folder is known"))
}
