//! The histories in which mail was doubled, misplaced, or left behind.

use super::world::{Quit, Top};
use super::*;
use crate::util::not_run;

/// Number 10: another open and close of the ledger in this process drops its locks; `sqlite3` of Debian 12 then unlinks
/// the log that is in use, and half of the next run comes again.
#[test]
fn a_program_that_looks_into_the_ledger_during_a_fetch_takes_nothing_from_it() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        return not_run("a_program_that_looks_into_the_ledger_during_a_fetch: needs sqlite3");
    }
    let mut history = History::maildir();
    history.world.letters(200);
    let (state, ledger) = (history.home.state(), history.home.ledger());
    let mut policy = delete();
    policy.batch.messages = 8;
    let batches = AtomicU32::new(0);
    let ran = history.fetch_ended_when(&policy, move |_, effect| {
        if effect != Effect::Recorded {
            return false;
        }
        let nth = batches.fetch_add(1, Ordering::SeqCst);
        if nth == 0 {
            // What another account's thread does.
            let (home, other) = (Home::new(Place::Maildir), World::default());
            other.letters(1);
            let (source, target, wall) = ("pop3://eve@mail.example", home.target(), SystemTime::now());
            let start = Start {
                source,
                world: &other,
                targets: std::slice::from_ref(&target),
                state: &state,
                wall,
                stop: None,
                deadline: None,
            };
            let outcome = start.run(&keep(), Arc::new(Silent), &Arc::default());
            assert!(outcome.error.is_none(), "{outcome:?}");
            let looked = Command::new("sqlite3").arg(&ledger).arg("SELECT count(*) FROM message").output().unwrap();
            assert!(looked.status.success(), "{looked:?}");
        }
        // A log that has no name any more dies with the process.
        nth == 2
    });
    ran.ended();
    history.fetch(&delete()).silent();
    history.all_delivered_once();
    history.server_is_empty();
}

/// Number 11: another size is another message.
#[test]
fn a_size_that_changes_is_no_news() {
    for place in [Place::Maildir, Place::Mbox] {
        for top in [Top::Works, Top::Refused, Top::Unknown] {
            for policy in [delete(), delete_after(1), keep()] {
                let mut history = History::new(place);
                history.world.faults(|faults| faults.top = top);
                let ids = history.world.letters(4);
                history.world.add(mail::note("no news"));
                history.fetch(&keep()).silent().fetched(5);
                for id in ids {
                    history.world.set_octets(id, 2000 + id as u64);
                }
                history.world.set_octets(4, 7);
                history.pass(days_of(2));
                history.fetch(&policy).silent().fetched(0);
                history.all_delivered_once();
                history.fetch(&delete()).silent().fetched(0);
                history.server_is_empty();
                history.all_delivered_once();
            }
        }
    }
}

/// Number 11, after QUIT was not answered.
#[test]
fn a_size_that_changes_after_an_unanswered_quit_is_no_news() {
    for top in [Top::Works, Top::Unknown] {
        for policy in [delete(), keep()] {
            let mut history = History::maildir();
            history.world.faults(|faults| {
                faults.quit = Quit::LostBefore;
                faults.top = top;
            });
            let ids = history.world.letters(3);
            let ran = history.fetch(&delete());
            assert_eq!(ran.kind, Some(Kind::TryLater), "{ran:#?}");
            history.world.faults(|faults| faults.quit = Quit::Works);
            ids.iter().for_each(|&id| history.world.set_octets(id, 5000));
            history.fetch(&policy).silent().fetched(0);
            history.fetch(&delete()).silent().fetched(0);
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// Number 12: the mail of another program was overwritten, or cut off.
#[test]
fn what_another_program_appends_without_a_lock_stays() {
    for effect in [Effect::Recorded, Effect::Locked, Effect::Staged] {
        let mut history = History::mbox();
        let first = history.world.letters(1);
        history.fetch(&keep()).silent().fetched(1);
        history.world.letters(3);
        let mbox = history.home.mail();
        let theirs = b"From them Mon Nov  2 00:00:00 2026\nSubject: theirs\n\nhello\n\n".to_vec();
        let append = theirs.clone();
        let ran = history.fetch_meanwhile(&delete(), effect, move || {
            let mut file = std::fs::OpenOptions::new().append(true).open(&mbox).unwrap();
            std::io::Write::write_all(&mut file, &append).unwrap();
        });
        ran.any_end();
        history.fetch(&delete()).silent();
        history.server_is_empty();
        let mbox = std::fs::read(history.home.mail()).unwrap();
        assert!(memchr::memmem::find(&mbox, &theirs).is_some(), "{effect:?}: {}", String::from_utf8_lossy(&mbox));
        assert_eq!(history.home.delivered().len(), 4 + first.len());
        history.each_once_among_others();
    }
}

/// Number 13: every message was given up, later runs exited with 0, for ever.
#[test]
fn a_store_in_trouble_for_a_quarter_of_an_hour_costs_no_message() {
    for place in [Place::Maildir, Place::Mbox] {
        let mut history = History::new(place);
        history.world.letters(5);
        history.world.faults(|faults| faults.refuses_retr = world::Which::All);
        for _ in 0..4 {
            history.fetch(&delete()).is(Kind::TryLater).fetched(0);
            history.pass(Duration::from_mins(5));
        }
        history.world.heal();
        history.fetch(&delete()).silent().fetched(5);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Number 13, sibling: bad days count nothing either, while nothing at all is answered.
#[test]
fn a_store_in_trouble_for_a_week_costs_no_message() {
    let mut history = History::maildir();
    history.world.letters(3);
    history.world.faults(|faults| faults.refuses_retr = world::Which::All);
    for _ in 0..7 {
        history.fetch(&keep()).is(Kind::TryLater).fetched(0);
        history.next_day();
    }
    history.world.heal();
    history.fetch(&keep()).silent().fetched(3);
    history.all_delivered_once();
}

/// Number 14: LIST lied, the message was given up as too large, and a larger limit did not bring it.
#[test]
fn a_larger_limit_brings_what_was_too_large() {
    for listed in [990, 1_100] {
        let mut history = History::maildir();
        let small = history.world.letters(1);
        let large = history.world.add(mail::letter_of(1, 1_100));
        history.world.set_octets(large, listed);
        let limited = Policy { limits: Limits { max_size: Some(1_000), ..Limits::default() }, ..delete() };
        for _ in 0..5 {
            let ran = history.fetch(&limited);
            assert!(!ran.was_ended);
            history.next_day();
        }
        history.delivered_once(&small);
        assert_eq!(history.world.present(), [large]);
        history.fetch(&limited).silent().fetched(0); // said before
        history.fetch(&Policy { limits: Limits { max_size: Some(1_050), ..Limits::default() }, ..delete() }).fetched(0);
        history
            .fetch(&Policy { limits: Limits { max_size: Some(1_200), ..Limits::default() }, ..delete() })
            .silent()
            .fetched(1);
        history.all_delivered_once();
        history.server_is_empty();
    }
}

/// Number 14, sibling: without any limit it comes as well.
#[test]
fn without_a_limit_comes_what_was_too_large() {
    let mut history = History::mbox();
    let large = history.world.add(mail::letter_of(1, 5_000));
    history.world.set_octets(large, 10);
    for _ in 0..2 {
        history.fetch(&Policy { limits: Limits { max_size: Some(1_000), ..Limits::default() }, ..keep() }).any_end();
        history.next_day();
    }
    history.fetch(&keep()).ok().fetched(1);
    history.all_delivered_once();
}

/// Number 15: what was deleted was listed once more, and came again.
#[test]
fn a_replica_that_lags_brings_nothing_again() {
    for place in [Place::Maildir, Place::Mbox] {
        for top in [Top::Works, Top::Unknown] {
            for (policy, empty_between) in [(delete(), true), (delete(), false), (keep(), true)] {
                let mut history = History::new(place);
                history.world.faults(|faults| faults.top = top);
                history.world.letters(3);
                history.fetch(&delete()).silent().fetched(3);
                if empty_between {
                    history.fetch(&delete()).silent().fetched(0);
                }
                history.world.faults(|faults| faults.lists_deleted = 9);
                history.fetch(&policy).ok().fetched(0);
                history.world.faults(|faults| faults.lists_deleted = 0);
                history.fetch(&policy).silent().fetched(0);
                history.all_delivered_once();
            }
        }
    }
}

/// Number 16: one unique-id that survived made the guard silent, the others were doubled.
#[test]
fn one_uid_that_survives_changes_nothing() {
    let mut history = History::maildir();
    let ids = history.world.letters(500);
    history.fetch(&keep()).silent().fetched(500);
    history.world.renumber(&ids[1..]);
    history.world.letters(1);
    history.world.reset_counts();
    history.fetch(&keep()).ok().fetched(1);
    assert_eq!(history.world.total().retr, 1);
    history.all_delivered_once();
    history.fetch(&delete()).silent();
    history.all_delivered_once();
    history.server_is_empty();
}

/// Number 17: ages were counted by clocks that were wrong.
#[test]
fn a_clock_of_1990_or_of_2099_deletes_nothing() {
    let now = SystemTime::now();
    let in_1990 = SystemTime::UNIX_EPOCH + days_of(7_305);
    let in_2099 = SystemTime::UNIX_EPOCH + days_of(47_116);
    let late = now + days_of(40);
    for clocks in [[in_1990, now], [now, in_2099], [in_2099, now], [now, late], [in_1990, in_2099]] {
        let mut history = History::maildir();
        history.world.letters(3);
        for clock in clocks {
            history.wall = clock;
            history.fetch(&delete_after(30)).ok();
            history.fetch(&delete_after(30)).silent().fetched(0);
        }
        assert_eq!(history.world.present().len(), 3, "deleted after less than 30 days");
        history.wall = now;
        history.fetch(&delete_after(30)).silent().fetched(0);
        assert_eq!(history.world.present().len(), 3, "deleted after less than 30 days");
        // And yet it is deleted in the end: at most seven days count between two runs.
        for _ in 0..6 {
            history.pass(days_of(6));
            history.fetch(&delete_after(30)).silent().fetched(0);
        }
        history.server_is_empty();
        history.all_delivered_once();
    }
}

/// Number 18: "database is locked".
#[test]
fn another_writer_is_waited_for() {
    let mut history = History::maildir();
    history.world.letters(3);
    history.fetch(&keep()).silent().fetched(3);
    history.world.letters(3);
    let ledger = history.home.ledger();
    let (locked, is_locked) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        let db = rusqlite::Connection::open(ledger).unwrap();
        db.busy_timeout(Duration::from_secs(60)).unwrap();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        locked.send(()).unwrap();
        std::thread::sleep(LONGER_THAN_SQLITE_WAITED);
        db.execute_batch("ROLLBACK").unwrap();
    });
    let is_locked = Mutex::new(is_locked);
    is_locked.lock().unwrap().recv().unwrap();
    history.fetch(&keep()).silent().fetched(3);
    other.join().unwrap();
    history.all_delivered_once();
}

/// SQLite alone waited for ten seconds.
const LONGER_THAN_SQLITE_WAITED: Duration = Duration::from_secs(15);

/// Number 19: a copy of the ledger, restored beside the log that an idle run had left, was damaged.
#[test]
fn an_idle_run_leaves_no_log_beside_the_ledger() {
    let mut history = History::maildir();
    history.world.letters(5);
    history.fetch(&keep()).silent().fetched(5);
    let copy = std::fs::read(history.home.ledger()).unwrap();
    for _ in 0..2 {
        history.fetch(&keep()).silent();
        assert!(!history.home.state().join("mailhaul.db-wal").exists(), "a log was left");
    }
    history.world.letters(2);
    history.fetch(&keep()).silent().fetched(2);
    assert!(!history.home.state().join("mailhaul.db-wal").exists(), "a log was left");
    std::fs::write(history.home.ledger(), copy).unwrap();
    history.fetch(&delete()).ok().fetched(2); // what came after the copy comes again: that much is lost with a ledger
    history.server_is_empty();
}

/// Number 20: a panic.
#[test]
fn a_ledger_of_no_known_version_is_an_error_and_stays_as_it_is() {
    for version in [-1, i32::MIN, 4_711] {
        let mut history = History::maildir();
        history.world.letters(2);
        history.fetch(&keep()).silent().fetched(2);
        let db = rusqlite::Connection::open(history.home.ledger()).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        drop(db);
        let before = std::fs::read(history.home.ledger()).unwrap();
        history.world.letters(1);
        history.fetch(&keep()).is(Kind::Config).fetched(0);
        assert_eq!(std::fs::read(history.home.ledger()).unwrap(), before, "the ledger was changed");
        assert_eq!(history.world.total().retr, 2);
    }
}

/// Number 20, second part: an emptied ledger downloaded everything again without a word.
#[test]
fn an_emptied_ledger_is_told_before_everything_comes_again() {
    for policy in [keep(), delete()] {
        let mut history = History::maildir();
        history.world.letters(4);
        history.fetch(&keep()).silent().fetched(4);
        history.step("the ledger is removed");
        std::fs::remove_dir_all(history.home.state()).unwrap();
        history.world.reset_counts();
        for _ in 0..2 {
            history.fetch(&policy).is(Kind::Protocol).fetched(0);
        }
        assert_eq!(history.world.total(), world::Counts::default());
        history.all_delivered_once();
        // The way out, for whoever wants everything.
        history.fetch(&Policy { all: true, ..keep() }).ok().fetched(4);
        assert_eq!(history.home.delivered().len(), 8);
        history.fetch(&delete()).silent().fetched(0);
        history.server_is_empty();
    }
}

/// Number 21: the lock's file was removed by hand, a second run started, and 65 messages were doubled.
#[test]
fn a_lock_file_that_is_removed_lets_no_second_run_in() {
    for place in [Place::Maildir, Place::Mbox] {
        for effect in [Effect::Staged, Effect::Recorded, Effect::Published, Effect::DeletePending] {
            let mut history = History::new(place);
            history.world.letters(12);
            let (state, mail, world) = (history.home.state(), history.home.target(), history.world.clone());
            let mut policy = delete();
            policy.batch.messages = 4;
            let ran = history.fetch_meanwhile(&policy, effect, move || {
                for entry in std::fs::read_dir(state.join("locks")).unwrap() {
                    std::fs::remove_file(entry.unwrap().path()).unwrap();
                }
                let wall = SystemTime::now();
                // The first run goes on only when the second has ended, so that this must not wait for its locks.
                let deadline = Some(Instant::now() + Duration::from_secs(1));
                let start = Start {
                    source: SOURCE,
                    world: &world,
                    targets: std::slice::from_ref(&mail),
                    state: &state,
                    wall,
                    stop: None,
                    deadline,
                };
                start.run(&delete(), Arc::new(Silent), &Arc::default());
            });
            assert!(!ran.was_ended);
            history.nothing_lost();
            history.fetch(&delete()).any_end();
            history.fetch(&delete()).silent();
            history.all_delivered_once();
            history.server_is_empty();
        }
    }
}

/// Number 22: the blocks were written out of order; the zeros stayed, and the mail came once more behind them.
#[test]
fn a_torn_tail_with_zeros_before_right_octets_is_made_whole() {
    let appended_all = |history: &mut History| {
        let appended = AtomicU32::new(0);
        let last = move |_, effect| effect == Effect::Appended && appended.fetch_add(1, Ordering::SeqCst) == 2;
        history.fetch_ended_when(&delete(), last).ended();
    };
    for (from, to) in [(0.0, 0.5), (0.3, 0.6), (0.5, 1.0), (0.0, 1.0)] {
        for theirs in [&b""[..], b"From them Mon Nov  2 00:00:00 2026\nSubject: theirs\n\nhello\n\n"] {
            let mut history = History::mbox();
            history.world.letters(1);
            history.fetch(&delete()).silent().fetched(1);
            let start = std::fs::read(history.home.mail()).unwrap().len();
            history.world.letters(3);
            appended_all(&mut history);
            history.step(format!("zeros from {from} to {to}"));
            let mut mbox = std::fs::read(history.home.mail()).unwrap();
            let at = |share: f64| start + ((mbox.len() - start) as f64 * share) as usize;
            let (from, to) = (at(from), at(to));
            mbox[from..to].fill(0);
            mbox.extend_from_slice(theirs);
            std::fs::write(history.home.mail(), &mbox).unwrap();
            history.fetch(&delete()).silent();
            history.server_is_empty();
            let mbox = std::fs::read(history.home.mail()).unwrap();
            assert!(!mbox.contains(&0), "zeros were left");
            assert!(mbox.ends_with(theirs), "what was appended behind is not the end");
            let own = history.home.delivered().len() - usize::from(!theirs.is_empty());
            assert_eq!(own, 4);
            history.each_once_among_others();
        }
    }
}
