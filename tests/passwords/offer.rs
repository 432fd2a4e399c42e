//! Whoever types a password is offered, once, to have it in the keyring.

use super::super::keyring::{Keyring, keyring_or_skip};
use super::super::terminal::Terminal;
use super::super::util::{Home, Ran, without_terminal};
use super::{Command, PASSWORD, Server, run, server};

const QUESTION: &str = "work: Store the password in the keyring? [y/N]";

/// A home with an account that does not say where its password is.
struct User {
    home: Home,
    server: Server,
    keyring: Keyring,
}

impl User {
    fn of(test: &str) -> Option<Self> {
        let (keyring, home, server) = (keyring_or_skip(test)?, Home::new(), server());
        let config =
            format!("[account.work]\nsource = \"{}\"\ntls = \"none\"\nmaildir = \"~/Mail\"\n", server.url("ann"));
        home.write_private("config.toml", config.as_bytes());
        Some(Self { home, server, keyring })
    }

    fn mailhaul(&self, verb: &str, more: &[&str]) -> Command {
        let mut command = self.home.mailhaul([verb]);
        command.args(more).env("MAILHAUL_CONFIG", self.home.path("config.toml"));
        self.keyring.put_on(&mut command);
        command
    }

    /// At a terminal, with the password.
    fn types(&self, more: &[&str], password: &str) -> Terminal {
        let mut terminal = Terminal::run(&self.mailhaul("fetch", more));
        terminal.wait_for("Password for ann@localhost");
        terminal.wait_until_echo_is(false);
        terminal.type_line(password);
        terminal
    }

    fn stored(&self) -> Option<String> {
        let user = self.server.url("ann");
        let user = user.strip_prefix("pop3://").unwrap();
        self.keyring.lookup(&[("service", "mailhaul"), ("username", user)])
    }
}

#[track_caller]
fn is_not_asked(ran: &Ran) {
    assert!(!ran.stdout.contains("Store the password"), "{}", ran.everything());
}

#[test]
fn a_yes_stores_the_password() {
    let Some(user) = User::of("a_yes_stores_the_password") else { return };
    let mut terminal = user.types(&[], PASSWORD);
    terminal.wait_for(QUESTION);
    terminal.type_line("y");
    let ran = terminal.finish();
    ran.code(0).prints("1 new message").prints("work: the password is in the keyring");
    assert!(!ran.stdout.contains(PASSWORD), "{}", ran.everything());
    assert_eq!(user.stored().as_deref(), Some(PASSWORD));
    run(&mut without_terminal(&user.mailhaul("fetch", &[]))).code(0).silent();
    is_not_asked(Terminal::run(&user.mailhaul("fetch", &[])).finish().code(0));
}

#[test]
fn a_no_is_remembered() {
    let Some(user) = User::of("a_no_is_remembered") else { return };
    let mut terminal = user.types(&[], PASSWORD);
    terminal.wait_for(QUESTION);
    terminal.type_line("");
    terminal.finish().code(0);
    is_not_asked(user.types(&[], PASSWORD).finish().code(0));
    assert_eq!(user.stored(), None);
}

#[test]
fn only_a_password_that_the_server_takes_is_asked_about_and_not_in_every_run() {
    let Some(user) = User::of("only_a_password_that_the_server_takes_is_asked_about") else { return };
    is_not_asked(user.types(&[], "wrong").finish().code(77));
    is_not_asked(user.types(&["--dry-run"], PASSWORD).finish().code(0));
    is_not_asked(user.types(&["-q"], PASSWORD).finish().code(0));
    let url = user.server.url("ann");
    is_not_asked(user.types(&[&url, "--tls=none", "--maildir=~/Other"], PASSWORD).finish().code(0));
    is_not_asked(user.types(&["--password-file=-"], PASSWORD).finish().code(0));
    assert_eq!(user.stored(), None);
}

/// No answer is no answer: the run was good, and the next one asks again.
#[test]
fn a_deadline_and_ctrl_c_end_the_question() {
    let Some(user) = User::of("a_deadline_and_ctrl_c_end_the_question") else { return };
    let mut terminal = user.types(&["--deadline=3s"], PASSWORD);
    terminal.wait_for(QUESTION);
    terminal.finish().code(0);
    let mut terminal = user.types(&[], PASSWORD);
    terminal.wait_for(QUESTION);
    terminal.type_keys(b"\x03");
    let ran = terminal.finish();
    assert!(ran.signal.is_some(), "{}", ran.everything());
    assert_eq!(user.home.maildir_messages().len(), 1);
    let mut terminal = user.types(&[], PASSWORD);
    terminal.wait_for(QUESTION);
    terminal.type_line("no");
    terminal.finish().code(0);
}

/// Where nothing could be stored, nothing is offered.
#[test]
fn without_a_keyring_nothing_is_offered() {
    let Some(user) = User::of("without_a_keyring_nothing_is_offered") else { return };
    let mut command = user.mailhaul("fetch", &[]);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let mut terminal = Terminal::run(&command);
    terminal.wait_for("Password for ann@localhost");
    terminal.wait_until_echo_is(false);
    terminal.type_line(PASSWORD);
    is_not_asked(terminal.finish().code(0));
}
