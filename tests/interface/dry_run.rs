//! `fetch --dry-run`: what it shows, and what it leaves alone.

use super::*;
use crate::util::without_terminal;

#[test]
fn says_what_would_be_done_and_changes_nothing() {
    let maildrop = Maildrop::generated(3, 7, Sizes::Fixed(1000));
    let server = Server::start(Config::new(&maildrop));
    let home = Home::new();
    let fetch = |more: &[&str]| run(&mut home.fetch_maildir(&server.url("ann"), &with_no_tls(more)));
    fetch(&["--max-messages", "1"]).code(0);
    let known = rows(&home);
    let [first, second, third] = &maildrop.uids()[..] else { panic!("three messages") };

    let ran = fetch(&["--dry-run"]);
    let shown = |number, uid: &str| {
        let line = run(&mut at(&home, &server, "list", &["--headers", number])).code(0).stdout.clone();
        assert!(line.starts_with(&format!("{number} 1000 {uid}\t20")), "{line}");
        line
    };
    let lines = shown("2", second) + &shown("3", third);
    assert_eq!(ran.code(0).stdout, lines, "a line for each new message, as list --headers shows it");
    ran.says("would fetch 2 messages (2.0 KiB) into ~/Mail; delete none");
    let counted = run(&mut at(&home, &server, "stat", &["--new"]));
    assert_eq!(counted.code(0).stdout, "2 2000\n");
    let ran = fetch(&["--dry-run", "--delete", "-v"]);
    assert_eq!(ran.code(0).stdout.lines().count(), 2, "deletions are none of what is new");
    ran.says(&format!("would delete 1 {first}\n")).says(&format!("would delete 3 {third}\n")).says("; delete 3\n");
    assert_eq!(fetch(&["--dry-run", "--delete", "-q"]).code(0).stderr, "");
    let ran = fetch(&["--dry-run", "--delete", "--json"]);
    let objects = objects(ran.code(0));
    assert_eq!(objects.len(), 2 + 3 + 1);
    assert_eq!(objects[0]["type"], "planned");
    assert_eq!((&objects[0]["action"], &objects[0]["number"]), (&"fetch".into(), &2.into()));
    assert_eq!((&objects[0]["uid"], &objects[0]["octets"]), (&second.as_str().into(), &1000.into()));
    let header = |at: usize| ["date", "from", "subject"].map(|key| objects[at][key].as_str().map(str::to_owned));
    assert_eq!(format!("2 1000 {second}\t{}\n", header(0).map(Option::unwrap).join("\t")), shown("2", second));
    assert_eq!(header(2), [None, None, None], "a deletion");
    assert_eq!((&objects[5]["type"], &objects[5]["dry_run"]), (&"fetch".into(), &true.into()));
    assert_eq!((&objects[5]["new"], &objects[5]["fetched"]), (&2.into(), &0.into()));

    assert_eq!(home.maildir_messages().len(), 1);
    assert!(home.leftovers().is_empty());
    assert_eq!(rows(&home), known);
    assert_eq!(maildrop.len(), 3);
    let verbs: Vec<String> = server.log()[1..].iter().flat_map(|log| log.verbs()).collect();
    assert!(!verbs.iter().any(|verb| verb == "RETR" || verb == "DELE"), "{verbs:?}");
}

#[test]
fn makes_no_destination() {
    let server = server(2);
    let home = Home::new();
    run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--dry-run"])).code(0);
    run(&mut home.fetch_mbox(&server.url("ann"), &["--tls", "none", "--dry-run"])).code(0);
    assert!(!home.maildir().exists() && !home.mbox().exists());
    assert_eq!(rows(&home), [0, 0, 0]);
    assert!(!home.state().join("runs.db").exists());
}

/// How many rows the tables of the ledger have that remember something.
fn rows(home: &Home) -> [u64; 3] {
    let ledger = rusqlite::Connection::open(home.state().join("mailhaul.db")).unwrap();
    let count = |table| ledger.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    ["message", "staged", "trouble"].map(count)
}

/// Another command for the mailbox of `server`.
fn at(home: &Home, server: &Server, verb: &str, more: &[&str]) -> Command {
    let mut command = home.mailhaul([verb, &server.url("ann")]);
    command.args(more).args(["--tls", "none", "--password-file"]).arg(home.path("password"));
    command
}

fn dry_run(home: &Home, server: &Server, more: &[&str]) -> Ran {
    let flags = [&["--tls", "none", "--timeout", "3s", "--dry-run"], more].concat();
    run(&mut without_terminal(&home.fetch_maildir(&server.url("ann"), &flags)))
}

fn of(contents: &[(&str, &str)]) -> Maildrop {
    Maildrop::new(contents.iter().copied())
}

const WITH_HEADER: &str =
    "From: Ann <ann@example.org>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\nSubject: a\tb\r\n\r\nx\r\n";

#[test]
fn a_header_that_does_not_come_leaves_its_cells_empty() {
    let maildrop = of(&[("u1", WITH_HEADER), ("u2", "no header\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    let ran = dry_run(&Home::new(), &server, &[]);
    let octets = WITH_HEADER.len();
    let known = format!("1 {octets} u1\t2026-01-05T10:00:00+01:00\tAnn <ann@example.org>\ta\\x09b\n2 11 u2\t\t\t\n");
    assert_eq!(ran.code(0).stdout, known);
    let bare = format!("1 {octets} u1\n2 11 u2\n");
    let empty = format!("1 {octets} u1\t\t\t\n2 11 u2\t\t\t\n");
    let faults = [
        (&b"-ERR no\r\n"[..], &empty),
        (b"nonsense\r\n", &empty),
        (b"+OK\r\nSubject: one\r\n", &empty), // it never ends
    ];
    for (reply, shown) in faults {
        let server = Server::start(Config::new(&maildrop).fault(Fault::Reply { verb: "TOP", raw: reply.into() }));
        let ran = dry_run(&Home::new(), &server, &["--timeout", "1s"]);
        assert_eq!(ran.code(0).stdout, *shown, "{}", ran.everything());
        ran.says("would fetch 2 messages");
        assert_eq!(server.connections(), 1);
    }
    let without = Server::start(Config::new(&maildrop).without("TOP"));
    assert_eq!(dry_run(&Home::new(), &without, &[]).code(0).stdout, bare);
    assert!(!without.has_heard("TOP"));
}

/// Nobody reads so many, and a server that refuses the first ones is not bothered with the others.
#[test]
fn headers_are_fetched_of_a_thousand_messages_at_most() {
    let tops = |server: &Server| server.log().iter().map(|log| log.count("TOP")).sum::<usize>();
    let fields = |ran: &Ran| ran.stdout.lines().map(|line| line.split('\t').count()).collect::<Vec<_>>();
    let some = server(1001);
    let ran = dry_run(&Home::new(), &some, &[]);
    assert_eq!((fields(ran.code(0)), tops(&some)), (vec![1; 1001], 0));
    let ran = dry_run(&Home::new(), &some, &["--max-messages", "1000"]);
    assert_eq!((fields(ran.code(0)), tops(&some)), (vec![4; 1000], 1000));
    let config = Config::new(&Maildrop::generated(9, 7, Sizes::Fixed(1000))).without("PIPELINING");
    let refuses = Server::start(config.fault(Fault::Reply { verb: "TOP", raw: b"-ERR no\r\n".into() }));
    let ran = dry_run(&Home::new(), &refuses, &[]);
    assert_eq!((fields(ran.code(0)), tops(&refuses)), (vec![4; 9], 4), "one more is asked for before the third reply");
}

#[test]
fn a_terminal_gets_a_table_for_each_account() {
    let [one, other] = [of(&[("u1", WITH_HEADER)]), of(&[("v1", "Subject: two\r\n\r\n"), ("v2", "\r\n")])];
    let servers = [Config::new(&one), Config::new(&other).login("bob", "secret")].map(Server::start);
    let home = Home::new();
    let mut command = home.fetch_maildir(&servers[0].url("ann"), &["--tls", "none", "--dry-run", "--jobs", "2"]);
    let ran = Terminal::run_on(command.arg(servers[1].url("bob")), 200).finish();
    let shown = &ran.code(0).stdout;
    let is_row = |line: &&str| line.contains("unique-id") || line.contains(" u1") || line.contains(" v");
    let rows: Vec<&str> = shown.lines().filter(is_row).collect();
    let tables = shown.matches("account").count();
    assert_eq!((tables, rows.len()), (2, 5), "{shown}");
    let of_bob = rows.iter().position(|row| row.contains(" v1")).unwrap();
    assert!(rows[of_bob - 1].contains("unique-id") && rows[of_bob + 1].contains(" v2"), "{shown}");
    assert!(rows[of_bob].starts_with("bob@localhost") && rows[of_bob].contains(" two "), "{shown}");
    assert!(!shown.contains('\t'), "{shown}");
}

/// A reader may take its time.
#[test]
fn the_session_is_over_when_the_plan_is_shown() {
    let server = server(30);
    let home = Home::new();
    into_a_closed_pipe(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--dry-run"])).code(0);
    assert_eq!(server.log()[0].verbs().last().map(String::as_str), Some("QUIT"));
}
