//! APPEND: one message, or several in one command (RFC 3502), streamed from their files.

use super::client::{APPEND, Asked, ImapClient};
use super::parcel::Parcel;
use super::response::{Condition, ImapStatus};
use crate::error::{Error, Result};

/// Where messages go, and what they are marked with: parts of a command that cannot hold anything bad.
pub(super) struct AppendTo<'a> {
    /// Quoted.
    pub(super) folder: &'a str,
    /// `(\Seen)`, with a blank before it; empty without flags.
    pub(super) flags: &'a str,
}

/// How an APPEND ended.
pub(super) struct Ended {
    pub(super) status: ImapStatus,
    /// May the connection be used for more? Not if octets of a message could be taken for commands.
    pub(super) is_usable: bool,
}

/// Sends the command and returns its answer. `trusts` says that the server has taken such a command before in this
/// session, up to a literal at least.
///
/// Some servers answer BAD to a flag or a date that they do not like, and go on reading behind it: then the text of a
/// message that was sent without waiting is executed. So the first literal of a session waits for the server's word, flags
/// and dates have but one form, and a connection on which the answer came before the command was over, or was BAD behind a
/// literal that had not waited, is not used any more.
pub(super) fn append(
    client: &mut ImapClient,
    place: &AppendTo<'_>,
    parcels: &[&Parcel],
    trusts: bool,
) -> Result<Ended> {
    let tag = client.start(APPEND);
    let mut command = AppendCommand { client, tag, out: Vec::with_capacity(2 * PIECE), has_followed: false };
    command.out.extend_from_slice(format!("{} APPEND {}", command.tag, place.folder).as_bytes());
    let mut may_follow = trusts;
    for parcel in parcels {
        if let Some(ended) = command.add(place, parcel, may_follow)? {
            return Ok(ended);
        }
        may_follow = true;
    }
    command.out.extend_from_slice(b"\r\n");
    command.send()?;
    let status = command.client.answer(&command.tag, &mut |_| Ok(()))?;
    let is_usable = status.condition != Condition::Bad || !command.has_followed;
    Ok(Ended { status, is_usable })
}

struct AppendCommand<'a> {
    client: &'a mut ImapClient,
    tag: String,
    /// What is to be sent.
    out: Vec<u8>,
    /// Has a literal been sent without waiting?
    has_followed: bool,
}

impl AppendCommand<'_> {
    /// Sends one message; says how the command has ended, if the server does not want the rest of it.
    fn add(&mut self, place: &AppendTo<'_>, parcel: &Parcel, may_follow: bool) -> Result<Option<Ended>> {
        let follows = may_follow && self.client.capabilities.lets_follow(parcel.octets);
        let date = parcel.date.as_ref().map_or(String::new(), |date| format!(" \"{date}\""));
        let plus = if follows { "+" } else { "" };
        let head = format!("{}{date} {{{}{plus}}}\r\n", place.flags, parcel.octets);
        self.out.extend_from_slice(head.as_bytes());
        if follows {
            self.has_followed = true;
        } else {
            self.send()?;
            if let Asked::Over(status) = self.client.asked(&self.tag)? {
                let is_usable = status.condition != Condition::Bad || !self.has_followed;
                return unless_ok(status, is_usable).map(Some);
            }
        }
        let mut early = None;
        parcel.send(&mut |octets| {
            if early.is_none() {
                self.out.extend_from_slice(octets);
                if self.out.len() >= PIECE {
                    self.send()?;
                    early = self.client.early_answer(&self.tag)?;
                }
            }
            Ok(())
        })?;
        early.map(|status| unless_ok(status, false)).transpose()
    }

    fn send(&mut self) -> Result<()> {
        let sent = self.client.send(&self.out);
        self.out.clear();
        sent
    }
}

/// A server that says OK before it has everything cannot be believed.
fn unless_ok(status: ImapStatus, is_usable: bool) -> Result<Ended> {
    if status.is_ok() {
        return Err(Error::nonsense("the server says OK to an APPEND before it has the message"));
    }
    Ok(Ended { status, is_usable })
}

/// Octets that are sent at a time.
const PIECE: usize = 64 * 1024;
