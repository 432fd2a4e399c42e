//! Messages to standard output, or into a Maildir, at constant memory: for `top`, `retr` and `dump`. Nothing is recorded,
//! nothing is deleted.

use std::sync::Arc;

pub(in crate::commands) use self::folder::Folder;
pub(in crate::commands) use self::form::{Output, OutputForm};
use super::entries::{Entries, Entry};
use super::mailbox::{MailboxSession, Uids, refused};
use crate::cli::GlobalArgs;
use crate::client::{Extent, Part, Refusal};
use crate::error::{Error, Kind, Result};
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
    /// The same where a message broke off: takes its beginning back if that is possible. Says whether nothing but whole
    /// messages is left.
    fn cut_back(&mut self) -> Result<bool> {
        self.finish().map(|()| false)
    }
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
/// error says how many were whole.
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
    let progress = Progress::begin(&label, entries, console);
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
            let only_whole = to.cut_back().unwrap_or(false); // the first error is the reason
            let left = if only_whole { "; the output was cut back to these" } else { "" };
            return Err(error.during(format!("{} of {} messages were whole{left}", ended.whole, entries.len())));
        }
    }
    Ok(ended)
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
    fn begin(label: &str, entries: &Entries, console: &Arc<Console>) -> Self {
        if console.prints_to_terminal() {
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
