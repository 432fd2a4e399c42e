//! What goes wrong with a later session hides nothing of what those before have done.

use super::*;

/// Connections whose login is answered so.
fn answering(config: Config, connections: std::ops::Range<usize>, raw: &str) -> Server {
    Server::start(config.fault_on(connections, Fault::Reply { verb: "AUTH", raw: format!("{raw}\r\n").into_bytes() }))
}

const IN_USE: &str = "-ERR [IN-USE] Do you have another POP session running?";

/// A server that has not closed the last session yet is asked again.
#[test]
fn a_mailbox_that_is_still_in_use_is_waited_for() {
    let (home, server) = (Home::new(), answering(hiding(600), 1..3, IN_USE));
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(server.connections(), 6);
    delivered_once(&home, &server);
}

/// A login for more that is refused, for whatever reason, is no failure: the next run looks for more, and says what is wrong.
#[test]
fn no_login_is_no_failure() {
    let answers = [
        (IN_USE, 5, 75),
        ("-ERR [LOGIN-DELAY] too soon", 2, 75),
        ("-ERR [SYS/TEMP] later", 2, 75),
        ("-ERR [AUTH] too many logins", 2, 77),
        ("nonsense", 2, 65),
    ];
    for (raw, connections, code) in answers {
        let (home, server) = (Home::new(), answering(hiding(600), 1..usize::MAX, raw));
        let ran = run(&mut fetch(&home, &server, &["--json", "-v"]));
        ran.says("; the next run looks for more messages");
        assert_eq!(figures(&object(&ran)), [250, 250, 250, 0], "{raw}");
        assert_eq!(server.connections(), connections, "{raw}");
        if raw != IN_USE {
            run(&mut fetch(&home, &server, &[])).code(code);
        }
    }
    let refused = Fault::Reply { verb: "UIDL", raw: b"-ERR [SYS/TEMP] later\r\n".to_vec() };
    for fault in [Fault::DropOnAccept, refused] {
        let (home, server) = (Home::new(), Server::start(hiding(600).fault_on(1..2, fault)));
        run(&mut fetch(&home, &server, &[])).code(0).silent();
        assert_eq!(home.maildir_messages().len(), 250);
        run(&mut fetch(&home, &server, &[])).code(0).silent();
        delivered_once(&home, &server);
    }
}

/// Once it has listed messages, they are known to be missing.
#[test]
fn a_later_session_that_breaks_is_a_failure_beside_what_was_done() {
    let config = hiding(1000).without("PIPELINING").fault_on(2..3, Fault::CutAfter(60_000));
    let (home, server) = (Home::new(), Server::start(config));
    let ran = run(&mut fetch(&home, &server, &["--json", "--delete"]));
    let object: Value = serde_json::from_str(&ran.code(75).stdout).unwrap();
    let [listed, new, fetched, deleted] = figures(&object);
    assert!((listed, new, deleted) == (750, 750, 500) && (550..700).contains(&fetched), "{}", ran.everything());
    assert_eq!(home.maildir_messages().len() as u64, fetched);
    run(&mut fetch(&home, &server, &["--delete"])).code(0).silent();
    run(&mut fetch(&home, &server, &["--delete"])).code(0).silent();
    delivered_once(&home, &server);
    assert!(server.maildrop().is_empty());
}

/// One that breaks with many commands in a row is repeated with one at a time, and the parts go on.
#[test]
fn a_later_session_that_breaks_in_a_row_is_repeated() {
    let (home, server) = (Home::new(), Server::start(hiding(1000).fault_on(2..3, Fault::CutAfter(60_000))));
    let ran = run(&mut fetch(&home, &server, &["--json"]));
    assert_eq!(figures(&object(&ran)), [1000, 1000, 1000, 0]);
    delivered_once(&home, &server);
}

/// A message that the server refuses fails once, whatever number of sessions list it.
#[test]
fn a_message_that_is_refused_is_in_the_way_of_nothing() {
    let refused = Fault::RetrErr { numbers: vec![3], text: "no such file" };
    let (home, server) = (Home::new(), Server::start(hiding(600).fault_on(0..1, refused)));
    let ran = run(&mut fetch(&home, &server, &["--json"]));
    let object: Value = serde_json::from_str(&ran.code(75).stdout).unwrap();
    assert_eq!((figures(&object), object["failed"].as_u64()), ([600, 600, 599, 0], Some(1)), "{}", ran.stdout);
}

/// A stop in a later session is one.
#[test]
fn a_later_session_can_be_stopped() {
    let (home, server) = (Home::new(), Server::start(hiding(600).fault_on(1..2, Fault::Stall(Phase::RetrStatus(20)))));
    let mut command = fetch(&home, &server, &["--json"]);
    let child = command.spawn().unwrap();
    wait_until("the stall", || server.is_silent());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    let ran = finish(child, format!("{command:?}"), std::time::Duration::from_secs(60));
    ran.code(75).says("stopped by a signal");
    let object: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(object["fetched"].as_u64().unwrap() >= 250, "{}", ran.stdout);
    for _ in 0..2 {
        run(&mut fetch(&home, &server, &[])).code(0).silent();
    }
    delivered_once(&home, &server);
}

/// What a session without QUIT has fetched is not hidden by the server. It is fetched once more, a few a session, so that it does
/// not take the place of others for ever; and that is over when it is hidden.
#[test]
fn what_a_broken_session_has_fetched_makes_room() {
    let capabilities = ["USER", "UIDL", "TOP", "PIPELINING", "EXPIRE 0"];
    let config = hiding(800).page(120).capabilities(capabilities, capabilities);
    let forgets = Fault::Reply { verb: "QUIT", raw: b"+OK\r\n".to_vec() };
    let (home, server) = (Home::new(), Server::start(config.fault_on(2..3, forgets)));
    let ran = run(&mut fetch(&home, &server, &["--json"]));
    assert_eq!(figures(&object(&ran)), [360, 360, 360, 0]);
    let fetched = || object(&run(&mut fetch(&home, &server, &["--json"])))["fetched"].as_u64().unwrap();
    assert!((0..12).any(|_| fetched() == 0 && home.maildir_messages().len() == 800));
    delivered_once(&home, &server);
    let retrs = |server: &Server| server.log().iter().map(|log| log.count("RETR")).sum::<usize>();
    let before = retrs(&server);
    assert!(before <= 800 + 120 + 32, "{before}");
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    assert_eq!(retrs(&server), before);
}
