use std::ffi::OsString;

use clap::{Args, Command, CommandFactory};

use super::settings::{OfServer, SettingArgs};

/// Arguments of `mailhaul help`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  mailhaul help fetch\n  mailhaul help account add\n  mailhaul help connection")]
pub struct HelpArgs {
    /// A command, such as `fetch` or `account add`, or `connection` for the options of connection, trust and login
    #[arg(value_name = "TOPIC")]
    pub topic: Vec<OsString>,
}

impl HelpArgs {
    /// The text about the topic, if there is one.
    pub fn text(&self) -> Option<clap::builder::StyledStr> {
        if let [topic] = &self.topic[..]
            && topic == CONNECTION
        {
            return Some(connection().render_long_help());
        }
        let mut root = super::Cli::command();
        root.build();
        let found = self.topic.iter().try_fold(&mut root, |command, name| command.find_subcommand_mut(name));
        found.map(Command::render_long_help)
    }
}

/// The options that every command has that talks to a server.
pub fn connection() -> Command {
    let options = <SettingArgs<OfServer> as Args>::augment_args(Command::default().name(CONNECTION));
    options
        .mut_args(|argument| argument.hide_short_help(false).hide_long_help(false))
        .disable_help_flag(true)
        .max_term_width(super::WIDTH)
        .help_template("{about-with-newline}\n{all-args}{after-help}")
        .about("Options of every command that talks to a server, and of `account add`. Each is also a key of the configuration file.")
        .after_help("See mailhaul(1) for how passwords, mechanisms and certificates are chosen.")
}

/// The end of the help of a command that has these options.
pub(super) fn with_connection(examples: &str) -> String {
    format!("{examples}\n\nOptions for connection, trust and login: `mailhaul help connection`.")
}

const CONNECTION: &str = "connection";
