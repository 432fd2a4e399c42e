//! The browser flow: a browser comes back to the program, and not everything that knocks is that browser.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use super::super::authority::{Fields, challenge, get};
use super::*;

/// `login work` in a browser, with more words.
fn begin(person: &Person, more: &[&str]) -> Login {
    let words = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check"];
    Login::begin(&mut person.command(&[&words, more].concat()))
}

fn fields(url: &str) -> Fields {
    Fields::parse(url.split_once('?').unwrap().1)
}

/// Where a login listens, as `HOST:PORT`.
fn address(login: &Login) -> String {
    fields(&login.url).get("redirect_uri").unwrap().strip_prefix("http://").unwrap().to_owned()
}

#[test]
fn consent_in_a_browser_is_asked_for_once() {
    let test = "consent_in_a_browser_is_asked_for_once";
    let Some((person, _dovecot)) = Person::with_mail(test, AuthorityConfig::default(), &ordinary_messages(2)) else {
        return;
    };
    let child = person.command(&["login", "work", "--oauth-flow", "browser"]).spawn().unwrap();
    let mut child = child;
    // It is told on standard error where nobody asks for JSON.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| line.unwrap().trim().strip_prefix("http").map(|rest| format!("http{rest}")));
    let page = browse(&url.unwrap(), Visit::Approve);
    assert!(page.text().contains("You can close this page"), "{}", page.text());
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(said[0].contains("the tokens are in a file"), "{said:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes(), person.shown_to_mail_server()), (2, 0, 2));
}

#[test]
fn the_code_is_worth_something_to_this_run_only() {
    let person = Person::new(AuthorityConfig::default());
    let login = begin(&person, &[]);
    let asked = fields(&login.url);
    browse(&login.url, Visit::Approve);
    login.finish().code(0);
    let tokens = person.authority.requests_to(Endpoint::Token);
    let verifier = tokens[0].form.get("code_verifier").unwrap();
    assert_eq!(asked.get("code_challenge"), Some(&challenge(verifier)[..]));
    assert_eq!((asked.get("code_challenge_method"), asked.get("code_verifier")), (Some("S256"), None));
    assert_eq!(asked.get("redirect_uri"), tokens[0].form.get("redirect_uri"));
    let other = begin(&person, &[]);
    let again = fields(&other.url);
    for name in ["state", "code_challenge"] {
        assert!(asked.get(name) != again.get(name) && again.get(name).unwrap().len() == 43, "{name}");
    }
    other.signal(Signal::KILL);
    other.finish();
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    let person = Person::new(AuthorityConfig::default());
    for visit in [Visit::FaviconFirst, Visit::GarbageFirst, Visit::IdleConnectionFirst] {
        let login = begin(&person, &[]);
        assert_eq!(browse(&login.url, visit).status, 200, "{visit:?}");
        login.finish().code(0);
    }
    let before = person.authority.requests_to(Endpoint::Token).len();
    let login = begin(&person, &[]);
    assert_eq!(browse(&login.url, Visit::WrongState).status, 404);
    let base = format!("http://{}", address(&login));
    for target in ["/?error=access_denied", "/?code=forged", "/?state=", "/%00", "/?code=a&state=b"] {
        assert_eq!(get(&format!("{base}{target}"), &[]).status, 404, "{target}");
    }
    assert_eq!(person.authority.requests_to(Endpoint::Token).len(), before, "a forged code was sent on");
    assert_eq!(browse(&login.url, Visit::Approve).status, 200);
    login.finish().code(0);
}

#[test]
fn a_user_may_say_no() {
    let person = Person::new(AuthorityConfig::default());
    let login = begin(&person, &[]);
    assert_eq!(browse(&login.url, Visit::Deny).status, 200);
    login.finish().code(77).says("work: consent was denied: access_denied");
    assert!(!person.home.state().join("tokens").exists());
}

#[test]
fn the_port_can_be_chosen() {
    let person = Person::new(AuthorityConfig::default());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let words = ["login", "work", "--oauth-flow", "browser", "--no-check", "--port", &port];
    person.ran(&words).code(74).says("cannot listen for the browser's answer");
    drop(taken);
    let login = begin(&person, &["--port", &port]);
    assert_eq!(fields(&login.url).get("redirect_uri"), Some(&format!("http://127.0.0.1:{port}")[..]));
    browse(&login.url, Visit::Approve);
    login.finish().code(0);
}

/// Neither those who say nothing, nor those who never end, nor many of them.
#[test]
fn nobody_keeps_the_answer_or_a_signal_waiting() {
    let person = Person::new(AuthorityConfig::default());
    let crowd = |login: &Login| -> Vec<TcpStream> {
        let connect = |number: usize| {
            let mut stream = TcpStream::connect(address(login)).unwrap();
            if number.is_multiple_of(2) {
                stream.write_all(b"GET /?code=").unwrap();
            }
            stream
        };
        (0..100).map(connect).collect()
    };
    let login = begin(&person, &[]);
    let strangers = crowd(&login);
    assert_eq!(browse(&login.url, Visit::Approve).status, 200);
    login.finish().code(0);
    drop(strangers);

    let login = begin(&person, &[]);
    let strangers = crowd(&login);
    login.signal(Signal::INT);
    login.finish().interrupted().says("work: stopped");
    drop(strangers);
}
