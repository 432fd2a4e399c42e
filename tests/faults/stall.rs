//! The server falls silent, or slows to a trickle: every wait ends, and the error names it (C-139, C-292).

use super::*;
use crate::server::{AfterScripts, Phase, Script, Sizes, Step, TlsMode, expect, send};

/// A run against a server that stalls ends with 75 and this text, and the next run completes.
fn stalls(to: To, at: Phase, tls: TlsMode, flags: &[&str], text: &str) {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop).tls(tls).fault(Fault::Stall(at)));
    let begun = Instant::now();
    let ca_file = if tls == TlsMode::None { None } else { Some(server.ca_file()) };
    let mut command = to.fetch(&home, &server, &[flags, &["--timeout", "1s"]].concat());
    if let Some(ca_file) = &ca_file {
        let mode = if tls == TlsMode::Implicit { "implicit" } else { "starttls" };
        let url = server.url("ann");
        let password = home.path("password");
        command = home.mailhaul(["fetch", &url, "--tls", mode, "--timeout", "1s"]);
        command.arg("--ca-file").arg(ca_file).arg("--password-file").arg(password).arg("--maildir");
        command.arg(home.maildir()).args(flags);
    }
    let ran = run(&mut command);
    ran.code(75).says("timed out after 1s").says(text);
    assert!(begun.elapsed() < Duration::from_secs(20), "{at:?}: {:?}", begun.elapsed());
    assert_nothing_half_done(to, &home, &maildrop);
    assert_eq!(maildrop.len(), 3, "{at:?}: deleted without QUIT");
    completes(to, &home, &maildrop, flags);
}

#[test]
fn before_the_login() {
    let cases = [
        (Phase::Connect, TlsMode::None, "waiting for the greeting"),
        (Phase::Greeting, TlsMode::None, "waiting for the greeting"),
        (Phase::Greeting, TlsMode::Implicit, "waiting for the greeting"),
        (Phase::Connect, TlsMode::Implicit, "waiting for the TLS handshake"),
        (Phase::Handshake, TlsMode::Implicit, "waiting for the TLS handshake"),
        (Phase::Handshake, TlsMode::Starttls, "waiting for the TLS handshake"),
        (Phase::Auth, TlsMode::None, "waiting for the reply to AUTH"),
        (Phase::Auth, TlsMode::Implicit, "waiting for the reply to AUTH"),
    ];
    at_once(&cases, |&(phase, tls, text)| stalls(To::Maildir, phase, tls, &[], text));
}

#[test]
fn after_the_login() {
    let cases = [
        (Phase::Uidl, "waiting for the reply to UIDL"),
        (Phase::List, "waiting for the reply to LIST"),
        (Phase::RetrStatus(1), "waiting for the reply to RETR 1"),
        (Phase::RetrStatus(3), "waiting for the reply to RETR 3"),
        (Phase::RetrBody(1, 0), "waiting for the rest of the RETR 1 reply"),
        (Phase::RetrBody(2, 10), "waiting for the rest of the RETR 2 reply"),
        (Phase::RetrBody(3, u64::MAX), "waiting for the rest of the RETR 3 reply"),
        (Phase::Dele, "waiting for the reply to DELE 1"),
        (Phase::Quit, "waiting for the reply to QUIT"),
    ];
    for to in BOTH {
        at_once(&cases, |&(phase, text)| stalls(to, phase, TlsMode::None, &["--delete"], text));
    }
}

/// Nothing depends on the answer to QUIT where nothing was deleted.
#[test]
fn at_quit_when_nothing_was_deleted() {
    let (maildrop, home) = (small(2), Home::new());
    let server = bad(&maildrop, Fault::Stall(Phase::Quit));
    run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--timeout", "1s"])).code(0).silent();
    assert_complete(To::Maildir, &home, &maildrop);
}

/// What was complete when the line fell silent is published and not fetched again; the others are fetched at once.
#[test]
fn what_was_complete_before_a_stall_is_kept() {
    let (maildrop, home) = (Maildrop::generated(10, 3, Sizes::Fixed(5000)), Home::new());
    let server = bad(&maildrop, Fault::Stall(Phase::RetrBody(8, 100)));
    run(&mut home.fetch_mbox(&server.url("ann"), &["--tls", "none", "--timeout", "1s"])).code(75);
    assert_eq!(home.mbox_messages().len(), 9);
    completes(To::Mbox, &home, &maildrop, &[]);
    assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
}

/// The message in which the line broke comes last the next time, so that it cannot keep the others back.
#[test]
fn a_message_that_stalls_is_fetched_last() {
    let (maildrop, home) = (small(3), Home::new());
    let server = Server::start(Config::new(&maildrop).without("PIPELINING").fault(Fault::Stall(Phase::RetrBody(1, 5))));
    let fetch = || home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--timeout", "1s"]);
    run(&mut fetch()).code(75).says("message 1 (u1): its rest did not come").says("after the others");
    assert_eq!(home.maildir_messages().len(), 0);
    run(&mut fetch()).code(75);
    assert_eq!(home.maildir_messages().len(), 2);
    completes(To::Maildir, &home, &maildrop, &[]);
}

/// An octet now and then is not progress: 1 KiB must come in each time-out.
#[test]
fn a_trickle_ends_too() {
    let (maildrop, home) = (small(1), Home::new());
    let server = Server::start(Config::scripted([trickle()], AfterScripts::Repeat));
    let begun = Instant::now();
    let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--timeout", "1s"]));
    ran.code(75).says("timed out after 1s waiting for the rest of the RETR 1 reply");
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(home.leftovers(), Vec::<std::path::PathBuf>::new());
    completes(To::Maildir, &home, &maildrop, &[]);
}

/// A server that sends just enough not to time out is left when that goes on; a slow line is not (C-292).
#[test]
fn a_line_that_is_too_slow_for_minutes_ends_too() {
    let fetch = |rate: &'static str| {
        let (home, server) = (Home::new(), Server::start(Config::scripted([slow()], AfterScripts::Repeat)));
        let begun = Instant::now();
        let flags = ["--tls", "none", "--timeout", "1s", "--min-rate", rate];
        (run(&mut home.fetch_maildir(&server.url("ann"), &flags)), begun.elapsed(), home.maildir_messages().len())
    };
    std::thread::scope(|scope| {
        let honest = scope.spawn(|| fetch("1000"));
        let (ran, _, messages) = fetch("5k");
        ran.code(75).says("fewer than 5120 octets a second came in 5s of waiting for the rest of the RETR 1 reply");
        assert_eq!(messages, 0);
        let (ran, took, messages) = honest.join().unwrap();
        ran.code(0).silent();
        assert!(took > Duration::from_secs(6) && messages == 1, "{took:?}");
    });
}

/// A body of which more than 1 KiB comes in each second, for eight seconds.
fn slow() -> Script {
    let mut script = trickle();
    script.truncate(script.len() - drops().len());
    let piece = [&[b'x'; 1298][..], b"\r\n"].concat();
    script.extend((0..10).flat_map(|_| [Step::Send(piece.clone()), Step::Sleep(Duration::from_millis(800))]));
    script.extend([send("."), expect("UIDL 1"), send("+OK 1 u1"), expect("QUIT"), send("+OK")]);
    script
}

/// One octet every 50 ms, for half a minute.
fn drops() -> Script {
    (0..600).flat_map(|_| [Step::Send(b"x".to_vec()), Step::Sleep(Duration::from_millis(50))]).collect()
}

/// A body that comes in drops.
fn trickle() -> Script {
    let mut script = vec![send("+OK"), expect("CAPA"), send("-ERR"), expect("USER ann"), send("+OK")];
    script.extend([expect("PASS secret"), send("+OK"), expect("CAPA"), send("-ERR")]);
    script.extend([expect("UIDL"), send("+OK\r\n1 u1\r\n."), expect("LIST"), send("+OK\r\n1 600\r\n.")]);
    script.extend([Step::ExpectPrefix("RETR".into()), send("+OK")]);
    script.extend(drops());
    script
}

/// The same for a list of capabilities. Nothing before it is slow: the time-out is for each wait.
#[test]
fn a_trickle_of_capabilities_ends_too() {
    let home = Home::new();
    let script = [&[send("+OK"), expect("CAPA"), send("+OK")], &drops()[..]].concat();
    let server = Server::start(Config::scripted([script], AfterScripts::Repeat));
    let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--timeout", "1s"]));
    ran.code(75).says("timed out after 1s waiting for the rest of the CAPA reply");
    assert!(server.log()[0].verbs() == ["CAPA"], "{:?}", server.log()[0].verbs());
}

#[test]
fn the_whole_run_ends_at_its_deadline() {
    let (maildrop, home) = (small(3), Home::new());
    let server = bad(&maildrop, Fault::Stall(Phase::RetrBody(2, 5)));
    let flags = ["--tls", "none", "--deadline", "1s"];
    let ran = run(&mut home.fetch_maildir(&server.url("ann"), &flags));
    ran.code(75).says("the deadline passed while waiting for the rest of the RETR 2 reply");
    completes(To::Maildir, &home, &maildrop, &[]);
}
