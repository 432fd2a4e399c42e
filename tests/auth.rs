//! Every way to log in: against a real Dovecot here; what it has not against the scripted server in `scripted`; what no
//! good server does in `awkward`.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::dovecot::{
    CYRILLIC_PASSWORD, CYRILLIC_USER, Dovecot, HASHED_USER, PASSWORD, USER, dovecot_or_skip, ordinary_messages,
};
use super::util::{Home, Ran, run};

mod awkward;
mod scripted;

/// Logs in and out, with this secret, and shows the dialogue.
fn noop(home: &Home, url: &str, secret: &str, flags: &[&str]) -> Ran {
    let file = home.write_private("password", format!("{secret}\n").as_bytes());
    let common = ["noop", url, "-vv", "--password-file", file.to_str().unwrap()];
    run(&mut home.mailhaul([&common, flags].concat()))
}

/// The commands of the login as the transcript shows them.
fn login_commands(ran: &Ran) -> Vec<String> {
    let sent = ran.stderr.lines().filter_map(|line| line.split_once(": > ").map(|(_, command)| command.to_owned()));
    sent.filter(|command| ["AUTH", "APOP", "USER"].iter().any(|verb| command.starts_with(verb))).collect()
}

/// The two ways to TLS.
fn urls(server: &Dovecot, user: &str) -> [String; 2] {
    [server.url_pop3s(user), server.url_pop3(user)]
}

/// `--auth`, and the one command of a login.
const MECHANISMS: [(&str, &str); 7] = [
    ("user", "USER NAME"),
    ("plain", "AUTH PLAIN ****"),
    ("login", "AUTH LOGIN"),
    ("apop", "APOP NAME ****"),
    ("cram-md5", "AUTH CRAM-MD5"),
    ("scram-sha-1", "AUTH SCRAM-SHA-1 ****"),
    ("scram-sha-256", "AUTH SCRAM-SHA-256 ****"),
];

/// Each mechanism by both ways to TLS; `check` gets the run.
fn by_every_mechanism(server: &Dovecot, user: &str, secret: &str, check: impl Fn(&Ran, &str)) {
    let ca_file = server.ca_file();
    for (mechanism, command) in MECHANISMS {
        for (url, stls) in urls(server, user).iter().zip([false, true]) {
            let flags = ["--ca-file", ca_file.to_str().unwrap(), "--auth", mechanism];
            let ran = noop(&Home::new(), url, secret, &flags);
            let plain = format!("\0{user}\0{secret}");
            for form in [secret, &BASE64_STANDARD.encode(secret), &BASE64_STANDARD.encode(plain)] {
                assert!(!ran.stderr.contains(form), "{form}\n{}", ran.everything());
            }
            if mechanism == "apop" && stls {
                // Its timestamp came in clear text.
                ran.code(69).says("what came before STLS does not count");
                assert_eq!(login_commands(&ran), Vec::<String>::new());
                continue;
            }
            assert_eq!(login_commands(&ran), [command.replace("NAME", user)], "{}", ran.everything());
            check(&ran, mechanism);
        }
    }
}

#[test]
fn every_mechanism_of_a_real_server_takes_the_right_password() {
    let test = "every_mechanism_of_a_real_server_takes_the_right_password";
    let Some(server) = dovecot_or_skip(test, &ordinary_messages(1)) else { return };
    by_every_mechanism(&server, USER, PASSWORD, |ran, _| {
        ran.code(0).says("> NOOP");
    });
}

/// Once: a second attempt could lock the account (C-118).
#[test]
fn every_mechanism_of_a_real_server_asks_for_one_verdict_on_a_wrong_password() {
    let test = "every_mechanism_of_a_real_server_asks_for_one_verdict_on_a_wrong_password";
    let Some(server) = dovecot_or_skip(test, &ordinary_messages(1)) else { return };
    by_every_mechanism(&server, USER, "not right", |ran, mechanism| {
        ran.code(77).says("the login was refused").says("[AUTH]");
        assert_eq!(ran.stderr.contains("--auth plain"), mechanism.starts_with("scram"), "{}", ran.everything());
    });
}

#[test]
fn a_cyrillic_password_is_taken_by_every_mechanism() {
    let test = "a_cyrillic_password_is_taken_by_every_mechanism";
    let Some(server) = dovecot_or_skip(test, &ordinary_messages(1)) else { return };
    by_every_mechanism(&server, CYRILLIC_USER, CYRILLIC_PASSWORD, |ran, _| {
        ran.code(0);
    });
}

#[test]
fn the_best_mechanism_is_chosen() {
    let Some(server) = dovecot_or_skip("the_best_mechanism_is_chosen", &ordinary_messages(1)) else { return };
    let ca_file = server.ca_file();
    let flags = ["--ca-file", ca_file.to_str().unwrap()];
    for url in urls(&server, USER) {
        for (secret, code) in [(PASSWORD, 0), ("wrong", 77)] {
            let ran = noop(&Home::new(), &url, secret, &flags);
            ran.code(code);
            assert_eq!(login_commands(&ran), ["AUTH SCRAM-SHA-256 ****"], "{}", ran.everything());
        }
    }
}

/// The server cannot do SCRAM for this user, and says so before any proof: that is no verdict on the password.
#[test]
fn a_password_that_the_server_has_as_a_hash_is_sent_by_plain() {
    let test = "a_password_that_the_server_has_as_a_hash_is_sent_by_plain";
    let Some(server) = dovecot_or_skip(test, &ordinary_messages(1)) else { return };
    let ca_file = server.ca_file();
    let flags = ["--ca-file", ca_file.to_str().unwrap()];
    for url in urls(&server, HASHED_USER) {
        for (secret, code) in [(PASSWORD, 0), ("wrong", 77)] {
            let ran = noop(&Home::new(), &url, secret, &flags);
            ran.code(code);
            let commands = ["AUTH SCRAM-SHA-256 ****", "AUTH PLAIN ****"];
            assert_eq!(login_commands(&ran), commands, "{}", ran.everything());
        }
        let ran = noop(&Home::new(), &url, PASSWORD, &[&flags[..], &["--auth", "scram-sha-256"]].concat());
        ran.code(77);
        assert_eq!(login_commands(&ran), ["AUTH SCRAM-SHA-256 ****"], "a named one is alone");
    }
}
