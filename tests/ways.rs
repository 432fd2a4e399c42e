//! The ways to the server: proxies, tunnels, and the address to come from. Whatever goes wrong on one, the server
//! hears nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, test_kill_process};

use super::dovecot::{dovecot_or_skip, ordinary_messages};
use super::proxy::{Fault, Proxy, Setting, Speaks};
use super::server::{Config, Maildrop, Server, TlsMode};
use super::util::{Home, Ran, assert_same_messages, run};

const BOTH: [Speaks; 2] = [Speaks::Socks5, Speaks::Http];

/// A name that only the other side of a proxy knows (RFC 6761).
const HIDDEN: &str = "mail.hidden.invalid";

fn server() -> Server {
    let maildrop = Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n"), ("u2", "Subject: 2\r\n\r\ny\r\n")]);
    Server::start(Config::new(&maildrop).tls(TlsMode::Implicit))
}

/// A fetch from a host by that name, where the certificate is for localhost.
fn fetch_hidden(home: &Home, server: &Server, more: &[&str]) -> Command {
    let ca_file = server.ca_file();
    let trust = ["--ca-file", ca_file.to_str().unwrap(), "--server-name", "localhost"];
    home.fetch_maildir(&format!("pop3s://ann@{HIDDEN}"), &[&trust, more].concat())
}

#[track_caller]
fn assert_delivered(ran: &Ran, home: &Home, server: &Server) {
    ran.code(0).silent();
    assert_same_messages(
        &home.maildir_messages(),
        &[server.maildrop().expected_lf(0), server.maildrop().expected_lf(1)],
    );
}

/// The way ended before the server.
#[track_caller]
fn assert_nothing_came(ran: &Ran, server: &Server) {
    assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"), "{}", ran.everything());
    assert_eq!(server.connections(), 0, "{}", ran.everything());
}

mod proxies {
    use super::*;

    #[test]
    fn look_the_name_up() {
        for speaks in BOTH {
            for fault in [None, Some(Fault::Trickles)] {
                let (home, server) = (Home::new(), server());
                let proxy = Proxy::with(Setting { speaks, server: server.port(), login: None, fault });
                let ran = run(&mut fetch_hidden(&home, &server, &["--proxy", &proxy.url("")]));
                assert_delivered(&ran, &home, &server);
                assert_eq!(proxy.heard().asked, [format!("name {HIDDEN}:995")]);
            }
        }
    }

    #[test]
    fn get_an_address_as_an_address() {
        let server = server();
        let ca_file = server.ca_file();
        for (url, asked) in [("127.0.0.1", "address 127.0.0.1:995"), ("[::1]", "address ::1:995")] {
            let (home, proxy) = (Home::new(), Proxy::start(Speaks::Socks5, server.port()));
            let flags =
                ["--ca-file", ca_file.to_str().unwrap(), "--proxy", &proxy.url("").replace("socks5:", "socks5h:")];
            run(&mut home.fetch_maildir(&format!("pop3s://ann@{url}"), &flags)).code(0).silent();
            assert_eq!(proxy.heard().asked, [asked]);
        }
    }

    /// Octets that come with the answer belong to the server.
    #[test]
    fn may_send_the_greeting_with_their_answer() {
        for speaks in BOTH {
            let home = Home::new();
            let server = Server::start(Config::new(&Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])));
            let proxy = Proxy::bad(speaks, server.port(), Fault::Glues);
            let flags = ["--tls", "none", "--allow-cleartext-password", "--proxy", &proxy.url("")];
            run(&mut home.fetch_maildir(&format!("pop3://ann@{HIDDEN}"), &flags)).code(0).silent();
            assert_eq!(home.maildir_messages().len(), 1);
        }
    }

    #[test]
    fn may_want_a_login() {
        for speaks in BOTH {
            let (home, server) = (Home::new(), server());
            let login = Some(("an n", "hunter2:@"));
            let proxy = Proxy::with(Setting { speaks, server: server.port(), login, fault: None });
            let with = |login: &str| {
                let mut command = fetch_hidden(&home, &server, &["-vv"]);
                run(command.env("ALL_PROXY", proxy.url(login)))
            };
            for (login, says) in [
                ("", "it wants a user name and a password"),
                ("bob:hunter2@", "it refuses the login of bob"),
                ("an%20n:hunter2@", "it refuses the login of an n"),
            ] {
                let ran = with(login);
                ran.code(78).says(says).says(&proxy.url(""));
                assert_nothing_came(&ran, &server);
            }
            let ran = with("an%20n:hunter2%3A%40@");
            ran.code(0);
            assert!(!ran.stderr.contains("hunter2"), "{}", ran.everything());
            assert_eq!(home.maildir_messages().len(), 2);
        }
    }

    #[test]
    fn are_named_without_a_password_on_the_command_line() {
        let (home, server) = (Home::new(), server());
        let proxy = Proxy::start(Speaks::Socks5, server.port());
        let ran = run(&mut fetch_hidden(&home, &server, &["--proxy", &proxy.url("ann:hunt@")]));
        ran.code(64).says("$ALL_PROXY");
        assert!(!ran.stderr.contains("hunt@"), "{}", ran.stderr);
        for url in ["socks4://h", "https://h", "h:1080", "socks5://"] {
            run(&mut fetch_hidden(&home, &server, &["--proxy", url])).code(64).says("--proxy cannot be used");
        }
        assert_eq!(proxy.heard().clients.len(), 0);
    }

    #[test]
    fn refuse_in_their_own_words() {
        let cases = [
            (Speaks::Socks5, Fault::Reply(1), 75, "general failure"),
            (Speaks::Socks5, Fault::Reply(2), 69, "rules do not allow"),
            (Speaks::Socks5, Fault::Reply(3), 75, "network cannot be reached"),
            (Speaks::Socks5, Fault::Reply(4), 75, "server cannot be reached"),
            (Speaks::Socks5, Fault::Reply(5), 75, "refused the connection"),
            (Speaks::Socks5, Fault::Reply(6), 75, "TTL expired"),
            (Speaks::Socks5, Fault::Reply(7), 69, "CONNECT"),
            (Speaks::Socks5, Fault::Reply(8), 69, "kind of address"),
            (Speaks::Socks5, Fault::Reply(99), 75, "(reply 99)"),
            (Speaks::Http, Fault::Status("HTTP/1.1 403 \x1b[31mForbidden"), 69, "its answer is 403"),
            (Speaks::Http, Fault::Status("HTTP/1.1 502 Bad Gateway"), 75, "its answer is 502"),
            (Speaks::Http, Fault::Status("HTTP/1.0 301 Moved"), 69, "its answer is 301"),
            (Speaks::Http, Fault::Status("HTTP/1.1 twohundred"), 69, "does not answer as HTTP"),
            (Speaks::Http, Fault::Status("HTTP/1.1 407 Login"), 78, "wants a user name"),
        ];
        for (speaks, fault, code, says) in cases {
            let (home, server) = (Home::new(), server());
            let proxy = Proxy::bad(speaks, server.port(), fault);
            let ran = run(&mut fetch_hidden(&home, &server, &["--proxy", &proxy.url("")]));
            ran.code(code).says(says).says(&format!("the proxy {}", proxy.url("")));
            assert_nothing_came(&ran, &server);
        }
    }

    #[test]
    fn that_misbehave_end_the_run_in_time() {
        let cases = [
            (Speaks::Socks5, Fault::Closes, 75, "it closed the connection"),
            (Speaks::Http, Fault::Closes, 75, "it closed the connection"),
            (Speaks::Socks5, Fault::Stalls, 75, "waiting for the proxy"),
            (Speaks::Http, Fault::Stalls, 75, "waiting for the proxy"),
            (Speaks::Http, Fault::SlowHeader, 75, "waiting for the proxy"),
            (Speaks::Http, Fault::EndlessHeader, 69, "16 KiB"),
            (Speaks::Socks5, Fault::Garbage, 69, "does not answer as SOCKS"),
            (Speaks::Http, Fault::Garbage, 69, "does not answer as HTTP"),
        ];
        for (speaks, fault, code, says) in cases {
            let (home, server) = (Home::new(), server());
            let proxy = Proxy::bad(speaks, server.port(), fault);
            let limit = if says.starts_with("waiting") { "1s" } else { "20s" };
            let ran = run(&mut fetch_hidden(&home, &server, &["--timeout", limit, "--proxy", &proxy.url("")]));
            ran.code(code).says(says).says(&proxy.url(""));
            assert_nothing_came(&ran, &server);
        }
    }

    #[test]
    fn that_cannot_be_reached_are_named() {
        let (home, server) = (Home::new(), server());
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{free}");
        run(&mut fetch_hidden(&home, &server, &["--proxy", &url])).code(75).says(&format!("the proxy {url}: "));
    }

    /// However near the proxy is, the server is not.
    #[test]
    fn make_no_server_a_near_one() {
        let home = Home::new();
        let server = Server::start(Config::new(&Maildrop::new([("u1", "x\r\n")])));
        for speaks in BOTH {
            let proxy = Proxy::start(speaks, server.port());
            for host in [HIDDEN, "127.0.0.1"] {
                let flags = ["--tls", "none", "--proxy", &proxy.url("")];
                let ran = run(&mut home.fetch_maildir(&format!("pop3://ann@{host}"), &flags));
                ran.code(64).says("--allow-cleartext-password");
            }
        }
        assert!(server.log().iter().all(|log| log.count("USER") + log.count("AUTH") == 0));
    }

    #[test]
    fn of_a_real_server_change_nothing() {
        let messages = ordinary_messages(30);
        let Some(server) = dovecot_or_skip("of_a_real_server_change_nothing", &messages) else { return };
        let ca_file = server.ca_file();
        for (speaks, url, port) in [
            (Speaks::Socks5, server.url_pop3s("ann"), server.port_pop3s()),
            (Speaks::Http, server.url_pop3("ann"), server.port_pop3()),
        ] {
            let (home, proxy) = (Home::new(), Proxy::start(speaks, port));
            let flags = ["--ca-file", ca_file.to_str().unwrap(), "--proxy", &proxy.url("")];
            run(&mut home.fetch_maildir(&url, &flags)).code(0).silent();
            assert_eq!(home.maildir_messages().len(), 30);
            assert_eq!(proxy.heard().asked.len(), 1);
        }
    }
}

mod environment {
    use super::*;

    /// Whether the proxy was used when these variables were set.
    fn is_used(host: &str, flags: &[&str], variables: &[(&str, &str)]) -> bool {
        let (home, server) = (Home::new(), server());
        let proxy = Proxy::start(Speaks::Http, server.port());
        let ca_file = server.ca_file();
        let trust = ["--ca-file", ca_file.to_str().unwrap(), "--server-name", "localhost", "--timeout", "5s"];
        let mut command =
            home.fetch_maildir(&format!("pop3s://ann@{host}:{}", server.port()), &[&trust, flags].concat());
        for (name, value) in variables {
            command.env(name, value.replace("PROXY", &proxy.url("")));
        }
        let ran = run(&mut command);
        let used = !proxy.heard().asked.is_empty();
        assert_eq!(ran.code == Some(0), used || host == "localhost", "{}", ran.everything());
        used
    }

    #[test]
    fn names_a_proxy() {
        for name in ["ALL_PROXY", "all_proxy"] {
            assert!(is_used(HIDDEN, &[], &[(name, "PROXY")]));
            assert!(is_used(HIDDEN, &[], &[(name, "PROXY"), ("NO_PROXY", "example.org,den.invalid")]));
            assert!(!is_used(HIDDEN, &["--proxy", "none"], &[(name, "PROXY")]));
            assert!(!is_used(HIDDEN, &["--proxy", ""], &[(name, "PROXY")]));
        }
    }

    #[test]
    fn names_exceptions() {
        for list in ["*", "hidden.invalid", "x, .HIDDEN.invalid"] {
            for name in ["NO_PROXY", "no_proxy"] {
                assert!(!is_used(HIDDEN, &[], &[("ALL_PROXY", "PROXY"), (name, list)]), "{list}");
            }
        }
        assert!(!is_used("localhost", &[], &[("ALL_PROXY", "PROXY")]));
    }

    /// The servers of OAuth2 are hosts like others: `none` holds for them, and so do exceptions, each for its own host.
    #[test]
    fn is_asked_for_each_server_of_oauth2() {
        let asked = |flags: &[&str], exceptions: &str| {
            let (home, server) = (Home::new(), server());
            let proxy = Proxy::start(Speaks::Http, server.port());
            let mut command = home.mailhaul(["login", &format!("pop3s://ann@{HIDDEN}"), "--timeout", "5s"]);
            command.args(["--oauth-provider", "other", "--oauth-client-id", "x", "--oauth-scope", "x"]);
            command.args(["--oauth-token-url", "https://login.invalid/t"]);
            command.args(["--oauth-device-url", "https://login.invalid/d"]).args(flags);
            command.env("ALL_PROXY", proxy.url("")).env("NO_PROXY", exceptions);
            let ran = run(&mut command);
            assert_ne!(ran.code, Some(0), "{}", ran.everything());
            assert!(ran.stderr.contains("login.invalid"), "{}", ran.everything());
            proxy.heard().asked
        };
        let used = ["name login.invalid:443"];
        assert_eq!(asked(&[], ""), used);
        assert_eq!(asked(&[], HIDDEN), used);
        assert!(asked(&[], "login.invalid").is_empty());
        assert!(asked(&["--proxy", "none"], "").is_empty());
    }

    #[test]
    fn is_no_place_for_unknown_proxies() {
        let (home, server) = (Home::new(), server());
        let mut command = fetch_hidden(&home, &server, &[]);
        let ran = run(command.env("all_proxy", "socks4://ann:hunter2@h"));
        ran.code(78).says("$all_proxy cannot be used").says("--proxy none");
        assert_nothing_came(&ran, &server);
    }
}

mod tunnels {
    use super::*;

    /// A relay to the server, by bash alone. It ends when its input does, and takes its other half with it.
    fn relay(server: &Server) -> String {
        let port = server.port();
        format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & cat >&3; kill $! 2>/dev/null'")
    }

    fn is_alive(pid_file: &Path) -> bool {
        let pid = fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
        test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
    }

    #[test]
    fn are_the_connection() {
        let (home, server) = (Home::new(), server());
        let ran = run(&mut fetch_hidden(&home, &server, &["--tunnel-command", &relay(&server), "--delete"]));
        ran.code(0).silent();
        assert_eq!(home.maildir_messages().len(), 2);
        assert!(server.maildrop().is_empty());
    }

    /// More than the buffers hold, in both directions.
    #[test]
    fn carry_much() {
        let home = Home::new();
        let body = format!("Subject: x\r\n\r\n{}", "0123456789\r\n".repeat(20_000));
        let messages: Vec<(String, String)> = (0..40).map(|number| (format!("u{number}"), body.clone())).collect();
        let maildrop = Maildrop::new(messages.iter().map(|(uid, body)| (uid.as_str(), body.as_str())));
        let server = Server::start(Config::new(&maildrop).tls(TlsMode::Starttls));
        let ca_file = server.ca_file();
        let flags = ["--ca-file", ca_file.to_str().unwrap(), "--tunnel-command", &relay(&server)];
        run(&mut home.fetch_maildir(&server.url("ann"), &flags)).code(0).silent();
        assert_same_messages(&home.maildir_messages(), &vec![maildrop.expected_lf(0); 40]);
    }

    #[test]
    fn that_end_say_how() {
        let (home, server) = (Home::new(), server());
        for (command, code, says) in [
            ("exit 3", 75, "exit status: 3"),
            ("exit 0", 75, "exit status: 0"),
            ("kill -9 $$", 75, "signal: 9"),
            ("no-such-program", 78, "exit status: 127"),
            ("echo broken >&2; exit 1", 75, "broken"),
            ("head -c 20 >&2; exit 5", 75, "exit status: 5"),
        ] {
            let ran = run(&mut fetch_hidden(&home, &server, &["--tunnel-command", command]));
            ran.code(code).says(says).says("the tunnel command ended");
            assert_nothing_came(&ran, &server);
        }
    }

    #[test]
    fn are_gone_afterwards() {
        let (home, server) = (Home::new(), server());
        let pid_file = home.path("pid");
        for (command, code) in [(relay(&server), 0), ("trap '' TERM HUP; exec sleep 600".to_owned(), 75)] {
            let command = format!("echo $$ > {}; {command}", pid_file.display());
            let flags = ["--timeout", "2s", "--tunnel-command", &command];
            run(&mut fetch_hidden(&home, &server, &flags)).code(code);
            assert!(!is_alive(&pid_file), "{command}");
        }
    }

    #[test]
    fn get_no_password() {
        let (home, server) = (Home::new(), server());
        let seen = home.path("environment");
        let tunnel = format!("env > {}; {}", seen.display(), relay(&server));
        let maildir = home.maildir();
        let ca_file = server.ca_file();
        let url = format!("pop3s://ann@{HIDDEN}");
        let words = ["fetch", &url, "--maildir", maildir.to_str().unwrap(), "--ca-file", ca_file.to_str().unwrap()];
        let mut command =
            home.mailhaul([&words[..], &["--server-name", "localhost", "--tunnel-command", &tunnel]].concat());
        run(command.env("MAILHAUL_PASSWORD", "secret").env("ELSE", "stays")).code(0).silent();
        let environment = fs::read_to_string(seen).unwrap();
        assert!(environment.contains("ELSE=stays"), "{environment}");
        assert!(!environment.contains("MAILHAUL_") && !environment.contains("secret"), "{environment}");
    }

    #[test]
    fn make_no_server_a_near_one() {
        let home = Home::new();
        let server = Server::start(Config::new(&Maildrop::new([("u1", "x\r\n")])));
        let flags = ["--tls", "none", "--tunnel-command", &relay(&server)];
        let ran = run(&mut home.fetch_maildir("pop3://ann@localhost", &flags));
        ran.code(64).says("--allow-cleartext-password");
        assert!(server.log().iter().all(|log| log.count("USER") + log.count("AUTH") == 0));
    }

    #[test]
    fn exclude_proxies() {
        let (home, server) = (Home::new(), server());
        let tunnel = ["--tunnel-command", &relay(&server)];
        for (other, says) in [
            (["--proxy", "socks5://h"], "cannot be used with"),
            (["--source-address", "127.0.0.1"], "exclude each other"),
        ] {
            run(&mut fetch_hidden(&home, &server, &[tunnel, other].concat())).code(64).says(says);
        }
        assert_eq!(server.connections(), 0);
        // That of the environment is simply not used.
        let mut command = fetch_hidden(&home, &server, &tunnel);
        let ran = run(command.env("ALL_PROXY", "socks5://127.0.0.1:9"));
        assert_delivered(&ran, &home, &server);
    }
}

mod source_address {
    use super::*;

    #[test]
    fn is_what_the_other_end_sees() {
        for speaks in [Speaks::Nothing, Speaks::Socks5] {
            let (home, server) = (Home::new(), server());
            let other_end = Proxy::start(speaks, server.port());
            let url = format!("pop3s://ann@127.0.0.1:{}", other_end.port());
            let proxy = other_end.url("");
            let ca_file = server.ca_file();
            let mut flags = vec!["--ca-file", ca_file.to_str().unwrap(), "--source-address", "127.0.0.2"];
            if speaks == Speaks::Socks5 {
                flags.extend(["--proxy", &proxy]);
            }
            let ran = run(&mut home.fetch_maildir(&url, &flags));
            assert_delivered(&ran, &home, &server);
            assert_eq!(other_end.heard().clients, ["127.0.0.2".parse::<std::net::IpAddr>().unwrap()]);
        }
    }

    #[test]
    fn must_be_usable() {
        let (home, server) = (Home::new(), server());
        let url = format!("pop3s://ann@127.0.0.1:{}", server.port());
        for (address, code, says) in [
            ("::1", 78, "has no IPv6 address"),
            ("192.0.2.1", 75, "from 192.0.2.1"),
            ("example.org", 64, "--source-address"),
        ] {
            let ran = run(&mut home.fetch_maildir(&url, &["--source-address", address]));
            ran.code(code).says(says);
            assert_nothing_came(&ran, &server);
        }
    }
}
