//! How many messages are known, gone and new: has the server given them new unique-ids?

use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;

/// Numbers of messages.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// On the server.
    listed: usize,
    /// On the server, with a row.
    pub(super) recognised: usize,
    /// On the server, without a row.
    pub(super) new: usize,
    /// Not on the server, and there at the last listing.
    gone_now: usize,
    /// Not on the server, and gone within the last day.
    gone_lately: usize,
    /// Not on the server, and gone before that.
    gone_before: usize,
    /// Of those that have gone now or lately: without a fingerprint.
    unprinted: usize,
    /// Of the same: those that TOP can recognise.
    tellable: usize,
}

impl Census {
    /// Of a listing of `listed` messages.
    pub(super) fn of(listed: usize) -> Self {
        Self { listed, ..Self::default() }
    }

    /// A message that we did not delete is not on the server.
    pub(super) fn gone(&mut self, vanished_for: Option<Duration>, print: Option<Fingerprint>) {
        match vanished_for {
            None => self.gone_now += 1,
            Some(age) if age < LATELY => self.gone_lately += 1,
            Some(_) => {
                self.gone_before += 1;
                return;
            }
        }
        self.unprinted += usize::from(print.is_none());
        self.tellable += usize::from(print.is_some_and(|print| !print.is_whole()));
    }

    /// Is there a message that may be listed under another unique-id?
    pub(super) fn has_gone(&self) -> bool {
        self.gone_now + self.gone_lately + self.gone_before > 0
    }

    /// Is little listed of what is known?
    pub(super) fn has_mostly_gone(&self) -> bool {
        self.recognised * 2 <= self.gone_now + self.gone_lately + self.gone_before
    }

    /// Has a good share of the known messages gone, and as many new ones come?
    pub(super) fn is_renumbered(&self) -> bool {
        let gone = self.gone_now + self.gone_lately;
        let known = self.recognised + gone;
        self.new >= FEW && gone >= FEW && gone * 5 >= known && self.new * 2 >= gone
    }

    /// Would TOP recognise what has gone, if that were listed under other unique-ids? Not where most of it is known only by
    /// the whole message.
    pub(super) fn is_tellable(&self) -> bool {
        self.tellable * 2 >= self.gone_now + self.gone_lately
    }

    /// Refuses to go on where nearly all known messages have gone, as many are new, and nothing could tell whether those
    /// are these.
    pub(super) fn refuse_unknowable(&self) -> Result<()> {
        // A maildrop that is empty for a moment while it is moved, and then as full as before, was not emptied.
        let came_back = self.listed * 5 >= self.gone_lately * 4 && self.listed <= self.gone_lately * 2;
        let gone = self.gone_now + if came_back { self.gone_lately } else { 0 };
        let known = self.recognised + gone;
        let most_are_gone = self.recognised * 10 <= known;
        let unknowable = self.unprinted * 2 > self.gone_now + self.gone_lately;
        if gone >= GUARDED && self.new >= GUARDED && most_are_gone && unknowable {
            Err(reset(gone, self.listed))
        } else {
            Ok(())
        }
    }
}

fn reset(gone: usize, listed: usize) -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "the server lists {listed} messages, and {gone} that it listed before are not among them: it seems to have \
             given all messages new unique-ids, as after a move"
        ),
    )
    .hint(
        "nothing was fetched. If these are the same messages, mark them as known with `mailhaul state seen SOURCE`; \
         if they are new ones, fetch them with `mailhaul state reset SOURCE` and another fetch",
    )
}

/// Messages from which on a share says something.
const FEW: usize = 4;

/// Messages from which the guard watches, on both sides.
const GUARDED: usize = 10;

/// A message that vanished so short a time ago may be back soon.
const LATELY: Duration = Duration::from_hours(24);
