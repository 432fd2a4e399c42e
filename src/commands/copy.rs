//! `mailhaul top`, `retr` and `dump`: messages to standard output, or into a Maildir, at constant memory. Nothing is
//! recorded, nothing is deleted.

use std::sync::Arc;

use serde::Serialize;

use self::folder::Folder;
use self::form::{Form, Output};
use super::mailbox::{Entry, Mailbox, Uids, refused};
use crate::cli::{DumpArgs, GlobalArgs, RetrArgs, TopArgs};
use crate::client::{Extent, Part, Refusal};
use crate::error::{Error, Kind, Result};
use crate::output::{AccountReporter, Console, Reporter, print_json};
use crate::proto::MessageNumber;

mod folder;
mod form;

/// `mailhaul top`
pub(super) fn top(args: &TopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if !args.message.is_single() {
        return Err(Error::new(Kind::Usage, "top shows one message, not a range").into());
    }
    let ended = Mailbox::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let mut entries = mailbox.select(std::slice::from_ref(&args.message), uids(global))?;
        entries.truncate(1); // of several copies under one unique-id
        let form = if global.json { Form::json() } else { Form::Raw };
        copy(mailbox, &entries, Extent::Top(args.lines), console, &mut Output::new(form, console))
    })?;
    Ok(ended.exit_code())
}

/// `mailhaul retr`
pub(super) fn retr(args: &RetrArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if args.mbox && global.json {
        return Err(Error::new(Kind::Usage, "--mbox and --json are two forms of output: one of them can be had").into());
    }
    let ended = Mailbox::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(&args.messages, uids(global))?;
        // A range is an mbox whatever it turns out to hold: a script must know beforehand what it gets.
        let is_one = entries.len() == 1 && matches!(&args.messages[..], [only] if only.is_single());
        let form = match (global.json, args.mbox || !is_one) {
            (true, _) => Form::json(),
            (false, true) => Form::mbox(),
            (false, false) => Form::Raw,
        };
        copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console))
    })?;
    Ok(ended.exit_code())
}

/// `mailhaul dump`
pub(super) fn dump(args: &DumpArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let ended = Mailbox::log_in(&args.source, &args.server, global, console)?.serve(|mut mailbox| {
        let entries = mailbox.select(&[], uids(global))?;
        let Some(dir) = &args.maildir else {
            let form = if global.json { Form::json() } else { Form::mbox() };
            return copy(mailbox, &entries, Extent::Whole, console, &mut Output::new(form, console));
        };
        let ended = copy(mailbox, &entries, Extent::Whole, console, &mut Folder::open(dir)?)?;
        if global.json {
            print_json(console, &DumpJson { source: &args.source, messages: entries.len(), copied: ended.whole });
        }
        Ok(ended)
    })?;
    Ok(ended.exit_code())
}

/// Only JSON shows unique-ids, so only it asks for them.
fn uids(global: &GlobalArgs) -> Uids {
    if global.json { Uids::Shown } else { Uids::Unused }
}

/// A place to copy messages to.
trait Copy {
    fn part(&mut self, entry: &Entry, part: &Part<'_>) -> Result<()>;
    fn finish(&mut self) -> Result<()>;
}

/// How it ended.
#[derive(Default)]
struct Ended {
    whole: usize,
    refused: usize,
    /// Of the refusals one at least may pass by itself.
    may_pass: bool,
}

/// Copies messages. One that is refused is named, and the others come all the same; when the connection breaks, the
/// error says how many were whole.
fn copy(
    mut mailbox: Mailbox,
    entries: &[Entry],
    extent: Extent,
    console: &Arc<Console>,
    to: &mut dyn Copy,
) -> Result<Ended> {
    mailbox.expect_many(entries.len())?;
    let mut ended = Ended::default();
    let label = mailbox.label.clone();
    let lacks_top = extent != Extent::Whole && !mailbox.client.capabilities().has("TOP");
    let progress = Progress::begin(&label, entries, console);
    let result = mailbox.client.download(&Entry::wanted(entries), extent, &mut |number, part| {
        to.part(entry(entries, number), &part)?;
        progress.part(&part);
        match part {
            Part::End => ended.whole += 1,
            Part::Refused(refusal) => {
                ended.refused += 1;
                ended.may_pass |= refusal.temporary;
                console.error(&not_given(number, refusal, lacks_top).at(&label));
            }
            Part::Begin | Part::Octets(_) => {}
        }
        Ok(())
    });
    progress.end();
    let finished = to.finish();
    match result.and(finished) {
        Ok(()) => mailbox.leave(),
        Err(error) if error.is_closed_pipe() => {} // whoever reads has seen enough
        Err(error) => {
            return Err(error.during(format!("{} of {} messages were whole", ended.whole, entries.len())));
        }
    }
    Ok(ended)
}

/// The entry of a message that was asked for: they are in the order of numbers.
fn entry(entries: &[Entry], number: MessageNumber) -> &Entry {
    let at = entries.binary_search_by_key(&number, |entry| entry.number);
    &entries[at.expect("a download speaks of what was wanted alone")]
}

fn not_given(number: MessageNumber, refusal: &Refusal, lacks_top: bool) -> Error {
    let error = refused(&format!("message {number}"), refusal);
    match lacks_top {
        true => error.hint("it does not list TOP among its capabilities; mailhaul retr shows whole messages"),
        false => error,
    }
}

impl Ended {
    /// Some messages failed: try later. All did, and for good: there is nothing to try.
    fn exit_code(&self) -> u8 {
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
    fn begin(label: &str, entries: &[Entry], console: &Arc<Console>) -> Self {
        if console.prints_to_terminal() {
            return Self(None);
        }
        let reporter = AccountReporter::new(label.to_owned(), Arc::clone(console));
        reporter.begin(entries.len() as u64, entries.iter().filter_map(|entry| entry.octets).sum());
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

/// What a dump into a Maildir has to tell.
#[derive(Serialize)]
struct DumpJson<'a> {
    source: &'a str,
    messages: usize,
    copied: usize,
}
