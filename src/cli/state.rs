use clap::{Args, Subcommand, ValueEnum};

use super::ServerArgs;
use super::help::with_connection;

/// Arguments of `mailhaul state`.
#[derive(Args, Clone, Debug)]
pub struct StateArgs {
    /// What to do
    #[command(subcommand)]
    pub action: StateAction,
}

/// The corrections.
#[derive(Clone, Debug, Subcommand)]
pub enum StateAction {
    /// Count the messages in the history of each mailbox, by state
    ///
    /// With -v, also lists the messages that need attention: presumed to be delivered, given up, or failed.
    Show {
        /// The mailbox: the name of an account, or a URL [default: all]
        #[arg(value_name = "SOURCE")]
        source: Option<String>,
    },
    /// Mark every message on the server as fetched, without downloading any
    ///
    /// For a mailbox whose mail you already have, because another program fetched it or because the server gave all messages
    /// new unique-ids. --delete never deletes messages that were only marked.
    #[command(after_help = with_connection("Examples:\n  mailhaul state seen work"))]
    Seen {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
        /// How to get in
        #[command(flatten)]
        server: Box<ServerArgs>,
    },
    /// Forget all history of a mailbox; the next fetch downloads everything
    ///
    /// For a mailbox that now holds different messages under new unique-ids.
    #[command(alias = "accept")]
    Reset {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Do not ask, even on a terminal
        #[arg(long)]
        yes: bool,
    },
    /// Fetch messages again that were given up or are presumed to be delivered
    Retry {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Mark presumed deliveries as delivered
    ///
    /// A message is presumed to be delivered if a run was interrupted while delivering it, and the next run could find it
    /// neither in preparation nor delivered. `state show -v` lists such messages.
    Confirm {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Record that you have moved a Maildir or an mbox
    ///
    /// Move it first, for example with `mv`. This is recorded for all mailboxes that deliver there. Otherwise mailhaul treats
    /// the new path as a new destination, and the old one as a disk that is not mounted.
    Moved {
        /// The path before the move
        #[arg(value_name = "OLD")]
        old: std::path::PathBuf,
        /// The path after the move
        #[arg(value_name = "NEW")]
        new: std::path::PathBuf,
    },
    /// Forget single messages, so that they are fetched again if the server still has them
    Forget {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Unique-ids, as `list` and `uidl` show them
        #[arg(value_name = "UID", required = true)]
        uids: Vec<String>,
    },
    /// Print the history, one JSON object per message
    ///
    /// With a mailbox, the output is all that another state folder needs to go on with it: `state import` reads it there. As
    /// long as a message of it is still on the way, that is an error.
    #[command(
        after_help = "Examples:\n  mailhaul state export > history.jsonl\n  mailhaul state export --account work | ssh other mailhaul state import"
    )]
    Export {
        /// The mailbox: the name of an account, or a URL [default: all]
        #[arg(value_name = "SOURCE")]
        source: Option<String>,
        /// Another way to name the mailbox
        #[arg(long, value_name = "ACCOUNT", conflicts_with = "source")]
        account: Option<String>,
    },
    /// Add messages to the history from the output of `state export`, or from a file in the same form
    ///
    /// Messages that are already in the history stay unchanged. With --from, FILE is the history of another program; what it has
    /// seen is then recorded as seen. `mailhaul migrate` does the same, with the configuration.
    #[command(
        after_help = "Examples:\n  mailhaul state import history.jsonl\n  mailhaul state import --from thunderbird popstate.dat\n  mailhaul state import --from fdm ~/.fdm.cache --mailbox work"
    )]
    Import {
        /// The file; - is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: std::path::PathBuf,
        /// Read the file of this program: fetchmail, getmail, mpop, thunderbird or fdm
        #[arg(long, value_name = "PROGRAM", hide_possible_values = true)]
        from: Option<HistoryArg>,
        /// The mailbox of the messages: the name of an account, or a URL [default: what the file says]
        #[arg(long, value_name = "SOURCE", requires = "from")]
        mailbox: Option<String>,
        /// Record the messages as fetched instead of seen, so that --delete and --delete-after apply to them
        #[arg(long, requires = "from")]
        as_fetched: bool,
    },
}

/// Programs whose history can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HistoryArg {
    /// ~/.fetchids
    Fetchmail,
    /// ~/.config/getmail/oldmail-*
    Getmail,
    /// ~/.mpop_uidls
    Mpop,
    /// popstate.dat, in the profile
    Thunderbird,
    /// What new-only cache names
    Fdm,
}
