//! Access tokens that somebody else looks after: a command prints them, or a file holds them.

use super::super::keyring::keyring_or_skip;
use super::*;

/// An account that logs in with what a shell command prints.
fn with_command(person: &Person, dovecot: &Dovecot, command: &str) {
    let lines = format!("token-command = \"{}\"", command.replace("{home}", person.home.path("").to_str().unwrap()));
    person.write_accounts(&[("work", &dovecot.url_pop3s(USER), &lines)]);
}

fn hour(person: &Person) -> String {
    person.authority.issue(USER, Duration::from_secs(3600))
}

/// Each run of the command leaves a line.
fn runs(person: &Person) -> usize {
    fs::read_to_string(person.home.path("runs")).unwrap_or_default().lines().count()
}

/// A command that notes each run, and prints the token of its number.
const NUMBERED: &str = "cd {home} && echo >> runs && cat token$(wc -l < runs)";

#[test]
fn it_is_run_once_more_after_a_refusal_and_never_more() {
    let test = "it_is_run_once_more_after_a_refusal_and_never_more";
    let Some((person, dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &ordinary_messages(2)) else {
        return;
    };
    with_command(&person, &dovecot, NUMBERED);
    let good = format!("{}\n", hour(&person));
    for (number, token) in [&good[..], "old", &good, "bad", "bad", &good].into_iter().enumerate() {
        fs::write(person.home.path(&format!("token{}", number + 1)), token).unwrap();
    }
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), runs(&person)), (2, 1));
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((runs(&person), person.shown_to_mail_server()), (3, 3));
    let ran = person.ran(&["fetch"]);
    ran.code(77).says("the login was refused").says("the access token may have expired");
    assert!(!ran.stderr.contains("mailhaul login"), "{}", ran.stderr);
    assert_eq!((runs(&person), person.shown_to_mail_server()), (5, 5));
    person.ran(&["login", "work"]).code(64).says("work logs in by a token-command: there is nothing to store");
}

#[test]
fn its_failure_and_its_time_limit_are_told() {
    let test = "its_failure_and_its_time_limit_are_told";
    let Some((person, dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &[]) else { return };
    for (command, says) in [
        ("echo no vault >&2; exit 4", "token-command failed: exit status: 4; it said: no vault"),
        ("true", "token-command"),
        ("printf 'a\\\\r\\\\nDELE 1'", "token-command"),
        ("/no/such/program", "token-command failed"),
        ("sleep 600", "token-command did not end within 1 s"),
    ] {
        with_command(&person, &dovecot, command);
        person.ran(&["fetch", "--timeout", "1s"]).code(78).says(says);
    }
    assert_eq!(person.shown_to_mail_server(), 0);
}

#[test]
fn it_learns_no_secret_of_ours() {
    let test = "it_learns_no_secret_of_ours";
    let Some((person, dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &[]) else { return };
    let token = person.home.write_private("token", hour(&person).as_bytes());
    with_command(&person, &dovecot, "cd {home} && env > environment && cat token");
    let mut command = person.command(&["fetch"]);
    run(command.env("MAILHAUL_OAUTH_CLIENT_SECRET", "hush-hush").env("OTHER", "is passed on")).code(0);
    let environment = fs::read_to_string(person.home.path("environment")).unwrap();
    assert!(environment.contains("OTHER=is passed on"), "{environment}");
    assert!(!environment.contains("hush-hush") && !environment.contains("MAILHAUL"), "{environment}");
    // A flag overrides the account, and the shell sees it as it is.
    let flag = format!("cat {}", token.display());
    person.ran(&["noop", "work", "--token-command", &flag]).code(0);
}

/// Both mechanisms, over both kinds of TLS, with a token in place of a password.
#[test]
fn a_token_in_a_file_logs_in_by_both_mechanisms() {
    let test = "a_token_in_a_file_logs_in_by_both_mechanisms";
    let Some((person, dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &ordinary_messages(1)) else {
        return;
    };
    let ca = person.home.path("ca.pem");
    for mechanism in ["xoauth2", "oauthbearer"] {
        for url in [dovecot.url_pop3s(USER), dovecot.url_pop3(USER)] {
            let with = |token: &str| {
                let file = person.home.write_private("token", token.as_bytes());
                let words = ["noop", &url, "-vv", "--ca-file", ca.to_str().unwrap(), "--auth", mechanism];
                let mut command = person.home.mailhaul(words);
                run(command.arg("--password-file").arg(file))
            };
            let good = with(&hour(&person));
            good.code(0).says(&format!("> AUTH {}", mechanism.to_uppercase())).prints("tls ");
            let bad = with("unknown");
            bad.code(77).says(if mechanism == "xoauth2" { "status 401" } else { "status invalid_token" });
        }
    }
    // What is fixed is not tried twice.
    assert_eq!(person.shown_to_mail_server(), 8);
    // And `login` makes of it what the others make of it.
    let Some(keyring) = keyring_or_skip(test) else { return };
    let file = person.home.write_private("token", hour(&person).as_bytes());
    let words = ["login", &dovecot.url_pop3s(USER), "--ca-file", ca.to_str().unwrap(), "--auth", "xoauth2"];
    let mut command = person.home.mailhaul(words);
    run(keyring.put_on(command.arg("--password-file").arg(file))).code(0).says("is in the keyring");
}
