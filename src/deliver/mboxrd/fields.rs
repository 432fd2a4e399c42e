//! Header fields that an mbox uses for itself. What a sender writes into them would hide the next message from a mail
//! reader, or show this one as read or deleted, so in an mbox they are called `X-Original-` and their name, as delivery
//! agents do.

/// Renames those fields. The message comes in LF form, split anywhere.
#[derive(Debug, Default)]
pub(super) struct FieldRenamer {
    at: HeaderPosition,
    /// The beginning of a line that may turn out to be such a field.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HeaderPosition {
    /// In the name of a field, or before it.
    #[default]
    Name,
    /// Behind the name, or in a line that has none.
    Line,
    Body,
}

impl FieldRenamer {
    pub(super) fn push(&mut self, mut input: &[u8], out: &mut impl FnMut(&[u8])) {
        while let Some(&first) = input.first() {
            match self.at {
                HeaderPosition::Name => {
                    input = &input[1..];
                    self.name(first, out);
                }
                HeaderPosition::Line => {
                    let end = memchr::memchr(b'\n', input).map(|at| at + 1);
                    let (line, rest) = input.split_at(end.unwrap_or(input.len()));
                    out(line);
                    input = rest;
                    if end.is_some() {
                        self.at = HeaderPosition::Name;
                    }
                }
                HeaderPosition::Body => {
                    out(input);
                    return;
                }
            }
        }
    }

    /// The message has ended.
    pub(super) fn finish(&mut self, out: &mut impl FnMut(&[u8])) {
        self.give(out);
    }

    fn name(&mut self, octet: u8, out: &mut impl FnMut(&[u8])) {
        self.held.push(octet);
        match octet {
            b'\n' => {
                self.at = if self.held.len() == 1 { HeaderPosition::Body } else { HeaderPosition::Name };
                self.give(out);
            }
            b':' => {
                self.at = HeaderPosition::Line;
                if is_reserved(&self.held[..self.held.len() - 1]) {
                    out(PREFIX);
                }
                self.give(out);
            }
            _ if self.held.len() > LONGEST => {
                self.at = HeaderPosition::Line;
                self.give(out);
            }
            _ => {}
        }
    }

    fn give(&mut self, out: &mut impl FnMut(&[u8])) {
        if !self.held.is_empty() {
            out(&self.held);
            self.held.clear();
        }
    }
}

/// Some readers take a name with blanks behind it.
fn is_reserved(name: &[u8]) -> bool {
    let name = name.trim_ascii_end();
    RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

const PREFIX: &[u8] = b"X-Original-";

/// By UW's and mutt's mbox (Status to X-IMAP), by Dovecot's (X-IMAPbase), by System V's (Content-Length).
const RESERVED: [&[u8]; 7] =
    [b"Content-Length", b"Status", b"X-Status", b"X-UID", b"X-Keywords", b"X-IMAP", b"X-IMAPbase"];

/// Octets of a name with blanks behind it that is looked at.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn renamed(pieces: &[&[u8]]) -> String {
        let (mut renamer, mut out) = (FieldRenamer::default(), Vec::new());
        let mut sink = |octets: &[u8]| out.extend_from_slice(octets);
        pieces.iter().for_each(|piece| renamer.push(piece, &mut sink));
        renamer.finish(&mut sink);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn fields_of_an_mbox_are_renamed_in_the_header_only() {
        let message = "Received: x\nstatus : RO\nX-IMAPBASE: 1 2\nX-Statuses: y\n Status: folded\nContent-Length:3\n\n\
                       Status: body\n";
        let expected = "Received: x\nX-Original-status : RO\nX-Original-X-IMAPBASE: 1 2\nX-Statuses: y\n Status: folded\n\
                        X-Original-Content-Length:3\n\nStatus: body\n";
        assert_eq!(renamed(&[message.as_bytes()]), expected);
        for name in ["Content-Length", "Status", "X-Status", "X-UID", "X-Keywords", "X-IMAP", "X-IMAPbase"] {
            assert_eq!(renamed(&[format!("{name}: 1").as_bytes()]), format!("X-Original-{name}: 1"));
        }
        for same in ["", "\n", "Status", "Sta", "\nStatus: x", "no name at all\nA: b\n\n", ":\n:\n"] {
            assert_eq!(renamed(&[same.as_bytes()]), same);
        }
    }

    /// However long the header is, and whatever its lines are.
    #[test]
    fn a_long_header_hides_nothing() {
        let long = format!("X: {}\n{}\n", "y".repeat(100_000), "z".repeat(100_000));
        assert_eq!(renamed(&[long.as_bytes(), b"Status: D\n"]), format!("{long}X-Original-Status: D\n"));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(input in "(Status|X-UID|:|: |\n|y| ){0,20}", cut in 0usize..60) {
            let input = input.as_bytes();
            let cut = cut.min(input.len());
            prop_assert_eq!(renamed(&[&input[..cut], &input[cut..]]), renamed(&[input]));
        }
    }
}
