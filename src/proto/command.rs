use super::limits::COMMAND_LINE;
use super::{Error, MessageNumber, SessionState};

/// A command to the server. It is encoded, or shown with its secrets masked; it has no `Debug`, because it may
/// borrow a password.
#[derive(Clone, Copy)]
pub enum Command<'a> {
    /// `CAPA`
    Capa,
    /// `STLS`
    Stls,
    /// `USER name`
    User(&'a str),
    /// `PASS string`: one opaque argument, spaces and all (C-034).
    Pass(&'a str),
    /// `APOP name digest` (RFC 1939 section 7)
    Apop(&'a str, &'a str),
    /// `UTF8` (RFC 6856)
    Utf8,
    /// `AUTH mechanism [initial-response]`, the response in base64.
    Auth(&'static str, Option<&'a str>),
    /// A continuation of AUTH, in base64; the only line that may be longer than 255 octets (C-002).
    Continue(&'a str),
    /// `*`: ends AUTH without a result (RFC 5034 section 4).
    Cancel,
    /// `STAT`
    Stat,
    /// `LIST`
    List,
    /// `UIDL`
    Uidl,
    /// `UIDL n`
    UidlOf(MessageNumber),
    /// `RETR n`
    Retr(MessageNumber),
    /// `TOP n lines`: the header and the first lines of the body
    Top(MessageNumber, u32),
    /// `DELE n`
    Dele(MessageNumber),
    /// `NOOP`
    Noop,
    /// `RSET`
    Rset,
    /// `QUIT`
    Quit,
    /// A line that a person typed, legal in every state: the server judges it.
    Typed(&'a str),
}

impl Command<'_> {
    /// Appends the line with its CRLF to `out`. Nothing is appended when it is refused.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.check_arguments()?;
        let start = out.len();
        match self {
            Self::User(argument) | Self::Pass(argument) | Self::Auth(argument, None) => {
                push(out, &[self.verb(), " ", argument]);
            }
            Self::Auth(mechanism, Some(initial)) => push(out, &["AUTH ", mechanism, " ", initial]),
            Self::Apop(name, digest) => push(out, &["APOP ", name, " ", digest]),
            Self::Cancel => push(out, &["*"]),
            Self::Continue(line) | Self::Typed(line) => push(out, &[line]),
            Self::Retr(number) | Self::Dele(number) | Self::UidlOf(number) => {
                push(out, &[self.verb(), " ", &number.to_string()]);
            }
            Self::Top(number, lines) => push(out, &["TOP ", &number.to_string(), " ", &lines.to_string()]),
            _ => push(out, &[self.verb()]),
        }
        if out.len() - start > COMMAND_LINE && !matches!(self, Self::Continue(_)) {
            zeroize::Zeroize::zeroize(&mut out[start..]);
            out.truncate(start);
            return Err(Error::CommandTooLong { verb: self.verb() });
        }
        Ok(())
    }

    /// The line as a transcript may show it: without a secret, without CRLF (C-173).
    pub fn masked(&self) -> String {
        match self {
            Self::Pass(_) => "PASS ****".into(),
            Self::Auth(mechanism, Some(_)) => format!("AUTH {mechanism} ****"),
            Self::Auth(mechanism, None) => format!("AUTH {mechanism}"),
            Self::Continue("") => String::new(),
            Self::Continue(_) => "****".into(),
            Self::Cancel => "*".into(),
            Self::Apop(name, _) => format!("APOP {} ****", crate::escape::text(name.as_bytes())),
            Self::Typed(line) => match secret_behind(line) {
                Some(verb) => format!("{verb} ****"),
                None => crate::escape::text(line.as_bytes()),
            },
            Self::User(name) => format!("USER {}", crate::escape::text(name.as_bytes())),
            Self::Retr(number) | Self::Dele(number) | Self::UidlOf(number) => format!("{} {number}", self.verb()),
            Self::Top(number, lines) => format!("TOP {number} {lines}"),
            _ => self.verb().into(),
        }
    }

    /// The keyword.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Capa => "CAPA",
            Self::Stls => "STLS",
            Self::User(_) => "USER",
            Self::Pass(_) => "PASS",
            Self::Apop(..) => "APOP",
            Self::Utf8 => "UTF8",
            Self::Auth(..) | Self::Continue(_) | Self::Cancel => "AUTH",
            Self::Stat => "STAT",
            Self::List => "LIST",
            Self::Uidl | Self::UidlOf(_) => "UIDL",
            Self::Retr(_) => "RETR",
            Self::Top(..) => "TOP",
            Self::Dele(_) => "DELE",
            Self::Noop => "NOOP",
            Self::Rset => "RSET",
            Self::Quit => "QUIT",
            Self::Typed(_) => "the command",
        }
    }

    /// Is the command legal in this state (RFC 1939, RFC 2449, RFC 2595)?
    pub fn check_state(&self, state: SessionState) -> Result<(), Error> {
        let legal = match self {
            // A line goes on with what the server has asked for, which may be the answer to a typed one.
            Self::Capa | Self::Quit | Self::Typed(_) | Self::Continue(_) => state != SessionState::Closed,
            Self::Stls
            | Self::User(_)
            | Self::Pass(_)
            | Self::Apop(..)
            | Self::Utf8
            | Self::Auth(..)
            | Self::Cancel => state == SessionState::Authorization,
            _ => state == SessionState::Transaction,
        };
        let verb = self.verb();
        legal.then_some(()).ok_or(Error::WrongState { verb, state })
    }

    fn check_arguments(&self) -> Result<(), Error> {
        let (what, argument) = match self {
            Self::User(name) | Self::Apop(name, _) => ("user name", *name),
            Self::Pass(password) => ("password", *password),
            Self::Auth(_, Some(response)) | Self::Continue(response) => ("response to AUTH", *response),
            Self::Typed(line) => ("line", *line),
            _ => return Ok(()),
        };
        if argument.chars().any(char::is_control) { Err(Error::ControlCharacter { what }) } else { Ok(()) }
    }
}

/// The verb of a typed line whose arguments are secret (C-173).
pub fn secret_behind(line: &str) -> Option<&str> {
    let verb = line.split_whitespace().next()?;
    let is_secret = ["PASS", "AUTH", "APOP"].iter().any(|secret| verb.eq_ignore_ascii_case(secret));
    is_secret.then_some(verb)
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    // At once: what grows with a secret in it moves, and leaves a copy behind.
    out.reserve(parts.iter().map(|part| part.len()).sum::<usize>() + 2);
    parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(command: Command<'_>) -> Result<String, Error> {
        let mut out = Vec::new();
        command.encode(&mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn encodes_with_single_spaces_and_crlf() {
        assert_eq!(wire(Command::Retr(MessageNumber::new(7).unwrap())).unwrap(), "RETR 7\r\n");
        assert_eq!(wire(Command::UidlOf(MessageNumber::new(7).unwrap())).unwrap(), "UIDL 7\r\n");
        assert_eq!(wire(Command::Pass(" two  spaces ")).unwrap(), "PASS  two  spaces \r\n");
        assert_eq!(wire(Command::Auth("PLAIN", Some("AGE="))).unwrap(), "AUTH PLAIN AGE=\r\n");
        assert_eq!(wire(Command::Apop("ann", "c4c9")).unwrap(), "APOP ann c4c9\r\n");
        assert_eq!(wire(Command::Continue("")).unwrap(), "\r\n");
    }

    #[test]
    fn refuses_control_characters_before_anything_is_encoded() {
        for bad in ["a\r\nDELE 1", "a\n", "a\0b", "\u{7f}", "\u{85}"] {
            let mut out = b"kept".to_vec();
            assert!(Command::User(bad).encode(&mut out).is_err(), "{bad:?}");
            assert_eq!(out, b"kept");
        }
    }

    #[test]
    fn refuses_lines_over_255_octets_but_not_continuations() {
        assert_eq!(wire(Command::Pass(&"x".repeat(248))).unwrap().len(), 255);
        assert_eq!(wire(Command::Pass(&"x".repeat(249))), Err(Error::CommandTooLong { verb: "PASS" }));
        assert!(wire(Command::Continue(&"x".repeat(5000))).is_ok());
    }

    #[test]
    fn masks_secrets() {
        assert_eq!(Command::Pass("hunter2").masked(), "PASS ****");
        assert_eq!(Command::Auth("PLAIN", Some("aHVudGVyMg==")).masked(), "AUTH PLAIN ****");
        assert_eq!(Command::Apop("ann", "c4c9334bac").masked(), "APOP ann ****");
        assert_eq!(Command::Typed("pass hunter2").masked(), "pass ****");
        assert_eq!(Command::Typed("RETR 1").masked(), "RETR 1");
    }

    #[test]
    fn knows_the_legal_order() {
        assert!(Command::Uidl.check_state(SessionState::Authorization).is_err());
        assert!(Command::Stls.check_state(SessionState::Transaction).is_err());
        assert!(Command::Quit.check_state(SessionState::Transaction).is_ok());
        assert!(Command::Capa.check_state(SessionState::Closed).is_err());
    }
}
