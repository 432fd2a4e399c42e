//! Giving up: a message that the server refuses on three different days is left alone, is told of, and is tried again at
//! growing intervals. A store that answers nothing is in trouble, and none of its messages is.

use super::world::Which;
use super::*;

const HOUR: Duration = Duration::from_hours(1);

/// A mailbox of four, of which one is refused.
fn with_one_refused(policy: &Policy) -> (History, Id) {
    let mut history = History::maildir();
    let ids = history.world.letters(4);
    history.world.faults(|faults| faults.refuses_retr = Which::These(vec![ids[1]]));
    history.fetch(policy).is(Kind::TryLater).fetched(3);
    (history, ids[1])
}

/// Was it asked for in this run?
fn asks(history: &mut History, policy: &Policy) -> (bool, Ran) {
    history.world.lock().dialogue.clear();
    let ran = history.fetch(policy);
    let asked = history.world.lock().dialogue.iter().any(|line| line.contains("C: RETR"));
    (asked, ran)
}

#[test]
fn after_a_failure_it_is_tried_in_the_next_run_then_after_an_hour_then_after_eight() {
    let (mut history, _) = with_one_refused(&keep());
    history.pass(Duration::from_mins(5));
    let (asked, ran) = asks(&mut history, &keep());
    assert!(asked && ran.kind == Some(Kind::TryLater), "{ran:#?}");
    for (wait, is_due) in [(HOUR / 2, false), (HOUR, true), (HOUR * 7, false), (HOUR * 2, true), (HOUR * 4, false)] {
        history.pass(wait);
        let (asked, ran) = asks(&mut history, &keep());
        assert_eq!(asked, is_due, "{ran:#?}");
        if !asked {
            ran.ok();
        }
    }
}

#[test]
fn three_different_days_are_needed() {
    let (mut history, _) = with_one_refused(&keep());
    for _ in 0..2 {
        history.next_day();
        let (asked, _) = asks(&mut history, &keep());
        assert!(asked);
    }
    // Given up on the third day; the next tries are 1, 2, 4, 8 and 16 days later.
    history.pass(HOUR * 12);
    let (asked, ran) = asks(&mut history, &keep());
    assert!(!asked, "{ran:#?}");
    ran.ok();
    for days in [1, 2, 4, 8] {
        // At most seven days count between two runs.
        let mut left = days_of(days) - HOUR * 13;
        while left > Duration::ZERO {
            let wait = left.min(days_of(5));
            left -= wait;
            history.pass(wait);
            let (asked, ran) = asks(&mut history, &keep());
            assert!(!asked, "within {days} days: {ran:#?}");
            ran.ok();
        }
        history.pass(HOUR * 14);
        let (asked, ran) = asks(&mut history, &keep());
        assert!(asked, "after {days} days: {ran:#?}");
    }
}

#[test]
fn giving_up_is_said_once() {
    let (mut history, id) = with_one_refused(&delete());
    history.next_day();
    history.fetch(&delete()).is(Kind::TryLater);
    history.next_day();
    history.fetch(&delete()).is(Kind::Unavailable);
    for _ in 0..3 {
        history.pass(HOUR);
        history.fetch(&delete()).silent();
    }
    assert_eq!(history.world.present(), [id]);
    // What is healed comes by itself.
    history.world.heal();
    history.pass(days_of(2));
    history.fetch(&delete()).silent().fetched(1);
    history.all_delivered_once();
    history.server_is_empty();
}

#[test]
fn what_was_given_up_is_tried_when_the_user_asks() {
    let (mut history, _) = with_one_refused(&keep());
    for _ in 0..2 {
        history.next_day();
        history.fetch(&keep()).any_end();
    }
    history.world.heal();
    history.fetch(&keep()).silent().fetched(0);
    history.state("retry");
    history.fetch(&keep()).silent().fetched(1);
    history.all_delivered_once();
}

#[test]
fn a_bad_day_with_many_runs_is_one_day() {
    let (mut history, _) = with_one_refused(&keep());
    for _ in 0..20 {
        history.pass(Duration::from_mins(30));
        let ran = history.fetch(&keep());
        assert_ne!(ran.kind, Some(Kind::Unavailable), "given up within two days: {ran:#?}");
    }
    history.world.heal();
    history.pass(HOUR * 8);
    history.fetch(&keep()).silent().fetched(1);
    history.all_delivered_once();
}

#[test]
fn a_session_in_which_nothing_is_answered_counts_nothing() {
    let mut history = History::maildir();
    history.world.letters(3);
    history.world.faults(|faults| faults.refuses_retr = Which::All);
    for _ in 0..5 {
        history.fetch(&keep()).is(Kind::TryLater);
        history.next_day();
    }
    history.world.heal();
    history.fetch(&keep()).silent().fetched(3);
    history.all_delivered_once();
}

#[test]
fn trouble_does_not_outlive_its_message() {
    let (mut history, id) = with_one_refused(&keep());
    for _ in 0..2 {
        history.next_day();
        history.fetch(&keep()).any_end();
    }
    let uid = history.world.uid(id);
    history.world.remove(id);
    history.fetch(&keep()).silent();
    history.world.heal();
    history.world.add_as(&uid, mail::letter(99));
    history.fetch(&keep()).silent().fetched(1);
}

/// A server that does not delete is not asked for ever, and the exit status says so from then on.
#[test]
fn messages_that_cannot_be_deleted_are_given_up() {
    for mut history in [History::maildir(), History::mbox()] {
        history.world.letters(4);
        history.world.faults(|faults| faults.refuses_dele = Which::All);
        history.fetch(&delete()).is(Kind::TryLater).fetched(4).says("it will be tried again");
        history.next_day();
        history.fetch(&delete()).is(Kind::TryLater);
        history.next_day();
        history.fetch(&delete()).is(Kind::Unavailable).says("cannot be deleted: not supported");
        for _ in 0..3 {
            history.pass(HOUR);
            history.world.lock().dialogue.clear();
            history.fetch(&delete()).silent();
            let dialogue = history.world.lock().dialogue.clone();
            assert!(!dialogue.iter().any(|line| line.contains("C: DELE") || line.contains("C: TOP")), "{dialogue:?}");
        }
        // The same server will not delete what is new either.
        history.world.letters(1);
        history.fetch(&delete()).is(Kind::Unavailable).fetched(1);
        history.world.heal();
        history.pass(days_of(2));
        history.fetch(&delete()).silent().fetched(0);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

#[test]
fn who_keeps_is_not_told_of_what_cannot_be_deleted() {
    let mut history = History::maildir();
    history.world.letters(2);
    history.world.faults(|faults| faults.refuses_dele = Which::All);
    history.fetch(&delete()).is(Kind::TryLater);
    history.fetch(&keep()).silent();
    history.all_delivered_once();
}

/// C-053
#[test]
fn messages_without_a_unique_id_are_given_up() {
    let mut history = History::maildir();
    let ids = history.world.letters(4);
    history.world.faults(|faults| faults.names_not = Which::These(vec![ids[1]]));
    history.fetch(&keep()).is(Kind::TryLater).fetched(3).says("message 2: it has no usable unique-id");
    history.next_day();
    history.fetch(&keep()).is(Kind::TryLater);
    history.next_day();
    history.fetch(&keep()).is(Kind::Unavailable).says("given up");
    for _ in 0..3 {
        history.pass(HOUR);
        history.fetch(&keep()).silent();
    }
    // Another one is news.
    let more = history.world.letters(1);
    history.world.faults(|faults| faults.names_not = Which::These(vec![ids[1], more[0]]));
    history.fetch(&keep()).is(Kind::TryLater).says("message 5: it has no usable unique-id");
    history.world.heal();
    history.fetch(&keep()).silent().fetched(2);
    history.all_delivered_once();
}
