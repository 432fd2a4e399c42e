use clap::{Args, Subcommand};

use super::help::with_destinations;
use super::{AccountSettingArgs, ChoiceArgs, ServerArgs};

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
    /// List accounts, one per line
    ///
    /// Prints NAME SOURCE, followed by `disabled` where that applies.
    List {
        /// Which accounts
        #[command(flatten)]
        choice: ChoiceArgs,
    },
    /// Show the settings of an account, including defaults; secrets are masked
    Show {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        name: String,
    },
    /// Add an account and save these options
    ///
    /// Creates the configuration file if it is missing. Comments and everything else in it stay unchanged. The
    /// account needs a destination, its own or that of `[defaults]`, unless it is --disabled.
    #[command(after_help = with_destinations(ADD_EXAMPLES))]
    Add {
        /// Its name: letters, digits and . _ @ + -
        #[arg(value_name = "NAME")]
        name: String,
        /// Where the mailbox is: pop3s://USER@HOST (TLS) or pop3://USER@HOST (STLS)
        #[arg(value_name = "URL")]
        source: String,
        /// Fetch this account only when it is named
        #[arg(long)]
        disabled: bool,
        /// Where to, and what
        #[command(flatten)]
        delivery: Box<AccountSettingArgs>,
        /// How to get in
        #[command(flatten)]
        server: Box<ServerArgs>,
    },
    /// Rename an account
    ///
    /// Comments and settings stay unchanged, and so do the fetch history and the secrets in the keyring: they belong to the
    /// user and the server, not to the name.
    #[command(after_help = "Examples:\n  mailhaul account rename work office")]
    Rename {
        /// The account
        #[arg(value_name = "ACCOUNT")]
        name: String,
        /// Its new name: letters, digits and . _ @ + -
        #[arg(value_name = "NEW")]
        new: String,
    },
    /// Remove an account from the file
    ///
    /// Its fetch history and stored secrets stay: see `mailhaul state reset` and `mailhaul logout`.
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
