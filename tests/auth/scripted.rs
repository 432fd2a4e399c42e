//! What Dovecot 2.3 has not: bindings to TLS, tokens, certificates, UTF8 for USER; with a server that checks each part.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{Home, Ran, login_commands, noop};
use crate::server::{Config, ConnectionLog, Fault, Maildrop, Server, Sizes, TlsMode};
use crate::util::{names, run};

const TOKEN: &str = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==";

/// A server for `ann` that lists these mechanisms.
fn config(mechanisms: &str, secret: &str) -> Config {
    let sasl = format!("SASL {mechanisms}");
    Config::new(&Maildrop::default()).login("ann", secret).capabilities([sasl.as_str(), "UIDL"], ["UIDL"])
}

fn log_in(server: &Server, user: &str, secret: &str, flags: &[&str]) -> Ran {
    let ca_file = server.ca_file();
    noop(&Home::new(), &server.url(user), secret, &[&["--ca-file", ca_file.to_str().unwrap()], flags].concat())
}

/// What the client said after the first AUTH, decoded.
fn messages(log: &ConnectionLog) -> Vec<String> {
    let lines = log.lines().into_iter().skip_while(|line| !line.starts_with("AUTH "));
    let words = lines.flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    words.filter_map(|word| String::from_utf8(BASE64_STANDARD.decode(word).ok()?).ok()).collect()
}

/// `--auth`, the commands of the login, and a secret.
const MECHANISMS: [(&str, &str, &str); 8] = [
    ("login", "AUTH LOGIN", "pa ss"),
    ("plain", "AUTH PLAIN", "pa ss"),
    ("scram-sha-1", "AUTH SCRAM-SHA-1 ****", "pa ss"),
    ("scram-sha-1-plus", "AUTH SCRAM-SHA-1-PLUS ****", "pa ss"),
    ("scram-sha-256", "AUTH SCRAM-SHA-256 ****", "pa ss"),
    ("scram-sha-256-plus", "AUTH SCRAM-SHA-256-PLUS ****", "pa ss"),
    ("xoauth2", "AUTH XOAUTH2", TOKEN),
    ("oauthbearer", "AUTH OAUTHBEARER", TOKEN),
];

/// Nothing that the client said in the login is in the output or in a file, in the form in which it was sent.
#[track_caller]
fn assert_nothing_shown(ran: &Ran, secret: &str, log: &ConnectionLog) {
    let lines = log.lines().into_iter().skip_while(|line| !line.starts_with("AUTH "));
    let lines: Vec<String> = lines.take_while(|line| line != "NOOP" && line != "QUIT").collect();
    let said = lines.iter().map(|line| line.rsplit(' ').next().unwrap());
    let said = said.filter(|word| word.len() > 4 && lines.iter().all(|line| line != &format!("AUTH {word}")));
    let said: Vec<&str> = said.collect();
    assert!(!said.is_empty());
    for word in said.into_iter().chain([secret]) {
        assert!(!ran.stderr.contains(word) && !ran.stdout.contains(word), "{word}\n{}", ran.everything());
    }
}

#[test]
fn every_mechanism_with_the_right_and_the_wrong_secret() {
    for (mechanism, command, secret) in MECHANISMS {
        for tls in [TlsMode::Implicit, TlsMode::Starttls] {
            for given in [secret, "wrong secret"] {
                let server = Server::start(config("SCRAM-SHA-1", secret).tls(tls));
                let ran = log_in(&server, "ann", given, &["--auth", mechanism]);
                ran.code(if given == secret { 0 } else { 77 });
                assert_eq!(login_commands(&ran), [command], "{}", ran.everything());
                let log = server.finish().unwrap();
                assert_nothing_shown(&ran, given, &log[0]);
                assert_eq!(log[0].count("AUTH"), 1);
                // With a challenge of SCRAM a password could be guessed at leisure.
                let challenges = ran.stderr.lines().filter(|line| line.contains(": < + "));
                assert!(
                    challenges.into_iter().all(|line| line.trim_end().ends_with(": < + ****") || line.ends_with("+ "))
                );
            }
        }
    }
}

/// A name may hold what separates the parts of a message.
#[test]
fn strange_user_names_are_escaped() {
    for mechanism in ["plain", "login", "scram-sha-256-plus", "oauthbearer", "xoauth2"] {
        let server = Server::start(config("PLAIN", TOKEN).login("m\u{fc}ller,a=b", TOKEN).tls(TlsMode::Implicit));
        log_in(&server, "m%C3%BCller,a%3Db", TOKEN, &["--auth", mechanism]).code(0);
    }
}

/// C-158: always the truth.
#[test]
fn a_login_is_bound_to_tls_where_both_sides_can() {
    let all = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN";
    let cases: [(&str, &[&str], &str, &str); 4] = [
        (all, &[], "AUTH SCRAM-SHA-256-PLUS ****", "p=tls-exporter,,"),
        // Whoever names one without a binding gets it.
        (all, &["--auth", "scram-sha-256"], "AUTH SCRAM-SHA-256 ****", "n,,"),
        ("SCRAM-SHA-256 PLAIN", &[], "AUTH SCRAM-SHA-256 ****", "y,,"),
        ("SCRAM-SHA-1 SCRAM-SHA-1-PLUS", &[], "AUTH SCRAM-SHA-1-PLUS ****", "p=tls-exporter,,"),
    ];
    for (mechanisms, flags, command, header) in cases {
        for tls in [TlsMode::Implicit, TlsMode::Starttls] {
            let server = Server::start(config(mechanisms, "secret").tls(tls));
            let ran = log_in(&server, "ann", "secret", flags);
            ran.code(0);
            assert_eq!(login_commands(&ran), [command]);
            let messages = messages(&server.log()[0]);
            assert!(messages[0].starts_with(&format!("{header}n=ann,r=")), "{messages:?}");
        }
    }
}

#[test]
fn without_tls_there_is_nothing_to_bind_to() {
    let mechanisms = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN";
    let server = Server::start(config(mechanisms, "secret"));
    let ran = noop(&Home::new(), &server.url("ann"), "secret", &["--tls", "none"]);
    ran.code(0);
    assert_eq!(login_commands(&ran), ["AUTH SCRAM-SHA-256 ****"]);
    assert!(messages(&server.log()[0])[0].starts_with("n,,n=ann,r="));
    let flags = ["--tls", "none", "--auth", "scram-sha-256-plus"];
    let ran = noop(&Home::new(), &server.url("ann"), "secret", &flags);
    ran.code(69).says("TLS 1.3");
    assert_eq!(login_commands(&ran), Vec::<String>::new());
}

/// Somebody sits between client and server, each in a TLS session of its own: the right password does not help them.
#[test]
fn a_login_that_is_bound_to_another_session_is_worth_nothing() {
    let mechanisms = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN";
    let server = Server::start(config(mechanisms, "secret").tls(TlsMode::Implicit).fault(Fault::OtherBinding));
    let ran = log_in(&server, "ann", "secret", &[]);
    ran.code(77).says("channel binding").says("--auth scram-sha-256 ");
    assert_eq!(login_commands(&ran), ["AUTH SCRAM-SHA-256-PLUS ****"], "no weaker one is tried");
}

/// C-370: Cyrus binds by tls-unique over TLS 1.3, too. It says so before it looks at the password.
#[test]
fn a_server_that_binds_in_another_way_is_logged_in_to_without_a_binding() {
    let mechanisms = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN";
    let config = config(mechanisms, "secret").tls(TlsMode::Implicit).fault(Fault::Misbinds);
    let server = Server::start(config);
    let (home, ca_file) = (Home::new(), server.ca_file());
    let bound = ["AUTH SCRAM-SHA-256-PLUS ****", "AUTH SCRAM-SHA-256 ****"];
    for expected in [&bound[..], &bound[1..]] {
        let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--ca-file", ca_file.to_str().unwrap(), "-vv"]));
        ran.code(0);
        assert_eq!(login_commands(&ran), expected);
    }
    assert_eq!(server.log()[1].count("AUTH"), 1);
    assert!(messages(&server.log()[1])[0].starts_with("n,,n=ann,r="), "it must not say that it could");
    // A wrong password has one verdict.
    let ran = log_in(&server, "ann", "wrong", &[]);
    ran.code(77);
    assert_eq!(login_commands(&ran), bound);
    // Whoever names the binding gets it, or nothing.
    let ran = log_in(&server, "ann", "secret", &["--auth", "scram-sha-256-plus"]);
    ran.code(69).says("channel binding").says("--auth scram-sha-256 ");
    assert_eq!(login_commands(&ran), bound[..1]);
    log_in(&server, "ann", "secret", &["--auth", "scram-sha-256"]).code(0);
}

/// C-150: a server that does not know the password is not logged in to, and does not get the password either.
#[test]
fn a_server_must_prove_that_it_knows_the_password() {
    let forged = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    let cases = [(Some(forged), "its signature is wrong"), (Some("v="), "signature"), (Some("x"), "no signature")];
    let early = [(None, "it has not proved that it knows the password"), (Some("e=other-error"), "has not proved")];
    for (last, says) in cases.into_iter().chain(early) {
        for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"] {
            let config = config(&format!("{mechanism} PLAIN LOGIN"), "secret").tls(TlsMode::Implicit);
            let server = Server::start(config.fault(Fault::ScramFinal(last)));
            let ran = log_in(&server, "ann", "secret", &[]);
            ran.code(65).says(says);
            assert_eq!(login_commands(&ran), [format!("AUTH {mechanism} ****")], "{}", ran.everything());
        }
    }
}

/// C-163, C-164, C-166: the message waits for the `+`, and a failure comes as a challenge.
#[test]
fn tokens_go_alone_on_a_line_and_failures_are_told() {
    let long = "x".repeat(6000);
    for (mechanism, answer) in [("xoauth2", ""), ("oauthbearer", "AQ==")] {
        let verb = format!("AUTH {}", mechanism.to_uppercase());
        for token in ["t", &long] {
            let server = Server::start(config("XOAUTH2 OAUTHBEARER", token).tls(TlsMode::Implicit));
            log_in(&server, "ann", token, &["--auth", mechanism]).code(0);
            assert_eq!(server.log()[0].lines()[1], verb);
            let ran = log_in(&server, "ann", &format!("{token}-old"), &["--auth", mechanism]);
            ran.code(77).says("status invalid_token, scope https://mail/");
            ran.says(if token == "t" { "may have expired" } else { "takes no more than 4096" });
            let lines = server.log()[1].lines();
            assert_eq!((&lines[1], lines[3].as_str(), lines.len()), (&verb, answer, 4), "{lines:?}");
        }
    }
}

#[test]
fn a_certificate_needs_no_password() {
    for tls in [TlsMode::Implicit, TlsMode::Starttls] {
        let server = Server::start(config("EXTERNAL PLAIN", "secret").tls(tls));
        let (home, ca_file, url) = (Home::new(), server.ca_file(), server.url("ann"));
        let noop = ["noop", &url, "-vv", "--ca-file", ca_file.to_str().unwrap(), "--auth", "external"];
        let ran = run(&mut home.mailhaul(noop));
        ran.code(0);
        assert_eq!(login_commands(&ran), ["AUTH EXTERNAL ****"]);
    }
    let server = Server::start(config("EXTERNAL", "secret"));
    let (home, url) = (Home::new(), server.url("ann"));
    run(&mut home.mailhaul(["noop", &url, "--tls", "none", "--auth", "external"])).code(64).says("there is no TLS");
}

/// C-174, C-175.
#[test]
fn user_and_pass_take_utf_8_where_that_is_promised_or_wanted() {
    let password = "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}";
    let server = |capabilities: &[&str]| {
        let config = Config::new(&Maildrop::default()).login("ann", password).tls(TlsMode::Implicit);
        Server::start(config.capabilities(capabilities.iter().copied(), ["UIDL"]))
    };
    let verbs = |server: &Server| server.log()[0].verbs();

    // The server says no to UTF8, which is not fatal.
    let promised = server(&["USER", "UTF8 USER"]);
    log_in(&promised, "ann", password, &[]).code(0).says("> UTF8");
    assert_eq!(verbs(&promised), ["CAPA", "UTF8", "USER", "PASS", "NOOP", "QUIT"]);

    for capabilities in [&["USER"][..], &["USER", "UTF8"], &[]] {
        let silent = server(capabilities);
        let ran = log_in(&silent, "ann", password, &[]);
        ran.code(69).says("outside of ASCII").says("--auth plain").says("--auth user");
        assert_eq!(verbs(&silent), [&["CAPA"][..], &["UTF8"; 1][..capabilities.len().saturating_sub(1)]].concat());
        log_in(&silent, "ann", password, &["--auth", "user"]).code(0);
    }
}

/// C-372: whatever the login is, and inside TLS only.
#[test]
fn utf8_is_asked_for_before_the_login_where_it_is_listed() {
    for tls in [TlsMode::Implicit, TlsMode::Starttls] {
        for (login, listed) in [("AUTH", "SASL PLAIN"), ("USER", "USER")] {
            for (answer, warning) in [("+OK", ""), ("-ERR not now", "8-bit headers")] {
                let capabilities = [listed, "UTF8", "UIDL"];
                let maildrop = Maildrop::generated(1, 1, Sizes::Fixed(400));
                let config = Config::new(&maildrop).tls(tls).capabilities(capabilities, capabilities);
                let raw = format!("{answer}\r\n").into_bytes();
                let server = Server::start(config.fault(Fault::Reply { verb: "UTF8", raw }));
                let (home, ca_file) = (Home::new(), server.ca_file());
                let fetch =
                    || run(&mut home.fetch_maildir(&server.url("ann"), &["--ca-file", ca_file.to_str().unwrap()]));
                let ran = fetch();
                ran.code(0).says(warning);
                assert_eq!(ran.stderr.is_empty(), warning.is_empty(), "{}", ran.everything());
                // It is about what comes: a poll that brings nothing has nothing to say.
                fetch().code(0).silent();
                let log = &server.log()[0];
                let verbs = log.verbs();
                let at = verbs.iter().position(|verb| verb == "UTF8").unwrap();
                assert_eq!(verbs[at - 1..=at + 1], ["CAPA", "UTF8", login]);
                assert!(log.commands[at].tls);
                let mut stat = home.mailhaul(["stat", &server.url("ann"), "--ca-file", ca_file.to_str().unwrap()]);
                run(stat.env("MAILHAUL_PASSWORD", "secret")).code(0).says(warning);
            }
        }
    }
}

/// The ledger has nothing of a login.
#[test]
fn nothing_of_a_login_is_stored() {
    for (mechanism, _, secret) in MECHANISMS {
        let server = Server::start(config("PLAIN", secret).tls(TlsMode::Implicit));
        let (home, ca_file) = (Home::new(), server.ca_file());
        let file = home.write_private("password", secret.as_bytes());
        let fetch = ["--ca-file", ca_file.to_str().unwrap(), "--auth", mechanism];
        assert_eq!(file, home.path("password"));
        run(&mut home.fetch_maildir(&server.url("ann"), &fetch)).code(0).silent();
        for file in names(&home.state()).into_iter().filter(|file| file.is_file()) {
            let content = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(!content.contains(secret), "{}", file.display());
        }
    }
}
