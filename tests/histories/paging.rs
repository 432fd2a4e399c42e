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
        assert!(total.retr == 400 && total.top <= 100, "{total:?}");
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

/// As many messages as make a run look for more.
const PART: usize = 110;

/// The line ends anywhere in any of the sessions of a run, and nothing is lost or doubled.
#[test]
fn parts_that_are_cut_go_on() {
    for (policy, no_pipelining) in [(keep(), false), (keep(), true), (delete(), false), (delete_after(30), true)] {
        for nth in 0..8 {
            let mut history = paging(3 * PART, PART);
            history.world.faults(|faults| {
                faults.cut_received = Some(5_000 + nth * 13_000);
                faults.no_pipelining = no_pipelining;
            });
            history.fetch(&policy).any_end();
            history.world.faults(|faults| faults.cut_received = None);
            fetch_all(&mut history, &policy);
            finish(&mut history, &policy);
        }
    }
}

/// What was fetched in a session without QUIT is not hidden, and takes the place of others, until all is listed.
fn finish(history: &mut History, policy: &Policy) {
    history.world.faults(|faults| (faults.page, faults.hides_fetched) = (None, false));
    history.fetch(policy).ok();
    history.all_delivered_once();
}

/// It ends suddenly after any of the effects of a later session.
#[test]
fn parts_that_end_suddenly_go_on() {
    for policy in [keep(), delete()] {
        let mut sessions = Vec::new();
        for k in (150..1400).step_by(83) {
            let mut history = paging(3 * PART, PART);
            let ran = history.fetch_ended_after(&policy, k);
            if !ran.was_ended {
                break;
            }
            sessions.push(history.world.lock().sessions);
            fetch_all(&mut history, &policy);
            finish(&mut history, &policy);
        }
        sessions.dedup();
        assert!(sessions.len() > 1, "no later session was ended: {sessions:?}");
    }
}

/// A server that lists the same messages under new unique-ids in each session: nothing is doubled, and the run ends.
#[test]
fn new_unique_ids_in_each_session_are_no_new_messages() {
    for top in [Top::Works, Top::Unknown] {
        let mut history = History::maildir();
        history.world.letters(PART);
        history.world.faults(|faults| {
            faults.top = top;
            faults.renumbers = true;
        });
        for fetched in [PART as u64, 0, 0] {
            history.fetch(&keep()).ok().fetched(fetched);
            history.all_delivered_once();
        }
        assert_eq!(history.world.lock().sessions, 4);
    }
}

/// What was hidden is listed again: it is known.
#[test]
fn what_is_shown_again_is_known() {
    for policy in [keep(), delete_after(30)] {
        let mut history = paging(3 * PART, PART);
        history.fetch(&policy).ok().fetched(3 * PART as u64);
        history.next_day();
        history.world.faults(|faults| (faults.page, faults.hides_fetched) = (None, false));
        history.fetch(&policy).ok().fetched(0);
        history.all_delivered_once();
    }
}

/// What is too large is no sample: the rest comes, in the first run.
#[test]
fn a_sample_that_is_too_large_hides_nothing() {
    for (count, every) in [(99, 3), (99, 1), (400, 12)] {
        let mut history = History::maildir();
        let before = history.world.letters(40);
        history.fetch(&keep()).ok().fetched(40);
        before.into_iter().for_each(|id| history.world.remove(id));
        let mut small = 0;
        for n in 0..count {
            let is_large = n % every == 0;
            history.world.add(if is_large { mail::letter_of(1000 + n, 9_000) } else { mail::letter(1000 + n) });
            small += u64::from(!is_large);
        }
        let mut policy = keep();
        policy.limits.max_size = Some(5_000);
        history.fetch(&policy).ok().fetched(small);
        history.fetch(&keep()).ok().fetched(count as u64 - small);
        history.all_delivered_once();
    }
}

/// A replica that lists for some time what was deleted.
fn lagging(messages: usize) -> History {
    let history = History::maildir();
    history.world.letters(messages);
    history.world.faults(|faults| faults.lists_deleted = 4);
    history
}

#[track_caller]
fn none_deleted_twice(history: &History) {
    let times = history.world.lock().messages.iter().map(|message| message.counts.dele).max();
    assert_eq!(times, Some(1));
}

/// What this run has deleted is not deleted again by it, also after a session that broke.
#[test]
fn a_part_that_breaks_deletes_nothing_twice() {
    let mut history = lagging(2 * PART);
    history.world.faults(|faults| faults.page = Some(PART));
    let world = history.world.clone();
    let break_next = move || world.faults(|faults| faults.mistakes_uidl = Some(3));
    let ran = history.fetch_meanwhile(&delete(), Effect::QuitAnswered, break_next);
    ran.ok().fetched(2 * PART as u64);
    assert!(ran.said.contains("trying again with one command at a time"), "{ran:#?}");
    none_deleted_twice(&history);
    history.all_delivered_once();
}

/// Nor by a session for what broke others.
#[test]
fn a_session_for_what_was_postponed_deletes_nothing_twice() {
    let mut history = lagging(20);
    history.world.add(mail::letter_of(1000, 20_000));
    history.world.faults(|faults| {
        faults.no_pipelining = true;
        faults.cut_received = Some(20_000);
    });
    history.fetch(&keep()).any_end();
    let sessions = history.world.lock().sessions;
    history.fetch(&delete()).ok();
    assert_eq!(history.world.lock().sessions, sessions + 2);
    none_deleted_twice(&history);
    history.all_delivered_once();
}
