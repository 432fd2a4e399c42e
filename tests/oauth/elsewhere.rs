//! Machines without a browser: the answer is pasted; and a device flow that is not allowed.

use super::super::authority::{Fields, get};
use super::super::terminal::Terminal;
use super::super::util::run_with_input;
use super::*;

/// Where the authority sends a browser that has opened `url` and consented.
fn sent_to(url: &str) -> String {
    get(url, &[]).header("location").unwrap().to_owned()
}

#[test]
fn the_address_of_a_page_that_does_not_load_is_the_answer() {
    let person = Person::new(AuthorityConfig::default());
    let mut terminal = Terminal::run_on(&person.command(&["login", "work", "--paste", "--no-check"]), 1000);
    terminal.wait_for("Paste the address");
    let shown = terminal.shown();
    let url = shown.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
    let answer = sent_to(&url);
    assert!(answer.starts_with("http://127.0.0.1:1?"), "{answer}");
    terminal.type_line(&answer);
    terminal.finish().code(0).prints("the tokens are in a file");
    assert_eq!(person.kept()["client_id"], CLIENT_ID);
}

/// The port is one that is registered with the provider, or forwarded.
#[test]
fn the_port_can_be_chosen() {
    let person = Person::new(AuthorityConfig::default());
    let words = ["login", "work", "--paste", "--redirect-port", "8765", "--no-check"];
    let ran = run_with_input(&mut person.command(&words), b"http://127.0.0.1:8765/?state=x&code=y\n");
    ran.code(64).says("not the address that the browser was sent to").says("127.0.0.1%3A8765");
    run_with_input(&mut person.command(&words), b"").code(64);
    run_with_input(&mut person.command(&words), &[b'x'; 10_000]).code(64);
    assert_eq!(person.authority.requests_to(Endpoint::Token).len(), 0);
}

#[test]
fn a_denial_is_told_in_the_words_of_the_provider() {
    let person = Person::new(AuthorityConfig::default());
    let mut terminal = Terminal::run_on(&person.command(&["login", "work", "--paste", "--no-check"]), 1000);
    terminal.wait_for("Paste the address");
    let shown = terminal.shown();
    let url = shown.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    let state = Fields::parse(url.split_once('?').unwrap().1).get("state").unwrap().to_owned();
    let words = "AADSTS65004%3A+User+declined+to+consent%0d%0aTrace+ID%3A+7";
    terminal.type_line(&format!("http://127.0.0.1:1/?error=access_denied&error_description={words}&state={state}"));
    let ran = terminal.finish();
    ran.code(77)
        .prints("consent was denied: access_denied AADSTS65004: User declined to consent")
        .prints("agree to what is asked");
    assert!(!ran.stdout.contains("Trace ID"));
}

/// A policy blocks device codes, or the application may not use them: a browser is asked, unless it must be a code.
#[test]
fn a_device_flow_that_is_not_allowed_becomes_one_in_a_browser() {
    for (error, words) in
        [("invalid_scope", ""), ("invalid_grant", "AADSTS53003: Access has been blocked"), ("unauthorized_client", "")]
    {
        let body = format!("{{\"error\":\"{error}\",\"error_description\":\"{words}\"}}").into_bytes();
        let fault = || Fault::Answer { status: 400, content_type: "application/json", body: body.clone() };
        let person = Person::new(AuthorityConfig::default().fault(Endpoint::Device, fault()));
        let login = Login::begin(&mut person.command(&["login", "work", "--json", "--no-check"]));
        assert_eq!(login.code, None, "{error}");
        assert_eq!(browse(&login.url, Visit::Approve).status, 200);
        login.finish().code(0);
        let ran = person.ran(&["login", "work", "--oauth-flow", "device", "--no-check"]);
        ran.code(78).says("the device flow is refused").says(error);
    }
    let person = Person::new(AuthorityConfig::default().fault(Endpoint::Device, Fault::refusal("invalid_client")));
    person.ran(&["login", "work", "--no-check"]).code(78).says("check oauth-client-id");
}

#[test]
fn codes_of_providers_are_explained() {
    for (error, words, advice) in [
        ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", "log in again"),
        ("invalid_grant", "Token has been expired or revoked.", "after seven days"),
        ("interaction_required", "AADSTS50076: Due to a configuration change", "a second factor is wanted"),
        (
            "unauthorized_client",
            "AADSTS700016: Application with identifier 'x' was not found",
            "check oauth-client-id and oauth-tenant",
        ),
        ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "the value of the secret, not its id"),
        ("admin_policy_enforced", "", "the administrator of the Google Workspace"),
    ] {
        let person = Person::new(brief());
        person.log_in();
        let body = format!("{{\"error\":\"{error}\",\"error_description\":\"{words}\"}}").into_bytes();
        let answer = Fault::Answer { status: 400, content_type: "application/json", body };
        let config = brief().fault_on(Endpoint::Token, 1..9, answer);
        let refused = Person::new(config);
        refused.log_in();
        let ran = refused.ran(&["noop", "work"]);
        ran.says(error).says(advice);
        assert!(matches!(ran.code, Some(77 | 78)), "{}", ran.everything());
    }
}
