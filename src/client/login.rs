//! The logins without SASL: USER and PASS, APOP; and what all logins have in common.

use super::{Answer, Client, Refusal};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::Transport;
use crate::proto::{Command, SessionState};

/// What came of one attempt to log in.
#[derive(Debug, PartialEq, Eq)]
pub enum LoginOutcome {
    /// Logged in.
    Done,
    /// Not logged in; another attempt may follow on the same connection.
    Failed(FailedLogin),
}

/// An attempt that came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct FailedLogin {
    /// Why.
    pub reason: Reason,
    /// Had anything been sent that depends on the secret? Only then it can be a verdict on the secret.
    pub proven: bool,
    /// Has the server asked for a message of ours by `+`, and got it? Then it knows the mechanism, listed or not.
    pub asked: bool,
    /// Did a message of ours go into the line of the AUTH command, and nothing after it?
    pub with_command: bool,
}

/// Why an attempt came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum Reason {
    /// The server said `-ERR`.
    Refused {
        /// Its words.
        refusal: Refusal,
        /// What it told of the failure before, as it may be shown.
        detail: Option<String>,
    },
    /// The server's part made no sense, so the exchange was cancelled. Holds what was wrong, in words of ours.
    Nonsense(String),
}

impl<T: Transport> Client<T> {
    /// Logs in by USER and PASS. After a refused USER no password is sent (C-032).
    pub fn user_pass(&mut self, user: &str, password: &str) -> Result<LoginOutcome> {
        self.hide(password);
        self.send(Command::User(user))?;
        if let Err(refusal) = self.single_line()? {
            return Ok(FailedLogin::refused(refusal, false));
        }
        self.send(Command::Pass(password))?;
        let answer = self.single_line().map_err(|error| self.closed_on_secret(error))?;
        Ok(self.judged(answer))
    }

    /// Logs in by APOP, with the digest of [`Self::timestamp`] and the password.
    pub fn apop(&mut self, user: &str, digest: &str) -> Result<LoginOutcome> {
        self.hide(digest);
        self.send(Command::Apop(user, digest))?;
        let answer = self.single_line().map_err(|error| self.closed_on_secret(error))?;
        Ok(self.judged(answer))
    }

    /// Asks for UTF-8 in commands and messages (RFC 6856). A refusal changes nothing (C-175).
    pub fn utf8(&mut self) -> Result<Answer<()>> {
        self.send(Command::Utf8)?;
        self.single_line()
    }

    fn judged(&mut self, answer: Answer<()>) -> LoginOutcome {
        match answer {
            Ok(()) => self.logged_in(),
            Err(refusal) => FailedLogin::refused(refusal, true),
        }
    }

    /// Has the server closed the connection?
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn logged_in(&mut self) -> LoginOutcome {
        self.state = SessionState::Transaction;
        self.ask_capa_again();
        LoginOutcome::Done
    }

    /// From now on `secret` is masked wherever the server's words are shown.
    pub fn hide(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// Some servers close the connection on a wrong password (C-031). A time-out stays one.
    pub(super) fn closed_on_secret(&self, error: Error) -> Error {
        if self.ended {
            Error::new(Kind::Login, "the server closed the connection instead of answering the login")
                .because(Cause::LoginUnanswered)
                .hint("it may be a wrong password, or too many logins in a short time")
        } else {
            error
        }
    }
}

impl FailedLogin {
    fn refused(refusal: Refusal, proven: bool) -> LoginOutcome {
        LoginOutcome::Failed(Self {
            reason: Reason::Refused { refusal, detail: None },
            proven,
            asked: false,
            with_command: false,
        })
    }
}
