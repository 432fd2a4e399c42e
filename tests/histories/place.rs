//! The same place: mail goes where it went, or nowhere.

use super::*;

/// Runs that find another place: nothing is fetched or deleted, nothing is even asked of the server.
#[track_caller]
fn is_refused(history: &mut History) {
    let (before, sessions) = (history.world.present(), history.world.lock().sessions);
    let delivered = history.home.delivered();
    for policy in [keep(), delete(), delete_after(0)] {
        history.fetch(&policy).is(Kind::CannotCreate).fetched(0);
    }
    assert_eq!(history.world.present(), before);
    assert_eq!(history.world.lock().sessions, sessions, "the place is looked at before the login");
    assert_eq!(history.home.delivered(), delivered);
}

fn with_history(place: Place) -> History {
    let mut history = History::new(place);
    history.world.letters(2);
    history.fetch(&delete()).silent().fetched(2);
    history.fetch(&delete()).silent();
    history.world.letters(2);
    history
}

fn make_maildir(path: &Path) {
    ["cur", "new", "tmp"].iter().for_each(|folder| std::fs::create_dir_all(path.join(folder)).unwrap());
}

#[test]
fn an_empty_folder_in_place_of_a_maildir_is_another_place() {
    let mut history = with_history(Place::Maildir);
    let (mail, away) = (history.home.mail(), history.home.disk().join("away"));
    std::fs::rename(&mail, &away).unwrap();
    std::fs::create_dir(&mail).unwrap();
    is_refused(&mut history);
    std::fs::remove_dir(&mail).unwrap();
    is_refused(&mut history); // missing altogether
    make_maildir(&mail);
    is_refused(&mut history); // a Maildir, of somebody else
    std::fs::remove_dir_all(&mail).unwrap();
    std::fs::rename(&away, &mail).unwrap();
    history.fetch(&delete()).silent().fetched(2);
    history.all_delivered_once();
}

#[test]
fn another_accounts_maildir_with_its_mark_is_another_place() {
    let mut history = with_history(Place::Maildir);
    let mut other = History::maildir();
    other.world.letters(1);
    other.fetch(&keep()).silent();
    let (mail, away) = (history.home.mail(), history.home.disk().join("away"));
    std::fs::rename(&mail, &away).unwrap();
    std::fs::rename(other.home.mail(), &mail).unwrap();
    is_refused(&mut history);
}

#[test]
fn an_mbox_in_another_folder_of_the_same_name_is_another_place() {
    let mut history = with_history(Place::Mbox);
    history.home.unmount();
    is_refused(&mut history);
    std::fs::write(history.home.mail(), "").unwrap();
    is_refused(&mut history);
    std::fs::remove_file(history.home.mail()).unwrap();
    history.home.mount();
    history.fetch(&delete()).silent().fetched(2);
    history.all_delivered_once();
}

#[test]
fn a_maildir_whose_reader_has_emptied_it_is_the_same_place() {
    let mut history = with_history(Place::Maildir);
    for folder in ["new", "cur"] {
        for entry in std::fs::read_dir(history.home.mail().join(folder)).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    history.fetch(&delete()).silent().fetched(2);
    history.server_is_empty();
    assert_eq!(history.home.delivered().len(), 2);
}

#[test]
fn a_maildir_that_has_lost_its_mark_and_holds_our_mail_is_the_same_place() {
    let mut history = with_history(Place::Maildir);
    let mark = history.home.mail().join("mailhaul-place");
    std::fs::remove_file(&mark).unwrap();
    history.fetch(&delete()).silent().fetched(2);
    history.all_delivered_once();
    let mark = std::fs::read_to_string(mark).expect("the mark is written again");
    assert_eq!(mark.lines().filter(|line| line.starts_with("mailbox ")).count(), 1, "{mark}");
}

#[test]
fn an_mbox_whose_reader_has_emptied_or_removed_it_is_the_same_place() {
    for removed in [false, true] {
        let mut history = with_history(Place::Mbox);
        match removed {
            true => std::fs::remove_file(history.home.mail()).unwrap(),
            false => std::fs::write(history.home.mail(), "").unwrap(),
        }
        history.fetch(&delete()).silent().fetched(2);
        history.server_is_empty();
        assert_eq!(history.home.delivered().len(), 2);
    }
}

#[test]
fn a_place_that_was_moved_goes_on_elsewhere() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = with_history(place);
        history.fetch(&keep()).silent().fetched(2);
        history.world.letters(1);
        history.fetch_ended_at(&keep(), Effect::Recorded).ended();
        let old = history.home.mail();
        history.home.name = "Moved".to_owned();
        let new = history.home.mail();
        std::fs::rename(&old, &new).unwrap();
        for spool in history.home.spools() {
            // Spools stand beside their mbox, and are moved with it.
            assert_eq!(history.home.path().join(&spool).parent(), new.parent());
        }
        history.state_with(&["moved", old.to_str().unwrap(), new.to_str().unwrap()]);
        history.fetch(&delete()).silent();
        assert!(!old.exists(), "the old place was made anew");
        history.fetch(&delete()).silent().fetched(0);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Nothing was delivered: whoever removes what the first run made, or puts another one there, finds no riddle.
#[test]
fn a_place_is_one_from_the_first_message_on() {
    for place in [Place::Maildir, Place::Mbox] {
        for without_state in [false, true] {
            let mut history = History::new(place);
            history.world.letters(2);
            history.world.faults(|faults| faults.cut_received = Some(5));
            history.fetch(&delete()).fetched(0); // no login
            history.world.heal();
            history.world.faults(|faults| faults.lists_nothing = true);
            history.fetch(&delete()).silent().fetched(0); // a login, and no message
            history.world.heal();
            history.home.unmount(); // what stands there now is another place, and was never used either
            if without_state {
                std::fs::remove_dir_all(history.home.state()).unwrap();
                history.home.mount();
            }
            history.fetch(&delete()).silent().fetched(2);
            history.fetch(&delete()).silent().fetched(0);
            history.server_is_empty();
            history.all_delivered_once();
            if !without_state {
                history.world.letters(1);
                std::fs::rename(history.home.disk(), history.home.path().join("gone")).unwrap();
                std::fs::create_dir(history.home.disk()).unwrap();
                history.fetch(&delete()).is(Kind::CannotCreate).fetched(0);
            }
        }
    }
}

/// A sudden end between the steps of a first use: the next run goes on by itself.
#[test]
fn a_first_use_that_ended_suddenly_is_taken_up() {
    for effect in [Effect::Staged, Effect::Synced, Effect::Recorded, Effect::Renamed] {
        let mut history = History::new(Place::Maildir);
        history.world.letters(2);
        history.fetch_ended_at(&delete(), effect).ended();
        history.fetch(&delete()).silent();
        history.fetch(&delete()).silent();
        history.server_is_empty();
        history.all_delivered_once();
        let mark = std::fs::read_to_string(history.home.mail().join("mailhaul-place")).unwrap();
        assert_eq!(mark.lines().filter(|line| line.starts_with("mailbox ")).count(), 1, "{mark}");
    }
}

#[test]
fn all_makes_a_new_place() {
    let mut history = with_history(Place::Maildir);
    history.fetch(&keep()).silent().fetched(2);
    std::fs::remove_dir_all(history.home.mail()).unwrap();
    history.fetch(&keep()).is(Kind::CannotCreate);
    history.fetch(&Policy { all: true, ..keep() }).ok().fetched(2);
    history.fetch(&delete()).ok().fetched(0);
    history.server_is_empty();
    assert_eq!(history.home.delivered().len(), 2);
}

/// The mail that is deleted now was put into another place, which is away.
#[test]
fn what_stands_in_a_place_that_is_away_is_not_deleted_from_the_server() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = History::new(place);
        let old = history.world.letters(2);
        history.fetch(&keep()).silent().fetched(2);
        let (first, away) = (history.home.mail(), history.home.path().join("put-away"));
        std::fs::rename(&first, &away).unwrap();
        history.home.name = "second".to_owned();
        history.world.letters(2);
        let ran = history.fetch(&delete());
        assert_eq!(ran.tally.fetched, 2, "{ran:#?}");
        assert_eq!(history.world.present(), old);
    }
}

/// The mark of a Maildir names the mailboxes that deliver there, and a new one among them is none that has lost its
/// ledger.
#[test]
fn two_accounts_share_a_maildir() {
    let mut history = with_history(Place::Maildir);
    let eve = World::default();
    eve.add(mail::letter(77));
    let eves_home = Home::new(Place::Maildir);
    let other = |state: &Path| {
        let target = history.home.target();
        let (source, wall) = ("pop3://eve@mail.example", history.wall);
        let start = Start {
            source,
            world: &eve,
            targets: std::slice::from_ref(&target),
            state,
            wall,
            stop: None,
            deadline: None,
        };
        start.run(&keep(), Arc::new(Silent), &Arc::default())
    };
    let (same_ledger, own_ledger) = (history.home.state(), eves_home.state());
    let outcome = other(&same_ledger);
    assert!(outcome.error.is_none() && outcome.tally.fetched == 1, "{outcome:?}");
    let outcome = other(&own_ledger);
    let kind = outcome.error.as_ref().map(|error| error.kind());
    assert_eq!(kind, Some(Kind::Protocol), "another ledger for a mailbox that delivers here: {outcome:?}");
    history.fetch(&delete()).silent().fetched(2);
    assert_eq!(history.home.delivered().len(), 5);
}
