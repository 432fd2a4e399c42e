//! Before a mailbox is fetched into a place that has had none of its messages: what was delivered elsewhere is said, and
//! the first deletion is asked for where somebody is there to answer.

use std::fmt;
use std::os::unix::fs::MetadataExt;

use super::Job;
use super::plan::Plan;
use crate::deliver::Target;
use crate::error::Result;
use crate::output::{count, duration};
use crate::private;
use crate::state::{DestinationId, Ledger, Mailbox};
use crate::until::Until;

/// Messages that are on the server and were delivered into another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    place: DestinationId,
    target: Target,
    messages: u64,
}

impl Elsewhere {
    /// How many they are.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// `12 were delivered before to`
    pub fn were_delivered(&self) -> String {
        format!("{} {} delivered before to", self.messages, if self.messages == 1 { "was" } else { "were" })
    }
}

impl fmt::Display for Elsewhere {
    /// The path, escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.target)
    }
}

/// Where the listed messages are, if the job's place has had none of this mailbox. `None`: it has.
pub(super) fn elsewhere(
    job: &Job<'_>,
    ledger: &Ledger,
    mailbox: &Mailbox,
    plan: &Plan,
) -> Result<Option<Vec<Elsewhere>>> {
    for target in job.targets {
        if let Some(place) = ledger.place(target)?
            && ledger.uses(mailbox, place.id)?
        {
            return Ok(None);
        }
    }
    let mut others = Vec::new();
    for (place, target, messages) in ledger.delivered_elsewhere(mailbox)? {
        for here in job.targets {
            if is_same(&target, here)? {
                return Ok(None);
            }
        }
        others.push(Elsewhere { place, target, messages });
    }
    if job.policy.dry_run && !others.is_empty() {
        // The ledger is not told of the listing.
        for key in &plan.changes.vanished {
            let places = ledger.deliveries(mailbox, key)?;
            let gone = others.iter_mut().filter(|other| places.contains(&other.place));
            gone.for_each(|other| other.messages = other.messages.saturating_sub(1));
        }
    }
    others.retain(|other| other.messages > 0);
    Ok(Some(others))
}

/// The same place under another name, as through a symbolic link.
fn is_same(one: &Target, other: &Target) -> Result<bool> {
    let (Some(one), Some(other)) = (one.path(), other.path()) else { return Ok(one == other) };
    let (Some(one), Some(other)) = (private::look(one)?, private::look(other)?) else { return Ok(false) };
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

/// May this run delete? Asked before the first deletion of a mailbox that has delivered nothing into this place.
pub(super) fn is_given(job: &Job<'_>, plan: &Plan, elsewhere: &[Elsewhere], until: &Until) -> Result<bool> {
    match going(job, plan, elsewhere) {
        0 => Ok(true),
        messages => job.reporter.confirm(&question(job, messages, elsewhere), until),
    }
}

/// Remembers of an mbox that had messages of this mailbox that it is not there: recovery makes it anew. Its reader may have
/// removed it, as readers do; or somebody who has tried the program, and believes that the messages will come again.
pub(super) fn note_removed_mbox(job: &Job<'_>, ledger: &mut Ledger, mailbox: &Mailbox) -> Result<()> {
    for target in job.targets {
        let Target::Mbox(file) = target else { continue };
        if job.policy.dry_run || private::look(file)?.is_some() {
            continue;
        }
        if let Some(place) = ledger.place(target)?
            && ledger.uses(mailbox, place.id)?
            && !ledger.is_missing(mailbox, place.id)?
        {
            ledger.note_missing(mailbox, place.id, true)?;
        }
    }
    Ok(())
}

/// May this run delete what was in an mbox that was removed meanwhile? Once it may, that is so.
pub(super) fn is_given_for_removed_mbox(
    job: &Job<'_>,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    plan: &Plan,
    until: &Until,
) -> Result<bool> {
    let messages = plan.deletions().count() as u64;
    for target in job.targets.iter().filter(|target| messages > 0 && matches!(target, Target::Mbox(_))) {
        let Some(place) = ledger.place(target)? else { continue };
        if !ledger.is_missing(mailbox, place.id)? {
            continue;
        }
        let what = count(messages, "message");
        let text = format!(
            "{what} of earlier runs will be deleted from the server, and {target} was removed meanwhile. Go on?"
        );
        if !job.reporter.confirm(&text, until)? {
            return Ok(false);
        }
        ledger.note_missing(mailbox, place.id, false)?;
    }
    Ok(true)
}

/// How many messages of the listing will be deleted, now or when their time has come.
fn going(job: &Job<'_>, plan: &Plan, elsewhere: &[Elsewhere]) -> u64 {
    let to_come = plan.fetch.iter().chain(&plan.unsampled).chain(&plan.ask);
    match (job.policy.delete, job.policy.delete_after) {
        (true, _) => to_come.filter(|listed| listed.delete).count() as u64 + plan.delete.len() as u64,
        (false, Some(_)) => {
            let new = to_come.filter(|listed| listed.row.is_none()).count() as u64;
            // What is due now may be of another program's history, which says nothing of places.
            let due = plan.deletions().count() as u64;
            new + elsewhere.iter().map(|other| other.messages).sum::<u64>().max(due)
        }
        (false, None) => 0,
    }
}

fn question(job: &Job<'_>, messages: u64, elsewhere: &[Elsewhere]) -> String {
    let what = count(messages, "message");
    let stored = match elsewhere {
        [] => format!("once stored in {}", job.destination()),
        _ => "once stored".to_owned(), // not all of them here
    };
    let time = job.policy.delete_after.filter(|_| !job.policy.delete);
    let time = time.map_or(String::new(), |time| format!(" for {}", duration(time)));
    let before: String = elsewhere.iter().map(|other| format!("; {} {other}", other.were_delivered())).collect();
    format!("{what} will be deleted from the server {stored}{time}{before}. Go on?")
}
