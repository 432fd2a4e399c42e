//! Tests of the test authority itself, with a client that is as raw as can be.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::authority::{
    Authority, AuthorityConfig, CLIENT_ID, Endpoint, Fault, Fields, Page, Poll, SCOPE, Visit, browse, challenge, get,
    post, request,
};
use super::util::wait_until;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const STATE: &str = "not-to-be-guessed";
const REDIRECT: &str = "http://127.0.0.1:9/back";

/// The address of a login, with one field changed.
fn login(authority: &Authority, redirect_uri: &str, change: (&str, &str)) -> String {
    let mut fields = Fields::new([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", redirect_uri),
        ("scope", SCOPE),
        ("state", STATE),
        ("code_challenge", &challenge(VERIFIER)),
        ("code_challenge_method", "S256"),
    ]);
    fields.set(change.0, change.1);
    format!("{}?{}", authority.url(Endpoint::Authorize), fields.encode())
}

/// What the browser would bring back to the client.
fn brought_back(page: &Page) -> Fields {
    assert_eq!(page.status, 302, "{}", page.text());
    let location = page.header("location").unwrap();
    Fields::parse(location.strip_prefix(REDIRECT).unwrap().strip_prefix('?').unwrap())
}

fn code(authority: &Authority) -> String {
    let back = brought_back(&get(&login(authority, REDIRECT, ("", "")), &[]));
    assert_eq!(back.get("state"), Some(STATE));
    back.get("code").unwrap().to_owned()
}

fn redeem(authority: &Authority, code: &str, change: (&str, &str)) -> Page {
    let mut form = Fields::new([
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    form.set(change.0, change.1);
    post(&authority.url(Endpoint::Token), &form)
}

fn refresh(authority: &Authority, token: &str) -> Page {
    let form = [("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", token)];
    post(&authority.url(Endpoint::Token), &Fields::new(form))
}

fn device(authority: &Authority) -> Value {
    let page = post(&authority.url(Endpoint::Device), &Fields::new([("client_id", CLIENT_ID), ("scope", SCOPE)]));
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()
}

fn poll(authority: &Authority, device: &Value) -> Page {
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    let code = device["device_code"].as_str().unwrap();
    let form = [("grant_type", grant_type), ("client_id", CLIENT_ID), ("device_code", code)];
    post(&authority.url(Endpoint::Token), &Fields::new(form))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

fn introspect(authority: &Authority, token: &str) -> Value {
    post(&authority.url(Endpoint::Introspect), &Fields::new([("token", token)])).json()
}

#[track_caller]
fn refused(page: &Page, error: &str) {
    assert!(matches!(page.status, 400 | 401) && text(&page.json(), "error") == error, "not {error}: {}", page.text());
}

#[test]
fn the_challenge_is_that_of_the_rfc() {
    // RFC 7636 appendix B.
    assert_eq!(challenge(VERIFIER), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_code_is_good_for_tokens_once() {
    let authority = Authority::start(AuthorityConfig::default().user("bob"));
    let code = code(&authority);
    let page = redeem(&authority, &code, ("", ""));
    let tokens = page.json();
    assert_eq!((page.status, text(&tokens, "token_type"), &tokens["expires_in"]), (200, "Bearer", &3600.into()));
    let known = introspect(&authority, text(&tokens, "access_token"));
    assert_eq!((text(&known, "username"), text(&known, "scope")), ("bob", SCOPE));
    assert!(text(&tokens, "access_token").len() > 255);
    refused(&redeem(&authority, &code, ("", "")), "invalid_grant");
    let secrets = authority.secrets();
    for secret in [&code, text(&tokens, "access_token"), text(&tokens, "refresh_token")] {
        assert!(secrets.iter().any(|known| known == secret));
    }
}

#[test]
fn a_code_needs_its_verifier_its_redirect_uri_and_its_client() {
    let authority = Authority::start(AuthorityConfig::default());
    let changes = [
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:9/back/", "invalid_grant"),
        ("code", "abc", "invalid_grant"),
        ("client_id", "somebody", "invalid_client"),
        ("grant_type", "password", "unsupported_grant_type"),
    ];
    for (name, value, error) in changes {
        refused(&redeem(&authority, &code(&authority), (name, value)), error);
    }
}

#[test]
fn what_a_login_must_not_ask_for_is_refused() {
    let authority = Authority::start(AuthorityConfig::default());
    // To the client, with its state.
    let told = [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "everything", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("state", "1", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ];
    for (name, value, error) in told {
        let back = brought_back(&get(&login(&authority, REDIRECT, (name, value)), &[]));
        assert_eq!((back.get("error"), back.get("code")), (Some(error), None));
        assert_eq!(back.get("state"), Some(if name == "state" { value } else { STATE }));
    }
    // To nobody but the user.
    let evil =
        ["http://localhost:9/", "http://127.0.0.1.evil.test:9/", "https://127.0.0.1:9/", "http://127.0.0.1/", ""];
    for redirect_uri in evil {
        let page = get(&login(&authority, redirect_uri, ("", "")), &[]);
        assert_eq!((page.status, page.header("location")), (400, None));
    }
    assert_eq!(get(&login(&authority, REDIRECT, ("client_id", "somebody")), &[]).status, 400);
    let twice = format!("{}&state={STATE}", login(&authority, REDIRECT, ("", "")));
    refused(&get(&twice, &[]), "invalid_request");
}

/// What the other side sends at once: all of a request.
fn read_some(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 4096];
    let octets = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..octets]).into_owned()
}

/// A client's listener: the first line of each of `connections`, answered with a page that numbers them.
fn listener(connections: usize) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let redirect_uri = format!("http://{}/back", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let accept = |number| {
            let (mut stream, _) = listener.accept().unwrap();
            let first = read_some(&mut stream);
            let page = format!("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npage {number}");
            stream.write_all(page.as_bytes()).ok(); // not everyone stays to read it
            first.split_inclusive('\n').next().unwrap().to_owned()
        };
        (0..connections).map(accept).collect()
    });
    (redirect_uri, thread)
}

/// Two fields of what a browser brings to a listener.
fn visit(visit: Visit, connections: usize) -> (Page, Vec<String>) {
    let authority = Authority::start(AuthorityConfig::default());
    let (redirect_uri, thread) = listener(connections);
    let page = browse(&login(&authority, &redirect_uri, ("", "")), visit);
    let lines = thread.join().unwrap();
    assert!(lines.last().unwrap().starts_with("GET /back?"), "{lines:?}");
    (page, lines)
}

#[test]
fn a_browser_comes_back_as_told() {
    let (page, lines) = visit(Visit::Approve, 1);
    assert_eq!((page.status, &page.text()[..]), (200, "page 0"));
    assert!(lines[0].contains("?code=") && lines[0].contains(&format!("state={STATE}")), "{lines:?}");
    let (_, lines) = visit(Visit::Deny, 1);
    assert!(lines[0].contains("error=access_denied") && lines[0].contains(&format!("state={STATE}")), "{lines:?}");
    let (_, lines) = visit(Visit::WrongState, 1);
    assert!(lines[0].contains("?code=") && !lines[0].contains(STATE), "{lines:?}");
    let (page, lines) = visit(Visit::FaviconFirst, 2);
    assert_eq!((&lines[0][..], &page.text()[..]), ("GET /favicon.ico HTTP/1.1\r\n", "page 1"));
    let (page, lines) = visit(Visit::GarbageFirst, 2);
    assert!(lines[0].starts_with('\u{16}') && page.text() == "page 1", "{lines:?}");
}

/// The first connection says nothing before the second was answered.
#[test]
fn a_browser_may_open_a_connection_in_advance() {
    let authority = Authority::start(AuthorityConfig::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = login(&authority, &format!("http://{}/back", listener.local_addr().unwrap()), ("", ""));
    let client = std::thread::spawn(move || {
        let (mut idle, _) = listener.accept().unwrap();
        idle.set_nonblocking(true).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        read_some(&mut stream);
        assert_eq!(idle.read(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone").unwrap();
    });
    assert_eq!(browse(&url, Visit::IdleConnectionFirst).text(), "done");
    client.join().unwrap();
}

#[test]
fn a_device_waits_for_its_user() {
    let authority = Authority::start(AuthorityConfig::default().interval(Some(0)));
    let (one, two, three) = (device(&authority), device(&authority), device(&authority));
    assert_eq!(authority.wait_for_user_code(), text(&three, "user_code"));
    assert!(text(&one, "verification_uri_complete").ends_with(text(&one, "user_code")));
    assert_eq!((&one["interval"], &one["expires_in"]), (&0.into(), &600.into()));
    refused(&poll(&authority, &one), "authorization_pending");
    authority.approve_device(text(&one, "user_code"));
    authority.deny_device(text(&two, "user_code"));
    let tokens = poll(&authority, &one).json();
    assert_eq!(introspect(&authority, text(&tokens, "access_token"))["active"], true);
    refused(&poll(&authority, &one), "invalid_grant");
    refused(&poll(&authority, &two), "access_denied");
    refused(&poll(&authority, &three), "authorization_pending");
    assert_eq!(authority.early_polls(), Vec::<String>::new());
}

#[test]
fn polls_are_answered_by_the_script_first() {
    let script = [Poll::Pending, Poll::Denied, Poll::Expired, Poll::Approved];
    let authority = Authority::start(AuthorityConfig::default().interval(Some(0)).polls(script));
    let device = device(&authority);
    for error in ["authorization_pending", "access_denied", "expired_token"] {
        refused(&poll(&authority, &device), error);
    }
    assert_eq!(poll(&authority, &device).status, 200);
}

#[test]
fn a_poll_that_comes_too_early_is_an_error_and_noted() {
    let authority = Authority::start(AuthorityConfig::default().interval(Some(1000)));
    let device = device(&authority);
    refused(&poll(&authority, &device), "authorization_pending");
    assert_eq!(authority.early_polls().len(), 0);
    refused(&poll(&authority, &device), "invalid_request");
    assert!(authority.early_polls()[0].ends_with("not after 1000s"), "{:?}", authority.early_polls());
    let without = Authority::start(AuthorityConfig::default().interval(None));
    assert_eq!(self::device(&without).get("interval"), None);
}

#[test]
fn a_refresh_gives_a_new_access_token() {
    let authority = Authority::start(AuthorityConfig::default());
    let token = authority.issue_refresh_token("ann");
    let (one, two) = (refresh(&authority, &token).json(), refresh(&authority, &token).json());
    assert_ne!(one["access_token"], two["access_token"]);
    assert_eq!(one.get("refresh_token"), None);
    authority.expire_access_tokens();
    assert_eq!(introspect(&authority, text(&one, "access_token")), serde_json::json!({ "active": false }));
    let three = refresh(&authority, &token).json();
    assert_eq!(introspect(&authority, text(&three, "access_token"))["active"], true);
    authority.revoke(&token);
    refused(&refresh(&authority, &token), "invalid_grant");
    refused(&refresh(&authority, "abc"), "invalid_grant");
    assert_eq!((authority.refreshes(), authority.reused_refresh_tokens()), (5, 0));
}

#[test]
fn rotation_replaces_the_refresh_token() {
    let authority = Authority::start(AuthorityConfig::default().rotate());
    let old = authority.issue_refresh_token("ann");
    let new = refresh(&authority, &old).json();
    refused(&refresh(&authority, &old), "invalid_grant");
    assert_eq!(authority.reused_refresh_tokens(), 1);
    assert_eq!(refresh(&authority, text(&new, "refresh_token")).status, 200);
}

#[test]
fn introspection_takes_the_token_in_each_of_dovecots_ways() {
    let authority = Authority::start(AuthorityConfig::default());
    let token = authority.issue("ann", Duration::from_secs(60));
    let url = authority.url(Endpoint::Introspect);
    let ways = |token: &str| {
        let bearer = format!("Bearer {token}");
        [introspect(&authority, token), get(&format!("{url}?token={token}"), &[]).json(), {
            get(&url, &[("Authorization", &bearer)]).json()
        }]
    };
    assert!(ways(&token).iter().all(|known| known["active"] == true && known["email"] == "ann"));
    authority.expire(&token);
    assert!(ways(&token).iter().all(|known| known["active"] == false));
    let token = authority.issue("ann", Duration::from_secs(60));
    authority.revoke(&token);
    assert!(ways(&token).iter().all(|known| known["active"] == false));
    assert!(ways(&authority.issue("ann", Duration::ZERO)).iter().all(|known| known["active"] == false));
    assert!(ways("unknown").iter().all(|known| known["active"] == false));
}

#[test]
fn a_client_with_a_secret_has_to_say_it() {
    let authority = Authority::start(AuthorityConfig::default().client_secret("hush"));
    let token = authority.issue_refresh_token("ann");
    refused(&refresh(&authority, &token), "invalid_client");
    let form = [("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", &token)];
    let mut form = Fields::new(form);
    form.0.push(("client_secret".into(), "hush".into()));
    assert_eq!(post(&authority.url(Endpoint::Token), &form).status, 200);
    form.set("client_secret", "hash");
    refused(&post(&authority.url(Endpoint::Token), &form), "invalid_client");
    assert!(authority.secrets().contains(&"hush".to_owned()));
}

#[test]
fn requests_are_noted_as_they_came() {
    let authority = Authority::start(AuthorityConfig::default());
    let url = format!("{}?a=1+2%26", authority.url(Endpoint::Token));
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Odd", "yes")];
    refused(&request("POST", &url, &headers, "b=%2B&c=%C3%A9").unwrap(), "invalid_client");
    let noted = &authority.requests_to(Endpoint::Token)[0];
    assert_eq!((&noted.method[..], noted.header("x-odd")), ("POST", Some("yes")));
    assert_eq!(noted.query, Fields::new([("a", "1 2&")]));
    assert_eq!(noted.form, Fields::new([("b", "+"), ("c", "\u{e9}")]));
    // What is no form is refused, and so is a wrong method.
    refused(&request("POST", &url, &[("Content-Type", "application/json")], "{}").unwrap(), "invalid_request");
    refused(&get(&url, &[]), "invalid_request");
}

#[test]
fn faults_are_faults_where_they_should_be() {
    let answers = |faults: &[Fault]| {
        let config = faults
            .iter()
            .fold(AuthorityConfig::default(), |config, fault| config.fault_on(Endpoint::Token, 0..1, fault.clone()));
        let authority = Authority::start(config);
        let token = authority.issue_refresh_token("ann");
        let bad = refresh(&authority, &token);
        assert!(text(&refresh(&authority, &token).json(), "access_token").len() > 255);
        bad
    };
    let page = answers(&[Fault::server_error()]);
    assert_eq!((page.status, page.header("content-type")), (500, Some("text/html")));
    let page = answers(&[Fault::not_json()]);
    assert!(page.status == 200 && serde_json::from_slice::<Value>(&page.body).is_err());
    refused(&answers(&[Fault::refusal("invalid_grant")]), "invalid_grant");
    let page = answers(&[Fault::Huge(3_000_000)]);
    assert!(page.body.len() == 3_000_000 && text(&page.json(), "access_token").starts_with("aaa"));
    let page = answers(&[Fault::Redirect("http://evil.test/".into())]);
    assert_eq!((page.status, page.header("location")), (302, Some("http://evil.test/")));
    let altered = [Fault::Field("token_type", "bEAREr".into()), Fault::WithoutField("expires_in")];
    let tokens = answers(&altered).json();
    assert_eq!((text(&tokens, "token_type"), tokens.get("expires_in")), ("bEAREr", None));
    let tokens = answers(&[Fault::control_characters_in_token()]).json();
    assert!(text(&tokens, "access_token").contains("\r\n"));
}

#[test]
fn an_answer_can_be_lost() {
    for (fault, reused) in [(Fault::Close, 0), (Fault::CloseAfterGrant, 1)] {
        let authority =
            Authority::start(AuthorityConfig::default().rotate().fault_on(Endpoint::Token, 0..1, fault.clone()));
        let token = authority.issue_refresh_token("ann");
        let form = Fields::new([("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", &token)]);
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let lost = request("POST", &authority.url(Endpoint::Token), &headers, &form.encode());
        assert!(lost.is_err(), "{fault:?}: {lost:?}");
        refresh(&authority, &token);
        assert_eq!(authority.reused_refresh_tokens(), reused, "{fault:?}");
    }
}

#[test]
fn a_client_that_is_kept_waiting_is_let_go_at_the_end() {
    let authority = Authority::start(AuthorityConfig::default().fault(Endpoint::Device, Fault::Hang));
    let url = authority.url(Endpoint::Device);
    let client = std::thread::spawn(move || request("POST", &url, &[], ""));
    wait_until("the request has come", || !authority.requests().is_empty());
    drop(authority);
    assert!(client.join().unwrap().is_err());
}
