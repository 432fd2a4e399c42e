use memchr::{memchr2, memrchr};

/// Makes of a message what goes over the line behind DATA: every line ends with CRLF, and a line that begins with a dot gets
/// another one (RFC 5321 section 4.5.2). Takes it in pieces of any size.
///
/// ```text
/// LF        -> CRLF
/// CR LF     -> as it is
/// CR .      -> CRLF ..     there are servers that end a line at a bare CR: `CR . CR` would end the message
/// CR other  -> as it is
/// the end   -> CRLF, unless that is there
/// ```
#[derive(Debug)]
pub(super) struct DotStuffer {
    at_line_start: bool,
    /// A CR that has not been sent: what comes next says what it is.
    after_cr: bool,
    /// Octets given out, without the dots that were added.
    octets: u64,
}

impl DotStuffer {
    /// For the start of a message.
    pub(super) fn new() -> Self {
        Self { at_line_start: true, after_cr: false, octets: 0 }
    }

    /// Takes a piece, and adds to `out` what is to be sent.
    pub(super) fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while let Some(&next) = piece.first() {
            if self.after_cr && self.see_behind_cr(next, out) {
                piece = &piece[1..];
                continue;
            }
            if self.at_line_start && next == b'.' {
                out.push(b'.');
            }
            let plain = memchr2(b'\r', b'\n', piece).unwrap_or(piece.len());
            self.give(&piece[..plain], out);
            self.at_line_start &= plain == 0;
            match piece.get(plain) {
                Some(b'\n') => self.end_line(out),
                Some(_) => self.after_cr = true,
                None => return,
            }
            piece = &piece[plain + 1..];
        }
    }

    /// Sends the CR that was kept back. Says whether that was all there is to be done for `next`.
    fn see_behind_cr(&mut self, next: u8, out: &mut Vec<u8>) -> bool {
        self.after_cr = false;
        if matches!(next, b'\n' | b'.') {
            self.end_line(out);
        } else {
            self.give(b"\r", out);
            self.at_line_start = false;
        }
        next == b'\n'
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        self.give(b"\r\n", out);
        self.at_line_start = true;
    }

    fn give(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(octets);
        self.octets += octets.len() as u64;
    }

    /// Nothing more comes: ends the last line.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.after_cr || !self.at_line_start {
            self.after_cr = false;
            self.end_line(out);
        }
    }

    /// Octets given out, as RFC 1870 counts the size of a message: without the dots that were added.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }
}

/// The sender that a header names as the one of the envelope: its first `Return-Path`, if that is an address. Nothing means
/// nobody, as for a bounce.
pub(super) fn return_path(header: &[u8]) -> Option<String> {
    let mut lines = header.split(|&octet| octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let field = lines.by_ref().take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_at_checked(RETURN_PATH.len())?;
        name.eq_ignore_ascii_case(RETURN_PATH).then_some(value)
    })?;
    // It may go on in the next line; an address is short, so one line more is enough.
    let more = lines.next().filter(|line| matches!(line.first(), Some(b' ' | b'\t'))).unwrap_or_default();
    let value = [field, more].concat();
    let value = std::str::from_utf8(&value).ok()?.trim();
    let address = value.strip_prefix('<')?.strip_suffix('>')?;
    is_address(address).then(|| address.to_owned())
}

/// Is it `local@domain`, in a form that every server understands?
fn is_address(text: &str) -> bool {
    let is_safe = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '\\');
    match memrchr(b'@', text.as_bytes()).map(|at| (&text[..at], &text[at + 1..])) {
        Some((local, domain)) => {
            let is_plain = |part: &str| !part.is_empty() && part.chars().all(is_safe);
            let is_literal = domain.starts_with('[') && domain.ends_with(']');
            let is_name =
                domain.split('.').all(|label| !label.is_empty() && !label.contains(['@', '(', ')', ',', ';', ':']));
            let is_dotted = local.split('.').all(|atom| !atom.is_empty());
            let has_atoms = is_dotted && !local.contains(['@', '(', ')', ',', ';', ':', '[', ']']);
            text.len() <= MAX_PATH && is_plain(local) && is_plain(domain) && has_atoms && (is_literal || is_name)
        }
        None => false,
    }
}

const RETURN_PATH: &[u8] = b"return-path:";

/// Octets of an address in an envelope, without its angle brackets (RFC 5321 section 4.5.3.1.3).
const MAX_PATH: usize = 254;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(pieces: &[&[u8]]) -> (Vec<u8>, u64) {
        let (mut stuffer, mut out) = (DotStuffer::new(), Vec::new());
        pieces.iter().for_each(|piece| stuffer.push(piece, &mut out));
        stuffer.finish(&mut out);
        (out, stuffer.octets())
    }

    #[test]
    fn lines_end_with_crlf_and_dots_are_doubled() {
        let known: [(&[u8], &[u8]); 20] = [
            (b"", b""),
            (b"a", b"a\r\n"),
            (b"a\r\n", b"a\r\n"),
            (b"a\nb\n", b"a\r\nb\r\n"),
            (b"a\r", b"a\r\n"),
            (b"\r\n", b"\r\n"),
            (b"\n", b"\r\n"),
            (b"\r", b"\r\n"),
            (b".", b"..\r\n"),
            (b"..", b"...\r\n"),
            (b".\r\n", b"..\r\n"),
            (b"a.b\r\n", b"a.b\r\n"),
            (b"a\n.\r\nQUIT\r\n", b"a\r\n..\r\nQUIT\r\n"),
            (b"a\n.\nQUIT\n", b"a\r\n..\r\nQUIT\r\n"),
            (b"a\r.\rQUIT", b"a\r\n..\rQUIT\r\n"),
            (b"a\r.\r\nQUIT", b"a\r\n..\r\nQUIT\r\n"),
            (b"a\rb\r\r\nc", b"a\rb\r\r\nc\r\n"),
            (b"a\r\r.", b"a\r\r\n..\r\n"),
            (b"\r\r\n.\n\r.", b"\r\r\n..\r\n\r\n..\r\n"),
            (b"\0\xff\n\0", b"\0\xff\r\n\0\r\n"),
        ];
        for (message, wire) in known {
            let (out, octets) = stuffed(&[message]);
            assert_eq!(out.escape_ascii().to_string(), wire.escape_ascii().to_string());
            let added = out.len() as u64 - octets;
            let dots =
                wire.windows(4).filter(|four| four.starts_with(b"\n..")).count() + usize::from(wire.starts_with(b".."));
            assert_eq!(added, dots as u64, "{}", message.escape_ascii());
        }
    }

    /// What a server makes of it that keeps to the RFC.
    fn unstuffed(wire: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        let mut rest = wire;
        while !rest.is_empty() {
            let end = memchr::memmem::find(rest, b"\r\n").expect("every line ends with CRLF") + 2;
            let (line, more) = rest.split_at(end);
            assert_ne!(line, b".\r\n", "the message would end here");
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            rest = more;
        }
        message
    }

    /// The rules, in the plainest way.
    fn expected(message: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        for (at, &octet) in message.iter().enumerate() {
            match (octet, message.get(at + 1)) {
                (b'\r', Some(b'.') | None) => out.extend_from_slice(b"\r\n"),
                (b'\n', _) if at == 0 || message[at - 1] != b'\r' => out.extend_from_slice(b"\r\n"),
                _ => out.push(octet),
            }
        }
        if !out.is_empty() && !out.ends_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    proptest! {
        #[test]
        fn a_message_arrives_whole(message in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a'), any::<u8>()], 0..80), cuts in proptest::collection::vec(0usize..80, 0..5)) {
            let (whole, octets) = stuffed(&[&message]);
            let arrived = unstuffed(&whole);
            prop_assert_eq!(octets, arrived.len() as u64);
            prop_assert_eq!(arrived, expected(&message));
            // No line, whatever a server takes for its end, is a dot alone.
            for end in [&b"\n.\r"[..], b"\n.\n", b"\r.\r", b"\r.\n"] {
                prop_assert!(memchr::memmem::find(&whole, end).is_none());
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).chain([0, message.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &message[cut[0]..cut[1]]).collect();
            prop_assert_eq!(stuffed(&pieces).0, whole);
        }
    }

    #[test]
    fn a_sender_is_found_or_nobody_is() {
        let known: [(&str, Option<&str>); 22] = [
            ("Return-Path: <ann@example.org>\r\nFrom: x\r\n\r\n", Some("ann@example.org")),
            ("X: y\nreturn-PATH:<a.b+c=d@x>\n\n", Some("a.b+c=d@x")),
            ("Return-Path:\r\n\t<ann@example.org>\r\n\r\n", Some("ann@example.org")),
            ("Return-Path: <\u{fc}@example.org>\r\n\r\n", Some("\u{fc}@example.org")),
            ("Return-Path: <a@[127.0.0.1]>\r\n\r\n", Some("a@[127.0.0.1]")),
            ("Return-Path: <a@[IPv6:::1]>\r\n\r\n", Some("a@[IPv6:::1]")),
            ("Return-Path: <>\r\n\r\n", None),
            ("Return-Path: ann@example.org\r\n\r\n", None),
            ("From: x\r\n\r\nReturn-Path: <ann@example.org>\r\n", None),
            ("X: y\r\n Return-Path: <ann@example.org>\r\n\r\n", None),
            ("Return-Path: <ann>\r\n\r\n", None),
            ("Return-Path: <@x>\r\n\r\n", None),
            ("Return-Path: <a@>\r\n\r\n", None),
            ("Return-Path: <a..b@x>\r\n\r\n", None),
            ("Return-Path: <a@x..y>\r\n\r\n", None),
            ("Return-Path: <a@b@c>\r\n\r\n", None),
            ("Return-Path: <a b@c>\r\n\r\n", None),
            ("Return-Path: <a@c> SIZE=1\r\n\r\n", None),
            ("Return-Path: <a@c\r>\r\n\r\n", None),
            ("Return-Path: <a@c\0>\r\n\r\n", None),
            ("Return-Path: <@relay:a@c>\r\n\r\n", None),
            ("", None),
        ];
        for (header, sender) in known {
            assert_eq!(return_path(header.as_bytes()).as_deref(), sender, "{header}");
        }
        let long = format!("Return-Path: <{}@x>\r\n\r\n", "a".repeat(253));
        assert_eq!(return_path(long.as_bytes()), None);
        assert_eq!(return_path(b"Return-Path: <\xff@x>\r\n\r\n"), None);
    }
}
