use clap::{Args, Subcommand};

use super::ServerArgs;

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
    /// Count the messages that the ledger knows of each mailbox, by what became of them
    ///
    /// -v also lists the messages that need attention: those that are presumed to be delivered, those that were given up, and
    /// those that failed.
    Show {
        /// The mailbox: the name of an account, or a URL [default: all]
        #[arg(value_name = "SOURCE")]
        source: Option<String>,
    },
    /// Mark every message on the server as fetched, without downloading any
    ///
    /// For a mailbox whose mail is here already: because another program fetched it, or because the server gave all
    /// messages new unique-ids. --delete never deletes what was only marked.
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
    /// For a server that has other messages under new unique-ids.
    #[command(alias = "accept")]
    Reset {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Fetch messages again that were given up, or that are presumed to be delivered
    Retry {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Count the messages that are presumed to be delivered as delivered
    ///
    /// A message is presumed to be delivered when a run was interrupted while it was delivering it, and it was then found neither
    /// in the place where it was prepared nor in the mailbox. `state show -v` lists them.
    Confirm {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Tell that a Maildir or an mbox was moved, for all mailboxes that deliver there
    ///
    /// Move it first, as with `mv`. Without this, mailhaul takes the new path for a new place, and the old one for a disk that is not
    /// mounted.
    Moved {
        /// Where it was
        #[arg(value_name = "OLD")]
        old: std::path::PathBuf,
        /// Where it is now
        #[arg(value_name = "NEW")]
        new: std::path::PathBuf,
    },
    /// Forget single messages, so that they are fetched again while the server has them
    Forget {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Unique-ids, raw or as list and uidl show them
        #[arg(value_name = "UID", required = true)]
        uids: Vec<String>,
    },
    /// Write the ledger to standard output, one JSON object a message
    Export {
        /// The mailbox: the name of an account, or a URL [default: all]
        #[arg(value_name = "SOURCE")]
        source: Option<String>,
    },
    /// Read what `state export` wrote, or what was made in its form from another program's state
    ///
    /// Messages that the ledger knows already stay as they are.
    Import {
        /// The file; - is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: std::path::PathBuf,
    },
}
