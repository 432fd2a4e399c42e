//! What a server asks of its clients is kept, also from one run to the next: time between logins, and no login twice that
//! it has refused.

use std::process::Command;

use super::dovecot::{HASHED_USER, dovecot_or_skip, ordinary_messages};
use super::server::{Config, Fault, Maildrop, Server, Sizes};
use super::terminal::{CTRL_C, Terminal};
use super::util::{Home, run};

const CAPABILITIES: [&str; 4] = ["TOP", "UIDL", "USER", "PIPELINING"];

/// A server that lists this capability too, after the login.
fn server(capability: &str) -> Server {
    let maildrop = Maildrop::generated(3, 1, Sizes::Fixed(400));
    let after: Vec<&str> = CAPABILITIES.into_iter().chain([capability]).collect();
    Server::start(Config::new(&maildrop).capabilities(CAPABILITIES, after))
}

fn fetch(home: &Home, server: &Server, more: &[&str]) -> Command {
    home.fetch_maildir(&server.url("ann"), &[&["--tls", "none"], more].concat())
}

/// C-105. A run that comes too soon is no news to cron: it says nothing, and its exit code says why.
#[test]
fn a_delay_that_is_announced_is_kept() {
    let (home, server) = (Home::new(), server("LOGIN-DELAY 300 USER"));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    run(&mut fetch(&home, &server, &[])).code(75).silent();
    run(&mut fetch(&home, &server, &["-v"])).code(75).says("more time between logins: ").says("fetch less often");
    let json = run(&mut fetch(&home, &server, &["--json"]));
    json.code(75).prints("\"exit_code\":75").prints("between logins");
    assert_eq!(server.connections(), 1);
    // Other commands are asked for by somebody.
    run(home.mailhaul(["stat", &server.url("ann"), "--tls", "none"]).env("MAILHAUL_PASSWORD", "secret")).code(0);
    let log = run(&mut home.mailhaul(["log"]));
    assert_eq!(log.code(0).stdout.lines().count(), 1, "{}", log.stdout);
}

/// cron is never on time to the second.
#[test]
fn a_moment_is_waited_for() {
    let (home, server) = (Home::new(), server("LOGIN-DELAY 2"));
    for _ in 0..2 {
        run(&mut fetch(&home, &server, &[])).code(0).silent();
    }
    assert_eq!(server.connections(), 2);
}

/// Whoever watches is told; cron is not.
#[test]
fn a_wait_is_shown_on_a_terminal() {
    let (home, server) = (Home::new(), server("LOGIN-DELAY 30"));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    let mut terminal = Terminal::run(&fetch(&home, &server, &[]));
    terminal.wait_for(" s, as the server wants some time between logins");
    terminal.type_keys(CTRL_C);
    terminal.finish().interrupted().prints("stopped by a signal");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_moment_that_passes_the_deadline_is_not_waited_for() {
    let (home, server) = (Home::new(), server("LOGIN-DELAY 25"));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    run(&mut fetch(&home, &server, &["--deadline", "1s"])).code(75).silent();
    assert_eq!(server.connections(), 1);
}

/// Cyrus lists it always (C-106).
#[test]
fn no_delay_is_none() {
    for capability in ["LOGIN-DELAY 0", "LOGIN-DELAY", "LOGIN-DELAY soon"] {
        let (home, server) = (Home::new(), server(capability));
        for _ in 0..2 {
            run(&mut fetch(&home, &server, &[])).code(0).silent();
        }
    }
}

/// A server could silence a mailbox for good.
#[test]
fn a_delay_of_more_than_a_day_is_said_and_cut() {
    let (home, server) = (Home::new(), server("LOGIN-DELAY 999999999999"));
    run(&mut fetch(&home, &server, &[]))
        .code(0)
        .says("the server wants 999999999999 s between logins; it gets 86400 s");
    let again = run(&mut fetch(&home, &server, &["-v"]));
    let left = again.code(75).stderr.split("between logins: ").nth(1).and_then(|rest| rest.split(' ').next());
    let left: u64 = left.unwrap().parse().unwrap();
    assert!((86_300..=86_400).contains(&left), "{}", again.everything());
    run(&mut fetch(&home, &server, &[])).code(75).silent();
}

/// C-112. The refusal is told once; the runs after it leave the server alone.
#[test]
fn a_delay_that_is_demanded_is_remembered() {
    let raw = b"-ERR [LOGIN-DELAY] Logins must be at least 1 minute apart\r\n".to_vec();
    let maildrop = Maildrop::generated(3, 1, Sizes::Fixed(400));
    let config = Config::new(&maildrop).capabilities(CAPABILITIES, CAPABILITIES);
    let server = Server::start(config.fault(Fault::Reply { verb: "PASS", raw }));
    let home = Home::new();
    run(&mut fetch(&home, &server, &[])).code(75).says("too soon after the last login").says("1 minute apart");
    run(&mut fetch(&home, &server, &[])).code(75).silent();
    assert_eq!(server.connections(), 1);
}

/// Where the server stores nothing that SCRAM could use, each attempt is a failed login in its log.
#[test]
fn a_scram_that_is_refused_is_not_tried_again() {
    let Some(server) = dovecot_or_skip("a_scram_that_is_refused_is_not_tried_again", &ordinary_messages(1)) else {
        return;
    };
    let home = Home::new();
    let ca_file = server.ca_file();
    let fetch = |more: &[&str]| {
        let flags = ["--ca-file", ca_file.to_str().unwrap(), "-vv"];
        run(&mut home.fetch_maildir(&server.url_pop3s(HASHED_USER), &[&flags, more].concat()))
    };
    let first = fetch(&[]);
    assert_eq!(first.code(0).stderr.matches("> AUTH SCRAM").count(), 1, "{}", first.everything());
    first.says("> AUTH PLAIN");
    let second = fetch(&[]);
    assert!(!second.code(0).stderr.contains("SCRAM-SHA-256 *"), "{}", second.everything());
    second.says("> AUTH PLAIN");
    // Whoever names it gets it.
    fetch(&["--auth", "scram-sha-256"]).code(77);
}

/// cron would try a password that has changed for ever, and some servers lock the account. A person is not kept waiting,
/// and one good login ends it.
#[test]
fn after_five_refusals_only_a_person_tries_again_at_once() {
    let (home, server) = (Home::new(), server("EXPIRE NEVER"));
    let file = home.write_private("wrong", b"wrong");
    let wrong = || fetch(&home, &server, &["--password-file", file.to_str().unwrap()]);
    // Trying what helps is no cron.
    for _ in 0..7 {
        run(&mut wrong()).code(77).says("the login was refused");
    }
    for _ in 0..4 {
        minutes_pass(&home, 5);
        run(&mut wrong()).code(77).says("the login was refused");
    }
    assert_eq!(server.connections(), 11);
    let put_off = run(&mut wrong());
    put_off.code(77).says("the server refused the last 5 logins; the next one is in 5 min").says("on a terminal");
    assert_eq!(server.connections(), 11);
    // Other commands are asked for by somebody.
    run(home.mailhaul(["stat", &server.url("ann"), "--tls", "none"]).env("MAILHAUL_PASSWORD", "wrong")).code(77);
    minutes_pass(&home, 4);
    Terminal::run(&wrong()).finish().code(77).prints("the login was refused");
    run(&mut wrong()).code(77).says("the server refused the last 6 logins; the next one is in 10 min");
    minutes_pass(&home, 10);
    run(&mut wrong()).code(77).says("the login was refused");
    Terminal::run(&fetch(&home, &server, &[])).finish().code(0);
    run(&mut wrong()).code(77).says("the login was refused");
    run(&mut fetch(&home, &server, &[])).code(0).silent();
}

/// For what the ledger knows of refused logins.
fn minutes_pass(home: &Home, minutes: i64) {
    let ledger = rusqlite::Connection::open(home.state().join("mailhaul.db")).unwrap();
    let update = "UPDATE mailbox SET login_refused_at = login_refused_at - ?1, no_login_until = no_login_until - ?1";
    assert_eq!(ledger.execute(update, [minutes * 60]).unwrap(), 1);
}
