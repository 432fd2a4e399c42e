//! An account of another fetcher, as it would be here.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::config::Settings;

/// What the configuration of a peer says.
#[derive(Debug, Default)]
pub struct PeerConfig {
    /// In the order of the file.
    pub accounts: Vec<PeerAccount>,
    /// Of no account alone.
    pub remarks: FileRemarks,
    /// The first line, from 1, for which the program itself refuses the file, and why.
    pub broken: Option<(usize, &'static str)>,
}

/// What is said of a whole file.
pub type FileRemarks = Vec<Remark>;

/// One account of a peer.
#[derive(Debug)]
pub struct PeerAccount {
    /// What the peer, or its user, calls it; of any octets.
    pub label: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// Its settings here; none if it cannot be moved, for the reason that is given.
    pub settings: Result<Settings, String>,
    /// What it says, in the order of the file.
    pub remarks: Vec<Remark>,
    /// How it logs in.
    pub secret: PeerSecret,
    /// As the file of the unique-ids has it.
    pub user: String,
    /// The same of the server: not always its host.
    pub server: String,
    /// The file of the unique-ids, if the account says which.
    pub history: Option<PathBuf>,
}

/// How an account of a peer comes by its password.
pub enum PeerSecret {
    /// It is in the file.
    Password(Zeroizing<String>),
    /// The settings say it.
    InSettings,
    /// Elsewhere: ~/.netrc, a keyring, a question.
    Elsewhere,
}

/// What becomes of something in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line where it begins, from 1.
    pub line: usize,
    /// As the file has it, without secrets; of any octets.
    pub option: String,
    /// What becomes of it.
    pub fate: OptionFate,
    /// The setting here, or why there is none; plain words.
    pub text: String,
}

/// What can become of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OptionFate {
    /// Here it means the same.
    Kept,
    /// Here it is otherwise.
    Changed,
    /// Nothing here does this.
    Impossible,
    /// Here nothing is needed for it, or it is the usual thing.
    Needless,
}

impl std::fmt::Debug for PeerSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::InSettings => "InSettings",
            Self::Elsewhere => "Elsewhere",
        })
    }
}
