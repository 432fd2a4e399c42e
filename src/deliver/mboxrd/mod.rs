//! One message as it stands in an mbox: the `From ` line, the message with its own `From ` lines quoted as mboxrd
//! does and the fields of an mbox renamed, and an empty line (RFC 4155, C-319 to C-324).

use jiff::Timestamp;

use self::fields::FieldRenamer;
use super::return_path;

mod fields;

/// Writes one message of an mbox. The message comes in LF form, split anywhere.
#[derive(Debug)]
pub(super) struct MessageWriter {
    /// The header so far, while the `From ` line is not written, because its sender may still come.
    header: Option<Vec<u8>>,
    fields: FieldRenamer,
    quoter: Quoter,
    last: Option<u8>,
    now: Timestamp,
}

impl MessageWriter {
    /// A message delivered `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { header: Some(Vec::new()), fields: FieldRenamer::default(), quoter: Quoter::default(), last: None, now }
    }

    /// The next octets of the message.
    pub(super) fn push(&mut self, octets: &[u8], out: &mut impl FnMut(&[u8])) {
        if let Some(&last) = octets.last() {
            self.last = Some(last);
        }
        let Some(header) = &mut self.header else {
            return self.quote(octets, out);
        };
        header.extend_from_slice(octets);
        if header.len() >= MAX_HEADER || header.starts_with(b"\n") || memchr::memmem::find(header, b"\n\n").is_some() {
            self.end_header(out);
        }
    }

    /// The message has ended.
    pub(super) fn finish(&mut self, out: &mut impl FnMut(&[u8])) {
        self.end_header(out);
        let quoter = &mut self.quoter;
        self.fields.finish(&mut |octets| quoter.push(octets, out));
        self.quoter.finish(out);
        out(if self.last.is_none_or(|last| last == b'\n') { b"\n" } else { b"\n\n" });
    }

    fn end_header(&mut self, out: &mut impl FnMut(&[u8])) {
        if let Some(header) = self.header.take() {
            let date = self.now.strftime("%a %b %e %H:%M:%S %Y");
            out(format!("From {} {date}\n", sender(&header)).as_bytes());
            self.quote(&header, out);
        }
    }

    fn quote(&mut self, octets: &[u8], out: &mut impl FnMut(&[u8])) {
        let quoter = &mut self.quoter;
        self.fields.push(octets, &mut |octets| quoter.push(octets, out));
    }
}

/// The sender for the `From ` line: the address of the Return-Path, or `MAILER-DAEMON` (C-322).
fn sender(header: &[u8]) -> &str {
    return_path(header).unwrap_or("MAILER-DAEMON")
}

/// Puts a `>` before every line that consists of any number of `>` and `From `.
#[derive(Debug, Default)]
struct Quoter {
    at: LinePosition,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LinePosition {
    /// At the start of a line, or behind some `>` there. Those are given out at once: one more is the same before
    /// them or behind them.
    #[default]
    Start,
    /// Behind the first octets of `From `, which are held back.
    Inside(usize),
    /// Somewhere else in a line.
    Rest,
}

impl Quoter {
    fn push(&mut self, mut input: &[u8], out: &mut impl FnMut(&[u8])) {
        while let Some(&first) = input.first() {
            match self.at {
                LinePosition::Start if first == FROM[0] => {
                    self.at = LinePosition::Inside(1);
                    input = &input[1..];
                }
                LinePosition::Start if first == b'>' => {
                    let run = input.iter().take_while(|&&octet| octet == b'>').count();
                    out(&input[..run]);
                    input = &input[run..];
                }
                LinePosition::Start => self.at = LinePosition::Rest,
                LinePosition::Inside(seen) if first == FROM[seen] => {
                    input = &input[1..];
                    self.at = LinePosition::Inside(seen + 1);
                    if seen + 1 == FROM.len() {
                        out(b">");
                        out(FROM);
                        self.at = LinePosition::Rest;
                    }
                }
                LinePosition::Inside(seen) => {
                    out(&FROM[..seen]);
                    self.at = LinePosition::Rest;
                }
                LinePosition::Rest => input = self.rest(input, out),
            }
        }
    }

    /// Gives out everything up to the next line that needs a closer look; returns what is left.
    fn rest<'a>(&mut self, input: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let mut from = 0;
        while let Some(newline) = memchr::memchr(b'\n', &input[from..]) {
            from += newline + 1;
            if !matches!(input.get(from), Some(octet) if *octet != b'>' && *octet != FROM[0]) {
                self.at = LinePosition::Start;
                out(&input[..from]);
                return &input[from..];
            }
        }
        out(input);
        &[]
    }

    fn finish(&mut self, out: &mut impl FnMut(&[u8])) {
        if let LinePosition::Inside(seen) = self.at {
            out(&FROM[..seen]);
        }
        self.at = LinePosition::Start;
    }
}

const FROM: &[u8] = b"From ";

/// Octets of a header that are searched for the Return-Path, which servers put first.
const MAX_HEADER: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(pieces: &[&[u8]]) -> String {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let (mut writer, mut out) = (MessageWriter::new(now), Vec::new());
        let mut sink = |octets: &[u8]| out.extend_from_slice(octets);
        pieces.iter().for_each(|piece| writer.push(piece, &mut sink));
        writer.finish(&mut sink);
        String::from_utf8_lossy(&out).into_owned()
    }

    const DATE: &str = "Tue Nov 14 22:13:20 2023";

    #[test]
    fn writes_the_separator_from_the_return_path() {
        let known: [(&str, &str); 9] = [
            ("Return-Path: <ann@example.org>\n\nx\n", "ann@example.org"),
            ("return-path:bob@example.net\nA: b\n\nx\n", "bob@example.net"),
            ("A: b\nReturn-Path:\n <c@example.org>\n\nx\n", "c@example.org"),
            ("Return-Path: <>\n\nx\n", "MAILER-DAEMON"),
            ("Return-Path: <a b@example.org>\n\nx\n", "MAILER-DAEMON"),
            ("Return-Path: <a\x1b@example.org>\n\nx\n", "MAILER-DAEMON"),
            ("A: b\n\nReturn-Path: <body@example.org>\n", "MAILER-DAEMON"),
            ("\nReturn-Path: <body@example.org>\n", "MAILER-DAEMON"),
            ("Return-Path: <only@example.org>", "only@example.org"),
        ];
        for (message, sender) in known {
            let first = write(&[message.as_bytes()]).lines().next().unwrap().to_owned();
            assert_eq!(first, format!("From {sender} {DATE}"), "{message:?}");
        }
    }

    /// A header without an end must not be kept in memory.
    #[test]
    fn waits_for_the_sender_only_so_long() {
        let (mut writer, mut out) = (MessageWriter::new(Timestamp::UNIX_EPOCH), Vec::new());
        for pushed in 1..=MAX_HEADER {
            writer.push(b"z", &mut |octets| out.extend_from_slice(octets));
            assert_eq!(out.is_empty(), pushed < MAX_HEADER, "{pushed} octets");
        }
        assert!(out.starts_with(b"From MAILER-DAEMON "));
        writer.push(b"\nReturn-Path: <late@example.org>\n\n", &mut |octets| out.extend_from_slice(octets));
        assert!(out.ends_with(b"z\nReturn-Path: <late@example.org>\n\n"));
        assert_eq!(out.iter().filter(|&&octet| octet == b'z').count(), MAX_HEADER);
    }

    #[test]
    fn ends_with_an_empty_line() {
        let from = format!("From MAILER-DAEMON {DATE}\n");
        assert_eq!(write(&[b"A: b\n\nx\n"]), format!("{from}A: b\n\nx\n\n"));
        assert_eq!(write(&[b"A: b\n\nx"]), format!("{from}A: b\n\nx\n\n"));
        assert_eq!(write(&[]), format!("{from}\n"));
    }

    #[test]
    fn quotes_every_from_line() {
        let written = write(&[b"From x\n>From y\nFromage\n>>From z\n>not\n\nFrom here\nFrom\nFrom "]);
        let body: Vec<&str> = written.lines().skip(1).collect();
        let expected = [">From x", ">>From y", "Fromage", ">>>From z", ">not", "", ">From here", "From", ">From ", ""];
        assert_eq!(body, expected);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(input in "(From |>|\n|F|x){0,30}", cut in 0usize..60) {
            let input = input.as_bytes();
            let cut = cut.min(input.len());
            prop_assert_eq!(write(&[&input[..cut], &input[cut..]]), write(&[input]));
        }

        #[test]
        fn unquoting_gives_the_message_back(input in "(From |>|\n|F|x){0,30}\n") {
            let written = write(&[input.as_bytes()]);
            let body = written.split_once('\n').unwrap().1;
            let unquoted: String = body.split_inclusive('\n').map(|line| {
                let bare = line.trim_start_matches('>');
                if bare.starts_with("From ") && bare.len() < line.len() { &line[1..] } else { line }
            }).collect();
            prop_assert_eq!(unquoted, format!("{input}\n"));
        }
    }
}
