//! New access tokens: when they are asked for, how often, and what becomes of a consent that has ended.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use super::super::proxy::splice;
use super::*;

/// A relay to a server: the first connection is `first`'s, as client and server; the others pass.
fn relay(server: u16, first: impl FnOnce(TcpStream, TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut first = Some(first);
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            match first.take() {
                Some(first) => first(client, server),
                None => drop(thread::spawn(move || splice(client, server))),
            }
        }
    });
    port
}

/// Messages of some size, so that a line can break in the middle of them.
fn large_messages() -> Vec<Message> {
    let body = "0123456789012345678901234567890123456789012345678901234567890123\n".repeat(300);
    (0..12).map(|number| Message::new("large", format!("Subject: {number}\n\n{body}"))).collect()
}

#[test]
fn a_token_that_has_ended_is_replaced_before_the_server_sees_it() {
    let test = "a_token_that_has_ended_is_replaced_before_the_server_sees_it";
    let Some((person, dovecot)) = Person::with_mail(test, brief(), &ordinary_messages(2)) else { return };
    person.log_in();
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes(), person.shown_to_mail_server()), (2, 1, 1));
    dovecot.add_message(b"Subject: later\n\nx\n");
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes(), person.shown_to_mail_server()), (3, 1, 2));
    // Without rotation the refresh token stays what it was.
    let form = person.authority.requests_to(Endpoint::Token)[1].form.clone();
    assert_eq!(person.kept()["refresh_token"], form.get("refresh_token").unwrap());
}

#[test]
fn a_token_that_is_refused_before_its_time_is_replaced_once() {
    let test = "a_token_that_is_refused_before_its_time_is_replaced_once";
    for rotate in [false, true] {
        let config = if rotate { AuthorityConfig::default().rotate() } else { AuthorityConfig::default() };
        let Some((person, _dovecot)) = Person::with_mail(test, config, &ordinary_messages(2)) else { return };
        person.log_in();
        for times in 1..=2 {
            person.authority.expire_access_tokens();
            person.ran(&["fetch"]).code(0).silent();
            assert_eq!((person.refreshes(), person.shown_to_mail_server()), (times, 2 * times));
        }
        assert_eq!(person.fetched(), 2);
    }
}

/// The consent is somebody else's: each new token is refused like the one before.
#[test]
fn a_second_refusal_is_the_verdict() {
    let test = "a_second_refusal_is_the_verdict";
    let Some((person, _dovecot)) = Person::with_mail(test, AuthorityConfig::default().user("bob"), &[]) else { return };
    person.log_in();
    let ran = person.ran(&["fetch"]);
    ran.code(77).says("the login was refused").says("run `mailhaul login` for ann@localhost");
    assert_eq!((person.refreshes(), person.shown_to_mail_server()), (1, 2));
    // `login` itself says the same, and keeps the tokens: they may be good when the server is set right.
    let login = Login::begin(&mut person.command(&["login", "work", "--oauth-flow", "browser", "--json"]));
    browse(&login.url, Visit::Approve);
    login.finish().code(77).says("the login was refused");
    assert_eq!((person.refreshes(), person.shown_to_mail_server()), (2, 4));
}

/// C-111: a server that cannot ask its authority says nothing about the token.
#[test]
fn a_server_in_trouble_costs_no_token() {
    let test = "a_server_in_trouble_costs_no_token";
    let config = AuthorityConfig::default().fault(Endpoint::Introspect, Fault::server_error());
    let Some((person, _dovecot)) = Person::with_mail(test, config, &[]) else { return };
    person.log_in();
    person.ran(&["fetch"]).code(75);
    assert_eq!(person.refreshes(), 0);
}

#[test]
fn a_token_that_ends_between_two_sessions_of_a_fetch_is_replaced() {
    let test = "a_token_that_ends_between_two_sessions_of_a_fetch_is_replaced";
    let config = AuthorityConfig::default().rotate();
    let Some((person, dovecot)) = Person::with_mail(test, config, &large_messages()) else { return };
    let person = Arc::new(person);
    let port = relay(dovecot.port_pop3s(), {
        let person = Arc::clone(&person);
        move |mut client, mut server| {
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to).ok()); // it ends with the connection
            std::io::copy(&mut Read::by_ref(&mut server).take(100_000), &mut client).unwrap();
            person.authority.expire_access_tokens();
            client.shutdown(Shutdown::Both).ok(); // the client may have seen enough
            server.shutdown(Shutdown::Both).ok();
        }
    });
    person.write_accounts(&[("work", &format!("pop3s://ann@localhost:{port}"), "")]);
    person.log_in();
    person.ran(&["fetch", "-v"]).code(0).says("trying again");
    let mut expected: Vec<Vec<u8>> = large_messages().into_iter().map(|message| message.content).collect();
    expected.sort();
    super::super::util::assert_same_messages(&person.home.maildir_messages(), &expected);
    // One for the first session, one that is refused, and one for the second session.
    assert_eq!((person.refreshes(), person.shown_to_mail_server()), (1, 3));
}

/// The mail server is asked after the new tokens are kept: whoever is killed then loses nothing.
#[test]
fn a_kill_behind_a_refresh_loses_no_consent() {
    let test = "a_kill_behind_a_refresh_loses_no_consent";
    let Some((person, dovecot)) = Person::with_mail(test, brief().rotate(), &ordinary_messages(2)) else { return };
    let (connected, is_connected) = mpsc::channel();
    let port = relay(dovecot.port_pop3s(), move |client, _| connected.send(client).unwrap());
    person.write_accounts(&[("work", &format!("pop3s://ann@localhost:{port}"), "")]);
    person.log_in();
    let mut killed = person.command(&["fetch"]).spawn().unwrap();
    let client = is_connected.recv_timeout(PATIENCE).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    drop(client);
    assert_eq!(person.refreshes(), 1);
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!((person.fetched(), person.refreshes()), (2, 1));
    // And what is kept is what the next refresh needs.
    person.authority.expire_access_tokens();
    person.ran(&["fetch"]).code(0).silent();
    assert_eq!(person.refreshes(), 2);
}

#[test]
fn a_consent_that_has_ended_is_asked_for_again() {
    let person = Person::new(brief());
    person.log_in();
    person.authority.revoke_all();
    let ran = person.ran(&["fetch"]);
    ran.code(77).says("the provider does not take the consent any more: invalid_grant the token was revoked");
    ran.says("run `mailhaul login` for ann@localhost");
    assert_eq!(person.refreshes(), 1);
}

/// The provider has replaced the refresh token, and its answer was lost: that cannot be mended, but it can be said.
#[test]
fn an_answer_that_was_lost_is_told_of() {
    let person = Person::new(brief().rotate().fault_on(Endpoint::Token, 1..2, Fault::CloseAfterGrant));
    person.log_in();
    person.ran(&["stat", "work"]).code(75).says("no answer");
    person.ran(&["stat", "work"]).code(77).says("run `mailhaul login`");
}

/// A refresh token that rotation replaces is gone. So it is not used as long as the next one could not be kept.
#[test]
fn no_refresh_token_is_used_up_where_none_can_be_kept() {
    let test = "no_refresh_token_is_used_up_where_none_can_be_kept";
    let Some((person, _dovecot)) = Person::with_mail(test, brief().rotate(), &ordinary_messages(1)) else { return };
    person.log_in();
    let mut limited = person.command(&[]);
    let program = limited.get_program().to_owned();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -f 0; exec \"$0\" stat work"]).arg(program).env_clear();
    command.envs(limited.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    run(&mut command).code(74).says("cannot write").says("ulimit -f");
    assert_eq!(person.refreshes(), 0);
    limited.args(["stat", "work"]);
    run(&mut limited).code(0).prints("1 ");
    assert_eq!(person.refreshes(), 1);
}

/// What is no JSON, or another application's, is not taken for tokens; and a number of any size is a time.
#[test]
fn tokens_that_cannot_be_used_are_told_of() {
    let person = Person::new(AuthorityConfig::default());
    person.ran(&["fetch"]).code(78).says("no tokens are kept").says("run `mailhaul login`");
    person.log_in();
    let text = fs::read_to_string(person.home.path("config.toml")).unwrap();
    person.home.write_private("config.toml", text.replace(CLIENT_ID, "another").as_bytes());
    person.ran(&["fetch"]).code(78).says("another oauth-client-id").says("run `mailhaul login`");
    person.write_accounts(&[("work", "pop3s://ann@localhost:1", "")]);
    let mut kept = person.kept();
    kept["expires_at"] = u64::MAX.into();
    fs::write(person.token_file(), kept.to_string()).unwrap();
    person.ran(&["fetch"]).code(75).says("cannot connect");
    let mut file = fs::File::create(person.token_file()).unwrap();
    file.write_all(b"{\"refresh_token\":\"hunter2").unwrap();
    let ran = person.ran(&["fetch"]);
    ran.code(78).says("the tokens that are kept cannot be read").says("run `mailhaul login`");
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    person.log_in();
    person.ran(&["fetch"]).code(75).says("cannot connect");
}
