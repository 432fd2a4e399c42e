//! Publication by renames: one staged file after the other, and what makes the new names durable last.

use rustix::io::Errno;

use super::{Publication, PublishFailed};
use crate::effect::{Effect, Observer};
use crate::error::{Error, Result};

/// What became of one staged file that was to be renamed.
pub(super) enum Renamed {
    Done,
    /// It is gone, and nothing has its last name.
    Missing,
    /// It does not have its last name.
    Failed(Errno),
    InDoubt(Errno),
}

/// Renames all of a batch. The first failure ends it: what was not tried is not published.
pub(super) fn publish<N>(
    names: &[N],
    mut rename: impl FnMut(&N) -> Renamed,
    error_of: impl FnOnce(&N, Errno) -> Error,
    sync: impl FnOnce() -> Result<()>,
    observer: &dyn Observer,
) -> Result<Publication, Box<PublishFailed>> {
    let mut missing = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let (errno, not_tried) = match rename(name) {
            Renamed::Done => {
                observer.after(Effect::Renamed);
                continue;
            }
            Renamed::Missing => {
                missing.push(at);
                continue;
            }
            Renamed::Failed(errno) => (errno, at),
            Renamed::InDoubt(errno) => (errno, at + 1),
        };
        missing.extend(not_tried..names.len());
        return Err(PublishFailed::new(error_of(name, errno), missing));
    }
    if let Err(error) = sync() {
        return Err(PublishFailed::new(error, missing));
    }
    observer.after(Effect::Synced);
    Ok(Publication::Done { missing, left: Vec::new() })
}
