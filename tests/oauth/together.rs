//! Several runs at once that want a token for the same mailbox.

use std::process::Child;

use super::*;

/// As many accounts as names, all of them ann's; each with its own part of the ledger, so that no lock on the mailbox
/// makes one wait for the other.
fn write_accounts(person: &Person, dovecot: &Dovecot, names: &[&str]) {
    let keys: Vec<String> = names.iter().map(|name| format!("state-key = \"{name}\"")).collect();
    let url = dovecot.url_pop3s(USER);
    let accounts: Vec<_> = names.iter().zip(&keys).map(|(name, key)| (*name, url.as_str(), key.as_str())).collect();
    person.write_accounts(&accounts);
}

fn all(person: &Person, verb: &str, names: &[&str]) {
    let start = |name: &&str| (person.command(&[verb, name]).spawn().unwrap(), format!("{verb} {name}"));
    let running: Vec<(Child, String)> = names.iter().map(start).collect();
    for (child, command) in running {
        finish(child, command, PATIENCE).code(0);
    }
}

#[test]
fn runs_at_once_refresh_once() {
    let names = ["work", "two", "three", "four"];
    for config in [AuthorityConfig::default().rotate(), brief().rotate()] {
        let test = "runs_at_once_refresh_once";
        let Some((person, dovecot)) = Person::with_mail(test, config, &ordinary_messages(2)) else { return };
        write_accounts(&person, &dovecot, &names);
        person.log_in();
        for (round, verb) in ["stat", "fetch", "fetch"].into_iter().enumerate() {
            // The first round of the second person refreshes since it is time, all others since a token is refused.
            person.authority.expire_access_tokens();
            all(&person, verb, &names);
            assert_eq!(person.refreshes(), round + 1, "{verb}");
        }
        assert_eq!(person.fetched(), 2 * names.len());
    }
}

/// All accounts of one fetch, in threads of one process.
#[test]
fn accounts_at_once_refresh_once() {
    let test = "accounts_at_once_refresh_once";
    let Some((person, dovecot)) = Person::with_mail(test, brief().rotate(), &ordinary_messages(1)) else { return };
    write_accounts(&person, &dovecot, &["work", "two"]);
    person.log_in();
    person.ran(&["fetch", "--jobs", "2"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes()), (2, 1));
}

/// Whoever waits for another run to refresh is told when that run does not end.
#[test]
fn a_run_that_hangs_keeps_no_other_waiting_for_ever() {
    let person = Person::new(brief().fault_on(Endpoint::Token, 1..2, Fault::Hang));
    person.log_in();
    let mut hanging = person.command(&["stat", "work"]).spawn().unwrap();
    wait_until("a token is asked for", || person.authority.refreshes() > 0);
    person.ran(&["stat", "work", "--timeout", "1s"]).code(75).says("another run is getting a token, and does not end");
    // New tokens wait, too: the hanging run would put the old consent's over them.
    let words = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check", "--timeout", "5s"];
    let login = Login::begin(&mut person.command(&words));
    browse(&login.url, Visit::Approve);
    login.finish().code(75).says("another run is getting a token");
    let waiting = person.command(&["fetch", "work"]).spawn().unwrap();
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    finish(waiting, "fetch work".into(), PATIENCE).code(75).says("cannot connect");
    assert_eq!(person.refreshes(), 2);
}

/// The deadline is that of the whole run, whichever account comes first.
#[test]
fn an_account_that_stalls_takes_the_time_of_the_next() {
    let test = "an_account_that_stalls_takes_the_time_of_the_next";
    let Some((person, dovecot)) = Person::with_mail(test, brief(), &ordinary_messages(1)) else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("pop3s://bob@localhost:{}", silent.local_addr().unwrap().port());
    person.write_accounts(&[("stalls", &silent, ""), ("work", &dovecot.url_pop3s(USER), "")]);
    person.log_in(); // its token ends at once, so that the provider is asked again
    let stalls = ["login", "stalls", "--oauth-flow", "browser", "--json", "--no-check"];
    let login = Login::begin(&mut person.command(&stalls));
    assert_eq!(browse(&login.url, Visit::Approve).status, 200);
    login.finish().code(0);
    person.ran(&["fetch", "--jobs", "1", "--deadline", "4s"]).code(75).says("the deadline passed");
    assert_eq!((person.fetched(), person.refreshes()), (0, 0));
    // Side by side it has time of its own.
    person.ran(&["fetch", "--deadline", "4s"]).code(75).says("the deadline passed");
    assert_eq!((person.fetched(), person.refreshes()), (1, 1));
}
