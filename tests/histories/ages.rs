//! Ages count on the ledger's own clock: wrong clocks on the wall make nothing old.

use super::*;

#[test]
fn an_age_is_the_sum_of_the_days_between_runs() {
    let mut history = History::maildir();
    history.world.letters(2);
    history.fetch(&delete_after(10)).silent().fetched(2);
    for day in 1..=9 {
        history.next_day();
        history.fetch(&delete_after(10)).silent();
        assert_eq!(history.world.present().len(), 2, "deleted after {day} days");
    }
    history.pass(days_of(2));
    history.fetch(&delete_after(10)).silent();
    history.server_is_empty();
    history.all_delivered_once();
}

#[test]
fn a_clock_that_goes_back_takes_no_age_away() {
    let mut history = History::mbox();
    let now = history.wall;
    history.world.letters(1);
    history.fetch(&delete_after(10)).silent().fetched(1);
    history.pass(days_of(6));
    history.fetch(&delete_after(10)).silent();
    history.wall = now - days_of(4_000);
    history.fetch(&delete_after(10)).silent();
    assert_eq!(history.world.present().len(), 1);
    history.pass(days_of(5));
    history.fetch(&delete_after(10)).silent();
    history.server_is_empty();
}

#[test]
fn a_machine_that_was_off_for_a_year_counts_seven_days() {
    let mut history = History::maildir();
    history.world.letters(1);
    history.fetch(&delete_after(10)).silent().fetched(1);
    history.pass(days_of(365));
    history.fetch(&delete_after(10)).silent();
    assert_eq!(history.world.present().len(), 1);
    history.pass(days_of(365));
    history.fetch(&delete_after(10)).silent();
    history.server_is_empty();
}

#[test]
fn what_vanished_is_remembered_whatever_the_clock_says() {
    let mut history = History::maildir();
    history.world.letters(12);
    history.fetch(&keep()).silent().fetched(12);
    history.world.faults(|faults| faults.lists_nothing = true);
    for years in [0, 70, 0, 30] {
        history.fetch(&keep()).silent();
        history.pass(days_of(365 * years));
    }
    history.world.heal();
    history.fetch(&keep()).ok().fetched(0);
    history.all_delivered_once();
    history.fetch(&delete()).silent().fetched(0);
    history.server_is_empty();
    history.all_delivered_once();
}
