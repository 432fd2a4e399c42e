//! What a failed login means, and what can be done about it.

use std::time::Duration;

use super::choose::listed_logins;
use crate::auth::Credentials;
use crate::client::{FailedLogin, Reason, Refusal, nonsense};
use crate::config::Mechanism;
use crate::error::{Cause, Error, Kind};
use crate::proto::{Capabilities, ResponseCode};

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
        if self.is_unlisted(refusal, capabilities) {
            return self.unlisted(&said, capabilities);
        }
        // Whoever lists AUTH-RESP-CODE marks each refusal that is about credentials (RFC 3206 section 6), unless the
        // mechanism has told so itself. The rest is neither wrong for good nor a reason to ask for another password,
        // so the next run may try again (C-114).
        let is_marked = refusal.code.is_some() || detail.is_some();
        if self.failed.proven && !is_marked && capabilities.has("AUTH-RESP-CODE") {
            let text = format!("the server does not log in, and not because of the credentials; {said}");
            return Error::new(Kind::TryLater, text);
        }
        Error::new(Kind::Login, format!("the login was refused; {said}"))
            .because(Cause::LoginRefused)
            .hint(self.what_to_check())
    }

    /// Was the mechanism named, although the server does not list it? Then it is hardly the secret that is wrong. But a
    /// server that has asked for a message has the mechanism; and where the secret has been heard, a server may say that
    /// it is wrong, and one without any list says nothing by it.
    fn is_unlisted(&self, refusal: &Refusal, capabilities: &Capabilities) -> bool {
        let is_sasl = !matches!(self.mechanism, Mechanism::User | Mechanism::Apop);
        if !is_sasl || self.failed.asked || capabilities.has_sasl(self.mechanism.name()) {
            return false;
        }
        let names_secret = refusal.code == Some(ResponseCode::Auth) || capabilities.is_empty();
        !(self.failed.proven && names_secret)
    }

    /// A password that went with the command may be what was refused, after all. A token never goes with it.
    fn unlisted(&self, said: &str, capabilities: &Capabilities) -> Error {
        let (name, listed) = (self.mechanism.name(), listed_logins(capabilities));
        let text = format!("the server does not list {name}; it lists: {listed}; {said}");
        let error = Error::new(Kind::Unavailable, text);
        if self.failed.proven {
            error.hint(format!("{UNLISTED_HINT}; or else {}", self.what_to_check()))
        } else {
            error.hint(UNLISTED_HINT)
        }
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
            Credentials::Password(_) if self.is_scram() && self.failed.proven => SCRAM_HINT,
            Credentials::Password(_) => PASSWORD_HINT,
        };
        hint.to_owned()
    }

    pub(super) fn is_scram(&self) -> bool {
        self.mechanism.is_scram()
    }
}

/// What a response code, or the words of older servers, settle. None of it is about the password (C-111 to C-115).
fn by_code(refusal: &Refusal, said: &str, capabilities: &Capabilities) -> Option<Error> {
    Some(match refusal.code {
        Some(ResponseCode::InUse) => Error::new(Kind::TryLater, format!("the mailbox is in use; {said}"))
            .hint("another program has it open, or the last session was cut off; try again in some minutes"),
        Some(ResponseCode::LoginDelay) => {
            let delay = capabilities.login_delay().map_or(DELAY, Duration::from_secs);
            Error::new(Kind::TryLater, format!("too soon after the last login; {said}"))
                .because(Cause::LoginDelay(delay))
                .hint("fetch less often")
        }
        Some(ResponseCode::SysPerm) => Error::new(Kind::Unavailable, format!("the server refuses the login; {said}"))
            .hint("ask the server's operator"),
        _ if refusal.temporary => Error::new(Kind::TryLater, format!("the server cannot log in now; {said}")),
        _ => return None,
    })
}

/// Where a server says that it was too soon, and not how soon: Cyrus counts in minutes.
const DELAY: Duration = Duration::from_secs(60);

const UNLISTED_HINT: &str = "without --auth the best one is taken that it lists";

const PASSWORD_HINT: &str =
    "check the user name and the password; some providers want an app password, or POP3 switched on first";

const SCRAM_HINT: &str = "check the user name and the password; if both are right, the server may store what SCRAM \
                          cannot use: --auth plain is worth one try";

const TOKEN_HINT: &str = "the access token may have expired, be made for another user, or lack the scope for POP; \
                          POP3 may have to be switched on first";

/// Characters of a token (C-167).
const LONGEST_TOKEN: usize = 4096;
