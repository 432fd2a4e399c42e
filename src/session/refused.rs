//! What a failed login means, and what can be done about it.

use std::time::Duration;

use super::choose::listed_logins;
use crate::auth::Credentials;
use crate::client::{FailedLogin, Reason, Refusal, nonsense};
use crate::config::Mechanism;
use crate::error::{Cause, Error, Kind};
use crate::proto::{self, Capabilities, ResponseCode};

/// An attempt that failed.
pub(super) struct LoginAttempt<'a> {
    pub(super) mechanism: Mechanism,
    pub(super) credentials: &'a Credentials,
    pub(super) failed: FailedLogin,
}

impl LoginAttempt<'_> {
    /// Did it fail before anything of the secret was sent, for a reason that another mechanism may not meet? A mailbox
    /// in use, a server in trouble and a user who is turned away are the same for all of them.
    pub(super) fn is_about_the_mechanism(&self) -> bool {
        if self.failed.proven || self.mechanism == Mechanism::User {
            return false;
        }
        match &self.failed.reason {
            Reason::Nonsense(_) => true,
            Reason::Refused { refusal, .. } => {
                !refusal.temporary && matches!(refusal.code, None | Some(ResponseCode::Auth))
            }
        }
    }

    /// Is it the command, or its form, that the server does not know? Then nobody has judged the secret, even if it went with
    /// the command. What was sent when the server asked for it has been judged.
    pub(super) fn is_about_the_command(&self) -> bool {
        let may_be = !self.failed.asked && (self.failed.with_command || !self.failed.proven);
        let says_so = |refusal: &Refusal| proto::is_about_command(refusal.text.as_bytes());
        may_be && matches!(&self.failed.reason, Reason::Refused { refusal, .. } if says_so(refusal))
    }

    /// Is it the binding to the TLS session, which servers look at before they look at the password?
    pub(super) fn is_about_the_binding(&self) -> bool {
        let Reason::Refused { refusal, detail } = &self.failed.reason else { return false };
        let said = [Some(&refusal.text), detail.as_ref()];
        self.is_bound() && said.into_iter().flatten().any(|said| proto::is_about_binding(said.as_bytes()))
    }

    /// The error for the user.
    pub(super) fn explain(&self, capabilities: &Capabilities) -> Error {
        let (refusal, detail) = match &self.failed.reason {
            Reason::Nonsense(why) => return nonsense(self.mechanism.name(), why),
            Reason::Refused { refusal, detail } => (refusal, detail),
        };
        let told = detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"));
        let said = format!("the server says: {}{told}", refusal.text);
        if let Some(error) = by_code(refusal, &said, capabilities) {
            return error;
        }
        let name = self.mechanism.name();
        if self.is_about_the_binding() {
            let text = format!("the server does not take our channel binding for {name} (tls-exporter); {said}");
            return Error::new(Kind::Unavailable, text).hint(format!(
                "--auth {} logs in without a channel binding",
                self.mechanism.unbound().name().to_lowercase()
            ));
        }
        if self.is_unlisted(capabilities) {
            return self.unlisted(&said, capabilities);
        }
        if self.is_about_the_command() {
            let error = Error::new(Kind::Unavailable, format!("the server does not know {name}; {said}"));
            return error.hint(match (self.mechanism, self.credentials) {
                (Mechanism::User, _) => "try --auth plain, or another mechanism that `mailhaul info` shows",
                (_, Credentials::Password(_)) => "try --auth user, which logs in by USER and PASS",
                _ => "`mailhaul info` shows which mechanisms the server lists",
            });
        }
        // Whoever lists AUTH-RESP-CODE marks each refusal that is about credentials (RFC 3206 section 6), unless the
        // mechanism has told so itself. The rest is neither wrong for good nor a reason to ask for another password,
        // so the next run may try again (C-114).
        let is_marked = refusal.code.is_some() || detail.is_some();
        if self.failed.proven && !is_marked && capabilities.has("AUTH-RESP-CODE") {
            let text = format!("the server refuses the login, but not because of the credentials; {said}");
            return Error::new(Kind::TryLater, text);
        }
        Error::new(Kind::Login, format!("the login was refused; {said}"))
            .because(Cause::LoginRefused)
            .hint(self.what_to_check())
    }

    /// Was the mechanism named, although the server does not list it? Then it is hardly the secret that is wrong. But a
    /// server that has asked for a message has the mechanism, and so has one that says so by a code.
    fn is_unlisted(&self, capabilities: &Capabilities) -> bool {
        let is_sasl = !matches!(self.mechanism, Mechanism::User | Mechanism::Apop);
        is_sasl && !self.failed.asked && !capabilities.has_sasl(self.mechanism.name())
    }

    fn unlisted(&self, said: &str, capabilities: &Capabilities) -> Error {
        let (name, listed) = (self.mechanism.name(), listed_logins(capabilities));
        let text = format!("the server does not list {name}; it lists: {listed}; {said}");
        Error::new(Kind::Unavailable, text).hint(UNLISTED_HINT)
    }

    fn what_to_check(&self) -> String {
        let hint = match self.credentials {
            Credentials::Certificate => "check that the server knows the client certificate for this user",
            Credentials::Token(token) if token.expose().len() > LONGEST_TOKEN => {
                return format!(
                    "the access token has {} characters, and Exchange Online takes no more than {LONGEST_TOKEN}: ask for \
                     fewer scopes",
                    token.expose().len()
                );
            }
            Credentials::Token(_) => TOKEN_HINT,
            Credentials::Password(_) if self.is_bound() && self.failed.proven => {
                return format!(
                    "{BOUND_HINT}: --auth {} is worth one try",
                    self.mechanism.unbound().name().to_lowercase()
                );
            }
            Credentials::Password(_) if self.is_scram() && self.failed.proven => SCRAM_HINT,
            Credentials::Password(_) => PASSWORD_HINT,
        };
        hint.to_owned()
    }

    fn is_bound(&self) -> bool {
        self.mechanism != self.mechanism.unbound()
    }

    pub(super) fn is_scram(&self) -> bool {
        self.mechanism.is_scram()
    }
}

/// What a response code, or the words of older servers, settle. None of it is about the password (C-111 to C-115).
fn by_code(refusal: &Refusal, said: &str, capabilities: &Capabilities) -> Option<Error> {
    Some(match refusal.code {
        Some(ResponseCode::InUse) => Error::new(Kind::TryLater, format!("the mailbox is in use; {said}"))
            .because(Cause::InUse)
            .hint("another program has it open, or the last session was cut off; try again in some minutes"),
        Some(ResponseCode::LoginDelay) => {
            let delay = capabilities.login_delay().map_or(DELAY, Duration::from_secs);
            Error::new(Kind::TryLater, format!("too soon after the last login; {said}"))
                .because(Cause::LoginDelay(delay))
                .hint("fetch less often")
        }
        Some(ResponseCode::SysPerm) => Error::new(Kind::Unavailable, format!("the server refuses the login; {said}"))
            .hint("ask the server's operator"),
        _ if proto::is_about_mailbox(refusal.text.as_bytes()) => {
            Error::new(Kind::Unavailable, format!("the server cannot open the mailbox; {said}"))
                .hint("a message in it seems to be damaged: ask the server's operator, or remove it by other means")
        }
        _ if refusal.temporary => Error::new(Kind::TryLater, format!("the server cannot log in now; {said}")),
        _ => return None,
    })
}

/// Where a server says that it was too soon, and not how soon: Cyrus counts in minutes.
const DELAY: Duration = Duration::from_secs(60);

const UNLISTED_HINT: &str = "leave --auth out to use the best one that it lists";

const PASSWORD_HINT: &str =
    "check the user name and the password; some providers want an app password, or POP3 switched on first";

const SCRAM_HINT: &str = "check the user name and the password; if both are right, the server may store what SCRAM \
                          cannot use: --auth plain is worth one try";

const BOUND_HINT: &str = "check the user name and the password; if both are right, the server may want another channel \
                          binding than ours, which is tls-exporter";

const TOKEN_HINT: &str = "the access token may have expired, be made for another user, or lack the scope for POP; \
                          POP3 may have to be switched on first";

/// Characters of a token (C-167).
const LONGEST_TOKEN: usize = 4096;
