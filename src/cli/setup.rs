use clap::Args;

use super::help::with_connection;
use super::{AccountSettingArgs, PasswordsArg, ServerArgs};

/// Arguments of `mailhaul setup`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection(EXAMPLES))]
pub struct SetupArgs {
    /// The address, such as ann@example.org; or the mailbox as a URL, which is not looked for
    #[arg(value_name = "ADDRESS")]
    pub address: Option<String>,
    /// The name of the account [default: from the address]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Only show which servers are found
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask whether a server is the right one that only the DNS names
    #[arg(long)]
    pub yes: bool,
    /// Where to store the password: keyring, file or none [default: the keyring, or else a file]
    #[arg(long, value_name = "WHERE", hide_possible_values = true)]
    pub passwords: Option<PasswordsArg>,
    /// Ask this public database about the domain; none disables it
    #[arg(long, value_name = "URL", default_value = DATABASE, hide_short_help = true)]
    pub database: String,
    /// Install a user timer of systemd that fetches all accounts every five minutes
    #[arg(long)]
    pub timer: bool,
    /// Where to, and what
    #[command(flatten)]
    pub delivery: Box<AccountSettingArgs>,
    /// How to get in
    #[command(flatten)]
    pub server: Box<ServerArgs>,
}

/// Thunderbird's.
const DATABASE: &str = "https://live.thunderbird.net/autoconfig/v1.1";

const EXAMPLES: &str = "\
Examples:
  mailhaul setup ann@example.org
  mailhaul setup ann@example.org --name work --maildir ~/Mail --password-file ~/.mail-password
  mailhaul setup ann@example.org --dry-run";
