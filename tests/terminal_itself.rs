//! Programs on the tests' terminal behave as on any other; and what the program asks there.

use std::process::Command;

use super::server::{Config, Maildrop, Server};
use super::terminal::{CTRL_C, CTRL_D, Terminal};
use super::util::Home;

fn server() -> Server {
    let maildrop = Maildrop::new([("u1", "Subject: one\r\n\r\nx\r\n"), ("u2", "Subject: two\r\n\r\ny\r\n")]);
    Server::start(Config::new(&maildrop))
}

/// `mailhaul fetch` in clear text, without a password.
fn fetch(home: &Home, server: &Server) -> Terminal {
    let (url, maildir) = (server.url("ann"), home.maildir());
    Terminal::run(&home.mailhaul(["fetch", &url, "--tls", "none", "--maildir", maildir.to_str().unwrap()]))
}

#[test]
fn what_is_typed_is_shown_and_reaches_the_program() {
    let mut terminal = Terminal::run(&Command::new("cat"));
    assert!(terminal.echoes());
    terminal.type_line("hello");
    terminal.wait_for("hello\r\nhello\r\n");
    terminal.type_keys(CTRL_D);
    let ran = terminal.finish();
    ran.code(0);
    assert_eq!(ran.stdout, "hello\nhello\n");
}

#[test]
fn it_is_the_terminal_of_the_program() {
    let mut command = Command::new("sh");
    command.args(["-c", "test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty && echo $TERM $OWN"]);
    Terminal::run(command.env("OWN", "yes")).finish().code(0).prints("24 80\nxterm yes\n");
}

#[test]
fn control_c_interrupts() {
    let mut command = Command::new("sh");
    let mut terminal = Terminal::run(command.args(["-c", "echo ready; exec sleep 1000"]));
    terminal.wait_for("ready");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.finish().signal, Some(2));
}

#[test]
fn the_password_is_asked_for_and_not_shown() {
    let (home, server) = (Home::new(), server());
    let mut terminal = fetch(&home, &server);
    terminal.wait_for("Password for ann");
    terminal.wait_until_echo_is(false);
    assert_eq!(server.connections(), 0, "it connected before it had the password");
    terminal.type_line("secret");
    let ran = terminal.finish();
    ran.code(0);
    assert!(!ran.stdout.contains("secret"), "{}", ran.everything());
    assert!(terminal.echoes(), "the terminal stays without echo");
    assert_eq!(home.maildir_messages().len(), 2);
}

#[test]
fn control_c_ends_the_question_for_the_password() {
    let (home, server) = (Home::new(), server());
    let mut terminal = fetch(&home, &server);
    terminal.wait_until_echo_is(false);
    terminal.type_keys(CTRL_C);
    terminal.finish().interrupted().prints("stopped");
    assert!(terminal.echoes(), "the terminal stays without echo");
}

#[test]
fn the_question_about_a_deletion_ends_at_the_deadline_and_by_ctrl_c() {
    for (flag, is_stopped) in [("--deadline=2s", false), ("--deadline=1h", true)] {
        let (home, server) = (Home::new(), server());
        let (url, password) = (server.url("ann"), home.path("password"));
        let arguments = ["dele", &url, "1", "--tls", "none", flag, "--password-file", password.to_str().unwrap()];
        let mut terminal = Terminal::run(&home.mailhaul(arguments));
        terminal.wait_for("[y/N]");
        if is_stopped {
            terminal.type_keys(b"\x03");
            assert!(terminal.finish().signal.is_some());
        } else {
            terminal.finish().code(75).prints("an answer on the terminal");
        }
        assert_eq!(server.maildrop().len(), 2);
    }
}

#[test]
fn deletion_is_asked_about() {
    for (answer, left) in [("", 2), ("n", 2), ("no idea", 2), ("y", 1)] {
        let (home, server) = (Home::new(), server());
        let (url, password) = (server.url("ann"), home.path("password"));
        let arguments = ["dele", &url, "1", "--tls", "none", "--password-file", password.to_str().unwrap()];
        let mut terminal = Terminal::run(&home.mailhaul(arguments));
        terminal.wait_for("[y/N]");
        terminal.type_line(answer);
        terminal.finish().code(0).prints("u1\nDelete 1 message");
        assert_eq!(server.maildrop().len(), left, "{answer:?}");
    }
}
