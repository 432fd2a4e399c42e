use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::ServerArgs;
use crate::config::parse_size;

/// Arguments of `mailhaul fetch`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("destination").required(true))]
pub struct FetchArgs {
    /// Mailboxes, as pop3s://USER@HOST (TLS) or pop3://USER@HOST (STLS), where need be with a :PORT
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,

    /// Deliver into this Maildir; it is made if it is missing
    #[arg(long, value_name = "DIR", help_heading = "Delivery", group = "destination")]
    pub maildir: Option<PathBuf>,
    /// Deliver into this mbox; it is made if it is missing
    #[arg(long, value_name = "FILE", help_heading = "Delivery", group = "destination")]
    pub mbox: Option<PathBuf>,

    /// Leave messages on the server (the default)
    #[arg(long, help_heading = "What to fetch", conflicts_with = "delete")]
    pub keep: bool,
    /// Delete messages from the server once they are safe here, also those of earlier runs
    #[arg(long, help_heading = "What to fetch")]
    pub delete: bool,
    /// Fetch also what was fetched before
    #[arg(long, help_heading = "What to fetch")]
    pub all: bool,
    /// Fetch so many messages at most
    #[arg(long, value_name = "N", help_heading = "What to fetch", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_messages: Option<u64>,
    /// Fetch so many octets at most, such as 100M, but always one message
    #[arg(long, value_name = "SIZE", help_heading = "What to fetch", value_parser = parse_size)]
    pub max_bytes: Option<u64>,
    /// Skip messages that are larger
    #[arg(long, value_name = "SIZE", help_heading = "What to fetch", value_parser = parse_size)]
    pub max_size: Option<u64>,
    /// Say what would be fetched and deleted, and do nothing
    #[arg(long, help_heading = "What to fetch")]
    pub dry_run: bool,
    /// Fetch from so many sources at the same time
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "What to fetch",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,

    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail
      Keeps the messages on the server; asks for the password on the terminal.
  mailhaul fetch pop3s://ann%40example.org@mail.example.org --mbox ~/mbox --delete --password-file ~/.pw
      An @ in a user name is written as %40. The file must be readable by you alone.
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail --dry-run --json
      Says what is new, one JSON object a line.";
