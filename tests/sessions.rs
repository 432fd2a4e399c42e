//! Servers that list only a part of the mailbox in a session: the parts are fetched in one run, and other servers are left alone.

use std::process::Command;

use serde_json::Value;

use super::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use super::terminal::Terminal;
use super::util::{Home, Ran, assert_same_messages, finish, run, wait_until};

mod failures;

fn maildrop(messages: usize) -> Maildrop {
    Maildrop::generated(messages, 1, Sizes::Fixed(600))
}

/// Some hundred a session, and what was fetched is hidden: Gmail.
fn hiding(messages: usize) -> Config {
    Config::new(&maildrop(messages)).page(250).hides_fetched()
}

fn fetch(home: &Home, server: &Server, more: &[&str]) -> Command {
    home.fetch_maildir(&server.url("ann"), &[&["--tls", "none"], more].concat())
}

/// The object of a run that goes well.
fn object(ran: &Ran) -> Value {
    serde_json::from_str(&ran.code(0).stdout).unwrap()
}

/// `listed`, `new`, `fetched`, `deleted`
fn figures(object: &Value) -> [u64; 4] {
    ["listed", "new", "fetched", "deleted"].map(|name| object[name].as_u64().unwrap())
}

fn tops(server: &Server) -> usize {
    server.log().iter().map(|log| log.count("TOP")).sum()
}

#[track_caller]
fn delivered_once(home: &Home, server: &Server) {
    let count = server.maildrop().all().len();
    let mut expected: Vec<Vec<u8>> = (0..count).map(|index| server.maildrop().expected_lf(index)).collect();
    expected.sort();
    assert_same_messages(&home.maildir_messages(), &expected);
}

/// One run, and its figures are those of one.
#[test]
fn all_parts_come_in_one_run() {
    for (more, deleted) in [(&[][..], 0), (&["--delete"], 1000), (&["--delete-after", "30d"], 0)] {
        let (home, server) = (Home::new(), Server::start(hiding(1000)));
        let ran = run(&mut fetch(&home, &server, &[&["--json"], more].concat()));
        assert_eq!(figures(&object(&ran)), [1000, 1000, 1000, deleted], "{more:?}");
        assert!(ran.stderr.is_empty(), "{}", ran.everything());
        delivered_once(&home, &server);
        assert_eq!((server.connections(), server.maildrop().all().len()), (5, 1000));
        assert!(tops(&server) <= 3 * 64, "{more:?}: {}", tops(&server));
        run(&mut fetch(&home, &server, more)).code(0).silent();
        assert_eq!(server.connections(), 6);
        let log = run(&mut home.mailhaul(["log", "--json"]));
        let past: Vec<Value> = log.code(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |name: &str| past.iter().map(|run| run[name].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!((of("fetched").len(), of("fetched").iter().sum::<u64>()), (2, 1000), "{}", log.stdout);
        assert_eq!(of("listed").iter().sum::<u64>(), 1000, "{}", log.stdout);
    }
}

/// Where the server says that it removes what was fetched, nothing needs to be asked.
#[test]
fn a_server_that_says_so_is_not_asked() {
    let capabilities = ["USER", "UIDL", "TOP", "EXPIRE 0"];
    let (home, server) = (Home::new(), Server::start(hiding(600).capabilities(capabilities, capabilities)));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    delivered_once(&home, &server);
    assert_eq!((server.connections(), tops(&server)), (4, 0));
}

/// A window that moves on when messages are deleted.
#[test]
fn a_window_is_emptied_in_one_run() {
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop(450)).page(120)));
    let ran = run(&mut fetch(&home, &server, &["--json"]));
    assert_eq!(figures(&object(&ran)), [120, 120, 120, 0]);
    // What is known is deleted first, then what comes into the window.
    let ran = run(&mut fetch(&home, &server, &["--json", "--delete"]));
    assert_eq!(figures(&object(&ran)), [450, 330, 330, 450]);
    delivered_once(&home, &server);
    assert!(server.maildrop().is_empty());
}

/// Others cost one more session at the first fetch, if they have many messages, and none at a usual poll.
#[test]
fn a_usual_poll_is_one_session() {
    for (messages, sessions) in [(90, 1), (150, 2)] {
        let (home, server) = (Home::new(), Server::start(Config::new(&maildrop(messages))));
        let ran = run(&mut fetch(&home, &server, &["--json"]));
        let count = messages as u64;
        assert_eq!(figures(&object(&ran)), [count, count, count, 0]);
        assert_eq!(server.connections(), sessions);
        for _ in 0..2 {
            run(&mut fetch(&home, &server, &[])).code(0).silent();
            server.maildrop().add_generated(1, 600);
        }
        run(&mut fetch(&home, &server, &["--all"])).code(0).silent();
        assert_eq!(server.connections(), sessions + 2 + sessions);
        assert_eq!(server.maildrop().message(0).bodies_sent(), 2);
    }
}

/// Also where deletions have no effect: what was just deleted is not deleted again.
#[test]
fn what_is_listed_in_spite_of_its_deletion_is_left_to_the_next_run() {
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop(150)).keep_deleted()));
    run(&mut fetch(&home, &server, &["--delete"])).code(0).silent();
    let deleted: Vec<usize> = server.log().iter().map(|log| log.count("DELE")).collect();
    assert_eq!(deleted, [150, 0]);
    delivered_once(&home, &server);
}

#[test]
fn the_limits_are_those_of_the_run() {
    for limit in [["--max-messages", "600"], ["--max-bytes", "300k"]] {
        let (home, server) = (Home::new(), Server::start(hiding(1000)));
        let ran = run(&mut fetch(&home, &server, &[&["--json"], &limit[..]].concat()));
        let octets = object(&ran)["octets"].as_u64().unwrap();
        match figures(&object(&ran)) {
            [750, 750, fetched, 0] if limit[0] == "--max-messages" => assert_eq!(fetched, 600),
            [750, 750, fetched, 0] => assert!(fetched > 500 && octets <= 300 * 1024, "{}", ran.stdout),
            _ => panic!("{}", ran.stdout),
        }
        assert_eq!(server.connections(), 3);
    }
    // What is left is left by the limit.
    let (home, server) = (Home::new(), Server::start(hiding(1000)));
    run(&mut fetch(&home, &server, &["--max-messages", "250"])).code(0).silent();
    assert_eq!(server.connections(), 1);
}

/// C-105. The rest is for the next run, unless the time is a moment.
#[test]
fn time_between_logins_is_kept() {
    let with = |delay| {
        let capabilities = ["USER", "UIDL", "TOP", "PIPELINING", delay];
        Server::start(hiding(400).capabilities(capabilities, capabilities))
    };
    let (home, server) = (Home::new(), with("LOGIN-DELAY 300"));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    assert_eq!((server.connections(), home.maildir_messages().len()), (1, 250));
    let (home, server) = (Home::new(), with("LOGIN-DELAY 300"));
    Terminal::run(&fetch(&home, &server, &[])).finish().code(0).prints("the server may have more messages, and wants");
    let (home, server) = (Home::new(), with("LOGIN-DELAY 1"));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(server.connections(), 3);
    delivered_once(&home, &server);
    let (home, server) = (Home::new(), with("LOGIN-DELAY 25"));
    run(&mut fetch(&home, &server, &["--deadline", "10s"])).code(0).silent();
    assert_eq!(server.connections(), 1);
}

/// The next part is announced, once, so that the bar that begins anew is no surprise.
#[test]
fn whoever_watches_is_told_of_the_parts() {
    let (home, server) = (Home::new(), Server::start(hiding(700)));
    let shown = Terminal::run(&fetch(&home, &server, &[])).finish();
    shown.code(0).prints("700 new messages");
    let line = "the server lists its messages in parts; fetching the next one";
    assert_eq!(shown.stdout.matches(line).count(), 1, "{}", shown.everything());
    // No such line where the other session brings nothing.
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop(150))));
    let shown = Terminal::run(&fetch(&home, &server, &[])).finish();
    assert!(!shown.code(0).stdout.contains("in parts"), "{}", shown.everything());
}

/// Nothing that a dry run shows is fetched by it, so it is one session.
#[test]
fn a_dry_run_looks_once() {
    let (home, server) = (Home::new(), Server::start(hiding(400)));
    let ran = run(&mut fetch(&home, &server, &["--dry-run"]));
    assert_eq!((ran.code(0).stdout.lines().count(), server.connections()), (250, 1));
}

/// A server that says that it removes what was fetched, and keeps it: what is known is downloaded once more, and not in each run.
/// Limits count that.
#[test]
fn what_a_server_keeps_is_not_fetched_again_and_again() {
    let capabilities = ["USER", "UIDL", "TOP", "PIPELINING", "EXPIRE 0"];
    for (limit, downloads) in
        [(&[][..], [10, 0, 0]), (&["--max-messages", "4"], [4, 4, 2]), (&["--max-bytes", "3k"], [5, 5, 0])]
    {
        let config = Config::new(&maildrop(40)).capabilities(capabilities, capabilities);
        let (home, server) = (Home::new(), Server::start(config));
        run(&mut fetch(&home, &server, &[])).code(0).silent();
        // Another client empties it, but for some.
        (0..30).for_each(|index| server.maildrop().message(index).set_deleted(true));
        let retrs = || server.log().iter().map(|log| log.count("RETR")).sum::<usize>();
        for expected in downloads {
            let before = retrs();
            run(&mut fetch(&home, &server, limit)).code(0).silent();
            assert_eq!(retrs() - before, expected, "{limit:?}");
        }
        delivered_once(&home, &server);
    }
}

/// What is left out is counted once, whatever number of sessions list it.
#[test]
fn what_is_skipped_is_skipped_once() {
    for code in ["101", "100"] {
        let (home, server) = (Home::new(), Server::start(hiding(600)));
        let filter = format!(
            "n=$(cat \"$0\" 2>/dev/null || echo 0); echo $((n + 1)) > \"$0\"; test $((n % 25)) -gt 0 || exit {code}"
        );
        let filter = format!("sh -c '{filter}' {}", home.path("count").display());
        let ran = run(&mut fetch(&home, &server, &["--json", "--filter", &filter]));
        let object = object(&ran);
        assert_eq!((figures(&object), object["skipped"].as_u64()), ([600, 576, 576, 0], Some(24)), "{code}");
    }
    let mixed = maildrop(230);
    (0..20).for_each(|seed| mixed.add_generated(seed, 9_000));
    let (home, server) = (Home::new(), Server::start(Config::new(&mixed)));
    let ran = run(&mut fetch(&home, &server, &["--json", "--max-size", "2k"]));
    let object = object(&ran);
    assert_eq!((figures(&object), object["skipped"].as_u64()), ([250, 230, 230, 0], Some(20)));
    assert_eq!(server.connections(), 2);
}

/// The filter sees all that is new, also where the server lists other messages than before.
#[test]
fn no_message_passes_the_filter_unseen() {
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop(40))));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    (0..40).for_each(|index| server.maildrop().message(index).set_deleted(true));
    (0..99).for_each(|seed| server.maildrop().add_generated(seed, 600));
    let ran = run(&mut fetch(&home, &server, &["--json", "--delete", "--filter", "sh -c 'exit 101'"]));
    let skipped = object(&ran)["skipped"].as_u64();
    assert_eq!((figures(&object(&ran)), skipped), ([99, 0, 0, 0], Some(99)), "{}", ran.everything());
    assert_eq!((home.maildir_messages().len(), server.maildrop().present().len()), (40, 99));
    // One of three: the others come at once.
    (0..99).for_each(|seed| server.maildrop().add_generated(seed, 600));
    let filter = format!(
        "sh -c 'n=$(cat \"$0\" 2>/dev/null || echo 0); echo $((n + 1)) > \"$0\"; test $((n % 3)) -gt 0 || exit 100' {}",
        home.path("count").display()
    );
    let ran = run(&mut fetch(&home, &server, &["--json", "--filter", &filter]));
    assert_eq!(object(&ran)["fetched"].as_u64(), Some(66), "{}", ran.everything());
}
