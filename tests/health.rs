//! `mailhaul health`, by what real runs have left in the ledger; and what monitors make of it.
//!
//! - `beside`: ledgers that others own, that are read-only, or that a run is at work on
//! - `nagios`: plugins, as Nagios runs them; `stat --format nagios`, too
//! - `prometheus`: metrics, as promtool reads them

use std::fs;
use std::path::Path;
use std::process::Command;

use super::json::objects;
use super::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use super::util::{Home, Ran, as_another_user, finish, not_run, run, under, wait_until};

mod beside;
mod nagios;
mod prometheus;

/// Somebody with accounts in the configuration file, each with a mailbox of its own in the ledger.
struct Desk {
    home: Home,
}

impl Desk {
    /// Accounts with the URLs of their servers.
    fn new(accounts: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let [maildir, password] = [home.maildir(), home.path("password")];
        let account = |(name, url): &(&str, &str)| {
            format!(
                "[account.\"{name}\"]\nsource = \"{url}\"\ntls = \"none\"\nstate-key = \"{name}\"\nmaildir = \"{}\"\n\
                 password-file = \"{}\"\n",
                maildir.display(),
                password.display()
            )
        };
        fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
        let text: String = accounts.iter().map(account).collect();
        home.write_private(".config/mailhaul/config.toml", text.as_bytes());
        Self { home }
    }

    fn command(&self, words: &[&str]) -> Command {
        self.home.mailhaul(words)
    }

    fn runs(&self, words: &[&str]) -> Ran {
        run(&mut self.command(words))
    }

    /// All runs that are noted were so many seconds earlier.
    fn pass(&self, seconds: u64) {
        self.change_runs(&format!("UPDATE run SET started_at = started_at - {seconds} * 1000"));
    }

    fn change_runs(&self, sql: &str) {
        rusqlite::Connection::open(self.home.state().join("runs.db")).unwrap().execute(sql, []).unwrap();
    }
}

fn server() -> Server {
    Server::start(Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(500))))
}

/// A server that hangs up on everybody.
fn away() -> Server {
    Server::start(Config::default().fault(Fault::DropOnAccept))
}

#[test]
fn a_healthy_account_is_silent() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    desk.runs(&["fetch"]).code(0);
    desk.runs(&["health"]).code(0).silent();
    desk.runs(&["health", "work", "--max-age", "1h"]).code(0).silent();
    let verbose = desk.runs(&["health", "-v"]);
    let line = &verbose.code(0).stdout;
    assert!(line.starts_with("work: fetched ") && line.ends_with(" ago\n"), "{line}");
    desk.pass(1800);
    desk.runs(&["health"]).code(0).silent();
    desk.runs(&["health", "--max-age", "20m"]).code(1);
    desk.pass(3 * 3600);
    let late = desk.runs(&["health"]);
    assert!(late.code(1).stdout.starts_with("work: no run for 3 hours, and the last one succeeded: is"), "{late:?}");
    assert!(late.stderr.is_empty(), "{late:?}");
}

#[test]
fn what_was_never_fetched_is_told_and_nothing_is_made_for_it() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann")), ("home", &server.url("ann"))]);
    let never = desk.runs(&["health"]);
    assert_eq!(never.code(1).stdout, "work: never fetched\nhome: never fetched\n");
    assert!(!desk.home.state().exists());
    desk.runs(&["fetch", "work"]).code(0);
    assert_eq!(desk.runs(&["health"]).code(1).stdout, "home: never fetched\n");
    desk.runs(&["health", "work"]).code(0).silent();
    let url = desk.runs(&["health", "pop3s://bob@pop.example.net"]);
    assert_eq!(url.code(1).stdout, "bob@pop.example.net: never fetched\n");
    assert_eq!(desk.runs(&["health", "home", "home"]).code(1).stdout, "home: never fetched\n", "once is enough");
}

#[test]
fn a_server_that_is_away_is_told_of_when_the_time_is_over() {
    let (good, away) = (server(), away());
    let desk = Desk::new(&[("work", &good.url("ann"))]);
    desk.runs(&["fetch"]).code(0);
    let text = fs::read_to_string(desk.home.path(".config/mailhaul/config.toml")).unwrap();
    let text = text.replace(&good.url("ann"), &away.url("ann"));
    desk.home.write_private(".config/mailhaul/config.toml", text.as_bytes());
    for _ in 0..2 {
        desk.runs(&["fetch"]).code(75);
    }
    desk.runs(&["health"]).code(0).silent();
    desk.runs(&["health", "-v"]).code(0).prints("; since then: ").prints("(2 attempts)\n");
    desk.change_runs("UPDATE run SET started_at = started_at - 10800000 WHERE exit_code = 0");
    let bad = desk.runs(&["health"]);
    let line = &bad.code(1).stdout;
    assert!(
        line.starts_with("work: no run has succeeded for 3 hours: ") && line.ends_with(" (2 attempts)\n"),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1, "{line}");
    assert_eq!(line.matches("work").count(), 1, "the account is named once: {line}");
    let [object] = &objects(desk.runs(&["health", "--json"]).code(1))[..] else { panic!("one account") };
    assert_eq!(
        (&object["healthy"], &object["exit_code"], &object["failed_attempts"]),
        (&false.into(), &75.into(), &2.into())
    );
    assert_eq!((&object["account"], &object["mailbox"]), (&"work".into(), &"work".into()));
}

#[test]
fn a_refused_login_is_a_warning_before_the_time_is_over() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    desk.runs(&["fetch"]).code(0);
    desk.home.write_private("password", b"wrong\n");
    desk.runs(&["fetch"]).code(77);
    let warned = desk.runs(&["health"]);
    let line = &warned.code(0).stdout;
    assert!(line.starts_with("work: warning: the last run failed: the login was refused"), "{line}");
    desk.runs(&["health", "-q"]).code(0).silent();
}

#[test]
fn messages_that_wait_are_a_warning() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    desk.runs(&["fetch", "--pipe", "exit 75"]).code(75);
    let told = desk.runs(&["health"]);
    told.code(1).prints("work: no run has succeeded yet: ");
    told.prints("work: warning: 2 messages waiting for a destination (see `mailhaul state show -v`)\n");
    let [object] = &objects(desk.runs(&["health", "--json"]).code(1))[..] else { panic!("one account") };
    assert_eq!((&object["waiting"], object["warnings"].as_array().unwrap().len()), (&2.into(), 1));
}

/// Neither a connection nor a secret: not even the question for one.
#[test]
fn nothing_is_asked_for() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    let marker = desk.home.path("asked");
    let config = format!(
        "[account.work]\nsource = \"{}\"\ntls = \"none\"\nmaildir = \"{}\"\npassword-command = \"touch {}\"\n",
        server.url("ann"),
        desk.home.maildir().display(),
        marker.display()
    );
    desk.home.write_private(".config/mailhaul/config.toml", config.as_bytes());
    for more in [&[][..], &["--json"], &["--format", "nagios"], &["--format", "prometheus"]] {
        desk.runs(&[&["health"], more].concat());
    }
    assert!(!marker.exists() && server.connections() == 0);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let desk = Desk::new(&[("work", "pop3s://ann@mail.example.org")]);
    desk.runs(&["health", "wrok"]).code(78).says("is it work?");
    desk.runs(&["health", "--json", "--format", "prometheus"]).code(64).says("--json and --format conflict");
    desk.runs(&["health", "--max-age", "5"]).code(64);
    fs::create_dir(desk.home.state()).unwrap();
    fs::write(desk.home.state().join("mailhaul.db"), "no database, but long enough to be looked at").unwrap();
    let broken = desk.runs(&["health"]);
    assert!(broken.code(74).stderr.contains("state/mailhaul.db: "), "{broken:?}");
    desk.home.write_private(".config/mailhaul/config.toml", b"");
    desk.runs(&["health"]).code(64).says("has no account");
}
