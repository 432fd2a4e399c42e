//! AUTH: drives a SASL exchange over POP3 (RFC 5034).

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use super::{Client, FailedLogin, LoginOutcome, Reason, ReceivedStatus};
use crate::error::{Error, Result};
use crate::net::Transport;
use crate::proto::{Command, Exchange, Status, limits};

/// Where the client's first message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstMessage {
    /// Into the line of the command, if it fits (RFC 5034).
    WithCommand,
    /// Into a line of its own, once the server asks for it (RFC 1734).
    OnItsOwn,
}

/// An exchange on its way.
struct Dialogue<'a> {
    exchange: &'a mut dyn Exchange,
    /// The client's first message, in base64.
    initial: Option<Zeroizing<String>>,
    /// How many of the client's messages have been sent.
    sent: usize,
    /// How many challenges have been answered.
    answered: usize,
    /// The first message went out with the command, and the server may ask for it again.
    may_be_repeated: bool,
}

impl<T: Transport> Client<T> {
    /// Logs in by a SASL exchange. Whatever is sent is masked from then on, if the server repeats it.
    ///
    /// An error ends the session: also where the server says `+OK` before it was its turn (C-149, C-150).
    pub fn authenticate(&mut self, exchange: &mut dyn Exchange, first: FirstMessage) -> Result<LoginOutcome> {
        let mechanism = exchange.mechanism();
        let mut dialogue = Dialogue::new(exchange);
        let with_command = match first {
            FirstMessage::WithCommand => dialogue.with_command(),
            FirstMessage::OnItsOwn => None,
        };
        self.hide(with_command.as_deref().map_or("", String::as_str));
        self.send(Command::Auth(mechanism, with_command.as_deref().map(String::as_str)))?;
        loop {
            let proven = dialogue.is_proven();
            let (line, _) =
                self.next_status().map_err(|error| if proven { self.closed_on_secret(error) } else { error })?;
            let answer = match line.status {
                Status::Ok => return self.succeeded(&dialogue),
                Status::Err => return Ok(self.failed(&line, &dialogue)),
                Status::Continue if dialogue.answered == MAX_CHALLENGES => {
                    Err("it sends challenges without an end".into())
                }
                Status::Continue => dialogue.answer(&line.text),
            };
            match answer {
                Ok(answer) => {
                    self.hide(&answer);
                    self.send(Command::Continue(&answer))?;
                }
                Err(why) => return self.cancel(why, &dialogue),
            }
            dialogue.answered += 1;
        }
    }

    fn succeeded(&mut self, dialogue: &Dialogue<'_>) -> Result<LoginOutcome> {
        let finished = if dialogue.is_proven() {
            dialogue.exchange.finish()
        } else {
            Err("the exchange has not come to its end".into())
        };
        match finished {
            Ok(()) => Ok(self.logged_in()),
            Err(why) => {
                let mechanism = dialogue.exchange.mechanism();
                let told = self.told(dialogue).map_or(String::new(), |told| format!(" ({told})"));
                Err(Error::nonsense(format!("the server says +OK to {mechanism}, but {why}{told}")))
            }
        }
    }

    fn failed(&self, line: &ReceivedStatus, dialogue: &Dialogue<'_>) -> LoginOutcome {
        LoginOutcome::Failed(
            dialogue.failed(Reason::Refused { refusal: self.refusal(line), detail: self.told(dialogue) }),
        )
    }

    /// What the server told of a failure in a challenge.
    fn told(&self, dialogue: &Dialogue<'_>) -> Option<String> {
        dialogue.exchange.failure().map(|told| self.secrets.shown(told))
    }

    /// Gives the exchange up; the server must say `-ERR` to that (C-151).
    fn cancel(&mut self, why: String, dialogue: &Dialogue<'_>) -> Result<LoginOutcome> {
        let mechanism = dialogue.exchange.mechanism();
        self.send(Command::Cancel)?;
        let line = self.next_status();
        match line {
            Ok((line, _)) if line.status == Status::Err => {
                Ok(LoginOutcome::Failed(dialogue.failed(Reason::Nonsense(why))))
            }
            // The connection is gone, or the server does not know what it is doing: what was wrong first is told.
            Ok(_) => Err(nonsense(mechanism, &why)),
            Err(_) if self.ended => Err(nonsense(mechanism, &why)),
            Err(error) => Err(error),
        }
    }
}

/// The error for a mechanism that a server cannot do right.
pub fn nonsense(mechanism: &str, why: &str) -> Error {
    Error::nonsense(format!("the server's {mechanism} exchange is invalid: {why}"))
}

impl<'a> Dialogue<'a> {
    fn new(exchange: &'a mut dyn Exchange) -> Self {
        let initial = exchange.initial().map(|message| Zeroizing::new(BASE64_STANDARD.encode(&*message)));
        Self { exchange, initial, sent: 0, answered: 0, may_be_repeated: false }
    }

    /// The first message, if it may go with the command: nothing is `=` there (C-146, C-147).
    fn with_command(&mut self) -> Option<Zeroizing<String>> {
        let message = self.initial.clone().filter(|_| !self.exchange.wants_two_lines())?;
        let message = if message.is_empty() { Zeroizing::new("=".into()) } else { message };
        let length = "AUTH ".len() + self.exchange.mechanism().len() + " \r\n".len() + message.len();
        if length > limits::COMMAND_LINE {
            return None;
        }
        (self.sent, self.may_be_repeated) = (1, true);
        Some(message)
    }

    /// The answer to a challenge, in base64. What a challenge says matters only where it is asked for (C-148); a
    /// server that did not take the first message with the command asks for it once more (C-154).
    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<String>, String> {
        let challenge = challenge.trim_ascii();
        let says_nothing = challenge.is_empty() || self.exchange.ignores_challenges();
        let wants_initial = self.sent == 0 || (self.may_be_repeated && says_nothing);
        if let Some(initial) = self.initial.take_if(|_| wants_initial) {
            self.sent = 1;
            return Ok(initial);
        }
        self.may_be_repeated = false;
        let decoded = match decoder().decode(challenge) {
            Ok(decoded) => decoded,
            Err(_) if self.exchange.ignores_challenges() => Vec::new(),
            Err(_) => return Err("its challenge is not base64".into()),
        };
        let answer = self.exchange.answer(&decoded)?;
        self.sent += 1;
        Ok(Zeroizing::new(BASE64_STANDARD.encode(&*answer)))
    }

    /// Has anything been sent that depends on the secret?
    fn is_proven(&self) -> bool {
        self.sent > self.exchange.proof()
    }

    fn failed(&self, reason: Reason) -> FailedLogin {
        FailedLogin {
            reason,
            proven: self.is_proven(),
            asked: self.answered > 0,
            with_command: self.sent > 0 && self.answered == 0,
        }
    }
}

/// Base64 as servers write it: some leave the padding out.
fn decoder() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config)
}

/// No mechanism has more than two; a server that goes on asking is stopped.
const MAX_CHALLENGES: usize = 8;

#[cfg(test)]
mod tests;
