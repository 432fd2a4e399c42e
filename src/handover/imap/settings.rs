use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::url;
use crate::error::{Error, Kind, Result};
use crate::net::TlsMode;

/// An IMAP folder and the way into it: what a user may say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapSettings {
    /// The user name, decoded.
    pub user: String,
    /// A host name in lower case, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// When TLS begins.
    pub tls: TlsMode,
    /// The folder, decoded, as the server names it: levels are parted by what the server parts them by. `INBOX` is in
    /// upper case.
    pub folder: String,
    /// What each message is marked with, each checked by [`flag`]; nothing by default.
    pub flags: Vec<String>,
    /// May a password go over the network in clear text?
    pub cleartext_password: bool,
}

impl ImapSettings {
    /// Reads `imaps://USER@HOST[:PORT][/FOLDER]`. With `imap://` TLS begins by STARTTLS, and is not optional; `tls`
    /// overrides that. An error is one of usage, and repeats no password.
    pub fn parse(url: &str, tls: Option<TlsMode>) -> Result<Self> {
        url::parse(url, tls)
    }

    /// The name of the folder in the ledger and for people: `imaps://user@host/Folder`, the same however TLS begins. The
    /// port is there if it is not a usual one.
    pub fn url(&self) -> String {
        let user = utf8_percent_encode(&self.user, NOT_IN_A_USER);
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = if url::is_usual(self.port) { String::new() } else { format!(":{}", self.port) };
        format!("imaps://{user}@{host}{port}/{}", utf8_percent_encode(&self.folder, NOT_IN_A_FOLDER))
    }
}

impl fmt::Display for ImapSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url())
    }
}

/// A flag that a message may be given: `\Seen`, `\Flagged`, or a keyword that is an atom. Everything else is refused here:
/// some servers answer a bad flag with BAD, and then take the text of the message for commands.
pub fn flag(text: &str) -> Result<String> {
    if text.starts_with('\\') {
        let known = SYSTEM_FLAGS.iter().find(|flag| text.eq_ignore_ascii_case(flag));
        return known.map(|&flag| flag.to_owned()).ok_or_else(|| not_a_flag(text));
    }
    // A shell takes the backslash away, where it is not in quotes.
    if ALL_SYSTEM_FLAGS.iter().any(|flag| text.eq_ignore_ascii_case(flag)) {
        return Err(not_a_flag(text));
    }
    let is_atom = |octet: u8| octet.is_ascii_graphic() && !br#"(){%*"\]"#.contains(&octet);
    let is_keyword = !text.is_empty() && text.len() <= LONGEST_KEYWORD && text.bytes().all(is_atom);
    if is_keyword { Ok(text.to_owned()) } else { Err(not_a_flag(text)) }
}

fn not_a_flag(text: &str) -> Error {
    let shown = crate::escape::text(text.as_bytes());
    Error::new(Kind::Usage, format!("{shown} is no flag that a message can be given"))
        .hint("write \\Seen or \\Flagged, in single quotes in a shell, or a keyword of letters and digits")
}

const SYSTEM_FLAGS: [&str; 2] = ["\\Seen", "\\Flagged"];

/// Without the backslash.
const ALL_SYSTEM_FLAGS: [&str; 6] = ["Seen", "Flagged", "Answered", "Deleted", "Draft", "Recent"];

const LONGEST_KEYWORD: usize = 100;

/// The unreserved characters of RFC 3986, and @: the last one before the folder ends the user name.
const NOT_IN_A_USER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// The same with the slash, which parts levels for most servers.
const NOT_IN_A_FOLDER: &AsciiSet = &NOT_IN_A_USER.remove(b'/');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_flags_are_taken() {
        for (text, expected) in [("\\seen", "\\Seen"), ("\\Flagged", "\\Flagged"), ("$Work", "$Work"), ("a-1", "a-1")] {
            assert_eq!(flag(text).unwrap(), expected);
        }
        let long = "x".repeat(101);
        let wrong = [
            "",
            "Seen",
            "flagged",
            "\\Deleted",
            "\\Recent",
            "\\",
            "a b",
            "a)",
            "(a",
            "\"a\"",
            "a\r\nb",
            "\u{e9}",
            "{3}",
            "a]",
            &long,
        ];
        for text in wrong {
            assert_eq!(flag(text).unwrap_err().kind(), Kind::Usage, "{text}");
        }
    }
}
