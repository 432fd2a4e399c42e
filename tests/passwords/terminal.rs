//! At a terminal: who is asked, who may ask, and that Ctrl-C ends it.

use super::super::keyring::keyring_or_skip;
use super::super::terminal::{CTRL_C, CTRL_D, Terminal};
use super::super::util::Home;
use super::{PASSWORD, assert_not_shown, mailhaul, server};

#[test]
fn standard_input_at_a_terminal_is_a_question_without_echo() {
    let (home, server) = (Home::new(), server());
    let mut terminal = Terminal::run(&mailhaul(&home, &server, "fetch", &["--password-file", "-"]));
    terminal.wait_for("Password for ann@localhost");
    terminal.wait_until_echo_is(false);
    terminal.type_line(PASSWORD);
    let ran = terminal.finish();
    ran.code(0);
    assert_not_shown(&home, &ran);
}

#[test]
fn control_d_gives_no_password() {
    let (home, server) = (Home::new(), server());
    let mut terminal = Terminal::run(&mailhaul(&home, &server, "fetch", &[]));
    terminal.wait_for("Password for ann@localhost");
    terminal.wait_until_echo_is(false);
    terminal.type_keys(CTRL_D);
    let ran = terminal.finish();
    let asked = &server.url("ann")["pop3://".len()..];
    ran.code(78)
        .prints(&format!("Password for {asked}: \n"))
        .prints(": no password was given")
        .prints("--password-command");
    assert!(!ran.stdout.contains("no terminal"), "{}", ran.everything());
    assert_eq!(server.connections(), 0);
}

/// As `pass` does, by way of gpg.
#[test]
fn a_password_command_may_ask() {
    let (home, server) = (Home::new(), server());
    let asks = "printf 'Passphrase: ' >&2; stty -echo; read -r word; stty echo; printf '%s\\n' \"$word\"";
    let mut terminal = Terminal::run(&mailhaul(&home, &server, "fetch", &["--password-command", asks]));
    terminal.wait_for("Passphrase: ");
    terminal.wait_until_echo_is(false);
    terminal.type_line(PASSWORD);
    let ran = terminal.finish();
    ran.code(0);
    assert_not_shown(&home, &ran);
}

#[test]
fn control_c_ends_a_password_command() {
    let (home, server) = (Home::new(), server());
    for command in ["echo ready >&2; exec sleep 300", "trap '' INT; echo ready >&2; sleep 300"] {
        let mut terminal = Terminal::run(&mailhaul(&home, &server, "fetch", &["--password-command", command]));
        terminal.wait_for("ready");
        terminal.type_keys(CTRL_C);
        terminal.finish().interrupted().prints("stopped");
    }
    assert_eq!(server.connections(), 0);
}

/// Who has given up one question wants no other.
#[test]
fn control_c_ends_the_questions_for_all_accounts() {
    let (home, one, two) = (Home::new(), server(), server());
    let (other, maildir) = (two.url("bob"), home.maildir());
    let mut command = mailhaul(&home, &one, "fetch", &[]);
    let mut terminal = Terminal::run(command.arg(&other));
    terminal.wait_until_echo_is(false);
    terminal.type_keys(CTRL_C);
    let ran = terminal.finish();
    ran.interrupted();
    assert_eq!((ran.stdout.matches("Password for").count(), ran.stdout.matches(": stopped").count()), (1, 2));
    assert_eq!((one.connections(), two.connections(), maildir.exists()), (0, 0, false));
}

/// A window asks for the keyring's password, perhaps on another screen: that is said, and need not be waited for.
#[test]
fn a_keyring_that_asks_is_told_of_and_can_be_given_up() {
    let Some(mut keyring) = keyring_or_skip("a_keyring_that_asks_is_told_of_and_can_be_given_up") else { return };
    let (home, server) = (Home::new(), server());
    // Something must be in there: an empty keyring has nothing to ask for.
    keyring.store(&[("service", "mailhaul"), ("username", &server.url("ann")["pop3://".len()..])], PASSWORD);
    keyring.lock();
    keyring.show_prompts_to_nobody();
    for verb in ["fetch", "login"] {
        let mut terminal = Terminal::run(keyring.put_on(&mut mailhaul(&home, &server, verb, &[])));
        terminal.wait_for("waiting for the keyring: it may be asking for its own password in a window");
        terminal.type_keys(CTRL_C);
        terminal.finish().interrupted().prints("stopped");
    }
    let mut terminal = Terminal::run(keyring.put_on(&mut mailhaul(&home, &server, "stat", &[])));
    terminal.wait_for("waiting for the keyring");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.finish().signal, Some(2));
    assert_eq!(server.connections(), 0);
}
