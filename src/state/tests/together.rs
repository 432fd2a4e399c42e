//! Several runs at once.

use super::*;

#[test]
fn a_second_lock_names_the_first_ones_process() {
    let dir = tempfile::tempdir().unwrap();
    let held = MailboxLock::acquire(dir.path(), ANN).unwrap();
    let error = MailboxLock::acquire(dir.path(), ANN).unwrap_err();
    assert_eq!(error.kind(), Kind::TryLater);
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    MailboxLock::acquire(dir.path(), "bob@example.org").unwrap();
    drop(held);
    MailboxLock::acquire(dir.path(), ANN).unwrap();
}

#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    drop(MailboxLock::acquire(dir.path(), ANN).unwrap());
    let locks = std::fs::read_dir(dir.path().join("locks")).unwrap();
    let path = locks.map(|entry| entry.unwrap().path()).next().unwrap();
    std::fs::write(dir.path().join("precious"), "precious").unwrap();
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(dir.path().join("precious"), &path).unwrap();
    MailboxLock::acquire(dir.path(), ANN).unwrap_err();
    assert_eq!(std::fs::read(dir.path().join("precious")).unwrap(), b"precious");
}

/// Whoever has opened the lock's file before it was removed must not hold what nobody else can see.
#[test]
fn a_lock_on_a_file_that_was_removed_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for entry in std::fs::read_dir(dir.path().join("locks")).into_iter().flatten() {
                    std::fs::remove_file(entry.unwrap().path()).ok();
                }
            }
        });
        for _ in 0..200 {
            let lock = MailboxLock::acquire(dir.path(), ANN).unwrap();
            drop(lock);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn a_run_whose_mailbox_was_taken_writes_nothing_more() {
    let mut first = Home::new();
    first.ledger.record(&first.mailbox, &[staged("a")], &[]).unwrap();
    // Its lock was removed by hand, and a second run begins.
    let mut second = open(first.dir.path());
    let of_second = second.mailbox(ANN).unwrap();
    assert_eq!(second.staged(&of_second).unwrap().len(), 1);
    second.take(&of_second).unwrap();
    let (ledger, mailbox) = (&mut first.ledger, &first.mailbox);
    let rows = [staged("a")];
    let keys = [key("a")];
    let changes = ListingChanges { forgotten: vec![key("a")], ..ListingChanges::default() };
    let imported = Imported {
        key: key("i"),
        settled: Settled::Seen,
        octets: None,
        received: None,
        fingerprint: None,
        is_asked: false,
        settled_at: None,
        vanished_at: None,
        deletes: 0,
        form: UidForm::Whole,
        deliveries: Vec::new(),
    };
    let place = Identity::from_octets(b"one");
    let mut refused = vec![
        ledger.take(mailbox),
        ledger.record(mailbox, &[], &rows),
        ledger.note_failed(mailbox, &rows),
        ledger.forget_staged(mailbox, &rows),
        ledger.presume(mailbox, &rows),
        ledger.confirm_presumed(mailbox).map(drop),
        ledger.retry_presumed(mailbox).map(drop),
        ledger.set(mailbox, keys.iter(), Settled::Deleted),
        ledger.still_there(mailbox, &[(key("a"), None)]),
        ledger.note_fingerprints(mailbox, &[(key("a"), None)]),
        ledger.note_listing(mailbox, &changes),
        ledger.mark_seen(mailbox, keys.iter().map(Key::parts)),
        ledger.forget(mailbox, [&b"a"[..]].into_iter()).map(drop),
        ledger.forget_all(mailbox).map(drop),
        ledger.import(mailbox, &[imported]).map(drop),
        ledger.displace(mailbox, &[]),
        ledger.displace(mailbox, &keys),
        ledger.note_place(mailbox, &maildir("/mail"), &place).map(drop),
        ledger.note_troubles(mailbox, &[refused_for(&keys[0])]).map(drop),
        ledger.retry_troubled(mailbox).map(drop),
    ];
    let id = DestinationId::for_tests(1);
    refused.push(ledger.note_missing(mailbox, id, true));
    refused.push(ledger.forget_delivered_into(mailbox, id));
    for (at, result) in refused.into_iter().enumerate() {
        let error = result.expect_err(&format!("the change {at} was made"));
        assert_eq!(error.kind(), Kind::TryLater, "{at}: {error}");
        assert!(error.to_string().contains("another run is at work on ann@example.org"), "{at}: {error}");
    }
    assert_eq!(second.staged(&of_second).unwrap(), rows);
    assert!(known(&second, &of_second).is_empty());
    assert!(second.destinations().unwrap().iter().all(|place| place.identity.is_none()));
    second.record(&of_second, &[], &rows).unwrap();
    assert_eq!(known(&second, &of_second).len(), 1);
}

/// What it has read may not be true any more.
#[test]
fn a_mailbox_that_was_changed_since_it_was_looked_up_cannot_be_taken() {
    let mut first = Home::new();
    let mut second = open(first.dir.path());
    let of_second = second.mailbox(ANN).unwrap();
    first.ledger.record(&first.mailbox, &[staged("a")], &[]).unwrap();
    assert_eq!(second.take(&of_second).unwrap_err().kind(), Kind::TryLater);
    assert_eq!(second.record(&of_second, &[staged("b")], &[]).unwrap_err().kind(), Kind::TryLater);
    first.ledger.record(&first.mailbox, &[], &[staged("a")]).unwrap();
    // Looked up again, as by the next run.
    let of_second = second.mailbox(ANN).unwrap();
    second.take(&of_second).unwrap();
    second.record(&of_second, &[staged("b")], &[]).unwrap();
    assert_eq!(first.ledger.record(&first.mailbox, &[], &[]).unwrap_err().kind(), Kind::TryLater);
}

/// What fails half-way is not there at all, and the run goes on.
#[test]
fn a_change_that_fails_leaves_nothing() {
    let mut home = Home::new();
    let bad = home.ledger.write_of(&home.mailbox, |db, _| -> Result<()> {
        db.execute("INSERT INTO message (mailbox, uid, occurrence, state, settled_at) VALUES (1, x'61', 0, 1, 1)", [])?;
        Err(Error::new(Kind::Bug, "half-way"))
    });
    assert_eq!(bad.unwrap_err().kind(), Kind::Bug);
    assert!(home.known().is_empty());
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    assert_eq!(home.known().len(), 1);
}

/// 32 accounts at once, each with a ledger of its own open on the one file.
#[test]
fn many_runs_write_at_once() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for run in 0..32 {
            let folder = dir.path();
            scope.spawn(move || {
                let mut ledger = open(folder);
                let mailbox = ledger.mailbox(&format!("{run}@example.org")).unwrap();
                for message in 0..5 {
                    let rows = [staged(&message.to_string())];
                    ledger.record(&mailbox, &rows, &[]).unwrap();
                    ledger.record(&mailbox, &[], &rows).unwrap();
                }
                ledger.add_run(&mailbox, &runs::run(run + 1)).unwrap();
                ledger.close().unwrap();
            });
        }
    });
    let ledger = open(dir.path());
    let keys = ledger.mailbox_keys().unwrap();
    assert_eq!((keys.len(), ledger.runs(None, 99).unwrap().len()), (32, 32));
    for key in keys {
        assert_eq!(known(&ledger, &ledger.find_mailbox(&key).unwrap().unwrap()).len(), 5, "{key}");
    }
}

#[test]
fn what_is_remembered_of_a_server_has_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let day = |day: i64| clock::EARLIEST + (100 + day) * clock::DAY;
    let mut ledger = open_at(dir.path(), day(0));
    let mailbox = ledger.mailbox(ANN).unwrap();
    ledger.note_no_pipelining(&mailbox).unwrap();
    ledger.note_no_scram(&mailbox).unwrap();
    ledger.note_no_binding(&mailbox).unwrap();
    ledger.note_no_top(&mailbox).unwrap();
    ledger.note_asks_first(&mailbox, true).unwrap();
    ledger.note_uids_are_numbers(&mailbox, true).unwrap();
    ledger.note_login_delay(&mailbox, Duration::from_secs(900)).unwrap();
    let told = |ledger: &Ledger| {
        let of = ledger.find_mailbox(ANN).unwrap().unwrap();
        assert_eq!(of.no_binding, of.no_scram);
        (of.no_pipelining, of.no_scram, of.no_top, of.asks_first, of.uids_are_numbers, of.login_delay.is_some())
    };
    assert_eq!(told(&ledger), (true, true, true, true, true, true));
    ledger.close().unwrap();
    let at = |wall: i64| {
        let ledger = open_at(dir.path(), wall);
        let told = told(&ledger);
        ledger.close().unwrap();
        told
    };
    assert_eq!(at(day(6)), (true, true, true, true, true, false));
    assert_eq!(at(day(8)), (true, true, true, false, true, false));
    for week in 2..5 {
        at(day(7 * week));
    }
    assert_eq!(at(day(31)), (false, false, false, false, true, false));
    let mut ledger = open_at(dir.path(), day(31));
    ledger.note_asks_first(&mailbox, true).unwrap();
    ledger.note_asks_first(&mailbox, false).unwrap();
    ledger.note_uids_are_numbers(&mailbox, false).unwrap();
    assert_eq!(told(&ledger), (false, false, false, false, false, false));
}

/// A line that breaks once at CAPA costs a day, a server that does it again a month.
#[test]
fn a_server_that_lacks_capa_is_asked_again_after_a_day_and_then_after_a_month() {
    let dir = tempfile::tempdir().unwrap();
    let lacks_capa = |day: i64, notes: bool| {
        let mut ledger = open_at(dir.path(), clock::EARLIEST + (100 + day) * clock::DAY);
        let mailbox = ledger.mailbox(ANN).unwrap();
        if notes {
            ledger.note_no_capa(&mailbox).unwrap();
        }
        let lacks_capa = ledger.mailbox(ANN).unwrap().no_capa;
        ledger.close().unwrap();
        lacks_capa
    };
    assert!(lacks_capa(0, true));
    assert!(!lacks_capa(2, false));
    assert!(lacks_capa(2, true));
    assert!((1..5).all(|week| lacks_capa(7 * week, false)));
    assert!(!lacks_capa(33, false));
}
