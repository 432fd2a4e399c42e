use super::runs::run;
use super::*;

fn sighting(text: &str) -> Sighting<'_> {
    Sighting { kind: "server", text, exit_code: Some(75), level: 1, said: false, reported: false }
}

#[test]
fn an_incident_goes_on_until_it_is_ended() {
    let mut home = Home::new();
    assert!(!home.mailbox.has_incidents);
    home.ledger.note_incident(&home.mailbox, Subject::Run, &sighting("first")).unwrap();
    let mut home = home.again();
    assert!(home.mailbox.has_incidents);
    let second = Sighting { said: true, level: 2, ..sighting("second") };
    home.ledger.note_incident(&home.mailbox, Subject::Run, &second).unwrap();
    home.ledger.note_incident(&home.mailbox, Subject::Run, &sighting("third")).unwrap();
    home.ledger.note_incident(&home.mailbox, Subject::Silence, &sighting("quiet")).unwrap();
    let seen = home.ledger.incident(&home.mailbox, Subject::Run).unwrap().unwrap();
    assert_eq!((seen.attempts, seen.text.as_str(), seen.reported), (3, "third", None));
    assert_eq!(seen.said.map(|told| told.level), Some(2), "who was told stays told");
    home.ledger.end_incident(&home.mailbox, Subject::Run).unwrap();
    let home = home.again();
    let left: Vec<Subject> =
        home.ledger.incidents(&home.mailbox).unwrap().iter().map(|incident| incident.subject).collect();
    assert_eq!(left, [Subject::Silence]);
}

#[test]
fn what_is_over_and_comes_back_begins_anew() {
    let mut home = Home::new();
    let reported = Sighting { reported: true, ..sighting("down") };
    home.ledger.note_incident(&home.mailbox, Subject::Run, &reported).unwrap();
    home.ledger.note_over(&home.mailbox, Subject::Run).unwrap();
    let over = || home.ledger.incident(&home.mailbox, Subject::Run).unwrap().unwrap();
    assert!(over().is_over);
    home.ledger.note_incident(&home.mailbox, Subject::Run, &sighting("down again")).unwrap();
    let again = home.ledger.incident(&home.mailbox, Subject::Run).unwrap().unwrap();
    assert!(!again.is_over && again.reported.is_some() && again.attempts == 1, "the command knows that it is wrong");
}

#[test]
fn ages_are_of_the_ledgers_clock_and_shown_on_the_machines() {
    let mut home = Home::new();
    home.ledger.note_incident(&home.mailbox, Subject::Run, &sighting("x")).unwrap();
    let hour = Duration::from_secs(3600);
    let later = Wait { wall: Some(SystemTime::now() + hour), ..Wait::default() };
    home.ledger = Ledger::open(home.dir.path(), &later).unwrap();
    let incident = home.ledger.incident(&home.mailbox, Subject::Run).unwrap().unwrap();
    assert!(incident.age >= hour && incident.age < hour * 2, "{:?}", incident.age);
    assert!(incident.since <= SystemTime::now() - hour + Duration::from_secs(1));
}

#[test]
fn the_last_runs_are_told_by_what_they_were() {
    let mut home = Home::new();
    let of = |at, exit_code, fetched| Run { exit_code, fetched, ..run(at) };
    for run in [of(1000, 0, 3), of(2000, 0, 0), of(3000, 75, 0)] {
        home.ledger.add_run(&home.mailbox, &run).unwrap();
    }
    let found = home.ledger.last_runs(ANN, SystemTime::now()).unwrap();
    let at = |milliseconds| Some(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds));
    assert_eq!((found.success, found.mail, found.first), (at(2015), at(1000), at(1000)));
    assert_eq!(home.ledger.last_runs("bob", SystemTime::now()).unwrap(), LastRuns::default());
}

#[test]
fn a_certificates_end_is_remembered() {
    let mut home = Home::new();
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    home.ledger.note_certificate(&home.mailbox, end).unwrap();
    assert_eq!(home.again().mailbox.certificate_expires, Some(end));
}
