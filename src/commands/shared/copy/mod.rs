//! Messages to standard output, or into a Maildir, at constant memory: for `top`, `retr` and `dump`. Nothing is recorded,
//! nothing is deleted.

use std::sync::Arc;

pub(in crate::commands) use self::folder::Folder;
pub(in crate::commands) use self::form::{Output, OutputForm};
use super::entries::{Entries, Entry};
use super::mailbox::{MailboxSession, Uids, refused};
use crate::cli::GlobalArgs;
use crate::client::{Extent, Part, Refusal};
use crate::error::{Cause, Error, Kind, Result};
use crate::output::{AccountReporter, Console, FewLines, Reporter, Topic};
use crate::proto::MessageNumber;

mod folder;
mod form;

/// Only JSON shows unique-ids, so only it asks for them.
pub(in crate::commands) fn uids(global: &GlobalArgs) -> Uids {
    if global.is_json() { Uids::Shown } else { Uids::Unused }
}

/// A place to copy messages to.
pub(in crate::commands) trait Copy {
    fn part(&mut self, entry: &Entry<'_>, part: &Part<'_>) -> Result<()>;
    fn finish(&mut self) -> Result<()>;
    /// The same where a message broke off: takes its beginning back if that is possible.
    fn cut_back(&mut self) -> Result<WhatIsLeft>;
    /// How many messages have arrived there for sure.
    fn complete(&self) -> usize;
    /// Does a bar on the terminal not mix with what is written there?
    fn is_apart(&self) -> bool;
    /// What to do next, if `error` should not say it itself.
    fn next_step(&self, _: &Error) -> Option<String> {
        None
    }
}

/// What a place to copy to holds after a message broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum WhatIsLeft {
    /// Complete messages, as always.
    Complete,
    /// The same, as the beginning of one was cut off.
    CutBack,
    /// The beginning of a message, too.
    Incomplete,
}

/// How it ended.
#[derive(Default)]
pub(in crate::commands) struct Copied {
    pub(in crate::commands) whole: usize,
    refused: usize,
    /// Of the refusals one at least may pass by itself.
    may_pass: bool,
}

/// Copies messages. One that is refused is named, and the others come all the same; when the connection breaks, the
/// error says how many are complete.
pub(in crate::commands) fn copy(
    mut mailbox: MailboxSession,
    entries: &Entries,
    extent: Extent,
    console: &Arc<Console>,
    to: &mut dyn Copy,
) -> Result<Copied> {
    mailbox.expect_many(entries.len())?;
    let mut ended = Copied::default();
    let label = mailbox.label.clone();
    let lacks_top = extent != Extent::Whole && !mailbox.client.capabilities().has("TOP");
    let mut refusals = FewLines::default();
    let progress = Progress::begin(&label, entries, &*to, console);
    let limit = mailbox.largest_message();
    let result = mailbox.client.download(&mut entries.wanted(), extent, limit, &mut |number, part| {
        to.part(&entries.get(number), &part)?;
        progress.part(&part);
        match part {
            Part::End => ended.whole += 1,
            Part::Refused(refusal) => {
                ended.refused += 1;
                ended.may_pass |= refusal.temporary;
                refusals.error(console, Topic::NotFetched, &not_given(number, refusal, lacks_top).at(&label));
            }
            Part::Begin | Part::Octets(_) => {}
        }
        Ok(())
    });
    progress.end();
    refusals.end(console, Topic::NotFetched, &label);
    match result.and_then(|()| to.finish()) {
        Ok(()) => mailbox.leave(),
        Err(error) if error.is_closed_pipe() => {} // whoever reads has seen enough
        Err(error) => {
            let left = to.cut_back().unwrap_or(WhatIsLeft::Incomplete); // the first error is the reason
            return Err(broken_off(error, left, entries.len(), to));
        }
    }
    Ok(ended)
}

fn broken_off(error: Error, left: WhatIsLeft, asked: usize, to: &dyn Copy) -> Error {
    let left = match left {
        WhatIsLeft::Complete => "",
        WhatIsLeft::CutBack => "; the output was cut back to these",
        WhatIsLeft::Incomplete => "; the output is incomplete",
    };
    let (complete, step) = (to.complete(), to.next_step(&error));
    let count = format!("{complete} of {asked} messages {} complete{left}", if complete == 1 { "is" } else { "are" });
    let error = if error.cause() == Cause::Stopped { error.followed_by(count) } else { error.during(count) };
    step.into_iter().fold(error, Error::hint)
}

fn not_given(number: MessageNumber, refusal: &Refusal, lacks_top: bool) -> Error {
    let error = refused(&format!("message {number}"), refusal);
    if lacks_top {
        error.hint("it does not list TOP among its capabilities; mailhaul retr shows whole messages")
    } else {
        error
    }
}

impl Copied {
    /// Some messages failed: try later. All did, and for good: there is nothing to try.
    pub(in crate::commands) fn exit_code(&self) -> u8 {
        match self.refused {
            0 => 0,
            _ if self.whole > 0 || self.may_pass => Kind::TryLater.exit_code(),
            _ => Kind::Unavailable.exit_code(),
        }
    }
}

/// A bar for what takes long, where the messages themselves do not go to the terminal.
struct Progress(Option<AccountReporter>);

impl Progress {
    fn begin(label: &str, entries: &Entries, to: &dyn Copy, console: &Arc<Console>) -> Self {
        // Nor where they go into a pipe: what reads it may show them there.
        if !to.is_apart() {
            return Self(None);
        }
        let reporter = AccountReporter::new(label.to_owned(), Arc::clone(console));
        reporter.begin(entries.len() as u64, entries.octets());
        Self(Some(reporter))
    }

    fn part(&self, part: &Part<'_>) {
        match (&self.0, part) {
            (Some(reporter), Part::Octets(octets)) => reporter.octets(octets.len() as u64),
            (Some(reporter), Part::End) => reporter.message(),
            _ => {}
        }
    }

    fn end(&self) {
        self.0.iter().for_each(Reporter::end);
    }
}
