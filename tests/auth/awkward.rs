//! Servers that do the login wrong.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{Home, Ran, login_commands, noop, run};
use crate::server::{AfterScripts, Config, Fault, Maildrop, Script, Server, Step, expect, send};

/// A session in clear text up to CAPA, which lists `capabilities`, then `steps`; behind them the client must hang up.
fn script(capabilities: &str, steps: Vec<Step>) -> Script {
    let capa = format!("+OK\r\n{capabilities}\r\n.\r\n");
    let begin = vec![send("+OK ready <1896.697170952@dbc.mtview.ca.us>"), expect("CAPA"), Step::Send(capa.into())];
    [begin, steps, vec![Step::ExpectEof]].concat()
}

/// A client against `steps`; the dialogue must be that of the script.
#[track_caller]
fn play(capabilities: &str, steps: Vec<Step>, flags: &[&str]) -> Ran {
    play_with("tanstaaf", capabilities, steps, flags)
}

#[track_caller]
fn play_with(secret: &str, capabilities: &str, steps: Vec<Step>, flags: &[&str]) -> Ran {
    let server = Server::start(Config::scripted([script(capabilities, steps)], AfterScripts::Refuse));
    let ran = noop(&Home::new(), &server.url("ann"), secret, &[&["--tls", "none"], flags].concat());
    if let Err(dialogue) = server.finish() {
        panic!("{dialogue:?}\n{}", ran.everything());
    }
    ran
}

fn prefix(line: &str) -> Step {
    Step::ExpectPrefix(line.into())
}

fn challenge(text: &str) -> Step {
    send(&format!("+ {}", BASE64_STANDARD.encode(text)))
}

/// What a login is followed by.
fn logged_in() -> Vec<Step> {
    vec![send("+OK"), expect("NOOP"), send("+OK"), expect("QUIT"), send("+OK")]
}

/// `AUTH PLAIN` with the message of `ann` and `tanstaaf`.
const PLAIN: &str = "AUTH PLAIN AGFubgB0YW5zdGFhZg==";

#[test]
fn apop_answers_the_timestamp_of_the_greeting() {
    // The example of RFC 1939, for the password of that example.
    let steps = [vec![expect("APOP ann c4c9334bac560ecc979e58001b3e22fb")], logged_in()].concat();
    play("USER", steps, &["--auth", "apop"]).code(0);
    let refused = vec![expect("APOP ann c4c9334bac560ecc979e58001b3e22fb"), send("-ERR permission denied")];
    let ran = play("USER\r\nSASL PLAIN", refused, &["--auth", "apop"]);
    ran.code(77).says("permission denied");
}

/// C-091: octets of the server's choice are not hashed together with the password.
#[test]
fn apop_wants_a_good_timestamp() {
    for greeting in ["+OK ready", "+OK <no at>", "+OK <a@b@c>", "+OK <\u{e9}@b>", "+OK <<a@b>", "+OK <a@b"] {
        let script =
            vec![send(greeting), expect("CAPA"), Step::Send(b"+OK\r\nUSER\r\n.\r\n".to_vec()), Step::ExpectEof];
        let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
        let ran = noop(&Home::new(), &server.url("ann"), "tanstaaf", &["--tls", "none", "--auth", "apop"]);
        ran.code(69).says("timestamp");
        server.finish().unwrap();
    }
}

#[test]
fn ok_before_the_end_of_scram_is_no_login() {
    let steps = vec![prefix("AUTH SCRAM-SHA-256 "), send("+OK welcome")];
    play("SASL SCRAM-SHA-256 PLAIN", steps, &[]).code(65).says("the exchange has not come to its end");
}

/// Exchange 2003 did this (C-149).
#[test]
fn ok_instead_of_a_challenge_is_no_login() {
    for mechanism in ["login", "cram-md5", "xoauth2", "oauthbearer"] {
        let steps = vec![expect(&format!("AUTH {}", mechanism.to_uppercase())), send("+OK")];
        play("SASL LOGIN", steps, &["--auth", mechanism]).code(65);
    }
}

/// C-151: what came to nothing before any proof is cancelled, and the next mechanism is tried.
#[test]
fn a_challenge_without_sense_is_cancelled_and_the_next_mechanism_tried() {
    let bad = [
        send("+ !!!"),
        send("+ Welcome"),
        challenge("r=theirs,s=c2FsdA==,i=4096"),
        challenge("r=,s=c2FsdA==,i=4096"),
        challenge("s=c2FsdA==,i=4096"),
        challenge("\u{0}"),
        send("+ /w=="),
        challenge("m=ext,r=x,s=c2FsdA==,i=4096"),
    ];
    for bad in bad {
        let first =
            vec![prefix("AUTH SCRAM-SHA-256 "), bad.clone(), expect("*"), send("-ERR cancelled"), expect(PLAIN)];
        play("SASL SCRAM-SHA-256 PLAIN", [first, logged_in()].concat(), &[]).code(0);
        // A named one is alone.
        let alone = vec![prefix("AUTH SCRAM-SHA-256 "), bad.clone(), expect("*"), send("-ERR")];
        let ran = play("SASL SCRAM-SHA-256 PLAIN", alone, &["--auth", "scram-sha-256"]);
        ran.code(65).says("the server's SCRAM-SHA-256 exchange is invalid");
        // A server that hangs up on that is told of by what was wrong.
        let gone = vec![prefix("AUTH SCRAM-SHA-256 "), bad, expect("*"), Step::Close];
        play("SASL SCRAM-SHA-256 PLAIN", gone, &[]).code(65).says("SCRAM-SHA-256 exchange is invalid");
    }
}

#[test]
fn refusals_before_the_proof_are_followed_by_two_attempts_at_most() {
    let long = "x".repeat(300);
    let steps = vec![
        prefix("AUTH SCRAM-SHA-256 "),
        send("-ERR [AUTH] no keys"),
        expect("AUTH PLAIN"), // too long for one line, so nothing of it has been sent
        send("-ERR unsupported"),
        expect("USER ann"),
        send("-ERR unsupported"),
    ];
    let capabilities = "SASL LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-256\r\nUSER";
    play_with(&long, capabilities, steps, &[]).code(77).says("unsupported");
}

/// Where there is nothing else, the other SCRAM may be the one that the server has keys for.
#[test]
fn the_other_scram_is_tried_where_there_is_nothing_else() {
    let steps = vec![
        prefix("AUTH SCRAM-SHA-256 "),
        send("-ERR [AUTH] no keys"),
        prefix("AUTH SCRAM-SHA-1 "),
        send("-ERR [AUTH] no keys"),
    ];
    play("SASL SCRAM-SHA-1 SCRAM-SHA-256", steps, &[]).code(77).says("no keys");
}

#[test]
fn a_server_that_hangs_up_after_a_refusal_is_told_of_by_the_refusal() {
    let steps = vec![prefix("AUTH SCRAM-SHA-256 "), send("-ERR [AUTH] not you"), Step::Close];
    play("SASL SCRAM-SHA-256 PLAIN", steps, &[]).code(77).says("not you");
}

#[test]
fn a_server_that_hangs_up_on_the_second_secret_has_refused_it() {
    let steps = vec![prefix("AUTH SCRAM-SHA-256 "), send("-ERR no keys"), expect(PLAIN), Step::Close];
    play("SASL SCRAM-SHA-256 PLAIN", steps, &[]).code(77).says("closed the connection");
}

#[test]
fn user_is_not_followed_by_another_way() {
    let steps = vec![expect("USER ann"), send("-ERR nobody")];
    play("USER\r\nSASL LOGIN", steps, &[]).code(77).says("nobody");
}

/// C-037: poplib's test server says two lines to an unknown user.
#[test]
fn a_second_reply_to_user_is_noticed_before_the_password_is_sent() {
    let twice = |first: &str| Step::Send(format!("{first}\r\n+OK password required\r\n").into());
    play("USER", vec![expect("USER ann"), twice("-ERR unknown")], &[]).code(77).says("unknown");
    play("USER", vec![expect("USER ann"), twice("+OK")], &[]).code(65).says("unexpected");
}

/// C-031
#[test]
fn the_end_after_a_secret_is_a_refused_login() {
    let cases = [
        ("USER", vec![expect("USER ann"), send("+OK"), expect("PASS tanstaaf"), Step::Close]),
        ("SASL PLAIN", vec![expect(PLAIN), Step::Close]),
        (
            "SASL LOGIN",
            vec![
                expect("AUTH LOGIN"),
                send("+ VXNlcm5hbWU6"),
                expect("YW5u"),
                send("+ UGFzc3dvcmQ6"),
                expect("dGFuc3RhYWY="),
                Step::Close,
            ],
        ),
    ];
    for (capabilities, steps) in cases {
        play(capabilities, steps, &[]).code(77).says("closed the connection");
    }
    let before = vec![prefix("AUTH SCRAM-SHA-256 "), Step::Close];
    play("SASL SCRAM-SHA-256 PLAIN", before, &[]).code(75).says("closed the connection");
}

/// C-148, C-155: whatever the server calls its questions, and whether it encodes them.
#[test]
fn login_is_answered_by_order() {
    for (first, second) in
        [("+ VXNlcm5hbWU6", "+ UGFzc3dvcmQ6"), ("+", "+"), ("+ ", "+   "), ("+ Username:", "+ Pass?")]
    {
        let ask = vec![expect("AUTH LOGIN"), send(first), expect("YW5u"), send(second), expect("dGFuc3RhYWY=")];
        play("SASL LOGIN", [ask, logged_in()].concat(), &[]).code(0);
    }
}

/// C-154
#[test]
fn a_server_may_want_the_message_once_more() {
    let again = vec![expect(PLAIN), send("+"), expect("AGFubgB0YW5zdGFhZg==")];
    play("SASL PLAIN", [again, logged_in()].concat(), &[]).code(0);
    // But not for ever.
    let twice = vec![expect(PLAIN), send("+"), expect("AGFubgB0YW5zdGFhZg=="), send("+"), expect("*"), send("-ERR")];
    play("SASL PLAIN LOGIN", twice, &[]).code(65).says("PLAIN exchange is invalid");
}

#[test]
fn challenges_have_an_end() {
    let ask = |mechanism: &str, answers: usize| {
        let mut steps = vec![prefix(&format!("AUTH {mechanism}"))];
        (0..answers).for_each(|_| steps.extend([challenge("x"), Step::ExpectAny]));
        [steps, vec![challenge("x"), expect("*"), send("-ERR")]].concat()
    };
    let flags = |mechanism: &'static str| ["--auth", mechanism];
    play("SASL LOGIN", ask("LOGIN", 2), &flags("login")).code(65).says("LOGIN exchange is invalid");
    play("SASL LOGIN", ask("CRAM-MD5", 1), &flags("cram-md5")).code(65);
    play("SASL LOGIN", ask("XOAUTH2", 2), &flags("xoauth2")).code(65);
    play("SASL LOGIN", ask("OAUTHBEARER", 2), &flags("oauthbearer")).code(65);
}

#[test]
fn a_mechanism_that_is_not_listed_is_tried_when_it_is_named() {
    for mechanism in ["plain", "cram-md5", "scram-sha-1", "xoauth2"] {
        let steps = vec![prefix(&format!("AUTH {}", mechanism.to_uppercase())), send("-ERR what?")];
        let ran = play("SASL LOGIN", steps, &["--auth", mechanism]);
        let name = mechanism.to_uppercase();
        ran.code(69).says(&format!("the server does not list {name}; it lists: SASL LOGIN; the server says: what?"));
        for (capabilities, text) in [("UIDL", "[AUTH] what?"), ("USER", "authentication failed"), ("USER", "")] {
            let steps = vec![prefix(&format!("AUTH {name}")), send(format!("-ERR {text}").trim_end())];
            let ran = play(capabilities, steps, &["--auth", mechanism]);
            assert!(!ran.code(69).says("leave --auth out").stderr.contains("the password"), "{}", ran.everything());
        }
    }
}

/// C-371: a password is not sent to find out whether a server has what it does not list.
#[test]
fn a_password_waits_until_a_server_that_does_not_list_plain_asks_for_it() {
    for listed in ["SASL SCRAM-SHA-256", "USER"] {
        let asked = vec![expect("AUTH PLAIN"), send("+"), expect("AGFubgB0YW5zdGFhZg==")];
        play(listed, [asked, logged_in()].concat(), &["--auth", "plain"]).code(0);
    }
    // Without CAPA, too.
    let script = vec![send("+OK"), expect("CAPA"), send("-ERR"), expect("AUTH PLAIN"), send("-ERR"), Step::ExpectEof];
    let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
    noop(&Home::new(), &server.url("ann"), "tanstaaf", &["--tls", "none", "--auth", "plain"]).code(69);
    server.finish().unwrap();
}

/// C-375, RFC 1734: what a server says of the command is no verdict on the password that went with it.
#[test]
fn a_mechanism_that_is_listed_and_does_not_work_is_followed_by_others() {
    for text in ["Too many arguments", "unknown command", "syntax error", "Unknown authentication mechanism"] {
        let refused = send(&format!("-ERR {text}"));
        let plain = || vec![expect(PLAIN), refused.clone(), expect("AUTH PLAIN")];
        let asked = vec![send("+ "), expect("AGFubgB0YW5zdGFhZg==")];
        play("SASL PLAIN\r\nUSER", [plain(), asked.clone(), logged_in()].concat(), &[]).code(0);
        let user = vec![refused.clone(), expect("USER ann"), send("+OK"), expect("PASS tanstaaf")];
        for capabilities in ["SASL PLAIN\r\nUSER", "SASL PLAIN"] {
            play(capabilities, [plain(), user.clone(), logged_in()].concat(), &[]).code(0);
        }
        let login = vec![refused.clone(), expect("AUTH LOGIN")];
        let all = "SASL PLAIN\r\nSASL LOGIN\r\nUSER";
        play(all, [plain(), login, user.clone(), logged_in()].concat(), &[]).code(0);
        // A named one is alone, and the hint names the other one.
        let ran = play("SASL PLAIN\r\nUSER", [plain(), vec![refused.clone()]].concat(), &["--auth", "plain"]);
        ran.code(69).says("the server does not know PLAIN").says(text).says("--auth user");
        // What the server has asked for has been judged.
        play("SASL PLAIN\r\nUSER", [plain(), asked, vec![refused.clone()]].concat(), &[]).code(77).says(text);
        let pass = vec![expect("USER ann"), send("+OK"), expect("PASS tanstaaf"), refused.clone()];
        play("USER\r\nSASL LOGIN", pass, &[]).code(77).says(text);
    }
    // SCRAM first, and USER within what a server bears.
    let unknown = || send("-ERR unknown command");
    let steps = vec![prefix("AUTH SCRAM-SHA-256 "), unknown(), expect("AUTH SCRAM-SHA-256"), unknown()];
    let steps = [steps, vec![expect(PLAIN), unknown(), expect("AUTH PLAIN"), unknown(), expect("USER ann")]].concat();
    let steps = [steps, vec![send("+OK"), expect("PASS tanstaaf")], logged_in()].concat();
    play("SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN", steps, &[]).code(0);
    let verdict = vec![expect(PLAIN), send("-ERR [AUTH] unknown command")];
    play("SASL PLAIN\r\nUSER", verdict, &[]).code(77);
}

/// solid-pop3d reads the mailbox before it answers.
#[test]
fn a_mailbox_that_cannot_be_opened_is_no_wrong_password() {
    let steps = vec![expect("USER ann"), send("+OK"), expect("PASS tanstaaf"), send("-ERR message is damaged")];
    let ran = play("USER", steps, &[]);
    assert!(!ran.code(69).says("message is damaged").says("operator").stderr.contains("the password"));
}

/// Who asks for a message has the mechanism.
#[test]
fn a_mechanism_that_is_not_listed_and_asks_has_a_verdict_like_any_other() {
    let refused = send("-ERR Authentication failure");
    let cases = [
        ("xoauth2", vec![expect("AUTH XOAUTH2"), send("+ "), Step::ExpectAny, refused.clone()], "access token"),
        (
            "plain",
            vec![expect("AUTH PLAIN"), send("+ "), expect("AGFubgB0YW5zdGFhZg=="), refused.clone()],
            "the password",
        ),
        (
            "login",
            vec![expect("AUTH LOGIN"), send("+ "), expect("YW5u"), send("+ "), expect("dGFuc3RhYWY="), refused.clone()],
            "the password",
        ),
        ("login", vec![expect("AUTH LOGIN"), send("+ "), expect("YW5u"), refused], "the password"),
    ];
    for (mechanism, steps, hint) in cases {
        let ran = play("USER", steps, &["--auth", mechanism]);
        ran.code(77).says("the login was refused; the server says: Authentication failure").says(hint);
    }
}

/// C-168, also where the server does not list what it has.
#[test]
fn a_token_refused_by_a_mechanism_that_is_not_listed_is_had_once_more() {
    let session = |end: Vec<Step>| {
        let asked = vec![expect("AUTH XOAUTH2"), send("+ "), Step::ExpectAny];
        script("USER", [asked, end].concat())
    };
    let refused = || session(vec![send("-ERR Authentication failure")]);
    for (second, code) in [(session(logged_in()), 0), (refused(), 77)] {
        let (home, server) = (Home::new(), Server::start(Config::scripted([refused(), second], AfterScripts::Refuse)));
        let command = format!("echo >> {0} && wc -l < {0}", home.path("runs").display());
        let url = server.url("ann");
        let words = ["noop", &url, "--tls", "none", "--auth", "xoauth2", "--token-command", &command];
        let ran = run(&mut home.mailhaul(words));
        if let Err(dialogue) = server.finish() {
            panic!("{dialogue:?}\n{}", ran.everything());
        }
        ran.code(code);
        assert_eq!(std::fs::read_to_string(home.path("runs")).unwrap().lines().count(), 2);
    }
}

#[test]
fn a_server_without_a_way_is_told_of() {
    let ran = play("SASL XOAUTH2 CRAM-MD5\r\nUIDL", vec![], &[]);
    ran.code(69).says("it lists: SASL XOAUTH2 CRAM-MD5").says("--auth");
}

/// C-111 to C-115, C-118: what will pass is no verdict, and nothing else is tried.
#[test]
fn temporary_refusals_are_neither_wrong_passwords_nor_followed_by_another_attempt() {
    let texts = ["[IN-USE] x", "[login-delay] x", "[SYS/TEMP] x", "Your mailbox is already locked", "Too many logins"];
    let mechanisms =
        ["", "user", "plain", "login", "apop", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2", "oauthbearer"];
    for text in texts {
        for mechanism in mechanisms {
            let verb = match mechanism {
                "user" => "PASS",
                "apop" => "APOP",
                _ => "AUTH",
            };
            let refused = Fault::Reply { verb, raw: format!("-ERR {text}\r\n").into() };
            let all = "SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN";
            let greeting = Fault::Reply { verb: "", raw: b"+OK <1@b>\r\n".to_vec() };
            let config = Config::new(&Maildrop::default()).capabilities([all, "USER", "AUTH-RESP-CODE"], ["UIDL"]);
            let server = Server::start(config.fault(refused).fault(greeting));
            let named = ["--tls", "none", "--auth", mechanism];
            let flags = if mechanism.is_empty() { &named[..2] } else { &named };
            let ran = noop(&Home::new(), &server.url("ann"), "secret", flags);
            ran.code(75).says(text);
            assert_eq!(login_commands(&ran).len(), 1, "{}", ran.everything());
            assert_eq!(server.connections(), 1);
        }
    }
}

/// C-114, RFC 3206
#[test]
fn who_marks_wrong_passwords_means_something_else_without_the_mark() {
    let steps = |text: &str| vec![expect(PLAIN), send(text)];
    play("SASL PLAIN\r\nAUTH-RESP-CODE", steps("-ERR no"), &[]).code(75).says("not because of the credentials");
    play("SASL PLAIN\r\nAUTH-RESP-CODE", steps("-ERR [AUTH] no"), &[]).code(77);
    play("SASL PLAIN\r\nAUTH-RESP-CODE", steps("-ERR [SYS/PERM] no"), &[]).code(69);
    play("SASL PLAIN", steps("-ERR no"), &[]).code(77);
    // A challenge that tells of a failure is a mark too.
    let token = vec![expect("AUTH XOAUTH2"), send("+"), Step::ExpectAny];
    let told = vec![challenge(r#"{"status":"400"}"#), expect(""), send("-ERR no")];
    play("SASL XOAUTH2\r\nAUTH-RESP-CODE", [token, told].concat(), &["--auth", "xoauth2"]).code(77).says("status 400");
}
