//! The deadline of a whole run, and one password for all sources.

use super::*;
use crate::server::Fault;

/// The sources wait in a row, and none has time of its own.
#[test]
fn the_deadline_is_that_of_the_whole_run() {
    for verb in ["fetch", "stat"] {
        let home = Home::new();
        let silent: Vec<_> = (0..3).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let url = |(at, listener): (usize, &std::net::TcpListener)| {
            format!("pop3://user{at}@localhost:{}", listener.local_addr().unwrap().port())
        };
        let urls: Vec<String> = silent.iter().enumerate().map(url).collect();
        let mut command = home.mailhaul([verb, "--password-file=~/password", "--deadline=1s", "--tls=none"]);
        command.args(&urls);
        if verb == "fetch" {
            command.args(["--jobs=1", "--maildir=~/A"]);
        }
        let ran = run(&mut command);
        ran.code(75);
        assert_eq!(ran.stderr.matches("the deadline passed").count(), 3, "{}", ran.everything());
        // Only the first had time to wait for a greeting.
        let greetings = ran.stderr.matches("waiting for the greeting").count();
        assert_eq!(greetings, 1, "{}", ran.everything());
    }
}

#[test]
fn one_password_on_standard_input_is_that_of_all_sources() {
    let home = Home::new();
    let (first, _) = server(1);
    let second = Server::start(Config::new(&Maildrop::generated(2, 3, Sizes::Fixed(700))).login("bob", "secret"));
    let words = ["stat", &first.url("ann"), &second.url("bob"), "--tls=none", "--password-file=-"];
    let ran = run_with_input(&mut home.mailhaul(words), b"secret\n");
    ran.code(0).prints(" 1 ").prints(" 2 ");
    let ran = run_with_input(&mut home.mailhaul(words), b"");
    ran.code(78).says("standard input gave no password (see the error of the other source)");
}

#[test]
fn a_refused_login_of_one_source_does_not_take_the_password_from_the_next() {
    let home = Home::new();
    let refuses = Server::start(Config::default().fault(Fault::Reply { verb: "PASS", raw: b"-ERR no\r\n".to_vec() }));
    let (good, _) = server(1);
    let words = ["stat", &refuses.url("ann"), &good.url("ann"), "--tls=none", "--auth=user", "--password-file=-"];
    run_with_input(&mut home.mailhaul(words), b"secret\n").code(77).prints(" 1 ");
}
