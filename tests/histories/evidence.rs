//! Published is what was seen to be published: by this run's own effects, or by the message in its place. No clock, and
//! no absence, says so.

use super::*;

const WAYS: [(Place, bool); 4] =
    [(Place::Maildir, false), (Place::Maildir, true), (Place::Mbox, false), (Place::Mbox, true)];

/// A run that ends after its k-th effect, a second that ends somewhere, a third that is let alone; for each k.
#[test]
fn ended_after_each_effect_every_message_comes_once() {
    for (place, deletes) in WAYS {
        let mut policy = if deletes { delete() } else { keep() };
        policy.batch.messages = 3;
        for k in 1.. {
            let mut history = History::new(place);
            history.world.letters(7);
            history.world.add_as(b"same", mail::note("twice"));
            history.world.add_as(b"same", mail::note("twice"));
            if !history.fetch_ended_after(&policy, k).was_ended {
                assert!(k > 20, "only {k} effects");
                break;
            }
            history.nothing_lost();
            history.fetch_ended_after(&policy, 1 + k * 7 % 23).any_end();
            history.nothing_lost();
            history.fetch(&policy).ok();
            history.all_delivered_once();
            assert_eq!(history.world.present().is_empty(), deletes);
            history.fetch(&policy).silent().fetched(0);
            history.all_delivered_once();
        }
    }
}

/// Where a mail reader may have put a message: name and folder of the new file, seen from the Maildir.
const ELSEWHERE: [(&str, &str); 8] = [
    ("cur", ":2,S"),
    ("cur", ",S=100:2,RS"),
    ("cur", ";2,S"),
    ("cur", "!2,S"),
    ("new", ""),
    (".Archive/cur", ":2,S"),
    (".Archive.2026.November/new", ""),
    ("../Other/.Deep/cur", ":2,"),
];

#[test]
fn what_a_mail_reader_has_moved_was_published() {
    for (folder, flags) in ELSEWHERE {
        let mut history = History::maildir();
        history.world.letters(2);
        history.fetch_ended_at(&delete(), Effect::Synced).ended();
        let mail = history.home.mail();
        std::fs::create_dir_all(mail.join("../Other/cur")).unwrap();
        std::fs::create_dir_all(mail.join(folder)).unwrap();
        for entry in std::fs::read_dir(mail.join("new")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            std::fs::rename(mail.join("new").join(&name), mail.join(folder).join(name + flags)).unwrap();
        }
        history.step(format!("moved to {folder} with {flags:?}"));
        history.pass(days_of(3)); // no clock has a say
        history.fetch(&delete()).silent();
        history.all_delivered_once();
        history.server_is_empty();
    }
}

#[test]
fn a_file_whose_name_only_begins_alike_is_no_evidence() {
    let mut history = History::maildir();
    let ids = history.world.letters(1);
    history.fetch_ended_at(&delete(), Effect::Synced).ended();
    let mail = history.home.mail();
    for entry in std::fs::read_dir(mail.join("new")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        std::fs::remove_file(mail.join("new").join(&name)).unwrap();
        std::fs::write(mail.join("cur").join(name + "0:2,S"), "Subject: not ours\n\n").unwrap();
    }
    history.fetch(&delete()).is(Kind::Unavailable);
    history.fetch(&delete()).silent();
    assert_eq!(history.world.present(), ids);
}

#[test]
fn what_is_presumed_does_not_hold_up_what_is_new() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = History::new(place);
        let doubtful = history.world.letters(2);
        history.fetch_ended_at(&delete(), Effect::Recorded).ended();
        history.home.empty_tmp();
        history.home.remove_spools();
        let new = history.world.letters(3);
        history.fetch(&delete()).is(Kind::Unavailable).fetched(3);
        history.delivered_once(&new);
        assert_eq!(history.world.present(), doubtful);
    }
}

/// It may be the last copy: another client has removed it from the server meanwhile.
#[test]
fn what_was_recorded_is_published_though_the_server_has_it_no_more() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = History::new(place);
        let ids = history.world.letters(2);
        history.fetch_ended_at(&keep(), Effect::Recorded).ended();
        ids.iter().for_each(|&id| history.world.remove(id));
        history.fetch(&keep()).silent();
        history.all_delivered_once();
    }
}

#[test]
fn a_place_that_comes_back_settles_what_was_presumed() {
    let mut history = History::maildir();
    history.world.letters(2);
    history.fetch(&keep()).silent();
    history.world.letters(3);
    history.fetch_ended_at(&keep(), Effect::Synced).ended();
    // Meanwhile mail goes to another Maildir.
    let old = history.home.mail();
    history.home.name = "Another".to_owned();
    let away = old.with_file_name("away-for-now");
    std::fs::rename(&old, &away).unwrap();
    history.step("the old Maildir is away, a new one takes the mail");
    let more = history.world.letters(1);
    history.fetch(&keep()).is(Kind::Unavailable).fetched(1);
    history.fetch(&delete()).any_end(); // it may say what it does not delete
    assert!(more.iter().all(|id| !history.world.present().contains(id)), "what is safe is deleted");
    assert_eq!(history.world.present().len(), 5, "what is in doubt, or was put into a place that is away, stays");
    std::fs::rename(&away, &old).unwrap();
    history.step("the old one is back");
    history.fetch(&delete()).silent();
    history.fetch(&delete()).silent().fetched(0);
    history.all_delivered_once();
    history.server_is_empty();
}

/// A torn end, with or without mail of others behind it: theirs stays, ours becomes whole, once.
#[test]
fn a_torn_mbox_is_made_whole_whatever_follows() {
    for cut in [1, 40, 300, 600] {
        for theirs in [&b""[..], b"\n\nFrom them Mon Nov  2 00:00:00 2026\nSubject: theirs\n\nhello\n\n"] {
            let mut history = History::mbox();
            history.world.letters(2);
            history.fetch(&keep()).silent();
            history.world.letters(2);
            history.fetch_ended_at(&delete(), Effect::Synced).ended();
            let mut mbox = std::fs::read(history.home.mail()).unwrap();
            mbox.truncate(mbox.len() - cut);
            mbox.extend_from_slice(theirs);
            std::fs::write(history.home.mail(), &mbox).unwrap();
            history.step(format!("{cut} octets torn off, {} of others behind", theirs.len()));
            history.fetch(&delete()).silent();
            history.server_is_empty();
            history.each_once_among_others();
            let mbox = std::fs::read(history.home.mail()).unwrap();
            let theirs = theirs.trim_ascii_start();
            assert!(memchr::memmem::find(&mbox, theirs).is_some(), "cut off what is of others");
        }
    }
}

/// A staged file that somebody takes away while the run is on is known not to be published: it comes in the next run.
#[test]
fn a_staged_file_that_is_taken_away_in_mid_run_comes_again() {
    let mut history = History::maildir();
    history.world.letters(4);
    let tmp = history.home.mail().join("tmp");
    let ran = history.fetch_meanwhile(&delete(), Effect::Recorded, move || {
        let first = std::fs::read_dir(&tmp).unwrap().next().unwrap().unwrap();
        std::fs::remove_file(first.path()).unwrap();
    });
    assert_eq!(ran.tally.fetched, 3, "{ran:#?}");
    history.nothing_lost();
    history.fetch(&delete()).silent().fetched(1);
    history.all_delivered_once();
    history.server_is_empty();
}
