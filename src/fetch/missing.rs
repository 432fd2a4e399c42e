//! Places where earlier runs delivered, and which are not there any more: a folder of a trial, a disk that is not
//! mounted. What was delivered into them may be nowhere else, so it is not deleted from the server.

use super::Job;
use super::plan::Plan;
use crate::deliver::Target;
use crate::error::{Error, Kind, Result};
use crate::state::{Ledger, Mailbox};

/// Takes out of a plan what would be deleted and was delivered into such a place. It is said aloud when a place has gone
/// since the last run, and later only to who wants to know.
pub(super) fn spare(job: &Job<'_>, ledger: &mut Ledger, mailbox: &Mailbox, plan: &mut Plan) -> Result<()> {
    let places = plan.places();
    if places.is_empty() {
        return Ok(());
    }
    for place in ledger.destinations()?.iter().filter(|place| places.contains(&place.id)) {
        let is_missing = !place.target.is_there();
        let was_missing = ledger.is_missing(mailbox, place.id)?;
        if is_missing {
            let text = spared(&place.target, plan.spare(place.id));
            match was_missing {
                true => job.reporter.note(&text),
                false => job.reporter.warn(&text),
            }
        }
        if is_missing != was_missing && !job.policy.dry_run {
            ledger.note_missing(mailbox, place.id, is_missing)?;
        }
    }
    Ok(())
}

/// A Maildir of this job into which messages were delivered, of whichever mailbox, and which is not there, must not be made
/// anew: the next run would take it for the old one and delete. With `--all` what was in it is forgotten first: a run that
/// comes only halfway must not leave the rest to be deleted. An mbox may be gone, as people and mail readers move and
/// remove them.
pub(super) fn refuse_to_replace(job: &Job<'_>, ledger: &mut Ledger) -> Result<()> {
    let Target::Maildir(dir) = job.target else { return Ok(()) };
    if job.target.is_there() {
        return Ok(());
    }
    let dir = std::path::absolute(dir).map_err(|error| Error::io("use", dir, error))?;
    let target = Target::Maildir(dir.clone());
    let mut delivered = 0;
    for place in ledger.destinations()?.iter().filter(|place| place.target == target) {
        match job.policy.all {
            true => ledger.forget_delivered_into(place.id)?,
            false => delivered += ledger.delivered_into(place.id)?,
        }
    }
    if delivered == 0 {
        return Ok(());
    }
    let shown = crate::escape::path(&dir);
    let text =
        format!("{shown} is missing, and {delivered} messages that are still on a server were delivered into it");
    Err(Error::new(Kind::CannotCreate, text).hint(format!(
        "mount its disk or put it back; if it is gone for good, --all fetches again what servers have, and with \
         `mkdir -p {shown}/cur` what was in it counts as delivered"
    )))
}

fn spared(target: &Target, messages: usize) -> String {
    format!(
        "{} is not there any more: {messages} messages that were delivered into it are not deleted from the server. \
         Put it back, or a symbolic link to where it went; or fetch again what the server has, with --all",
        crate::escape::path(target.path())
    )
}
