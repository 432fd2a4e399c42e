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

/// Where the configuration is: a file, and a folder of more files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigPlace {
    /// The main file: accounts are added to it, and only it may hold `[defaults]`. It may be missing.
    pub file: PathBuf,
    /// The folder of the other files, which may be missing, too; none, if there can be none.
    pub folder: Option<PathBuf>,
    /// Has somebody named it? Then something must be there.
    pub is_named: bool,
}

impl ConfigPlace {
    /// A path that somebody has named: a folder, or a file with `config.d` for `config.toml` beside it.
    pub fn named(path: &Path) -> Self {
        if std::fs::metadata(path).is_ok_and(|about| about.is_dir()) {
            return Self { file: path.join(MAIN_FILE), folder: Some(path.to_owned()), is_named: true };
        }
        Self { is_named: true, ..Self::of_file(path.to_owned()) }
    }

    fn of_file(file: PathBuf) -> Self {
        let folder = file.extension().is_some_and(|ending| ending == "toml").then(|| file.with_extension("d"));
        Self { file, folder, is_named: false }
    }

    /// The same place for what is about to write the file: it need not be there.
    pub fn to_be_written(&self) -> Self {
        Self { is_named: false, ..self.clone() }
    }
}

/// The configuration that somebody has named, by the flag or by `$MAILHAUL_CONFIG`; else it is
/// `$XDG_CONFIG_HOME/mailhaul/config.toml`.
pub fn config_place(flag: Option<&Path>) -> Result<ConfigPlace> {
    let variable = || std::env::var_os("MAILHAUL_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = flag.map(Path::to_owned).or_else(variable) {
        return Ok(ConfigPlace::named(&expand_home(&path).map_err(|why| usage("config", &why))?));
    }
    let folders = project().map_err(|error| error.hint("set $HOME, or name a file by --config"))?;
    Ok(ConfigPlace::of_file(folders.config_dir().join(MAIN_FILE)))
}

fn usage(name: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{name} {why}"))
}

fn project() -> Result<ProjectDirs> {
    ProjectDirs::from("", "", "mailhaul").ok_or_else(|| Error::new(Kind::Config, "no home folder is known"))
}

/// In the folder of the configuration.
const MAIN_FILE: &str = "config.toml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_called_after_the_file() {
        let folder = |file: &str| ConfigPlace::named(Path::new(file)).folder;
        assert_eq!(folder("/a/config.toml"), Some("/a/config.d".into()));
        assert_eq!(folder("/a/b.c.toml"), Some("/a/b.c.d".into()));
        for without in ["/dev/null", "/dev/fd/63", "/a/config", "/a/config.toml~", "/a/.toml"] {
            assert_eq!(folder(without), None, "{without}");
        }
        let dir = tempfile::tempdir().unwrap();
        let place = ConfigPlace::named(dir.path());
        assert_eq!((place.file, place.folder), (dir.path().join("config.toml"), Some(dir.path().to_owned())));
    }
}
