//! Tests of the test server itself, with a client that is as raw as can be.

#![allow(clippy::unwrap_used)] // clippy.toml exempts the tests, but not their client

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::server::{
    self, AfterScripts, Certificates, Config, Ending, Fault, Form, Maildrop, Phase, Server, Sizes, Step, TlsMode,
    expect, send,
};

#[test]
fn bodies_arrive_as_they_are_expected() {
    let maildrop = Maildrop::generated(40, 7, Sizes::realistic());
    maildrop.add("given", "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nbare\n.lf\r\nno end");
    maildrop.add("void", "");
    maildrop.add_generated(7, 3_000_000);
    for tls in [TlsMode::None, TlsMode::Implicit] {
        let server = Server::start(Config::new(&maildrop).tls(tls));
        let mut client = Client::logged_in(&server);
        let uids: Vec<_> = maildrop.uids().iter().enumerate().map(|(i, uid)| format!("{} {uid}\r\n", i + 1)).collect();
        assert_eq!(client.ask_many("UIDL"), uids.concat().into_bytes());
        let sizes: Vec<_> =
            maildrop.all().iter().enumerate().map(|(i, m)| format!("{} {}\r\n", i + 1, m.octets())).collect();
        assert_eq!(client.ask_many("LIST"), sizes.concat().into_bytes());
        for index in 0..maildrop.len() {
            let body = client.ask_many(&format!("RETR {}", index + 1));
            assert_eq!(body.len() as u64, maildrop.message(index).octets());
            assert!(body == maildrop.expected(index), "message {index} over {tls:?}");
            assert!(server::to_lf(&body) == maildrop.expected_lf(index) || index == 40, "message {index}");
        }
        assert_eq!(client.ask("QUIT"), "+OK Goodbye.");
        assert_eq!(server.log()[0].ending, Ending::Quit);
    }
    assert_eq!(maildrop.bodies_sent("given"), 2);
}

#[test]
fn lines_with_dots_are_stuffed() {
    let maildrop = Maildrop::new([("a", "H: 1\r\n\r\n.\r\nx\r\n..y\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    let mut client = Client::logged_in(&server);
    client.send("RETR 1\r\nTOP 1 1\r\nQUIT\r\n");
    let rest = client.rest();
    assert_eq!(
        String::from_utf8_lossy(&rest),
        "+OK 19 octets\r\nH: 1\r\n\r\n..\r\nx\r\n...y\r\n.\r\n+OK\r\nH: 1\r\n\r\n..\r\n.\r\n+OK Goodbye.\r\n"
    );
}

#[test]
fn every_form_of_generated_text_is_the_same_text() {
    for octets in (200..1200).chain([600_001, 1_300_000]) {
        let maildrop = Maildrop::generated(1, octets, Sizes::Fixed(octets));
        let message = maildrop.message(0);
        let text = message.content(Form::Crlf);
        assert_eq!(text.len() as u64, message.octets());
        assert!(octets < 400 || message.octets() == octets, "{octets}");
        assert!(text.ends_with(b"\r\n"));
        assert!(message.content(Form::Wire) == server::stuff(&text));
        assert!(message.content(Form::Lf) == server::to_lf(&text));
    }
}

#[test]
fn realistic_mail_has_the_promised_size() {
    let total = Maildrop::generated(10_000, 1, Sizes::realistic()).octets();
    assert!((135_000_000..145_000_000).contains(&total), "{total}");
}

#[test]
fn only_quit_deletes() {
    let maildrop = Maildrop::generated(3, 1, Sizes::Fixed(500));
    let server = Server::start(Config::new(&maildrop));
    let mut client = Client::logged_in(&server);
    assert_eq!(client.ask("DELE 2"), "+OK Marked to be deleted.");
    assert!(client.ask("RETR 2").starts_with("-ERR"));
    drop(client);
    assert_eq!(server.log()[0].ending, Ending::Eof);
    assert_eq!(maildrop.len(), 3);
    let mut client = Client::logged_in(&server);
    client.ask("DELE 2");
    client.ask("QUIT");
    assert_eq!(maildrop.len(), 2);
    assert_eq!(Client::logged_in(&server).ask("STAT"), "+OK 2 1000");
}

#[test]
fn wrong_logins_and_a_second_session_are_refused() {
    let server = Server::start(Config::new(&Maildrop::default()).exclusive());
    let mut client = Client::connect(&server);
    client.line();
    client.ask("USER ann");
    assert!(client.ask("PASS Secret").starts_with("-ERR [AUTH]"));
    assert_eq!(client.ask("AUTH PLAIN"), "+ ");
    assert!(client.ask("AGFubgBzZWNyZXQ=").starts_with("+OK"));
    let mut second = Client::connect(&server);
    second.line();
    assert!(second.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").starts_with("-ERR [IN-USE]"));
    client.ask("QUIT");
    assert!(second.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").starts_with("+OK"));
}

#[test]
fn pipelined_commands_share_one_round_trip() {
    let rtt = Duration::from_millis(25);
    let server = Server::start(Config::new(&Maildrop::default()).rtt(rtt));
    let mut client = Client::logged_in(&server);
    let begin = Instant::now();
    (0..10).for_each(|_| assert_eq!(client.ask("NOOP"), "+OK"));
    let sequential = begin.elapsed();
    let begin = Instant::now();
    client.send(&"NOOP\r\n".repeat(10));
    (0..10).for_each(|_| assert_eq!(client.line(), "+OK"));
    let pipelined = begin.elapsed();
    assert!(sequential >= 10 * rtt && pipelined >= rtt, "{sequential:?} {pipelined:?}");
    assert!(pipelined * 3 < sequential, "{sequential:?} {pipelined:?}");
}

#[test]
fn a_cut_is_exact() {
    let maildrop = Maildrop::new([("a", "A: b\r\n\r\n.\r\n")]);
    let script = "USER ann\r\nPASS secret\r\nRETR 1\r\n";
    let whole = {
        let server = Server::start(Config::new(&maildrop));
        let mut client = Client::connect(&server);
        client.send(&format!("{script}QUIT\r\n"));
        client.rest()
    };
    for octets in 0..whole.len() {
        let tls = if octets % 8 == 0 { TlsMode::Implicit } else { TlsMode::None };
        let server = Server::start(Config::new(&maildrop).tls(tls).fault(Fault::CutAfter(octets as u64)));
        let mut client = Client::connect(&server);
        client.send(script);
        client.send("QUIT\r\n");
        assert_eq!(client.rest(), whole[..octets]);
        drop(client);
        let ending = &server.log()[0].ending;
        assert!(matches!(ending, Ending::Closed), "{octets}: {ending:?}");
    }
}

#[test]
fn stls_starts_tls_and_drops_what_came_before() {
    let server = Server::start(Config::new(&Maildrop::default()).tls(TlsMode::Starttls).rtt(Duration::from_millis(2)));
    let mut client = Client::connect(&server);
    client.line();
    let capabilities = String::from_utf8(client.ask_many("CAPA")).unwrap();
    assert_eq!(capabilities, "TOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nUSER\r\nSASL PLAIN\r\nSTLS\r\n");
    client.send("STLS\r\nNOOP\r\n");
    assert!(client.line().starts_with("+OK"));
    let mut client = client.secured(&server);
    assert!(!client.ask_many("CAPA").ends_with(b"STLS\r\n"));
    assert!(client.ask("STLS").starts_with("-ERR"));
    client.ask("QUIT");
    let log = server.log().remove(0);
    assert_eq!(log.lines(), ["CAPA", "STLS", "CAPA", "STLS", "QUIT"]);
    assert_eq!(log.commands.iter().map(|command| command.tls).collect::<Vec<_>>(), [false, false, true, true, true]);
    assert_eq!((log.clear_octets, log.clear_octets_after_stls), (18, 6));
}

#[test]
fn bad_certificates_are_bad() {
    use Certificates::*;
    for (kind, good) in [
        (Good, true),
        (Expired, false),
        (NotYetValid, false),
        (SelfSigned, true),
        (SelfSignedCa, false), // a CA is no leaf for rustls
        (UnknownCa, false),
        (WrongHost, false),
    ] {
        let server = Server::start(Config::default().tls(TlsMode::Implicit).certificates(kind));
        let mut tls = Client::connect(&server).0;
        let greeting = tls.read(&mut [0; 64]);
        assert_eq!(greeting.is_ok(), good, "{kind:?}: {greeting:?}");
        tls.flush().ok(); // the alert
        drop(tls);
        assert_eq!(matches!(server.log()[0].ending, Ending::Tls(_)), !good, "{:?}", server.log()[0]);
    }
}

#[test]
fn stalls_end_with_the_client_or_the_server() {
    let stalls = [
        (Phase::Connect, 0),
        (Phase::Greeting, 0),
        (Phase::Auth, 1),
        (Phase::RetrStatus(1), 3),
        (Phase::RetrBody(1, 6), 5),
        (Phase::Quit, 8),
    ];
    for (phase, lines) in stalls {
        for client_goes_first in [false, true] {
            let maildrop = Maildrop::new([("a", "A: b\r\n\r\ntext\r\n")]);
            let server = Server::start(Config::new(&maildrop).fault_on(0..1, Fault::Stall(phase)));
            let mut client = Client::connect(&server);
            client.send("USER ann\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n");
            (0..lines).for_each(|_| drop(client.line()));
            if client_goes_first {
                drop(client);
                assert_eq!(server.log()[0].ending, Ending::Eof, "{phase:?}");
                Client::logged_in(&server).ask("QUIT");
            } else {
                drop(server);
                assert!(client.rest().is_empty(), "{phase:?}");
            }
        }
    }
}

#[test]
fn an_endless_message_ends_with_the_client() {
    let maildrop = Maildrop::generated(1, 1, Sizes::Fixed(500));
    let server = Server::start(Config::new(&maildrop).fault(Fault::Endless(1)));
    let mut client = Client::logged_in(&server);
    client.send("RETR 1\r\n");
    client.0.read_exact(&mut vec![0; 5_000_000]).unwrap();
    drop(client);
    assert!(matches!(server.log()[0].ending, Ending::Reset), "{:?}", server.log()[0].ending);
    assert_eq!(maildrop.bodies_sent(maildrop.message(0).uid()), 0);
}

#[test]
fn faults_do_what_they_say() {
    let faults = [
        (Fault::RetrErr { numbers: vec![2], text: "gone" }, "RETR 2", "-ERR gone"),
        (Fault::DeleErr { numbers: vec![1], text: "read-only" }, "DELE 1", "-ERR read-only"),
        (Fault::QuitErr("not removed"), "DELE 1\r\nQUIT", "+OK Marked to be deleted.|-ERR not removed"),
        (Fault::QuitForgets, "DELE 1\r\nQUIT", "+OK Marked to be deleted.|+OK Goodbye."),
        (Fault::ListSizes([(1, 9)].into()), "LIST 1", "+OK 1 9"),
        (Fault::ListRaw(b"1 x\n".to_vec()), "LIST", "+OK|1 x|."),
        (Fault::UidlRaw(b"1\r\n".to_vec()), "UIDL", "+OK|1|."),
        (Fault::DropPipelined, "RETR 1\r\nRETR 2", ""),
        (
            Fault::UnsolicitedWhenPipelined(b"+OK hm\r\n".to_vec()),
            "RETR 9\r\nNOOP",
            "+OK hm|-ERR There is no such message.|+OK",
        ),
        (Fault::Drip(Duration::from_micros(50)), "NOOP", "+OK"),
        (Fault::SplitWrites, "STAT", "+OK 2 1000"),
        (Fault::SendBuffer(1), "TOP 1", "-ERR How many lines?"),
        (Fault::Reply { verb: "STAT", raw: b"+OK\n".to_vec() }, "STAT", "+OK"),
    ];
    for (fault, commands, replies) in faults {
        let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(500));
        let server = Server::start(Config::new(&maildrop).fault(fault.clone()));
        let mut client = Client::logged_in(&server);
        client.send(&format!("{commands}\r\n"));
        for reply in replies.split('|').filter(|reply| !reply.is_empty()) {
            assert_eq!(client.line(), reply, "{fault:?}");
        }
        drop(server);
        assert!(client.rest().is_empty(), "{fault:?}");
        assert_eq!(maildrop.len(), 2, "{fault:?}");
    }
}

#[test]
fn connections_end_harshly_when_told_to() {
    let maildrop = Maildrop::new([("a", "A: b\r\n")]);
    for rtt in [Duration::ZERO, Duration::from_millis(3)] {
        let start = |fault| Server::start(Config::new(&maildrop).rtt(rtt).fault(fault));
        let server = start(Fault::ResetAfter(30));
        let mut client = Client::connect(&server);
        assert_eq!(client.line(), "+OK POP3 test server ready.");
        client.send("USER ann\r\n");
        let mut octets = [0; 9];
        let end = (0..9).find_map(|_| client.0.read(&mut octets).err());
        assert_eq!(end.map(|error| error.kind()), Some(io::ErrorKind::ConnectionReset));
        assert!(Client::connect(&start(Fault::DropOnAccept)).rest().is_empty());
        let server = start(Fault::QuitSilent);
        let mut client = Client::logged_in(&server);
        client.send("DELE 1\r\nQUIT\r\n");
        assert_eq!(client.rest(), b"+OK Marked to be deleted.\r\n");
        assert!(maildrop.is_empty());
        maildrop.message(0).set_deleted(false);
    }
}

#[test]
fn stls_can_be_refused_and_poisoned() {
    let config = Config::default().tls(TlsMode::Starttls).ipv6();
    let server = Server::start(config.clone().fault(Fault::StlsErr("not today")));
    let mut client = Client::connect(&server);
    client.line();
    assert_eq!(client.ask("STLS"), "-ERR not today");
    let server = Server::start(config.fault(Fault::InjectAfterStls(b"+OK injected\r\n".to_vec())));
    let mut tcp = TcpStream::connect(("::1", server.port())).unwrap();
    let mut octets = [0; 100];
    assert_eq!(tcp.read(&mut octets).unwrap(), 29);
    tcp.write_all(b"STLS\r\n").unwrap();
    let received = tcp.read(&mut octets).unwrap();
    assert_eq!(octets[..received], *b"+OK Begin TLS now.\r\n+OK injected\r\n");
}

#[test]
fn commands_are_not_read_while_output_is_blocked() {
    let maildrop = Maildrop::generated(1, 1, Sizes::Fixed(20_000_000));
    let faults = [Fault::SendBuffer(4096), Fault::ReceiveBuffer(4096)];
    let server = Server::start(faults.into_iter().fold(Config::new(&maildrop), Config::fault));
    let mut client = Client::logged_in(&server);
    client.send("RETR 1\r\n");
    let tcp = client.1.as_ref().unwrap();
    tcp.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    let blocked = client.0.write_all(&b"NOOP\r\n".repeat(2_000_000)).unwrap_err();
    assert_eq!(blocked.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn the_log_tells_how_much_was_outstanding() {
    let maildrop = Maildrop::generated(3, 1, Sizes::Fixed(500));
    let server = Server::start(Config::new(&maildrop));
    let mut client = Client::logged_in(&server);
    client.send("RETR 1\r\nRETR 2\r\nDELE 1\r\nNOOP\r\nQUIT\r\n");
    client.rest();
    let log = server.log().remove(0);
    assert_eq!((log.max_outstanding, log.max_outstanding_octets), (3, 36));
    assert_eq!(log.verbs(), ["USER", "PASS", "RETR", "RETR", "DELE", "NOOP", "QUIT"]);
}

#[test]
fn scripts_are_followed_or_printed() {
    let scripts = [
        vec![send("+OK one"), expect("CAPA"), send("-ERR"), Step::ExpectEof],
        vec![send("+OK two"), Step::ExpectPrefix("USER ".into()), send("+OK"), Step::ExpectAny, Step::Close],
    ];
    for follow in [true, false] {
        let server = Server::start(Config::scripted(scripts.clone(), AfterScripts::Refuse));
        let mut client = Client::connect(&server);
        assert_eq!(client.line(), "+OK one");
        assert_eq!(client.ask("CAPA"), "-ERR");
        drop(client);
        let mut client = Client::connect(&server);
        assert_eq!(client.line(), "+OK two");
        client.send(if follow { "USER x\r\nPASS y\r\n" } else { "QUIT\r\n" });
        assert_eq!(client.rest(), if follow { &b"+OK\r\n"[..] } else { b"" });
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        drop(client);
        match server.finish() {
            Ok(logs) => assert!(follow && logs[1].lines() == ["USER x", "PASS y"]),
            Err(dialogue) => {
                let text = format!("{dialogue:?}");
                assert!(!follow && text.contains("S: +OK two\\r\\n\n    C: QUIT\n    !! expected"), "{text}");
            }
        }
    }
}

/// A client without manners.
struct Client(Box<dyn Stream>, Option<TcpStream>);

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl Client {
    fn connect(server: &Server) -> Self {
        let tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        let client = Self(Box::new(tcp.try_clone().unwrap()), Some(tcp));
        if server.url("ann").starts_with("pop3s:") { client.secured(server) } else { client }
    }

    fn logged_in(server: &Server) -> Self {
        let mut client = Self::connect(server);
        assert!(client.line().starts_with("+OK"));
        assert!(client.ask("USER ann").starts_with("+OK"));
        assert!(client.ask("PASS secret").starts_with("+OK"));
        client
    }

    fn secured(self, server: &Server) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(server.ca_file()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = ClientConnection::new(Arc::new(config), name).unwrap();
        Self(Box::new(StreamOwned::new(tls, self.1.unwrap())), None)
    }

    fn send(&mut self, octets: &str) {
        self.0.write_all(octets.as_bytes()).ok(); // the server may be told to close early
    }

    fn ask(&mut self, command: &str) -> String {
        self.send(&format!("{command}\r\n"));
        self.line()
    }

    /// A line without its end; octet by octet, because nothing may be read too much.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut octet = [0];
            assert_eq!(self.0.read(&mut octet).unwrap(), 1, "the end after {}", line.escape_ascii());
            line.push(octet[0]);
        }
        String::from_utf8(line).unwrap().trim_end_matches(['\r', '\n']).into()
    }

    /// A multi-line answer without status line, stuffing and terminator.
    fn ask_many(&mut self, command: &str) -> Vec<u8> {
        assert!(self.ask(command).starts_with("+OK"));
        let mut wire = b"\r\n".to_vec();
        let mut buffer = vec![0; 65536];
        while !wire.ends_with(b"\r\n.\r\n") {
            let octets = self.0.read(&mut buffer).unwrap();
            assert_ne!(octets, 0);
            wire.extend_from_slice(&buffer[..octets]);
        }
        let text = &wire[2..wire.len() - 3];
        let mut unstuffed = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(end) = memchr::memmem::find(rest, b"\r\n") {
            unstuffed.extend_from_slice(rest[..end + 2].strip_prefix(b".").unwrap_or(&rest[..end + 2]));
            rest = &rest[end + 2..];
        }
        unstuffed
    }

    /// Everything up to the end, however it comes.
    fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let end: io::Result<usize> = self.0.read_to_end(&mut rest);
        end.ok(); // TLS may be cut
        rest
    }
}
