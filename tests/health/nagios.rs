//! Plugins, as Nagios runs them: by their first line, their figures and their exit codes.

use std::path::Path;

use super::*;

/// What a monitor makes of a plugin's output. It is as strict as the guidelines are.
struct Verdict {
    state: String,
    text: String,
    lines: Vec<String>,
    /// Label, value, unit, and what follows: warn, crit, min, max.
    figures: Vec<(String, u64, String, Vec<String>)>,
}

#[track_caller]
fn verdict(ran: &Ran) -> Verdict {
    let state = match ran.code {
        Some(0) => "OK",
        Some(1) => "WARNING",
        Some(2) => "CRITICAL",
        Some(3) => "UNKNOWN",
        _ => panic!("no exit code of Nagios\n{}", ran.everything()),
    };
    let mut lines = Vec::new();
    let mut figures = Vec::new();
    for line in ran.stdout.lines() {
        let (text, performance) = line.split_once(" | ").unwrap_or((line, ""));
        assert!(!text.contains('|') && !performance.contains('|'), "{}", ran.everything());
        figures.extend(performance_data(performance));
        lines.push(text.to_owned());
    }
    let first = lines.remove(0);
    let text = first.strip_prefix(&format!("MAILHAUL {state} - ")).unwrap_or_else(|| panic!("{}", ran.everything()));
    let [text, state] = [text, state].map(str::to_owned);
    Verdict { state, text, lines, figures }
}

fn performance_data(mut text: &str) -> Vec<(String, u64, String, Vec<String>)> {
    let mut found = Vec::new();
    while !text.is_empty() {
        let (label, rest) = match text.strip_prefix('\'') {
            Some(quoted) => quoted.split_once("'=").unwrap(),
            None => text.split_once('=').unwrap(),
        };
        assert!(text.starts_with('\'') || !label.contains([' ', '\'']), "{text}");
        let (figure, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut parts = figure.split(';').map(str::to_owned);
        let value = parts.next().unwrap();
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        let (value, unit) = value.split_at(digits);
        assert!(["", "s", "B"].contains(&unit), "{figure}");
        found.push((label.to_owned(), value.parse().unwrap(), unit.to_owned(), parts.collect()));
        text = rest;
    }
    found
}

#[test]
fn the_states_of_health_are_those_of_nagios() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann")), ("home", &server.url("ann"))]);
    let nagios = |more: &[&str]| verdict(&desk.runs(&[&["health", "--format", "nagios"], more].concat()));
    let never = nagios(&["work"]);
    assert_eq!((never.state.as_str(), never.text.as_str()), ("UNKNOWN", "work: never fetched"));
    desk.runs(&["fetch"]).code(0);
    let both = nagios(&[]);
    assert!(both.text.starts_with("2 accounts fetched, the oldest ") && both.lines.len() == 2, "{}", both.text);
    let labels: Vec<&str> = both.figures.iter().map(|(label, ..)| label.as_str()).collect();
    assert_eq!(labels, ["accounts", "unhealthy", "waiting", "given_up", "presumed", "work age", "home age"]);
    let (_, _, unit, ranges) = &both.figures[5];
    assert_eq!((unit.as_str(), &ranges[..]), ("s", &["", "3600", "0"].map(str::to_owned)[..]));
    desk.home.write_private("password", b"wrong\n");
    desk.runs(&["fetch", "work"]).code(77);
    let warned = nagios(&[]);
    assert_eq!(warned.state, "WARNING");
    assert!(warned.text.starts_with("work: the last run failed: the login was refused"), "{}", warned.text);
    desk.pass(7200);
    let dead = nagios(&["work"]);
    assert_eq!(dead.state, "CRITICAL");
    assert!(dead.text.starts_with("work: no run has succeeded for 2 hours: "), "{}", dead.text);
    let dead = nagios(&[]);
    assert_eq!(dead.text, "2 of 2 accounts have not been fetched in time: work, home");
}

#[test]
fn what_cannot_be_looked_at_is_unknown() {
    let desk = Desk::new(&[("work", "pop3s://ann@mail.example.org")]);
    for verb in ["health", "stat"] {
        let nagios = |more: &[&str]| verdict(&desk.runs(&[&[verb, "--format", "nagios"], more].concat()));
        for (more, text) in [(&["wrok"][..], "wrok"), (&["--json"], "--json"), (&["--config", "/nowhere"], "/nowhere")]
        {
            let unknown = nagios(more);
            assert!(unknown.state == "UNKNOWN" && unknown.text.contains(text), "{verb} {more:?}: {}", unknown.text);
        }
    }
    assert!(verdict(&desk.runs(&["stat", "--format", "nagios", "--exit-code"])).text.contains("--exit-code conflicts"));
    fs::create_dir(desk.home.state()).unwrap();
    fs::write(desk.home.state().join("mailhaul.db"), "no database, but long enough to be looked at").unwrap();
    assert_eq!(verdict(&desk.runs(&["health", "--format", "nagios"])).state, "UNKNOWN");
    desk.home.write_private(".config/mailhaul/config.toml", b"");
    for verb in ["health", "stat"] {
        let none = verdict(&desk.runs(&[verb, "--format", "nagios"]));
        assert!(none.state == "UNKNOWN" && none.text.contains("has no account"), "{}", none.text);
    }
    desk.runs(&["stat", "work", "--warn", "5"]).code(64).says("--warn and --crit need --format nagios");
    desk.runs(&["stat", "work", "--format", "nagios", "--warn", "x"]).code(64);
}

#[test]
fn the_number_of_messages_is_judged() {
    let server = Server::start(Config::new(&Maildrop::generated(5, 1, Sizes::Fixed(500))));
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    let ran = |more: &[&str]| desk.runs(&[&["stat", "work", "--format", "nagios"], more].concat());
    let octets = desk.runs(&["stat", "work"]).stdout.trim().rsplit(' ').next().unwrap().to_owned();
    let exact = ran(&["--warn", "5", "--crit", "10"]);
    assert_eq!(
        exact.code(0).stdout,
        format!("MAILHAUL OK - 5 messages ({octets} octets) | messages=5;5;10;0 octets={octets}B;;;0\n")
    );
    for (more, state) in [
        (&[][..], "OK"),
        (&["--warn", "4", "--crit", "10"], "WARNING"),
        (&["--warn", "4", "--crit", "4"], "CRITICAL"),
        (&["--crit", "4"], "CRITICAL"),
        (&["--warn", "6:"], "WARNING"),
        (&["--warn", "1:5"], "OK"),
        (&["--crit", "@1:5"], "CRITICAL"),
        (&["--new", "--warn", "4"], "WARNING"),
    ] {
        assert_eq!(verdict(&ran(more)).state, state, "{more:?}");
    }
    desk.runs(&["fetch"]).code(0);
    let new = verdict(&ran(&["--new", "--warn", "4"]));
    assert_eq!((new.state.as_str(), new.text.as_str()), ("OK", "0 new messages (0 octets)"));
}

#[test]
fn the_worst_of_several_mailboxes_counts() {
    let (full, other, away) =
        (Server::start(Config::new(&Maildrop::generated(5, 1, Sizes::Fixed(500)))), server(), away());
    let [full, other, away] = [&full, &other, &away].map(|server| server.url("ann"));
    let desk = Desk::new(&[("other", &other), ("full", &full), ("away", &away)]);
    let ran = |more: &[&str]| verdict(&desk.runs(&[&["stat", "--format", "nagios", "--warn", "4"], more].concat()));
    let all = ran(&[]);
    assert_eq!((all.state.as_str(), all.lines.len()), ("CRITICAL", 3));
    assert!(all.text.starts_with("away: ") && all.text.matches("away").count() == 1, "{}", all.text);
    assert!(all.lines[1].starts_with("[WARNING] full: 5 messages ("), "{:?}", all.lines);
    let labels: Vec<&str> = all.figures.iter().map(|(label, ..)| label.as_str()).collect();
    assert_eq!(labels, ["other messages", "other octets", "full messages", "full octets"]);
    let two = ran(&["other", "full"]);
    assert!(two.state == "WARNING" && two.text.starts_with("full: 5 messages ("), "{}", two.text);
    desk.home.write_private("password", b"wrong\n");
    let refused = ran(&["other", "full"]);
    assert_eq!((refused.state.as_str(), refused.text.as_str()), ("CRITICAL", "2 of 2 accounts: other, full"));
    let unknown = ran(&["other", "nobody"]);
    assert_eq!(unknown.state, "CRITICAL", "what is known to be bad is worse");
    fs::remove_file(desk.home.path("password")).unwrap();
    assert_eq!(ran(&["other"]).state, "UNKNOWN", "no password says nothing of the server");
}

/// A real program that wraps plugins, and takes their output apart.
#[test]
fn the_wrapper_of_the_monitoring_plugins_takes_them() {
    const NEGATE: &str = "/usr/lib/nagios/plugins/negate";
    if !Path::new(NEGATE).exists() {
        return not_run("the_wrapper_of_the_monitoring_plugins_takes_them: no negate, of monitoring-plugins-basic");
    }
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    let negated = |words: &[&str]| verdict(&run(&mut under(&[NEGATE, "-s"], &desk.command(words))));
    let unknown = negated(&["health", "--format", "nagios"]);
    assert_eq!(unknown.state, "UNKNOWN", "it is neither good nor bad");
    desk.runs(&["fetch"]).code(0);
    for (words, state) in [
        (&["health", "--format", "nagios"][..], "CRITICAL"),
        (&["stat", "--format", "nagios"], "CRITICAL"),
        (&["stat", "--format", "nagios", "--warn", "1"], "WARNING"),
        (&["stat", "--format", "nagios", "--crit", "1"], "OK"),
    ] {
        let verdict = negated(words);
        assert_eq!(verdict.state, state, "{words:?}: {}", verdict.text);
        assert!(!verdict.figures.is_empty(), "{words:?}: {}", verdict.text);
    }
}
