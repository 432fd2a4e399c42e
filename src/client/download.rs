//! Many messages, or the tops of many, one after the other: for commands that show or copy them.

use super::{Client, Refusal, Reply};
use crate::error::{Error, Kind, Result};
use crate::net::Transport;
use crate::proto::MessageNumber;

/// How much of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it (RETR).
    Whole,
    /// The header and the first lines of the body (TOP).
    Top(u32),
}

/// What comes of a message.
#[derive(Debug)]
pub enum Part<'a> {
    /// It begins.
    Begin,
    /// Its next octets, unstuffed and otherwise as the server sent them.
    Octets(&'a [u8]),
    /// It is whole.
    End,
    /// The server refuses it. The others come all the same.
    Refused(&'a Refusal),
}

impl<T: Transport> Client<T> {
    /// Downloads messages, in the order in which they are wanted, and gives them to `each` as they come. With each
    /// number goes about how many octets it has; one that has more than `limit` ends the session, as an error of `each` does.
    pub fn download(
        &mut self,
        wanted: &mut dyn Iterator<Item = (MessageNumber, u64)>,
        extent: Extent,
        limit: u64,
        each: &mut dyn FnMut(MessageNumber, Part<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut wanted = wanted.peekable();
        loop {
            while let Some((number, octets)) = wanted.next_if(|(_, octets)| self.has_room(expected(*octets, extent))) {
                self.ask(number, expected(octets, extent), extent)?;
            }
            self.flush()?;
            if self.outstanding() == 0 {
                return Ok(());
            }
            match self.next_reply()? {
                Reply::Retr(number, Ok(body)) => {
                    each(number, Part::Begin)?;
                    let mut left = limit;
                    self.body(body, |octets| {
                        left = left.checked_sub(octets.len() as u64).ok_or_else(|| too_long(number, limit))?;
                        each(number, Part::Octets(octets))
                    })?;
                    each(number, Part::End)?;
                }
                Reply::Retr(number, Err(refusal)) => each(number, Part::Refused(&refusal))?,
                Reply::Dele(..) | Reply::Uidl(..) => {}
            }
        }
    }

    /// Marks messages as deleted; `refused` is told which the server keeps.
    pub fn delete_all(
        &mut self,
        numbers: &mut dyn Iterator<Item = MessageNumber>,
        refused: &mut dyn FnMut(MessageNumber, &Refusal),
    ) -> Result<()> {
        loop {
            while self.has_room(0) {
                let Some(number) = numbers.next() else { break };
                self.dele(number)?;
            }
            self.flush()?;
            if self.outstanding() == 0 {
                return Ok(());
            }
            if let Reply::Dele(number, Err(refusal)) = self.next_reply()? {
                refused(number, &refusal);
            }
        }
    }

    fn ask(&mut self, number: MessageNumber, expected: u64, extent: Extent) -> Result<()> {
        match extent {
            Extent::Whole => self.retr(number, expected),
            Extent::Top(lines) => self.top(number, lines, expected),
        }
    }
}

fn too_long(number: MessageNumber, limit: u64) -> Error {
    Error::new(Kind::Protocol, format!("message {number} does not end within {limit} octets"))
        .hint("max-size in the configuration file, or in the environment, raises this limit")
}

/// A top is much smaller than its message: a header, and lines of usual length.
fn expected(octets: u64, extent: Extent) -> u64 {
    match extent {
        Extent::Whole => octets,
        Extent::Top(lines) => octets.min(USUAL_HEADER + u64::from(lines) * USUAL_LINE),
    }
}

const USUAL_HEADER: u64 = 8 * 1024;
const USUAL_LINE: u64 = 80;
