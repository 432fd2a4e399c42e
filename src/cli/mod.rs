//! The command line, as types: the doc comments are the help, the man pages and the completions; those of settings come
//! from the table in `config`. Nothing is done or checked here beyond the form of a value.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use self::account::{AccountAction, AccountArgs};
pub use self::completions::CompletionsArgs;
pub use self::fetch::FetchArgs;
pub use self::login::{LoginArgs, LogoutArgs};
pub use self::settings::{AccountSettingArgs, RunArgs, ServerArgs, SettingArgs};
pub use self::state::{StateAction, StateArgs};
pub use self::verbs::{
    CapaArgs, ConsoleArgs, DeleArgs, DumpArgs, InfoArgs, ListArgs, LogArgs, NoopArgs, RetrArgs, StatArgs, TopArgs,
    UidlArgs,
};

mod account;
mod completions;
mod fetch;
mod login;
mod settings;
mod state;
mod verbs;

/// Fetch mail over POP3, exactly once
///
/// mailhaul brings new mail from POP3 servers into a Maildir or an mbox, remembers what it has delivered, and
/// deletes it from the server if you ask for it. Whatever moment it is interrupted at, no message is lost and none
/// is delivered twice.
#[derive(Debug, Parser)]
#[command(name = "mailhaul", version, args_override_self = true, max_term_width = 100, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Download what is new and deliver it
    ///
    /// Compares the unique-ids that the server lists with the ledger, downloads what is new, and delivers it. A
    /// message is in the Maildir or the mbox exactly once, also after a crash or a power cut.
    Fetch(Box<FetchArgs>),
    /// How many messages and octets there are: COUNT OCTETS
    ///
    /// Prints what the server answers to STAT, as in `5 15234`. With several sources each line begins with its source.
    Stat(Box<StatArgs>),
    /// Number, octets and unique-id of each message
    ///
    /// One line a message, in the order of numbers: `1 3045 UID`. With --headers, date, from and subject follow behind
    /// tabs, decoded.
    List(Box<ListArgs>),
    /// Number and unique-id of each message
    Uidl(Box<UidlArgs>),
    /// Header and first lines of a message, byte for byte
    Top(Box<TopArgs>),
    /// Messages to standard output: one byte for byte, several as an mbox
    ///
    /// A range is an mbox too, however many messages it turns out to hold. Nothing is recorded and nothing is deleted.
    Retr(Box<RetrArgs>),
    /// The whole mailbox to standard output as an mbox, or into a Maildir
    ///
    /// Reads and writes no state and deletes nothing.
    Dump(Box<DumpArgs>),
    /// Delete messages from the server
    ///
    /// Shows what would go, and asks on a terminal. The deletion is done when the server has answered QUIT.
    Dele(Box<DeleArgs>),
    /// Connect, log in, NOOP, QUIT: does it work? Prints the milliseconds of each phase
    Noop(Box<NoopArgs>),
    /// The server's capabilities, before and after login
    Capa(Box<CapaArgs>),
    /// What a server is: greeting, TLS, certificates with pins, capabilities, warnings
    ///
    /// Does not log in and needs no password, so it works also where a fetch is refused: it says why a certificate is
    /// not trusted, and when the port speaks another TLS mode. Exits with 69 when the server is not to be trusted.
    Info(Box<InfoArgs>),
    /// An open session after TLS and login, line by line
    ///
    /// Commands are typed, with history and line editing, or come from a pipe. QUIT is said at the end of the input;
    /// Ctrl-C takes back the line that is being typed.
    Console(Box<ConsoleArgs>),
    /// Put a password into the keyring, or get the tokens of OAuth2
    ///
    /// The password is tried first. For an account with oauth-provider, the address at which consent is given is shown;
    /// fetch refreshes the tokens from then on.
    Login(Box<LoginArgs>),
    /// Take the password and the tokens of an account out of the keyring and the files
    Logout(LogoutArgs),
    /// The accounts of the configuration file: list, show, add, remove
    Account(AccountArgs),
    /// What the ledger knows of a mailbox, and corrections of it
    State(StateArgs),
    /// Past runs of fetch
    Log(LogArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output and state")]
pub struct GlobalArgs {
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is done; twice: show the dialogue with the server, secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Print results as JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Colour: auto (on a terminal), always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub color: ColorArg,
    /// The configuration file [default: $MAILHAUL_CONFIG or $XDG_CONFIG_HOME/mailhaul/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

/// Values of `--color`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless $NO_COLOR is set
    Auto,
    /// Also into a pipe or a file
    Always,
    /// Not at all
    Never,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul fetch pop3s://ann@mail.example.org --maildir ~/Mail
  mailhaul fetch pop3s://ann@mail.example.org --mbox ~/mbox --delete --password-command 'pass mail/ann'

`mailhaul COMMAND --help` tells more about a command.";
