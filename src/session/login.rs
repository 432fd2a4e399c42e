//! The login: the candidates in their order, one verdict on the secret at most.

use std::collections::VecDeque;

use sha1::Sha1;
use sha2::Sha256;

use super::Quirks;
use super::choose::{Situation, candidates};
use super::refused::LoginAttempt;
use crate::auth::{
    Binding, CramMd5, Credentials, External, LoginMechanism, OauthBearer, Plain, Scram, ScramHash, Secret, Xoauth2,
    apop_digest,
};
use crate::client::{Client, FirstMessage, LoginOutcome};
use crate::config::{Account, Mechanism};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, TlsMode, Transport};
use crate::proto::Exchange;

/// What a login has shown of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LoginFindings {
    pub(super) refuses_scram: bool,
    pub(super) misbinds: bool,
}

/// One attempt that is to be made.
#[derive(Clone, Copy)]
struct Try {
    mechanism: Mechanism,
    first: FirstMessage,
}

/// The attempts of a login.
struct Tries {
    waiting: VecDeque<Try>,
    /// How many more may come to nothing.
    left: usize,
    /// Is USER to be tried last, even where it is not listed?
    may_end_with_user: bool,
    /// SCRAM is not bound to the TLS session, and does not claim that it could be.
    unbound: bool,
}

/// Logs in. A mechanism that comes to nothing before anything of the secret was judged is followed by the next one on the
/// same connection (C-151); what comes after that is the verdict, and no other is asked for (C-118, C-152).
///
/// A server that does not know the command in this form gets the same mechanism in the form of RFC 1734, then the next one,
/// and USER at last (C-375). A SCRAM that is refused for its binding is tried without one (C-370).
///
/// A SCRAM that is refused otherwise says that the server stores nothing that SCRAM could use; so no other SCRAM is
/// tried where something else can be, nor is any if `quirks` say so from before: each refusal is a failed login in
/// the eyes of whoever watches the server's log.
pub(super) fn log_in(
    client: &mut Client<Connection>,
    account: &Account,
    credentials: &Credentials,
    quirks: Quirks,
) -> Result<LoginFindings> {
    let mut tries = Tries::new(client, account, credentials, quirks)?;
    let mut shown = LoginFindings::default();
    let mut earlier: Option<LoginAttempt<'_>> = None;
    while let Some(next) = tries.next() {
        let login = match (attempt(client, account, credentials, next, tries.unbound), &earlier) {
            (Ok(login), _) => login,
            // The server has had enough; what it said before is the reason.
            (Err(error), Some(earlier)) if error.cause() == Cause::ConnectionLost && client.has_ended() => {
                return Err(earlier.explain(client.capabilities()));
            }
            (Err(error), _) => return Err(error),
        };
        let LoginOutcome::Failed(failed) = login else {
            return Ok(shown);
        };
        let is_named = account.mechanism.is_some();
        let attempt = LoginAttempt { mechanism: next.mechanism, credentials, failed };
        if attempt.is_about_the_binding() && !is_named {
            tries.unbind(next.mechanism);
            shown.misbinds = true;
        } else if attempt.is_about_the_command() {
            tries.go_on_otherwise(next, attempt.failed.with_command);
        } else if !attempt.is_about_the_mechanism() {
            return Err(attempt.explain(client.capabilities()));
        }
        if attempt.is_scram() && !tries.repeat(next.mechanism) {
            tries.leave_scram_out();
            shown.refuses_scram = true;
        }
        earlier = Some(attempt);
    }
    match earlier {
        Some(attempt) => Err(attempt.explain(client.capabilities())),
        None => Err(Error::new(Kind::Bug, "there was no mechanism to log in with")),
    }
}

impl Tries {
    fn new(
        client: &mut Client<Connection>,
        account: &Account,
        credentials: &Credentials,
        quirks: Quirks,
    ) -> Result<Self> {
        let is_ascii = secret_of(credentials).is_none_or(|secret| secret.expose().is_ascii());
        let is_ascii = is_ascii && account.source.user.is_ascii();
        let mechanisms = candidates(&Situation {
            can_bind: client.stream().channel_binding().is_some() && !quirks.misbinds,
            capabilities: client.capabilities(),
            named: account.mechanism,
            credentials,
            is_ascii,
        })?;
        // Without a list nobody knows whether the server has it: a password is not sent to find out (C-371).
        let first = |mechanism: Mechanism| match mechanism {
            Mechanism::Plain if !client.capabilities().has_sasl(mechanism.name()) => FirstMessage::OnItsOwn,
            _ => FirstMessage::WithCommand,
        };
        let waiting = mechanisms.iter().map(|&mechanism| Try { mechanism, first: first(mechanism) }).collect();
        let is_password = matches!(credentials, Credentials::Password(_));
        let may_end_with_user = is_password && account.mechanism.is_none() && is_ascii;
        let unbound = quirks.misbinds || account.mechanism.is_some();
        let mut tries = Self { waiting, left: MAX_ATTEMPTS, may_end_with_user, unbound };
        if quirks.refuses_scram {
            tries.leave_scram_out();
        }
        Ok(tries)
    }

    fn next(&mut self) -> Option<Try> {
        self.left = self.left.checked_sub(1)?;
        self.waiting.pop_front()
    }

    /// Is the next one the same mechanism, in another form or without a binding?
    fn repeat(&self, mechanism: Mechanism) -> bool {
        self.waiting.front().is_some_and(|next| next.mechanism.unbound() == mechanism.unbound())
    }

    /// If there is anything else.
    fn leave_scram_out(&mut self) {
        if self.waiting.iter().any(|next| !next.mechanism.is_scram()) {
            self.waiting.retain(|next| !next.mechanism.is_scram());
        }
    }

    /// The same mechanism without a binding. The server has not looked at the password yet.
    fn unbind(&mut self, bound: Mechanism) {
        self.unbound = true;
        self.waiting.push_front(Try { mechanism: bound.unbound(), first: FirstMessage::WithCommand });
    }

    /// After a command that the server does not know: in another form, if there is one; with the next mechanism; with USER.
    fn go_on_otherwise(&mut self, failed: Try, had_message: bool) {
        if had_message {
            self.left += 1; // the same attempt, for a server of RFC 1734
            return self.waiting.push_front(Try { first: FirstMessage::OnItsOwn, ..failed });
        }
        if failed.mechanism.is_scram() {
            self.leave_scram_out();
        }
        if self.may_end_with_user {
            let user = Try { mechanism: Mechanism::User, first: FirstMessage::WithCommand };
            self.waiting.retain(|next| next.mechanism != Mechanism::User);
            self.waiting.truncate(self.left.saturating_sub(1));
            self.waiting.push_back(user);
        }
    }
}

fn attempt(
    client: &mut Client<Connection>,
    account: &Account,
    credentials: &Credentials,
    next: Try,
    unbound: bool,
) -> Result<LoginOutcome> {
    let user = &account.source.user;
    match (next.mechanism, credentials) {
        (Mechanism::User, Credentials::Password(password)) => client.user_pass(user, password.expose()),
        (Mechanism::Apop, Credentials::Password(password)) => apop(client, account, password),
        _ => {
            let mut exchange = exchange(client, account, credentials, next.mechanism, unbound)?;
            client.authenticate(&mut *exchange, next.first)
        }
    }
}

fn apop(client: &mut Client<Connection>, account: &Account, password: &Secret) -> Result<LoginOutcome> {
    let Some(timestamp) = client.timestamp() else {
        let error =
            Error::new(Kind::Unavailable, "APOP needs a greeting with a timestamp, and there was none to rely on");
        return Err(match account.tls() {
            TlsMode::StartTls => error.hint("what came before STLS does not count; use pop3s:// (--tls implicit)"),
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
    unbound: bool,
) -> Result<Box<dyn Exchange + 'a>> {
    let (user, host) = (account.source.user.as_str(), account.source.host.as_str());
    Ok(match (mechanism, credentials) {
        (Mechanism::CramMd5, Credentials::Password(password)) => Box::new(CramMd5::new(user, password)),
        (Mechanism::Login, Credentials::Password(password)) => Box::new(LoginMechanism::new(user, password)),
        (Mechanism::Plain, Credentials::Password(password)) => Box::new(Plain::new(user, password)),
        (Mechanism::ScramSha1 | Mechanism::ScramSha1Plus, Credentials::Password(password)) => {
            scram::<Sha1>(client, user, password, mechanism, unbound)?
        }
        (Mechanism::ScramSha256 | Mechanism::ScramSha256Plus, Credentials::Password(password)) => {
            scram::<Sha256>(client, user, password, mechanism, unbound)?
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
    unbound: bool,
) -> Result<Box<dyn Exchange + 'a>> {
    let binding = match (client.stream().channel_binding(), mechanism.name() == H::PLUS) {
        (Some(exported), true) => Binding::TlsExporter(exported),
        (Some(_), false) if unbound => Binding::None,
        // Where -PLUS is listed and possible it has been chosen.
        (Some(_), false) => Binding::NotOffered,
        (None, false) => Binding::None,
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
