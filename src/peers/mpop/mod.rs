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
    config.broken = file.wrong.first().copied();
    if let Some(default) = file.accounts.iter().find(|account| account.name == "default" && file.accounts.len() > 1) {
        let text = "mpop without -a fetches this account alone; `mailhaul fetch` fetches all that are enabled".into();
        config.remarks.push(Remark {
            line: default.line,
            option: "account default".into(),
            fate: OptionFate::Changed,
            text,
        });
    }
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
