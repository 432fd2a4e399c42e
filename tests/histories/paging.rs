//! Servers that list only a part of the mailbox in a session, and hide or delete what was fetched.

use super::world::Top;
use super::*;

/// A server that lists so many messages, the oldest first, and hides those that were fetched.
fn paging(messages: usize, page: usize) -> History {
    let history = History::maildir();
    history.world.letters(messages);
    history.world.faults(|faults| {
        faults.page = Some(page);
        faults.hides_fetched = true;
    });
    history
}

/// As many runs as it takes.
fn fetch_all(history: &mut History, policy: &Policy) {
    for _ in 0..40 {
        if history.fetch(policy).ok().tally.fetched == 0 {
            return;
        }
    }
    panic!("it does not end");
}

/// Other messages in the place of those that were fetched are no renumbering: a sample of them is asked for at most.
#[test]
fn another_part_of_the_mailbox_is_no_renumbering() {
    for policy in [keep(), delete(), delete_after(30)] {
        let mut history = paging(400, 80);
        fetch_all(&mut history, &policy);
        history.all_delivered_once();
        let total = history.world.total();
        assert!(total.retr == 400 && total.top <= 4 * 64, "{total:?}");
    }
}

/// Notes from a machine, each with the same octets, are each a message.
#[test]
fn identical_notes_in_two_parts_are_two_messages() {
    let mut history = paging(0, 20);
    for _ in 0..2 {
        history.world.letters(19);
        history.world.add(mail::note("backup: all is well"));
    }
    fetch_all(&mut history, &keep());
    history.all_delivered_once();
}

/// A server that renumbers what it has not hidden costs no download either.
#[test]
fn a_part_that_is_renumbered_is_known_again() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = History::maildir();
        history.world.faults(|faults| faults.top = top);
        history.world.letters(200);
        history.fetch(&keep()).ok().fetched(200);
        history.world.renumber_all();
        history.world.letters(100);
        history.world.reset_counts();
        history.fetch(&keep()).ok().fetched(100);
        assert_eq!(history.world.total().retr, if top == Top::Works { 100 } else { 300 });
        history.all_delivered_once();
    }
}
