//! Who gets which credentials, and who gets none.

use std::time::Duration;

use super::script::Scripts;
use super::*;
use crate::auth::Patience;
use crate::command_line::CommandLine;
use crate::error::{Cause, Kind};
use crate::until::Until;

fn mark_with(script: Vec<Step>, change: impl FnOnce(&mut ImapWay)) -> (Result<Vec<u8>>, Scripts) {
    let scripts = Scripts::new(vec![script]);
    let mut way = way(&scripts);
    change(&mut way);
    (ImapCarrier::new(way).mark(), scripts)
}

const STATUS: &str = "* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 5)\r\n";

#[test]
fn login_is_the_way_where_plain_is_not_offered() {
    let script = vec![
        ("", "* OK hi\r\n"),
        ("m1 CAPABILITY\r\n", "* CAPABILITY IMAP4rev1\r\nm1 OK\r\n"),
        ("m2 LOGIN \"ann\" \"secret\"\r\n", "m2 OK\r\n"),
        ("m3 CAPABILITY\r\n", "* CAPABILITY IMAP4rev1\r\nm3 OK\r\n"),
        ("m4 STATUS", STATUS),
        ("", "m4 OK\r\n"),
    ];
    assert_eq!(mark_with(script, |_| ()).0.unwrap(), b"7 5");
}

#[test]
fn what_cannot_be_quoted_goes_as_a_literal() {
    let script = vec![
        ("", "* OK [CAPABILITY IMAP4rev1] hi\r\n"),
        ("m1 LOGIN {4}\r\n", "+ go\r\n"),
        ("\u{e9}\u{e9} {2}\r\n", "+ go\r\n"),
        ("\u{fc}\r\n", "m1 OK [CAPABILITY IMAP4rev1]\r\n"),
        ("m2 STATUS", STATUS),
        ("", "m2 OK\r\n"),
    ];
    let (mark, _) = mark_with(script, |way| {
        way.settings.user = "\u{e9}\u{e9}".into();
        way.access = Access::Fixed(Credentials::Password(Secret::from_octets("\u{fc}".as_bytes(), "x").unwrap()));
    });
    assert_eq!(mark.unwrap(), b"7 5");
}

#[test]
fn a_token_goes_by_xoauth2_and_a_refusal_is_told() {
    let token = || Access::Fixed(Credentials::Token(Secret::from_octets(b"hunter2", "x").unwrap()));
    let message = "dXNlcj1hbm4BYXV0aD1CZWFyZXIgaHVudGVyMgEB\r\n";
    let script = |end: &[Step]| {
        let mut script = vec![
            ("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\r\n"),
            ("m1 AUTHENTICATE XOAUTH2\r\n", "+ \r\n"),
        ];
        script.extend_from_slice(end);
        script
    };
    let well = script(&[(message, "m1 OK [CAPABILITY IMAP4rev1]\r\n"), ("m2 STATUS", STATUS), ("", "m2 OK\r\n")]);
    assert_eq!(mark_with(well, |way| way.access = token()).0.unwrap(), b"7 5");
    let badly = script(&[(message, "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"), ("\r\n", "m1 NO SASL failed\r\n")]);
    let error = mark_with(badly, |way| way.access = token()).0.unwrap_err();
    assert_eq!((error.kind(), error.cause()), (Kind::Login, Cause::LoginRefused));
    assert!(error.to_string().contains("status 400 (SASL failed)"), "{error}");
}

#[test]
fn a_refusal_never_shows_the_secret() {
    for says in ["m1 NO no secret here\r\n", "m1 NO AGFubgBzZWNyZXQ=\r\n", "m1 NO c2VjcmV0\r\n"] {
        let script = vec![("", "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n"), ("AUTHENTICATE", says)];
        let error = mark_with(script, |_| ()).0.unwrap_err();
        assert_eq!(error.cause(), Cause::LoginRefused);
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("holds the secret") && !shown.contains("c2VjcmV0") && !shown.contains("no secret"),
            "{shown}"
        );
    }
    for says in ["[UNAVAILABLE] later", "[ALERT] Too many simultaneous connections. (Failure)", "[LIMIT] no"] {
        let says = format!("m1 NO {says}\r\n").leak() as &str;
        let script =
            vec![("", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n"), ("AUTHENTICATE", "+\r\n"), ("\r\n", says)];
        assert_eq!(mark_with(script, |_| ()).0.unwrap_err().kind(), Kind::TryLater, "{says}");
    }
}

#[test]
fn no_credentials_where_none_are_wanted_or_anybody_could_read_them() {
    let (result, scripts) = mark_with(vec![("", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")], |_| ());
    assert_eq!(result.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(scripts.heard(0), "");
    for (greeting, tells) in
        [("* PREAUTH hi\r\n", "PREAUTH"), ("* OK hi\r\n", "refuses to begin TLS"), ("* BYE go away\r\n", "go away")]
    {
        let script = vec![("", greeting), ("m1 STARTTLS\r\n", "m1 NO not here\r\n")];
        let (result, scripts) = mark_with(script, |way| way.settings.tls = TlsMode::StartTls);
        assert!(result.unwrap_err().to_string().contains(tells));
        assert!(!scripts.heard(0).contains("LOGIN") && !scripts.heard(0).contains("AUTH"), "{}", scripts.heard(0));
    }
}

#[test]
fn a_token_that_is_refused_is_replaced_once() {
    let refusing = || {
        vec![
            ("", "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hi\r\n"),
            ("m1 AUTHENTICATE XOAUTH2\r\n", "+ \r\n"),
            ("dXNlcj1hbm4BYXV0aD1CZWFyZXIgdAEB\r\n", "m1 NO [AUTHENTICATIONFAILED] no\r\n"),
        ]
    };
    let scripts = Scripts::new(vec![refusing(), refusing(), refusing()]);
    let mut way = way(&scripts);
    let patience = Patience {
        limit: Duration::from_secs(60),
        until: Until::default(),
        tell: None,
        note: None,
        asks_nobody: false,
    };
    way.access = Access::TokenCommand { command: CommandLine::Shell("echo t".into()), patience };
    let error = ImapCarrier::new(way).mark().unwrap_err();
    assert_eq!((error.cause(), scripts.connections()), (Cause::LoginRefused, 2));
}
