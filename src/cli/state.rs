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
    /// Say how many messages the ledger knows of a mailbox, and what became of them
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
    /// Forget what was fetched, so that the next fetch takes all messages on the server as new
    ///
    /// For a server that has other messages under new unique-ids.
    Accept {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Try messages again that were given up
    Retry {
        /// The mailbox: the name of an account, or a URL
        #[arg(value_name = "SOURCE")]
        source: String,
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
