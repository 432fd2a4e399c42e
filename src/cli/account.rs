use clap::{Args, Subcommand};

use super::{AccountSettingArgs, ServerArgs};

/// Arguments of `mailhaul account`.
#[derive(Args, Clone, Debug)]
pub struct AccountArgs {
    /// What to do
    #[command(subcommand)]
    pub action: AccountAction,
}

/// What can be done with the configuration file.
#[derive(Clone, Debug, Subcommand)]
pub enum AccountAction {
    /// One line an account: NAME SOURCE, and `disabled` where it is
    List,
    /// What holds for an account, as it would be written in its table; secrets are masked
    Show {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        name: String,
    },
    /// Add an account, with the flags that shall hold for it
    ///
    /// Makes the file if it is missing. Comments and everything else in it stay as they are.
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Its name: letters, digits and . _ @ + -
        #[arg(value_name = "NAME")]
        name: String,
        /// Where the mailbox is: pop3s://USER@HOST (TLS) or pop3://USER@HOST (STLS)
        #[arg(value_name = "URL")]
        source: String,
        /// Do not fetch it unless it is named
        #[arg(long)]
        disabled: bool,
        /// Where to, and what
        #[command(flatten)]
        delivery: Box<AccountSettingArgs>,
        /// How to get in
        #[command(flatten)]
        server: Box<ServerArgs>,
    },
    /// Remove an account from the file
    ///
    /// What the ledger and the keyring know of it stays: see `mailhaul state reset` and `mailhaul logout`.
    Remove {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        name: String,
    },
}

const ADD_EXAMPLES: &str = "\
Examples:
  mailhaul account add work pop3s://ann@mail.example.org --maildir ~/Mail --password-command 'pass mail/work'
  mailhaul account add old pop3://bob@pop.example.net --mbox ~/old --delete-after 30d --disabled";
