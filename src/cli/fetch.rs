use clap::Args;

use super::help::with_destinations;
use super::{ChoiceArgs, RunArgs, ServerArgs};

/// Arguments of `mailhaul fetch`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_destinations(EXAMPLES))]
pub struct FetchArgs {
    /// Mailboxes: names of accounts, or URLs such as pop3s://USER@HOST [default: all enabled accounts]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Where to, and what
    #[command(flatten)]
    pub delivery: RunArgs,

    /// Fetch everything, including messages already fetched
    #[arg(long, help_heading = "What to fetch")]
    pub all: bool,
    /// Show what would be fetched and deleted; fetch and delete nothing
    #[arg(long, help_heading = "What to fetch")]
    pub dry_run: bool,

    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul fetch
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail
  mailhaul fetch ann@example.org@mail.example.org --mbox ~/mbox --delete --password-file ~/.pw
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail --dry-run --json";
