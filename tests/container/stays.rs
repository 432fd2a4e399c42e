//! What people want of a container that stays: it polls, hears signals though it is process 1, says when things happened,
//! and can be asked whether all is well.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::init::{as_process_1, process_1};
use super::*;

fn server(subject: &str) -> (Maildrop, Server) {
    let maildrop = Maildrop::new([("u1", format!("Subject: {subject}\r\n\r\nx\r\n"))]);
    let server = Server::start(Config::new(&maildrop));
    (maildrop, server)
}

fn account(home: &Home, name: &str, server: &Server) -> String {
    let (maildir, password) = (home.path(name), home.path("password"));
    format!(
        "[account.{name}]\nsource = \"{}\"\ntls = \"none\"\nmaildir = \"{}\"\npassword-file = \"{}\"\n",
        server.url("ann").replace("localhost", if name == "a" { "localhost" } else { "127.0.0.1" }),
        maildir.display(),
        password.display()
    )
}

fn mail(home: &Home, name: &str) -> usize {
    fs::read_dir(home.path(name).join("new")).map_or(0, |entries| entries.count())
}

#[test]
fn signals_of_a_process_that_stays_reach_it() {
    let home = Home::new();
    let ((maildrop, one), (_, two)) = (server("one"), server("two"));
    home.write_private("config.toml", account(&home, "a", &one).as_bytes());
    let config = home.path("config.toml");
    let words = ["fetch", "--every", "1h", "--config", config.to_str().unwrap()];
    let Some(mut command) = as_process_1(&home.mailhaul(words)) else { return };
    let child = command.spawn().unwrap();
    wait_until("the first poll", || mail(&home, "a") == 1);
    let process_1 = process_1(&child);
    maildrop.add("u2", "Subject: 2\r\n\r\nx\r\n");
    // Again and again: one that comes while the first poll is ending is for that.
    wait_until("a poll at once", || {
        kill_process(process_1, Signal::USR1).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        mail(&home, "a") == 2
    });
    home.write_private("config.toml", (account(&home, "a", &one) + &account(&home, "b", &two)).as_bytes());
    kill_process(process_1, Signal::HUP).unwrap();
    wait_until("the new account", || mail(&home, "b") == 1);
    kill_process(process_1, Signal::TERM).unwrap();
    finish(child, format!("{command:?}"), Duration::from_secs(60)).code(0);
}

/// Lines of a log have times; what goes on in the next line is set in.
#[test]
fn its_log_has_times() {
    let (home, (_, server)) = (Home::new(), server("one"));
    home.write_private("password", b"wrong\n");
    let mut command = home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--every", "1h"]);
    let Some(mut command) = as_process_1(command.env("MAILHAUL_PASSWORT_FILE", "x")) else { return };
    let log = home.path("log");
    let child = command.stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
    let logged = || fs::read_to_string(&log).unwrap();
    wait_until("it has said what is wrong", || logged().contains("the login was refused"));
    kill_process(process_1(&child), Signal::TERM).unwrap();
    finish(child, format!("{command:?}"), Duration::from_secs(60)).code(0);
    let log = logged();
    assert!(log.contains("the variable MAILHAUL_PASSWORT_FILE is unknown"), "{log}");
    for line in log.lines() {
        let time = line.split(' ').next().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{line}\n{log}");
    }
}

#[test]
fn it_can_be_asked_whether_all_is_well() {
    let (home, (_, server)) = (Home::new(), server("one"));
    let by_variables = |words: &[&str]| {
        let mut command = home.mailhaul(words);
        command.env("MAILHAUL_SOURCE", server.url("ann")).env("MAILHAUL_TLS", "none");
        command.env("MAILHAUL_PASSWORD", "secret").env("MAILHAUL_MAILDIR", home.maildir());
        run(&mut command)
    };
    by_variables(&["health"]).code(1);
    by_variables(&["fetch"]).code(0);
    by_variables(&["health"]).code(0);
    wait_until("the last run is too long ago", || by_variables(&["health", "--max-age", "1s"]).code == Some(1));
}
