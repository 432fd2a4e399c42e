//! Tokens are given back at the logout.

use super::*;

#[test]
fn a_logout_gives_the_tokens_back() {
    let person = Person::new(AuthorityConfig::default());
    person.log_in();
    let refresh = person.kept()["refresh_token"].as_str().unwrap().to_owned();
    person
        .ran(&["logout", "work"])
        .code(0)
        .says("has taken the tokens back")
        .says("no password or token is stored any more");
    let asked = person.authority.requests_to(Endpoint::Revoke);
    assert_eq!(asked[0].form.get("token"), Some(refresh.as_str()));
    assert!(!person.home.state().join("tokens").read_dir().is_ok_and(|mut files| files.next().is_some()));
    // Nothing is left to give back.
    person.ran(&["logout", "work"]).code(0);
    assert_eq!(person.authority.requests_to(Endpoint::Revoke).len(), 1);
}

/// A provider that is away, or does not know them, keeps nobody from forgetting them.
#[test]
fn what_cannot_be_given_back_is_forgotten_all_the_same() {
    for (fault, words) in [
        (Fault::server_error(), "stay valid there"),
        (Fault::Close, "stay valid there"),
        (Fault::refusal("invalid_token"), ""),
    ] {
        let person = Person::new(AuthorityConfig::default().fault(Endpoint::Revoke, fault));
        person.log_in();
        let secret = person.kept()["refresh_token"].as_str().unwrap().to_owned();
        let ran = person.ran(&["logout", "work"]);
        ran.code(0).says(words).says("no password or token is stored any more");
        assert!(!ran.everything().contains(&secret));
        assert!(!person.home.state().join("tokens").read_dir().is_ok_and(|mut files| files.next().is_some()));
    }
}
