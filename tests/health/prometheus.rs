//! Metrics, as promtool reads them.

use std::collections::BTreeMap;
use std::process::Stdio;

use super::*;
use crate::util::run_with_input;

/// Values by metric and labels.
fn metrics(ran: &Ran) -> BTreeMap<String, f64> {
    let lines = ran.stdout.lines().filter(|line| !line.starts_with('#'));
    let metrics = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    metrics.collect()
}

#[test]
fn a_dead_account_is_a_value_and_no_error() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann")), ("home", &server.url("ann"))]);
    let exported = || metrics(desk.runs(&["health", "--format", "prometheus"]).code(0));
    let labels = |account: &str| format!("{{account=\"{account}\",mailbox=\"{account}\"}}");
    let value = |found: &BTreeMap<String, f64>, name: &str, account: &str| {
        found.get(&format!("mailhaul_{name}{}", labels(account))).copied()
    };
    assert_eq!(value(&exported(), "healthy", "work"), Some(0.0));
    assert!(!desk.home.state().exists());
    desk.runs(&["fetch", "work"]).code(0);
    let found = exported();
    assert_eq!((value(&found, "healthy", "work"), value(&found, "healthy", "home")), (Some(1.0), Some(0.0)));
    assert_eq!(value(&found, "last_run_exit_code", "work"), Some(0.0));
    assert_eq!(value(&found, "last_success_timestamp_seconds", "home"), None);
    desk.home.write_private("password", b"wrong\n");
    desk.runs(&["fetch", "work"]).code(77);
    desk.pass(7200);
    let found = exported();
    assert_eq!((value(&found, "healthy", "work"), value(&found, "failed_attempts", "work")), (Some(0.0), Some(1.0)));
    assert_eq!(value(&found, "last_run_exit_code", "work"), Some(77.0));
    assert_eq!(desk.runs(&["health", "nobody", "--format", "prometheus"]).code(78).stdout, "");
}

fn has_promtool(test: &str) -> bool {
    let promtool = Command::new("promtool").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if promtool.is_err() {
        not_run(&format!("{test}: no promtool, of prometheus"));
    }
    promtool.is_ok()
}

/// What it says of this on its standard input or in a file.
fn promtool(words: &[&str], input: &str) -> Ran {
    let mut promtool = Command::new("promtool");
    promtool.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    run_with_input(&mut promtool, input.as_bytes())
}

/// All metrics that the document has, and no others.
#[test]
fn the_document_names_the_metrics() {
    let page = include_str!("../../docs/monitoring.md");
    let table: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")).map(|(name, _)| name).collect();
    let table = table.into_iter().filter(|name| name.starts_with("mailhaul_")).collect();
    let source = include_str!("../../src/commands/health/prometheus.rs");
    let names = source.split('"').filter(|text| text.starts_with("mailhaul_"));
    let (mut table, mut names): (Vec<&str>, Vec<&str>) = (table, names.collect());
    table.sort_unstable();
    names.sort_unstable();
    assert_eq!(table, names);
}

#[test]
fn the_alerts_of_the_document_are_rules() {
    if !has_promtool("the_alerts_of_the_document_are_rules") {
        return;
    }
    let page = include_str!("../../docs/monitoring.md");
    let rules = page.split("```text\n").find(|block| block.starts_with("groups:")).unwrap();
    let home = Home::new();
    let file = home.write_private("rules.yml", rules.split("```").next().unwrap().as_bytes());
    promtool(&["check", "rules", file.to_str().unwrap()], "").code(0).prints("4 rules found");
}

#[test]
fn promtool_finds_nothing_wrong() {
    if !has_promtool("promtool_finds_nothing_wrong") {
        return;
    }
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann")), ("home", &server.url("ann"))]);
    desk.runs(&["fetch", "work"]).code(0);
    let state = mailhaul::state::Wait::default();
    let mut ledger = mailhaul::state::Ledger::open(&desk.home.state(), &state).unwrap();
    let mailbox = ledger.mailbox("work").unwrap();
    let sighting = mailhaul::state::Sighting {
        kind: "odd \\ \"kind\"\n",
        text: "x",
        exit_code: None,
        level: 1,
        said: false,
        reported: false,
    };
    ledger.note_incident(&mailbox, mailhaul::state::Subject::Silence, &sighting).unwrap();
    ledger.note_certificate(&mailbox, std::time::SystemTime::now()).unwrap();
    ledger.close().unwrap();
    let url = "pop3s://%22odd%5c@[::1]";
    let exported = desk.runs(&["health", "work", "home", url, "--format", "prometheus"]);
    assert_eq!(exported.code(0).stdout.matches("# TYPE ").count(), 12, "{}", exported.stdout);
    promtool(&["check", "metrics"], &exported.stdout).code(0).silent();
    let twice = exported.stdout.repeat(2);
    assert_ne!(promtool(&["check", "metrics"], &twice).code, Some(0), "it does look");
}
