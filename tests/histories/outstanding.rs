//! What is still on its way to one of several destinations, while something else happens: each destination gets it once, and
//! nothing waits for ever.

use mailhaul::deliver::{Target, Way};

use super::receiver::{Fault, target};
use super::*;

const ASKED: &str = "imaps://ann@there/INBOX";
const BLIND: &str = "procmail";

/// The home's own Maildir, and whoever can be asked.
fn both() -> History {
    let mut history = History::maildir();
    history.world.receiver(ASKED, |taken| taken.can_tell = true);
    history.targets = vec![history.home.target(), asked()];
    history
}

fn asked() -> Target {
    target(Way::Imap, ASKED)
}

fn count(history: &History, name: &str) -> usize {
    history.world.receiver(name, |taken| taken.messages.len())
}

/// A message is in doubt for one destination, and waits for another: to try it again is for both.
#[test]
fn retry_of_what_no_destination_has_is_for_all_of_them() {
    let mut history = both();
    history.world.letters(1);
    history.fetch(&delete()).silent().fetched(1); // the place is known
    history.world.letters(1);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch_ended_at(&keep(), Effect::Recorded).ended();
    history.home.empty_tmp();
    history.fetch(&keep()).is(Kind::Unavailable).says("not known");
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.state("retry");
    history.fetch(&delete()).any_end();
    history.nothing_lost();
    history.fetch(&delete()).ok();
    history.all_delivered_once();
    assert_eq!(count(&history, ASKED), 2);
    history.server_is_empty();
}

/// A message that is owed to a destination, and that another client has removed, cannot come any more.
#[test]
fn what_is_owed_and_has_gone_from_the_server_is_forgotten_in_time() {
    let mut history = both();
    history.world.letters(1);
    history.fetch(&keep()).silent();
    history.home.unmount();
    let gone = history.world.letters(1);
    history.fetch(&keep()).is(Kind::CannotCreate);
    history.world.remove(gone[0]);
    history.home.mount();
    let ran = history.fetch(&keep());
    assert_eq!(ran.ok().tally.waiting, 1);
    // By an age that the ledger's clock believes.
    for _ in 0..6 {
        history.pass(days_of(8));
        history.fetch(&keep()).ok();
    }
    assert_eq!(history.fetch(&keep()).ok().tally.waiting, 0);
}

/// A run ended between the ledger and the hand-over, and the destination is taken out of the settings.
#[test]
fn what_was_staged_for_a_destination_that_is_gone_does_not_wait_for_ever() {
    let mut history = both();
    history.targets = vec![asked()];
    history.world.letters(3);
    history.fetch_ended_at(&keep(), Effect::Recorded).ended();
    history.targets = vec![history.home.target()];
    history.fetch(&delete()).ok().fetched(3);
    history.all_delivered_once();
    history.server_is_empty();
    let ran = history.fetch(&delete());
    assert_eq!(ran.ok().tally.waiting, 0);
    let outbox = std::fs::read_dir(history.home.state().join("outbox")).unwrap();
    assert_eq!(outbox.count(), 0);
}

/// A run ended after it had published, before the ledger knew; the disk goes, and a destination is added.
#[test]
fn what_a_place_that_is_away_may_have_is_not_fetched_for_it_again() {
    let mut history = both();
    history.targets = vec![history.home.target()];
    history.world.letters(1);
    history.fetch(&keep()).silent();
    history.world.letters(2);
    history.fetch_ended_at(&keep(), Effect::Renamed).ended();
    history.home.unmount();
    history.targets = vec![history.home.target(), asked()];
    history.fetch(&keep()).is(Kind::CannotCreate);
    history.home.mount();
    history.fetch(&keep()).ok();
    history.fetch(&delete()).ok();
    history.all_delivered_once();
    history.server_is_empty();
}

/// A message that is not wanted waits, and the server gives its unique-id to another one.
#[test]
fn a_message_under_the_unique_id_of_one_that_waits_comes() {
    for octets in [None, Some(262)] {
        let mut history = both();
        history.targets = vec![target(Way::Pipe, BLIND)];
        let old = history.world.letters(1)[0];
        history.world.receiver(BLIND, |taken| taken.faults = vec![Fault::Refused; 100].into());
        history.fetch(&keep()).is(Kind::TryLater);
        let uid = history.world.uid(old);
        history.world.remove(old);
        history.fetch(&keep()).any_end();
        let content = octets.map_or(mail::letter(3), |octets| mail::letter_of(3, octets + 100));
        history.world.add_as(&uid, content);
        history.fetch(&keep()).any_end();
        history.world.receiver(BLIND, |taken| taken.faults.clear());
        for _ in 0..3 {
            history.pass(days_of(2));
            history.fetch(&delete()).any_end();
        }
        assert_eq!(count(&history, BLIND), 2);
        history.server_is_empty();
    }
}

/// A destination that cannot be made is no reason to keep mail from the others, whichever comes first.
#[test]
fn a_first_destination_that_cannot_be_opened_does_not_stop_the_second() {
    for reversed in [false, true] {
        let mut history = both();
        let nowhere = PathBuf::from("/proc/mailhaul/Mail");
        history.targets = vec![Target::Maildir(nowhere), history.home.target()];
        if reversed {
            history.targets.reverse();
        }
        history.world.letters(2);
        let ran = history.fetch(&delete());
        assert!(ran.kind.is_some(), "{ran:#?}");
        assert_eq!(history.home.delivered().len(), 2, "reversed: {reversed}");
        assert_eq!(history.world.present().len(), 2);
    }
}

/// The same, and the server gives every message another unique-id while the disk is away.
#[test]
fn what_a_place_that_is_away_may_lack_is_kept_when_the_server_renumbers() {
    for effect in [Effect::Recorded, Effect::Renamed] {
        let mut history = both();
        history.world.letters(1);
        history.fetch(&keep()).silent();
        history.world.letters(5);
        history.fetch_ended_at(&keep(), effect).ended();
        history.home.unmount();
        history.fetch(&keep()).is(Kind::CannotCreate);
        history.world.renumber_all();
        history.fetch(&delete()).is(Kind::CannotCreate);
        history.fetch(&delete()).is(Kind::CannotCreate);
        assert_eq!(history.world.present().len(), 6, "{effect:?}: the disk may lack them");
        history.home.mount();
        history.fetch(&keep()).any_end();
        history.fetch(&delete()).any_end();
        history.fetch(&delete()).ok();
        history.all_delivered_once();
        assert_eq!(count(&history, ASKED), 6);
        history.server_is_empty();
    }
}

/// A ledger of the version before there were several destinations, with what a run had staged that ended suddenly.
#[test]
fn what_an_older_version_has_staged_goes_on() {
    for effect in [Effect::Recorded, Effect::Renamed, Effect::Published] {
        let mut history = both();
        let targets = std::mem::replace(&mut history.targets, vec![history.home.target()]);
        history.world.letters(4);
        history.fetch_ended_at(&keep(), effect).ended();
        make_older(&history.home.ledger());
        history.targets = targets;
        history.world.letters(2);
        history.fetch(&keep()).ok();
        history.all_delivered_once();
        assert_eq!(count(&history, ASKED), 2, "what was settled before is complete");
        history.fetch(&delete()).ok().fetched(0);
        history.server_is_empty();
        history.all_delivered_once();
    }
}

/// What versions 7 to 9 have added to the ledger is taken away.
fn make_older(ledger: &Path) {
    let db = rusqlite::Connection::open(ledger).unwrap();
    for column in ["why", "doubted_at", "refused", "attempts", "days", "last_day", "next_try", "given_up_at", "said"] {
        db.execute(&format!("ALTER TABLE staged DROP COLUMN {column}"), []).unwrap();
    }
    db.execute_batch("DROP TABLE incident; DROP INDEX message_presumed; DROP INDEX message_form").unwrap();
    db.execute_batch("ALTER TABLE message DROP COLUMN form; ALTER TABLE mailbox DROP COLUMN certificate_expires")
        .unwrap();
    db.pragma_update(None, "user_version", 6).unwrap();
}

/// The disk of the place fails while everything is fetched again, and the receiver is away.
#[test]
fn what_waits_goes_on_waiting_when_all_is_fetched_and_cannot_be_stored() {
    let mut history = both();
    history.world.letters(3);
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.fetch(&keep()).is(Kind::TryLater);
    for nth in 1..20 {
        let home = history.home.path().to_owned();
        let policy = Policy { all: true, ..keep() };
        let ran = history.fetch_ended_when(&policy, move |seen, _| {
            if seen == nth {
                several::seal(&home, 0, true);
            }
            false
        });
        several::seal(history.home.path(), 0, false);
        ran.any_end();
        history.world.letters(1);
    }
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.fetch(&keep()).any_end();
    history.fetch(&keep()).ok();
    let expected = history.world.present().len();
    let taken = history.world.receiver(ASKED, |taken| taken.messages.clone());
    let is_there = |id: &Id| taken.contains(&mail::stored(&history.world.lock().messages[*id].content));
    assert_eq!(history.world.present().iter().filter(|id| is_there(id)).count(), expected);
}

/// A message is in doubt for one destination, was handed over to the second, and is owed to the third.
#[test]
fn what_is_in_doubt_for_one_destination_is_not_deleted_when_the_others_have_it() {
    let mut history = both();
    history.targets = vec![history.home.target(), target(Way::Pipe, BLIND), asked()];
    history.world.receiver(ASKED, |taken| taken.is_away = true);
    history.world.letters(1);
    history.fetch(&keep()).is(Kind::TryLater);
    history.world.letters(1);
    history.fetch_ended_at(&keep(), Effect::Recorded).ended();
    history.home.empty_tmp();
    history.world.receiver(ASKED, |taken| taken.is_away = false);
    history.fetch(&delete()).is(Kind::Unavailable).says("not known");
    assert_eq!(history.world.present(), [1]);
    history.fetch(&delete()).any_end();
    assert_eq!(history.world.present(), [1]);
    history.state("retry");
    history.fetch(&delete()).ok();
    history.all_delivered_once();
    history.server_is_empty();
    assert_eq!((count(&history, ASKED), count(&history, BLIND)), (2, 2));
}
