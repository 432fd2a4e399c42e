//! POP3 without I/O: commands, replies, capabilities, listings, the dot-unstuffer, the session's legal order.
//!
//! Nothing here knows a socket, a file or a clock; input may arrive split anywhere. `client` drives it; other
//! modules use its plain data ([`MessageNumber`], [`Listing`], [`Capabilities`]).

pub use self::capa::Capabilities;
pub use self::code::ResponseCode;
pub use self::command::{Command, secret_behind};
pub use self::error::Error;
pub use self::listing::{InOrder, ListedUid, Listing, UidsByNumber};
pub use self::number::MessageNumber;
pub use self::pipelining::Pipelining;
pub use self::reply::{Status, StatusLine};
pub use self::sasl::Exchange;
pub use self::session::SessionState;
pub use self::sizes::Sizes;
pub use self::stat::Stat;
pub use self::timestamp::timestamp;
pub use self::unstuff::{LineRule, Unstuffer};
pub use self::words::{Occasion, is_about_binding, is_about_command, is_about_mailbox, is_temporary};

mod capa;
mod code;
mod command;
mod error;
pub mod limits;
mod listed_line;
mod listing;
mod number;
mod pipelining;
mod reply;
mod sasl;
mod session;
mod sizes;
mod stat;
mod timestamp;
mod unstuff;
mod words;
