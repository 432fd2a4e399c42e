//! The commands for the shell, against a real Dovecot over TLS and STLS.
//!
//! - `awkward`: against servers that are not as they should be
//! - `output`: standard output that is full, is cut off, or is read by another program
//! - `readers`: what mutt and Python make of a dump
//! - `terminal`: what asks, and what is typed

mod awkward;
mod output;
mod readers;
mod several;
mod terminal;

use std::process::{Command, Stdio};

use super::dovecot::{Dovecot, Message, dovecot_or_skip, ordinary_messages};
use super::server::{AfterScripts, Config, Fault, Maildrop, Server, Sizes, expect, send};
use super::util::{Home, Ran, run, run_with_input, split_mbox};

/// A home, and how to call a command for the mailbox of a server.
struct User {
    home: Home,
    url: String,
    flags: Vec<String>,
}

impl User {
    fn of(url: String, flags: &[&str]) -> Self {
        let home = Home::new();
        let password = home.path("password").to_str().unwrap().to_owned();
        let flags = flags.iter().map(|flag| (*flag).to_owned()).chain(["--password-file".into(), password]).collect();
        Self { home, url, flags }
    }

    /// Over TLS from the first octet, and by STLS.
    fn both(server: &Dovecot) -> [Self; 2] {
        let ca_file = server.ca_file();
        let flags = ["--ca-file", ca_file.to_str().unwrap()];
        [Self::of(server.url_pop3s("ann"), &flags), Self::of(server.url_pop3("ann"), &flags)]
    }

    fn clear(server: &Server) -> Self {
        Self::of(server.url("ann"), &["--tls", "none", "--timeout", "5s"])
    }

    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let flags = self.flags.iter().map(String::as_str);
        self.home.mailhaul([verb, &self.url].into_iter().chain(more.iter().copied()).chain(flags))
    }

    fn run(&self, verb: &str, more: &[&str]) -> Ran {
        run(&mut self.command(verb, more))
    }
}

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// What a message is on the line.
fn crlf(message: &Message) -> Vec<u8> {
    let text = message.expected_lf();
    text.split_inclusive(|&octet| octet == b'\n')
        .flat_map(|line| [&line[..line.len() - 1], b"\r\n"])
        .flatten()
        .copied()
        .collect()
}

#[test]
fn stat_list_and_uidl_are_bare_columns() {
    let messages = ordinary_messages(5);
    let Some(server) = dovecot_or_skip("stat_list_and_uidl_are_bare_columns", &messages) else { return };
    let octets: Vec<usize> = messages.iter().map(|message| crlf(message).len()).collect();
    let uids = server.uids_on_server();
    for user in User::both(&server) {
        let total: usize = octets.iter().sum();
        assert_eq!(user.run("stat", &[]).code(0).stdout, format!("5 {total}\n"));
        assert_eq!(user.run("stat", &["--exit-code", "--new"]).code(0).stdout, format!("5 {total}\n"));
        let lines = |numbers: &[usize]| -> String {
            numbers.iter().map(|n| format!("{n} {} {}\n", octets[n - 1], uids[n - 1])).collect()
        };
        assert_eq!(user.run("list", &[]).code(0).stdout, lines(&[1, 2, 3, 4, 5]));
        let uid = format!("uid:{}", uids[0]);
        assert_eq!(user.run("list", &["4-", "2", &uid]).code(0).stdout, lines(&[1, 2, 4, 5]));
        assert_eq!(user.run("uidl", &["3"]).code(0).stdout, format!("3 {}\n", uids[2]));
        let stat = json(&user.run("stat", &["--json"]).code(0).stdout);
        assert_eq!((stat["messages"].as_u64(), stat["octets"].as_u64()), (Some(5), Some(total as u64)));
        let list = user.run("list", &["--json", "2"]);
        let line = json(&list.code(0).stdout);
        assert_eq!((line["number"].as_u64(), line["uid"].as_str()), (Some(2), Some(uids[1].as_str())));
        user.run("list", &["6"]).code(69).says("there is no message 6");
    }
}

#[test]
fn stat_tells_new_messages_from_old_ones() {
    let Some(server) = dovecot_or_skip("stat_tells_new_messages_from_old_ones", &ordinary_messages(3)) else { return };
    let [user, _] = User::both(&server);
    let maildir = user.home.maildir();
    user.run("fetch", &["--maildir", maildir.to_str().unwrap()]).code(0);
    assert_eq!(user.run("stat", &["--new", "--exit-code"]).code(1).stdout, "0 0\n");
    server.add_message(b"Subject: four\n\nx\n");
    assert!(user.run("stat", &["--new", "--exit-code"]).code(0).stdout.starts_with("1 "));
    let log = run(&mut user.home.mailhaul(["log", &user.url]));
    assert!(log.code(0).stdout.contains("ann@localhost 3 "), "{}", log.everything());
}

#[test]
fn headers_are_decoded_and_escaped() {
    let messages = [
        Message::new(
            "encoded",
            "From: =?utf-8?B?0JDQvdC90LA=?= <anna@example.org>\nDate: Mon, 5 Jan 2026 10:00:00 +0000\n\
                      Subject: =?iso-8859-1?Q?caf=E9?=\n\nx\n",
        ),
        Message::new("hostile", "From: \x1b]0;owned\x07 <a@example.org>\nSubject: \x1b[2J\n\nx\n"),
        Message::new("none", "\nbody only\n"),
    ];
    let Some(server) = dovecot_or_skip("headers_are_decoded_and_escaped", &messages) else { return };
    for user in User::both(&server) {
        let list = user.run("list", &["--headers"]);
        let lines: Vec<&str> = list.code(0).stdout.lines().collect();
        assert!(
            lines[0].ends_with("\t2026-01-05T10:00:00Z\t\u{410}\u{43d}\u{43d}\u{430} <anna@example.org>\tcaf\u{e9}"),
            "{}",
            lines[0]
        );
        assert!(!list.stdout.contains('\x1b') && !list.stdout.contains('\x07'), "{}", list.everything());
        assert!(lines[2].ends_with("\t\t\t"), "{:?}", lines[2]);
    }
}

#[test]
fn top_and_retr_are_byte_exact() {
    let messages = [
        Message::new("dots", "Subject: dots\n\n.\n..\nx\n"),
        Message::new("from", "Subject: from\n\nFrom here\n>From there\n"),
    ];
    let Some(server) = dovecot_or_skip("top_and_retr_are_byte_exact", &messages) else { return };
    for user in User::both(&server) {
        assert_eq!(user.run("retr", &["1"]).code(0).stdout.as_bytes(), crlf(&messages[0]));
        assert_eq!(user.run("top", &["1"]).code(0).stdout, "Subject: dots\r\n\r\n");
        assert_eq!(user.run("top", &["1", "2"]).code(0).stdout, "Subject: dots\r\n\r\n.\r\n..\r\n");
        let both = user.run("retr", &["1-2"]);
        let found = split_mbox(both.code(0).stdout.as_bytes());
        assert_eq!(found, messages.iter().map(Message::expected_lf).collect::<Vec<_>>());
        assert_eq!(split_mbox(user.run("retr", &["2", "--mbox"]).code(0).stdout.as_bytes()).len(), 1);
        assert!(!user.home.state().exists(), "retr made a ledger");
    }
}

#[test]
fn a_dump_into_a_maildir_has_every_message_and_no_other_trace() {
    let messages = ordinary_messages(30);
    let test = "a_dump_into_a_maildir_has_every_message_and_no_other_trace";
    let Some(server) = dovecot_or_skip(test, &messages) else { return };
    let mut expected: Vec<Vec<u8>> = messages.iter().map(Message::expected_lf).collect();
    expected.sort();
    for user in User::both(&server) {
        let maildir = user.home.maildir();
        user.run("dump", &["--maildir", maildir.to_str().unwrap()]).code(0).silent();
        assert_eq!(user.home.maildir_messages(), expected);
        assert!(user.home.leftovers().is_empty() && !user.home.state().exists());
    }
    assert_eq!(server.messages_on_server(), 30);
}

#[test]
fn a_closed_pipe_ends_a_dump_quietly() {
    let maildrop = Maildrop::generated(400, 1, Sizes::Fixed(5000));
    let server = Server::start(Config::new(&maildrop));
    let user = User::clear(&server);
    let mut child = user.command("dump", &[]).spawn().unwrap();
    drop(child.stdout.take());
    let ran = super::util::finish(child, "dump | true".into(), std::time::Duration::from_secs(60));
    ran.code(0);
    assert!(ran.stderr.is_empty(), "{}", ran.everything());
}

#[test]
fn a_dump_that_breaks_says_how_much_was_whole() {
    let maildrop = Maildrop::generated(10, 1, Sizes::Fixed(5000));
    let server = Server::start(Config::new(&maildrop).fault(Fault::CutAfter(22_000)));
    User::clear(&server).run("dump", &[]).code(75).says("of 10 messages are complete");
}

/// What was in the file before, and each whole message, stays; the beginning of the one that broke off does not.
#[test]
fn a_dump_that_breaks_is_cut_back_to_whole_messages() {
    let maildrop = Maildrop::generated(60, 1, Sizes::Fixed(50_000));
    let before = "From ann Thu Jan  1 00:00:00 1970\nA: old\n\n";
    // The second breaks within what was not written yet.
    for cut_after in [1_020_000, 22_000] {
        for (redirect, has_old) in [(">", false), (">>", true)] {
            let server = Server::start(Config::new(&maildrop).fault(Fault::CutAfter(cut_after)));
            let user = User::clear(&server);
            let file = user.home.write_private("all.mbox", before.as_bytes());
            let dump = user.command("dump", &[]);
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec \"$0\" \"$@\" {redirect} {}", file.display())]);
            shell.arg(dump.get_program()).args(dump.get_args()).env_clear();
            shell.envs(dump.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let ran = run(shell.stdout(Stdio::piped()).stderr(Stdio::piped()));
            ran.code(75).says("messages are complete; the output was cut back to these");
            let mbox = std::fs::read(&file).unwrap();
            let messages = split_mbox(&mbox);
            let whole = cut_after as usize / 50_000;
            assert!(ran.stderr.contains(&format!("{whole} of 60")), "{}", ran.everything());
            assert_eq!(messages.len(), whole + usize::from(has_old));
            assert!(messages.iter().skip(usize::from(has_old)).all(|message| message.len() > 40_000));
            assert_eq!(mbox.starts_with(before.as_bytes()), has_old);
        }
    }
}

#[test]
fn dele_deletes_what_was_asked_for_and_only_with_consent() {
    let messages = ordinary_messages(6);
    let Some(server) = dovecot_or_skip("dele_deletes_what_was_asked_for_and_only_with_consent", &messages) else {
        return;
    };
    let [user, other] = User::both(&server);
    let uids = server.uids_on_server();
    user.run("dele", &["1"]).code(64).says("--yes");
    assert_eq!(user.run("dele", &["1-2", "--dry-run"]).code(0).stdout.lines().count(), 2);
    assert_eq!(server.messages_on_server(), 6);
    let uid = format!("uid:{}", uids[4]);
    user.run("dele", &["1-2", &uid, "--yes", "--verify"]).code(0).says("3 of 3 messages deleted");
    assert_eq!(server.uids_on_server(), [&uids[2..4], &uids[5..]].concat());
    other.run("dele", &["1-", "--yes"]).code(0).says("3 of 3");
    assert_eq!(server.messages_on_server(), 0);
}

#[test]
fn noop_and_capa_tell_how_it_went() {
    let Some(server) = dovecot_or_skip("noop_and_capa_tell_how_it_went", &ordinary_messages(1)) else { return };
    for user in User::both(&server) {
        let noop = user.run("noop", &[]);
        let phases: Vec<&str> = noop.code(0).stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!((phases.first(), phases.last()), (Some(&"connect"), Some(&"quit")));
        assert!(phases.contains(&"login") && phases.contains(&"noop"));
        user.run("capa", &[]).code(0).prints("before SASL").prints("after UIDL\n");
        let capa = json(&user.run("capa", &["--json"]).code(0).stdout);
        assert!(capa["after"].as_array().unwrap().iter().any(|line| line == "PIPELINING"));
    }
}

#[test]
fn the_console_takes_lines_from_a_pipe() {
    let Some(server) = dovecot_or_skip("the_console_takes_lines_from_a_pipe", &ordinary_messages(2)) else { return };
    for user in User::both(&server) {
        let ran = run_with_input(&mut user.command("console", &[]), b"STAT\nUIDL\nTOP 1 0\nNONSENSE\nRSET\n");
        let lines: Vec<&str> = ran.code(0).stdout.lines().collect();
        assert!(lines[0].starts_with("+OK 2 "), "{}", ran.everything());
        assert_eq!(lines.iter().filter(|line| **line == ".").count(), 2, "{}", ran.everything());
        assert_eq!(lines.iter().filter(|line| line.starts_with("-ERR")).count(), 1, "{}", ran.everything());
        assert!(!ran.stdout.contains('\r'));
        let typed = b"USER ann\nPASS secret\nSTAT\nQUIT\nSTAT\n";
        let ran = run_with_input(&mut user.command("console", &["--no-login", "-vv"]), typed);
        assert!(ran.code(0).stdout.contains("+OK 2 "), "{}", ran.everything());
        assert!(ran.stderr.contains("PASS ****") && !ran.stderr.contains("secret"), "{}", ran.everything());
    }
}

#[test]
fn the_ledger_can_be_shown_moved_and_corrected() {
    let maildrop = Maildrop::generated(4, 1, Sizes::Fixed(900));
    let server = Server::start(Config::new(&maildrop));
    let user = User::clear(&server);
    let maildir = user.home.maildir();
    let fetch = || user.run("fetch", &["--maildir", maildir.to_str().unwrap()]);
    fetch().code(0).silent();
    let ran = |args: &[&str]| run(&mut user.home.mailhaul(args.iter().copied()));
    ran(&["state", "show"]).code(0).prints("ann@localhost published 4 ");
    let export = ran(&["state", "export"]).code(0).stdout.clone();
    assert_eq!(export.lines().count(), 5, "the mailbox, and its messages");
    let uid = json(export.lines().nth(1).unwrap())["uid"].as_str().unwrap().to_owned();
    ran(&["state", "forget", &user.url, &uid]).code(0);
    fetch().code(0);
    assert_eq!(user.home.maildir_messages().len(), 5);
    // Into an empty ledger: nothing is downloaded again. Nor by an export of version 0.1, which had fewer keys.
    let old = export.lines().skip(1).map(|line| {
        let mut object = json(line);
        object
            .as_object_mut()
            .unwrap()
            .retain(|key, value| !["type", "deliveries"].contains(&key.as_str()) && !value.is_null() && value != 0);
        format!("{object}\n")
    });
    let old: String = old.collect();
    assert!(!old.contains("uid_base64") && old.contains("\"settled_at\""), "{old}");
    for export in [&export, &old] {
        std::fs::remove_dir_all(user.home.state()).unwrap();
        let mut import = user.home.mailhaul(["state", "import"]);
        run_with_input(&mut import, export.as_bytes()).code(0).silent();
        fetch().code(0);
        assert_eq!(user.home.maildir_messages().len(), 5);
    }
    let mut import = user.home.mailhaul(["state", "import"]);
    run_with_input(&mut import, b"{\"mailbox\":\"x\"}\n").code(64).says("line 1");
    let mut import = user.home.mailhaul(["state", "import"]);
    run_with_input(&mut import, b"\n\xff\n").code(64).says("line 2: it is not UTF-8");
    ran(&["state", "import", "/nowhere/ledger.json"]).code(74).says("cannot read /nowhere/ledger.json");
}

/// After `mv` nothing is fetched again, and what is not there is not believed.
#[test]
fn a_place_that_was_moved_is_told_to_the_ledger() {
    let server = Server::start(Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(900))));
    let user = User::clear(&server);
    let (old, new) = (user.home.maildir(), user.home.path("elsewhere/mail"));
    let [old, new] = [&old, &new].map(|path| path.to_str().unwrap());
    let ran = |args: &[&str]| run(&mut user.home.mailhaul(args.iter().copied()));
    ran(&["state", "moved", old, new]).code(64).says("the history has no destination");
    user.run("fetch", &["--maildir", old]).code(0).silent();
    ran(&["state", "moved", "/nowhere", new]).code(64).says("the history has no destination /nowhere").says(old);
    ran(&["state", "moved", old, new]).code(73).says("is not what was at").says("move it there first");
    std::fs::create_dir(user.home.path("elsewhere")).unwrap();
    std::fs::rename(old, new).unwrap();
    ran(&["state", "moved", &format!("{old}/"), new, "-v"]).code(0).says("is now");
    user.run("fetch", &["--maildir", new, "--delete"]).code(0).silent();
    assert!(server.maildrop().is_empty() && !user.home.maildir().exists());
}

/// Of several, too: none is forgotten where one is a slip of the pen.
#[test]
fn what_the_ledger_does_not_know_cannot_be_forgotten() {
    let maildrop = Maildrop::new([("one", "Subject: 1\r\n\r\nx\r\n"), ("t\\wo", "Subject: 2\r\n\r\nx\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    let user = User::clear(&server);
    let maildir = user.home.maildir();
    user.run("fetch", &["--maildir", maildir.to_str().unwrap()]).code(0).silent();
    let forget = |uids: &[&str]| run(&mut user.home.mailhaul([&["state", "forget", &user.url, "-v"], uids].concat()));
    let ran = forget(&["one", "on\x1be"]);
    ran.code(64).says("ann@localhost").says("the history has no message on\\x1be").says("state export");
    forget(&["one", "t\\wo"]).code(0).says("2 messages forgotten");
    forget(&["one"]).code(64).says("no message one");
}

#[test]
fn completions_are_printed() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(home.mailhaul(["completions", shell]).stdin(Stdio::null()));
        assert!(ran.code(0).stdout.contains("mailhaul"), "{}", ran.everything());
    }
}

#[test]
fn info_tells_whom_one_talks_to() {
    let Some(server) = dovecot_or_skip("info_tells_whom_one_talks_to", &ordinary_messages(1)) else { return };
    for user in User::both(&server) {
        let info = user.run("info", &[]);
        info.code(0).prints("trusted yes\n").prints("  pin sha256//").prints("tls TLSv1_3").prints("capability UIDL\n");
        info.prints("mechanisms PLAIN").prints("password password-file ");
        let json = json(&user.run("info", &["--json"]).code(0).stdout);
        assert!(json["certificates"][0]["days_left"].as_i64().unwrap() > 0);
    }
    let stranger = User::of(server.url_pop3s("ann"), &[]);
    stranger
        .run("info", &[])
        .code(69)
        .prints("trusted no\n  it is not signed by a trusted authority\n  hint: if it is");
    stranger.home.write_private("config.toml", format!("[account.work]\nsource = \"{}\"\n", stranger.url).as_bytes());
    let config = stranger.home.path("config.toml");
    let named = |flags: &[&str]| {
        let common = ["info", "work", "--config", config.to_str().unwrap()];
        run(&mut stranger.home.mailhaul([&common, flags].concat()))
    };
    named(&[]).code(69).prints("account work\nserver ann@localhost");
    let known = json(&named(&["--json"]).code(69).stdout);
    assert!(
        known["account"] == "work"
            && known["source"] == stranger.url
            && known["hint"].as_str().unwrap().contains("--pin"),
        "{known}"
    );
    let wrong_mode = User::of(format!("pop3://ann@localhost:{}", server.port_pop3s()), &["--timeout", "2s"]);
    wrong_mode.run("info", &[]).code(69).says("speaks TLS from the first octet").says("pop3s://");
    let other_mode = User::of(format!("pop3s://ann@localhost:{}", server.port_pop3()), &[]);
    other_mode.run("info", &[]).code(69).says("it is a POP3 server without TLS from the start");
    let right = format!("use pop3://ann@localhost:{}", server.port_pop3());
    other_mode.run("info", &[]).says(&right);
    other_mode.run("stat", &[]).code(69).says(&right);
}
