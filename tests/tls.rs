//! Whom the program trusts, and that it says no secret before (C-120 to C-139).
//!
//! The user name counts as a secret here too: a refused server must not have heard one command of a login.

use std::io::Read;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use super::proxy::{Proxy, Setting, Speaks};
use super::server::{Certificates, Config, ConnectionLog, Fault, Maildrop, Server, TlsMode};
use super::util::{Home, Ran, run};

mod words;

pub(super) const BOTH: [TlsMode; 2] = [TlsMode::Implicit, TlsMode::Starttls];

pub(super) fn maildrop() -> Maildrop {
    Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])
}

/// A run without `--ca-file`.
pub(super) fn fetch(home: &Home, url: &str, more: &[&str]) -> Command {
    home.fetch_maildir(url, &[&["--delete"], more].concat())
}

/// A run that trusts the server's anchor.
pub(super) fn fetch_trusting(home: &Home, server: &Server, more: &[&str]) -> Command {
    let mut command = fetch(home, &server.url("ann"), more);
    command.arg("--ca-file").arg(server.ca_file());
    command
}

/// Was anything said that a login is made of?
fn heard_a_login(log: &[ConnectionLog]) -> bool {
    let said = |line: String| ["USER", "PASS", "AUTH", "APOP"].iter().any(|verb| line.starts_with(verb));
    log.iter().any(|log| {
        let unread = String::from_utf8_lossy(&log.unread).into_owned();
        log.lines().into_iter().chain(unread.lines().map(Into::into)).any(said)
    })
}

/// The run was refused for good with this text, before any credential was sent, and nothing was delivered.
#[track_caller]
pub(super) fn assert_refused(ran: &Ran, code: i32, says: &str, server: &Server, home: &Home) {
    ran.code(code).says(says);
    let log = server.log();
    assert!(!log.is_empty(), "the server was not even reached");
    assert!(!heard_a_login(&log), "{:?}\n{}", log[0].lines(), ran.everything());
    assert!(!ran.stderr.contains("secret"), "{}", ran.everything());
    assert!(home.maildir_messages().is_empty());
    assert_eq!(server.maildrop().len(), 1);
}

#[test]
fn certificates_that_are_named_are_trusted() {
    for kind in [Certificates::Good, Certificates::SelfSigned, Certificates::SelfSignedCa, Certificates::NamedItself] {
        for tls in BOTH {
            let (home, maildrop) = (Home::new(), maildrop());
            let server = Server::start(Config::new(&maildrop).tls(tls).certificates(kind));
            run(&mut fetch_trusting(&home, &server, &[])).code(0).silent();
            assert_eq!(home.maildir_messages(), [maildrop.expected_lf(0)], "{kind:?} {tls:?}");
            assert!(maildrop.is_empty());
            // Every command of the login was inside TLS.
            let log = server.log();
            let clear: Vec<String> =
                log[0].commands.iter().filter(|command| !command.tls).map(super::server::Command::verb).collect();
            let expected: &[&str] = if tls == TlsMode::Implicit { &[] } else { &["CAPA", "STLS"] };
            assert_eq!(clear, expected);
            assert_eq!(log[0].clear_octets_after_stls, 0);
        }
    }
}

/// None of these is accepted because its own anchor is named (C-137, C-369).
#[test]
fn bad_certificates_are_refused_before_the_login() {
    let cases = [
        (Certificates::UnknownCa, "--ca-file FILE"),
        (Certificates::SignedByNoAuthority, "name an authority's certificate (CA:TRUE)"),
        (Certificates::CommonNameOnly, "it has no subjectAltName"),
        (Certificates::WrongHost, "use the host name that the certificate was made for"),
        (Certificates::Expired, "check this machine's clock"),
        (Certificates::NotYetValid, "check this machine's clock"),
    ];
    for (kind, hint) in cases {
        for tls in BOTH {
            let home = Home::new();
            let server = Server::start(Config::new(&maildrop()).tls(tls).certificates(kind));
            let ran = run(&mut fetch_trusting(&home, &server, &[]));
            assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
            ran.says(hint);
        }
    }
}

/// A certificate is public: whoever shows it must prove that its key is theirs.
#[test]
fn a_certificate_without_its_key_is_refused_before_the_login() {
    for tls in BOTH {
        let config = || Config::new(&maildrop()).tls(tls).certificates(Certificates::WithoutItsKey);
        for config in [config(), config().only_tls12()] {
            let (home, server) = (Home::new(), Server::start(config));
            let not_proved = "not trusted: the server did not prove that it has the key of this certificate";
            let ran = run(&mut fetch_trusting(&home, &server, &[]));
            assert_refused(&ran, 69, not_proved, &server, &home);
            // The pin is of the certificate's key.
            let pin = format!("sha256//{}", BASE64_STANDARD.encode(Sha256::digest(server.public_key())));
            let ran = run(&mut fetch(&home, &server.url("ann"), &["--roots", "none", "--pin", &pin]));
            assert_refused(&ran, 69, not_proved, &server, &home);
            // A look does not take it for the server, either.
            let look = run(&mut home.mailhaul(["info", &server.url("ann"), "--roots", "none", "--pin", &pin]));
            look.code(69).says(not_proved);
            assert!(!look.stdout.contains("trusted yes"), "{}", look.everything());
        }
    }
}

/// An address is no reason to be less exact than with a name.
#[test]
fn an_address_must_be_in_the_certificate() {
    for kind in [Certificates::WrongHost, Certificates::OtherHostSelfSignedCa] {
        let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit).ipv6().certificates(kind));
        for host in ["127.0.0.1", "[::1]"] {
            let home = Home::new();
            let mut command = fetch(&home, &format!("pop3s://ann@{host}:{}", server.port()), &[]);
            let ran = run(command.arg("--ca-file").arg(server.ca_file()));
            assert_refused(&ran, 69, "but for other.example.org", &server, &home);
        }
    }
}

/// Without `--ca-file` nobody is trusted who is not among the built-in roots.
#[test]
fn by_default_none_of_them_is_trusted() {
    use Certificates as C;
    for kind in [C::Good, C::SelfSigned, C::SelfSignedCa, C::UnknownCa, C::WrongHost, C::Expired, C::NotYetValid] {
        for tls in BOTH {
            let home = Home::new();
            let server = Server::start(Config::new(&maildrop()).tls(tls).certificates(kind));
            let ran = run(&mut fetch(&home, &server.url("ann"), &["-vv"]));
            assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
        }
    }
}

/// The name is what the user said: an address must be in the certificate too (C-129, C-133).
#[test]
fn the_host_of_the_url_is_what_counts() {
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit).ipv6());
    let ca_file = server.ca_file();
    let trusting = ["--ca-file", ca_file.to_str().unwrap()];
    for host in ["127.0.0.1", "[::1]", "LOCALHOST"] {
        let url = format!("pop3s://ann@{host}:{}", server.port());
        run(&mut home.fetch_maildir(&url, &trusting)).code(0);
    }
    let url = format!("pop3s://ann@127.0.0.2:{}", server.port());
    // 127.0.0.2 is this machine too, but nobody listens there.
    run(&mut home.fetch_maildir(&url, &trusting)).code(75);
}

#[test]
fn an_anchor_that_cannot_be_read_is_a_configuration_error() {
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit));
    let (empty, broken) = (home.write_private("empty.pem", b""), home.write_private("broken.pem", BROKEN));
    for file in [home.path("missing.pem"), empty, broken] {
        let file = file.to_str().unwrap();
        run(&mut fetch(&home, &server.url("ann"), &["--ca-file", file])).code(78).says(file);
    }
    assert_eq!(server.connections(), 0);
}

const BROKEN: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// STLS that is refused, or answered with nonsense, ends the session (C-124).
#[test]
fn stls_is_required() {
    let refused = |fault| Config::new(&maildrop()).tls(TlsMode::Starttls).fault(fault);
    let reply = |raw: &[u8]| Fault::Reply { verb: "STLS", raw: raw.to_vec() };
    let cases = [
        (refused(Fault::StlsErr("not today")), 69, "the server refuses STLS: not today"),
        (refused(Fault::StlsErr("[SYS/TEMP] no more handshakes")), 75, "the server refuses STLS: [SYS/TEMP]"),
        (refused(reply(b"+OKAY\r\n")), 65, "not a POP3 reply"),
        (refused(reply(b"+ \r\n")), 65, "answered STLS with +"),
        (refused(reply(b"+OK go on\r\nnot TLS\r\n")), 65, "inject replies"),
        // A server that has no TLS at all.
        (Config::new(&maildrop()), 69, "the server refuses STLS"),
        (Config::new(&maildrop()).fault(Fault::Reply { verb: "CAPA", raw: b"-ERR\r\n".to_vec() }), 69, "refuses STLS"),
    ];
    for (config, code, says) in cases {
        let home = Home::new();
        let server = Server::start(config);
        let url = format!("pop3://ann@localhost:{}", server.port());
        for auth in [&[][..], &["--auth", "plain"], &["--auth", "user"], &["--allow-cleartext-password"]] {
            assert_refused(&run(&mut fetch(&home, &url, auth)), code, says, &server, &home);
        }
    }
}

/// A server, or somebody on the way, that hides STLS gets it all the same (C-125).
#[test]
fn a_hidden_stls_is_used() {
    let hidden = [
        Config::new(&maildrop()).capabilities(["USER", "SASL PLAIN"], ["UIDL"]),
        Config::new(&maildrop()).without("STLS"),
        Config::new(&maildrop()).fault(Fault::Reply { verb: "CAPA", raw: b"-ERR what?\r\n".to_vec() }),
    ];
    for config in hidden {
        let home = Home::new();
        let server = Server::start(config.tls(TlsMode::Starttls));
        run(&mut fetch_trusting(&home, &server, &[])).code(0).silent();
        let log = server.log();
        assert!(log[0].commands.iter().filter(|command| !command.tls).all(|command| command.verb() != "AUTH"));
        assert_eq!(home.maildir_messages().len(), 1);
    }
}

/// What comes in clear text behind the reply to STLS would be taken for a reply inside TLS (C-122).
#[test]
fn injected_replies_end_the_session() {
    let injected = [&b"+OK\r\nUSER\r\n.\r\n"[..], b"-ERR\r\n", b"+OK Logged in.\r\n+OK\r\n1 evil\r\n.\r\n", b"x"];
    for octets in injected {
        let home = Home::new();
        let fault = Fault::InjectAfterStls(octets.to_vec());
        let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Starttls).fault(fault));
        let ran = run(&mut fetch_trusting(&home, &server, &["-vv"]));
        assert_refused(&ran, 65, "clear text followed the reply to STLS", &server, &home);
    }
}

/// Capabilities that came in clear text are forgotten (C-123).
#[test]
fn capabilities_are_asked_for_again_inside_tls() {
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Starttls));
    run(&mut fetch_trusting(&home, &server, &[])).code(0);
    assert_eq!(server.log()[0].verbs()[..5], ["CAPA", "STLS", "CAPA", "AUTH", "CAPA"]);
}

/// So that somebody on the way cannot hand the session to a server of another protocol (C-135).
#[test]
fn the_protocol_is_named_in_the_first_message() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("pop3s://ann@localhost:{}", listener.local_addr().unwrap().port());
    let first = std::thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut header = [0; 5];
        tcp.read_exact(&mut header).unwrap();
        let mut message = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        tcp.read_exact(&mut message).unwrap();
        message
    });
    run(&mut fetch(&Home::new(), &url, &[])).code(75);
    const ONLY_POP3: &[u8] = b"\x00\x10\x00\x07\x00\x05\x04pop3"; // RFC 7301 section 3.1
    assert!(first.join().unwrap().windows(ONLY_POP3.len()).any(|octets| octets == ONLY_POP3));
}

#[test]
fn clear_text_on_the_tls_port() {
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()));
    let ran = run(&mut fetch(&home, &format!("pop3s://ann@localhost:{}", server.port()), &[]));
    assert_refused(&ran, 69, "it is a POP3 server without TLS from the start", &server, &home);
    ran.says(&format!("use pop3://ann@localhost:{}", server.port()));
}

#[test]
fn tls_on_the_clear_text_port() {
    let home = Home::new();
    let server = Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit));
    let ran = run(&mut fetch(&home, &format!("pop3://ann@localhost:{}", server.port()), &["--timeout", "1s"]));
    assert_refused(&ran, 75, "timed out after 1s waiting for the greeting", &server, &home);
    ran.says("pop3s:");
    assert_eq!(server.log()[0].clear_octets, 0, "something was said before the greeting (C-027)");
}

/// Many servers end without close_notify; behind the answer to QUIT that is no error (C-138).
#[test]
fn a_missing_close_notify_after_quit_is_forgiven() {
    for tls in BOTH {
        for fault in [Fault::NoCloseNotify, Fault::SplitWrites] {
            let (home, maildrop) = (Home::new(), maildrop());
            let server = Server::start(Config::new(&maildrop).tls(tls).fault(fault));
            run(&mut fetch_trusting(&home, &server, &[])).code(0).silent();
            assert!(maildrop.is_empty());
        }
    }
}

/// `--tls` overrides the scheme; `pop3s://` never sends STLS (C-127).
#[test]
fn the_flag_overrides_the_scheme() {
    for (tls, flag, scheme) in [(TlsMode::Implicit, "implicit", "pop3"), (TlsMode::Starttls, "starttls", "pop3s")] {
        let (home, maildrop) = (Home::new(), maildrop());
        let server = Server::start(Config::new(&maildrop).tls(tls));
        let url = format!("{scheme}://ann@localhost:{}", server.port());
        let mut command = fetch(&home, &url, &["--tls", flag]);
        run(command.arg("--ca-file").arg(server.ca_file())).code(0).silent();
        assert_eq!(server.log()[0].count("STLS"), usize::from(tls == TlsMode::Starttls));
    }
}

/// An address of this machine that is not the loopback's, if it has one. Nothing is sent to find it.
fn own_ipv4_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?; // chooses a way, and sends nothing
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// The same for IPv6, without those that only mean something together with the name of an interface.
fn own_ipv6_address() -> Option<IpAddr> {
    const GLOBAL: &str = "00";
    let addresses = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    addresses.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [address, _, _, GLOBAL, ..] => Some(Ipv6Addr::from(u128::from_str_radix(address, 16).ok()?).into()),
        _ => None,
    })
}

/// A password in clear text goes to this machine's loopback only, unless the user says otherwise (C-120). Of IPv6 a unit
/// test knows as well: many machines have none.
#[test]
fn a_password_in_clear_text_needs_a_second_word() {
    let addresses: Vec<IpAddr> = own_ipv4_address().into_iter().chain(own_ipv6_address()).collect();
    if addresses.is_empty() {
        crate::util::not_run("a_password_in_clear_text_needs_a_second_word: no address but the loopback's");
    }
    addresses.into_iter().for_each(needs_a_second_word);
}

fn needs_a_second_word(address: IpAddr) {
    let (home, maildrop) = (Home::new(), maildrop());
    let server = Server::start(Config::new(&maildrop));
    let setting = Setting { speaks: Speaks::Nothing, server: server.port(), login: None, fault: None };
    let relay = Proxy::listen(setting, address).unwrap();
    let url = format!("pop3://ann@{}", SocketAddr::new(address, relay.port()));
    for auth in ["user", "plain"] {
        let ran = run(&mut fetch(&home, &url, &["--tls", "none", "--auth", auth]));
        assert_refused(&ran, 64, "clear text", &server, &home);
        ran.says("--allow-cleartext-password");
    }
    run(&mut fetch(&home, &url, &["--tls", "none", "--allow-cleartext-password"])).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 1);
}
