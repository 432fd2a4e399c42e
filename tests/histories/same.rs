//! The same message: a unique-id says little, a size says less. Before DELE, the message itself is asked.

use super::world::{Counts, Quit, Top, Which};
use super::*;

#[test]
fn dele_of_what_came_before_needs_a_look_at_its_header() {
    let mut history = History::maildir();
    let ids = history.world.letters(5);
    history.fetch(&keep()).silent().fetched(5);
    history.world.reset_counts();
    history.fetch(&delete()).silent().fetched(0);
    for id in ids {
        assert_eq!(history.world.counts(id), Counts { retr: 0, top: 1, dele: 1 });
    }
    history.server_is_empty();
    history.all_delivered_once();
}

#[test]
fn dele_of_what_came_before_needs_all_of_it_where_the_header_cannot_be_had() {
    for top in [Top::Refused, Top::Unknown] {
        for place in [Place::Maildir, Place::Mbox] {
            let mut history = History::new(place);
            history.world.faults(|faults| faults.top = top);
            let ids = history.world.letters(3);
            history.fetch(&keep()).silent().fetched(3);
            history.world.reset_counts();
            history.fetch(&delete()).silent().fetched(0);
            ids.iter().for_each(|&id| assert_eq!(history.world.counts(id), Counts { retr: 1, top: 0, dele: 1 }));
            history.server_is_empty();
            history.all_delivered_once();
        }
    }
}

#[test]
fn dele_of_a_note_needs_all_of_it() {
    let mut history = History::mbox();
    let id = history.world.add(mail::note("nothing tells me from my brothers"));
    history.fetch(&keep()).silent().fetched(1);
    history.world.reset_counts();
    history.fetch(&delete()).silent().fetched(0);
    let Counts { retr, dele, .. } = history.world.counts(id);
    assert_eq!((retr, dele), (1, 1));
    history.server_is_empty();
    history.all_delivered_once();
}

#[test]
fn what_this_session_has_fetched_is_not_asked_again() {
    let mut history = History::maildir();
    let ids = history.world.letters(3);
    history.fetch(&delete()).silent().fetched(3);
    ids.iter().for_each(|&id| assert_eq!(history.world.counts(id), Counts { retr: 1, top: 0, dele: 1 }));
}

#[test]
fn another_message_under_a_known_uid_is_fetched_before_it_is_deleted() {
    for top in [Top::Works, Top::Unknown] {
        for same_size in [true, false] {
            // A letter's header is enough to know it, a note's is not.
            for is_note in [(false, false), (true, true), (false, true), (true, false)] {
                let mut history = History::maildir();
                history.world.faults(|faults| faults.top = top);
                let content = |n: usize, octets, is_note| match is_note {
                    true => mail::note_of(&n.to_string(), octets),
                    false => mail::letter_of(n, octets),
                };
                let first = history.world.add_as(b"7", content(1, 800, is_note.0));
                history.fetch(&keep()).silent().fetched(1);
                history.world.remove(first);
                history.world.add_as(b"7", content(2, if same_size { 800 } else { 900 }, is_note.1));
                history.fetch(&delete()).silent().fetched(1);
                history.nothing_lost();
                history.fetch(&delete()).silent().fetched(0);
                history.all_delivered_once();
                history.server_is_empty();
            }
        }
    }
}

#[test]
fn another_message_of_another_size_under_a_known_uid_comes_without_delete_too() {
    let mut history = History::mbox();
    let first = history.world.add_as(b"7", mail::letter_of(1, 800));
    history.fetch(&keep()).silent().fetched(1);
    history.world.remove(first);
    history.world.add_as(b"7", mail::letter_of(2, 900));
    history.world.letters(1); // sizes are asked for only when there is something new
    history.fetch(&keep()).silent().fetched(2);
    history.fetch(&keep()).silent().fetched(0);
    history.all_delivered_once();
}

/// The uid that vanished with its message is given to another one, and the old message gets a new one.
#[test]
fn two_messages_that_change_their_uids_are_both_known() {
    for top in [Top::Works, Top::Refused, Top::Unknown] {
        for policy in [keep(), delete()] {
            let mut history = History::maildir();
            history.world.faults(|faults| faults.top = top);
            let ids = [1, 2].map(|n| history.world.add_as(n.to_string().as_bytes(), mail::letter_of(n, 800 + n)));
            history.fetch(&keep()).silent().fetched(2);
            history.world.set_uid(ids[0], b"2");
            history.world.set_uid(ids[1], b"1");
            history.fetch(&policy).ok().fetched(0);
            history.fetch(&delete()).any_end();
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// Under its unique-id the server has another message now, and shows neither header nor body of it; so nobody can tell
/// that the one under a new unique-id is not a copy. It waits until that is known.
#[test]
fn what_may_be_a_message_that_is_not_shown_waits() {
    let mut history = History::maildir();
    let old = history.world.add_as(b"a", mail::letter_of(1, 900));
    history.fetch(&keep()).silent().fetched(1);
    history.world.set_uid(old, b"b");
    let other = history.world.add_as(b"a", mail::letter_of(2, 900));
    history.world.faults(|faults| {
        faults.top = Top::Refused;
        faults.refuses_retr = Which::These(vec![other]);
    });
    history.fetch(&delete()).fetched(0);
    history.world.heal();
    history.next_day();
    history.fetch(&delete()).ok().fetched(1);
    history.fetch(&delete()).any_end();
    history.all_delivered_once();
    history.server_is_empty();
}

/// A second message with the same octets is a message of its own, and the first is known to be there.
#[test]
fn a_copy_of_what_is_asked_for_comes_at_once() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = History::maildir();
        history.world.faults(|faults| faults.top = top);
        history.world.add(mail::letter(9));
        history.fetch(&keep()).silent().fetched(1);
        history.world.add(mail::letter(9));
        history.fetch(&delete()).silent().fetched(1);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

fn change_ledger(history: &mut History, sql: &str) {
    rusqlite::Connection::open(history.home.ledger()).unwrap().execute_batch(sql).unwrap();
    history.step(sql);
}

/// A ledger that is older than fingerprints: a run that keeps asks for them, and deletes nothing.
#[test]
fn a_run_that_keeps_learns_fingerprints_and_deletes_nothing() {
    let mut history = History::maildir();
    history.world.letters(4);
    history.fetch(&keep()).silent().fetched(4);
    change_ledger(&mut history, "UPDATE message SET fingerprint = NULL");
    history.world.letters(1);
    history.fetch(&keep()).silent().fetched(1);
    assert_eq!(history.world.total().dele, 0);
    history.world.renumber_all();
    history.fetch(&keep()).ok().fetched(0);
    history.all_delivered_once();
    assert_eq!(history.world.present().len(), 5);
}

/// What was only marked as seen was delivered nowhere, whatever it is called now.
#[test]
fn what_was_only_seen_is_not_deleted_under_another_uid() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = History::maildir();
        history.world.faults(|faults| faults.top = top);
        let ids = history.world.letters(3);
        history.fetch(&keep()).silent().fetched(3);
        change_ledger(&mut history, "UPDATE message SET state = 4");
        history.world.renumber_all();
        for _ in 0..2 {
            history.fetch(&delete()).ok().fetched(0);
        }
        assert_eq!(history.world.present(), ids);
        assert_eq!(history.world.total().dele, 0);
    }
}

#[test]
fn a_run_that_keeps_says_no_dele_whatever_is_pending() {
    for quit in [Quit::LostBefore, Quit::RefusedHalf, Quit::RefusedWhole] {
        let mut history = History::maildir();
        history.world.letters(4);
        history.world.faults(|faults| faults.quit = quit);
        history.fetch(&delete()).is(Kind::TryLater);
        let left = history.world.present();
        history.world.heal();
        history.world.reset_counts();
        for _ in 0..2 {
            history.fetch(&keep()).silent().fetched(0);
        }
        history.fetch(&delete_after(30)).silent().fetched(0);
        assert_eq!(history.world.total().dele, 0);
        assert_eq!(history.world.present(), left);
        history.fetch(&delete()).silent().fetched(0);
        history.server_is_empty();
        history.all_delivered_once();
    }
}

#[test]
fn a_dele_without_effect_is_tried_twice_and_said_once() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = History::maildir();
        let ids = history.world.letters(2);
        history.world.faults(|faults| {
            faults.top = top;
            faults.dele_without_effect = Which::These(vec![ids[0]]);
        });
        history.fetch(&delete()).silent().fetched(2);
        history.fetch(&delete()).silent().fetched(0);
        assert_eq!(history.world.counts(ids[0]).dele, 2);
        let ran = history.fetch(&delete());
        assert!(!ran.warnings.is_empty() || ran.kind.is_some(), "not a word: {ran:#?}");
        for _ in 0..3 {
            history.fetch(&delete()).silent().fetched(0);
            history.next_day();
        }
        assert_eq!(history.world.counts(ids[0]).dele, 2, "DELE was said again");
        history.all_delivered_once();
    }
}

#[test]
fn a_dele_that_has_an_effect_at_the_second_time_is_no_news() {
    let mut history = History::mbox();
    history.world.letters(2);
    history.world.faults(|faults| faults.dele_without_effect = Which::All);
    history.fetch(&delete()).silent().fetched(2);
    history.world.heal();
    history.fetch(&delete()).silent().fetched(0);
    history.server_is_empty();
    history.all_delivered_once();
    history.fetch(&delete()).silent();
}

/// Unique-ids that are the message numbers: fetched and deleted in one session, they harm nobody.
#[test]
fn with_delete_numbers_as_uids_bring_each_message_once() {
    for place in [Place::Maildir, Place::Mbox] {
        for top in [Top::Works, Top::Unknown] {
            let mut history = History::new(place);
            history.world.faults(|faults| {
                faults.numbers_as_uids = true;
                faults.top = top;
            });
            for count in [3, 2, 5, 1] {
                (0..count).for_each(|_| {
                    let n = history.world.lock().messages.len();
                    history.world.add(mail::letter_of(n, 900));
                });
                history.fetch(&delete()).ok().fetched(count);
                history.server_is_empty();
                history.all_delivered_once();
            }
        }
    }
}

#[test]
fn with_delete_numbers_as_uids_survive_an_unanswered_quit_and_other_clients() {
    for quit in [Quit::LostBefore, Quit::LostAfter, Quit::RefusedHalf] {
        for top in [Top::Works, Top::Unknown] {
            let mut history = History::maildir();
            history.world.faults(|faults| {
                faults.numbers_as_uids = true;
                faults.quit = quit;
                faults.top = top;
            });
            let add = |history: &History, n: usize| history.world.add(mail::letter_of(n, 900));
            for n in 0..4 {
                add(&history, n);
            }
            history.fetch(&delete()).any_end();
            history.world.faults(|faults| faults.quit = Quit::Works);
            if let Some(&first) = history.world.present().first() {
                history.world.remove(first);
            }
            for n in 4..7 {
                add(&history, n);
            }
            history.fetch(&delete()).ok();
            history.fetch(&delete()).any_end();
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

#[test]
fn with_keep_numbers_as_uids_are_refused_where_they_are_seen_to_move() {
    let mut history = History::maildir();
    history.world.faults(|faults| faults.numbers_as_uids = true);
    let ids: Vec<Id> = (0..4).map(|n| history.world.add(mail::letter_of(n, 900 + 10 * n))).collect();
    history.fetch(&keep()).silent().fetched(4);
    history.world.remove(ids[0]);
    history.world.add(mail::letter_of(9, 990));
    history.fetch(&keep()).is(Kind::Unavailable).says("number");
    history.fetch(&delete()).ok();
    history.fetch(&delete()).any_end();
    history.all_delivered_once();
    history.server_is_empty();
}

#[test]
fn with_keep_counters_as_uids_are_fine_while_mail_is_only_added() {
    let mut history = History::mbox();
    history.world.faults(|faults| faults.numbers_as_uids = true);
    for count in [3, 2, 4] {
        history.world.letters(count);
        history.fetch(&keep()).silent().fetched(count as u64);
    }
    history.fetch(&keep()).silent().fetched(0);
    history.all_delivered_once();
}

#[test]
fn an_empty_listing_costs_nothing() {
    for top in [Top::Works, Top::Unknown] {
        for policy in [keep(), delete()] {
            let mut history = History::maildir();
            history.world.faults(|faults| faults.top = top);
            history.world.letters(12);
            history.world.add(mail::note("small"));
            history.fetch(&keep()).silent().fetched(13);
            history.world.faults(|faults| faults.lists_nothing = true);
            history.fetch(&policy).silent().fetched(0);
            history.world.faults(|faults| faults.lists_nothing = false);
            history.fetch(&policy).ok().fetched(0);
            history.fetch(&delete()).silent().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

#[test]
fn copies_under_one_uid_come_once_each_in_any_order() {
    for shuffle in 0..6 {
        for policy in [keep(), delete()] {
            let mut history = History::maildir();
            for n in 0..3 {
                history.world.add_as(b"same", mail::letter_of(n, 900));
            }
            history.world.add_as(b"twice", mail::note("the very same"));
            history.world.add_as(b"twice", mail::note("the very same"));
            history.fetch(&keep()).silent().fetched(5);
            history.world.faults(|faults| faults.shuffle = Some(shuffle));
            history.fetch(&policy).ok().fetched(0);
            history.world.faults(|faults| faults.shuffle = Some(shuffle + 100));
            history.fetch(&delete()).ok().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

#[test]
fn deleted_rows_are_remembered_for_a_month() {
    let mut history = History::maildir();
    history.world.letters(2);
    history.fetch(&delete()).silent().fetched(2);
    for _ in 0..4 {
        history.pass(days_of(5));
        history.fetch(&delete()).silent().fetched(0);
    }
    history.world.faults(|faults| faults.lists_deleted = 9);
    history.fetch(&keep()).ok().fetched(0);
    history.all_delivered_once();
}
