//! How fast a server sends what it is waited for. Pure.

use std::time::Duration;

/// The least that a server must send: octets a second, averaged over a time. 0: nothing is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Floor {
    pub(super) rate: u64,
    pub(super) over: Duration,
}

/// What came, and how long it was waited for. Time in which there was something else to do does not count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineSpeed {
    octets: u64,
    waited: Duration,
}

impl LineSpeed {
    pub(super) fn came(&mut self, octets: usize) {
        self.octets = self.octets.saturating_add(octets as u64);
    }

    pub(super) fn waited(&mut self, time: Duration) {
        self.waited = self.waited.saturating_add(time);
    }

    /// Is it too slow? To be asked often: once the time is over it begins anew.
    pub(super) fn is_below(&mut self, floor: Floor) -> bool {
        if self.waited < floor.over {
            return false;
        }
        let Self { octets, waited } = std::mem::take(self);
        octets < floor.rate.saturating_mul(waited.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Floor = Floor { rate: 100, over: Duration::from_secs(300) };

    /// Seconds after which a server is given up that sends this many octets in each period.
    fn left_after(octets: usize, every: u64) -> Option<u64> {
        let mut speed = LineSpeed::default();
        (1..1000).map(|count| count * every).find(|_| {
            speed.waited(Duration::from_secs(every));
            speed.came(octets);
            speed.is_below(FLOOR)
        })
    }

    #[test]
    fn a_trickle_is_left_and_a_slow_line_is_not() {
        assert_eq!(left_after(1100, 55), Some(330));
        assert_eq!(left_after(0, 60), Some(300));
        assert_eq!(left_after(1, 1), Some(300));
        assert_eq!(left_after(120, 1), None, "a line of 1,200 bit/s");
        assert_eq!(left_after(10_000, 59), None, "in bursts");
    }

    #[test]
    fn what_is_not_waited_for_does_not_count() {
        let mut speed = LineSpeed::default();
        (0..10_000).for_each(|_| speed.came(1));
        assert!(!speed.is_below(FLOOR));
        let mut off = LineSpeed::default();
        off.waited(Duration::from_secs(1000));
        assert!(!off.is_below(Floor { rate: 0, ..FLOOR }));
    }
}
