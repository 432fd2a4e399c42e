//! Date, sender and subject of messages, decoded: for people, and for scripts that read them.

use mail_parser::MessageParser;

use super::entries::{Entries, Entry};
use super::mailbox::MailboxSession;
use crate::client::{Extent, Part, Refusal};
use crate::error::{Error, Kind, Result};

/// What a header says, escaped. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::commands) struct Headers {
    /// RFC 3339.
    pub(in crate::commands) date: String,
    pub(in crate::commands) from: String,
    pub(in crate::commands) subject: String,
}

/// Fetches the headers of messages by TOP, and gives each to `each` as it comes; or the server's refusal, because the message
/// was deleted meanwhile for instance.
pub(in crate::commands) fn each_header(
    mailbox: &mut MailboxSession,
    entries: &Entries,
    each: &mut dyn FnMut(&Entry<'_>, Result<Headers, &Refusal>),
) -> Result<()> {
    if !mailbox.client.may_have("TOP")? {
        let text = "the server has no TOP, by which headers are fetched";
        return Err(Error::new(Kind::Unavailable, text).hint("leave --headers out"));
    }
    mailbox.expect_many(entries.len())?;
    let limit = mailbox.largest_message();
    let mut octets = Vec::new();
    mailbox.client.download(&mut entries.wanted(), Extent::Top(0), limit, &mut |number, part| {
        match part {
            Part::Begin => octets.clear(),
            Part::Octets(more) if octets.len() < MAX_HEADER => octets.extend_from_slice(more),
            Part::Octets(_) => {}
            Part::Refused(refusal) => each(&entries.get(number), Err(refusal)),
            Part::End => each(&entries.get(number), Ok(Headers::read(&octets))),
        }
        Ok(())
    })
}

impl Headers {
    /// Reads a header. Nothing in it is trusted: what cannot be read is empty.
    pub(in crate::commands) fn read(octets: &[u8]) -> Self {
        let Some(message) = MessageParser::new().parse_headers(octets) else {
            return Self::default();
        };
        let safe = |text: &str| crate::escape::text(text.as_bytes());
        let from = message.from().and_then(|from| from.first()).map(|from| match (from.name(), from.address()) {
            (Some(name), Some(address)) => format!("{} <{}>", safe(name), safe(address)),
            (Some(only), None) | (None, Some(only)) => safe(only),
            (None, None) => String::new(),
        });
        Self {
            date: message.date().map(|date| date.to_rfc3339()).unwrap_or_default(),
            from: from.unwrap_or_default(),
            subject: message.subject().map(safe).unwrap_or_default(),
        }
    }
}

/// Octets of a header that are looked at.
const MAX_HEADER: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_escapes() {
        let headers = Headers::read(
            b"From: =?utf-8?B?0JDQvdC90LA=?= <anna@example.org>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\n\
              Subject: =?iso-8859-1?Q?caf=E9?= \x1b[31m\r\n\r\n",
        );
        assert_eq!(headers.from, "\u{410}\u{43d}\u{43d}\u{430} <anna@example.org>");
        assert_eq!(headers.date, "2026-01-05T10:00:00+01:00");
        assert!(headers.subject.starts_with("caf\u{e9}") && !headers.subject.contains('\x1b'), "{}", headers.subject);
    }

    #[test]
    fn what_cannot_be_read_is_empty() {
        for octets in [&b""[..], b"\0\xff\xfe", b"From\r\nSubject\r\n", b":\r\n:::", b"Date: today\r\nFrom: \r\n"] {
            assert_eq!(Headers::read(octets), Headers::default(), "{}", octets.escape_ascii());
        }
        // The next field is read all the same.
        let headers = Headers::read(b"Date: \xff\r\n\0\xff: x\r\nno field\r\nSubject: a\xffb\r\n\r\nSubject: body\r\n");
        assert_eq!(headers.subject, "a\u{fffd}b");
    }
}
