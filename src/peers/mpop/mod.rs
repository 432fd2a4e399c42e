//! mpop: `mpoprc` and the files of its unique-ids.

use std::path::PathBuf;

use super::{OptionFate, PeerConfig, Remark};

mod account;
mod file;
mod options;

/// Reads the text of an mpoprc. What a command of `eval` would print is not known: none is run.
pub fn read(text: &str) -> PeerConfig {
    let file = file::MpopFile::parse(text);
    let mut config = PeerConfig::default();
    config.accounts.extend(file.accounts.iter().map(account::account));
    let wrong = file.wrong.into_iter().map(|(line, why)| Remark {
        line,
        option: "?".into(), // it may be a part of a password
        fate: OptionFate::Impossible,
        text: why.into(),
    });
    config.remarks.extend(wrong);
    config
}

/// Where mpop looks for its configuration: the first that is there.
pub fn configurations(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let home = variable("HOME");
    let xdg = variable("XDG_CONFIG_HOME").or_else(|| Some(home.clone()?.join(".config")));
    let places = [home.map(|home| home.join(".mpoprc")), xdg.map(|folder| folder.join("mpop").join("config"))];
    places.into_iter().flatten().collect()
}

/// The file of the unique-ids of an account that names none.
pub fn history(user: &str, host: &str, home: Option<PathBuf>) -> Option<PathBuf> {
    Some(home?.join(".mpop_uidls").join(format!("{user}_at_{host}")))
}
