use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::ServerArgs;
use crate::config::{parse_duration, parse_size};

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
    pub delivery: DeliveryArgs,

    /// Fetch also what was fetched before
    #[arg(long, help_heading = "What to fetch")]
    pub all: bool,
    /// Say what would be fetched and deleted, and do nothing
    #[arg(long, help_heading = "What to fetch")]
    pub dry_run: bool,
    /// Fetch from so many sources at the same time [default: 4]
    #[arg(long, value_name = "N", help_heading = "What to fetch",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,

    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Where messages go, which of them, and what becomes of them on the server.
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("destination"), group = ArgGroup::new("removal"))]
pub struct DeliveryArgs {
    /// Deliver into this Maildir; it is made if it is missing
    #[arg(long, value_name = "DIR", help_heading = "Delivery", group = "destination")]
    pub maildir: Option<PathBuf>,
    /// Deliver into this mbox; it is made if it is missing
    #[arg(long, value_name = "FILE", help_heading = "Delivery", group = "destination")]
    pub mbox: Option<PathBuf>,

    /// Leave messages on the server (the default)
    #[arg(long, help_heading = "What to fetch", group = "removal")]
    pub keep: bool,
    /// Delete messages from the server once they are safe here, also those of earlier runs
    #[arg(long, help_heading = "What to fetch", group = "removal")]
    pub delete: bool,
    /// Delete messages from the server when they have been safe here for so long, such as 30d
    #[arg(long, value_name = "TIME", help_heading = "What to fetch", group = "removal", value_parser = parse_duration)]
    pub delete_after: Option<Duration>,
    /// Fetch so many messages at most
    #[arg(long, value_name = "N", help_heading = "What to fetch", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_messages: Option<u64>,
    /// Fetch so many octets at most, such as 100M, but always one message
    #[arg(long, value_name = "SIZE", help_heading = "What to fetch", value_parser = parse_size)]
    pub max_bytes: Option<u64>,
    /// Skip messages that are larger
    #[arg(long, value_name = "SIZE", help_heading = "What to fetch", value_parser = parse_size)]
    pub max_size: Option<u64>,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul fetch
      Fetches all accounts of the configuration file.
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail
      Keeps the messages on the server; asks for the password on the terminal.
  mailhaul fetch pop3s://ann%40example.org@mail.example.org --mbox ~/mbox --delete --password-file ~/.pw
      An @ in a user name is written as %40. The file must be readable by you alone.
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail --dry-run --json
      Says what is new, one JSON object a line.";
