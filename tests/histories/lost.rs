//! The histories in which mail was lost: gone from the server, delivered nowhere. Those that need a system call to fail
//! (numbers 1, 2 and 3) are run with the real program, elsewhere.

use super::*;

const PLACES: [Place; 2] = [Place::Maildir, Place::Mbox];

#[test]
fn a_good_history_is_good() {
    for place in PLACES {
        let mut history = History::new(place);
        history.world.letters(5);
        history.fetch(&keep()).silent().fetched(5);
        history.world.letters(2);
        history.fetch(&keep()).silent().fetched(2);
        history.fetch(&delete()).silent().fetched(0);
        history.all_delivered_once();
        history.server_is_empty();
        history.nothing_lost();
        history.fetch(&delete()).silent();
    }
}

/// Number 4: "the spool is gone, so it was published".
#[test]
fn a_spool_that_is_gone_does_not_mean_that_it_was_published() {
    let mut history = History::mbox();
    let ids = history.world.letters(3);
    history.fetch_ended_at(&delete(), Effect::Recorded).ended();
    assert!(!history.home.spools().is_empty(), "nothing was staged");
    history.home.remove_spools();
    stays_in_doubt(&mut history, &ids);
    history.state("retry");
    history.fetch(&delete()).silent().fetched(3);
    history.all_delivered_once();
    history.server_is_empty();
}

/// Number 4, other ending: whoever knows that the mail is there says so.
#[test]
fn a_spool_that_is_gone_is_settled_by_confirmation() {
    let mut history = History::mbox();
    let ids = history.world.letters(2);
    history.fetch_ended_at(&delete(), Effect::Recorded).ended();
    history.home.remove_spools();
    stays_in_doubt(&mut history, &ids);
    history.state("confirm");
    history.fetch(&delete()).silent().fetched(0);
    history.server_is_empty();
    history.delivered_once(&[]);
}

/// Number 4, sibling: the spool is gone, and so is the need for it.
#[test]
fn a_spool_that_is_gone_is_not_needed_where_the_octets_are_there() {
    let mut history = History::mbox();
    history.world.letters(3);
    let appended = AtomicU32::new(0);
    let last = move |_, effect| effect == Effect::Appended && appended.fetch_add(1, Ordering::SeqCst) == 2;
    history.fetch_ended_when(&delete(), last).ended();
    history.home.remove_spools();
    history.fetch(&delete()).silent().fetched(3);
    history.all_delivered_once();
    history.server_is_empty();
}

/// Number 5: "not in tmp/, so it was published".
#[test]
fn an_emptied_tmp_does_not_mean_that_it_was_published() {
    let mut history = History::maildir();
    let ids = history.world.letters(3);
    history.fetch_ended_at(&delete(), Effect::Recorded).ended();
    assert_eq!(history.home.staged().len(), 3);
    history.home.empty_tmp();
    stays_in_doubt(&mut history, &ids);
    history.state("retry");
    history.fetch(&delete()).silent().fetched(3);
    history.all_delivered_once();
    history.server_is_empty();
}

/// Number 5, other ending.
#[test]
fn an_emptied_tmp_is_settled_by_confirmation() {
    let mut history = History::maildir();
    let ids = history.world.letters(3);
    history.fetch_ended_at(&delete(), Effect::Renamed).ended();
    history.home.empty_tmp();
    // One of them had been renamed: it is there, and so it was published.
    let ran = history.fetch(&delete());
    ran.is(Kind::Unavailable);
    history.delivered_once(&ids[..1]);
    assert_eq!(history.world.present(), &ids[1..]);
    history.state("confirm");
    history.fetch(&delete()).silent().fetched(0);
    history.server_is_empty();
    history.delivered_once(&ids[..1]);
}

/// Presumed: said once, not fetched by itself, never deleted, however much time passes; what is new comes all the same.
fn stays_in_doubt(history: &mut History, ids: &[Id]) {
    let delivered = history.home.delivered().len();
    history.fetch(&delete()).is(Kind::Unavailable).fetched(0);
    for _ in 0..4 {
        history.pass(days_of(6));
        history.fetch(&delete()).silent().fetched(0);
    }
    history.fetch(&delete_after(1)).silent().fetched(0);
    assert_eq!(history.world.present(), ids, "in doubt nothing is deleted");
    assert_eq!(history.world.total().dele, 0, "in doubt nothing is deleted");
    assert_eq!(history.home.delivered().len(), delivered);
    assert!(history.home.leftovers().is_empty(), "{:?}", history.home.leftovers());
}

/// Number 6: the replies shift by one, bodies come under the unique-ids of others.
#[test]
fn a_retr_that_is_answered_twice_shifts_nothing() {
    for place in PLACES {
        for nth in 1..=6 {
            let mut history = History::new(place);
            history.world.letters(6);
            history.world.faults(|faults| faults.doubles_retr = Some(nth));
            let ran = history.fetch(&delete());
            assert!(matches!(ran.kind, None | Some(Kind::Protocol | Kind::TryLater)), "{ran:#?}");
            history.nothing_lost();
            history.fetch(&delete()).silent();
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// Number 7: the new message was deleted unseen, even by a run that keeps.
#[test]
fn a_uid_given_anew_after_our_dele_is_another_message() {
    for (place, policy) in [(Place::Maildir, keep()), (Place::Mbox, delete()), (Place::Maildir, delete_after(30))] {
        let mut history = History::new(place);
        history.world.add_as(b"7", mail::letter_of(1, 900));
        history.fetch(&delete()).silent().fetched(1);
        history.server_is_empty();
        // Before any listing that lacks the old one.
        history.world.add_as(b"7", mail::letter_of(2, 900));
        history.fetch(&policy).silent().fetched(1);
        history.all_delivered_once();
        assert_eq!(history.world.present().is_empty(), policy.delete);
        history.fetch(&delete()).silent().fetched(0);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Number 7, sibling: after a QUIT without an answer.
#[test]
fn a_uid_given_anew_after_an_unanswered_quit_is_another_message() {
    for top in [world::Top::Works, world::Top::Refused, world::Top::Unknown] {
        let mut history = History::maildir();
        history.world.faults(|faults| faults.quit = world::Quit::LostAfter);
        history.world.add_as(b"7", mail::note_of("one", 900));
        history.fetch(&delete()).any_end();
        history.server_is_empty();
        history.world.heal();
        history.world.faults(|faults| faults.top = top);
        history.world.add_as(b"7", mail::note_of("two", 900));
        history.fetch(&keep()).silent().fetched(1);
        history.fetch(&delete()).silent().fetched(0);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Number 8: made anew under the mount point, and the mail deleted from the server.
#[test]
fn a_disk_that_is_not_mounted_is_not_written_under() {
    for place in PLACES {
        for policy in [delete(), keep(), delete_after(1)] {
            let mut history = History::new(place);
            history.world.letters(3);
            history.fetch(&policy).silent().fetched(3);
            history.fetch(&delete()).silent();
            history.fetch(&delete()).silent(); // the ledger has no live row now
            let more = history.world.letters(2);
            history.step("the disk is not mounted");
            history.home.unmount();
            for _ in 0..2 {
                history.fetch(&policy).is(Kind::CannotCreate).fetched(0);
            }
            assert_eq!(history.world.present(), more);
            assert_eq!(std::fs::read_dir(history.home.disk()).unwrap().count(), 0, "something was made under it");
            history.home.mount();
            history.fetch(&policy).silent().fetched(2);
            history.all_delivered_once();
        }
    }
}

/// Number 9: one was removed elsewhere, the other was lost.
#[test]
fn two_messages_of_one_size_under_one_uid_are_two() {
    for place in PLACES {
        for gone in 0..2 {
            for top in [world::Top::Works, world::Top::Unknown] {
                let mut history = History::new(place);
                history.world.faults(|faults| faults.top = top);
                let first = history.world.add_as(b"same", mail::letter_of(1, 900));
                history.fetch(&keep()).silent().fetched(1);
                let second = history.world.add_as(b"same", mail::letter_of(2, 900));
                history.world.remove([first, second][gone]);
                let expected = if gone == 0 { vec![first, second] } else { vec![first] };
                history.fetch(&delete()).silent();
                history.delivered_once(&expected);
                history.server_is_empty();
            }
        }
    }
}

/// Number 9, sibling: which of them is the first changes with a deletion, so both go or none.
#[test]
fn of_two_messages_under_one_uid_none_is_deleted_before_the_other_can_be() {
    for refused in 0..2 {
        let mut history = History::maildir();
        let ids = [1, 2].map(|n| history.world.add_as(b"same", mail::letter_of(n, 900)));
        history.world.faults(|faults| faults.refuses_retr = world::Which::These(vec![ids[refused]]));
        history.fetch(&delete()).fetched(1);
        assert_eq!(history.world.present(), ids);
        assert_eq!(history.world.total().dele, 0);
        history.world.heal();
        history.next_day();
        history.fetch(&delete()).ok().fetched(1);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Number 9, as it was found: both were fetched once, one of them is left.
#[test]
fn of_two_messages_under_one_uid_the_one_that_is_left_is_known() {
    for gone in 0..2 {
        let mut history = History::maildir();
        let ids = [1, 2].map(|n| history.world.add_as(b"same", mail::letter_of(n, 900)));
        history.fetch(&keep()).silent().fetched(2);
        history.world.remove(ids[gone]);
        history.world.add_as(b"same", mail::letter_of(3, 900));
        history.fetch(&delete()).silent().fetched(1);
        history.all_delivered_once();
        history.server_is_empty();
        history.nothing_lost();
    }
}
