//! At a terminal, which script(1) makes: questions, the console's editor, columns.

use std::io::{Read, Write};

use super::*;
use crate::util::not_run;

#[test]
fn dele_asks_and_takes_no_for_an_answer() {
    if !has_script("dele_asks_and_takes_no_for_an_answer") {
        return;
    }
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
    if !has_script("the_console_keeps_no_secret_in_its_history_and_deletes_nothing_at_ctrl_c") {
        return;
    }
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

/// Is there a script(1)? CI requires it.
fn has_script(test: &str) -> bool {
    let is_here = Command::new("script").arg("--version").output().is_ok();
    if !is_here {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI requires script, of bsdutils");
        not_run(&format!("{test}: no script"));
    }
    is_here
}

/// Runs a command on a terminal of its own. Waits for each text to appear, behind the one before, and types what
/// belongs to it. Returns everything that was shown; the command must end well, and within a minute.
fn converse(command: &Command, talk: &[(&str, &str)]) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("timeout");
    script.args(["60", "script", "-qec", &format!("exec {}", words.join(" ")), "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "vt100");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut shown = Vec::new();
    for (text, answer) in talk {
        let from = shown.len();
        while !shown[from..].ends_with(text.as_bytes()) {
            let mut octet = [0];
            let count = screen.read(&mut octet).unwrap();
            assert!(count > 0, "it ended before {text:?}:\n{}", String::from_utf8_lossy(&shown));
            shown.push(octet[0]);
        }
        keys.write_all(answer.as_bytes()).unwrap();
    }
    screen.read_to_end(&mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(child.wait().unwrap().success(), "{shown}");
    shown
}
