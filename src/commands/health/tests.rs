//! What is said of an account, by what the ledger says.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::json::HealthJson;
use super::status::AccountStatus;
use super::*;
use crate::output::MailboxJson;
use crate::state::{Incident, Run, Subject};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn ago(seconds: u64) -> SystemTime {
    now() - Duration::from_secs(seconds)
}

/// A run that took no time, and ended so many seconds ago.
fn run(seconds: u64, exit_code: u8) -> Run {
    Run {
        started: ago(seconds),
        duration: Duration::ZERO,
        listed: None,
        fetched: 0,
        octets: 0,
        deleted: 0,
        failed: 0,
        exit_code,
        error: (exit_code != 0).then(|| "work: cannot connect to mail.example.org port 995: timed out".to_owned()),
    }
}

fn incident(subject: Subject, text: &str) -> Incident {
    Incident {
        subject,
        kind: "some-kind".into(),
        text: text.into(),
        exit_code: None,
        since: ago(60),
        age: Duration::from_secs(60),
        attempts: 2,
        seen_ago: Duration::ZERO,
        said: None,
        reported: None,
        is_over: false,
    }
}

fn status(label: &str, record: MailboxReading) -> AccountStatus {
    AccountStatus {
        label: label.to_owned(),
        source: "ann@mail.example.org".into(),
        mailbox: "ann@mail.example.org".into(),
        of: MailboxJson::of_account(label),
        max_age: MAX_AGE,
        may_wait: true,
        now: now(),
        record,
    }
}

/// Fetched four minutes ago.
fn good() -> MailboxReading {
    MailboxReading { last_run: Some(run(240, 0)), last_success: Some(ago(240)), ..MailboxReading::default() }
}

/// For three hours no run has succeeded; the last one ended so many seconds ago.
fn bad(seconds: u64) -> MailboxReading {
    let last_run = Some(run(seconds, 75));
    MailboxReading { last_run, last_success: Some(ago(3 * 3600)), failed_attempts: 12, ..MailboxReading::default() }
}

fn messages(given_up: u64) -> MailboxReading {
    MailboxReading { given_up, ..good() }
}

#[test]
fn a_line_says_since_when_and_why() {
    const WHY: &str = "cannot connect to mail.example.org port 995: timed out";
    let yet = MailboxReading { last_success: None, failed_attempts: 1, ..bad(60) };
    let lately = MailboxReading { last_success: Some(ago(1800)), failed_attempts: 2, ..bad(60) };
    let idle = MailboxReading { last_run: Some(run(7200, 0)), last_success: Some(ago(7200)), ..good() };
    for (record, is_healthy, line) in [
        (MailboxReading::default(), false, "never fetched".to_owned()),
        (good(), true, "fetched 4 minutes ago".to_owned()),
        (bad(60), false, format!("no run has succeeded for 3 hours: {WHY} (12 attempts)")),
        (bad(7300), false, format!("no run has succeeded for 3 hours: {WHY} (12 attempts, the last 2 hours ago)")),
        (yet, false, format!("no run has succeeded yet: {WHY} (1 attempt)")),
        (lately, true, format!("fetched 30 minutes ago; since then: {WHY} (2 attempts)")),
        (idle, false, "no run for 2 hours, and the last one succeeded: is `mailhaul fetch` still started?".to_owned()),
    ] {
        let status = status("work", record);
        assert_eq!((status.is_healthy(), words::fetched(&status)), (is_healthy, line));
    }
}

#[test]
fn a_run_is_in_time_up_to_the_last_second() {
    for (seconds, is_healthy) in [(3600, true), (3601, false)] {
        let record = MailboxReading { last_success: Some(ago(seconds)), last_run: Some(run(1, 0)), ..good() };
        assert_eq!(status("work", record).is_healthy(), is_healthy, "{seconds}");
    }
}

#[test]
fn what_needs_a_person_is_a_warning() {
    let warnings = |record| words::warnings(&status("work", record));
    assert!(warnings(good()).is_empty() && warnings(MailboxReading::default()).is_empty());
    let lately = |exit_code| MailboxReading { last_run: Some(run(60, exit_code)), ..good() };
    assert!(warnings(lately(75)).is_empty() && warnings(lately(68)).is_empty(), "that passes");
    let refused = warnings(lately(77));
    assert_eq!(refused, ["the last run failed: cannot connect to mail.example.org port 995: timed out"]);
    assert!(warnings(MailboxReading { last_run: Some(run(60, 77)), ..bad(60) }).is_empty(), "it is said already");
    let counted = warnings(MailboxReading { given_up: 2, presumed: 1, waiting: 3, ..good() });
    let see = "(see `mailhaul state show -v`)";
    assert_eq!(
        counted,
        [
            format!("2 messages given up {see}"),
            format!("1 message presumed to be delivered {see}"),
            format!("3 messages waiting for a destination {see}"),
        ]
    );
    let incidents = vec![
        incident(Subject::Run, "down"),
        incident(Subject::Certificate, "work: certificate expires in 9 days"),
        incident(Subject::Messages, "2 given up"),
        incident(Subject::Silence, "no new mail for 8 days"),
    ];
    let told = warnings(MailboxReading { incidents: incidents.clone(), ..good() });
    assert_eq!(told, ["certificate expires in 9 days", "2 given up", "no new mail for 8 days"]);
    let told = warnings(MailboxReading { incidents, given_up: 2, ..good() });
    assert_eq!(told.len(), 3, "messages are told of once: {told:?}");
}

#[test]
fn the_worst_account_decides_and_comes_first() {
    let shown = |records: &[(&str, MailboxReading)]| {
        let statuses: Vec<AccountStatus> = records.iter().map(|(name, record)| status(name, record.clone())).collect();
        let report = nagios::report(&statuses);
        (report.state.exit_code(), report.show())
    };
    let sums = "| accounts=1;;;0 unhealthy=0;;0;0;1 waiting=0;0;;0 given_up=0;0;;0 presumed=0;0;;0";
    let (code, text) = shown(&[("work", good())]);
    assert_eq!((code, text), (0, format!("MAILHAUL OK - work: fetched 4 minutes ago {sums} 'work age'=240s;;3600;0")));
    let (code, text) = shown(&[("home", good()), ("work", good())]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(code, 0);
    assert!(
        lines[0].starts_with("MAILHAUL OK - 2 accounts fetched, the oldest 4 minutes ago | accounts=2;;;0 "),
        "{text}"
    );
    assert_eq!(lines[1], "[OK] home: fetched 4 minutes ago");
    assert_eq!(lines[2], "[OK] work: fetched 4 minutes ago | 'home age'=240s;;3600;0 'work age'=240s;;3600;0");
    let all = [("a", good()), ("b", messages(1)), ("c", MailboxReading::default()), ("d", bad(60)), ("e", bad(60))];
    for (count, code, begin) in [
        (1, 0, "MAILHAUL OK - a: fetched 4 minutes ago | "),
        (2, 1, "MAILHAUL WARNING - b: 1 message given up (see `mailhaul state show -v`) | "),
        (3, 3, "MAILHAUL UNKNOWN - c: never fetched | "),
        (4, 2, "MAILHAUL CRITICAL - d: no run has succeeded for 3 hours: "),
        (5, 2, "MAILHAUL CRITICAL - 2 of 5 accounts have not been fetched in time: d, e | "),
    ] {
        let found = shown(&all[..count]);
        assert!(found.0 == code && found.1.starts_with(begin), "{found:?}");
    }
    let text = shown(&all).1;
    let order: Vec<&str> = text.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(order, ["[CRITICAL] d", "[CRITICAL] e", "[UNKNOWN] c", "[WARNING] b", "[WARNING] b", "[OK] a"]);
}

#[test]
fn an_account_is_an_object() {
    let record = MailboxReading { incidents: vec![incident(Subject::Silence, "quiet")], ..bad(60) };
    let json = serde_json::to_value(HealthJson::of(&status("work", record))).unwrap();
    assert_eq!((&json["healthy"], &json["exit_code"], &json["max_age_s"]), (&false.into(), &75.into(), &3600.into()));
    assert_eq!(json["last_success"], "2027-01-15T05:00:00Z");
    assert_eq!(json["incidents"][0]["since"], "2027-01-15T07:59:00Z");
    let json = serde_json::to_value(HealthJson::of(&status("work", MailboxReading::default()))).unwrap();
    assert!(json["last_run"].is_null() && json["exit_code"].is_null() && json["certificate_expires"].is_null());
}

#[test]
fn what_is_not_known_has_no_value() {
    let text = prometheus::metrics(&[status("new", MailboxReading::default()), status("work", good())]);
    assert!(text.contains("mailhaul_healthy{account=\"new\",mailbox=\"ann@mail.example.org\"} 0\n"), "{text}");
    let times: Vec<&str> = text.lines().filter(|line| line.starts_with("mailhaul_last_success")).collect();
    let labels = "{account=\"work\",mailbox=\"ann@mail.example.org\"}";
    assert_eq!(times, [format!("mailhaul_last_success_timestamp_seconds{labels} 1799999760")]);
    assert!(!text.contains("certificate") && !text.contains("incident"), "{text}");
}

/// Two kinds of trouble may have the same name.
#[test]
fn no_value_is_there_twice() {
    let incidents = vec![incident(Subject::Run, "a"), incident(Subject::Certificate, "b")];
    let text = prometheus::metrics(&[status("work", MailboxReading { incidents, ..good() })]);
    assert_eq!(text.matches("mailhaul_incident{").count(), 1, "{text}");
}

proptest! {
    #[test]
    fn any_text_makes_whole_output(label in any::<String>(), error in any::<String>(), kind in any::<String>()) {
        let last_run = Some(Run { error: Some(error.clone()), ..run(60, 77) });
        let incidents = vec![Incident { kind, ..incident(Subject::Silence, &error) }];
        let statuses = [
            status(&label, MailboxReading { last_run: last_run.clone(), incidents, ..good() }),
            status("other", MailboxReading { last_run, ..bad(60) }),
        ];
        let metrics = prometheus::metrics(&statuses);
        let whole = |line: &str| line.starts_with("# ") || line.rsplit_once("} ").is_some_and(|(_, value)| value.parse::<f64>().is_ok());
        prop_assert!(metrics.split_terminator('\n').all(whole), "{}", metrics);
        let plugin = nagios::report(&statuses).show();
        prop_assert!(plugin.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert_eq!(plugin.matches('|').count(), 2, "{}", plugin);
    }
}
