use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `mailhaul migrate`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul migrate fetchmail\n  mailhaul migrate mpop --write\n  mailhaul migrate getmail ~/.getmail/work --write --as-fetched"
)]
pub struct MigrateArgs {
    /// The program to move from
    #[arg(value_name = "PROGRAM")]
    pub peer: PeerArg,
    /// Its configuration files; of getmail also its folder [default: where the program looks for them]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the accounts and the history; without this, nothing is changed
    #[arg(long)]
    pub write: bool,
    /// Record the messages as fetched instead of seen, so that --delete and --delete-after apply to them
    ///
    /// Use this if the messages that the program has fetched are safe. Otherwise they are never deleted from the server. For
    /// --delete-after, the time counts at which the program saw a message.
    #[arg(long)]
    pub as_fetched: bool,
    /// What to do with passwords that are in the file: file (one file for each, which only you can read), keyring or none
    #[arg(long, value_name = "WHERE", default_value = "file", hide_possible_values = true)]
    pub passwords: PasswordsArg,
}

/// The programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PeerArg {
    /// ~/.fetchmailrc and ~/.fetchids
    Fetchmail,
    /// The files in ~/.config/getmail or ~/.getmail
    #[value(alias = "getmail6")]
    Getmail,
    /// ~/.mpoprc or ~/.config/mpop/config, and ~/.mpop_uidls
    Mpop,
}

/// Where passwords go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PasswordsArg {
    /// Each into a file of its own, beside the configuration file
    File,
    /// Into the keyring
    Keyring,
    /// Nowhere: `mailhaul login` asks for them
    None,
}
