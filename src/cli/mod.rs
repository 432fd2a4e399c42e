//! The command line, as types: the doc comments are the help, the man pages and the completions; those of settings come
//! from the table in `config`. Nothing is done or checked here beyond the form of a value.

use std::path::PathBuf;
use std::time::Instant;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use self::account::{AccountAction, AccountArgs};
pub use self::completions::CompletionsArgs;
pub use self::fetch::FetchArgs;
pub use self::health::{HealthArgs, HealthFormat};
pub use self::help::{HelpArgs, connection};
pub use self::login::{LoginArgs, LogoutArgs};
pub use self::migrate::{MigrateArgs, PasswordsArg, PeerArg};
pub use self::settings::{AccountSettingArgs, ChoiceArgs, RunArgs, ServerArgs, SettingArgs};
pub use self::setup::SetupArgs;
pub use self::state::{HistoryArg, StateAction, StateArgs};
pub use self::verbs::{
    CapaArgs, ConsoleArgs, DeleArgs, DumpArgs, InfoArgs, ListArgs, LogArgs, NoopArgs, RetrArgs, StatArgs, StatFormat,
    TopArgs, UidlArgs,
};

mod account;
mod completions;
mod fetch;
mod guesses;
mod habits;
mod health;
mod help;
mod login;
mod migrate;
mod settings;
mod setup;
mod state;
mod verbs;

/// Fetch mail over POP3, exactly once
///
/// mailhaul downloads new mail from POP3 servers into a Maildir or an mbox, each message exactly once, even if it is killed
/// or the power fails. It can also hand mail to a command, or to a server by LMTP, SMTP or IMAP. It remembers what it has delivered. Messages stay on the server unless you ask to delete them.
#[derive(Debug, Parser)]
#[command(name = "mailhaul", version, args_override_self = true, max_term_width = WIDTH, arg_required_else_help = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command
    #[command(flatten)]
    pub global: GlobalArgs,
}

impl Cli {
    /// Reads the command line of this process.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with what may have been meant; or the help or the version, where that was asked for.
    pub fn read() -> Result<Self, clap::Error> {
        let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        Self::try_parse().map_err(|error| guesses::answered(error, &words))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Download new messages and deliver them
    ///
    /// Compares the unique-ids that the server lists with the fetch history, downloads new messages, and delivers them, each
    /// exactly once, even after a crash or a power failure (to a command, by LMTP and by SMTP: at least once). Messages stay on the server unless
    /// --delete or --delete-after is given.
    Fetch(Box<FetchArgs>),
    /// Show the number of messages and their total size
    ///
    /// Prints COUNT OCTETS, such as `5 15234`. With several sources, or without one, each line begins with its source.
    Stat(Box<StatArgs>),
    /// List messages: number, size in octets and unique-id
    ///
    /// Prints one line per message, in the order of numbers: `1 3045 UID`. With --headers, the decoded date, sender and
    /// subject follow, separated by tabs.
    List(Box<ListArgs>),
    /// List messages: number and unique-id
    Uidl(Box<UidlArgs>),
    /// Print the header and the first lines of a message
    Top(Box<TopArgs>),
    /// Print messages: a single one byte for byte, several as an mbox
    ///
    /// A range is printed as an mbox even if it holds only one message. Nothing is recorded or deleted.
    Retr(Box<RetrArgs>),
    /// Copy the whole mailbox to standard output as an mbox, or into a Maildir
    ///
    /// The fetch history is neither used nor changed, and nothing is deleted.
    Dump(Box<DumpArgs>),
    /// Delete messages from the server
    ///
    /// Shows the messages and asks on a terminal. They are gone once the server has confirmed the end of the session (QUIT).
    Dele(Box<DeleArgs>),
    /// Check that connection and login work, and print how long each phase took
    Noop(Box<NoopArgs>),
    /// Show the server's capabilities before and after the login
    Capa(Box<CapaArgs>),
    /// Inspect a server: greeting, TLS, certificates with pins, capabilities, warnings
    ///
    /// Does not log in and needs no password, so it also works where a fetch fails: it explains why a certificate is not
    /// trusted, or that the port uses another TLS mode. Exits with 69 if the server cannot be trusted.
    Info(Box<InfoArgs>),
    /// Open a POP3 session after TLS and login, and send it what you type
    ///
    /// Commands are typed, with history and line editing, or come from a pipe. At the end of the input QUIT is sent; Ctrl-C
    /// discards the line that is being typed.
    Console(Box<ConsoleArgs>),
    /// Store a password in the keyring, or get OAuth2 tokens
    ///
    /// The password is tried first. For an account with oauth-provider, mailhaul shows the address at which to give consent;
    /// from then on fetch refreshes the tokens by itself.
    Login(Box<LoginArgs>),
    /// Remove the stored password and tokens of an account
    Logout(LogoutArgs),
    /// List, show, add, rename or remove accounts of the configuration file
    Account(AccountArgs),
    /// Inspect or correct the fetch history
    State(StateArgs),
    /// Find the server of an address, try the login, and add an account
    ///
    /// Asks the domain of the address, a public database and the DNS which server it is, shows what they answer, tries the login,
    /// stores the password, and adds the account to the configuration file. Only servers with TLS are used. On a terminal it
    /// asks for what is missing; elsewhere what is missing is an error. Nothing is written before the login has worked.
    Setup(Box<SetupArgs>),
    /// Move here from fetchmail, getmail or mpop, without downloading anything again
    ///
    /// Reads the configuration of that program, and which messages it has seen, and shows what it would be here: accounts,
    /// and options that are kept, changed or impossible, each with the reason. With --write, the accounts are added to the
    /// configuration file and the messages to the fetch history. The files of the program are not changed.
    Migrate(MigrateArgs),
    /// Show past runs of fetch
    Log(LogArgs),
    /// Check that every account was fetched in time
    ///
    /// Reads the fetch history, and connects to no server. Prints nothing and exits with 0 if the last successful run of each
    /// account ended within --max-age. Otherwise it exits with 1 and prints why, one line per account. What else needs
    /// attention is printed as a warning, which does not change the exit code; --quiet leaves warnings out.
    Health(HealthArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Show the help of a command, of the connection options, or of the configuration file
    Help(HelpArgs),
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output and state")]
pub struct GlobalArgs {
    /// Print only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print progress details; -vv shows the conversation with the server, secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Print results as JSON, one object per line
    #[arg(
        long,
        long_help = "Print results as JSON, one object per line; `fetch --json=messages` adds each message",
        global = true,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        hide_possible_values = true
    )]
    pub json: Option<Option<JsonArg>>,
    /// Use colour: auto (on a terminal), always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_short_help = true,
        hide_possible_values = true
    )]
    pub color: ColorArg,
    /// Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    pub state_dir: Option<PathBuf>,
    /// When the run began: its deadline counts from here
    #[arg(skip = Instant::now())]
    pub begun: Instant,
}

/// Values of `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JsonArg {
    /// Also each message that is delivered
    Messages,
}

impl GlobalArgs {
    /// Is the output JSON?
    pub fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Is it to tell of each message as well?
    pub fn tells_messages(&self) -> bool {
        self.json == Some(Some(JsonArg::Messages))
    }
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

`mailhaul COMMAND --help` describes a command, `mailhaul help connection` the options of connection, trust and login, `mailhaul \
                        help config` the keys of the configuration file.";

/// Columns of the help.
const WIDTH: usize = 100;
