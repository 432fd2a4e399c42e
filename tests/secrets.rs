//! A password is read from a safe place, and shown nowhere (C-034 to C-036, C-287, C-288).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::server::{AfterScripts, Config, Fault, Maildrop, Phase, Server, Step, expect, send};
use super::util::{Home, Ran, finish, run, run_with_input, wait_until, without_terminal};

/// Not a word of any message, and with what an escape would change.
const PASSWORD: &str = "Tr0ub\\4dor & \u{e9}3";

fn maildrop() -> Maildrop {
    Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])
}

fn server(fault: Option<Fault>) -> Server {
    let config = Config::new(&maildrop()).login("ann", PASSWORD);
    Server::start(match fault {
        Some(fault) => config.fault(fault),
        None => config,
    })
}

/// `mailhaul fetch` in clear text, without a password.
fn fetch(home: &Home, server: &Server, more: &[&str]) -> Command {
    let maildir = home.maildir();
    let url = server.url("ann");
    let common = ["fetch", &url, "--tls", "none", "--maildir", maildir.to_str().unwrap()];
    home.mailhaul([&common, more].concat())
}

/// With the password in a private file.
fn fetch_with_file(home: &Home, server: &Server, more: &[&str]) -> Command {
    let file = home.write_private("pw", format!("{PASSWORD}\n").as_bytes());
    fetch(home, server, &[&["--password-file", file.to_str().unwrap()], more].concat())
}

/// Every form in which the password could be read.
fn forms() -> Vec<String> {
    let encode = |text: String| BASE64_STANDARD.encode(text);
    let escaped = PASSWORD.replace('\\', "\\\\");
    vec![PASSWORD.into(), escaped, encode(PASSWORD.into()), encode(format!("\0ann\0{PASSWORD}")), "Tr0ub".into()]
}

#[track_caller]
fn assert_not_in(text: &str, what: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{form:?} is in {what}:\n{text}");
    }
}

#[track_caller]
fn assert_not_shown(ran: &Ran) {
    assert_not_in(&ran.stderr, "standard error");
    assert_not_in(&ran.stdout, "standard output");
}

/// Neither the ledger nor any other file that a run writes holds it.
#[track_caller]
fn assert_not_stored(folder: &Path) {
    for path in super::util::names(folder) {
        match path.is_dir() {
            true => assert_not_stored(&path),
            false => assert_not_in(&String::from_utf8_lossy(&fs::read(&path).unwrap()), &path.display().to_string()),
        }
    }
}

#[test]
fn a_transcript_masks_it() {
    let logins = [
        ("plain", "> AUTH PLAIN ****"),
        ("user", "> PASS ****"),
        ("login", "> AUTH LOGIN"),
        ("scram-sha-1", "> AUTH SCRAM-SHA-1 ****"),
        ("scram-sha-256", "> AUTH SCRAM-SHA-256 ****"),
    ];
    for (auth, shown) in logins {
        for flags in [&["-vv"][..], &["-v"], &["--json"], &["-q"]] {
            let (home, server) = (Home::new(), server(None));
            let ran = run(&mut fetch_with_file(&home, &server, &[&["--auth", auth], flags].concat()));
            ran.code(0);
            assert_not_shown(&ran);
            assert_not_stored(&home.state());
            if flags == ["-vv"] {
                ran.says(shown);
            }
        }
    }
}

/// What the server repeats of a login, in whatever kind of reply, is masked too.
#[test]
fn an_echo_of_the_server_is_masked() {
    let response = BASE64_STANDARD.encode(format!("\0ann\0{PASSWORD}"));
    let echoes = |response: &str| {
        [
            format!("-ERR you said {PASSWORD}, which is wrong\r\n"),
            format!("-ERR you said {response}\r\n"),
            format!("-ERR [IN-USE] {PASSWORD}{PASSWORD} {response}\r\n"),
            format!("+ERR {PASSWORD}\r\n"),
            format!("what is {response}?\r\n"),
            format!("+ {PASSWORD}\r\n"),
            format!("+OK\r\n-ERR {PASSWORD}\r\n"),
            format!("{PASSWORD}\r\n"),
        ]
    };
    for (auth, verb, said) in [("plain", "AUTH", response.as_str()), ("user", "PASS", PASSWORD)] {
        for echo in echoes(said) {
            for flags in [&[][..], &["-vv"], &["--json"]] {
                let home = Home::new();
                let server = server(Some(Fault::Reply { verb, raw: echo.clone().into_bytes() }));
                let ran = run(&mut fetch_with_file(&home, &server, &[&["--auth", auth], flags].concat()));
                assert!(matches!(ran.code, Some(65 | 75 | 77)), "{}", ran.everything());
                ran.says("server");
                assert_not_shown(&ran);
                assert_not_stored(&home.state());
            }
        }
    }
}

/// Later replies may repeat it as well.
#[test]
fn an_echo_after_the_login_is_masked() {
    for (verb, code) in [("UIDL", 75), ("RETR", 75), ("LIST", 0)] {
        let home = Home::new();
        let raw = format!("-ERR {PASSWORD} is not the word\r\n").into_bytes();
        let server = server(Some(Fault::Reply { verb, raw }));
        let ran = run(&mut fetch_with_file(&home, &server, &["-vv"]));
        ran.code(code).says("< -ERR **** is not the word");
        assert_not_shown(&ran);
        assert_not_stored(&home.state());
    }
}

/// So may everything else that is shown: errors about lines that cannot be read, capabilities, and the words of a server
/// that has heard the login in an earlier session.
#[test]
fn no_line_that_is_shown_repeats_it() {
    let capa = format!("+OK\r\nUSER\r\nUIDL\r\nX-ECHO {PASSWORD}\r\n.\r\n");
    let cases: [(&str, &str, String, i32, &str); 7] = [
        ("stat", "STAT", format!("+OK 1 {PASSWORD}\r\n"), 65, "1 ****"),
        ("list", "LIST", format!("+OK\r\n1 {PASSWORD}\r\n.\r\n"), 65, "1 ****"),
        ("list", "UIDL", format!("+OK\r\nx {PASSWORD}\r\n.\r\n"), 65, "x ****"),
        ("uidl", "UIDL", format!("+OK\r\n1 {PASSWORD}\r\n1 {PASSWORD}\r\n.\r\n"), 65, "1 ****"),
        ("stat", "STAT", format!("{PASSWORD}\r\n"), 65, "not a POP3 reply: \"****\""),
        ("capa", "CAPA", capa, 0, "X-ECHO ****"),
        ("stat", "", format!("+OK {PASSWORD} to you\r\n"), 0, "+OK **** to you"),
    ];
    for (command, verb, raw, code, says) in cases {
        for flags in [&["-vv"][..], &["-vv", "--json"]] {
            let home = Home::new();
            let server = server(Some(Fault::Reply { verb, raw: raw.clone().into_bytes() }));
            let file = home.write_private("pw", PASSWORD.as_bytes());
            let (url, file) = (server.url("ann"), file.to_str().unwrap());
            let common = [command, &url, "--tls", "none", "--auth", "user", "--password-file", file];
            let ran = run(&mut home.mailhaul([&common, flags].concat()));
            ran.code(code);
            let shown = ran.everything();
            assert!(shown.contains(says) || shown.contains(&says.replace('"', "\\\"")), "{shown}");
            assert_not_shown(&ran);
        }
    }
}

/// A mask over a short secret would tell it: public words have it by chance.
#[test]
fn what_a_server_says_to_everybody_is_masked_only_where_a_secret_is_long() {
    let hidden = |secret: &str| {
        let greeting = Fault::Reply { verb: "", raw: b"+OK server of 20050102\r\n".to_vec() };
        let capa = b"+OK\r\nUSER\r\nTOP\r\nUIDL\r\nIMPLEMENTATION a 20050102\r\n.\r\n".to_vec();
        let config = Config::new(&maildrop()).login("ann", secret).fault(greeting);
        let (home, server) = (Home::new(), Server::start(config.fault(Fault::Reply { verb: "CAPA", raw: capa })));
        let file = home.write_private("pw", secret.as_bytes());
        let (url, file) = (server.url("ann"), file.to_str().unwrap());
        let words = ["capa", &url, "--tls", "none", "--auth", "user", "--password-file", file, "-vv", "--json"];
        let ran = run(&mut home.mailhaul(words));
        ran.code(0);
        (ran.stdout, ran.stderr)
    };
    for short in ["2", "O", "0050102"] {
        let (stdout, stderr) = hidden(short);
        assert!(stdout.contains("IMPLEMENTATION a 20050102") && stdout.contains("TOP"), "{stdout}");
        assert!(stderr.contains("+OK server of 20050102") && stderr.contains("PASS ****"), "{stderr}");
    }
    let (stdout, stderr) = hidden("20050102");
    assert!(stdout.contains("IMPLEMENTATION a ****") && !stdout.contains("20050102"), "{stdout}");
    assert!(stderr.contains("+OK server of ****") && !stderr.contains("20050102"), "{stderr}");
}

/// The challenge in which a server tells what is wrong with a token may hold it, in JSON of any form.
#[test]
fn a_token_in_a_challenge_is_masked() {
    const TOKEN: &str = "ya29/secret+token==";
    let challenges = [
        format!(r#"{{"status":"bad token {TOKEN}"}}"#),
        format!(r#"{{"status":"401","scope":"{}"}}"#, TOKEN.replace('/', "\\/")),
        format!(r#"{{"error":"{}"}}"#, TOKEN.replace('/', "\\/")),
        format!("no JSON {TOKEN}"),
    ];
    for challenge in challenges {
        for end in ["-ERR no", "+OK come in"] {
            let challenge = send(&format!("+ {}", BASE64_STANDARD.encode(&challenge)));
            let script = vec![
                send("+OK"),
                expect("CAPA"),
                send("+OK\r\nSASL XOAUTH2\r\n."),
                expect("AUTH XOAUTH2"),
                send("+ "),
                Step::ExpectAny,
                challenge,
                Step::ExpectAny,
                send(end),
            ];
            let (home, server) = (Home::new(), Server::start(Config::scripted([script], AfterScripts::Repeat)));
            let file = home.write_private("token", TOKEN.as_bytes());
            let command = format!("cat {}", file.display());
            let ran = run(&mut fetch(&home, &server, &["-vv", "--json", "--token-command", &command]));
            ran.code(if end == "-ERR no" { 77 } else { 65 }).says("****");
            let log = run(&mut home.mailhaul(["log"]));
            for shown in [ran.everything(), log.code(0).everything()] {
                let line = shown.lines().find(|line| !line.contains("cat ") && line.contains("secret+token"));
                assert_eq!(line, None, "{shown}");
            }
            super::util::names(&home.state()).iter().filter(|path| path.is_file()).for_each(|path| {
                let octets = fs::read(path).unwrap();
                assert!(!String::from_utf8_lossy(&octets).contains("secret+token"), "{}", path.display());
            });
        }
    }
}

/// A run that waits, to be looked at; it is ended when the test has seen enough.
fn look_at(mut command: Command, server: &Server, look: impl Fn(u32)) {
    let shown = format!("{command:?}");
    let child = command.spawn().unwrap();
    wait_until("it has logged in", || server.has_heard("UIDL"));
    look(child.id());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    finish(child, shown, Duration::from_secs(20)).code(75);
}

/// Other users can read the arguments of every process.
#[test]
fn the_arguments_of_the_process_do_not_hold_it() {
    for source in ["file", "command", "environment"] {
        let (home, server) = (Home::new(), server(Some(Fault::Stall(Phase::Uidl))));
        let file = home.write_private("pw", PASSWORD.as_bytes());
        let from_command = format!("cat {}", file.display());
        let mut command = match source {
            "file" => fetch(&home, &server, &["--password-file", file.to_str().unwrap()]),
            "command" => fetch(&home, &server, &["--password-command", &from_command]),
            _ => fetch(&home, &server, &[]),
        };
        if source == "environment" {
            command.env("MAILHAUL_PASSWORD", PASSWORD);
        }
        look_at(command, &server, |pid| {
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
            assert_not_in(&String::from_utf8_lossy(&arguments), "the arguments");
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            assert_eq!(children, "", "a child was left");
        });
    }
}

#[test]
fn a_password_command_does_not_inherit_the_password() {
    let (home, server) = (Home::new(), server(None));
    let file = home.write_private("pw", PASSWORD.as_bytes());
    let seen = home.path("seen");
    let words =
        format!("env > {seen}; cat /proc/$PPID/cmdline >> {seen}; cat {}", file.display(), seen = seen.display());
    let mut command = fetch(&home, &server, &["--password-command", &words]);
    command.env("MAILHAUL_PASSWORD", PASSWORD);
    let proxy = format!("socks5://ann:{PASSWORD}@localhost:9"); // not used for this machine
    command.env("ALL_PROXY", &proxy).env("all_proxy", &proxy);
    run(&mut command).code(0).silent();
    let seen = String::from_utf8_lossy(&fs::read(seen).unwrap()).into_owned();
    assert!(seen.contains("HOME="), "{seen}");
    assert_not_in(&seen, "the environment of the command");
    assert!(!seen.contains("MAILHAUL_PASSWORD"), "{seen}");
}

#[test]
fn every_source_is_read_as_it_says() {
    let one_line_end = [PASSWORD.to_owned(), format!("{PASSWORD}\n"), format!("{PASSWORD}\r\n")];
    for text in one_line_end {
        let (home, server) = (Home::new(), server(None));
        let file = home.write_private("pw", text.as_bytes());
        let file = file.to_str().unwrap();
        run(&mut fetch(&home, &server, &["--password-file", file])).code(0).silent();
        run(&mut fetch(&home, &server, &["--password-command", &format!("cat {file}")])).code(0).silent();
        run_with_input(&mut fetch(&home, &server, &["--password-file", "-"]), text.as_bytes()).code(0).silent();
        run(fetch(&home, &server, &[]).env("MAILHAUL_PASSWORD", &text)).code(0).silent();
    }
}

/// A flag is nearer than the environment.
#[test]
fn a_flag_overrides_the_environment() {
    let (home, server) = (Home::new(), server(None));
    run(fetch_with_file(&home, &server, &[]).env("MAILHAUL_PASSWORD", "wrong")).code(0).silent();
}

/// Blanks at either end belong to a password (C-034).
#[test]
fn blanks_belong_to_it() {
    for auth in ["plain", "user"] {
        let home = Home::new();
        let server = Server::start(Config::new(&maildrop()).login("ann", " two words "));
        run(fetch(&home, &server, &["--auth", auth]).env("MAILHAUL_PASSWORD", " two words ")).code(0).silent();
    }
}

/// The run ends with 78 before the server has heard a word.
#[track_caller]
fn refused(ran: &Ran, says: &str, server: &Server) {
    ran.code(78).says(says);
    assert_not_shown(ran);
    let heard: Vec<String> = server.log().iter().flat_map(|log| log.lines()).collect();
    assert_eq!(heard, Vec::<String>::new(), "{}", ran.everything());
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o601] {
        let (home, server) = (Home::new(), server(None));
        let file = home.write_private("pw", PASSWORD.as_bytes());
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let ran = run(&mut fetch(&home, &server, &["--password-file", file.to_str().unwrap()]));
        refused(&ran, "can be read by others", &server);
        ran.says("chmod 600");
    }
}

#[test]
fn a_source_that_fails_is_named() {
    let (home, server) = (Home::new(), server(None));
    let missing = home.path("missing");
    let missing = missing.to_str().unwrap();
    refused(&run(&mut fetch(&home, &server, &["--password-file", missing])), missing, &server);
    for (command, says) in [("exit 3", "exit status: 3"), ("true", "is empty"), ("no-such-program-here", "127")] {
        refused(&run(&mut fetch(&home, &server, &["--password-command", command])), says, &server);
    }
    let too_long = "head -c 70000 /dev/zero | tr '\\0' x";
    refused(&run(&mut fetch(&home, &server, &["--password-command", too_long])), "64 KiB", &server);
}

#[test]
fn without_a_source_and_a_terminal_the_ways_are_named() {
    let (home, server) = (Home::new(), server(None));
    let ran = run(&mut without_terminal(&fetch(&home, &server, &[])));
    refused(&ran, "no terminal", &server);
    ran.says("--password-command").says("--password-file").says("MAILHAUL_PASSWORD");
}

/// A line end inside a password would be a second command (C-035, C-036).
#[test]
fn control_characters_are_refused_before_anything_is_sent() {
    for bad in ["a\r\nDELE 1", "a\nb", "two\n\n", "nul\0", "esc\x1b[2J", "tab\t", "del\x7f", "c1\u{9b}", "\n"] {
        let (home, server) = (Home::new(), server(None));
        let file = home.write_private("pw", bad.as_bytes());
        let ran = run(&mut fetch(&home, &server, &["--password-file", file.to_str().unwrap()]));
        refused(&ran, "the password from password-file", &server);
        let strange = |c: char| c.is_control() && c != '\n';
        assert!(!ran.stderr.contains(strange), "{:?}", ran.stderr);
    }
    let (home, server) = (Home::new(), server(None));
    run_with_input(&mut fetch(&home, &server, &["--password-file", "-"]), b"\xff\xfe\n").code(78).says("UTF-8");
}

#[test]
fn a_user_name_with_control_characters_is_refused_before_anything_is_sent() {
    let (home, server) = (Home::new(), server(None));
    for user in ["ann%0d%0aDELE%201", "ann%00", "ann%1b[2J"] {
        let url = format!("pop3://{user}@localhost:{}", server.port());
        let maildir = home.maildir();
        let flags = ["--tls", "none", "--maildir", maildir.to_str().unwrap()];
        run(&mut home.fetch(&url, &flags)).code(64).says("control character");
    }
    assert_eq!(server.connections(), 0);
}

/// The error names the ways that are safe, and does not repeat what it refuses.
#[test]
fn a_password_in_a_url_is_refused() {
    let (home, server) = (Home::new(), server(None));
    for url in ["pop3s://ann:Tr0ub4dor@localhost", "pop3://ann:Tr0ub4dor@localhost:x", "pop://ann:Tr0ub@@localhost"] {
        let maildir = home.maildir();
        let ran = run(&mut home.fetch(url, &["--maildir", maildir.to_str().unwrap()]));
        ran.code(64);
        assert_not_shown(&ran);
    }
    for mistyped in ["ann:Tr0ub4dor@localhost", "pop3s:/ann:Tr0ub4dor@localhost", "pop3s://ann:Tr0ub4dor"] {
        for command in ["stat", "fetch"] {
            let ran = run(&mut home.mailhaul([command, mistyped]));
            ran.code(64);
            assert_not_shown(&ran);
        }
    }
    let url = format!("pop3://ann:Tr0ub4dor@localhost:{}", server.port());
    let ran = run(&mut home.fetch(&url, &["--tls", "none", "--maildir", "x"]));
    ran.code(64).says("--password-command").says("--password-file").says("MAILHAUL_PASSWORD");
    assert_not_shown(&ran);
    assert_eq!(server.connections(), 0);
}

/// What does not fit into a command line is not cut, but sent in two steps, or refused (C-002, C-146).
#[test]
fn a_long_password_is_sent_whole_or_not_at_all() {
    let long = "x".repeat(300);
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()).login("ann", &long));
    run(fetch(&home, &server, &["--auth", "plain"]).env("MAILHAUL_PASSWORD", &long)).code(0).silent();
    let ran = run(fetch(&home, &server, &["--auth", "user", "-vv"]).env("MAILHAUL_PASSWORD", &long));
    ran.code(64).says("255 octets");
    assert!(!ran.stderr.contains("xxxx") && server.log()[1].count("PASS") == 0, "{}", ran.everything());
}
