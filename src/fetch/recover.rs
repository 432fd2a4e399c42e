//! Before every fetch: what did a run that ended suddenly leave? Evidence decides, or it stays in doubt: the message is
//! still on the server.

use super::destination_set::DestinationSet;
use super::destinations::Destinations;
use super::life::{BatchPart, PublishedBatch};
use super::plan::Earlier;
use super::waiting::{WaitingMessages, adopt, presume};
use super::{Job, Tally, places};
use crate::deliver::{Destination, Found, Outbox, Placement, Target};
use crate::error::Result;
use crate::private;
use crate::state::{Ledger, Mailbox, StagedRow};

/// Finishes what was recorded and not published, settles what was published and not recorded as such, hands over what
/// waits, and removes what was never recorded. It opens the places that are `ready`, so that one that cannot be used is found
/// before the login.
pub(super) fn recover<'j>(
    job: &'j Job<'j>,
    destinations: &mut Destinations<'j>,
    ready: DestinationSet,
    earlier: &mut Earlier,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    tally: &mut Tally,
) -> Result<()> {
    adopt(ledger, mailbox, destinations)?;
    let left =
        ledger.staged(mailbox)?.into_iter().filter_map(|row| may_tell(&row).map(|may| may.then_some(row)).transpose());
    let left: Vec<StagedRow> = left.collect::<Result<_>>()?;
    let mut swept = DestinationSet::default();
    for (target, rows) in by_target(left) {
        let own = destinations.find(&target);
        if matches!(target, Target::HandOver(_)) {
            if let Some(at) = own.filter(|at| destinations.working().has(*at)) {
                WaitingMessages { job, ledger, mailbox, earlier, tally }.hand_over(destinations, at, rows)?;
            }
            continue;
        }
        let recovered = recover_place(job, own, &target, ledger, mailbox, rows, tally);
        match own {
            Some(at) => after(destinations, at, recovered)?,
            None => recovered?,
        }
        swept = own.map_or(swept, |at| swept.with(at));
    }
    for at in ready.without(swept).iter() {
        if destinations.working().has(at) && destinations.target(at).path().is_some() {
            let opened = destinations.open_one(at, job, mailbox);
            let swept = opened.and_then(|(_, mut destination)| sweep(ledger, mailbox, destination.as_mut()));
            after(destinations, at, swept)?;
        }
    }
    // What is left waits for a destination that has failed, or that the run does not have: it is nothing new.
    ledger.note_rest(mailbox)?;
    let keep: Vec<Placement> = ledger.staged(mailbox)?.into_iter().map(|row| row.placement).collect();
    Outbox::sweep_all(&job.delivery_context(mailbox), &keep)
}

/// A destination that fails is left alone; the last one ends the run.
fn after(destinations: &mut Destinations<'_>, at: usize, result: Result<()>) -> Result<()> {
    match result {
        Err(error) if destinations.working() != DestinationSet::only(at) => destinations.stop(at, error),
        other => return other,
    }
    Ok(())
}

fn recover_place(
    job: &Job<'_>,
    own: Option<usize>,
    target: &Target,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    rows: Vec<StagedRow>,
    tally: &mut Tally,
) -> Result<()> {
    if own.is_none() && !is_there(ledger, mailbox, target)? {
        return presume(ledger, mailbox, rows, tally);
    }
    if rows.iter().any(|row| !row.presumed) {
        job.reporter
            .note(&format!("an earlier run was interrupted: looking after {} messages of {target}", rows.len(),));
    }
    let (_, mut destination) = target.open(&job.delivery_context(mailbox))?;
    recover_target(job, ledger, mailbox, destination.as_mut(), rows, tally)?;
    sweep(ledger, mailbox, destination.as_mut())
}

/// Of what is presumed to be in an mbox only its spool can tell more: the same octets may be those of a copy that came
/// later.
fn may_tell(row: &StagedRow) -> Result<bool> {
    match &row.placement {
        Placement::Mbox { spool, .. } if row.presumed => Ok(private::look(spool)?.is_some()),
        Placement::Outbox { .. } if row.presumed => Ok(false), // it was asked for already
        Placement::Owed(_) => Ok(false),
        _ => Ok(true),
    }
}

fn is_there(ledger: &Ledger, mailbox: &Mailbox, target: &Target) -> Result<bool> {
    match ledger.place(target)? {
        Some(place) => places::is_there(&place, mailbox),
        None => Ok(false),
    }
}

fn recover_target(
    job: &Job<'_>,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    destination: &mut dyn Destination,
    rows: Vec<StagedRow>,
    tally: &mut Tally,
) -> Result<()> {
    let placements: Vec<Placement> = rows.iter().map(|row| row.placement.clone()).collect();
    let found = destination.inspect(&placements)?;
    let select = |wanted: Found| -> Vec<StagedRow> {
        rows.iter().zip(&found).filter(|(_, found)| **found == wanted).map(|(row, _)| row.clone()).collect()
    };
    let (failed, gone): (Vec<_>, Vec<_>) = select(Found::Gone).into_iter().partition(|row| row.failed);
    ledger.forget_staged(mailbox, &failed)?;
    let published = PublishedBatch::found([select(Found::Published), gone].concat());
    if published.len() > 0 {
        tally.fetched += published.len() as u64;
        let delivered = published.delivered(job.reporter.as_ref());
        published.settle(ledger, mailbox, job.observer.as_ref())?;
        delivered.iter().for_each(|message| job.reporter.published(message));
    }
    // Where our own rename was seen to fail, and nothing was tried since, it is known not to have been published.
    let (failed, doubtful): (Vec<_>, Vec<_>) = select(Found::Nowhere).into_iter().partition(|row| row.failed);
    ledger.forget_staged(mailbox, &failed)?;
    presume(ledger, mailbox, doubtful, tally)?;
    let staged = select(Found::Staged);
    if !staged.is_empty() {
        let part = BatchPart::again(0, staged, destination, ledger, mailbox, job.observer.as_ref())?;
        let published = part.publish(destination, ledger, mailbox, job.observer.as_ref())?;
        if let Some(error) = published.error {
            return Err(error);
        }
        let published = published.batch;
        tally.fetched += published.len() as u64;
        let delivered = published.delivered(job.reporter.as_ref());
        published.settle(ledger, mailbox, job.observer.as_ref())?;
        destination.release()?;
        delivered.iter().for_each(|message| job.reporter.published(message));
    }
    Ok(())
}

/// Removes own files in `tmp/` and own spools that no row speaks of. Spools of several mboxes may be in one folder.
fn sweep(ledger: &Ledger, mailbox: &Mailbox, destination: &mut dyn Destination) -> Result<()> {
    let keep: Vec<Placement> = ledger.staged(mailbox)?.into_iter().map(|row| row.placement).collect();
    destination.sweep(&keep)
}

/// The rows of each destination, in the order in which they were recorded.
fn by_target(rows: Vec<StagedRow>) -> Vec<(Target, Vec<StagedRow>)> {
    let mut groups: Vec<(Target, Vec<StagedRow>)> = Vec::new();
    for row in rows {
        let target = row.placement.target();
        match groups.iter_mut().find(|(known, _)| *known == target) {
            Some((_, group)) => group.push(row),
            None => groups.push((target, vec![row])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Key;

    fn row(placement: Placement, presumed: bool) -> StagedRow {
        StagedRow {
            key: Key { uid: b"u".to_vec(), occurrence: 0 },
            octets: None,
            received: None,
            fingerprint: None,
            placement,
            failed: false,
            presumed,
            waiting: None,
        }
    }

    /// The octets that an mbox has at its place may be those of a copy that came later.
    #[test]
    fn of_what_is_presumed_to_be_in_an_mbox_only_its_spool_can_tell() {
        let home = tempfile::tempdir().unwrap();
        let [file, spool] = ["mbox", "spool"].map(|name| home.path().join(name));
        let mbox = Placement::Mbox { file, spool: spool.clone(), spool_offset: 0, offset: 0, length: 1, hash: [0; 32] };
        let maildir = Placement::Maildir { dir: home.path().to_owned(), name: "x".into() };
        assert!(may_tell(&row(maildir, true)).unwrap());
        assert!(may_tell(&row(mbox.clone(), false)).unwrap());
        assert!(!may_tell(&row(mbox.clone(), true)).unwrap());
        std::fs::write(spool, "x").unwrap();
        assert!(may_tell(&row(mbox, true)).unwrap());
    }
}
