//! Replies come in the order of the commands, and nothing in them says which message they are. A server that answers one
//! command twice, or not at all, would shift all that follow. So replies are gathered in groups, and each group is closed
//! by UIDL of its last message: only when number and unique-id come back right do the replies before it count.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::failure::FailedMessage;
use super::identify::Told;
use super::life::{ListedMessage, StagedMessage};
use super::publisher::ReplyGroup;
use crate::client::{Answer, UidLine};

/// The group that is being gathered, and how far the next UIDL is.
pub(super) struct Ties {
    /// Came since the last UIDL that was answered.
    group: ReplyGroup,
    failed: Vec<FailedMessage>,
    /// Were asked for since the last UIDL that was sent.
    sent: usize,
    octets: u64,
    since: Option<Instant>,
    /// The message that was asked for last, and the last one that came.
    last: Option<ListedMessage>,
    last_came: Option<ListedMessage>,
    /// Messages of a group at most: it grows, so that a line that breaks each minute gets on, too.
    limit: usize,
    most: usize,
}

/// What the answer to UIDL says of the group before it.
pub(super) enum Tied {
    /// The replies belong to their messages.
    Yes(ReplyGroup, Vec<FailedMessage>),
    /// That message has gone; another one is to be asked for.
    AskFor(ListedMessage),
    /// They do not.
    No,
}

impl Ties {
    /// One more command costs a round trip where one is outstanding at a time, and next to nothing in a row.
    pub(super) fn new(in_a_row: bool) -> Self {
        Self {
            most: if in_a_row { IN_A_ROW } else { MOST },
            group: ReplyGroup::default(),
            failed: Vec::new(),
            sent: 0,
            octets: 0,
            since: None,
            last: None,
            last_came: None,
            limit: 1,
        }
    }

    /// A RETR or TOP was sent; the octets that are expected.
    pub(super) fn asked(&mut self, listed: &ListedMessage, octets: u64) {
        self.sent += 1;
        self.octets = self.octets.saturating_add(octets);
        self.since.get_or_insert_with(Instant::now);
        self.last = Some(listed.clone());
    }

    /// A message came.
    pub(super) fn came(&mut self, message: StagedMessage) {
        self.last_came = Some(message.listed.clone());
        self.group.messages.push(message);
    }

    /// TOP was answered, or refused.
    pub(super) fn told(&mut self, listed: ListedMessage, told: Told) {
        if told != Told::Refused {
            self.last_came = Some(listed.clone());
        }
        self.group.told.push((listed, told));
    }

    /// RETR was refused.
    pub(super) fn refused(&mut self, failed: FailedMessage) {
        self.failed.push(failed);
    }

    /// The message to close the group by, if it is large or old enough, or nothing else is to be asked for.
    pub(super) fn due(&mut self, nothing_else: bool) -> Option<ListedMessage> {
        let is_old = self.since.is_some_and(|since| since.elapsed() > OLD);
        let is_large = self.sent >= self.limit || self.octets >= LARGE;
        if self.sent == 0 || !(is_large || is_old || nothing_else) {
            return None;
        }
        (self.sent, self.octets, self.since) = (0, 0, None);
        self.limit = (self.limit * 2).min(self.most);
        self.last.take()
    }

    /// The answer to UIDL of `listed`. `alone` says that no other command can have been outstanding since the group began.
    pub(super) fn answered(&mut self, listed: &ListedMessage, answer: &Answer<UidLine>, alone: bool) -> Tied {
        let is_right = match answer {
            Ok(line) => line.says(listed.number, &listed.key.uid),
            // A refusal is an answer to UIDL and to nothing before it, where nothing else was sent.
            Err(_) if alone || self.nothing_came() => true,
            Err(_) => match self.last_came.take().filter(|came| came.number != listed.number) {
                Some(came) => return Tied::AskFor(came),
                None => false,
            },
        };
        if !is_right {
            return Tied::No;
        }
        self.last_came = None;
        Tied::Yes(std::mem::take(&mut self.group), std::mem::take(&mut self.failed))
    }

    /// Then no reply can have been another one's.
    fn nothing_came(&self) -> bool {
        self.group.messages.is_empty() && self.group.told.iter().all(|(_, told)| *told == Told::Refused)
    }

    /// Does something wait for its UIDL?
    pub(super) fn is_open(&self) -> bool {
        self.sent > 0
    }

    /// What has come before the line broke, where one command was outstanding at a time: a reply that comes twice shows as
    /// a message that comes twice, and from there on nothing is known.
    pub(super) fn before_the_break(&mut self) -> ReplyGroup {
        let mut prints = HashSet::new();
        let messages = std::mem::take(&mut self.group).messages;
        let messages = messages.into_iter().take_while(|message| prints.insert(message.print)).collect();
        ReplyGroup { messages, ..ReplyGroup::default() }
    }

    /// What no reply belongs to: questions that were not sent.
    pub(super) fn unsent(&mut self) -> Option<ReplyGroup> {
        let is_unsent = self.sent == 0 && !self.group.told.is_empty();
        is_unsent.then(|| std::mem::take(&mut self.group))
    }
}

/// Messages of a group at most: what is lost when a session ends before the group does.
const IN_A_ROW: usize = 4;

/// The same, where one command is outstanding at a time.
const MOST: usize = 64;

/// Octets that a group has by the sizes of LIST, at most; but for one message.
const LARGE: u64 = 1024 * 1024;

/// A group that is older is closed, so that a slow line gets on.
const OLD: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
