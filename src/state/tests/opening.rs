use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::Instant;

use super::*;
use crate::error::Cause;
use crate::state::migrate::{APPLICATION_ID, Version, version};
use crate::state::schema::MIGRATIONS;
use crate::until::Until;

/// A ledger as an older version left it, with one of each thing that it had.
fn old_ledger(folder: &Path, version: usize) {
    let db = Connection::open(folder.join(FILE)).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    MIGRATIONS[..version].iter().for_each(|migration| db.execute_batch(migration).unwrap());
    db.execute_batch(
        "INSERT INTO mailbox (id, key, no_pipelining_since) VALUES (7, 'ann@example.org', 1000);
         INSERT INTO message (mailbox, uid, occurrence, state, octets, settled_at, vanished_at)
             VALUES (7, x'6120ff', 1, 2, 12, 1000, 2000), (7, x'62', 0, 4, NULL, 1780000000, NULL),
                    (7, x'63', 0, 1, 13, 4000000000, NULL);
         INSERT INTO staged (mailbox, uid, occurrence, octets, recorded_at, kind, target, file, spool_offset, target_offset,
                             length, hash)
             VALUES (7, x'64', 0, 5, 1000, 0, CAST('/mail' AS BLOB), CAST('1.d' AS BLOB), 0, 0, 0, x'');
         INSERT INTO trouble VALUES (7, x'65', 0, 0, 3, '-ERR', 1780000000), (7, x'66', 0, 2, 9, 'cut', 1780000000);
         INSERT INTO run VALUES (3, 7, 1790000000000, 1500, 2, 1, 12, 0, 1, 75, 'broken');",
    )
    .unwrap();
    if version >= 3 {
        db.execute_batch(
            "INSERT INTO destination VALUES (5, 0, CAST('/old' AS BLOB));
             UPDATE message SET destination = 5 WHERE uid = x'63';",
        )
        .unwrap();
    }
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", version as i64).unwrap();
}

#[test]
fn a_ledger_of_each_version_keeps_all_that_it_knows() {
    for version in 1..4 {
        let dir = tempfile::tempdir().unwrap();
        old_ledger(dir.path(), version);
        for _ in 0..2 {
            let mut ledger = open_at(dir.path(), 1_790_000_100);
            let mailbox = ledger.mailbox(ANN).unwrap();
            assert_eq!(mailbox.id, 7);
            assert_eq!((mailbox.no_pipelining, mailbox.no_scram, mailbox.login_delay), (false, false, None));
            let rows = known(&ledger, &mailbox);
            let told: Vec<_> =
                rows.iter().map(|row| (&row.key.uid[..], row.key.occurrence, row.settled, row.octets)).collect();
            let expected = [
                (&b"a \xff"[..], 1, Settled::DeletePending, Some(12)),
                (b"b", 0, Settled::Seen, None),
                (b"c", 0, Settled::Published, Some(13)),
            ];
            assert_eq!(told, expected, "version {version}");
            assert!(rows.iter().all(|row| row.fingerprint.is_none() && !row.is_asked && row.deletes == 0));
            assert!(rows[0].is_vanished && !rows[1].is_vanished);
            let mut ages = Vec::new();
            ledger.each_known(&mailbox, |known| ages.push(known.settled_for.as_secs())).unwrap();
            let now = ledger.clock.now();
            assert_eq!(now / 1000, 1_790_000);
            assert!(ages[0] < 200 && ages[2] < 200, "times that cannot be are now: {ages:?}");
            assert_eq!(ages[1], (now - 1_780_000_000) as u64);

            let [row] = ledger.staged(&mailbox).unwrap().try_into().unwrap();
            assert_eq!(row, StagedRow { octets: Some(5), received: None, fingerprint: None, ..staged("d") });
            let troubled = ledger.troubled(&mailbox).unwrap();
            assert!(troubled.iter().all(|it| it.is_due && !it.is_given_up), "what was given up is tried again");
            let used = ledger.place(&maildir("/mail")).unwrap().unwrap();
            assert!(ledger.uses(&mailbox, used.id).unwrap() && used.identity.is_none());
            let old = ledger.place(&maildir("/old")).unwrap().map(|place| place.id);
            assert_eq!(old.is_some(), version >= 3);
            let into: Vec<_> = old.into_iter().collect();
            assert_eq!(ledger.deliveries(&mailbox, &key("c")).unwrap(), into);
            into.iter().for_each(|id| assert!(ledger.uses(&mailbox, *id).unwrap()));
            let [PastRun { mailbox, run }] = ledger.runs(None, 9).unwrap().try_into().unwrap();
            assert_eq!((mailbox.as_str(), run.exit_code, run.error.as_deref()), (ANN, 75, Some("broken")));
            ledger.close().unwrap();
        }
    }
}

/// What is remembered of a server begins empty.
#[test]
fn a_ledger_of_version_4_gets_the_columns_that_came_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = open(dir.path());
    let mailbox = ledger.mailbox(ANN).unwrap();
    ledger.note_no_top(&mailbox).unwrap();
    ledger.close().unwrap();
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    for column in [
        "no_capa_since",
        "no_binding_since",
        "logins_refused",
        "login_refused_at",
        "no_login_until",
        "told_of",
        "keyring_declined",
        "certificate_expires",
    ] {
        db.execute_batch(&format!("ALTER TABLE mailbox DROP COLUMN {column}")).unwrap();
    }
    for column in ["why", "doubted_at", "refused", "attempts", "days", "last_day", "next_try", "given_up_at", "said"] {
        db.execute_batch(&format!("ALTER TABLE staged DROP COLUMN {column}")).unwrap();
    }
    db.execute_batch("DROP TABLE incident; DROP INDEX message_presumed; DROP INDEX message_form; ALTER TABLE message DROP COLUMN form;").unwrap();
    db.pragma_update(None, "user_version", 4).unwrap();
    drop(db);
    let mailbox = open(dir.path()).mailbox(ANN).unwrap();
    assert_eq!((mailbox.no_top, mailbox.no_capa, mailbox.no_binding), (true, false, false));
}

fn copy_name() -> String {
    format!("mailhaul.db.before-{}", MIGRATIONS.len())
}

#[test]
fn a_copy_is_kept_before_the_tables_change() {
    let dir = tempfile::tempdir().unwrap();
    old_ledger(dir.path(), 2);
    let copy = dir.path().join(copy_name());
    // Several runs at once, as cron starts them after an upgrade.
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| open(dir.path()).close().unwrap()))));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let db = Connection::open(&copy).unwrap();
    assert_eq!(version(&db, &Wait::default()).unwrap(), Version::Old(2));
    let messages: i64 = db.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap();
    assert_eq!(messages, 3);
    let mut names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [FILE.into(), std::ffi::OsString::from(copy_name())]);
    // A copy that is there is kept: it may be the one that the user wants back.
    std::fs::remove_file(dir.path().join(FILE)).unwrap();
    old_ledger(dir.path(), 3);
    open(dir.path()).close().unwrap();
    assert_eq!(version(&Connection::open(&copy).unwrap(), &Wait::default()).unwrap(), Version::Old(2));
}

#[test]
fn without_a_copy_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    old_ledger(dir.path(), 2);
    std::fs::create_dir(dir.path().join(copy_name() + ".new")).unwrap();
    let error = Ledger::open(dir.path(), &Wait::default()).unwrap_err();
    assert!(error.to_string().contains("a copy of the ledger could not be kept"), "{error}");
    let db = Connection::open(dir.path().join(FILE)).unwrap();
    assert_eq!(version(&db, &Wait::default()).unwrap(), Version::Old(2));
}

#[test]
fn what_is_no_ledger_is_refused_and_stays_as_it_is() {
    let newer = MIGRATIONS.len() as i64 + 1;
    let of_version = |version: i64| {
        move |path: &Path| {
            open(path.parent().unwrap()).close().unwrap();
            Connection::open(path).unwrap().pragma_update(None, "user_version", version).unwrap();
        }
    };
    let text = |path: &Path| std::fs::write(path, "this is no database, but a text of some length").unwrap();
    let other = |path: &Path| Connection::open(path).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    let dumped = |path: &Path| {
        let db = Connection::open(path).unwrap();
        MIGRATIONS.iter().for_each(|migration| db.execute_batch(migration).unwrap());
    };
    type Make<'a> = &'a dyn Fn(&Path);
    let cases: [(Make<'_>, &str); 7] = [
        (&text, "not a database"),
        (&other, "a database of another program"),
        (&dumped, "has version 0"),
        (&of_version(0), "has version 0, which no mailhaul writes"),
        (&of_version(-1), "has version -1, which no mailhaul writes"),
        (&of_version(i32::MIN.into()), "which no mailhaul writes"),
        (&of_version(newer), &format!("has version {newer}, this mailhaul knows {}", MIGRATIONS.len())),
    ];
    for (make, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        make(&path);
        let before = std::fs::read(&path).unwrap();
        let error = Ledger::open(dir.path(), &Wait::default()).unwrap_err();
        assert!(error.to_string().contains(expected) && error.to_string().contains(FILE), "{error}");
        if expected != "not a database" {
            assert_eq!(error.kind(), Kind::Config, "{error}");
        }
        assert!(std::fs::read(&path).unwrap() == before, "{expected}: the file was changed");
    }
}

#[test]
fn the_files_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    let mut ledger = open(&folder);
    let mailbox = ledger.mailbox(ANN).unwrap();
    ledger.add_run(&mailbox, &runs::run(1)).unwrap();
    let _lock = MailboxLock::acquire(&folder, ANN).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let expected = if path.ends_with("locks") { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
}

#[test]
fn a_folder_that_others_can_change_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    std::fs::create_dir(&folder).unwrap();
    for mode in [0o770, 0o702, 0o1777] {
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
        for error in
            [Ledger::open(&folder, &Wait::default()).unwrap_err(), MailboxLock::acquire(&folder, ANN).unwrap_err()]
        {
            assert_eq!(error.kind(), Kind::Config, "{error}");
            assert!(error.next_step().unwrap().starts_with("chmod go-w "), "{error}");
        }
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    open(&folder).close().unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&folder, Some(12345), None).unwrap();
        let error = Ledger::open(&folder, &Wait::default()).unwrap_err();
        assert!(error.to_string().contains("belongs to another user"), "{error}");
    }
}

#[test]
fn a_symbolic_link_is_not_followed_to_a_ledger() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    open(other.path()).close().unwrap();
    symlink(other.path().join(FILE), dir.path().join(FILE)).unwrap();
    for error in [
        Ledger::open(dir.path(), &Wait::default()).unwrap_err(),
        Ledger::open_existing(dir.path(), &Wait::default()).unwrap_err(),
        connection::connect(&dir.path().join(FILE)).unwrap_err().into(), // SQLite itself, had the link come later
    ] {
        assert!(matches!(error.kind(), Kind::Config | Kind::CannotCreate), "{error}");
    }
    // A link to the folder is the user's wish.
    let link = dir.path().join("link");
    symlink(other.path(), &link).unwrap();
    assert!(Ledger::open_existing(&link, &Wait::default()).unwrap().is_some());
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_missing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Ledger::open_existing(dir.path(), &Wait::default()).unwrap().is_none());
    assert!(Ledger::open_existing(&dir.path().join("nowhere"), &Wait::default()).unwrap().is_none());
    std::fs::write(dir.path().join("file"), "").unwrap();
    Ledger::open_existing(&dir.path().join("file"), &Wait::default()).unwrap_err();
}

/// Another thread that opens and closes the ledger must not take the locks of this one away.
#[test]
fn the_locks_of_a_process_outlive_a_second_opening() {
    let home = Home::new();
    let about = std::fs::metadata(home.ledger.path()).unwrap();
    // As the kernel writes it: another file system may have a file of the same number.
    let (major, minor) = (rustix::fs::major(about.dev()), rustix::fs::minor(about.dev()));
    let file = format!(" {major:02x}:{minor:02x}:{} ", about.ino());
    let locks = || {
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        locks.lines().filter(|line| line.contains(&file)).count()
    };
    let before = locks();
    if before == 0 {
        return; // this system does not show them
    }
    for _ in 0..3 {
        open(home.dir.path()).close().unwrap();
        open::create(home.ledger.path()).unwrap();
        Ledger::open_existing(home.dir.path(), &Wait::default()).unwrap().unwrap().close().unwrap();
        assert_eq!(locks(), before);
    }
}

#[test]
fn a_network_file_system_gets_no_new_ledger_and_an_old_one_a_journal() {
    let dir = tempfile::tempdir().unwrap();
    let folder = open::made_folder(dir.path()).unwrap();
    let network = |wall| Surroundings { network: Some("NFS".into()), ..surroundings(wall) };
    let wall = clock::EARLIEST + 1000;
    let error = Ledger::open_in(&folder, &Wait::default(), &network(wall)).unwrap_err();
    assert_eq!(error.kind(), Kind::CannotCreate);
    assert!(error.to_string().contains("NFS") && error.next_step().unwrap().contains("--state-dir"), "{error}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

    // One that was killed there, with its log.
    old_ledger(&folder, 3);
    let log = ["mailhaul.db-wal", "mailhaul.db-shm"];
    for _ in 0..2 {
        let mut ledger = Ledger::open_in(&folder, &Wait::default(), &network(wall)).unwrap();
        let mode: String = ledger.db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "delete");
        assert_eq!((ledger.take_warnings().len(), ledger.take_warnings().len()), (1, 0));
        let mailbox = ledger.mailbox(ANN).unwrap();
        ledger.record(&mailbox, &[staged("x")], &[]).unwrap();
        assert!(log.iter().all(|name| open::look(&folder.join(name)).unwrap() == FilePresence::Missing));
        // The lock is not kept between transactions.
        let mut second = Ledger::open_in(&folder, &Wait::default(), &network(wall)).unwrap();
        second.mailbox("bob@example.org").unwrap();
        ledger.record(&mailbox, &[], &[staged("x")]).unwrap();
        ledger.add_run(&mailbox, &runs::run(1)).unwrap();
        assert_eq!(ledger.runs(None, 9).unwrap().len(), 2);
    }
    assert!(open_at(&folder, wall).take_warnings().is_empty(), "back on a local disk");
}

/// A copy of the one file is a backup, and can be put back.
#[test]
fn nothing_is_left_beside_a_closed_ledger() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    let home = home.again();
    let path = home.ledger.path().to_owned();
    known(&home.ledger, &home.mailbox);
    home.ledger.close().unwrap();
    let content = std::fs::read(&path).unwrap();
    // A run that finds nothing new.
    let mut ledger = open(home.dir.path());
    let mailbox = ledger.mailbox(ANN).unwrap();
    known(&ledger, &mailbox);
    ledger.add_run(&mailbox, &runs::run(1)).unwrap();
    ledger.close().unwrap();
    assert!(std::fs::read(&path).unwrap() == content, "an idle run wrote into the ledger");
    for name in ["mailhaul.db-wal", "mailhaul.db-shm"] {
        assert_eq!(open::look(&path.with_file_name(name)).unwrap(), FilePresence::Missing);
    }
}

/// A ledger was made in 2026, then the machine's clock shows what it likes.
#[test]
fn a_wrong_clock_makes_nothing_old() {
    let dir = tempfile::tempdir().unwrap();
    let wall = clock::EARLIEST + 100 * clock::DAY;
    let run = |wall: i64, delivers: bool| {
        let mut ledger = open_at(dir.path(), wall);
        let mailbox = ledger.mailbox(ANN).unwrap();
        if delivers {
            ledger.record(&mailbox, &[], &[staged("a")]).unwrap();
        }
        let mut days = Vec::new();
        ledger.each_known(&mailbox, |known| days.push(known.settled_for.as_secs() as i64 / clock::DAY)).unwrap();
        ledger.close().unwrap();
        days[0]
    };
    let (year_1990, year_2099) = (631_152_000, 4_070_908_800);
    assert_eq!(run(year_1990, true), 0);
    assert_eq!(run(wall, false), 7, "delivered while the clock stood at 1990");
    assert_eq!(run(wall, true), 0);
    assert_eq!(run(year_2099, false), 7);
    assert_eq!(run(year_2099, false), 7, "it stands in 2099");
    assert_eq!(run(wall, false), 7, "and is set right");
    assert_eq!(run(wall + clock::DAY / 2, false), 7);
    assert_eq!(run(wall + clock::DAY, false), 8, "days without a write count");
    assert_eq!(run(wall + 6 * clock::DAY, false), 13);
}

#[test]
fn a_writer_waits_until_the_deadline_or_a_stop() {
    let home = Home::new();
    let other = Connection::open(home.ledger.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let within = |wait: Wait| {
        let mut ledger = Ledger::open(home.dir.path(), &wait).unwrap();
        let mailbox = ledger.mailbox(ANN).unwrap();
        let begun = Instant::now();
        let error = ledger.record(&mailbox, &[], &[staged("a")]).unwrap_err();
        assert_eq!(error.kind(), Kind::TryLater, "{error}");
        (error, begun.elapsed())
    };
    let until = Until::default().within(Duration::from_millis(600));
    let (error, time) = within(Wait { until, ..Wait::default() });
    assert!(error.to_string().contains("the ledger is busy") && time < Duration::from_secs(30), "{error} {time:?}");
    let (asker, stop) = crate::stop::Stop::pair().unwrap();
    asker.ask();
    let (error, time) = within(Wait { until: Until { deadline: None, stop: Some(stop) }, ..Wait::default() });
    assert!(error.cause() == Cause::Stopped && time < Duration::from_secs(30), "{error} {time:?}");
    // And goes on when the other one is done.
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let mut ledger = open(home.dir.path());
            let mailbox = ledger.mailbox(ANN).unwrap();
            ledger.record(&mailbox, &[], &[staged("a")]).unwrap();
        });
        std::thread::sleep(Duration::from_millis(500));
        assert!(!waits.is_finished());
        other.execute_batch("COMMIT").unwrap();
    });
    assert_eq!(home.known().len(), 1);
}
