//! Some of the destinations of a run, and those of them that have failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Some of the destinations of a run, by their indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DestinationSet(u32);

/// Which destinations have failed, as both threads of a transfer see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopped(Arc<AtomicU32>);

impl DestinationSet {
    /// The first `count`.
    pub fn first(count: usize) -> Self {
        Self(1u32.checked_shl(count as u32).map_or(u32::MAX, |bit| bit - 1))
    }

    /// Only this one.
    pub fn only(at: usize) -> Self {
        Self(1 << at)
    }

    /// Is it among them?
    pub fn has(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }

    /// With this one.
    #[must_use]
    pub fn with(self, at: usize) -> Self {
        Self(self.0 | 1 << at)
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that are in the other, too.
    #[must_use]
    pub fn only_those_of(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Are there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..u32::BITS as usize).filter(move |at| self.has(*at))
    }
}

impl Stopped {
    pub(super) fn set(&self) -> DestinationSet {
        DestinationSet(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn add(&self, at: usize) {
        self.0.fetch_or(1 << at, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_count() {
        let all = DestinationSet::first(3);
        assert_eq!(all.iter().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(all.without(DestinationSet::only(1)).iter().collect::<Vec<_>>(), [0, 2]);
        assert!(DestinationSet::first(0).is_empty() && DestinationSet::default().with(2).has(2));
        assert_eq!(DestinationSet::first(32).iter().count(), 32);
    }
}
