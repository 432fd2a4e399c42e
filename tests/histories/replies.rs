//! Replies belong to the commands that they answer, whatever the server leaves out or says twice, and wherever the line
//! ends.

use super::world::{Faults, Quit};
use super::*;

/// A run against these faults, then good ones: everything comes once.
#[track_caller]
fn ends_well(place: Place, policy: &Policy, faults: Faults) {
    let mut history = History::new(place);
    history.world.letters(6);
    history.step(format!("faults: {}", faults.shown()));
    history.world.faults(|now| *now = faults);
    history.fetch(policy).any_end();
    history.nothing_lost();
    history.world.heal();
    history.fetch(policy).ok();
    history.all_delivered_once();
    history.nothing_lost();
    assert_eq!(history.world.present().is_empty(), policy.delete);
    history.fetch(policy).silent().fetched(0);
}

#[test]
fn a_retr_that_is_not_answered_shifts_nothing() {
    for place in [Place::Maildir, Place::Mbox] {
        for nth in 1..=6 {
            for policy in [keep(), delete()] {
                ends_well(place, &policy, Faults { loses_retr: Some(nth), ..Faults::default() });
            }
        }
    }
}

#[test]
fn one_reply_left_out_and_another_said_twice_shift_nothing_for_good() {
    // Which of them is short and which is long cancels out in number; what comes between is shifted.
    for (lost, doubled) in [(1, 6), (2, 4), (5, 6), (4, 5), (4, 6), (3, 2), (6, 1)] {
        for no_pipelining in [true, false] {
            for policy in [keep(), delete()] {
                let (loses_retr, doubles_retr) = (Some(lost), Some(doubled));
                let faults = Faults { loses_retr, doubles_retr, no_pipelining, ..Faults::default() };
                ends_well(Place::Maildir, &policy, faults);
            }
        }
    }
}

/// UIDL that comes back wrong says that the replies before it may be anybody's.
#[test]
fn what_uidl_does_not_confirm_is_not_used() {
    for no_pipelining in [true, false] {
        for nth in 1..=3 {
            let faults = Faults { mistakes_uidl: Some(nth), no_pipelining, ..Faults::default() };
            let mut history = History::maildir();
            history.world.letters(6);
            history.world.faults(|now| *now = faults.clone());
            let ran = history.fetch(&delete());
            history.nothing_lost();
            let sessions = history.world.lock().sessions;
            if no_pipelining {
                ran.is(Kind::Protocol);
                assert!(history.home.delivered().len() < 6);
                assert_eq!((sessions, history.world.present().len()), (1, 6), "nothing is deleted without QUIT");
            } else {
                // One command at a time then.
                ran.ok().fetched(6);
                assert_eq!(sessions, 2);
            }
            ends_well(Place::Mbox, &delete(), faults);
        }
    }
}

#[test]
fn without_pipelining_one_command_waits_for_the_other() {
    for nth in 1..=6 {
        ends_well(Place::Mbox, &delete(), Faults { no_pipelining: true, doubles_retr: Some(nth), ..Faults::default() });
    }
    ends_well(Place::Maildir, &delete(), Faults { no_pipelining: true, ..Faults::default() });
}

/// Without pipelining what came before the line ended is used, up to the first message that came twice.
#[test]
fn a_reply_that_is_said_twice_before_the_line_ends_shifts_nothing() {
    for nth in [2, 4, 5] {
        for at in (400..6000).step_by(200) {
            let faults = Faults { no_pipelining: true, doubles_retr: Some(nth), ..Faults::default() };
            ends_well(Place::Maildir, &keep(), Faults { cut_received: Some(at), ..faults });
        }
    }
}

#[test]
fn a_message_that_another_client_removes_meanwhile_fails_alone() {
    for at in 1..=4 {
        for gone in 0..4 {
            let mut history = History::maildir();
            let ids = history.world.letters(4);
            history.world.faults(|faults| faults.loses_message = Some((at, ids[gone])));
            history.fetch(&delete()).any_end();
            history.nothing_lost();
            history.fetch(&delete()).silent();
            history.server_is_empty();
            let was_there = history.world.counts(ids[gone]).retr > 0;
            let expected: Vec<Id> = ids.iter().copied().filter(|&id| was_there || id != ids[gone]).collect();
            history.delivered_once(&expected);
        }
    }
}

#[test]
fn cut_at_each_octet_that_is_received_nothing_is_lost_or_doubled() {
    cut_everywhere(|at| Faults { cut_received: Some(at), ..Faults::default() });
}

#[test]
fn cut_at_each_octet_that_is_sent_nothing_is_lost_or_doubled() {
    cut_everywhere(|at| Faults { cut_sent: Some(at), ..Faults::default() });
}

/// A cut at every octet, until the session ends before it.
fn cut_everywhere(faults: impl Fn(usize) -> Faults) {
    for (place, policy) in [(Place::Maildir, delete()), (Place::Mbox, delete()), (Place::Maildir, keep())] {
        for at in 1.. {
            let mut history = History::new(place);
            history.world.add(mail::short(1));
            history.world.add(mail::short(2));
            history.step(format!("the line ends at octet {at}"));
            history.world.faults(|now| *now = faults(at));
            let ran = history.fetch(&policy);
            let was_cut = history.world.lock().faults == Faults::default();
            if !was_cut {
                assert!(at > 50, "the session ended before octet {at}");
                ran.silent();
                break;
            }
            history.nothing_lost();
            history.fetch(&policy).silent();
            history.all_delivered_once();
            assert_eq!(history.world.present().is_empty(), policy.delete);
        }
    }
}

#[test]
fn whatever_quit_does_each_message_is_deleted_once_and_delivered_once() {
    for quit in [Quit::LostBefore, Quit::LostAfter, Quit::RefusedWhole, Quit::RefusedHalf] {
        for place in [Place::Maildir, Place::Mbox] {
            ends_well(place, &delete(), Faults { quit, ..Faults::default() });
            // In a run with nothing to fetch.
            let mut history = History::new(place);
            history.world.letters(3);
            history.fetch(&keep()).silent();
            history.world.faults(|faults| faults.quit = quit);
            history.fetch(&delete()).is(Kind::TryLater);
            history.world.heal();
            history.fetch(&delete()).silent().fetched(0);
            history.server_is_empty();
            history.all_delivered_once();
        }
    }
}
