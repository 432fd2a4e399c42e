use super::*;

const MINUTE: Duration = Duration::from_mins(1);
const FAILED: PollEnd = PollEnd { is_in_vain: true, is_taken: false, pause: None };

fn polling(every: Duration) -> Polling {
    Polling { every: Some(every), max_backoff: MINUTE * 60 }
}

fn account(key: &str, every: Duration) -> PolledAccount {
    PolledAccount { key: key.to_owned(), polling: polling(every), failed: None, pause: Duration::ZERO }
}

fn schedule(accounts: &[PolledAccount]) -> Schedule {
    Schedule::new(accounts.to_vec(), MINUTE, &mut || 0.0)
}

fn well(schedule: &mut Schedule, key: &str, now: Duration) {
    schedule.ended(key, &PollEnd::default(), now, 0.0);
}

#[test]
fn accounts_are_fetched_at_once_and_then_each_in_its_interval() {
    let mut plan = schedule(&[account("a", MINUTE * 5), account("b", MINUTE * 10)]);
    assert_eq!(plan.take(MINUTE), Some("a".into()));
    assert_eq!((plan.take(MINUTE), plan.next()), (None, Some(MINUTE + APART)));
    assert_eq!(plan.take(MINUTE + APART), Some("b".into()));
    well(&mut plan, "a", MINUTE + MINUTE / 2);
    well(&mut plan, "b", MINUTE * 2);
    assert_eq!(plan.next(), Some(MINUTE * 6), "from beginning to beginning");
    assert_eq!(plan.take(MINUTE * 6), Some("a".into()));
    assert_eq!(plan.take(MINUTE * 6), None);
}

#[test]
fn nothing_is_fetched_twice_at_a_time() {
    let mut plan = schedule(&[account("a", MINUTE)]);
    assert!(plan.take(MINUTE).is_some());
    plan.all_now(MINUTE * 9);
    assert_eq!((plan.take(MINUTE * 9), plan.next(), plan.running()), (None, None, 1));
    plan.set(vec![account("a", MINUTE)], MINUTE * 9, &mut || 0.0);
    assert_eq!(plan.take(MINUTE * 20), None);
    well(&mut plan, "a", MINUTE * 10);
    assert_eq!(plan.next(), Some(MINUTE * 10), "somebody has asked for it meanwhile");
    assert!(plan.take(MINUTE * 10).is_some());
    well(&mut plan, "a", MINUTE * 15);
    assert_eq!(plan.next(), Some(MINUTE * 15 + A_MOMENT), "it has taken longer than its interval");
}

#[test]
fn failures_push_the_next_time_out_up_to_a_limit() {
    let mut plan = schedule(&[account("a", MINUTE * 5)]);
    let mut waits = Vec::new();
    let mut now = MINUTE;
    for _ in 0..7 {
        assert!(plan.take(now).is_some());
        plan.ended("a", &FAILED, now, 0.0);
        waits.push((plan.next().unwrap() - now).as_secs() / 60);
        now = plan.next().unwrap();
    }
    assert_eq!(waits, [5, 10, 20, 40, 60, 60, 60]);
    assert!(plan.take(now).is_some());
    well(&mut plan, "a", now);
    assert_eq!(plan.next(), Some(now + MINUTE * 5), "one success, and all is as before");
}

#[test]
fn the_time_after_a_failure_is_partly_chance() {
    for failures in [1, 2, 3, 30, u32::MAX] {
        for random in [0.0, 0.5, 0.999] {
            let wait = backoff(&polling(MINUTE * 5), failures, random);
            assert!((MINUTE * 5..=MINUTE * 60).contains(&wait), "{failures} {random} {wait:?}");
        }
    }
    assert!(backoff(&polling(MINUTE), 2, 0.0) < backoff(&polling(MINUTE), 2, 0.9));
    assert!(backoff(&polling(MINUTE), 99, 0.9) < backoff(&polling(MINUTE), 99, 0.0));
    let rarely = Polling { every: Some(MINUTE * 600), max_backoff: MINUTE };
    assert_eq!(backoff(&rarely, 9, 0.9), MINUTE * 600, "never sooner than without a failure");
}

#[test]
fn a_server_that_wants_a_pause_gets_it() {
    let mut plan = schedule(&[account("a", MINUTE)]);
    plan.take(MINUTE);
    plan.ended("a", &PollEnd { pause: Some(MINUTE * 15), ..PollEnd::default() }, MINUTE, 0.0);
    assert_eq!(plan.next(), Some(MINUTE * 16));
    let waits = PolledAccount { pause: MINUTE * 2, ..account("b", MINUTE) };
    assert_eq!(schedule(&[waits]).next(), Some(MINUTE * 3));
}

#[test]
fn another_process_that_has_the_mailbox_is_no_failure() {
    let mut plan = schedule(&[account("a", MINUTE)]);
    plan.take(MINUTE);
    plan.ended("a", &FAILED, MINUTE, 0.0);
    plan.all_now(MINUTE * 2);
    plan.take(MINUTE * 2);
    plan.ended("a", &PollEnd { is_taken: true, ..PollEnd::default() }, MINUTE * 2, 0.0);
    assert_eq!((plan.next(), plan.counts()), (Some(MINUTE * 3), (1, 1)));
}

#[test]
fn failures_from_before_a_restart_count() {
    let failed = |times, ago| PolledAccount { failed: Some((times, ago)), ..account("a", MINUTE * 5) };
    let wait = |account| schedule(&[account]).next().unwrap() - MINUTE;
    assert_eq!(wait(failed(3, MINUTE)), MINUTE * 19);
    assert_eq!(wait(failed(3, MINUTE * 30)), Duration::ZERO, "it was due meanwhile");
    let mut plan = schedule(&[failed(3, MINUTE)]);
    plan.all_now(MINUTE);
    assert_eq!(plan.take(MINUTE), Some("a".into()), "but for whoever asks");
    plan.ended("a", &FAILED, MINUTE, 0.0);
    assert_eq!(plan.next(), Some(MINUTE * 41));
}

#[test]
fn a_new_configuration_leaves_the_times_of_those_that_stay() {
    let mut plan = schedule(&[account("a", MINUTE * 5), account("b", MINUTE * 5), account("c", MINUTE * 5)]);
    let later = MINUTE + APART * 2;
    while let Some(key) = plan.take(later) {
        if key != "c" {
            well(&mut plan, &key, later);
        }
    }
    plan.set(vec![account("a", MINUTE * 5), account("d", MINUTE * 5)], MINUTE * 2, &mut || 0.0);
    assert_eq!(plan.take(MINUTE * 2), Some("d".into()), "a new one is fetched at once");
    well(&mut plan, "d", MINUTE * 2);
    assert_eq!(plan.take(MINUTE * 5), None, "b is gone");
    assert_eq!(plan.running(), 1, "c is under way");
    well(&mut plan, "c", MINUTE * 5);
    assert_eq!((plan.running(), plan.counts()), (0, (2, 0)));
    plan.set(vec![account("a", MINUTE)], MINUTE * 3, &mut || 0.0);
    assert_eq!(plan.next(), Some(MINUTE * 4), "a shorter interval holds at once");
}

#[test]
fn a_thousand_accounts_do_not_begin_at_once() {
    let many: Vec<_> = (0..1000).map(|n| account(&n.to_string(), MINUTE)).collect();
    let plan = schedule(&many);
    let due: Vec<Duration> = plan.entries.values().map(|entry| entry.due).collect();
    assert!(due.iter().max().unwrap() <= &(MINUTE * 2));
    let at_once = due.iter().filter(|due| **due == MINUTE).count();
    assert_eq!(at_once, 1);
}

#[test]
fn a_clock_that_stood_still_or_jumped_ahead_only_makes_accounts_due() {
    let mut plan = schedule(&[account("a", MINUTE)]);
    plan.take(MINUTE);
    well(&mut plan, "a", MINUTE);
    let next_week = MINUTE * 60 * 24 * 7;
    assert_eq!(plan.take(next_week), Some("a".into()));
    well(&mut plan, "a", next_week);
    assert_eq!(plan.next(), Some(next_week + MINUTE), "once, not once for each interval that was missed");
}

#[test]
fn what_fails_is_tried_at_once_after_a_reload() {
    let mut plan = schedule(&[account("a", MINUTE * 5)]);
    plan.take(MINUTE);
    plan.ended("a", &FAILED, MINUTE, 0.0);
    plan.set(vec![account("a", MINUTE * 5)], MINUTE * 2, &mut || 0.0);
    assert_eq!(plan.next(), Some(MINUTE * 2));
    let waits = PolledAccount { pause: MINUTE * 3, ..account("a", MINUTE * 5) };
    plan.set(vec![waits], MINUTE * 2, &mut || 0.0);
    assert_eq!(plan.next(), Some(MINUTE * 5), "but not sooner than the server wants");
}
