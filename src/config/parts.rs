//! The whole configuration: the main file, and the files of its folder, each with accounts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::file::{FileRole, GO_WITHOUT};
use super::{ConfigFile, ConfigPlace, FileAccount};
use crate::error::{Error, Kind, Result};
use crate::net::Waits;
use crate::private::{self, Flaw};

impl ConfigFile {
    /// Reads the main file, and those of the folder in the order of their names; `waits` is for a pipe that stays silent.
    /// What is missing says nothing, unless somebody has named it.
    pub fn read(place: &ConfigPlace, waits: &Waits) -> Result<Self> {
        let main = Self::read_one(&place.file, FileRole::Main, waits)?;
        let mut parts = place.folder.as_deref().map_or(Ok(None), |folder| names_in(folder, &place.file))?;
        // A folder that was named may be the usual one, with the accounts in a folder of their own.
        if let Some(folder) = place.folder.as_deref().filter(|_| !place.is_beside())
            && let Some(below) = names_in(&folder.join("config.d"), &place.file)?
        {
            parts.get_or_insert_default().extend(below);
        }
        let is_there = main.is_some() || parts.as_ref().is_some_and(|parts| place.is_beside() || !parts.is_empty());
        if place.is_named && !is_there {
            return Err(missing(place));
        }
        let mut all = main.unwrap_or_else(|| Self { path: place.file.clone(), ..Self::default() });
        for path in parts.unwrap_or_default() {
            let role = FileRole::Part(&place.file);
            let part = Self::read_one(&path, role, waits)?.ok_or_else(|| dangling(&path))?;
            all.accounts.extend(part.accounts);
            all.mounted.extend(part.mounted);
        }
        all.check_names()?;
        Ok(all)
    }

    /// A name means one account. Within a file TOML sees to it.
    fn check_names(&self) -> Result<()> {
        let mut names: HashMap<&str, &FileAccount> = HashMap::with_capacity(self.accounts.len());
        for account in &self.accounts {
            if let Some(first) = names.insert(account.name.as_str(), account) {
                let why = format!("[account.{}] is also in {}", account.name, first.place());
                return Err(account.error(&why).hint("rename or remove one of the two"));
            }
        }
        Ok(())
    }
}

impl ConfigPlace {
    /// Is it a file with a folder beside it, rather than a folder with the file in it?
    fn is_beside(&self) -> bool {
        self.file.parent() != self.folder.as_deref()
    }
}

/// The files of the folder, in the order of their names; none, if there is no such folder. Folders in it are not entered, and
/// hidden names are not ours: Kubernetes mounts a ConfigMap as links into a hidden folder, which it then replaces at once.
fn names_in(folder: &Path, main: &Path) -> Result<Option<Vec<PathBuf>>> {
    let shown = crate::escape::path(folder);
    let failed = |error: std::io::Error| {
        let text = format!("cannot read the configuration folder {shown}");
        Error::new(Kind::Config, text).caused_by(error).hint(GO_WITHOUT)
    };
    let Some(about) = private::absence_as_none(std::fs::metadata(folder)).map_err(failed)? else { return Ok(None) };
    if !about.is_dir() {
        let text = format!("{shown} is not a folder, as the configuration wants it");
        return Err(Error::new(Kind::Config, text).hint("rename it"));
    }
    // Who can add a file adds commands and authorities to trust (C-299).
    if let Some(flaw) = Flaw::of_folder(folder).map_err(failed)? {
        return Err(flaw.error(&shown, ", and could be made to run any command", folder));
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_ours = path.extension().is_some_and(|ending| ending == "toml") && !is_hidden && path != main;
        if is_ours && !std::fs::metadata(&path).is_ok_and(|about| about.is_dir()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(Some(paths))
}

fn missing(place: &ConfigPlace) -> Error {
    let text = match place.folder.as_deref().filter(|_| !place.is_beside()) {
        Some(folder) => format!("there is no configuration file in {}", crate::escape::path(folder)),
        None => format!("there is no configuration file {}", crate::escape::path(&place.file)),
    };
    Error::new(Kind::Config, text).hint("`mailhaul account add` makes one")
}

fn dangling(path: &Path) -> Error {
    let text = format!("cannot read the configuration file {}: it leads to nothing", crate::escape::path(path));
    Error::new(Kind::Config, text).hint("remove it, if it is a link to a file that is gone")
}
