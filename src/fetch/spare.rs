//! What was delivered into a place that is not there any more is not deleted from the server.

use std::collections::HashSet;

use super::Job;
use super::places::is_there;
use super::plan::Plan;
use crate::deliver::Target;
use crate::error::Result;
use crate::private;
use crate::state::{Key, Ledger, Mailbox, PastDestination};

/// Takes out of a plan the deletion of what was delivered into a place that is not there. It is said aloud when a place
/// has gone since the last run, and later only to who wants to know.
pub(super) fn spare(
    job: &Job<'_>,
    works: impl Fn(&Target) -> bool,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    plan: &mut Plan,
) -> Result<()> {
    if plan.deletions().next().is_none() {
        return Ok(());
    }
    let others = ledger.destinations()?.into_iter().filter(|place| !works(&place.target));
    for place in others {
        let is_missing = !holds_its_mail(&place, mailbox)?;
        let was_missing = ledger.is_missing(mailbox, place.id)?;
        if is_missing {
            let mut keys: HashSet<Key> = HashSet::new();
            for key in plan.deletions() {
                if ledger.deliveries(mailbox, key)?.contains(&place.id) {
                    keys.insert(key.clone());
                }
            }
            if keys.is_empty() {
                continue;
            }
            let text = spared(&place.target, plan.spare(&keys));
            if was_missing { job.reporter.note(&text) } else { job.reporter.warn(&text) }
        }
        if is_missing != was_missing && !job.policy.dry_run {
            ledger.note_missing(mailbox, place.id, is_missing)?;
        }
    }
    Ok(())
}

/// Is what was delivered into another place still there? An mbox that is gone was perhaps moved: people do that.
fn holds_its_mail(place: &PastDestination, mailbox: &Mailbox) -> Result<bool> {
    let is_gone = match &place.target {
        Target::Mbox(file) => private::look(file)?.is_none(),
        Target::Maildir(_) | Target::EmlDir(_) | Target::HandOver(_) => false,
    };
    Ok(!is_gone && is_there(place, mailbox)?)
}

fn spared(target: &Target, messages: usize) -> String {
    format!(
        "{} is not there any more: {messages} messages that were delivered into it are not deleted from the server. \
         Put it back, or say where it is by `mailhaul state moved OLD NEW`; or fetch again what the server has, with --all",
        target
    )
}
