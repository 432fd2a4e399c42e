//! A folder of an IMAP server (RFC 3501): as much of the protocol as it takes to put messages there, and to find out whether
//! they are there.
//!
//! ```text
//! carrier     groups of messages, answers            look        is it there? the five rules
//! session     the folder: STATUS, CREATE, APPEND     candidates, elsewhere
//! login       connection, TLS, credentials           append      literals, streamed from the file
//! dialogue    commands out, replies in               letter      a message as it is sent
//! reader, response                                   what a server sends, without I/O
//! ```

pub use self::carrier::{ImapCarrier, ImapWay};
pub use self::settings::{ImapSettings, flag};

mod append;
mod candidates;
mod capabilities;
mod carrier;
mod date;
mod dialogue;
mod elsewhere;
mod letter;
mod login;
mod look;
mod mark;
mod quoted;
mod reader;
mod response;
mod session;
mod settings;
mod url;
mod utf7;
mod verdict;

#[cfg(test)]
mod tests;
