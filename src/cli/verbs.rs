//! The commands that are one POP3 verb, or little more.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::help::with_connection;
use super::{ChoiceArgs, ServerArgs};
use crate::config::{Selection, Threshold, parse_selection, parse_threshold};

/// Arguments of `mailhaul stat`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = with_connection("Examples:\n  mailhaul stat work home --new --exit-code && notify-send mail\n  mailhaul stat work --format nagios --warn 100 --crit 1000")
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
    /// Print for people (text), or as a plugin of Nagios (nagios)
    #[arg(
        long,
        long_help = "Print for people (text), or as a plugin of Nagios (nagios), with its exit codes: 0 OK, 1 WARNING, 2 CRITICAL, \
                     3 UNKNOWN",
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub format: StatFormat,
    /// With --format nagios: WARNING above N messages
    #[arg(
        long,
        long_help = "With --format nagios: WARNING above N messages. A range of Nagios is also accepted: `5:` (below 5), `5:10` (outside) or \
                     `@5:10` (inside)",
        value_name = "N",
        value_parser = parse_threshold,
        hide_short_help = true
    )]
    pub warn: Option<Threshold>,
    /// With --format nagios: CRITICAL above N messages
    #[arg(
        long,
        long_help = "With --format nagios: CRITICAL above N messages. A range of Nagios is also accepted: `5:` (below 5), `5:10` (outside) or \
                     `@5:10` (inside)",
        value_name = "N",
        value_parser = parse_threshold,
        hide_short_help = true
    )]
    pub crit: Option<Threshold>,
    /// Which accounts, where none is named
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Values of `--format` of `mailhaul stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatFormat {
    /// Lines for people
    Text,
    /// What a plugin of Nagios prints, with its exit codes
    Nagios,
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
