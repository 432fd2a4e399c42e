//! `mailhaul console`

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::sync::Arc;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use zeroize::Zeroizing;

use super::shared::mailbox::MailboxSession;
use super::shared::signals::{self, wait_for_input};
use crate::cli::{ConsoleArgs, GlobalArgs};
use crate::client::Typed;
use crate::error::{Cause, Error, Kind, Result};
use crate::escape::Page;
use crate::output::Console;
use crate::proto::secret_behind;
use crate::until::Until;

/// An open session, line by line; QUIT at the end of the input.
pub(super) fn run(args: &ConsoleArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    super::no_json(global, "console")?;
    let mailbox = if args.no_login {
        MailboxSession::greet(&args.source, &args.server, global, console)?
    } else {
        MailboxSession::log_in(&args.source, &args.server, global, console)?
    };
    Ok(mailbox.serve(|mailbox| converse(mailbox, console))?)
}

fn converse(mut mailbox: MailboxSession, console: &Console) -> Result<u8> {
    mailbox.reporter.never_wait();
    let mut lines = Lines::begin()?;
    let mut answers = false;
    let mut page = Page::default();
    let mut show = |octets: &[u8]| show(octets, &mut page, console);
    while let Some(line) = lines.next(answers)? {
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if verb.is_empty() && !answers {
            continue;
        }
        if verb == "STLS" && !answers {
            console.say(crate::output::Verbosity::Quiet, "TLS is not begun by hand here: use --tls starttls");
            continue;
        }
        if verb == "QUIT" && !answers {
            break;
        }
        if let Some(secret) = secret_in(&line, answers) {
            mailbox.client.hide(secret); // a server may repeat it, and -vv must not
        }
        match mailbox.client.typed(&line, answers, &mut show) {
            Ok(Typed::Challenged) => answers = true,
            Ok(Typed::Replied) => answers = false,
            Err(error) if error.is_closed_pipe() => return Ok(0),
            // What was not sent leaves the session as it was.
            Err(error) if error.cause() == Cause::NotSent => console.error(&error),
            Err(error) => return Err(error),
        }
    }
    match mailbox.client.typed("QUIT", false, &mut show) {
        Ok(_) => drop(mailbox.client.into_stream().close()),
        Err(error) if error.is_closed_pipe() => {}
        Err(error) => return Err(error),
    }
    Ok(0)
}

/// What nobody but the server may read of a typed line: the whole password of PASS, the last word of AUTH and APOP.
fn secret_in(line: &str, answers: bool) -> Option<&str> {
    if answers {
        return (line != "*").then_some(line);
    }
    let verb = secret_behind(line)?;
    let argument = line.trim_start()[verb.len()..].strip_prefix(' ')?;
    if verb.eq_ignore_ascii_case("PASS") {
        Some(argument)
    } else {
        argument.trim().rsplit_once(' ').map(|(_, last)| last)
    }
}

/// On a terminal every line is escaped; a pipe gets the octets, with LF line ends as typed ones have.
fn show(octets: &[u8], page: &mut Page, console: &Console) -> Result<()> {
    if !console.prints_to_terminal() {
        return console.write_octets(&without_cr(octets));
    }
    let mut shown = Vec::new();
    page.push(octets, &mut shown);
    console.write_octets(&shown)
}

fn without_cr(octets: &[u8]) -> Vec<u8> {
    let lines = octets.split_inclusive(|&octet| octet == b'\n');
    lines
        .flat_map(|line| match line.strip_suffix(b"\r\n") {
            Some(text) => [text, b"\n"],
            None => [line, b""],
        })
        .flatten()
        .copied()
        .collect()
}

/// Where lines come from.
enum Lines {
    Piped(BufReader<File>),
    /// A line editor with a history, which keeps no secrets.
    Typed(Box<DefaultEditor>),
}

impl Lines {
    fn begin() -> Result<Self> {
        if !io::stdin().is_terminal() {
            let unusable = |errno: rustix::io::Errno| failed_input(errno.into());
            let input = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3).map_err(unusable)?;
            return Ok(Self::Piped(BufReader::new(File::from(input))));
        }
        let failed = |error| Error::new(Kind::LocalIo, "the terminal cannot be used").caused_by(error);
        DefaultEditor::new().map(|editor| Self::Typed(Box::new(editor))).map_err(failed)
    }

    /// The next line; `secret` when it answers a challenge. None at the end.
    fn next(&mut self, secret: bool) -> Result<Option<Zeroizing<String>>> {
        match self {
            Self::Piped(input) => next_piped(input),
            Self::Typed(editor) => next_typed(editor, secret),
        }
    }
}

fn failed_input(error: io::Error) -> Error {
    Error::new(Kind::LocalIo, "cannot read standard input").caused_by(error)
}

fn next_piped(input: &mut BufReader<File>) -> Result<Option<Zeroizing<String>>> {
    let until = Until { deadline: None, stop: Some(signals::catch()?) };
    let mut line = Zeroizing::new(Vec::new());
    loop {
        if input.buffer().is_empty() {
            wait_for_input(&until)?; // a signal ends it
        }
        let piece = input.fill_buf().map_err(failed_input)?;
        if piece.is_empty() && line.is_empty() {
            return Ok(None);
        }
        let end = piece.iter().position(|&octet| octet == b'\n');
        let (taken, is_whole) = (end.map_or(piece.len(), |end| end + 1), end.is_some() || piece.is_empty());
        line.extend_from_slice(&piece[..taken]);
        input.consume(taken);
        if is_whole {
            let text = std::str::from_utf8(&line).map_err(|error| failed_input(io::Error::other(error)))?;
            return Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())));
        }
    }
}

fn next_typed(editor: &mut DefaultEditor, secret: bool) -> Result<Option<Zeroizing<String>>> {
    let prompt = if secret { "+ " } else { "pop3> " };
    match editor.readline(prompt) {
        Ok(line) => {
            if !secret && secret_behind(&line).is_none() && !line.trim().is_empty() {
                editor.add_history_entry(&line).ok(); // a line too many, or one too few, is no harm
            }
            Ok(Some(Zeroizing::new(line)))
        }
        // As in a shell, Ctrl-C takes the line back, and nothing else: QUIT would delete what DELE has marked. A
        // challenge is answered by `*`, which ends the exchange (RFC 5034 section 4).
        Err(ReadlineError::Interrupted) => Ok(Some(Zeroizing::new(if secret { "*" } else { "" }.to_owned()))),
        Err(ReadlineError::Eof) => Ok(None),
        Err(error) => Err(Error::new(Kind::LocalIo, "the terminal cannot be read").caused_by(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_to_hide() {
        assert_eq!(secret_in("PASS two  words ", false), Some("two  words "));
        assert_eq!(secret_in(" auth PLAIN AGE=", false), Some("AGE="));
        assert_eq!(secret_in("APOP ann c4c9", false), Some("c4c9"));
        assert_eq!(secret_in("AUTH PLAIN", false), None);
        assert_eq!(secret_in("RETR 1", false), None);
        assert_eq!(secret_in("AGE=", true), Some("AGE="));
    }
}
