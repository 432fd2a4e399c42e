use clap::Args;

use super::{RunArgs, ServerArgs};

/// Arguments of `mailhaul fetch`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct FetchArgs {
    /// Mailboxes: names of accounts, or URLs: pop3s://USER@HOST (TLS), pop3://USER@HOST (STLS), where need be with a :PORT
    /// [default: all enabled accounts of the configuration file]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// Where to, and what
    #[command(flatten)]
    pub delivery: RunArgs,

    /// Fetch also what was fetched before
    #[arg(long, help_heading = "What to fetch")]
    pub all: bool,
    /// Say what would be fetched and deleted, and do nothing
    #[arg(long, help_heading = "What to fetch")]
    pub dry_run: bool,

    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul fetch
      Fetches all accounts of the configuration file.
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail
      Keeps the messages on the server; asks for the password on the terminal.
  mailhaul fetch pop3s://ann@example.org@mail.example.org --mbox ~/mbox --delete --password-file ~/.pw
      The last @ ends the user name. The file must be readable by you alone.
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail --dry-run --json
      Says what is new, one JSON object a line.";
