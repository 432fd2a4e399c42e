//! Mail servers that take messages over: by LMTP (RFC 2033), or by SMTP without a login (RFC 5321), as a relay on this
//! machine or network. One client for both.
//!
//! ```text
//! carrier     the Carrier: up to four lanes side by side, then each message that was in doubt once more
//! lane        message after message over one connection, which may be lost in between
//! connector   opens sessions: the way there
//! session     greeting, EHLO or LHLO, STARTTLS; one transaction a message
//! letter      a message: its size on the line, who has sent it
//! judge       from replies to an answer
//! wire        replies and octets over a connection
//! text        line ends and dots: no I/O
//! reply       replies, extensions: no I/O
//! settings    what a user may say about it: no I/O
//! ```
//!
//! # What is sent
//!
//! The message as it is, but for its line ends, which are all CRLF: a bare LF before a dot ends the message for some servers,
//! which take what follows for commands. A bare CR is data for Dovecot and Postfix and is left alone, except before a dot, for
//! the same reason. A last line without an end gets one. NUL and octets above 127 are sent whether the server says that it
//! takes them (8BITMIME) or not, as all servers do: the message cannot be had in any other way.
//!
//! The sender in the envelope is the one that `Return-Path` names, or nobody.
//!
//! SMTPUTF8 is asked for where an address of the envelope needs it. Letters outside ASCII in the header alone are sent without
//! it: a relay that is told of them has to return the message if the next server does not offer it.
//!
//! # Exactly once
//!
//! There is no way to ask whether a message has come. Between the last octet of it and the answer is a moment in which a
//! connection may break: then it is handed over again, once and alone, when all others have gone. Of several recipients only
//! those get it again that have not said that they have it; another run does not know them, and all get it.
//!
//! # What ends it
//!
//! A reply is said of a message, of a recipient, or of the server: `judge` has the rules. What is said of the server ends the
//! hand-over for this run, and so does the same reply to three messages in a row before one is taken: a mailbox that is full
//! is not asked two thousand times.

mod carrier;
mod connector;
mod judge;
mod lane;
mod letter;
mod reply;
mod session;
mod settings;
mod text;
mod wire;

pub use self::carrier::MtaCarrier;
pub use self::settings::{Dialect, MtaAddress, MtaSettings};

#[cfg(test)]
mod tests;
