//! At a terminal: questions, the console's editor, columns, and what is told to whoever is watching.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::*;
use crate::terminal::Terminal;

#[test]
fn dele_asks_and_takes_no_for_an_answer() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(700));
    let server = Server::start(Config::new(&maildrop));
    let user = User::clear(&server);
    let question = "Delete 1 message from the server? [y/N] ";
    for (answer, left) in [("n\n", 2), ("\n", 2), ("y\n", 1)] {
        let shown = converse(&user.command("dele", &["1"]), &[(question, answer)]);
        assert!(shown.starts_with("\x1b[1mnumber  octets  date"), "{shown}");
        assert_eq!(shown.contains("1 of 1 message deleted"), left == 1, "{shown}");
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

/// What a message says to a terminal: another title, another encoding, another order of letters.
const OBEYED: &str = "Subject: \x1b]0;owned\x07\r\n\r\n\u{9b}31m \u{202e}x\ttab \u{e9}\r\n";

#[test]
fn a_message_is_escaped_on_a_terminal_and_nowhere_else() {
    let server = Server::start(Config::new(&Maildrop::new([("one", OBEYED)])));
    let user = User::clear(&server);
    let shown = "Subject: \\x1b]0;owned\\x07\n\n\\u{9b}31m \\u{202e}x\ttab \u{e9}\n";
    for (verb, args) in [("retr", &["1"][..]), ("top", &["1", "9"])] {
        assert_eq!(converse(&user.command(verb, args), &[]), shown, "{verb}");
        assert_eq!(user.run(verb, args).code(0).stdout, OBEYED, "{verb}");
        let raw = converse(&user.command(verb, &[args, &["--raw"]].concat()), &[]);
        assert!(raw.contains("\x1b]0;owned\x07") && raw.contains("\u{9b}31m \u{202e}x"), "{verb}: {raw}");
    }
}

#[test]
fn several_messages_are_not_for_a_terminal() {
    let server = Server::start(Config::new(&Maildrop::new([("same", OBEYED), ("same", OBEYED)])));
    let user = User::clear(&server);
    let refused = |verb: &str, args: &[&str]| {
        let ran = Terminal::run(&user.command(verb, args)).finish();
        ran.code(64).prints("redirect it into a file");
        assert!(!ran.stdout.contains("owned"), "{}", ran.everything());
    };
    refused("dump", &[]);
    refused("retr", &["1-2"]);
    refused("retr", &["1", "2"]);
    refused("retr", &["1", "--mbox"]);
    assert_eq!(server.connections(), 0, "said before the login");
    refused("retr", &["uid:same"]);
    assert!(converse(&user.command("dump", &["--raw"]), &[]).contains("\x1b]0;owned"));
    let json = converse(&user.command("dump", &["--json"]), &[]);
    assert_eq!(json.lines().count(), 2, "{json}");
    assert_eq!(split_mbox(user.run("dump", &[]).code(0).stdout.as_bytes()).len(), 2);
}

/// JSON has another way to say the same.
#[test]
fn no_json_of_the_ledger_is_obeyed_by_a_terminal() {
    let uid = "\u{9b}31m\u{202e}\u{e9}";
    let server = Server::start(Config::new(&Maildrop::new([(uid, "A: b\r\n\r\n")])));
    let user = User::clear(&server);
    run(&mut user.home.fetch_maildir(&user.url, &["--tls", "none"])).code(0);
    let shown = converse(&user.home.mailhaul(["state", "export"]), &[]);
    let known = json(shown.lines().nth(1).unwrap()); // behind the line of the mailbox
    assert_eq!(known["uid"], "\\u{9b}31m\\u{202e}\u{e9}");
    assert_eq!(known["uid_base64"], BASE64_STANDARD.encode(uid));
    // And it is the same one where it is imported.
    let file = user.home.path("ledger.json");
    std::fs::write(&file, &shown).unwrap();
    std::fs::remove_dir_all(user.home.state()).unwrap();
    run(&mut user.home.mailhaul(["state", "import", file.to_str().unwrap()])).code(0);
    run(&mut user.home.fetch_maildir(&user.url, &["--tls", "none"])).code(0);
    assert_eq!(user.home.maildir_messages().len(), 1);
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
        ("seen", &seen[..], "2 messages marked as fetched"),
        ("forget", &[&uid], "1 messages forgotten"),
        ("accept", &["--yes"], "1 messages forgotten"),
        ("retry", &[], "0 messages will be tried again"),
    ] {
        let shown = converse(&state(action, more), &[]);
        assert!(shown.contains(says), "{action}\n{shown}");
    }
    run(&mut state("seen", &seen)).code(0).silent();
    let question = "Forget the fetch history of ann@localhost? The next fetch downloads everything again. [y/N] ";
    for (answer, forgotten) in [("n\n", false), ("y\n", true)] {
        let shown = converse(&state("reset", &[]), &[(question, answer)]);
        assert_eq!(shown.contains("2 messages forgotten"), forgotten, "{shown}");
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
