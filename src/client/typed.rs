//! Lines that a person types, or a script pipes in.

use super::{Client, ReceivedStatus};
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
    /// Sends a line and gives the reply to `show`: its first line as it came, with a line feed, then the lines of a
    /// multi-line reply, unstuffed, with the final dot. `answers` says that the line answers a challenge, and is secret.
    ///
    /// Whether the `+OK` to a verb that is not known has lines nobody can tell: what comes before the next status line is
    /// shown as it comes.
    pub fn typed(&mut self, line: &str, answers: bool, show: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<Typed> {
        let command = if answers { Command::Continue(line) } else { Command::Typed(line) };
        if self.rest_may_come {
            self.show_rest(show)?;
        }
        self.send(command)?;
        let (reply, raw) = self.typed_status(show)?;
        show(&[&raw[..], b"\n"].concat())?;
        if reply.status == Status::Continue {
            return Ok(Typed::Challenged);
        }
        self.rest_may_come = reply.status == Status::Ok && !answers && !is_known(line);
        if self.rest_may_come {
            self.show_rest(show)?;
        }
        if reply.status == Status::Ok && !answers && has_lines(line) {
            self.stream.begin(Phase::Lines("the command", None));
            self.unstuffed(Unstuffer::new(reply.rule), &mut *show)?;
            show(b".\n")?;
        }
        Ok(Typed::Replied)
    }
}

impl<T: Transport> Client<T> {
    /// The next status line, in two forms.
    fn typed_status(&mut self, show: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<(ReceivedStatus, Vec<u8>)> {
        let place = self.begin_reply()?.1;
        loop {
            let (line, rule) = self.raw_status_line(place)?;
            match self.parsed(&line, rule, place) {
                Ok(status) => return Ok((status, line)),
                Err(_) if self.rest_may_come => show(&[&line[..], b"\n"].concat())?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Whole lines that are here already.
    fn show_rest(&mut self, show: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while let Some((line, _)) = self.input.line()? {
            let line = [line, b"\n"].concat();
            show(&line)?;
        }
        Ok(())
    }
}

/// Is it clear whether the `+OK` to this line has lines?
fn is_known(line: &str) -> bool {
    let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let of_one_line = ["USER", "PASS", "APOP", "STAT", "DELE", "NOOP", "RSET", "QUIT", "UTF8", "STLS"];
    has_lines(line) || of_one_line.contains(&&*verb) || ["LIST", "UIDL", "AUTH", "LANG"].contains(&&*verb)
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
    use super::{has_lines, is_known};

    #[test]
    fn knows_which_replies_have_lines() {
        for line in ["capa", "LIST", "UIDL ", "RETR 1", "top 1 0", "AUTH"] {
            assert!(has_lines(line), "{line}");
        }
        for line in ["XLIST", "XTND XLST Subject", "stats"] {
            assert!(!is_known(line), "{line}");
        }
        for line in ["stat", "LIST 1", "UIDL", "Retr 1", "AUTH PLAIN"] {
            assert!(is_known(line), "{line}");
        }
        for line in ["STAT", "LIST 1", "uidl 2", "NOOP", "QUIT", "DELE 1", "AUTH PLAIN", ""] {
            assert!(!has_lines(line), "{line}");
        }
    }
}
