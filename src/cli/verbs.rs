//! The commands that are one POP3 verb, or little more.

use std::path::PathBuf;

use clap::Args;

use super::help::with_connection;
use super::{ChoiceArgs, ServerArgs};
use crate::config::{Selection, parse_selection};

/// Arguments of `mailhaul stat`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul stat work\n  mailhaul stat work home --new --json\n  mailhaul stat work --new --exit-code && notify-send mail")
)]
pub struct StatArgs {
    /// Mailboxes: names of accounts, or URLs [default: all enabled accounts]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Count only messages that were never fetched
    #[arg(long)]
    pub new: bool,
    /// Exit with 1 if there are no messages
    #[arg(long)]
    pub exit_code: bool,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul list`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection("Examples:\n  mailhaul list work --headers\n  mailhaul list work 3-7 --json"))]
pub struct ListArgs {
    /// The mailbox: the name of an account, or a URL [default: all enabled accounts]
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID [default: all]
    #[arg(value_name = "MSG", value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// Add date, sender and subject
    #[arg(long)]
    pub headers: bool,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul uidl`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection("Examples:\n  mailhaul uidl work"))]
pub struct UidlArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID [default: all]
    #[arg(value_name = "MSG", value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul top`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection("Examples:\n  mailhaul top work 3\n  mailhaul top work uid:0000000300000001 20"))]
pub struct TopArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// The message: 3 or uid:UID
    #[arg(value_name = "MSG", value_parser = parse_selection)]
    pub message: Selection,
    /// How many lines of the body
    #[arg(value_name = "LINES", default_value_t = 0)]
    pub lines: u32,
    /// Print the octets unchanged even to a terminal, where control characters are otherwise escaped
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul retr`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul retr work 3 | less\n  mailhaul retr work 3-7 uid:0000000300000001 > some.mbox")
)]
pub struct RetrArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID
    #[arg(value_name = "MSG", required = true, value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// Print an mbox even for a single message
    #[arg(long)]
    pub mbox: bool,
    /// Print the octets unchanged even to a terminal, where control characters are otherwise escaped
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul dump`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul dump pop3s://ann@mail.example.org > all.mbox\n  mailhaul dump work --maildir ~/Copy")
)]
pub struct DumpArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Deliver into this Maildir instead; it is created if it is missing
    #[arg(long, value_name = "DIR")]
    pub maildir: Option<PathBuf>,
    /// Write the mbox even to a terminal
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul dele`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul dele work 3 5-7 --dry-run\n  mailhaul dele work uid:0000000300000001 --yes --verify")
)]
pub struct DeleArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID
    #[arg(value_name = "MSG", required = true, value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be deleted, and take it back with RSET
    #[arg(long)]
    pub dry_run: bool,
    /// Check in a second session that they are gone
    #[arg(long)]
    pub verify: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul noop`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection("Examples:\n  mailhaul noop work\n  mailhaul noop"))]
pub struct NoopArgs {
    /// The mailbox: the name of an account, or a URL [default: all enabled accounts]
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul capa`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection("Examples:\n  mailhaul capa work"))]
pub struct CapaArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul log`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul log\n  mailhaul log work -n 100 --json")]
pub struct LogArgs {
    /// The mailbox: the name of an account, or a URL [default: all]
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// Show at most N runs, the newest
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub lines: u32,
}

/// Arguments of `mailhaul info`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul info pop3s://ann@mail.example.org\n  mailhaul info mail.example.org\n  mailhaul info pop3://ann@mail.example.org --json")
)]
pub struct InfoArgs {
    /// The mailbox: the name of an account, a URL, or just a server such as mail.example.org [default: all enabled accounts]
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul console`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul console work\n  printf 'STAT\\nLIST\\n' | mailhaul console work\n  mailhaul console pop3s://ann@mail.example.org --no-login")
)]
pub struct ConsoleArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Do not log in: type USER and PASS, or AUTH, yourself
    #[arg(long)]
    pub no_login: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}
