//! The way to the server: addresses, TCP, TLS, and a deadline for every wait, with the phase it belongs to.
//!
//! `client` reads and writes a [`Stream`] through the small [`Transport`] trait; only `fetch` and `commands` open
//! one. Nothing here knows POP3.

use std::io::{Error as IoError, Read, Write};

pub use self::connect::connect;
pub use self::inspect::Shown;
pub use self::phase::Phase;
pub use self::socket::{Socket, Waits};
pub use self::stream::Stream;
pub use self::tls::{TlsMode, Trust};

use crate::error::Error;

mod connect;
mod inspect;
mod phase;
mod socket;
mod stream;
mod tls;
mod verifier;

/// What `client` needs of a connection beyond reading and writing.
pub trait Transport: Read + Write {
    /// A new wait begins: its deadline starts now, and errors name it.
    fn begin(&mut self, phase: Phase);

    /// Says what an I/O error of this connection means, with the phase.
    fn explain(&self, error: IoError) -> Error;
}
