//! Before every fetch: what did a run that ended suddenly leave? The recovery table of the design.

use std::time::Duration;

use super::life::{PublishedBatch, Recorded};
use super::{Job, Tally};
use crate::deliver::{Destination, Found, Placement, Target};
use crate::error::{Error, Kind, Result};
use crate::state::{Ledger, Mailbox, StagedRow};

/// Finishes what was recorded and not published, settles what was published and not recorded as such, and removes
/// what was never recorded. It opens the destination too, so that one that cannot be used is found before the login.
pub(super) fn recover(job: &Job<'_>, ledger: &mut Ledger, mailbox: &Mailbox, tally: &mut Tally) -> Result<()> {
    let left = ledger.staged(mailbox)?;
    for rows in by_target(left) {
        let Some(first) = rows.first() else { continue };
        let target = first.placement.target();
        job.reporter.note(&format!(
            "an earlier run was interrupted: looking after {} messages of {}",
            rows.len(),
            crate::escape::path(target.path())
        ));
        refuse_if_missing(&target, &rows)?;
        let (_, mut destination) = target.open(&job.setting(mailbox))?;
        recover_target(job, ledger, mailbox, destination.as_mut(), rows, tally)?;
        destination.sweep()?;
    }
    super::missing::refuse_to_replace(job, ledger)?;
    let (_, mut destination) = job.target.open(&job.setting(mailbox))?;
    destination.sweep()
}

/// A destination that is not there, perhaps because its disk is not mounted, must not be made anew: nothing in it
/// would look as if everything had been published. An mbox alone may be gone, as some mail readers remove empty ones.
fn refuse_if_missing(target: &Target, rows: &[StagedRow]) -> Result<()> {
    let spool_is_there = |row: &StagedRow| match &row.placement {
        Placement::Mbox { spool, .. } => spool.exists(),
        Placement::Maildir { .. } => false,
    };
    if target.is_there() || rows.iter().any(spool_is_there) {
        return Ok(());
    }
    let shown = crate::escape::path(target.path());
    let text =
        format!("{shown} is missing, and a run that was interrupted has {} messages on their way into it", rows.len());
    Err(Error::new(Kind::CannotCreate, text).hint(
        "mount its disk or put it back, and run again; if it is gone for good, make it anew: what is then missing \
         counts as delivered",
    ))
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
    let age = rows.iter().map(|row| row.age).max().unwrap_or(Duration::ZERO);
    let found = destination.inspect(&placements, age)?;
    let select = |wanted: Found| -> Vec<StagedRow> {
        rows.iter().zip(&found).filter(|(_, found)| **found == wanted).map(|(row, _)| row.clone()).collect()
    };
    let published = PublishedBatch::found(select(Found::Published));
    tally.fetched += published.len() as u64;
    published.settle(ledger, mailbox, job.observer.as_ref())?;
    ledger.forget_staged(mailbox, &select(Found::Lost))?;
    let staged = select(Found::Staged);
    if !staged.is_empty() {
        let recorded = Recorded::again(staged, destination, ledger, mailbox, job.observer.as_ref())?;
        let (published, _) = recorded.publish(destination, ledger, mailbox)?;
        tally.fetched += published.len() as u64;
        published.settle(ledger, mailbox, job.observer.as_ref())?;
        destination.release()?;
    }
    Ok(())
}

/// The rows of each destination, in the order in which they were recorded.
fn by_target(rows: Vec<StagedRow>) -> Vec<Vec<StagedRow>> {
    let mut groups: Vec<(Target, Vec<StagedRow>)> = Vec::new();
    for row in rows {
        let target = row.placement.target();
        match groups.iter_mut().find(|(known, _)| *known == target) {
            Some((_, group)) => group.push(row),
            None => groups.push((target, vec![row])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
