use super::mark::Mark;
use super::parcel::Parcel;

/// A message that is looked for.
pub(super) struct Sought {
    pub(super) parcel: Parcel,
    /// None, if nothing was sent.
    pub(super) mark: Option<Mark>,
}

/// What is known of one that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    There,
    Absent,
    /// Not in the folder; but something was there that is not any more.
    Missing,
}
