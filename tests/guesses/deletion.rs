//! The first deletion is asked for, where there is somebody to answer; and what the documents say of deletions.

use super::*;
use crate::terminal::{CTRL_C, Terminal};
use crate::util::without_terminal;

const A: &[&str] = &["--maildir=~/A"];
const B: &[&str] = &["--maildir=~/B"];
const DELETE: &[&str] = &["--delete"];
const QUESTION: &str = "Go on? [y/N]";

#[test]
fn the_first_deletion_is_asked_for_and_a_no_does_nothing() {
    for (answer, left) in [("n", 3), ("", 3), ("no idea", 3), ("y", 0), ("Yes", 0)] {
        for flags in [DELETE, &["--delete", "-q"]] {
            let (home, (server, maildrop)) = (Home::new(), server(3));
            let mut terminal = Terminal::run(&fetch(&home, &server, A, flags));
            terminal.wait_for(QUESTION);
            let says =
                format!("3 messages will be deleted from the server once stored in {}. Go", home.path("A").display());
            let shown = terminal.shown().replace("\r\n", "");
            assert!(shown.contains(&says), "{shown}");
            terminal.type_line(answer);
            let ran = terminal.finish();
            ran.code(0);
            assert_eq!(maildrop.len(), left, "{answer:?}\n{}", ran.everything());
            assert_eq!(delivered(&home, "A"), 3 - left, "{answer:?}\n{}", ran.everything());
            assert_eq!(ran.stdout.contains("nothing was fetched or deleted"), left == 3 && flags == DELETE);
        }
    }
}

#[test]
fn it_is_asked_again_after_a_no_and_not_after_a_yes() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    for answer in ["n", "y"] {
        let mut terminal = Terminal::run(&fetch(&home, &server, A, DELETE));
        terminal.wait_for(QUESTION);
        terminal.type_line(answer);
        terminal.finish().code(0);
    }
    assert_eq!((maildrop.len(), delivered(&home, "A")), (0, 2));
    maildrop.add("new", b"A: 1\r\n\r\nx\r\n");
    let ran = Terminal::run(&fetch(&home, &server, A, DELETE)).finish();
    does_not_say(ran.code(0), QUESTION);
    assert_eq!((maildrop.len(), delivered(&home, "A")), (0, 3));
}

#[test]
fn what_was_delivered_elsewhere_is_named() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    run(&mut fetch(&home, &server, A, &[])).code(0).silent();
    let says = format!("; 2 were delivered before to {}", home.path("A").display());
    for (flags, when) in [(DELETE, "once stored"), (&["--delete-after=30d"][..], "once stored for 30 days")] {
        let mut terminal = Terminal::run(&fetch(&home, &server, B, flags));
        terminal.wait_for(QUESTION);
        let shown = terminal.shown().replace("\r\n", "");
        assert!(shown.contains(&format!("2 messages will be deleted from the server {when}{says}. Go on?")), "{shown}");
        terminal.type_line("n");
        terminal.finish().code(0);
    }
    assert_eq!(maildrop.len(), 2);
    // Into the place of the first run there is nothing new to it.
    let ran = Terminal::run(&fetch(&home, &server, A, DELETE)).finish();
    does_not_say(ran.code(0), QUESTION);
    assert_eq!(maildrop.len(), 0);
}

#[test]
fn nobody_is_asked_where_nobody_answers_or_nothing_goes() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    does_not_say(&Terminal::run(&fetch(&home, &server, A, &["--dry-run", "--delete"])).finish(), QUESTION);
    run(&mut without_terminal(&fetch(&home, &server, A, DELETE))).code(0).silent();
    assert_eq!((maildrop.len(), delivered(&home, "A")), (0, 2));
    let (home, (server, _)) = (Home::new(), super::server(0));
    does_not_say(Terminal::run(&fetch(&home, &server, A, DELETE)).finish().code(0), QUESTION);
}

/// In a script on a terminal.
#[test]
fn standard_input_that_is_no_terminal_is_not_asked() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    let words = fetch(&home, &server, A, DELETE);
    let mut script = Command::new("sh");
    script.args(["-c", "exec \"$@\" </dev/null", "sh"]).arg(words.get_program()).args(words.get_args());
    script.envs(words.get_envs().filter_map(|(name, value)| Some((name, value?))));
    does_not_say(Terminal::run(&script).finish().code(0), QUESTION);
    assert_eq!(maildrop.len(), 0);
}

#[test]
fn the_deadline_and_control_c_end_the_question() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    let mut terminal = Terminal::run(&fetch(&home, &server, A, &["--delete", "--deadline=1s"]));
    terminal.wait_for(QUESTION);
    terminal.finish().code(75).prints("the deadline passed while waiting for an answer on the terminal");
    let mut terminal = Terminal::run(&fetch(&home, &server, A, DELETE));
    terminal.wait_for(QUESTION);
    terminal.type_keys(CTRL_C);
    let ran = terminal.finish();
    assert!(ran.code == Some(75) || ran.signal.is_some(), "{}", ran.everything());
    assert_eq!((maildrop.len(), delivered(&home, "A")), (2, 0));
}

/// One after the other, whatever runs side by side.
#[test]
fn several_accounts_ask_one_after_the_other() {
    let home = Home::new();
    let (first, one) = server(1);
    let other = Maildrop::generated(2, 3, Sizes::Fixed(700));
    let second = Server::start(Config::new(&other).login("bob", "secret"));
    let mut words = fetch(&home, &first, A, DELETE);
    words.arg(second.url("bob"));
    let mut terminal = Terminal::run(&words);
    terminal.wait_for_next(QUESTION);
    terminal.type_line("y");
    terminal.wait_for_next(QUESTION);
    terminal.type_line("y");
    terminal.finish().code(0);
    assert_eq!((one.len(), other.len(), delivered(&home, "A")), (0, 0, 3));
}

/// README and manual: `--delete` means the mail of earlier runs, too, wherever it was delivered.
#[test]
fn delete_means_the_mail_of_earlier_runs_wherever_it_is() {
    let (home, (server, maildrop)) = (Home::new(), server(2));
    run(&mut fetch(&home, &server, A, &[])).code(0).silent();
    let ran = run(&mut fetch(&home, &server, B, DELETE));
    ran.code(0).says("2 messages listed; 2 were delivered before to");
    assert_eq!((maildrop.len(), delivered(&home, "A"), delivered(&home, "B")), (0, 2, 0));
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["README.md", "man/mailhaul-fetch.1", "man/mailhaul-config.5"] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let text = text.replace("\n# ", " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("of earlier runs, wherever "), "{file} does not say it");
    }
}

/// The example that moves mail, after the example above it: what the manual says of it is so.
#[test]
fn the_examples_of_the_manual_do_what_they_say_one_after_the_other() {
    let manual = include_str!("../../man/sections/fetch-examples.roff").replace("\\-", "-");
    let said = manual.replace('\n', " ");
    assert!(said.contains(
        "This also deletes what earlier runs delivered, wherever that was; with .B --all it goes into the mbox too:"
    ));
    let example = |title: &str| {
        let (_, rest) = manual.split_once(title).unwrap();
        let example = rest.split("\n.fi").next().unwrap();
        example.lines().rfind(|line| line.starts_with("mailhaul ")).unwrap().to_owned()
    };
    for (more, moved) in [(None, 0), (Some("--all"), 3)] {
        let (home, (server, maildrop)) = (Home::new(), server(3));
        for (title, into, more) in [("Show what would", "Mail", None), ("Move mail into an mbox", "mbox", more)] {
            let command = example(title);
            assert!(command.contains(&format!("~/{into}")), "{command}");
            let words = command.split(" --password-command").next().unwrap().split(' ').skip(3).chain(more);
            let words = words.chain(["--tls=none", "--password-file=~/password"]);
            run(home.mailhaul(["fetch", &server.url("ann")]).args(words)).code(0);
        }
        let there = (maildrop.len(), delivered(&home, "Mail"), home.mbox_messages().len());
        assert_eq!(there, (0, 3, moved), "{more:?}");
    }
}

/// The manual says of an mbox: removed by its reader, it is the same place. Whoever sits at a terminal is asked first.
#[test]
fn an_mbox_that_was_removed_is_asked_about() {
    let mbox = &["--mbox=~/mbox"][..];
    let says = "2 messages of earlier runs will be deleted from the server, and";
    for (answer, left) in [(Some("n"), 2), (Some("y"), 0), (None, 0)] {
        let (home, (server, maildrop)) = (Home::new(), server(2));
        run(&mut fetch(&home, &server, mbox, &[])).code(0).silent();
        fs::remove_file(home.mbox()).unwrap();
        let command = fetch(&home, &server, mbox, DELETE);
        match answer {
            Some(answer) => {
                // A no is not the last word, though the mbox was made anew meanwhile.
                for answer in ["n", answer] {
                    let mut terminal = Terminal::run(&command);
                    terminal.wait_for(QUESTION);
                    terminal.type_line(answer);
                    terminal.finish().code(0).prints(says);
                }
            }
            None => drop(run(&mut without_terminal(&command)).code(0).silent()),
        }
        assert_eq!(maildrop.len(), left, "{answer:?}");
    }
    let manual = include_str!("../../man/sections/fetch.roff").replace('\n', " ");
    assert!(manual.contains("An mbox that its reader has emptied or removed is the same place, and is made anew."));
    assert!(manual.contains("a person at the terminal is asked before, if the mbox was removed."));
}
