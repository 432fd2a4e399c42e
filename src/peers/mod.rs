//! What other fetchers keep: their configuration, in the words of ours, and which messages they have seen. A core module.
//!
//! Nothing here is taken on trust but the file itself: whoever calls this has looked whose file it is. No command of such a
//! file is run. Each line of a configuration comes to something: a setting, or a [`Remark`] that says why it has none.

pub use self::account::{FileRemarks, OptionFate, PeerAccount, PeerConfig, PeerSecret, Remark};
pub use self::history::{HistoryFormat, PeerHistory, SeenUid, read_history};

mod account;
mod command;
mod draft;
pub mod fetchmail;
pub mod getmail;
mod history;
pub mod mpop;
mod options;
mod server;

#[cfg(test)]
mod tests;
