//! At a terminal: questions, the console's editor, columns, and what is told to whoever is watching.

use super::*;
use crate::terminal::Terminal;

#[test]
fn dele_asks_and_takes_no_for_an_answer() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(700));
    let server = Server::start(Config::new(&maildrop));
    let user = User::clear(&server);
    let question = "Delete 1 messages from the server? [y/N] ";
    for (answer, left) in [("n\n", 2), ("\n", 2), ("y\n", 1)] {
        let shown = converse(&user.command("dele", &["1"]), &[(question, answer)]);
        assert!(shown.starts_with("\x1b[1mnumber  octets  unique-id"), "{shown}");
        assert_eq!(shown.contains("1 of 1 messages are gone"), left == 1, "{shown}");
        assert_eq!(maildrop.len(), left, "{answer:?}\n{shown}");
    }
}

#[test]
fn the_console_keeps_no_secret_in_its_history_and_deletes_nothing_at_ctrl_c() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(700));
    let noop = Fault::Reply { verb: "NOOP", raw: b"+OK \x1b]0;owned\x07\r\n".to_vec() };
    let server = Server::start(Config::new(&maildrop).fault(noop));
    let talk = [
        ("pop3> ", "DELE 1\n"),
        ("+OK", ""),
        ("pop3> ", "QUIT\x03"), // the line is taken back
        ("pop3> ", "NOOP\n"),
        ("+OK \\x1b]0;owned\\x07", ""),
        ("pop3> ", "PASS hunter2\n"),
        ("-ERR", ""),
        ("pop3> ", "\x1b[A"), // the line before
        ("NOOP", "\x15RSET\n"),
        ("+OK", ""),
        ("pop3> ", "\x04"),
    ];
    let shown = converse(&User::clear(&server).command("console", &[]), &talk);
    assert_eq!(maildrop.len(), 2, "{shown}");
    assert!(!shown.contains("\x1b]0;owned") && shown.contains("+OK Goodbye."), "{shown}");
    let commands = server.log()[0].lines();
    assert_eq!(commands[commands.len() - 5..], ["DELE 1", "NOOP", "PASS hunter2", "RSET", "QUIT"]);
}

/// A change of the ledger is told to whoever is watching, and to nobody else.
#[test]
fn state_says_what_it_did() {
    let server = Server::start(Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(700))));
    let user = User::clear(&server);
    let uid = server.maildrop().uids()[0].clone();
    let state = |action: &str, more: &[&str]| user.home.mailhaul([&["state", action, &user.url], more].concat());
    let password = user.home.path("password");
    let seen = ["--tls", "none", "--password-file", password.to_str().unwrap()];
    for (action, more, says) in [
        ("seen", &seen[..], "2 messages are known now"),
        ("forget", &[&uid], "1 messages forgotten"),
        ("accept", &[], "1 messages forgotten"),
        ("retry", &[], "0 messages will be tried again"),
    ] {
        let shown = converse(&state(action, more), &[]);
        assert!(shown.contains(says), "{action}\n{shown}");
    }
    run(&mut state("seen", &seen)).code(0).silent();
    run(&mut state("forget", &[&uid])).code(0).silent();
    let quiet = converse(state("retry", &[]).arg("-q"), &[]);
    assert_eq!(quiet, "");
}

/// Runs a command on a terminal of its own. Waits for each text to appear, behind the one before, and types what
/// belongs to it. Returns everything that was shown; the command must end well.
fn converse(command: &Command, talk: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::run(command);
    for (text, answer) in talk {
        terminal.wait_for_next(text);
        terminal.type_keys(answer.as_bytes());
    }
    let ran = terminal.finish();
    ran.code(0);
    ran.stdout
}
