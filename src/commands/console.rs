//! `mailhaul console`

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::mailbox::Mailbox;
use crate::cli::{ConsoleArgs, GlobalArgs};
use crate::client::Typed;
use crate::error::{Error, Kind, Result};
use crate::output::Console;
use crate::proto::secret_behind;

/// An open session, line by line; QUIT at the end of the input.
pub(super) fn run(args: &ConsoleArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = match args.no_login {
        true => Mailbox::greet(&args.source, &args.server, global, console)?,
        false => Mailbox::log_in(&args.source, &args.server, global, console)?,
    };
    let mut lines: Box<dyn Lines> = match io::stdin().is_terminal() {
        true => Box::new(Editor::new()?),
        false => Box::new(Piped),
    };
    let mut answers = false;
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
        match mailbox.client.typed(&line, answers, &mut |octets| show(octets, console)) {
            Ok(Typed::Challenged) => answers = true,
            Ok(Typed::Replied) => answers = false,
            Err(error) if error.is_closed_pipe() => return Ok(0),
            // What was not sent leaves the session as it was.
            Err(error) if error.kind() == Kind::Usage => console.error(&error),
            Err(error) => return Err(error.at(&mailbox.label).into()),
        }
    }
    match mailbox.client.typed("QUIT", false, &mut |octets| show(octets, console)) {
        Ok(_) => drop(mailbox.client.into_stream().close()),
        Err(error) if error.is_closed_pipe() => {}
        Err(error) => return Err(error.at(&mailbox.label).into()),
    }
    Ok(0)
}

/// On a terminal every line is escaped; a pipe gets the octets, with LF line ends as typed ones have.
fn show(octets: &[u8], console: &Console) -> Result<()> {
    if !console.prints_to_terminal() {
        return console.write_octets(&without_cr(octets));
    }
    let mut shown = String::new();
    for line in without_cr(octets).split_inclusive(|&octet| octet == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        shown += &crate::escape::text(text);
        shown += if text.len() < line.len() { "\n" } else { "" };
    }
    console.write_octets(shown.as_bytes())
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
trait Lines {
    /// The next line; `secret` when it answers a challenge. None at the end.
    fn next(&mut self, secret: bool) -> Result<Option<String>>;
}

struct Piped;

impl Lines for Piped {
    fn next(&mut self, _: bool) -> Result<Option<String>> {
        let failed = |error| Error::new(Kind::LocalIo, "cannot read standard input").caused_by(error);
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line).map_err(failed)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned())),
        }
    }
}

/// A line editor with a history, which keeps no secrets.
struct Editor(DefaultEditor);

impl Editor {
    fn new() -> Result<Self> {
        let failed = |error| Error::new(Kind::LocalIo, "the terminal cannot be used").caused_by(error);
        DefaultEditor::new().map(Self).map_err(failed)
    }
}

impl Lines for Editor {
    fn next(&mut self, secret: bool) -> Result<Option<String>> {
        let prompt = if secret { "+ " } else { "pop3> " };
        match self.0.readline(prompt) {
            Ok(line) => {
                if !secret && secret_behind(&line).is_none() && !line.trim().is_empty() {
                    self.0.add_history_entry(&line).ok(); // a line too many, or one too few, is no harm
                }
                Ok(Some(line))
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(Error::new(Kind::LocalIo, "the terminal cannot be read").caused_by(error)),
        }
    }
}
