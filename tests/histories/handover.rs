//! Messages that are handed over, and several destinations at once: what each of them has, whatever goes wrong in between.

use std::collections::VecDeque;

use mailhaul::deliver::{Target, Way};

use super::receiver::{FAULTS, Fault, target};
use super::*;

/// One that can be asked what it has, as a mail server by IMAP can, and one that cannot, as a command.
const ASKED: &str = "imaps://ann@there/INBOX";
const BLIND: &str = "procmail";

fn asked() -> Target {
    target(Way::Imap, ASKED)
}

fn blind() -> Target {
    target(Way::Pipe, BLIND)
}

/// A history with these destinations; `mail` is the home's own place.
fn history(targets: &[Target]) -> History {
    let mut history = History::maildir();
    history.world.receiver(ASKED, |taken| taken.can_tell = true);
    history.targets = targets.to_vec();
    history
}

/// The home's own Maildir, and whoever can be asked.
fn both() -> History {
    let mut history = history(&[]);
    history.targets = vec![history.home.target(), asked()];
    history
}

/// What each message on the server came to there: how often.
fn counts(history: &History, name: &str) -> Vec<usize> {
    let state = history.world.lock();
    let taken = state.receivers.get(name).map_or(&[][..], |taken| &taken.messages);
    let count = |content: &[u8]| {
        let content = mail::stored(content);
        let twins = state.messages.iter().filter(|other| mail::stored(&other.content) == content).count();
        // Copies of one message are counted together.
        taken.iter().filter(|other| **other == content).count() / twins
            + usize::from(taken.iter().filter(|other| **other == content).count() % twins > 0)
    };
    state.messages.iter().map(|message| count(&message.content)).collect()
}

#[track_caller]
fn each_once(history: &History, name: &str) {
    let found = history.world.lock().receivers.get(name).map_or(0, |taken| taken.messages.len());
    let counts = counts(history, name);
    assert!(counts.iter().all(|&count| count == 1), "{name} has the messages so often: {counts:?}");
    assert_eq!(found, counts.len(), "{name}: copies of one message");
}

#[track_caller]
fn each_at_least_once(history: &History, name: &str) {
    let counts = counts(history, name);
    assert!(counts.iter().all(|&count| count >= 1), "{name} lacks messages: {counts:?}");
}

/// The outbox has files that no message needs.
#[track_caller]
fn outbox_is_empty(history: &History) {
    let left: Vec<PathBuf> = match std::fs::read_dir(history.home.state().join("outbox")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    assert!(left.is_empty(), "left in the outbox: {left:?}");
}

fn letters(history: &History) {
    history.world.letters(5);
    history.world.add_as(b"same", mail::note("twice"));
    history.world.add_as(b"same", mail::note("twice"));
}

#[test]
fn a_message_is_handed_over_and_deleted() {
    for (destination, name) in [(asked(), ASKED), (blind(), BLIND)] {
        for policy in [keep(), delete()] {
            let mut history = history(std::slice::from_ref(&destination));
            letters(&history);
            history.fetch(&policy).silent().fetched(7);
            each_once(&history, name);
            outbox_is_empty(&history);
            assert_eq!(history.world.present().is_empty(), policy.delete);
            history.fetch(&policy).silent().fetched(0);
            each_once(&history, name);
        }
    }
}

/// A run that ends after its k-th effect, a second that ends somewhere, a third that is let alone; for each k.
#[test]
fn ended_after_each_effect_nothing_is_lost() {
    type Targets = fn(&History) -> Vec<Target>;
    let ways: [(Targets, &[&str]); 4] = [
        (|_| vec![asked()], &[ASKED]),
        (|_| vec![blind()], &[BLIND]),
        (|history| vec![history.home.target(), asked()], &[ASKED]),
        (|history| vec![asked(), blind(), history.home.target()], &[ASKED, BLIND]),
    ];
    for (targets, receivers) in ways {
        for deletes in [false, true] {
            let mut policy = if deletes { delete() } else { keep() };
            policy.batch.messages = 3;
            for k in (1 + u32::from(deletes)..).step_by(2) {
                let mut history = history(&[]);
                history.targets = targets(&history);
                letters(&history);
                if !history.fetch_ended_after(&policy, k).was_ended {
                    assert!(k > 15, "only {k} effects");
                    break;
                }
                history.fetch_ended_after(&policy, 1 + k * 7 % 23).any_end();
                history.fetch(&policy).ok();
                check(&history, receivers);
                assert_eq!(history.world.present().is_empty(), deletes);
                history.fetch(&policy).silent().fetched(0);
                check(&history, receivers);
            }
        }
    }
}

#[track_caller]
fn check(history: &History, receivers: &[&str]) {
    for &name in receivers {
        if name == ASKED { each_once(history, name) } else { each_at_least_once(history, name) }
    }
    if history.targets.contains(&history.home.target()) {
        history.all_delivered_once();
    }
    outbox_is_empty(history);
    assert_eq!(history.world.lock().violations, Vec::<String>::new());
}

/// Every answer at every message, and then all goes well.
#[test]
fn every_answer_at_every_step() {
    for (destination, name) in [(asked(), ASKED), (blind(), BLIND)] {
        for deletes in [false, true] {
            let policy = if deletes { delete() } else { keep() };
            for at in [0, 3, 6] {
                for fault in FAULTS {
                    for again in FAULTS {
                        let mut history = history(std::slice::from_ref(&destination));
                        letters(&history);
                        let mut faults: VecDeque<Fault> = vec![Fault::Nothing; at].into();
                        faults.extend([fault, again]);
                        history.world.receiver(name, |taken| taken.faults = faults);
                        let first = history.fetch(&policy);
                        if fault != Fault::Nothing {
                            assert_eq!(first.kind, Some(Kind::TryLater), "{at} {fault:?}: {first:#?}");
                            assert!(!history.world.present().is_empty(), "{at} {fault:?}: deleted too much");
                        }
                        // What is refused is tried again at growing intervals.
                        for _ in 0..4 {
                            history.pass(Duration::from_hours(9));
                            history.fetch(&policy).any_end();
                        }
                        check(&history, &[name]);
                        assert_eq!(history.world.present().is_empty(), deletes, "{at} {fault:?} {again:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_waits_is_handed_over_without_a_download() {
    let mut history = history(&[asked()]);
    history.world.letters(4);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    let ran = history.fetch(&delete());
    ran.is(Kind::TryLater).says("nobody answers").says(ASKED);
    assert_eq!(ran.tally.waiting, 4);
    assert_eq!(history.world.receiver(ASKED, |taken| taken.calls), 1, "asked once for all");
    history.world.letters(2);
    // Nothing new is fetched while it is away, and it is asked once.
    history.fetch(&delete()).is(Kind::TryLater);
    let retrs =
        |history: &History| history.world.lock().messages.iter().map(|message| message.counts.retr).sum::<u32>();
    assert_eq!(retrs(&history), 4);
    assert_eq!(history.world.receiver(ASKED, |taken| taken.calls), 2);
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.fetch(&delete()).ok().fetched(6);
    assert_eq!(retrs(&history), 6, "each came over the line once");
    each_once(&history, ASKED);
    history.server_is_empty();
    outbox_is_empty(&history);
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let mut history = both();
    history.world.letters(3);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&delete()).is(Kind::TryLater);
    history.all_delivered_once();
    assert_eq!(history.world.present().len(), 3, "one destination lacks them");
    history.world.letters(3);
    history.fetch(&delete()).is(Kind::TryLater);
    history.all_delivered_once();
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.fetch(&delete()).ok();
    each_once(&history, ASKED);
    history.all_delivered_once();
    history.server_is_empty();
    outbox_is_empty(&history);
}

#[test]
fn a_place_that_is_gone_gets_its_messages_later() {
    let mut history = both();
    history.world.letters(2);
    history.fetch(&keep()).ok();
    history.home.unmount();
    history.world.letters(3);
    history.fetch(&delete()).is(Kind::CannotCreate);
    each_once(&history, ASKED);
    assert_eq!(history.world.present().len(), 5, "the disk lacks three of them");
    history.home.mount();
    history.fetch(&delete()).ok();
    history.all_delivered_once();
    each_once(&history, ASKED);
    history.server_is_empty();
}

#[test]
fn a_refused_message_stays_on_the_server_and_the_others_come() {
    let mut history = history(&[blind()]);
    history.world.letters(4);
    history.world.receiver(BLIND, |taken| taken.faults = vec![Fault::Nothing, Fault::Refused].into());
    let ran = history.fetch(&delete());
    ran.is(Kind::TryLater).says("not that one");
    assert_eq!((ran.tally.fetched, ran.tally.refused), (3, 1));
    assert_eq!(history.world.present().len(), 1);
    let mut last = None;
    for _ in 0..40 {
        history.world.receiver(BLIND, |taken| taken.faults = vec![Fault::Refused].into());
        history.pass(Duration::from_hours(9));
        let ran = history.fetch(&delete());
        if ran.kind == Some(Kind::Unavailable) {
            last = Some(ran);
            break;
        }
    }
    last.expect("it is given up").says("given up");
    assert_eq!(history.world.present().len(), 1, "and stays on the server");
    history.world.receiver(BLIND, |taken| taken.faults.clear());
    history.fetch(&delete()).ok().fetched(0); // not before its time
    history.state("retry");
    history.fetch(&delete()).ok().fetched(1);
    each_once(&history, BLIND);
    history.server_is_empty();
}

/// The answer was lost, and a client of the user's has moved the message: nobody can tell.
#[test]
fn what_cannot_be_told_is_for_the_user() {
    for verb in ["confirm", "retry"] {
        let mut history = history(&[asked()]);
        history.world.letters(2);
        history.world.receiver(ASKED, |taken| taken.faults = vec![Fault::BreaksAfter].into());
        history.fetch(&delete()).is(Kind::TryLater);
        history.world.receiver(ASKED, |taken| taken.was_moved = true);
        history.fetch(&delete()).is(Kind::Unavailable).says("not known");
        assert_eq!(history.world.present().len(), 1, "what is in doubt stays");
        history.world.receiver(ASKED, |taken| taken.was_moved = false);
        history.state(verb);
        history.fetch(&delete()).ok();
        let expected = if verb == "confirm" { 1 } else { 2 };
        assert_eq!(counts(&history, ASKED)[0], expected, "{verb}");
        history.server_is_empty();
    }
}

/// A destination that was taken out of the settings: what it lacks is no reason to keep a message; what was delivered
/// nowhere goes to those that there are.
#[test]
fn destinations_come_and_go() {
    let mut history = both();
    history.world.letters(3);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&keep()).is(Kind::TryLater);
    history.targets = vec![history.home.target()];
    history.fetch(&keep()).ok().fetched(0).says("waited for a destination that this run does not have");
    history.fetch(&delete()).silent();
    history.all_delivered_once();
    history.server_is_empty();
    outbox_is_empty(&history);

    let mut history = self::history(&[asked()]);
    history.world.letters(3);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&keep()).is(Kind::TryLater);
    history.targets = vec![history.home.target()];
    history.fetch(&delete()).ok().fetched(3);
    history.all_delivered_once();
    history.server_is_empty();
    // Added to a mailbox that has been fetched: what was settled before is complete.
    history.targets = vec![history.home.target(), blind()];
    history.world.letters(1);
    history.fetch(&keep()).ok().fetched(1);
    assert_eq!(history.world.receiver(BLIND, |taken| taken.messages.len()), 1);
}

/// Somebody has misspelt the name of a receiver, and corrects it: what waits goes to the new one, without a download, and
/// also when the server has lost it meanwhile.
#[test]
fn what_waits_for_a_name_that_was_corrected_goes_to_the_new_one() {
    for (policy, vanishes) in [(keep(), false), (delete(), false), (delete(), true)] {
        for with_mail in [false, true] {
            let mut history = history(&[]);
            let wrong = target(Way::Imap, "imaps://ann@thare/INBOX");
            let own = if with_mail { vec![history.home.target()] } else { Vec::new() };
            history.world.receiver("imaps://ann@thare/INBOX", |taken| taken.is_away = true);
            history.targets = [own.clone(), vec![wrong]].concat();
            let ids = history.world.letters(3);
            history.fetch(&policy).is(Kind::TryLater);
            if vanishes {
                ids.iter().for_each(|id| history.world.remove(*id));
            }
            history.targets = [own, vec![asked()]].concat();
            history.fetch(&policy).ok();
            history.fetch(&policy).ok().fetched(0);
            each_once(&history, ASKED);
            let retrs = history.world.lock().messages.iter().map(|message| message.counts.retr).sum::<u32>();
            assert_eq!(retrs, 3, "each came over the line once");
            if with_mail {
                history.all_delivered_once();
            }
            assert_eq!(history.world.present().is_empty(), policy.delete);
            outbox_is_empty(&history);
        }
    }
}

/// A place that was named in the stead of another one gets what the first did not, though a third one has it.
#[test]
fn what_waits_for_a_place_that_was_corrected_goes_to_the_new_one() {
    let mut history = both();
    history.world.letters(3);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&delete()).is(Kind::TryLater);
    let mbox = Target::Mbox(history.home.disk().join("mbox"));
    history.targets = vec![history.home.target(), mbox.clone()];
    history.fetch(&delete()).ok();
    history.all_delivered_once();
    let text = std::fs::read_to_string(mbox.path().unwrap()).unwrap();
    assert_eq!(text.matches("\nSubject: letter").count(), 3);
    history.server_is_empty();
    history.fetch(&delete()).silent();
    outbox_is_empty(&history);
}

/// A message that waits is known by its fingerprint, also under another unique-id.
#[test]
fn what_waits_is_known_again_when_the_server_renumbers() {
    let mut history = history(&[asked()]);
    history.world.letters(6);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&keep()).is(Kind::TryLater);
    history.world.renumber_all();
    history.fetch(&keep()).is(Kind::TryLater);
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.fetch(&delete()).any_end();
    history.fetch(&delete()).ok();
    each_once(&history, ASKED);
    history.server_is_empty();
    outbox_is_empty(&history);
}
