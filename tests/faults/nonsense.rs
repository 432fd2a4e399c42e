//! Replies that are none (C-004, C-005, C-029, C-037), and text that wants to do something to a terminal (C-284).

use super::*;
use crate::server::{AfterScripts, Ending, Step, expect, send};

fn reply(verb: &'static str, raw: &[u8]) -> Fault {
    Fault::Reply { verb, raw: raw.to_vec() }
}

/// A run against a server with this fault ends so, and the next completes.
#[track_caller]
fn ends(fault: Fault, code: i32, says: &str) {
    for flags in [&[][..], &["-vv"]] {
        let (maildrop, home) = (small(2), Home::new());
        let server = bad(&maildrop, fault.clone());
        let ran = run(&mut To::Maildir.fetch(&home, &server, &[&["--timeout", "3s"], flags].concat()));
        ran.code(code).says(says);
        let strange = |c: char| c.is_control() && c != '\n';
        assert!(!ran.stderr.contains(strange), "a control character on the terminal\n{:?}", ran.stderr);
        assert_nothing_half_done(To::Maildir, &home, &maildrop);
        let left = server.log().iter().all(|log| log.ending != Ending::Quit);
        assert!(left, "QUIT was said in a session that makes no sense (C-018): {:?}", server.log());
        completes(To::Maildir, &home, &maildrop, &[]);
    }
}

#[test]
fn greetings_that_turn_away() {
    // Without a code nobody has said that it is for ever.
    ends(reply("", b"-ERR closed on Sundays\r\n"), 75, "turned the connection away: closed on Sundays");
    ends(reply("", b"-ERR Service currently not available\r\n"), 75, "not available");
    ends(reply("", b"-ERR [SYS/PERM] closed for ever\r\n"), 69, "[SYS/PERM] closed for ever");
    ends(reply("", b"-ERR [SYS/TEMP] come back\r\n"), 75, "[SYS/TEMP] come back");
    ends(reply("", b"-ERR too many connections\r\n"), 75, "too many connections");
    ends(reply("", b"-ERR \x1b]0;owned\x07\x9b2J\r\n"), 75, "\\x1b]0;owned\\x07\\x9b2J");
}

#[test]
fn greetings_that_are_none() {
    ends(reply("", b"220 mail.example.org ESMTP\r\n"), 65, "an SMTP server: it says \"220 mail.example.org ESMTP\"");
    ends(reply("", b"+OKAY\r\n"), 65, "not a POP3 reply: \"+OKAY\"");
    ends(reply("", b"\x1b[2J\x1b[H+OK\r\n"), 65, "\\x1b[2J\\x1b[H+OK");
    ends(reply("", &[b'x'; 20_000]), 65, "a line of more than 8192 octets");
    ends(reply("", b"+OK "), 75, "timed out after 3s waiting for the greeting");
}

/// More than was asked for: what follows could be taken for the answer to a later command.
#[test]
fn unasked_lines() {
    ends(reply("", b"+OK hi\r\n+OK hi again\r\n"), 65, "sent something unexpected: \"+OK hi again\"");
    ends(reply("AUTH", b"-ERR unknown\r\n+OK\r\n"), 77, "unknown");
    ends(reply("UIDL", b"+OK\r\n1 u1\r\n.\r\n\x1b[1m\r\n"), 65, "sent something unexpected: \"\\x1b[1m\"");
}

#[test]
fn replies_that_are_none() {
    ends(reply("RETR", b"+ERR Server error: Failed to fetch\r\n"), 65, "not a POP3 reply: \"+ERR Server error");
    ends(reply("RETR", b"\r\n"), 65, "not a POP3 reply: \"\"");
    ends(reply("UIDL", b"+ go on\r\n"), 65, "answered UIDL with +");
    ends(reply("AUTH", b"+ERR Server error\r\n"), 65, "not a POP3 reply: \"+ERR Server error\"");
    ends(reply("AUTH", b"+ go on\r\n"), 77, "the login was refused");
    ends(reply("CAPA", b"* OK\r\n"), 65, "not a POP3 reply: \"* OK\"");
    ends(reply("UIDL", &[&b"+OK "[..], &[b'x'; 9000], b"\r\n"].concat()), 65, "a line of more than 8192 octets");
}

#[test]
fn capabilities_without_end() {
    for line in [&b"X-NONSENSE\r\n"[..], b"\r\n", b" \n"] {
        let many = [&b"+OK\r\n"[..], &line.repeat(1000)].concat();
        ends(reply("CAPA", &many), 65, "more than 256 capabilities");
    }
    ends(reply("CAPA", &[&b"+OK\r\n"[..], &[b'x'; 10_000]].concat()), 65, "a line of more than 8192 octets");
}

/// A line that is longer than RFC 1939 allows is no reason to stop, and its text has no meaning.
#[test]
fn long_greetings_are_read() {
    let (maildrop, home) = (small(2), Home::new());
    let greeting = [&b"+OK \x1b[2J"[..], &[b'x'; 8000], b"\r\n"].concat();
    let server = bad(&maildrop, reply("", &greeting));
    let ran = run(&mut To::Maildir.fetch(&home, &server, &["-vv"]));
    ran.code(0).says("< +OK \\x1b[2Jxxx");
    assert!(!ran.stderr.contains('\x1b'));
    assert_complete(To::Maildir, &home, &maildrop);
}

/// A server without CAPA gets USER and PASS, and one command at a time (C-100).
#[test]
fn a_server_without_capa_is_served() {
    let (maildrop, home) = (small(5), Home::new());
    let server = bad(&maildrop, reply("CAPA", b"-ERR what?\r\n"));
    run(&mut To::Maildir.fetch(&home, &server, &["--delete"])).code(0).silent();
    assert_complete(To::Maildir, &home, &maildrop);
    let log = server.log();
    assert_eq!(log[0].verbs()[..5], ["CAPA", "USER", "PASS", "CAPA", "UIDL"]);
    assert_eq!(log[0].max_outstanding, 1);
}

/// After a refused USER no password is sent (C-032).
#[test]
fn a_refused_user_gets_no_password() {
    let (maildrop, home) = (small(1), Home::new());
    let server = bad(&maildrop, reply("USER", b"-ERR who?\r\n"));
    run(&mut To::Maildir.fetch(&home, &server, &["--auth", "user"])).code(77).says("who?");
    assert_eq!(server.log()[0].count("PASS"), 0);
}

#[test]
fn refused_logins_say_whether_to_come_back() {
    // [LOGIN-DELAY] is not among them: the next run is to wait; see tests/courtesy.rs.
    let cases: [(&[u8], i32, &str); 9] = [
        (b"-ERR [AUTH] wrong\r\n", 77, "the login was refused"),
        (b"-ERR wrong\r\n", 77, "the login was refused"),
        (b"-ERR [IN-USE] locked\r\n", 75, "the mailbox is in use"),
        (b"-ERR [SYS/PERM] broken\r\n", 69, "the server refuses the login"),
        // Without a code, the words: as a whole, and with what they are about.
        (b"-ERR Error in user name or password\r\n", 77, "the login was refused"),
        (b"-ERR Login fail. Password is incorrect, or system is busy\r\n", 77, "check the user name and the password"),
        (b"-ERR Your account has been blocked\r\n", 77, "the login was refused"),
        (b"-ERR Exceeded the login limit for a 15 minute period\r\n", 75, "cannot log in now"),
        (b"-ERR maildrop locked\r\n", 75, "cannot log in now"),
    ];
    for (raw, code, says) in cases {
        ends(reply("AUTH", raw), code, says);
    }
}

/// A server that only knows LF gets through too (C-015).
#[test]
fn bare_line_feeds_are_understood() {
    let home = Home::new();
    let lf = |text: &str| Step::Send(text.as_bytes().to_vec());
    let script = vec![
        lf("+OK\n"),
        expect("CAPA"),
        lf("-ERR\n"),
        expect("USER ann"),
        lf("+OK\n"),
        expect("PASS secret"),
        lf("+OK\n"),
        expect("CAPA"),
        lf("-ERR\n"),
        expect("UIDL"),
        lf("+OK\n1 a\n.\n"),
        expect("LIST"),
        lf("+OK\n1 9\n.\n"),
        expect("RETR 1"),
        lf("+OK\nA: b\n\n..x\n.\n"),
        expect("UIDL 1"),
        lf("+OK 1 a\n"),
        expect("QUIT"),
        send("+OK"),
    ];
    let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
    run(&mut To::Maildir.fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(home.maildir_messages(), [b"A: b\n\n.x\n"]);
    server.finish().unwrap();
}
