//! How long a session may take where the user has set no deadline. Pure.

use std::time::Duration;

use super::plan::Plan;

/// Before it is known what there is to do.
pub(super) const BASE: Duration = Duration::from_hours(1);

/// For what is planned, from now on: as long as a slow line needs, so that a server cannot keep all later runs waiting for
/// this one. What it has not come to is for the next run.
pub(super) fn of(plan: &Plan, min_rate: u64) -> Duration {
    let messages = (plan.fetch.len() + plan.unsampled.len() + plan.ask.len() + plan.delete.len()) as u64;
    let sizes = plan.fetch.iter().chain(&plan.unsampled).map(|listed| listed.octets);
    allowance(messages, sizes, min_rate)
}

fn allowance(messages: u64, mut sizes: impl Iterator<Item = Option<u64>>, min_rate: u64) -> Duration {
    let octets = sizes.try_fold(0, |sum: u64, octets| Some(sum.saturating_add(octets?)));
    let Some(octets) = octets else { return LONGEST }; // nobody knows how much is to come
    let seconds = (octets / min_rate.max(SLOW_LINE)).saturating_add(messages.saturating_mul(SECONDS_A_MESSAGE));
    BASE.saturating_add(Duration::from_secs(seconds)).min(LONGEST)
}

/// Octets a second.
const SLOW_LINE: u64 = 100;

/// A round trip or two, through a satellite.
const SECONDS_A_MESSAGE: u64 = 10;

const LONGEST: Duration = Duration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_what_is_listed_up_to_a_day() {
        let hours = |messages, octets| allowance(messages, [octets].into_iter(), 100).as_secs_f64() / 3600.0;
        assert_eq!(hours(0, Some(0)), 1.0);
        assert_eq!(hours(360, Some(0)), 2.0);
        assert_eq!(hours(0, Some(720_000)), 3.0);
        for (messages, octets) in [(u64::MAX, Some(0)), (1, Some(u64::MAX)), (1, None), (1_000_000, Some(1 << 40))] {
            assert_eq!(hours(messages, octets), 24.0);
        }
        assert_eq!(allowance(0, [Some(720_000)].into_iter(), 0).as_secs(), 3 * 3600);
        assert_eq!(allowance(0, [Some(720_000)].into_iter(), 200).as_secs(), 2 * 3600);
    }
}
