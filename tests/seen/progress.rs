//! The progress bar: on terminals of any width, and nowhere else.

use std::time::Duration;

use super::*;
use crate::terminal::rows_ever_shown;

/// A server that takes its time, so that a bar is drawn more than once.
fn slow(messages: usize) -> Server {
    let maildrop = Maildrop::generated(messages, 3, Sizes::Fixed(30_000));
    Server::start(Config::new(&maildrop).without("PIPELINING").rtt(Duration::from_millis(30)))
}

/// No row is the rest of another one.
#[track_caller]
fn assert_not_wrapped(shown: &str, columns: usize) {
    let rows = rows_ever_shown(shown, columns);
    let begins = |row: &String| ["work", "home", "- ", "\\ ", "| ", "/ "].iter().any(|begin| row.starts_with(begin));
    let bars: Vec<&String> = rows.iter().filter(|row| !row.contains("; kept on")).collect();
    let wrapped: Vec<&&String> = bars.iter().filter(|row| !begins(row)).collect();
    assert!(wrapped.is_empty(), "{columns} columns: {wrapped:#?}");
    let is_bar = |row: &str| row.contains("/40 messages");
    assert!(rows.iter().any(|row| is_bar(row)), "{columns} columns, no bar: {rows:#?}");
    assert!(rows.iter().all(|row| row.matches("/40 messages").count() < 2), "{columns} columns: {rows:#?}");
}

#[test]
fn it_fits_whatever_the_width_and_with_several_accounts() {
    for columns in [120, 80, 40, 24] {
        let (home, one, two) = (Home::new(), slow(40), slow(40));
        let mut command = fetch(&home, &[("work", &one), ("home", &two)], &["--jobs", "2"]);
        let ran = Terminal::run_on(command.env("COLUMNS", "200"), columns).finish();
        ran.code(0);
        // The closing lines are as long as they are.
        let bars = ran.stdout.split("40 new messages").next().unwrap();
        assert_not_wrapped(&bars.rsplit_once('\r').unwrap().0.replace('\n', "\r\n"), columns.into());
        let bars = console::strip_ansi_codes(bars);
        let has = |text: &str| bars.contains(text);
        assert_eq!(
            (has("/s"), has("/1.1 MiB"), has("["), has("/40 messages")),
            match columns {
                120 | 80 => (true, true, true, true),
                40 => (false, false, true, true),
                _ => (false, false, false, true),
            }
        );
    }
}

#[test]
fn it_fits_after_a_resize() {
    let (home, server) = (Home::new(), slow(80));
    let mut terminal = Terminal::run_on(&fetch(&home, &[("work", &server)], &[]), 120);
    terminal.wait_for_next("/s");
    terminal.resize(40);
    // What is drawn now may be as wide as before.
    terminal.wait_for_next("/80 messages");
    terminal.wait_for_next("/80 messages");
    terminal.wait_for_next("/80 messages");
    let from = terminal.shown().len();
    terminal.wait_for_next("/80 messages");
    terminal.wait_for_next("/80 messages");
    let shown = terminal.shown();
    let drawn: Vec<&str> = shown[from..].split('\r').skip(1).collect();
    assert!(drawn.len() > 1);
    assert!(drawn.iter().all(|line| console::measure_text_width(line) <= 40), "{drawn:#?}");
    terminal.finish().code(0);
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    for kind in ["dumb", ""] {
        let (home, server) = (Home::new(), slow(20));
        let mut command = fetch(&home, &[("work", &server)], &[]);
        if kind.is_empty() {
            command.env("NO_COLOR", "1");
            let shown = Terminal::run(&command).finish().code(0).stdout.clone();
            assert!(shown.contains('[') && !shown.contains("\x1b[1") && !shown.contains("\x1b[3"), "{shown:?}");
        } else {
            let shown = Terminal::run(command.env("TERM", kind)).finish().code(0).stdout.clone();
            assert_eq!(shown, "work: 20 new messages (575 KiB) in ~/Mail; kept on the server\n");
        }
    }
}

#[test]
fn there_is_none_without_a_terminal() {
    let (home, server) = (Home::new(), slow(20));
    run(&mut fetch(&home, &[("work", &server)], &[])).code(0).silent();
}

/// Who stops the program and goes on with it sees where it is, though no octet comes.
#[test]
fn it_is_there_again_after_ctrl_z() {
    let maildrop = Maildrop::generated(40, 3, Sizes::Fixed(3000));
    let fault = crate::server::Fault::Stall(crate::server::Phase::RetrBody(11, 500));
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop).fault(fault)));
    let mut terminal = Terminal::run(&fetch(&home, &[("work", &server)], &["--timeout", "10m"]));
    terminal.wait_for_next("10/40 messages");
    terminal.signal(rustix::process::Signal::STOP);
    terminal.signal(rustix::process::Signal::CONT);
    let from = terminal.shown().len();
    terminal.wait_for_next("10/40 messages");
    while !terminal.shown()[from..].contains("10/40 messages") {
        terminal.wait_for_next("10/40 messages");
    }
    terminal.signal(rustix::process::Signal::KILL);
    terminal.finish();
}
