//! The logins: USER and PASS, and SASL (RFC 5034).

use zeroize::Zeroizing;

use super::{Answer, Client, unexpected_continue};
use crate::error::{Error, Kind, Result};
use crate::net::Transport;
use crate::proto::{Command, State, Status};

impl<T: Transport> Client<T> {
    /// Logs in by USER and PASS. After a refused USER no password is sent (C-032).
    pub fn user_pass(&mut self, user: &str, password: &str) -> Result<Answer<()>> {
        self.hide(password);
        self.send(Command::User(user))?;
        if let Err(refusal) = self.single_line()? {
            return Ok(Err(refusal));
        }
        self.send(Command::Pass(password))?;
        let answer = self.single_line().map_err(|error| self.closed_on_password(error))?;
        Ok(self.logged_in(answer))
    }

    /// Logs in by SASL PLAIN with the response in base64: with the command where the line is short enough, else
    /// after the server's `+` (C-146, C-154).
    pub fn auth_plain(&mut self, response: &str) -> Result<Answer<()>> {
        self.hide(response);
        let in_one_line = "AUTH PLAIN ".len() + response.len() + 2 <= crate::proto::limits::COMMAND_LINE;
        if in_one_line {
            self.send(Command::Auth("PLAIN", Some(response)))?;
        } else {
            self.send(Command::Auth("PLAIN", None))?;
            let (line, sent) = self.next_status()?;
            match line.status {
                Status::Continue => self.send(Command::Continue(response))?,
                Status::Err => return Ok(Err(self.refusal(&line))),
                Status::Ok => {
                    return Err(Error::new(
                        Kind::Protocol,
                        format!("the server answered {} before the end", sent.verb),
                    ));
                }
            }
        }
        let (mut line, mut sent) = self.next_status().map_err(|error| self.closed_on_password(error))?;
        if line.status == Status::Continue && in_one_line {
            // A server that does not take the response with the command asks for it (C-154).
            self.send(Command::Continue(response))?;
            (line, sent) = self.next_status().map_err(|error| self.closed_on_password(error))?;
        }
        let answer = match line.status {
            Status::Ok => Ok(()),
            Status::Err => Err(self.refusal(&line)),
            Status::Continue => return Err(unexpected_continue(sent.verb)),
        };
        Ok(self.logged_in(answer))
    }

    fn logged_in(&mut self, answer: Answer<()>) -> Answer<()> {
        if answer.is_ok() {
            self.state = State::Transaction;
        }
        answer
    }

    /// From now on `secret` is masked wherever the server's words are shown.
    pub fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(Zeroizing::new(secret.to_owned()));
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// Some servers close the connection on a wrong password (C-031). A time-out stays one.
    fn closed_on_password(&self, error: Error) -> Error {
        match self.ended {
            true => Error::new(Kind::Login, "the server closed the connection instead of answering the login")
                .hint("it may be a wrong password, or too many logins in a short time"),
            false => error,
        }
    }
}
