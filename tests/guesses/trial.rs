//! Mail that was fetched into one place, then tried with another.

use super::*;
use crate::terminal::Terminal;
use crate::util::without_terminal;

const A: &[&str] = &["--maildir=~/A"];
const OTHERS: [&[&str]; 2] = [&["--maildir=~/B"], &["--mbox=~/c.mbox"]];

/// As under cron.
fn cron(home: &Home, server: &Server, place: &[&str], more: &[&str]) -> Ran {
    run(&mut without_terminal(&fetch(home, server, place, more)))
}

fn at_terminal(home: &Home, server: &Server, place: &[&str], more: &[&str]) -> Ran {
    Terminal::run(&fetch(home, server, place, more)).finish()
}

#[test]
fn a_trial_with_another_place_says_where_the_messages_are() {
    for other in OTHERS {
        let (home, (server, _)) = (Home::new(), server(3));
        cron(&home, &server, A, &[]).code(0).silent();
        let is = format!("3 messages listed; 3 were delivered before to {}", home.path("A").display());
        for _ in 0..2 {
            let ran = at_terminal(&home, &server, other, &[]);
            ran.code(0).prints(&is).prints("--all fetches them again; for a trial use --state-dir DIR");
        }
        at_terminal(&home, &server, other, &["--dry-run"]).code(0).prints(&is);
        // Either of the two ways that are told.
        run(&mut fetch(&home, &server, other, &["--state-dir=~/trial"])).code(0).silent();
        does_not_say(&at_terminal(&home, &server, other, &["--all"]), "delivered before");
        does_not_say(&at_terminal(&home, &server, other, &[]), "delivered before");
    }
}

#[test]
fn cron_hears_of_it_once() {
    for other in OTHERS {
        let (home, (server, _)) = (Home::new(), server(3));
        cron(&home, &server, A, &[]).code(0).silent();
        cron(&home, &server, other, &[]).code(0).says("3 messages listed; 3 were delivered before to");
        cron(&home, &server, other, &[]).code(0).silent();
        cron(&home, &server, A, &[]).code(0).silent();
        cron(&home, &server, other, &["-v"]).code(0).says("3 messages listed; 3 were delivered before to");
    }
    let (home, (server, _)) = (Home::new(), server(1));
    cron(&home, &server, A, &[]).code(0).silent();
    cron(&home, &server, OTHERS[0], &["-q"]).code(0).silent();
}

#[test]
fn a_place_that_was_moved_is_no_other_one() {
    let (home, (server, _)) = (Home::new(), server(3));
    cron(&home, &server, A, &[]).code(0).silent();
    fs::rename(home.path("A"), home.path("B")).unwrap();
    let (old, new) = (home.path("A"), home.path("B"));
    run(&mut home.mailhaul(["state", "moved", old.to_str().unwrap(), new.to_str().unwrap()])).code(0);
    does_not_say(&at_terminal(&home, &server, OTHERS[0], &[]), "delivered before");
}

/// What was only marked is nowhere; what is gone from the server is of no interest.
#[test]
fn only_what_is_listed_and_was_delivered_counts() {
    let (home, (server, maildrop)) = (Home::new(), server(3));
    let seen = ["state", "seen", &server.url("ann"), "--tls=none", "--password-file=~/password"];
    run(&mut home.mailhaul(seen)).code(0);
    cron(&home, &server, A, &[]).code(0).silent();
    assert_eq!(maildrop.len(), 3);
    let (home, (server, maildrop)) = (Home::new(), super::server(3));
    cron(&home, &server, A, &[]).code(0).silent();
    let dele = ["dele", &server.url("ann"), "1", "--yes", "--tls=none", "--password-file=~/password"];
    run(&mut home.mailhaul(dele)).code(0);
    assert_eq!(maildrop.len(), 2);
    let is = "2 messages listed; 2 were delivered before";
    at_terminal(&home, &server, OTHERS[0], &["--dry-run"]).code(0).prints(is);
    at_terminal(&home, &server, OTHERS[0], &[]).code(0).prints(is);
}

/// The sum is more than there is.
#[test]
fn what_was_delivered_to_two_places_is_not_counted_as_two_messages() {
    let (home, (server, _)) = (Home::new(), server(3));
    cron(&home, &server, A, &[]).code(0).silent();
    cron(&home, &server, OTHERS[0], &["--all"]).code(0);
    let ran = at_terminal(&home, &server, OTHERS[1], &[]);
    ran.code(0).prints("3 messages listed; 3 were delivered before to ").prints("; some of them to both");
}

/// Under another name, as by a link, it is the same place.
#[test]
fn another_name_of_the_same_place_is_no_other_place() {
    let (home, (server, maildrop)) = (Home::new(), server(3));
    cron(&home, &server, A, &[]).code(0).silent();
    std::os::unix::fs::symlink(home.path("A"), home.path("L")).unwrap();
    for place in ["--maildir=~/L", "--maildir=~//A"] {
        cron(&home, &server, &[place], &[]).code(0).silent();
        does_not_say(&at_terminal(&home, &server, &[place], &[]), "delivered before");
    }
    let ran = at_terminal(&home, &server, &["--maildir=~/L"], &["--delete"]);
    does_not_say(ran.code(0), "[y/N]");
    assert_eq!(maildrop.len(), 0);
}
