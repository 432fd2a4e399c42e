//! A wait for the publisher, in which the server is not left without a word.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::net::Connection;

/// What the publisher says next; nothing, if it has ended. Whoever takes messages over may need long for each: the server is
/// told meanwhile that somebody is there.
pub(super) fn patiently<W>(client: &mut Client<Connection>, words: &Receiver<W>) -> Result<Option<W>> {
    loop {
        match words.recv_timeout(KEPT_ALIVE_EVERY) {
            Ok(word) => return Ok(Some(word)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => drop(client.noop()?), // a refusal is a sign of life, too
        }
    }
}

/// Servers hang up on who says nothing for some minutes; ten, by RFC 1939 section 3, but some do it earlier.
const KEPT_ALIVE_EVERY: Duration = Duration::from_secs(60);
