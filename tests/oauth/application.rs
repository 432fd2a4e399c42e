//! An application with rights of its own: nobody consents, and nothing is kept.

use super::*;

const SECRET: &str = "application-secret";

fn config() -> AuthorityConfig {
    AuthorityConfig::default().client_secret(SECRET)
}

#[test]
fn a_mailbox_is_read_by_the_right_of_the_application() {
    let test = "a_mailbox_is_read_by_the_right_of_the_application";
    let Some((person, dovecot)) = Person::with_mail(test, config(), &ordinary_messages(3)) else { return };
    let more = format!(
        "oauth-flow = \"client-credentials\"\noauth-client-id = \"{CLIENT_ID}\"\noauth-client-secret = \"{SECRET}\""
    );
    person.write_accounts(&[("work", &dovecot.url_pop3s(USER), &more)]);
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!(person.fetched(), 3);
    assert!(!person.home.state().join("tokens").exists(), "nothing is kept");
    let asked = person.authority.requests_to(Endpoint::Token);
    assert_eq!(asked[0].form.get("grant_type"), Some("client_credentials"));
    assert_eq!(asked[0].form.get("scope"), Some(SCOPE));
    person.ran(&["fetch"]).code(0).silent();
    person.ran(&["login", "work"]).code(64).says("nobody is asked for consent").says("noop");
    person.ran(&["logout", "work"]).code(0);
}

#[test]
fn what_is_missing_is_told() {
    let person = Person::new(config());
    let flow = "oauth-flow = \"client-credentials\"";
    person.write_accounts(&[("work", "pop3s://ann@localhost:1", flow)]);
    person.ran(&["fetch"]).code(78).says("needs oauth-client-secret");
    let microsoft =
        format!("{flow}\noauth-provider = \"microsoft\"\noauth-client-id = \"x\"\noauth-client-secret = \"y\"");
    person.write_accounts(&[("work", "pop3s://ann@localhost:1", &microsoft)]);
    person.ran(&["fetch"]).code(78).says("needs oauth-tenant");
}

/// The mail server says the same to each mistake.
#[test]
fn a_token_that_the_mail_server_refuses_is_explained() {
    let test = "a_token_that_the_mail_server_refuses_is_explained";
    let Some((person, dovecot)) = Person::with_mail(test, config().user("bob"), &ordinary_messages(1)) else { return };
    let more = format!(
        "oauth-flow = \"client-credentials\"\noauth-client-id = \"{CLIENT_ID}\"\noauth-client-secret = \"{SECRET}\""
    );
    person.write_accounts(&[("work", &dovecot.url_pop3s(USER), &more)]);
    person.ran(&["fetch"]).code(77).says("POP3.AccessAsApp").says("Add-MailboxPermission");
}
