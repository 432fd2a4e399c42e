//! Why a destination does not have a message yet, as a row of `staged` says.

use std::time::Duration;

use rusqlite::Row;

use super::columns::{refusals, seconds};
use super::schedule::Refusals;

/// Why a destination does not have a message yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// In the words of the other side, or of what failed.
    pub why: String,
    /// The destination does not want this message.
    pub is_refused: bool,
    /// It was refused on so many days that it counts as given up.
    pub is_given_up: bool,
    /// Is it to be tried now?
    pub is_due: bool,
    /// After which time it is tried again by itself; none: now, or never.
    pub next_try_in: Option<Duration>,
    /// How long ago it was first looked for after a hand-over without an answer.
    pub doubted_for: Option<Duration>,
}

/// Of a row with [`REFUSALS`]: is it refused, and what is remembered of that?
pub(super) fn refused(row: &Row<'_>) -> rusqlite::Result<(bool, Refusals)> {
    Ok((row.get("refused")?, refusals(row)?))
}

/// Of a row with [`COLUMNS`].
pub(super) fn waiting(row: &Row<'_>, now: i64) -> rusqlite::Result<Option<Waiting>> {
    let why: Option<String> = row.get("why")?;
    let doubted_at: Option<i64> = row.get("doubted_at")?;
    let (is_refused, refusals) = refused(row)?;
    if why.is_none() && doubted_at.is_none() {
        return Ok(None);
    }
    let is_due = !is_refused || refusals.is_due(now);
    Ok(Some(Waiting {
        why: why.unwrap_or_else(|| INTERRUPTED.to_owned()),
        is_refused,
        is_given_up: is_refused && refusals.given_up_at.is_some(),
        is_due,
        next_try_in: (!is_due && !refusals.is_over).then(|| seconds(refusals.next_try - now)),
        doubted_for: doubted_at.map(|since| seconds(now.saturating_sub(since))),
    }))
}

/// What [`refused`] reads.
pub(super) const REFUSALS: &str = "refused, attempts, days, last_day, next_try, given_up_at, said";

/// What [`waiting`] reads.
pub(super) const COLUMNS: &str = "why, doubted_at, refused, attempts, days, last_day, next_try, given_up_at, said";

/// Where nothing was said of it.
const INTERRUPTED: &str = "the hand-over was interrupted";
