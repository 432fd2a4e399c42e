//! The login: the candidates in their order, one verdict on the secret at most.

use sha1::Sha1;
use sha2::Sha256;

use super::choose::{Situation, candidates};
use super::refused::LoginAttempt;
use crate::auth::{
    Binding, CramMd5, Credentials, External, LoginMechanism, OauthBearer, Plain, Scram, ScramHash, Secret, Xoauth2,
    apop_digest,
};
use crate::client::{Client, LoginOutcome};
use crate::config::{Account, Mechanism};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, TlsMode, Transport};
use crate::proto::Exchange;

/// Logs in. A mechanism that comes to nothing before anything of the secret was sent is followed by the next one on the
/// same connection (C-151); what comes after that is the verdict, and no other is asked for (C-118, C-152).
///
/// A SCRAM that is refused before that says that the server stores nothing that SCRAM could use; so no other SCRAM is
/// tried where something else can be, nor is any if `refuses_scram` says so from before: each refusal is a failed login in
/// the eyes of whoever watches the server's log. Returns whether that was seen now.
pub(super) fn log_in(
    client: &mut Client<Connection>,
    account: &Account,
    credentials: &Credentials,
    refuses_scram: bool,
) -> Result<bool> {
    let mut mechanisms = mechanisms(client, account, credentials)?;
    if refuses_scram {
        leave_scram_out(&mut mechanisms);
    }
    let mut earlier: Option<LoginAttempt<'_>> = None;
    for _ in 0..MAX_ATTEMPTS {
        if mechanisms.is_empty() {
            break;
        }
        let mechanism = mechanisms.remove(0);
        let login = match (attempt(client, account, credentials, mechanism), &earlier) {
            (Ok(login), _) => login,
            // The server has had enough; what it said before is the reason.
            (Err(error), Some(earlier)) if error.cause() == Cause::ConnectionLost && client.has_ended() => {
                return Err(earlier.explain(client.capabilities()));
            }
            (Err(error), _) => return Err(error),
        };
        let LoginOutcome::Failed(failed) = login else {
            return Ok(earlier.is_some_and(|earlier| earlier.is_scram()));
        };
        let attempt = LoginAttempt { mechanism, credentials, failed };
        if !attempt.is_about_the_mechanism() {
            return Err(attempt.explain(client.capabilities()));
        }
        if attempt.is_scram() {
            leave_scram_out(&mut mechanisms);
        }
        earlier = Some(attempt);
    }
    match earlier {
        Some(attempt) => Err(attempt.explain(client.capabilities())),
        None => Err(Error::new(Kind::Bug, "there was no mechanism to log in with")),
    }
}

/// If there is anything else.
fn leave_scram_out(mechanisms: &mut Vec<Mechanism>) {
    if mechanisms.iter().any(|mechanism| !mechanism.is_scram()) {
        mechanisms.retain(|mechanism| !mechanism.is_scram());
    }
}

/// What is to be tried, in this order.
fn mechanisms(client: &mut Client<Connection>, account: &Account, credentials: &Credentials) -> Result<Vec<Mechanism>> {
    let is_ascii = secret_of(credentials).is_none_or(|secret| secret.expose().is_ascii());
    candidates(&Situation {
        can_bind: client.stream().channel_binding().is_some(),
        capabilities: client.capabilities(),
        named: account.mechanism,
        credentials,
        is_ascii: is_ascii && account.source.user.is_ascii(),
    })
}

fn attempt(
    client: &mut Client<Connection>,
    account: &Account,
    credentials: &Credentials,
    mechanism: Mechanism,
) -> Result<LoginOutcome> {
    let user = &account.source.user;
    match (mechanism, credentials) {
        (Mechanism::User, Credentials::Password(password)) => user_pass(client, user, password),
        (Mechanism::Apop, Credentials::Password(password)) => apop(client, account, password),
        _ => {
            let mut exchange = exchange(client, account, credentials, mechanism)?;
            client.authenticate(&mut *exchange)
        }
    }
}

/// UTF-8 mode first, if it is about to be needed (C-174); the server may still say no to it.
fn user_pass(client: &mut Client<Connection>, user: &str, password: &Secret) -> Result<LoginOutcome> {
    let is_ascii = user.is_ascii() && password.expose().is_ascii();
    if !is_ascii && client.capabilities().has_utf8_logins() {
        client.utf8()?.ok(); // a refusal is not fatal (C-175)
    }
    client.user_pass(user, password.expose())
}

fn apop(client: &mut Client<Connection>, account: &Account, password: &Secret) -> Result<LoginOutcome> {
    let Some(timestamp) = client.timestamp() else {
        let error =
            Error::new(Kind::Unavailable, "APOP needs a greeting with a timestamp, and there was none to rely on");
        return Err(match account.tls() {
            TlsMode::StartTls => error.hint("what was said before STLS does not count; use pop3s:// (--tls implicit)"),
            TlsMode::Implicit | TlsMode::None => error,
        });
    };
    let digest = apop_digest(timestamp, password);
    client.apop(&account.source.user, &digest)
}

/// The exchange of a SASL mechanism.
fn exchange<'a>(
    client: &mut Client<Connection>,
    account: &'a Account,
    credentials: &'a Credentials,
    mechanism: Mechanism,
) -> Result<Box<dyn Exchange + 'a>> {
    let (user, host) = (account.source.user.as_str(), account.source.host.as_str());
    Ok(match (mechanism, credentials) {
        (Mechanism::CramMd5, Credentials::Password(password)) => Box::new(CramMd5::new(user, password)),
        (Mechanism::Login, Credentials::Password(password)) => Box::new(LoginMechanism::new(user, password)),
        (Mechanism::Plain, Credentials::Password(password)) => Box::new(Plain::new(user, password)),
        (Mechanism::ScramSha1 | Mechanism::ScramSha1Plus, Credentials::Password(password)) => {
            scram::<Sha1>(client, user, password, mechanism)?
        }
        (Mechanism::ScramSha256 | Mechanism::ScramSha256Plus, Credentials::Password(password)) => {
            scram::<Sha256>(client, user, password, mechanism)?
        }
        (Mechanism::OauthBearer, Credentials::Token(token)) => {
            Box::new(OauthBearer::new(user, host, account.source.port, token))
        }
        (Mechanism::Xoauth2, Credentials::Token(token)) => Box::new(Xoauth2::new(user, token)),
        (Mechanism::External, Credentials::Certificate) => Box::new(External::new(user)),
        (mechanism, _) => {
            let text = format!("{} does not log in with what is known of this account", mechanism.name());
            return Err(Error::new(Kind::Config, text)
                .hint("XOAUTH2 and OAUTHBEARER want an access token, EXTERNAL a certificate, all others a password"));
        }
    })
}

fn scram<'a, H: ScramHash + 'a>(
    client: &mut Client<Connection>,
    user: &str,
    password: &'a Secret,
    mechanism: Mechanism,
) -> Result<Box<dyn Exchange + 'a>> {
    let binding = match (client.stream().channel_binding(), mechanism.name() == H::PLUS) {
        (Some(exported), true) => Binding::TlsExporter(exported),
        // Where -PLUS is listed and possible it has been chosen.
        (Some(_), false) => Binding::NotOffered,
        (None, false) => Binding::Unable,
        (None, true) => {
            let text = format!("{} needs a session of TLS 1.3 to be bound to", mechanism.name());
            return Err(Error::new(Kind::Unavailable, text));
        }
    };
    Ok(Box::new(Scram::<H>::new(user, password, binding)?))
}

pub(super) fn secret_of(credentials: &Credentials) -> Option<&Secret> {
    match credentials {
        Credentials::Password(secret) | Credentials::Token(secret) => Some(secret),
        Credentials::Certificate => None,
    }
}

/// Before the login a Dovecot puts up with three commands that come to nothing (C-064), and each may count as a failed
/// login with whoever watches the server's log.
const MAX_ATTEMPTS: usize = 3;
