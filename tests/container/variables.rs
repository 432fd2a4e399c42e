//! Everything by `MAILHAUL_*`: no home, no file, no flag.

use super::*;
use crate::util::Ran;

fn server() -> (Maildrop, Server) {
    let maildrop = Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n"), ("u2", "Subject: 2\r\n\r\nx\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    (maildrop, server)
}

/// `mailhaul` with these words, without a home, and all that a fetch needs in its environment.
fn by_variables(home: &Home, server: &Server, words: &[&str]) -> Command {
    let mut command = home.mailhaul(words);
    command.env_clear().env("MAILHAUL_SOURCE", server.url("ann")).env("MAILHAUL_TLS", "none");
    command.env("MAILHAUL_PASSWORD_FILE", home.path("password")).env("MAILHAUL_STATE_DIR", home.state());
    command.env("MAILHAUL_MAILDIR", home.maildir());
    command
}

#[track_caller]
fn does_not_say(ran: &Ran, text: &str) {
    assert!(!ran.stderr.contains(text), "{text:?}\n{}", ran.everything());
}

#[test]
fn an_account_needs_nothing_else() {
    let ((maildrop, server), home) = (server(), Home::new());
    run(by_variables(&home, &server, &["fetch"]).env("MAILHAUL_MAX_MESSAGES", "1")).code(0).silent();
    assert_eq!((home.maildir_messages().len(), maildrop.len()), (1, 2));
    let mut command = by_variables(&home, &server, &["fetch"]);
    command.env("MAILHAUL_DELETE", "true").env("MAILHAUL_TIMEOUT", "30s").env("MAILHAUL_DEADLINE", "5m");
    run(&mut command).code(0).silent();
    assert_eq!((home.maildir_messages().len(), maildrop.len()), (2, 0));
    for words in [&["stat"][..], &["log"], &["state", "show"], &["list"]] {
        run(&mut by_variables(&home, &server, words)).code(0);
    }
}

/// As for a mailbox behind a tunnel, or one that has moved to another host.
#[test]
fn the_name_in_the_ledger_can_be_said() {
    let ((maildrop, server), home) = (server(), Home::new());
    run(by_variables(&home, &server, &["fetch"]).env("MAILHAUL_STATE_KEY", "mine")).code(0).silent();
    let moved = server.url("ann").replace("localhost", "127.0.0.1");
    let mut command = by_variables(&home, &server, &["fetch"]);
    run(command.env("MAILHAUL_SOURCE", moved).env("MAILHAUL_STATE_KEY", "mine")).code(0).silent();
    assert_eq!(maildrop.bodies_sent("u1"), 1);
}

#[test]
fn every_flag_of_a_setting_has_a_variable() {
    let home = Home::new();
    for setting in mailhaul::config::SETTINGS.iter().filter(|setting| setting.flag.is_some()) {
        let ran = run(home.mailhaul(["completions", "fish"]).env(setting.variable(), "x"));
        assert!(ran.code(0).stderr.is_empty(), "{}", ran.everything());
    }
}

#[test]
fn what_is_printed_can_be_said() {
    let ((_, server), home) = (server(), Home::new());
    let ran = |words: &[&str], variables: &[(&str, &str)]| {
        run(by_variables(&home, &server, words).envs(variables.iter().copied()))
    };
    let json = |text: &str| ran(&["fetch", "--all"], &[("MAILHAUL_JSON", text)]).code(0).stdout.clone();
    assert!(json("false").is_empty());
    assert_eq!(json("true").lines().count(), 1);
    assert_eq!(json("messages").lines().count(), 3);
    // It is said of all commands of the container, and each does what it can.
    ran(&["stat"], &[("MAILHAUL_JSON", "messages")]).code(0).prints("{\"");
    ran(&["completions", "bash"], &[("MAILHAUL_JSON", "true")]).code(0).prints("_mailhaul");
    ran(&["fetch"], &[("MAILHAUL_VERBOSE", "1")]).code(0).says("ann@localhost");
    ran(&["stat"], &[("MAILHAUL_VERBOSE", "2")]).code(0).says("STAT");
    ran(&["fetch", "-v"], &[("MAILHAUL_QUIET", "true")]).code(0).says("ann@localhost");
    does_not_say(&ran(&["stat", "-q"], &[("MAILHAUL_VERBOSE", "2")]), "STAT");
    ran(&["stat", "nobody"], &[("MAILHAUL_COLOR", "always")]).code(78).says("\u{1b}[");
    for (variable, value, answer) in [
        ("MAILHAUL_JSON", "yes", "must be one of true, messages, false"),
        ("MAILHAUL_QUIET", "1", "must be true or false"),
        ("MAILHAUL_VERBOSE", "3", "must be one of 0, 1, 2, true, false"),
        ("MAILHAUL_COLOR", "red", "must be one of auto, always, never"),
        ("MAILHAUL_DRY_RUN", "maybe", "must be true or false"),
    ] {
        ran(&["stat"], &[(variable, value)]).code(78).says(&format!("mailhaul: ${variable} {answer}"));
    }
    let both = [("MAILHAUL_QUIET", "true"), ("MAILHAUL_VERBOSE", "1")];
    ran(&["stat"], &both).code(78).says("$MAILHAUL_QUIET conflicts with $MAILHAUL_VERBOSE");
}

/// A wish for a trial that nobody heard would delete.
#[test]
fn a_trial_can_be_said() {
    let ((maildrop, server), home) = (server(), Home::new());
    let mut command = by_variables(&home, &server, &["fetch"]);
    run(command.env("MAILHAUL_DRY_RUN", "true").env("MAILHAUL_DELETE", "true")).code(0).prints("u1");
    let mut by_hand = by_variables(&home, &server, &["dele", &server.url("ann"), "1", "--yes"]);
    run(by_hand.env("MAILHAUL_DRY_RUN", "true")).code(0);
    assert_eq!((home.maildir_messages().len(), maildrop.len()), (0, 2));
}

/// The warning may be far above the error that follows from it, which says what is missing, but not why.
#[test]
fn a_mistyped_variable_is_seen() {
    let ((_, server), home) = (server(), Home::new());
    let ran = |missing: &str, variable: &str, words: &[&str]| {
        let mut command = by_variables(&home, &server, words);
        let value = home.path("password");
        command.env_remove(missing).env(variable, value).env("PATH", "/usr/bin:/bin");
        run(&mut without_terminal(&command))
    };
    for (missing, typed, meant, error, code) in [
        ("MAILHAUL_PASSWORD_FILE", "MAILHAUL_PASSWORT_FILE", "MAILHAUL_PASSWORD_FILE", "no password", 78),
        ("MAILHAUL_MAILDIR", "MAILHAUL_MAILDR", "MAILHAUL_MAILDIR", "no destination", 64),
        ("MAILHAUL_SOURCE", "MAILHAUL_SUORCE", "MAILHAUL_SOURCE", "no SOURCE is named", 64),
    ] {
        let reminder = format!("\n  the variable {typed} was ignored: is it {meant}?\n");
        let seen = ran(missing, typed, &["fetch"]);
        seen.code(code).says(&format!("mailhaul: the variable {typed} is unknown, and ignored\n  is it {meant}?\n"));
        let place = |text: &str| seen.stderr.find(text).unwrap_or_else(|| panic!("{text}\n{}", seen.everything()));
        assert!(place("is unknown") < place(error) && place(error) < place(&reminder), "{}", seen.everything());
        assert!(seen.stderr.ends_with(&reminder), "{}", seen.everything());
        let quiet = ran(missing, typed, &["fetch", "-q"]);
        does_not_say(quiet.code(code).says(error).says(&reminder), "is unknown");
    }
    // Where it is not the reason, it is said once.
    does_not_say(ran("MAILHAUL_NONE", "MAILHAUL_MAILDR", &["stat"]).code(0), "was ignored");
}

/// What other containers take is answered by what is said here.
#[test]
fn the_variables_of_other_containers_are_answered() {
    for (names, answer) in [
        ("HOST USER PORT SERVER USERNAME", "MAILHAUL_SOURCE=pop3s://USER@HOST:PORT"),
        ("PASS SECRET", "MAILHAUL_PASSWORD_FILE names a file"),
        ("INTERVAL CRON", "MAILHAUL_EVERY=5m"),
        ("LOG_LEVEL DEBUG", "MAILHAUL_VERBOSE=1"),
        ("ALL", "`mailhaul fetch --all`"),
    ] {
        for name in names.split(' ') {
            let ran = run(Home::new().mailhaul(["account", "list"]).env(format!("MAILHAUL_{name}"), "x"));
            ran.code(0).says(&format!("MAILHAUL_{name} is unknown, and ignored\n")).says(answer);
        }
    }
}

#[test]
fn what_kubernetes_says_of_a_service_is_passed_over() {
    let ((_, server), home) = (server(), Home::new());
    let mut command = by_variables(&home, &server, &["fetch"]);
    command.envs([
        ("MAILHAUL_SERVICE_HOST", "10.0.0.1"),
        ("MAILHAUL_SERVICE_PORT", "110"),
        ("MAILHAUL_SERVICE_PORT_POP3", "110"),
        ("MAILHAUL_PORT", "tcp://10.0.0.1:110"),
        ("MAILHAUL_PORT_110_TCP", "tcp://10.0.0.1:110"),
        ("MAILHAUL_PORT_110_TCP_PROTO", "tcp"),
        ("MAILHAUL_PORT_110_TCP_PORT", "110"),
        ("MAILHAUL_PORT_110_TCP_ADDR", "10.0.0.1"),
    ]);
    run(&mut command).code(0).silent();
}
