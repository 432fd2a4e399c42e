//! What the tests of bearer tokens rely on in a real Dovecot, seen by a client that is as raw as can be.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::authority::{Authority, AuthorityConfig, Endpoint, Fault};
use super::dovecot::{
    Dovecot, Introspection, PASSWORD, RawClient, USER, dovecot_or_skip, dovecot_with_tokens_or_skip, ordinary_messages,
};

const HOUR: Duration = Duration::from_secs(3600);
/// Each mechanism, what it answers to a refusal, and what it then hears.
const MECHANISMS: [(&str, &str, &str); 2] = [
    ("XOAUTH2", r#"{"status":"401","schemes":"bearer","scope":"mail"}"#, ""),
    ("OAUTHBEARER", r#"{"status":"invalid_token"}"#, "AQ=="),
];

/// The line that carries a token.
fn response(mechanism: &str, user: &str, token: &str) -> String {
    BASE64_STANDARD.encode(match mechanism {
        "XOAUTH2" => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        _ => format!("n,a={user},\x01host=localhost\x01port=110\x01auth=Bearer {token}\x01\x01"),
    })
}

/// Sends a token in a line of its own, and returns what comes.
fn send(client: &mut RawClient, mechanism: &str, user: &str, token: &str) -> String {
    assert_eq!(client.ask(&format!("AUTH {mechanism}")), "+ ");
    client.ask(&response(mechanism, user, token))
}

/// A token is refused, as the RFCs and Google say it.
#[track_caller]
fn refused(server: &Dovecot, mechanism: (&str, &str, &str), user: &str, token: &str) {
    let (mechanism, challenge, answer) = mechanism;
    let mut client = RawClient::connect(server.port_pop3());
    let line = send(&mut client, mechanism, user, token);
    let found = BASE64_STANDARD.decode(line.strip_prefix("+ ").unwrap_or_else(|| panic!("{line:?}"))).unwrap();
    assert_eq!(String::from_utf8(found).unwrap(), challenge);
    assert_eq!(client.ask(answer), "-ERR [AUTH] Authentication failed.");
}

#[test]
fn a_good_token_logs_in_by_each_way() {
    let authority = Authority::start(AuthorityConfig::default());
    let token = authority.issue(USER, HOUR);
    let url = authority.url(Endpoint::Introspect);
    let mut asked = 0;
    for introspection in [Introspection::Auth(url.clone()), Introspection::Get(url.clone()), Introspection::Post(url)] {
        let test = "a_good_token_logs_in_by_each_way";
        let Some(server) = dovecot_with_tokens_or_skip(test, &ordinary_messages(2), introspection) else { return };
        for (mechanism, ..) in MECHANISMS {
            let mut client = RawClient::connect(server.port_pop3());
            assert_eq!(send(&mut client, mechanism, USER, &token), "+OK Logged in.");
            assert_eq!(client.stat().0, 2);
            let mut client = RawClient::connect(server.port_pop3());
            client.command(&format!("AUTH {mechanism} {}", response(mechanism, USER, &token)));
            assert_eq!(client.stat().0, 2);
            asked += 2;
        }
    }
    assert_eq!(authority.requests_to(Endpoint::Introspect).len(), asked);
}

/// A server with tokens and its authority.
fn server(test: &str, config: AuthorityConfig) -> Option<(Dovecot, Authority)> {
    let authority = Authority::start(config);
    let introspection = Introspection::Post(authority.url(Endpoint::Introspect));
    Some((dovecot_with_tokens_or_skip(test, &ordinary_messages(1), introspection)?, authority))
}

#[test]
fn a_bad_token_is_answered_with_a_challenge_and_then_refused() {
    let test = "a_bad_token_is_answered_with_a_challenge_and_then_refused";
    let Some((server, authority)) = server(test, AuthorityConfig::default()) else { return };
    let (good, expired, revoked) =
        (authority.issue(USER, HOUR), authority.issue(USER, HOUR), authority.issue(USER, HOUR));
    authority.expire(&expired);
    authority.revoke(&revoked);
    for mechanism in MECHANISMS {
        for token in ["unknown", PASSWORD, &expired, &revoked, &authority.issue("bob", HOUR)] {
            refused(&server, mechanism, USER, token);
        }
        refused(&server, mechanism, "bob", &good);
    }
}

#[test]
fn tokens_and_passwords_are_not_mistaken_for_each_other() {
    let test = "tokens_and_passwords_are_not_mistaken_for_each_other";
    let Some((server, authority)) = server(test, AuthorityConfig::default()) else { return };
    RawClient::login(server.port_pop3(), USER, PASSWORD).quit();
    let mut client = RawClient::connect(server.port_pop3());
    client.command(&format!("USER {USER}"));
    let answer = client.ask(&format!("PASS {}", authority.issue(USER, HOUR)));
    assert!(answer.starts_with("-ERR [AUTH]"), "{answer:?}");
    assert_eq!(authority.requests().len(), 0, "a password was shown to the authority");
}

#[test]
fn an_authority_that_fails_is_no_wrong_token() {
    let test = "an_authority_that_fails_is_no_wrong_token";
    let config = AuthorityConfig::default().fault(Endpoint::Introspect, Fault::server_error());
    let Some((server, authority)) = server(test, config) else { return };
    let token = authority.issue(USER, HOUR);
    let check = |token: &str| {
        for (mechanism, ..) in MECHANISMS {
            let answer = send(&mut RawClient::connect(server.port_pop3()), mechanism, USER, token);
            assert!(answer.starts_with("-ERR [SYS/TEMP]"), "{answer:?}");
        }
    };
    check(&token);
    drop(authority); // now nobody listens
    check(&token);
}

#[test]
fn the_mechanisms_are_offered_with_an_authority_only() {
    let test = "the_mechanisms_are_offered_with_an_authority_only";
    let offered = |server: &Dovecot| {
        let capabilities = RawClient::connect(server.port_pop3()).capa();
        let sasl = capabilities.iter().find(|line| line.starts_with("SASL ")).unwrap();
        MECHANISMS.map(|(mechanism, ..)| sasl.split(' ').any(|word| word == mechanism))
    };
    let Some((with, _authority)) = server(test, AuthorityConfig::default()) else { return };
    let Some(without) = dovecot_or_skip(test, &[]) else { return };
    assert_eq!((offered(&with), offered(&without)), ([true; 2], [false; 2]));
}
