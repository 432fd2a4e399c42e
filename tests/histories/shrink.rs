//! A history that fails is made shorter as long as it fails.

use std::fmt::Debug;

/// Leaves steps out, the last first, and makes those that stay simpler. The first `fixed` stay as they are.
pub fn shorter<S: Clone + Debug>(
    mut steps: Vec<S>,
    fixed: usize,
    simpler: impl Fn(&S) -> Vec<S>,
    fails: impl Fn(&[S]) -> bool,
) -> Vec<S> {
    let mut trials = 0;
    let mut fails = |steps: &[S]| {
        trials += 1;
        trials <= MOST_TRIALS && fails(steps)
    };
    let mut at = steps.len();
    while at > fixed {
        at -= 1;
        let mut without = steps.clone();
        without.remove(at);
        if fails(&without) {
            steps = without;
            continue;
        }
        while let Some(with) = simpler_ones(&steps, at, &simpler).into_iter().find(|with| fails(with)) {
            steps = with;
        }
    }
    steps
}

/// The steps with one that is simpler than before.
fn simpler_ones<S: Clone + Debug>(steps: &[S], at: usize, simpler: impl Fn(&S) -> Vec<S>) -> Vec<Vec<S>> {
    let before = format!("{:?}", steps[at]);
    let mut simpler = simpler(&steps[at]);
    simpler.retain(|step| format!("{step:?}") != before);
    let with = |step: S| [&steps[..at], &[step], &steps[at + 1..]].concat();
    simpler.into_iter().map(with).collect()
}

/// Histories that are tried at most.
const MOST_TRIALS: u32 = 300;

#[test]
fn what_fails_is_as_short_and_as_simple_as_can_be() {
    let fails = |steps: &[u32]| steps.contains(&7) && steps.iter().any(|step| *step >= 20);
    let halves = |step: &u32| vec![step / 2, *step];
    assert_eq!(shorter(vec![1, 7, 90, 3], 0, halves, fails), [7, 22]);
    assert_eq!(shorter(vec![1, 7, 90, 3], 1, halves, fails), [1, 7, 22]);
}
