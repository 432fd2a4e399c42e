//! A folder of an IMAP server (RFC 3501): as much of the protocol as it takes to put messages there, and to find out whether
//! they are there.
//!
//! ```text
//! carrier     groups of messages, answers            look        is it there? the five rules
//! session     the folder: STATUS, CREATE, APPEND     candidates, elsewhere
//! login       connection, TLS, credentials           append      literals, streamed from the file
//! client      commands out, replies in               parcel      a message as it is sent
//! reader, response                                   what a server sends, without I/O
//! ```

pub use self::carrier::ImapCarrier;
pub use self::settings::{ImapSettings, flag};
pub use self::way::ImapWay;

mod append;
mod candidates;
mod carrier;
mod client;
mod date;
mod elsewhere;
mod login;
mod look;
mod mark;
mod offers;
mod parcel;
mod quoted;
mod reader;
mod refusal;
mod response;
mod session;
mod settings;
mod sought;
mod url;
mod utf7;
mod way;

#[cfg(test)]
mod tests;
