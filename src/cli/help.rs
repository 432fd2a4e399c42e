use std::ffi::OsString;

use clap::{Args, Command, CommandFactory};

use super::settings::{OfImap, OfServer, SettingArgs, Takes};
use crate::config::{SETTINGS, Scope};

/// Arguments of `mailhaul help`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mailhaul help fetch\n  mailhaul help account add\n  mailhaul help connection\n  mailhaul help imap\n  mailhaul help config"
)]
pub struct HelpArgs {
    /// A command, such as `fetch` or `account add`; or `connection` for the options of connection, trust and login,
    /// `imap` for those of an IMAP destination, `config` for the keys of the configuration file
    #[arg(value_name = "TOPIC")]
    pub topic: Vec<OsString>,
}

impl HelpArgs {
    /// The text about the topic, if there is one.
    pub fn text(&self) -> Option<clap::builder::StyledStr> {
        match &self.topic[..] {
            [topic] if topic == CONNECTION => return Some(connection().render_long_help()),
            [topic] if topic == IMAP => return Some(imap().render_long_help()),
            [topic] if topic == CONFIG => return Some(config().into()),
            _ => {}
        }
        let mut root = super::Cli::command();
        root.build();
        let found = self.topic.iter().try_fold(&mut root, |command, name| command.find_subcommand_mut(name));
        found.map(Command::render_long_help)
    }
}

/// The options that every command has that talks to a server.
pub fn connection() -> Command {
    topic::<OfServer>(CONNECTION)
        .about("Options of every command that talks to a server, and of `account add`. Each is also a key of the configuration file.")
        .after_help("See mailhaul(1) for how passwords, mechanisms and certificates are chosen.")
}

/// The options of an IMAP destination.
fn imap() -> Command {
    topic::<OfImap>(IMAP)
        .about("Options of `fetch` and `account add` for the server of --imap. Each is also a key of the configuration file.")
        .after_help("Authorities, TLS versions, times and the proxy are those of the account.")
}

fn topic<C: Takes>(name: &'static str) -> Command {
    let options = <SettingArgs<C> as Args>::augment_args(Command::default().name(name));
    options
        .mut_args(|argument| argument.hide_short_help(false).hide_long_help(false))
        .disable_help_flag(true)
        .max_term_width(super::WIDTH)
        .help_template("{about-with-newline}\n{all-args}{after-help}")
}

/// The keys of the configuration file, each on a line.
fn config() -> String {
    let mut text = String::from(CONFIG_BEGINS);
    for setting in SETTINGS {
        let place = match setting.scope {
            Scope::Both => "",
            Scope::Account => " (in [account.NAME] only)",
            Scope::Defaults => " (in [defaults] only)",
        };
        let key = format!("{} = {}", setting.name, setting.example);
        text += &format!("\n{key}\n    {}{place}\n", setting.help);
    }
    text + CONFIG_ENDS
}

/// The end of the help of a command that has these options.
pub(super) fn with_connection(examples: &str) -> String {
    format!("{examples}\n\nOptions for connection, trust and login: `mailhaul help connection`.")
}

/// The same, with those of an IMAP destination.
pub(super) fn with_destinations(examples: &str) -> String {
    format!("{}\nOptions for the server of --imap: `mailhaul help imap`.", with_connection(examples))
}

const CONNECTION: &str = "connection";

const IMAP: &str = "imap";

const CONFIG: &str = "config";

const CONFIG_BEGINS: &str = "\
Keys of the configuration file, ~/.config/mailhaul/config.toml unless --config names another one. Those below [defaults]
hold for all accounts, those below [account.NAME] for one. More accounts can be in files *.toml in config.d beside it:

[defaults]
maildir = \"~/Mail\"

[account.work]
source = \"pop3s://ann@mail.example.org\"
password-file = \"~/.mail-password\"

Each key with an example of its value:
";

const CONFIG_ENDS: &str = "
`mailhaul account add` writes the file, `mailhaul account show NAME` shows what holds for an account. See also
mailhaul-config(5).";
