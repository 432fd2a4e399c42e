//! The messages of a folder that may be those that are looked for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::client::FETCH;
use super::parcel::{Essence, EssenceTaker, Parcel};
use super::response::{Datum, named};
use super::session::FolderSession;
use super::sought::Sought;
use crate::error::{Error, Result};
use crate::fingerprint::{Fingerprint, Taker};
use crate::headers::MAX_HEADER;

/// Messages of the folder that is open, by UID.
#[derive(Default)]
pub(super) struct Candidates {
    messages: BTreeMap<u64, Candidate>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Candidate {
    /// As it goes over the line: RFC822.SIZE counts CRLF.
    octets: u64,
    print: Print,
    /// It is one of those that were looked for.
    is_taken: bool,
}

/// What the size of a message must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// As it was sent.
    Same,
    /// It does not matter: a server may have rewritten the message.
    Any,
}

/// What is known of what a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Print {
    /// It was not asked for.
    #[default]
    Unread,
    /// The header is not enough: the whole message counts, and has not been read.
    OfWhole,
    Known(Fingerprint),
    Whole(Essence),
}

impl Candidates {
    /// All messages from this UID on, with their sizes.
    pub(super) fn since(session: &mut FolderSession, from: u64) -> Result<Self> {
        let mut folder = Self::default();
        folder.fetch(session, &format!("{from}:*"), "(UID RFC822.SIZE)")?;
        folder.messages.retain(|&uid, _| uid >= from); // N:* names the last message even below N
        Ok(folder)
    }

    /// These messages.
    pub(super) fn of(session: &mut FolderSession, uids: &[u64]) -> Result<Self> {
        let mut folder = Self::default();
        for some in uids.chunks(AT_ONCE) {
            folder.fetch(session, &set(some), "(UID RFC822.SIZE)")?;
        }
        folder.messages.retain(|uid, _| uids.contains(uid));
        Ok(folder)
    }

    /// Reads the headers of those that may be wanted: of all, if they are not too many; else of those that have the size.
    pub(super) fn read(&mut self, session: &mut FolderSession, wanted: &[Sought]) -> Result<()> {
        let are_few = self.messages.len() <= FEW;
        let has_size = |octets| wanted.iter().any(|wanted| wanted.parcel.may_have_size(octets));
        let may_be = self.messages.iter().filter(|(_, message)| are_few || has_size(message.octets));
        let uids: Vec<u64> = may_be.map(|(&uid, _)| uid).collect();
        for some in uids.chunks(AT_ONCE) {
            self.fetch(session, &set(some), &format!("(UID RFC822.SIZE BODY.PEEK[HEADER]<0.{MAX_HEADER}>)"))?;
        }
        Ok(())
    }

    /// Takes one out that is the same as this one, and has such a UID; says whether there was one.
    pub(super) fn take(&mut self, session: &mut FolderSession, parcel: &Parcel, from: u64, size: Size) -> Result<bool> {
        let print = if parcel.fingerprint.is_whole() {
            self.read_whole(session, parcel, from)?;
            Print::Whole(parcel.essence()?)
        } else {
            Print::Known(parcel.fingerprint)
        };
        let is_it = |message: &Candidate| {
            let has_size = size == Size::Any || message.octets == parcel.octets;
            !message.is_taken && message.print == print && has_size
        };
        let found = self.messages.range_mut(from..).map(|(_, message)| message).find(|message| is_it(message));
        Ok(found.map(|message| message.is_taken = true).is_some())
    }

    /// Reads those that can only be compared whole, and may be this one.
    fn read_whole(&mut self, session: &mut FolderSession, parcel: &Parcel, from: u64) -> Result<()> {
        for (&uid, message) in self.messages.range_mut(from..) {
            if message.print == Print::OfWhole && parcel.may_have_size(message.octets) {
                message.print = Print::Whole(essence(session, uid, message.octets)?);
            }
        }
        Ok(())
    }

    /// Is there a UID between the two, without the second one, that no message has? Not to know the second one is not to know.
    pub(super) fn lacks_some(&self, from: u64, to: u64) -> bool {
        let there = self.messages.range(from..).take_while(|(uid, _)| **uid < to).count();
        to == 0 || (there as u64) < to.saturating_sub(from)
    }

    fn fetch(&mut self, session: &mut FolderSession, uids: &str, items: &str) -> Result<()> {
        let status = session.client.command(FETCH, &format!("{uids} {items}"), &mut |values| {
            let [_, fetch, Datum::List(list)] = values else { return Ok(()) };
            let Some(uid) = named(list, "UID").and_then(Datum::number).filter(|_| fetch.is("FETCH")) else {
                return Ok(());
            };
            if self.messages.len() >= MOST && !self.messages.contains_key(&uid) {
                return Err(Error::nonsense("the folder has more messages than can be looked through"));
            }
            let message = self.messages.entry(uid).or_default();
            if let Some(octets) = named(list, "RFC822.SIZE").and_then(Datum::number) {
                message.octets = octets;
            }
            if let Some(header) = section(list, "BODY[HEADER]") {
                let mut taker = Taker::default();
                taker.push(header);
                message.print = taker.finish_header().map_or(Print::OfWhole, Print::Known);
            }
            Ok(())
        })?;
        if status.is_ok() { Ok(()) } else { Err(refused(&status.shown())) }
    }
}

/// What a whole message is; it comes in pieces, so that none of them is large.
fn essence(session: &mut FolderSession, uid: u64, octets: u64) -> Result<Essence> {
    let (mut taker, mut at) = (EssenceTaker::default(), 0);
    while at < octets {
        let mut got = 0;
        let items = format!("{uid} (UID BODY.PEEK[]<{at}.{PIECE}>)");
        let status = session.client.command(FETCH, &items, &mut |values| {
            let [_, fetch, Datum::List(list)] = values else { return Ok(()) };
            let is_it = fetch.is("FETCH") && named(list, "UID").and_then(Datum::number) == Some(uid);
            if let Some(piece) = section(list, "BODY[]").filter(|_| is_it && got == 0) {
                taker.push(piece);
                got = piece.len() as u64;
            }
            Ok(())
        })?;
        if !status.is_ok() {
            return Err(refused(&status.shown()));
        }
        if got == 0 {
            break; // it has gone, or is shorter than it was said to be: it is another one
        }
        at += got;
    }
    Ok(taker.finish())
}

/// `BODY[..]`, also as `BODY[..]<0>`.
fn section<'a>(list: &'a [Datum], name: &str) -> Option<&'a [u8]> {
    let is_it = |key: &Datum| {
        let key = key.text().unwrap_or_default();
        let end = memchr::memchr(b']', key).map_or(key.len(), |end| end + 1);
        key[..end].eq_ignore_ascii_case(name.as_bytes())
    };
    list.chunks_exact(2).find(|pair| is_it(&pair[0])).and_then(|pair| pair[1].text())
}

/// UIDs for a command, neighbours as a range.
fn set(uids: &[u64]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < uids.len() {
        let first = uids[at];
        while at + 1 < uids.len() && uids[at + 1] == uids[at] + 1 {
            at += 1;
        }
        let comma = if text.is_empty() { "" } else { "," };
        let last = if uids[at] == first { String::new() } else { format!(":{}", uids[at]) };
        write!(text, "{comma}{first}{last}").expect("a String takes every write");
        at += 1;
    }
    text
}

fn refused(why: &str) -> Error {
    Error::new(crate::error::Kind::TryLater, format!("the server does not show what is in the folder: {why}"))
}

/// Messages whose headers are all read.
const FEW: usize = 2000;

/// Messages that are asked for by one command.
const AT_ONCE: usize = 200;

/// Messages of a folder: their sizes are kept in memory.
const MOST: usize = 2_000_000;

/// Octets of a piece of a message.
const PIECE: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_range() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[5]), "5");
        assert_eq!(set(&[]), "");
    }

    #[test]
    fn a_uid_that_is_missing_is_a_gap() {
        let folder =
            |uids: &[u64]| Candidates { messages: uids.iter().map(|&uid| (uid, Candidate::default())).collect() };
        assert!(!folder(&[5, 6, 7]).lacks_some(5, 8));
        assert!(folder(&[5, 7]).lacks_some(5, 8) && folder(&[5, 6]).lacks_some(5, 8));
        assert!(!folder(&[5, 6, 9]).lacks_some(5, 7), "what came after the look does not count");
        assert!(folder(&[5, 8]).lacks_some(5, 7), "nor does it fill a gap");
        assert!(folder(&[5]).lacks_some(5, 0));
    }
}
