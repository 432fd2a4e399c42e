//! getmail: a getmailrc for each account, and the files of its unique-ids.

use std::path::{Path, PathBuf};

use super::PeerConfig;

mod account;
mod destination;
mod ini;
mod number;
mod options;
mod tuple;

/// Reads the text of a getmailrc, which is one account. `name` is what it is called: that of the file.
pub fn read(text: &str, name: &str) -> PeerConfig {
    let file = ini::IniFile::parse(text);
    let account = account::account(&file, name);
    let broken = file.wrong.iter().copied().chain(file.odd_switches()).chain(file.odd_tuples()).min();
    PeerConfig { accounts: vec![account], remarks: Vec::new(), broken }
}

/// The folders where getmail looks for its configurations: the first that is there.
pub fn folders(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let home = variable("HOME");
    let xdg = variable("XDG_CONFIG_HOME").or_else(|| Some(home.clone()?.join(".config")));
    [xdg.map(|folder| folder.join("getmail")), home.map(|home| home.join(".getmail"))].into_iter().flatten().collect()
}

/// The file of the unique-ids of an account, in getmail's folder.
pub fn history(folder: &Path, server: &str, port: u16, user: &str) -> PathBuf {
    let name = format!("oldmail-{server}-{port}-{user}");
    let mut file = String::with_capacity(name.len());
    let mut was_sign = false;
    for letter in name.chars() {
        let is_sign = "/:;<>|".contains(letter);
        if !is_sign {
            file.push(letter);
        } else if !was_sign {
            file.push('-');
        }
        was_sign = is_sign;
    }
    folder.join(file)
}
