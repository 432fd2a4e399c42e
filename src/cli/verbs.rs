//! The commands that are one POP3 verb, or little more.

use std::path::PathBuf;

use clap::Args;

use super::ServerArgs;
use crate::config::{Selection, parse_selection};

/// How many messages and octets there are: COUNT OCTETS
///
/// Prints what the server answers to STAT, as in `5 15234`. With several sources each line begins with its source.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul stat work\n  mailhaul stat work home --new --json\n  mailhaul stat work --new --exit-code && notify-send mail"
)]
pub struct StatArgs {
    /// Mailboxes: names of accounts, or URLs
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,
    /// Count only what was never fetched
    #[arg(long)]
    pub new: bool,
    /// Exit with 1 when there is nothing
    #[arg(long)]
    pub exit_code: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Number, octets and unique-id of each message
///
/// One line a message, in the order of numbers: `1 3045 UID`. With --headers, date, from and subject follow behind
/// tabs, decoded.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul list work --headers\n  mailhaul list work 3-7 --json")]
pub struct ListArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID [default: all]
    #[arg(value_name = "MSG", value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// Add date, from and subject
    #[arg(long)]
    pub headers: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Number and unique-id of each message
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul uidl work")]
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

/// Header and first lines of a message, byte for byte
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul top work 3\n  mailhaul top work uid:0000000300000001 20")]
pub struct TopArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// The message: 3 or uid:UID
    #[arg(value_name = "MSG", value_parser = parse_selection)]
    pub message: Selection,
    /// So many lines of the body
    #[arg(value_name = "LINES", default_value_t = 0)]
    pub lines: u32,
    /// Write the octets as they are, also to a terminal, which is otherwise shown them escaped
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Messages to standard output: one byte for byte, several as an mbox
///
/// A range is an mbox too, however many messages it turns out to hold. Nothing is recorded and nothing is deleted.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul retr work 3 | less\n  mailhaul retr work 3-7 uid:0000000300000001 > some.mbox"
)]
pub struct RetrArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Messages: 3, 5-7, 9- (to the last) or uid:UID
    #[arg(value_name = "MSG", required = true, value_parser = parse_selection)]
    pub messages: Vec<Selection>,
    /// Write an mbox, even of one message
    #[arg(long)]
    pub mbox: bool,
    /// Write the octets as they are, also to a terminal, which is otherwise shown one message, escaped
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// The whole mailbox to standard output as an mbox, or into a Maildir
///
/// Reads and writes no state and deletes nothing.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul dump pop3s://ann@mail.example.org > all.mbox\n  mailhaul dump work --maildir ~/Copy"
)]
pub struct DumpArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Deliver into this Maildir instead; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    pub maildir: Option<PathBuf>,
    /// Write the mbox even to a terminal
    #[arg(long)]
    pub raw: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Delete messages from the server
///
/// Shows what would go, and asks on a terminal. The deletion is done when the server has answered QUIT.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul dele work 3 5-7 --dry-run\n  mailhaul dele work uid:0000000300000001 --yes --verify"
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
    /// Show what would go; take the deletion back with RSET
    #[arg(long)]
    pub dry_run: bool,
    /// Look again, in a second session, whether they are gone
    #[arg(long)]
    pub verify: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Connect, log in, NOOP, QUIT: does it work? Prints the time each phase took
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul noop work")]
pub struct NoopArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// The server's capabilities, before and after login
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul capa work")]
pub struct CapaArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Past runs of fetch: when, how long, how many, how much, what failed
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul log\n  mailhaul log work -n 100 --json")]
pub struct LogArgs {
    /// The mailbox: the name of an account, or a URL [default: all]
    #[arg(value_name = "SOURCE")]
    pub source: Option<String>,
    /// So many runs at most, the newest
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub lines: u32,
}

/// What a server is: greeting, TLS, certificates with pins, capabilities, warnings
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul info pop3s://ann@mail.example.org\n  mailhaul info pop3://ann@mail.example.org --json"
)]
pub struct InfoArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// An open session after TLS and login, line by line
///
/// Commands are typed, with history and line editing, or come from a pipe. QUIT is said at the end of the input;
/// Ctrl-C takes back the line that is being typed.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul console work\n  printf 'STAT\\nLIST\\n' | mailhaul console work\n  mailhaul console pop3s://ann@mail.example.org --no-login"
)]
pub struct ConsoleArgs {
    /// The mailbox: the name of an account, or a URL
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Stop after TLS: USER and PASS, or AUTH, are typed
    #[arg(long)]
    pub no_login: bool,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}
