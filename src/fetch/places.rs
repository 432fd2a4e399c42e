//! Is a place still the one into which earlier runs delivered? A disk that is not mounted, a folder that was moved or put
//! in the place of another one must not be taken for it: what is deleted from the server would be nowhere.

use super::Job;
use crate::deliver::{Identity, Presence, Record, Target};
use crate::error::{Cause, Error, Kind, Result};
use crate::state::{Ledger, Mailbox, PastDestination};

/// Checks a place of this job, before the login and in every mode. Says whether it is ready; one that is not is made by
/// [`make`] when there is something to deliver: a run whose login fails leaves no empty one behind.
pub(super) fn check(job: &Job<'_>, target: &Target, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<bool> {
    if matches!(target, Target::HandOver(_)) {
        return Ok(true); // nobody is asked before there is something to hand over
    }
    let is_used = ledger.place(target)?.is_some_and(|known| known.is_used);
    let waits = || Ok::<_, Error>(target.is_vacant()? && !has_staged(target, ledger, mailbox)?);
    if !is_used && !job.policy.dry_run && waits()? {
        return Ok(false);
    }
    check_and_mark(job, target, ledger, mailbox)?;
    Ok(true)
}

/// Makes and marks a place of this job, before the first message is staged, if [`check`] has not.
pub(super) fn make(job: &Job<'_>, target: &Target, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<()> {
    let is_marked = ledger.place(target)?.is_some_and(|known| known.identity.is_some());
    if matches!(target, Target::HandOver(_)) || is_marked && !target.is_vacant()? {
        return Ok(());
    }
    // Something else may be there by now.
    check_and_mark(job, target, ledger, mailbox)
}

/// What an interrupted run has left for this place.
fn has_staged(target: &Target, ledger: &Ledger, mailbox: &Mailbox) -> Result<bool> {
    Ok(ledger.staged(mailbox)?.iter().any(|row| row.placement.is_staged() && row.placement.target() == *target))
}

fn check_and_mark(job: &Job<'_>, target: &Target, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<()> {
    let known = ledger.place(target)?;
    let presence = target.look(record(known.as_ref()), &mailbox.tag)?;
    let is_used = known.as_ref().is_some_and(|known| known.is_used);
    let is_gone = is_used && presence != Presence::There;
    if is_gone && !job.policy.all {
        return Err(gone(target, presence));
    }
    if known.is_none() && !job.policy.all && !ledger.has_history(mailbox)? && target.lists(&mailbox.key)? {
        return Err(without_history(target, mailbox));
    }
    if job.policy.dry_run {
        return Ok(());
    }
    if let Some(known) = known.as_ref().filter(|_| is_gone) {
        // Forgotten before the new one is made: a run that comes only halfway must not leave the rest to be deleted.
        ledger.forget_delivered_into(mailbox, known.id)?;
    }
    mark(job, target, ledger, mailbox, known.as_ref(), is_gone)
}

/// Three steps, each of which may be the last of a run: the ledger knows that the place is being marked; the place is
/// marked; the ledger knows by what.
fn mark(
    job: &Job<'_>,
    target: &Target,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    known: Option<&PastDestination>,
    anew: bool,
) -> Result<()> {
    if known.is_none() {
        ledger.begin_place(target)?;
    }
    // Listed already, unless somebody removed the mark.
    let has_delivered = known.map_or(Ok(false), |known| ledger.uses(mailbox, known.id))? && !anew;
    let identity = target.mark(record(known), has_delivered.then_some(mailbox.key.as_str()), anew)?;
    if known.is_some_and(|known| known.identity.as_ref() == Some(&identity)) {
        return Ok(());
    }
    // What cannot be used is no place of ours.
    drop(target.open(&job.delivery_context(mailbox))?);
    if !target.can_sync_entries()? {
        job.reporter.warn(&without_sync(target));
    }
    ledger.note_place(mailbox, target, &identity).map(drop)
}

/// A place into which this mailbox has delivered nothing yet: its mark does not list the mailbox, so that a run that
/// comes to nothing leaves nothing that a later one could take for mail.
pub(super) struct FirstUse<'a> {
    target: &'a Target,
    identity: Identity,
}

impl<'a> FirstUse<'a> {
    /// Nothing, if the mailbox has delivered there before.
    pub(super) fn of(target: &'a Target, ledger: &Ledger, mailbox: &Mailbox) -> Result<Option<Self>> {
        let Some(known) = ledger.place(target)? else { return Ok(None) };
        let is_used = ledger.uses(mailbox, known.id)?;
        Ok(known.identity.filter(|_| !is_used).map(|identity| Self { target, identity }))
    }

    /// Before the ledger records the first message.
    pub(super) fn note(self, mailbox: &Mailbox) -> Result<()> {
        self.target.mark(Record::Known(&self.identity), Some(&mailbox.key), false).map(drop)
    }
}

/// Is what the ledger knows of a place there?
pub(super) fn is_there(place: &PastDestination, mailbox: &Mailbox) -> Result<bool> {
    Ok(place.target.look(record(Some(place)), &mailbox.tag)? == Presence::There)
}

fn record(known: Option<&PastDestination>) -> Record<'_> {
    match known {
        Some(PastDestination { is_used: true, identity: Some(identity), .. }) => Record::Known(identity),
        Some(PastDestination { is_used: true, identity: None, .. }) => Record::Unmarked,
        _ => Record::New,
    }
}

fn gone(target: &Target, presence: Presence) -> Error {
    let shown = target.to_string();
    let (kind, what) = match target {
        Target::Maildir(_) => ("Maildir", "is not the Maildir into which mail was delivered before"),
        Target::Mbox(_) => ("mbox", "is not in the folder in which it was before"),
        Target::EmlDir(_) | Target::HandOver(_) => ("folder", "is not the folder into which mail was delivered before"),
    };
    let text = match presence {
        Presence::Missing => format!("{shown} is missing: mail was delivered into this {kind} before"),
        Presence::There | Presence::Another => format!("{shown} {what}"),
    };
    Error::new(Kind::CannotCreate, text).hint(format!(
        "is its disk mounted? If it was moved, `mailhaul state moved OLD NEW` says where to; with --all {shown} is taken \
         for a new one, and everything on the server is fetched again"
    ))
}

fn without_history(target: &Target, mailbox: &Mailbox) -> Error {
    let shown = target.to_string();
    let key = crate::escape::text(mailbox.key.as_bytes());
    let text =
        format!("{shown} has mail of {key}, but the ledger knows nothing of it: it may have been emptied or lost");
    Error::new(Kind::Protocol, text).because(Cause::NoHistory).hint(
        "restore the ledger from a copy; or mark what is on the server as known with `mailhaul state seen SOURCE`; or \
         fetch everything again, with --all",
    )
}

fn without_sync(target: &Target) -> String {
    format!(
        "the file system of {} cannot make the entries of folders durable: a power cut may undo a delivery. Whoever deletes \
         from the server at once should deliver to another file system",
        target
    )
}
