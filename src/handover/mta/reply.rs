/// A reply of the server (RFC 5321 section 4.2): one line or several, with one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MtaReply {
    /// From 200 to 599.
    pub(super) code: u16,
    /// The texts of its lines.
    lines: Vec<Vec<u8>>,
}

/// What a line is of a reply.
pub(super) enum ReplyLine<'a> {
    /// More lines follow.
    Further(u16, &'a [u8]),
    /// It is the last one.
    Last(u16, &'a [u8]),
}

impl<'a> ReplyLine<'a> {
    /// Reads a line without its end. Nothing, if it is none of a reply.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let (digits, rest) = line.split_at_checked(3)?;
        if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let code = digits.iter().fold(0, |code, digit| 10 * code + u16::from(digit - b'0'));
        match rest.split_first() {
            None => Some(Self::Last(code, b"")),
            Some((b' ', text)) => Some(Self::Last(code, text)),
            Some((b'-', text)) => Some(Self::Further(code, text)),
            _ => None,
        }
    }
}

impl MtaReply {
    /// A reply of these lines.
    pub(super) fn new(code: u16, lines: Vec<Vec<u8>>) -> Self {
        Self { code, lines }
    }

    /// Was it done?
    pub(super) fn is_good(&self) -> bool {
        self.code / 100 == 2
    }

    /// May it be done another time?
    pub(super) fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }

    /// Subject and detail of the enhanced code (RFC 3463): 2 and 2 of `552 5.2.2 Mailbox full`.
    pub(super) fn enhanced(&self) -> Option<(u16, u16)> {
        let word = self.lines.first()?.split(|&octet| octet == b' ').next()?;
        let parts: Vec<&str> = std::str::from_utf8(word).ok()?.split('.').collect();
        let number = |part: &str| {
            let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit());
            is_number.then(|| part.parse::<u16>().ok()).flatten()
        };
        let &[class, subject, detail] = parts.as_slice() else { return None };
        (number(class)? == self.code / 100).then_some((number(subject)?, number(detail)?))
    }

    /// Code and words in one line, bounded and escaped.
    pub(super) fn shown(&self) -> String {
        let code = self.enhanced().map(|(subject, detail)| format!("{}.{subject}.{detail} ", self.code / 100));
        let code = code.unwrap_or_default();
        let mut text = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            // Each line repeats the enhanced code.
            let words = if at > 0 { line.strip_prefix(code.as_bytes()).unwrap_or(line) } else { line };
            if !words.is_empty() {
                text.extend_from_slice(if text.is_empty() { b"" } else { b" " });
                text.extend_from_slice(words);
            }
        }
        let shown = &text[..text.len().min(MAX_SHOWN)];
        let more = if text.len() > MAX_SHOWN { ".." } else { "" };
        format!("{} {}{more}", self.code, crate::escape::text(shown)).trim_end().to_owned()
    }

    /// What the server offers, if this is its reply to EHLO or LHLO.
    pub(super) fn extensions(&self) -> Extensions {
        let mut found = Extensions::default();
        for line in self.lines.iter().skip(1) {
            let line = String::from_utf8_lossy(line).to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("8BITMIME") => found.eight_bit_mime = true,
                Some("PIPELINING") => found.pipelining = true,
                Some("SIZE") => found.size = Some(words.next().and_then(|limit| limit.parse().ok()).unwrap_or(0)),
                Some("SMTPUTF8") => found.smtp_utf8 = true,
                Some("STARTTLS") => found.starttls = true,
                _ => {}
            }
        }
        found
    }
}

/// What a server offers, as far as it is used here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// RFC 6152
    pub(super) eight_bit_mime: bool,
    /// RFC 2920
    pub(super) pipelining: bool,
    /// RFC 1870: the largest message that it takes; 0: it does not say.
    pub(super) size: Option<u64>,
    /// RFC 6531
    pub(super) smtp_utf8: bool,
    /// RFC 3207
    pub(super) starttls: bool,
}

/// Octets of a reply's text that are shown.
const MAX_SHOWN: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, lines: &[&str]) -> MtaReply {
        MtaReply::new(code, lines.iter().map(|line| line.as_bytes().to_vec()).collect())
    }

    #[test]
    fn tells_lines_of_replies_from_others() {
        assert!(matches!(ReplyLine::parse(b"250-a b"), Some(ReplyLine::Further(250, b"a b"))));
        assert!(matches!(ReplyLine::parse(b"354 go"), Some(ReplyLine::Last(354, b"go"))));
        assert!(matches!(ReplyLine::parse(b"599"), Some(ReplyLine::Last(599, b""))));
        for line in
            [&b""[..], b"25", b"2500", b"+OK", b"150 x", b"650 x", b"25x x", b"* OK", b" 250 x", b"250\tx", b"250\0"]
        {
            assert!(ReplyLine::parse(line).is_none(), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn enhanced_codes_are_of_the_same_class() {
        let enhanced = |code, text| reply(code, &[text]).enhanced();
        assert_eq!(enhanced(552, "5.2.2 Mailbox full"), Some((2, 2)));
        assert_eq!(enhanced(452, "4.22.345"), Some((22, 345)));
        for text in
            ["", "Mailbox", "4.2.2 x", "5.2 x", "5.2.2.2 x", "5.2.x", "5..2 x", "5.2.2345 x", "5.+2.2 x", "5.2.2, x"]
        {
            assert_eq!(enhanced(550, text), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_bounded_escaped_and_one_line() {
        assert_eq!(reply(550, &["5.1.1 <ann> no", "5.1.1 such user"]).shown(), "550 5.1.1 <ann> no such user");
        assert_eq!(reply(450, &["", "\x1b[2J", ""]).shown(), "450 \\x1b[2J");
        assert_eq!(reply(450, &[]).shown(), "450");
        let shown = reply(550, &["x".repeat(200).as_str(); 64]).shown();
        assert!(shown.len() < 320 && shown.ends_with(".."), "{shown}");
    }

    #[test]
    fn extensions_are_read_from_the_second_line_on() {
        let found =
            reply(250, &["SIZE PIPELINING", "size 1000", "8bitmime", "X", "", "SMTPUTF8", "starttls now"]).extensions();
        let size = Some(1000);
        assert_eq!(
            found,
            Extensions { eight_bit_mime: true, pipelining: false, size, smtp_utf8: true, starttls: true }
        );
        assert_eq!(reply(250, &["x", "SIZE"]).extensions().size, Some(0));
        assert_eq!(reply(250, &["x", "SIZE -1"]).extensions().size, Some(0));
        assert_eq!(reply(250, &["x"]).extensions(), Extensions::default());
    }
}
