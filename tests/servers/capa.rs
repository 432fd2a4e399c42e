//! Servers that do not bear CAPA: another connection does without it, and the next run knows (C-373).

use super::*;
use crate::server::{AfterScripts, Phase, Script, Step, TlsMode, expect, send};

/// What a server does at CAPA.
fn ends() -> [(&'static str, Vec<Step>); 4] {
    [
        ("hangs up", vec![Step::Close]),
        ("refuses and hangs up", vec![send("-ERR what?"), Step::Close]),
        ("says nothing", vec![Step::Stall]),
        ("promises a list", vec![send("+OK"), Step::Stall]),
    ]
}

/// USER, PASS and UIDL of a server with one message, and the end.
fn old_session(asks_capa: bool) -> Script {
    let login = vec![send("+OK"), expect("USER ann"), send("+OK"), expect("PASS secret"), send("+OK")];
    let capa = if asks_capa { vec![expect("CAPA"), send("-ERR")] } else { Vec::new() };
    let one = send("+OK\r\n1 u1\r\n.");
    let list = vec![expect("UIDL"), one, expect("LIST"), send("+OK\r\n1 20\r\n."), expect("RETR 1")];
    let message = vec![send("+OK\r\nSubject: x\r\n\r\nx\r\n."), expect("UIDL 1"), send("+OK 1 u1")];
    [login, capa, list, message, vec![expect("QUIT"), send("+OK")]].concat()
}

fn idle_session() -> Script {
    let login = vec![send("+OK"), expect("USER ann"), send("+OK"), expect("PASS secret"), send("+OK")];
    let list = vec![expect("UIDL"), send("+OK\r\n1 u1\r\n."), expect("QUIT"), send("+OK")];
    [login, list].concat()
}

#[test]
fn a_server_that_does_not_bear_capa_is_fetched_from_without_it() {
    for (what, end) in ends() {
        let bad = [vec![send("+OK"), expect("CAPA")], end].concat();
        let server = Server::start(Config::scripted([bad, old_session(false), idle_session()], AfterScripts::Refuse));
        let home = Home::new();
        run(&mut fetch(&home, &server, &["--timeout", "1s"])).code(0).silent();
        assert_eq!(home.maildir_messages().len(), 1, "{what}");
        // The next run does not ask.
        run(&mut fetch(&home, &server, &["--timeout", "1s"])).code(0).silent();
        if let Err(dialogue) = server.finish() {
            panic!("{what}: {dialogue:?}");
        }
    }
}

#[test]
fn no_capa_never_asks() {
    let server = Server::start(Config::scripted([old_session(false)], AfterScripts::Refuse));
    let home = Home::new();
    run(&mut fetch(&home, &server, &["--no-capa"])).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 1);
    server.finish().unwrap();
}

/// Only the second CAPA of a session is one too many.
#[test]
fn a_server_that_hangs_up_at_capa_after_the_login_is_fetched_from() {
    let capa = vec![expect("CAPA"), send("+OK\r\nUSER\r\n.")];
    let login = vec![expect("USER ann"), send("+OK"), expect("PASS secret"), send("+OK")];
    let bad = [vec![send("+OK")], capa, login, vec![expect("CAPA"), Step::Close]].concat();
    let server = Server::start(Config::scripted([bad, old_session(false), idle_session()], AfterScripts::Refuse));
    let home = Home::new();
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    server.finish().unwrap();
}

/// A server that is gone altogether is told of by what it did first, and nothing is remembered.
#[test]
fn a_server_that_is_down_is_not_taken_for_one_without_capa() {
    let bad = vec![send("+OK"), expect("CAPA"), Step::Close];
    let server = Server::start(Config::scripted([bad.clone(), vec![Step::Close], bad], AfterScripts::Refuse));
    let home = Home::new();
    for _ in 0..2 {
        let ran = run(&mut fetch(&home, &server, &[]));
        ran.code(75).says("closed the connection instead of sending the reply to CAPA");
    }
    server.finish().unwrap();
}

/// Whoever is on the way may end the connection at CAPA: STLS is asked for all the same.
#[test]
fn without_capa_there_is_tls_all_the_same() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
    let config = Config::new(&maildrop).tls(TlsMode::Starttls).fault(Fault::Stall(Phase::Capa));
    let (home, server) = (Home::new(), Server::start(config));
    let ca_file = server.ca_file();
    let flags = ["--ca-file", ca_file.to_str().unwrap(), "--timeout", "1s"];
    run(&mut home.fetch_maildir(&server.url("ann"), &flags)).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 2);
    let log = server.log();
    let login = log[1].commands.iter().find(|command| command.verb() == "USER").unwrap();
    assert!(login.tls);
}

/// Other commands do the same, and remember nothing.
#[test]
fn other_commands_do_without_capa_too() {
    let bad = vec![send("+OK"), expect("CAPA"), Step::Close];
    let login = vec![send("+OK"), expect("USER ann"), send("+OK"), expect("PASS secret"), send("+OK")];
    let stat = [login, vec![expect("STAT"), send("+OK 0 0"), expect("QUIT"), send("+OK")]].concat();
    let server = Server::start(Config::scripted([bad, stat], AfterScripts::Refuse));
    let home = Home::new();
    let mut command = home.mailhaul(["stat", &server.url("ann"), "--tls", "none"]);
    run(command.env("MAILHAUL_PASSWORD", "secret")).code(0);
    server.finish().unwrap();
}

#[test]
fn info_tells_of_it() {
    let bad = vec![send("+OK"), expect("CAPA"), Step::Close];
    let good = vec![send("+OK old"), expect("QUIT"), send("+OK")];
    let server = Server::start(Config::scripted([bad, good], AfterScripts::Refuse));
    let ran = run(&mut Home::new().mailhaul(["info", &server.url("ann"), "--tls", "none"]));
    ran.code(0).prints("greeting old").prints("falls silent at CAPA");
    server.finish().unwrap();
}
