//! A server that gives all messages new unique-ids, as after a move, costs nothing.

use super::world::Top;
use super::*;

fn renumbered(count: usize, place: Place) -> History {
    let mut history = History::new(place);
    history.world.letters(count);
    history.fetch(&keep()).silent().fetched(count as u64);
    history.world.renumber_all();
    history.step("all get new unique-ids");
    history.world.letters(1);
    history.world.reset_counts();
    history
}

#[test]
fn five_hundred_renumbered_and_one_new_cost_one_retr() {
    let mut history = renumbered(500, Place::Maildir);
    history.fetch(&keep()).ok().fetched(1);
    assert_eq!(history.world.total().retr, 1);
    history.all_delivered_once();
    history.fetch(&keep()).silent().fetched(0);
    assert_eq!(history.world.total().dele, 0, "deleted by a run that keeps");
    history.fetch(&delete()).silent().fetched(0);
    history.all_delivered_once();
    history.server_is_empty();
}

#[test]
fn five_hundred_renumbered_with_delete_cost_one_retr() {
    let mut history = renumbered(500, Place::Mbox);
    history.fetch(&delete()).ok().fetched(1);
    assert_eq!(history.world.total().retr, 1);
    history.all_delivered_once();
    if !history.world.present().is_empty() {
        history.fetch(&delete()).silent().fetched(0); // deleted at once, or by the next run
    }
    history.server_is_empty();
}

/// Stopped or cut in the middle, and run again: the same.
#[test]
fn a_renumbering_that_is_interrupted_goes_on() {
    for at in [3_000, 20_000, 60_000, 120_000, 200_000] {
        let mut history = renumbered(500, Place::Maildir);
        history.world.faults(|faults| faults.cut_received = Some(at));
        history.fetch(&keep()).any_end();
        history.world.heal();
        history.fetch(&keep()).ok();
        assert_eq!(history.world.total().retr, 1, "cut at {at}");
        history.all_delivered_once();
        history.fetch(&delete()).silent();
        history.server_is_empty();
    }
}

#[test]
fn a_renumbering_without_top_doubles_nothing() {
    for top in [Top::Unknown, Top::Refused] {
        for place in [Place::Maildir, Place::Mbox] {
            let mut history = renumbered(60, place);
            history.world.faults(|faults| faults.top = top);
            history.fetch(&keep()).ok();
            history.all_delivered_once();
            history.fetch(&keep()).silent().fetched(0);
            assert_eq!(history.world.total().dele, 0, "deleted by a run that keeps");
            history.fetch(&delete()).silent().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

#[test]
fn a_renumbering_without_top_that_is_stopped_goes_on() {
    for at in [1, 10, 30, 59] {
        let mut history = renumbered(60, Place::Maildir);
        history.world.faults(|faults| {
            faults.top = Top::Unknown;
            faults.no_pipelining = true; // what is asked for is also received
            faults.stops_at = Some(at);
        });
        let mut policy = keep();
        policy.batch.messages = 8;
        history.fetch(&policy).any_end();
        history.fetch(&policy).ok();
        history.all_delivered_once();
        assert!(history.world.total().retr < 61 + 30, "what was compared before the stop was compared again");
        history.fetch(&delete()).silent();
        history.server_is_empty();
    }
}

#[test]
fn a_renumbering_that_ends_suddenly_goes_on() {
    for k in [1, 2, 3, 5, 8] {
        let mut history = renumbered(30, Place::Maildir);
        history.fetch_ended_after(&keep(), k).any_end();
        history.fetch(&keep()).ok();
        history.all_delivered_once();
        history.fetch(&delete()).silent();
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Some of them only: a folder that was rebuilt.
#[test]
fn some_that_are_renumbered_are_known_again() {
    for share in [1, 2, 10] {
        let mut history = History::maildir();
        let ids = history.world.letters(40);
        history.fetch(&keep()).silent().fetched(40);
        history.world.renumber(&ids[..40 / share]);
        history.world.letters(2);
        history.fetch(&keep()).ok().fetched(2);
        history.all_delivered_once();
        history.fetch(&delete()).silent();
        history.all_delivered_once();
        history.server_is_empty();
    }
}

#[test]
fn renumbered_twice_and_empty_in_between() {
    let mut history = renumbered(40, Place::Maildir);
    history.world.faults(|faults| faults.lists_nothing = true);
    history.fetch(&keep()).ok().fetched(0);
    history.world.heal();
    history.fetch(&keep()).ok().fetched(1);
    history.world.renumber_all();
    history.fetch(&delete()).ok().fetched(0);
    history.all_delivered_once();
    history.fetch(&delete()).any_end();
    history.server_is_empty();
    history.all_delivered_once();
}

/// Identical notes from a machine: no news where all was renumbered, but each is a message where one comes.
#[test]
fn identical_notes_are_each_a_message_and_no_news_when_all_is_renumbered() {
    let mut history = History::maildir();
    history.world.letters(10);
    for night in 1..=4 {
        history.world.add(mail::note("backup: all is well"));
        history.fetch(&keep()).silent();
        history.all_delivered_once();
        assert_eq!(history.home.delivered().len(), 10 + night);
    }
    // One was removed elsewhere, another came: that is another message.
    history.world.remove(10);
    history.world.add(mail::note("backup: all is well"));
    history.fetch(&keep()).silent().fetched(1);
    history.all_delivered_once();
    history.world.renumber_all();
    history.fetch(&keep()).ok().fetched(0);
    history.all_delivered_once();
}

/// Whoever asks for everything gets it again, whatever it is called now.
#[test]
fn all_brings_what_is_renumbered_too() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = renumbered(10, Place::Maildir);
        history.world.faults(|faults| faults.top = top);
        history.fetch(&Policy { all: true, ..keep() }).ok().fetched(11);
        assert_eq!(history.home.delivered().len(), 21);
    }
}

/// All is new in a mailbox whose old messages deleted: that is no renumbering.
#[test]
fn new_mail_in_place_of_old_mail_is_new_mail() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = History::new(place);
        let ids = history.world.letters(30);
        history.fetch(&keep()).silent().fetched(30);
        ids.iter().for_each(|&id| history.world.remove(id));
        history.world.letters(30);
        history.fetch(&keep()).ok().fetched(30);
        history.all_delivered_once();
    }
}

/// Two messages with the very same octets are two, and each of them is known again.
#[test]
fn copies_that_are_renumbered_are_each_known_again() {
    for top in [Top::Works, Top::Refused, Top::Unknown] {
        for count in [2, 3] {
            let mut history = History::maildir();
            history.world.faults(|faults| faults.top = top);
            history.world.letters(4);
            for _ in 0..count {
                history.world.add(mail::letter(99));
            }
            history.fetch(&keep()).silent().fetched(4 + count);
            history.world.renumber_all();
            history.fetch(&keep()).ok().fetched(0);
            history.all_delivered_once();
            history.fetch(&delete()).silent().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// A deletion that was not confirmed, and new unique-ids: the message is still the one that was delivered.
#[test]
fn what_waits_for_its_deletion_is_known_again() {
    for top in [Top::Works, Top::Unknown] {
        for place in [Place::Maildir, Place::Mbox] {
            let mut history = History::new(place);
            history.world.faults(|faults| {
                faults.top = top;
                faults.quit = world::Quit::LostBefore;
            });
            history.world.letters(3);
            history.fetch(&delete()).is(Kind::TryLater);
            history.world.faults(|faults| faults.quit = world::Quit::Works);
            history.world.renumber_all();
            history.fetch(&delete()).ok().fetched(0);
            history.fetch(&delete()).ok().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// Messages that TOP cannot tell, and others that came beside them: that it knows none of those says nothing of the former.
#[test]
fn notes_that_are_renumbered_among_new_letters_are_known_again() {
    for (notes, letters, new) in
        [(10, 0, 3), (10, 0, 4), (10, 0, 40), (80, 0, 80), (10, 9, 6), (10, 12, 6), (40, 39, 20)]
    {
        let mut history = History::maildir();
        for n in 0..notes {
            history.world.add(mail::note(&format!("backup {n}")));
        }
        let gone = history.world.letters(letters);
        history.fetch(&keep()).silent().fetched((notes + letters) as u64);
        gone.into_iter().for_each(|id| history.world.remove(id));
        history.world.renumber_all();
        history.world.letters(new);
        history.fetch(&keep()).ok().fetched(new as u64);
        history.all_delivered_once();
        history.fetch(&keep()).silent().fetched(0);
    }
}
