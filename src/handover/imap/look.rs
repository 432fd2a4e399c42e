//! Is a message there whose hand-over ended without an answer?
//!
//! 1. The mark from before says where the folder was: UIDVALIDITY and UIDNEXT. What came since has a UID from there on.
//! 2. If UIDNEXT is the same, nothing came. Else what came is compared, one to one: twins exist. (Of two that are the same
//!    only one goes into the folder before it is asked for the next mark, so it is clear which one.)
//! 3. *The gap rule*: if UIDs are missing between the mark and where the folder is now, somebody has moved or removed what
//!    had them. It may have been ours, so the other folders are searched; if it is not there either, nobody can tell.
//! 4. That octets of ours may still be on their way is the caller's affair:
//!    [`settle_time`](crate::deliver::Carrier::settle_time).
//! 5. If UIDVALIDITY is another one, the mark says nothing, and everything is searched.

use super::candidates::{Candidates, Size};
use super::elsewhere::search;
use super::mark::Mark;
use super::refusal::AppendRefusal;
use super::session::FolderSession;
use super::sought::{Finding, Sought};
use crate::deliver::Sight;
use crate::error::Result;

pub(super) fn look_for(session: &mut FolderSession, wanted: &[Sought]) -> Result<Vec<Sight>> {
    let folder = session.folder.clone();
    let (status, now) = session.examine(&folder)?;
    let mut findings = match AppendRefusal::of(&status) {
        _ if status.is_ok() => in_folder(session, wanted, now)?,
        AppendRefusal::Stops(error) => return Err(error),
        // There is no such folder any more, for which STATUS and EXAMINE have no code.
        _ => wanted.iter().map(|it| if it.mark.is_some() { Finding::Missing } else { Finding::Absent }).collect(),
    };
    if findings.contains(&Finding::Missing) {
        search(session, wanted, &mut findings)?;
    }
    session.leave()?;
    let sight = |finding| match finding {
        Finding::There => Sight::There,
        Finding::Absent => Sight::Absent,
        Finding::Missing => Sight::Unknown,
    };
    Ok(findings.into_iter().map(sight).collect())
}

/// Looks into the folder itself, which has been opened.
fn in_folder(session: &mut FolderSession, wanted: &[Sought], now: Mark) -> Result<Vec<Finding>> {
    // From which UID on it must be: 1, if the mark says nothing; None, if nothing came since.
    let bound = |wanted: &Sought| {
        let mark = wanted.mark?;
        let is_same = mark.validity == now.validity && mark.validity != 0 && mark.next != 0;
        let bound = if is_same { mark.next } else { 1 };
        (!is_same || now.next != bound).then_some(Bound { from: bound, is_known: is_same })
    };
    let bounds: Vec<Option<Bound>> = wanted.iter().map(bound).collect();
    let Some(lowest) = bounds.iter().flatten().map(|bound| bound.from).min() else {
        return Ok(vec![Finding::Absent; wanted.len()]);
    };
    let mut folder = Candidates::since(session, lowest)?;
    folder.read(session, wanted)?;
    // Those that have the fewest to choose from come first.
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(bounds[at].map_or(0, |bound| bound.from)));
    let mut findings = vec![Finding::Absent; wanted.len()];
    // Those that are as they were sent come first: what was rewritten is known by its header only.
    for size in [Size::Same, Size::Any] {
        for &at in &order {
            if let Some(bound) = bounds[at].filter(|_| findings[at] != Finding::There)
                && folder.take(session, &wanted[at].parcel, bound.from, size)?
            {
                findings[at] = Finding::There;
            }
        }
    }
    for (finding, bound) in findings.iter_mut().zip(&bounds).filter(|(finding, _)| **finding != Finding::There) {
        if bound.is_some_and(|bound| !bound.is_known || folder.lacks_some(bound.from, now.next)) {
            *finding = Finding::Missing;
        }
    }
    Ok(findings)
}

/// Where a message must be, if it came.
#[derive(Clone, Copy)]
struct Bound {
    from: u64,
    /// Does the mark say so?
    is_known: bool,
}
