//! Whoever takes messages over: commands and mail servers, each as a [`Carrier`](crate::deliver::Carrier) for the outbox.
//!
//! Nothing here knows POP3, the ledger, or why a message is handed over. `commands` makes the carriers.

pub use self::pipe::PipeCarrier;

pub mod imap;
pub mod mta;
mod pipe;
