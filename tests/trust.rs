//! What the user may say about trust: pins, roots, client certificates, versions, names. Whoever is refused has heard
//! no command of a login.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use mailhaul::net::{self, Pin, Roots, Route, Stream, Transport, Trust, TrustSettings, Waits};
use sha2::{Digest, Sha256};

use super::dovecot::{dovecot_or_skip, ordinary_messages};
use super::server::{Certificates, Config, Server, TlsMode};
use super::tls::{BOTH, assert_refused, fetch, fetch_trusting, maildrop};
use super::util::{Home, Ran, run};

/// A pin of nobody's key.
const WRONG: &str = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn start(tls: TlsMode, kind: Certificates) -> Server {
    Server::start(Config::new(&maildrop()).tls(tls).certificates(kind))
}

/// The pin of the server's key, as curl writes it.
fn key_pin(server: &Server) -> String {
    format!("sha256//{}", BASE64_STANDARD.encode(Sha256::digest(server.public_key())))
}

/// The fingerprint of the server's certificate, as openssl writes it.
fn fingerprint(server: &Server) -> String {
    let digest = Sha256::digest(server.certificate());
    digest.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(":")
}

#[track_caller]
fn assert_delivered(ran: &Ran, home: &Home) {
    ran.code(0).silent();
    assert_eq!(home.maildir_messages().len(), 1);
}

mod pins {
    use super::*;

    const REFUSED: &str = "the server's certificate is not trusted: none of the pins fits its key";

    #[test]
    fn that_fit_are_fine_beside_a_good_chain() {
        for tls in BOTH {
            let server = start(tls, Certificates::Good);
            for pin in [key_pin(&server), fingerprint(&server), format!("sha256:{}", fingerprint(&server))] {
                let home = Home::new();
                let mut command = home.fetch_maildir(&server.url("ann"), &["--pin", &pin]);
                assert_delivered(&run(command.arg("--ca-file").arg(server.ca_file())), &home);
            }
        }
    }

    /// The error has the pin that would fit, ready to paste.
    #[test]
    fn that_do_not_fit_refuse_a_good_chain() {
        for tls in BOTH {
            for wrong in [WRONG, &"ab".repeat(32)] {
                let (home, server) = (Home::new(), start(tls, Certificates::Good));
                let ran = run(&mut fetch_trusting(&home, &server, &["--pin", wrong]));
                assert_refused(&ran, 69, REFUSED, &server, &home);
                ran.says(&format!("its pin is {}", key_pin(&server)));
            }
        }
    }

    #[test]
    fn that_fit_do_not_make_a_bad_chain_good() {
        use Certificates as C;
        for kind in [C::UnknownCa, C::Expired, C::WrongHost, C::NotYetValid] {
            for tls in BOTH {
                let (home, server) = (Home::new(), start(tls, kind));
                let ran = run(&mut fetch_trusting(&home, &server, &["--pin", &key_pin(&server)]));
                assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
                ran.says("the pin fits: use --roots none without --ca-file to trust the key alone");
                // Nor does one that nobody was named for.
                let ran = run(&mut fetch(&home, &server.url("ann"), &["--pin", &key_pin(&server)]));
                assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
                ran.says("the pin fits: add --roots none to trust the key alone");
            }
        }
    }

    #[test]
    fn stand_alone_without_roots() {
        use Certificates as C;
        for kind in [C::Good, C::SelfSigned, C::SelfSignedCa, C::UnknownCa, C::WrongHost, C::Expired, C::NotYetValid] {
            for tls in BOTH {
                let (home, server) = (Home::new(), start(tls, kind));
                let alone = |pin: &str| run(&mut fetch(&home, &server.url("ann"), &["--roots", "none", "--pin", pin]));
                assert_refused(&alone(WRONG), 69, REFUSED, &server, &home);
                assert_delivered(&alone(&key_pin(&server)), &home);
            }
        }
    }

    /// webpki does not read it at all.
    #[test]
    fn stand_alone_for_a_certificate_of_version_1() {
        let config = || Config::new(&maildrop()).tls(TlsMode::Implicit).certificates(Certificates::Version1);
        for config in [config(), config().only_tls12()] {
            let server = Server::start(config);
            let home = Home::new();
            let alone = |pin: &str| run(&mut fetch(&home, &server.url("ann"), &["--roots", "none", "--pin", pin]));
            assert_refused(&alone(WRONG), 69, REFUSED, &server, &home);
            let version_1 = "it is of X.509 version 1, which cannot say what host it is for";
            let named = run(&mut fetch_trusting(&home, &server, &["--pin", &key_pin(&server)]));
            assert_refused(&named, 69, version_1, &server, &home);
            named.says("the pin fits: use --roots none");
            run(&mut home.mailhaul(["info", &server.url("ann"), "--roots", "none", "--pin", &key_pin(&server)]))
                .code(0);
            assert_delivered(&alone(&key_pin(&server)), &home);
            // Everything was fetched and deleted: this one is about the login alone.
            assert_delivered(&alone(&fingerprint(&server)), &home);
        }
    }

    #[test]
    fn may_be_several() {
        let server = start(TlsMode::Implicit, Certificates::SelfSigned);
        let home = Home::new();
        let two = |one: &str, other: &str| {
            let flags = ["--roots", "none", "--pin", one, "--pin", other];
            run(&mut fetch(&home, &server.url("ann"), &flags))
        };
        assert_refused(&two(WRONG, &"00".repeat(32)), 69, REFUSED, &server, &home);
        assert_delivered(&two(WRONG, &fingerprint(&server)), &home);
    }

    /// The same place, name and port, but another key.
    #[test]
    fn tell_another_server_from_the_one_before() {
        let (home, server) = (Home::new(), start(TlsMode::Implicit, Certificates::SelfSigned));
        let (url, pin) = (server.url("ann"), key_pin(&server));
        let flags = ["--roots", "none", "--pin", &pin];
        run(&mut home.fetch_maildir(&url, &[&flags[..], &["--dry-run"]].concat())).code(0);
        let logins = |server: &Server| server.log().iter().map(|log| log.count("AUTH")).sum::<usize>();
        assert_eq!(logins(&server), 1);
        server.change_identity();
        let ran = run(&mut fetch(&home, &url, &flags));
        ran.code(69).says(REFUSED).says(&format!("its pin is {}", key_pin(&server)));
        assert_eq!((logins(&server), server.connections()), (1, 2), "{}", ran.everything());
        assert!(home.maildir_messages().is_empty());
    }

    #[test]
    fn must_be_written_well() {
        let (home, server) = (Home::new(), start(TlsMode::Implicit, Certificates::Good));
        for pin in ["", "sha256//AAAA", "sha1:00", "\u{1b}[31m"] {
            let ran = run(&mut fetch(&home, &server.url("ann"), &["--pin", pin]));
            ran.code(64).says("--pin");
            assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        }
        assert_eq!(server.connections(), 0);
    }

    /// What openssl says of a certificate is what we compute.
    #[test]
    fn are_those_of_openssl() {
        let server = start(TlsMode::Implicit, Certificates::SelfSigned);
        let mut openssl = Command::new("openssl");
        openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(server.ca_file());
        let Ok(output) = openssl.output() else {
            return crate::util::not_run("are_those_of_openssl: no openssl");
        };
        let printed = String::from_utf8(output.stdout).unwrap();
        let home = Home::new();
        let ran = run(&mut fetch(&home, &server.url("ann"), &["--roots", "none", "--pin", &printed]));
        assert_delivered(&ran, &home);
    }

    #[test]
    fn are_shown_by_info() {
        for kind in [Certificates::Good, Certificates::Expired] {
            let (home, server) = (Home::new(), start(TlsMode::Implicit, kind));
            let info = |flags: &[&str]| {
                let url = server.url("ann");
                run(&mut home.mailhaul([&["info", &url, "--roots", "none"], flags].concat()))
            };
            let pin = key_pin(&server);
            info(&["--pin", WRONG]).code(69).prints(&pin).prints("none of the pins fits its key");
            info(&["--pin", &pin]).code(0).prints(&pin).prints("trusted yes");
        }
    }

    /// What is wrong is said in words, with what can be done: by `info` as by a fetch.
    #[test]
    fn are_what_info_tells_of_for_a_server_of_ones_own() {
        use Certificates as C;
        let cases = [
            (C::SelfSignedCa, "it is self-signed, or an authority's own certificate", "--roots none and the --pin"),
            (C::UnknownCa, "it is not signed by a trusted authority", "--roots none and the --pin"),
            (C::WrongHost, "it is not for localhost, but for other.example.org", "use the host name"),
            (C::Expired, "it expired on ", "this machine's clock"),
        ];
        for (kind, why, hint) in cases {
            let (home, server) = (Home::new(), start(TlsMode::Implicit, kind));
            // For a certificate that is its own authority another one is named, so that it is refused.
            let other = start(TlsMode::Implicit, C::Good);
            let ca_file = if kind == C::SelfSignedCa { other.ca_file() } else { server.ca_file() };
            let flags = ["--ca-file", ca_file.to_str().unwrap()];
            let url = server.url("ann");
            let info = run(&mut home.mailhaul([&["info", &url][..], &flags].concat()));
            info.code(69).prints(&format!("trusted no\n  {why}")).prints("\n  hint: ").prints(hint);
            info.prints(&format!("\n  trust its key alone: --roots none --pin {}\n", key_pin(&server)));
            let ran = run(&mut fetch(&home, &url, &flags));
            ran.code(69).says(&format!("the server's certificate is not trusted: {why}")).says(hint);
        }
    }

    #[test]
    fn of_a_real_server() {
        let Some(server) = dovecot_or_skip("of_a_real_server", &ordinary_messages(3)) else { return };
        let home = Home::new();
        let ca_file = server.ca_file();
        for url in [server.url_pop3s("ann"), server.url_pop3("ann")] {
            let shown = run(&mut home.mailhaul(["info", &url]));
            let pin = shown.code(69).stdout.lines().find_map(|line| line.strip_prefix("  pin ")).unwrap().to_owned();
            run(&mut home.fetch_maildir(&url, &["--roots", "none", "--pin", WRONG])).code(69).says(REFUSED);
            run(&mut home.fetch_maildir(&url, &["--roots", "none", "--pin", &pin])).code(0).silent();
            let both = ["--ca-file", ca_file.to_str().unwrap(), "--tls-min", "1.3", "--pin", &pin];
            run(&mut home.fetch_maildir(&url, &both)).code(0).silent();
            assert_eq!(home.maildir_messages().len(), 3);
        }
    }
}

mod roots {
    use super::*;

    #[test]
    fn may_be_those_of_the_machine() {
        let (home, server) = (Home::new(), start(TlsMode::Implicit, Certificates::Good));
        let with = |roots: &str, file: &std::path::Path| {
            let mut command = fetch(&home, &server.url("ann"), &["--roots", roots]);
            run(command.env("SSL_CERT_FILE", file))
        };
        // The variable is about the machine's roots, not about those built in.
        assert_refused(&with("webpki", &server.ca_file()), 69, "not trusted", &server, &home);
        let broken = home.write_private("broken.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n");
        for (file, why) in [(broken, "PEM"), (home.path("missing.pem"), "missing.pem")] {
            let ran = with("system", &file);
            ran.code(78).says("no root certificates that can be read: ").says(why).says("install the package ca-cert");
        }
        assert_delivered(&with("system", &server.ca_file()), &home);
    }

    #[test]
    fn may_be_the_named_ones_alone() {
        let (home, server) = (Home::new(), start(TlsMode::Starttls, Certificates::Good));
        run(&mut fetch(&home, &server.url("ann"), &["--roots", "none"])).code(78).says("no server can be trusted");
        assert_eq!(server.connections(), 0);
        assert_delivered(&run(&mut fetch_trusting(&home, &server, &["--roots", "none"])), &home);
        let (home, server) = (Home::new(), start(TlsMode::Starttls, Certificates::SelfSigned)); // no authority
        assert_delivered(&run(&mut fetch_trusting(&home, &server, &["--roots", "none"])), &home);
        let (home, server) = (Home::new(), start(TlsMode::Starttls, Certificates::UnknownCa));
        let ran = run(&mut fetch_trusting(&home, &server, &["--roots", "none"]));
        assert_refused(&ran, 69, "not trusted", &server, &home);
    }
}

mod client_certificates {
    use super::*;

    fn demanding(tls: TlsMode) -> Config {
        Config::new(&maildrop()).tls(tls).demands_certificate()
    }

    #[test]
    fn let_us_in_where_they_are_demanded() {
        for tls in BOTH {
            for config in [demanding(tls), demanding(tls).only_tls12()] {
                let (home, server) = (Home::new(), Server::start(config));
                let ran = run(&mut fetch_trusting(&home, &server, &[]));
                // With TLS 1.3 the alert may be overtaken by the end of the connection.
                let code = ran.code.unwrap();
                assert!([69, 75].contains(&code), "{}", ran.everything());
                assert_refused(&ran, code, "", &server, &home);
                let file = server.client_file();
                let ran = run(&mut fetch_trusting(&home, &server, &["--client-cert", file.to_str().unwrap()]));
                assert_delivered(&ran, &home);
            }
        }
    }

    #[test]
    fn may_be_in_two_files() {
        let (home, server) = (Home::new(), Server::start(demanding(TlsMode::Implicit)));
        let (certificate, key) = split(&home, &server);
        // A certificate is public.
        fs::set_permissions(home.path("cert.pem"), fs::Permissions::from_mode(0o644)).unwrap();
        let flags = ["--client-cert", &certificate, "--client-key", &key];
        assert_delivered(&run(&mut fetch_trusting(&home, &server, &flags)), &home);
    }

    #[test]
    fn that_cannot_be_used_are_configuration_errors() {
        let (home, server) = (Home::new(), Server::start(demanding(TlsMode::Implicit)));
        let (certificate, key) = split(&home, &server);
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let write = |name: &str, text: &str| home.write_private(name, text.as_bytes()).to_str().unwrap().to_owned();
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let public = write("public.pem", &fs::read_to_string(&key).unwrap());
        fs::set_permissions(&public, fs::Permissions::from_mode(0o640)).unwrap();
        let cases = [
            (certificate.clone(), write("other.pem", &other), "other.pem cannot be used: "),
            (certificate.clone(), write("encrypted.pem", encrypted), "openssl pkey -in"),
            (certificate.clone(), write("old.pem", old), "it is encrypted"),
            (certificate.clone(), public, "chmod 600"),
            (certificate.clone(), certificate.clone(), "BEGIN PRIVATE KEY"),
            (certificate, home.path("missing.pem").to_str().unwrap().to_owned(), "missing.pem"),
            (key.clone(), key, "BEGIN CERTIFICATE"),
        ];
        for (certificate, key, says) in cases {
            let flags = ["--client-cert", &certificate, "--client-key", &key];
            run(&mut fetch_trusting(&home, &server, &flags)).code(78).says(says);
        }
        assert_eq!(server.connections(), 0);
    }

    /// The welcome client's certificate and key, in files of their own.
    fn split(home: &Home, server: &Server) -> (String, String) {
        let both = fs::read_to_string(server.client_file()).unwrap();
        let at = both.find("-----BEGIN PRIVATE KEY").unwrap();
        let write = |name: &str, text: &str| home.write_private(name, text.as_bytes()).to_str().unwrap().to_owned();
        (write("cert.pem", &both[..at]), write("key.pem", &both[at..]))
    }
}

#[test]
fn an_old_version_may_be_too_old() {
    for tls in BOTH {
        let (home, server) = (Home::new(), Server::start(Config::new(&maildrop()).tls(tls).only_tls12()));
        let ran = run(&mut fetch_trusting(&home, &server, &["--tls-min", "1.3"]));
        assert_refused(&ran, 69, "--tls-min", &server, &home);
        assert_delivered(&run(&mut fetch_trusting(&home, &server, &["--tls-min", "1.2"])), &home);
        let (home, server) = (Home::new(), start(tls, Certificates::Good));
        let flags = ["--tls-min", "1.3", "--key-exchange", "classic"];
        assert_delivered(&run(&mut fetch_trusting(&home, &server, &flags)), &home);
    }
}

#[test]
fn another_name_may_be_what_counts() {
    for tls in BOTH {
        let (home, server) = (Home::new(), start(tls, Certificates::WrongHost));
        let ran = run(&mut fetch_trusting(&home, &server, &["--server-name", "localhost"]));
        assert_refused(&ran, 69, "the server's certificate is not trusted", &server, &home);
        let ran = run(&mut fetch_trusting(&home, &server, &["--server-name", "other.example.org"]));
        assert_delivered(&ran, &home);
        run(&mut fetch_trusting(&home, &server, &["--server-name", "no name"])).code(64).says("no name");
    }
}

/// With TLS 1.3 each session has a value of its own to bind a login to; with 1.2 there is none (C-159).
#[test]
fn channel_binding_is_for_tls_13() {
    let binding = |server: &Server| {
        let pins = vec![Pin::of_key(&server.public_key())];
        let until = mailhaul::until::Until::default();
        let waits = Waits { timeout: Duration::from_secs(30), until, min_rate: 0 };
        let settings = TrustSettings { roots: Roots::None, pins, ..TrustSettings::default() };
        let trust = Trust::new(&settings, &waits).unwrap();
        let way =
            Route { host: "127.0.0.1".into(), port: server.port(), proxy: None, source_address: None, tunnel: None };
        let stream = Stream::plain(net::connect(&way, &waits).unwrap());
        assert_eq!(stream.channel_binding(), None);
        Box::new(stream).into_tls(&trust, "localhost").unwrap().channel_binding()
    };
    let (new, old) = (
        start(TlsMode::Implicit, Certificates::Good),
        Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit).only_tls12()),
    );
    let (one, other) = (binding(&new).unwrap(), binding(&new).unwrap());
    assert!(one != other && one != [0; 32]);
    assert_eq!(binding(&old), None);
}
