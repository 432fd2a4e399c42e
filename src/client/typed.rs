//! Lines that a person types, or a script pipes in.

use super::Client;
use crate::error::Result;
use crate::net::{Phase, Transport};
use crate::proto::{Command, Status, Unstuffer};

/// What a typed line brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A whole reply.
    Replied,
    /// `+`: the next line answers the server's challenge.
    Challenged,
}

impl<T: Transport> Client<T> {
    /// Sends a line and gives the reply to `show`: its first line with a line feed, then the lines of a multi-line
    /// reply, unstuffed, with the final dot. `answers` says that the line answers a challenge, and is secret.
    pub fn typed(&mut self, line: &str, answers: bool, show: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<Typed> {
        let command = if answers { Command::Continue(line) } else { Command::Typed(line) };
        self.send(command)?;
        let (reply, _) = self.next_status()?;
        let word: &[u8] = match reply.status {
            Status::Ok => b"+OK",
            Status::Err => b"-ERR",
            Status::Continue => b"+",
        };
        let blank: &[u8] = if reply.text.is_empty() { b"" } else { b" " };
        show(&[word, blank, &reply.text, b"\n"].concat())?;
        if reply.status == Status::Continue {
            return Ok(Typed::Challenged);
        }
        if reply.status == Status::Ok && !answers && has_lines(line) {
            self.stream.begin(Phase::Lines("the command", None));
            self.unstuffed(Unstuffer::new(reply.rule), &mut *show)?;
            show(b".\n")?;
        }
        Ok(Typed::Replied)
    }
}

/// Is the `+OK` to this line followed by more lines? LIST and UIDL have them only without an argument.
fn has_lines(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    let bare = words.next().is_none();
    match verb.as_str() {
        "CAPA" | "RETR" | "TOP" => true,
        "LIST" | "UIDL" => bare,
        // Without a mechanism AUTH lists them (C-169); LANG without a language lists those (RFC 6856).
        "AUTH" | "LANG" => bare,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::has_lines;

    #[test]
    fn knows_which_replies_have_lines() {
        for line in ["capa", "LIST", "UIDL ", "RETR 1", "top 1 0", "AUTH"] {
            assert!(has_lines(line), "{line}");
        }
        for line in ["STAT", "LIST 1", "uidl 2", "NOOP", "QUIT", "DELE 1", "AUTH PLAIN", ""] {
            assert!(!has_lines(line), "{line}");
        }
    }
}
