//! What a user is told where TLS does not come about: one sentence of cause and one of what to do. No login is heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::*;
use crate::server::{AfterScripts, Step};

/// `openssl s_server` with a self-signed certificate of its own, for what rustls cannot serve.
struct OpenSsl {
    child: Child,
    port: u16,
    certificate: PathBuf,
}

impl OpenSsl {
    /// None where there is no openssl.
    fn start(home: &Home, key: &[&str], flags: &[&str]) -> Option<Self> {
        let (certificate, secret) = (home.path("openssl.pem"), home.path("openssl.key"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE", "-days", "30"]).args(key);
        command.arg("-out").arg(&certificate).arg("-keyout").arg(&secret);
        let made = command.output().ok()?;
        assert!(made.status.success(), "{made:?}");
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-cert"]).arg(&certificate).arg("-key").arg(&secret);
        command.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| line.ok()?.strip_prefix("ACCEPT ")?.rsplit(':').next()?.parse().ok()).unwrap();
        thread::spawn(move || lines.for_each(drop));
        Some(Self { child, port, certificate })
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Servers of yesterday, by what their owners have to change.
#[test]
fn old_servers_are_told_in_words() {
    const RSA: &[&str] = &["-newkey", "rsa:2048"];
    const P521: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"];
    const WEAK: [&str; 2] = ["-cipher", "DEFAULT@SECLEVEL=0"];
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a str, &'a str);
    let cases: [Case<'_>; 7] = [
        (&["-newkey", "rsa:1024"], &WEAK, &[], "its RSA key has 1024 bits", "must make a new key"),
        (&["-newkey", "rsa:1024"], &["-tls1_2", WEAK[0], WEAK[1]], &[], "its RSA key has 1024 bits", "a new key"),
        (RSA, &["-tls1", WEAK[0], WEAK[1]], &[], "speaks no TLS newer than 1.1", "must allow TLS 1.2"),
        (RSA, &["-tls1_2"], &["--tls-min", "1.3"], "does not speak TLS 1.3", "--tls-min 1.2"),
        (RSA, &["-tls1_2", "-cipher", "AES128-GCM-SHA256"], &[], "no cipher or signature that mailhaul", "ECDHE"),
        (P521, &["-tls1_2"], &[], "no cipher or signature that mailhaul offers", "an RSA, P-256 or P-384 key"),
        (&["-newkey", "ed448"], &[], &[], "no cipher or signature that mailhaul offers", "an RSA, P-256 or P-384 key"),
    ];
    for (key, flags, ours, says, hint) in cases {
        let home = Home::new();
        let Some(server) = OpenSsl::start(&home, key, flags) else {
            return crate::util::not_run("old_servers_are_told_in_words: no openssl");
        };
        let mut command = fetch(&home, &format!("pop3s://ann@localhost:{}", server.port), ours);
        run(command.arg("--ca-file").arg(&server.certificate)).code(69).says(says).says(hint);
        // A key that nobody can use is spoken of first: what else is wrong could be mended in vain.
        let unnamed = run(&mut fetch(&home, &format!("pop3s://ann@localhost:{}", server.port), ours));
        assert!(!unnamed.stderr.contains("--ca-file"), "{}", unnamed.everything());
    }
}

/// A device on the way: it answers the first octets of a connection in its own way, and never more.
fn device(answer: impl Fn(TcpStream, usize) + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let octets = tcp.read(&mut [0; 4096]).unwrap_or(0);
            answer(tcp, octets);
        }
    });
    port
}

#[test]
fn a_first_message_that_is_too_large_for_a_device_on_the_way() {
    const ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 50]; // decode_error
    const REFUSED: &[u8] = &[21, 3, 3, 0, 2, 2, 40]; // handshake_failure
    let kept = std::sync::Mutex::new(Vec::new());
    let says = |answer: &'static [u8]| device(move |mut tcp, _| tcp.write_all(answer).unwrap());
    let cases = [
        (device(|tcp, _| drop(tcp)), 75, "the server closed the connection instead of sending the TLS handshake"),
        (device(move |tcp, _| kept.lock().unwrap().push(tcp)), 75, "timed out after 1s waiting for the TLS handshake"),
        (says(ALERT), 69, "the server ended TLS with the alert DecodeError"),
        (says(REFUSED), 69, "the server accepts no cipher or signature"),
    ];
    for (port, code, text) in cases {
        let home = Home::new();
        let url = format!("pop3s://ann@localhost:{port}");
        run(&mut fetch(&home, &url, &["--timeout", "1s"])).code(code).says(text).says("try --key-exchange classic");
        let classic = run(&mut fetch(&home, &url, &["--timeout", "1s", "--key-exchange", "classic"]));
        classic.code(code).says(text);
        assert!(!classic.stderr.contains("classic"), "{}", classic.everything());
    }
    // What is said is true: the first message fits into a packet with that flag, and only with it.
    let (sender, sizes) = std::sync::mpsc::channel();
    let port = device(move |_, octets| sender.send(octets).unwrap());
    for (flags, fits) in [(&[][..], false), (&["--key-exchange", "classic"], true)] {
        run(&mut fetch(&Home::new(), &format!("pop3s://ann@localhost:{port}"), flags)).code(75);
        assert_eq!(sizes.recv().unwrap() < 1300, fits);
    }
}

/// Another protocol on the port is named, in clear text and inside TLS.
#[test]
fn servers_of_another_protocol_are_named() {
    let greetings = [
        ("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready", "this is an IMAP server"),
        ("220 mail.example.org ESMTP secret\u{1b}[2J", "this is an SMTP server"),
    ];
    for (greeting, says) in greetings {
        let greets = || vec![Step::Send(format!("{greeting}\r\n").into()), Step::Stall];
        for (tls, scheme, code) in
            [(TlsMode::None, "pop3", 65), (TlsMode::None, "pop3s", 69), (TlsMode::Implicit, "pop3s", 65)]
        {
            let home = Home::new();
            let server = Server::start(Config::scripted([greets()], AfterScripts::Refuse).tls(tls));
            let url = format!("{scheme}://ann@localhost:{}", server.port());
            let ran = run(fetch(&home, &url, &["-vv"]).arg("--ca-file").arg(server.ca_file()));
            ran.code(code).says(says);
            let log = server.log();
            assert!(log.len() == 1 && !heard_a_login(&log), "{}", ran.everything());
            assert!(!ran.stderr.contains("secret"), "{}", ran.everything());
            ran.says("POP3 is usually port 995 (pop3s://) or port 110 (pop3://)");
            assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        }
    }
}
