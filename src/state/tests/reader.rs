//! What whoever watches reads.

use super::runs::run;
use super::*;

/// A run that began so many seconds ago.
fn ago(seconds: u64, exit_code: u8) -> Run {
    let started = SystemTime::now() - Duration::from_secs(seconds);
    let error = (exit_code != 0).then(|| "broken".to_owned());
    Run { started, exit_code, error, ..run(1) }
}

fn read(folder: &Path) -> Option<MailboxReading> {
    read_records(folder, &[ANN.to_owned()], &Wait::default()).unwrap().map(|mut records| records.remove(0))
}

fn files(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_made_where_nothing_is() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(read(dir.path()), None);
    assert_eq!(read(&dir.path().join("missing")), None);
    assert_eq!(files(dir.path()).len(), 0);
    std::fs::write(dir.path().join("mailhaul.db"), "").unwrap();
    assert_eq!(read(dir.path()), None, "the first run has made the file, and not the tables");
}

#[test]
fn a_mailbox_that_is_unknown_has_an_empty_record() {
    let home = Home::new();
    home.ledger.close().unwrap();
    let keys = ["x@y".to_owned(), ANN.to_owned()];
    let records = read_records(home.dir.path(), &keys, &Wait::default()).unwrap().unwrap();
    assert_eq!(records, [MailboxReading::default(), MailboxReading::default()]);
    assert_eq!(files(home.dir.path()), ["mailhaul.db"], "the notes are not made either");
}

#[test]
fn the_last_success_and_the_failures_since_are_told() {
    let mut home = Home::new();
    for run in [ago(9000, 75), ago(7200, 0), ago(3600, 75), ago(60, 77)] {
        home.ledger.add_run(&home.mailbox, &run).unwrap();
    }
    let record = read(home.dir.path()).unwrap();
    assert_eq!((record.last_run.as_ref().unwrap().exit_code, record.failed_attempts), (77, 2));
    let since = SystemTime::now().duration_since(record.last_success.unwrap()).unwrap().as_secs();
    assert!((7190..=7300).contains(&since), "{since}");
}

/// A run under a clock of 2099 would be the last success for ever.
#[test]
fn a_run_of_the_future_does_not_count() {
    let mut home = Home::new();
    let future = Run { started: SystemTime::now() + Duration::from_secs(86400), ..ago(0, 0) };
    home.ledger.add_run(&home.mailbox, &future).unwrap();
    assert_eq!(read(home.dir.path()).unwrap(), MailboxReading::default());
    home.ledger.add_run(&home.mailbox, &ago(10, 75)).unwrap();
    let record = read(home.dir.path()).unwrap();
    assert_eq!((record.last_success, record.failed_attempts), (None, 1));
}

#[test]
fn what_needs_a_person_is_told() {
    let mut home = Home::new();
    let sighting = Sighting { kind: "server", text: "x", exit_code: None, level: 1, said: false, reported: false };
    home.ledger.note_incident(&home.mailbox, Subject::Silence, &sighting).unwrap();
    home.ledger.note_incident(&home.mailbox, Subject::Run, &sighting).unwrap();
    home.ledger.note_over(&home.mailbox, Subject::Run).unwrap();
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    home.ledger.note_certificate(&home.mailbox, end).unwrap();
    home.ledger.record(&home.mailbox, &[staged("a"), staged("b")], &[]).unwrap();
    home.ledger.presume(&home.mailbox, &[staged("a")]).unwrap();
    let record = read(home.dir.path()).unwrap();
    let subjects: Vec<Subject> = record.incidents.iter().map(|incident| incident.subject).collect();
    assert_eq!(subjects, [Subject::Silence], "what is over is not open");
    assert_eq!((record.presumed, record.given_up, record.waiting), (1, 0, 0));
    assert_eq!(record.certificate_expires, Some(end));
}

#[test]
fn an_older_ledger_stays_as_it_is() {
    let home = Home::new();
    home.ledger.db.pragma_update(None, "user_version", schema::MIGRATIONS.len() - 1).unwrap();
    home.ledger.close().unwrap();
    let error = read_records(home.dir.path(), &[], &Wait::default()).unwrap_err();
    assert!(error.to_string().ends_with("mailhaul.db: the ledger is that of an older mailhaul"), "{error}");
    assert_eq!(files(home.dir.path()), ["mailhaul.db"], "no copy was kept, as nothing was changed");
}

/// A run in the middle of a long transaction, and one in the middle of its notes.
#[test]
fn a_run_that_is_writing_is_not_waited_for() {
    let mut home = Home::new();
    home.ledger.add_run(&home.mailbox, &ago(60, 0)).unwrap();
    home.ledger.db.execute_batch("BEGIN EXCLUSIVE; UPDATE mailbox SET serial = 77").unwrap();
    assert!(read(home.dir.path()).unwrap().last_success.is_some());
    home.ledger.db.execute_batch("COMMIT").unwrap();
}

/// The other way round: what is read keeps nobody from writing.
#[test]
fn nobody_waits_for_whoever_reads() {
    let mut home = Home::new();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let folder = home.dir.path().to_owned();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    read(&folder).unwrap();
                }
            });
        }
        for number in 0..100 {
            home.ledger.add_run(&home.mailbox, &run(number)).unwrap();
            home.ledger.record(&home.mailbox, &[staged(&number.to_string())], &[]).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn a_lock_that_does_not_end_ends_in_an_error() {
    let mut home = Home::new();
    home.ledger.add_run(&home.mailbox, &ago(60, 0)).unwrap();
    let other = Connection::open(home.dir.path().join("runs.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let soon = Wait { until: crate::until::Until::default().within(Duration::from_millis(1)), wall: None };
    let error = read_records(home.dir.path(), &[ANN.to_owned()], &soon).unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("runs.db"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
}
