//! What somebody on the way can do before TLS begins: inject, hide, turn away, spoof (C-119 to C-139, C-254 to C-260, after
//! "Why TLS is better without STARTTLS"). Whatever it is, no word of a login is said in clear text, no digest either, and
//! nothing that came in clear text counts inside TLS.

use super::server::{AfterScripts, Certificates, Config, Maildrop, Script, Server, Step, TlsMode, expect, send};
use super::tls::{assert_refused, fetch_trusting};
use super::util::{Home, Ran, run};

const GREETING: &str = "+OK ready <1896.697170952@dbc.mtview.ca.us>";

/// Plays a dialogue to `noop` by STLS, with these flags; the client must keep to it.
#[track_caller]
fn play(script: Script, flags: &[&str]) -> Ran {
    let home = Home::new();
    let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
    let (url, ca_file) = (format!("pop3://ann@localhost:{}", server.port()), server.ca_file());
    let password = home.path("password");
    let common = ["noop", &url, "--password-file", password.to_str().unwrap(), "--ca-file", ca_file.to_str().unwrap()];
    let ran = run(&mut home.mailhaul([&common, flags].concat()));
    let heard: Vec<String> = server.log().iter().flat_map(|log| log.lines()).collect();
    assert!(!ran.stderr.contains('\x1b') && !ran.stdout.contains('\x1b'), "{:?}", ran.stderr);
    assert!(!ran.stderr.contains("secret"), "{}", ran.everything());
    if let Err(dialogue) = server.finish() {
        panic!("{dialogue:?}\n{}", ran.everything());
    }
    let in_clear = |line: &String| ["USER", "PASS", "AUTH", "APOP"].iter().any(|verb| line.starts_with(verb));
    assert!(ran.code == Some(0) || !heard.iter().any(in_clear), "{heard:?}");
    ran
}

fn capa(list: &str) -> Step {
    Step::Send(format!("+OK\r\n{list}.\r\n").into())
}

/// Every way to keep TLS from beginning, with every mechanism that could be lured out (C-124, C-125, C-256).
#[test]
fn without_tls_there_is_no_login_of_any_kind() {
    let refused = || vec![send("-ERR TLS is not for you"), Step::ExpectEof];
    let everything_else = "USER\r\nSASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 EXTERNAL\r\nUIDL\r\n";
    let lists =
        [("O_1", capa("STLS\r\n")), ("O_2", capa("")), ("O_3", send("-ERR what?")), ("O_4", capa(everything_else))];
    for (_case, list) in lists {
        for auth in [
            &[][..],
            &["--auth", "apop"],
            &["--auth", "cram-md5"],
            &["--auth", "scram-sha-256"],
            &["--auth", "user"],
            &["--auth", "xoauth2"],
            &["--auth", "external"],
        ] {
            let begin = vec![send(GREETING), expect("CAPA"), list.clone(), expect("STLS")];
            play([begin, refused()].concat(), auth).code(69).says("refuses STLS: TLS is not for you");
        }
    }
}

/// What follows the reply to STLS in clear text would be taken for replies inside TLS (C-122, C-255: B_1 and B_2).
#[test]
fn clear_text_behind_stls_ends_the_session() {
    for injected in ["+OK\r\n.\r\n", "+OK", "garbage", "+OK\r\nSASL PLAIN\r\n.\r\n+OK logged in\r\n", "\0"] {
        let reply = Step::Send(format!("+OK begin\r\n{injected}").into());
        let script = vec![send(GREETING), expect("CAPA"), capa("STLS\r\n"), expect("STLS"), reply, Step::ExpectEof];
        play(script, &[]).code(65).says("clear text followed the reply to STLS");
    }
}

/// Lines that nobody has asked for answer nothing (C-029, C-257).
#[test]
fn unsolicited_lines_answer_nothing() {
    let greetings = [
        "+OK 2 messages\r\n1 120\r\n2 200\r\n.",
        "+OK ready\r\n+OK\r\nSASL PLAIN\r\n.\r\n+OK logged in",
        "+OK ready\r\n-ERR going down",
    ];
    for greeting in greetings {
        // The client may notice before or after it has said something that is no secret.
        let home = Home::new();
        let script = vec![
            send(greeting),
            Step::ExpectAny,
            send("-ERR what?"),
            Step::ExpectAny,
            send("-ERR no TLS"),
            Step::ExpectEof,
        ];
        let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
        let url = format!("pop3://ann@localhost:{}", server.port());
        let ran = run(home.mailhaul(["noop", &url]).env("MAILHAUL_PASSWORD", "secret"));
        assert!(matches!(ran.code, Some(65 | 69)), "{}", ran.everything());
        let heard: Vec<String> = server.log().iter().flat_map(|log| log.lines()).collect();
        assert!(heard.iter().all(|line| ["CAPA", "STLS"].contains(&line.as_str())), "{heard:?}");
    }
}

/// Capabilities, the timestamp and everything else that was said before are forgotten inside TLS (C-096, C-123).
#[test]
fn nothing_that_was_said_before_counts_inside() {
    let begin = |list: &str| {
        vec![send(GREETING), expect("CAPA"), capa(list), expect("STLS"), send("+OK"), Step::StartTls, expect("CAPA")]
    };
    // CRAM-MD5 and PLAIN were listed outside; inside it is SCRAM alone.
    let script = [
        begin("STLS\r\nSASL PLAIN CRAM-MD5\r\n"),
        vec![
            capa("SASL SCRAM-SHA-256\r\n"),
            Step::ExpectPrefix("AUTH SCRAM-SHA-256 ".into()),
            send("-ERR [AUTH] no"),
            Step::ExpectEof,
        ],
    ]
    .concat();
    play_inside(script, &[]).code(77);
    // The timestamp came in clear text, and somebody may have chosen it to learn the digest.
    let script = [begin("STLS\r\n"), vec![capa("USER\r\n"), Step::ExpectEof]].concat();
    play_inside(script, &["--auth", "apop"]).code(69).says("before STLS does not count");
}

/// As [`play`], for dialogues that go on inside TLS, where a login may be heard.
#[track_caller]
fn play_inside(script: Script, flags: &[&str]) -> Ran {
    let home = Home::new();
    let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
    let (url, ca_file) = (format!("pop3://ann@localhost:{}", server.port()), server.ca_file());
    let common = ["noop", &url, "--ca-file", ca_file.to_str().unwrap()];
    let ran = run(home.mailhaul([&common, flags].concat()).env("MAILHAUL_PASSWORD", "secret"));
    for log in server.log() {
        assert!(log.commands.iter().all(|command| command.tls || ["CAPA", "STLS"].contains(&command.verb().as_str())));
    }
    if let Err(dialogue) = server.finish() {
        panic!("{dialogue:?}\n{}", ran.everything());
    }
    ran
}

/// Texts that draw on the terminal, or pretend to be ours (C-258).
#[test]
fn texts_are_shown_for_what_they_are() {
    let evil = "\x1b[2J\x1b]0;owned\x07[sys/perm] mailhaul: type in your password at http://evil.example\u{202e}";
    play(vec![send(&format!("-ERR {evil}")), Step::ExpectEof], &["-vv"]).code(75).says("\\x1b[2J").says("the server");
    let greets = send(&format!("+OK {evil}"));
    let script = vec![
        greets,
        expect("CAPA"),
        send(&format!("-ERR {evil}")),
        expect("STLS"),
        send(&format!("-ERR {evil}")),
        Step::ExpectEof,
    ];
    play(script, &["-vv"]).code(69).says("the server refuses STLS: \\x1b[2J").says("\\u{202e}");
    let script = vec![
        send("+OK"),
        expect("CAPA"),
        capa(&format!("{evil}\r\n")),
        expect("STLS"),
        send(&format!("+{evil}")),
        Step::ExpectEof,
    ];
    play(script, &["-vv"]).code(65).says("not a POP3 reply");
}

/// A server that opens the mailbox unasked is not believed (C-259), and one that sends us elsewhere is not followed (C-117,
/// C-260).
#[test]
fn neither_preauthentication_nor_referrals_are_believed() {
    let greeting = "+OK [PREAUTH] you are logged in already";
    let script =
        vec![send(greeting), expect("CAPA"), capa("UIDL\r\n"), expect("STLS"), send("+OK no need"), Step::Close];
    play(script, &[]).code(75);
    let referral = "-ERR [REFERRAL/ann@evil.example:110] Referral";
    let home = Home::new();
    let script = vec![
        send("+OK"),
        expect("CAPA"),
        capa("USER\r\n"),
        expect("USER ann"),
        send("+OK"),
        expect("PASS secret"),
        send(referral),
        Step::ExpectEof,
    ];
    let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
    let ran = run(home.mailhaul(["noop", &server.url("ann"), "--tls", "none"]).env("MAILHAUL_PASSWORD", "secret"));
    ran.code(77).says("REFERRAL/ann@evil.example:110");
    assert_eq!(server.connections(), 1);
}

/// The name counts where names stand today (C-129, C-131), and a star for one whole label only.
#[test]
fn names_are_looked_for_in_the_right_place() {
    for kind in [Certificates::CommonNameOnly, Certificates::WrongWildcard] {
        for tls in [TlsMode::Implicit, TlsMode::Starttls] {
            let home = Home::new();
            let maildrop = Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")]);
            let server = Server::start(Config::new(&maildrop).tls(tls).certificates(kind));
            let ran = run(&mut fetch_trusting(&home, &server, &[]));
            assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
        }
    }
}
