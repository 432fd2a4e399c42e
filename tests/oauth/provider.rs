//! A provider that fails, lies, or is somebody else.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use super::super::server::{Config, Identity};
use super::*;

/// What `stat` says of this answer to its refresh. The one after that is good again, and so is what was kept.
#[track_caller]
fn answer(fault: Fault, code: i32, says: &str, more: &[&str]) {
    let person = Person::new(brief().fault_on(Endpoint::Token, 1..2, fault.clone()));
    person.log_in();
    let before = person.kept();
    let ran = person.ran(&[&["stat", "work"], more].concat());
    ran.code(code).says(says);
    assert!(!ran.stderr.contains(['\x1b', '\r']), "{}", ran.everything());
    assert_eq!((person.refreshes(), person.kept()), (1, before), "{fault:?}");
    // What fails now is the mail server, which nobody has started.
    person.ran(&["stat", "work"]).code(75).says("cannot connect");
    assert_eq!(person.refreshes(), 2, "{fault:?}");
}

#[test]
fn bad_answers_are_told_and_cost_nothing() {
    let page = |status| Fault::Answer { status, content_type: "text/html", body: b"<h1>hunter2</h1>".to_vec() };
    answer(Fault::server_error(), 75, "an invalid answer (HTTP 500)", &[]);
    answer(page(429), 75, "an invalid answer (HTTP 429)", &[]);
    answer(page(404), 69, "is it the address of a provider?", &[]);
    answer(Fault::not_json(), 65, "an invalid answer (HTTP 200)", &[]);
    answer(Fault::Huge(3_000_000), 65, "an answer of more than 1 MiB", &[]);
    answer(Fault::Close, 75, "no answer that could be used", &[]);
    answer(Fault::Hang, 75, "timed out after 1s waiting for the answer", &["--timeout", "1s"]);
    answer(Fault::Hang, 75, "deadline passed while waiting for the answer", &["--deadline", "1s"]);
    answer(Fault::control_characters_in_token(), 65, "a token that is empty, or has a control character", &[]);
    answer(Fault::Field("access_token", "".into()), 65, "a token that is empty", &[]);
    answer(Fault::Field("refresh_token", "a\nb".into()), 65, "a control character", &[]);
    answer(Fault::Field("token_type", "mac".into()), 65, "a token that is not a bearer token", &[]);
    answer(Fault::WithoutField("access_token"), 65, "an invalid answer", &[]);
}

#[test]
fn refusals_are_told_apart_and_escaped() {
    answer(Fault::refusal("invalid_grant"), 77, "any more: invalid_grant no\\x1b[2J\n", &[]);
    answer(Fault::refusal("invalid_client"), 78, "check oauth-client-id", &[]);
    answer(Fault::refusal("temporarily_unavailable"), 75, "gives no tokens now", &[]);
    answer(Fault::refusal("server_error"), 75, "gives no tokens now", &[]);
    answer(Fault::refusal("slow_down"), 75, "gives no tokens now", &[]);
    answer(Fault::refusal("odd\\u001b]0;\\u0007"), 78, "odd\\x1b]0;\\x07 no\\x1b[2J", &[]);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Authority::start(AuthorityConfig::default());
    answer(Fault::Redirect(elsewhere.url(Endpoint::Token)), 75, "it sends us to another address", &[]);
    assert_eq!(elsewhere.requests().len(), 0, "a refresh token went elsewhere");
}

/// RFC 6749 section 5.1: `expires_in` may be missing, and the case of `token_type` does not matter.
#[test]
fn sparse_answers_are_good_answers() {
    let test = "sparse_answers_are_good_answers";
    let config = AuthorityConfig::default().fault(Endpoint::Token, Fault::WithoutField("expires_in"));
    let config = config.fault(Endpoint::Token, Fault::Field("token_type", "bEaReR".into()));
    let Some((person, _dovecot)) = Person::with_mail(test, config, &ordinary_messages(1)) else { return };
    person.log_in();
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.refreshes(), person.kept()["expires_at"].clone()), (0, Value::Null));
    // Its end is seen when it is refused.
    person.authority.expire_access_tokens();
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes(), person.shown_to_mail_server()), (1, 1, 3));
    // Without a refresh token a consent is worth an hour: that is no login.
    let config = AuthorityConfig::default().fault(Endpoint::Token, Fault::WithoutField("refresh_token"));
    let person = Person::new(config);
    let words = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check"];
    let login = Login::begin(&mut person.command(&words));
    browse(&login.url, Visit::Approve);
    login.finish().code(77).says("gives no refresh token").says("offline_access");
}

#[test]
fn what_must_be_set_is_named() {
    let person = Person::new(AuthorityConfig::default());
    let path = person.home.path("config.toml");
    let good = fs::read_to_string(&path).unwrap();
    let token_url = person.authority.url(Endpoint::Token);
    for (from, to, code, says) in [
        (&token_url[..], "http://login.example.org/token", 78, "must be an https:// address, or an http:// one"),
        (&token_url, "http://localhost.example.org/token", 78, "must be an https:// address"),
        (&token_url, "ftp://localhost/token", 78, "must be an https:// address"),
        (CLIENT_ID, "somebody", 78, "check oauth-client-id"),
        (SCOPE, "everything", 78, "invalid_scope"),
        ("oauth-client-id = \"mailhaul-test\"\n", "", 78, "oauth-provider needs oauth-client-id"),
        ("token-store", "token-command = \"echo x\"\ntoken-store", 78, "token-command conflicts with oauth-provider"),
        (
            "token-store",
            "password-command = \"echo x\"\ntoken-store",
            78,
            "password-command conflicts with oauth-provider",
        ),
    ] {
        person.home.write_private("config.toml", good.replace(from, to).as_bytes());
        person.ran(&["login", "work", "--oauth-flow", "device", "--no-check"]).code(code).says(says);
    }
    let devices = person.authority.requests_to(Endpoint::Device);
    assert_eq!(person.authority.requests().len(), devices.len(), "something else was asked");
}

#[test]
fn the_clients_secret_is_said_to_the_provider() {
    let config = AuthorityConfig::default().client_secret("hush hush&=\u{e9}");
    let person = Person::new(config);
    // Flags and the environment belong together: the secret has no flag.
    let words = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check"];
    let flags = ["--oauth-provider", "other", "--oauth-client-id", CLIENT_ID, "--oauth-token-url"];
    let (token, auth) = (person.authority.url(Endpoint::Token), person.authority.url(Endpoint::Authorize));
    let urls = [&token[..], "--oauth-auth-url", &auth, "--oauth-scope", SCOPE];
    let mut command = person.command(&[&words[..], &flags, &urls].concat());
    let login = Login::begin(command.env("MAILHAUL_OAUTH_CLIENT_SECRET", "hush hush&=\u{e9}"));
    browse(&login.url, Visit::Approve);
    login.finish().code(0);
    person.write_accounts(&[("work", "pop3s://ann@localhost:1", "oauth-client-secret = \"hush hush&=\u{e9}\"")]);
    person.log_in();
    person.write_accounts(&[("work", "pop3s://ann@localhost:1", "oauth-client-secret = \"wrong\"")]);
    let login = Login::begin(&mut person.command(&["login", "work", "--oauth-flow", "browser", "--json"]));
    browse(&login.url, Visit::Approve);
    login.finish().code(78).says("invalid_client").says("check oauth-client-id and oauth-client-secret");
}

#[test]
fn tls_to_the_provider_is_as_strict_as_to_the_mail_server() {
    let person = Person::new(AuthorityConfig::default());
    let identity = Identity::new(&Config::default());
    let port = tls_front(&identity, &person.authority);
    let text = fs::read_to_string(person.home.path("config.toml")).unwrap();
    let plain = person.authority.url(Endpoint::Token);
    let text = text.replace(&plain, &format!("https://localhost:{port}/token"));
    person.home.write_private("config.toml", text.as_bytes());
    let words = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check"];
    let begin = |more: &[&str]| Login::begin(&mut person.command(&[&words, more].concat()));

    let login = begin(&[]);
    browse(&login.url, Visit::Approve);
    login.finish().code(69).says("certificate");
    assert_eq!(person.authority.requests_to(Endpoint::Token).len(), 0);

    let ca = identity.ca_file();
    let login = begin(&["--ca-file", ca.to_str().unwrap()]);
    browse(&login.url, Visit::Approve);
    login.finish().code(0);
    assert_eq!(person.authority.requests_to(Endpoint::Token).len(), 1);
}

/// TLS in front of an authority: each request in, each answer out. Returns its port.
fn tls_front(identity: &Identity, authority: &Authority) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = identity.config();
    let behind = authority.url(Endpoint::Token)["http://".len()..].split('/').next().unwrap().to_owned();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            hand_on(StreamOwned::new(session, client), &behind).ok(); // a client may turn away
        }
    });
    port
}

fn hand_on(mut client: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> io::Result<()> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut buffer = [0; 4096];
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            octets => request.extend_from_slice(&buffer[..octets]),
        }
    }
    let mut server = TcpStream::connect(behind)?;
    server.write_all(&request)?;
    io::copy(&mut server, &mut client)?;
    client.conn.send_close_notify();
    client.flush()
}

/// Header and body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((header, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = header.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}
