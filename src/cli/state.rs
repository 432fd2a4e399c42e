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
    /// Mark every message on the server as fetched, without downloading any
    ///
    /// For a mailbox whose mail is here already: because another program fetched it, or because the server gave all
    /// messages new unique-ids. --delete never deletes what was only marked.
    Seen {
        /// The mailbox, as a URL
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
        /// The mailbox, as a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// Try messages again that were given up
    Retry {
        /// The mailbox, as a URL
        #[arg(value_name = "SOURCE")]
        source: String,
    },
}
