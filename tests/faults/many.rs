//! What may be said of each message is said of a few, and counted; and however many there are, a run ends in time.

use super::*;
use crate::server::Sizes;

/// Octets on standard error at most: what cron sends by mail.
const FEW_OCTETS: usize = 2000;

#[test]
fn a_hundred_thousand_messages_that_are_too_large_take_no_time_and_ten_lines() {
    let (home, maildrop) = (Home::new(), Maildrop::generated(100_000, 1, Sizes::Fixed(700)));
    let server = Server::start(Config::new(&maildrop).without_commands_in_log());
    let begun = Instant::now();
    let ran = run(&mut To::Maildir.fetch(&home, &server, &["--max-size", "500", "--deadline", "3s"]));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "took {took:?}: {:?}, {} octets", ran.code, ran.stderr.len());
    assert_few(&ran);
    // What that run has not come to is said by others, as briefly; then there is nothing more to say.
    for _ in 0..20 {
        let ran = run(&mut To::Maildir.fetch(&home, &server, &["--max-size", "500"]));
        assert_few(ran.code(0));
        if ran.stderr.is_empty() {
            return;
        }
    }
    panic!("it is said again and again");
}

#[test]
fn twenty_thousand_refusals_take_ten_lines() {
    let (home, maildrop) = (Home::new(), Maildrop::generated(20_001, 1, Sizes::Fixed(700)));
    let numbers = (1..=20_000).collect();
    let fault = Fault::RetrErr { numbers, text: "[SYS/PERM] Could not read the file, nor will anybody else ever" };
    let server = Server::start(Config::new(&maildrop).without_commands_in_log().fault(fault));
    let ran = run(&mut To::Maildir.fetch(&home, &server, &[]));
    assert_few(ran.code(75).says("it will be tried again").says(" more messages could not be fetched"));
    assert_eq!(home.maildir_messages().len(), 1);
}

#[test]
fn a_thousand_deletes_that_are_refused_take_ten_lines() {
    let (home, maildrop) = (Home::new(), Maildrop::generated(1000, 1, Sizes::Fixed(700)));
    let numbers: Vec<usize> = (1..=1000).collect();
    let fault = Fault::DeleErr { numbers, text: "read-only" };
    let server = Server::start(Config::new(&maildrop).without_commands_in_log().fault(fault));
    let ran = run(&mut To::Maildir.fetch(&home, &server, &["--delete"]));
    assert_few(ran.code(75).says("cannot be deleted: read-only").says("990 more messages could not be "));
}

/// The same rule for commands that show or copy messages.
#[test]
fn a_thousand_refusals_of_a_command_take_ten_lines() {
    let maildrop = Maildrop::generated(1001, 1, Sizes::Fixed(700));
    let home = Home::new();
    let password = home.path("password");
    let numbers: Vec<usize> = (1..=1000).collect();
    let fault = |fault| Server::start(Config::new(&maildrop).without_commands_in_log().fault(fault));
    let retr = fault(Fault::RetrErr { numbers: numbers.clone(), text: "no" });
    let dele = fault(Fault::DeleErr { numbers, text: "no" });
    for (server, command) in [(&retr, &["dump"][..]), (&dele, &["dele", "--yes"])] {
        let url = server.url("ann");
        let flags = [&url, "--tls", "none", "--password-file", password.to_str().unwrap()];
        let mut args = [command, &flags].concat();
        if command[0] == "dele" {
            args.push("1-1001");
        }
        let ran = run(&mut home.mailhaul(args));
        assert_few(ran.code(75).says("990 more messages could not be "));
    }
}

#[track_caller]
fn assert_few(ran: &Ran) {
    let octets = ran.stderr.len();
    let head: String = ran.stderr.chars().take(3000).collect();
    assert!(octets < FEW_OCTETS && ran.stderr.lines().count() <= 12, "{octets} octets on standard error\n{head}");
}
