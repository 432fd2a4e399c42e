//! Date, sender, subject and Message-ID of messages, decoded: for people, and for scripts that read them. A core module.

use mail_parser::MessageParser;

/// What a header says, escaped. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// RFC 3339.
    pub date: String,
    /// The first sender, as `NAME <ADDRESS>`, or what there is of the two.
    pub from: String,
    /// In one line.
    pub subject: String,
    /// Without its angle brackets.
    pub message_id: String,
}

impl Headers {
    /// Reads a header. Nothing in it is trusted: what cannot be read is empty.
    pub fn read(octets: &[u8]) -> Self {
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
            message_id: message.message_id().map(safe).unwrap_or_default(),
        }
    }
}

/// Octets of a header that are looked at.
pub const MAX_HEADER: usize = 256 * 1024;

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
        assert_eq!(Headers::read(b"Message-ID: <a\x07@b>\r\n\r\n").message_id, "a\\x07@b");
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
