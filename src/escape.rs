//! Foreign text made safe to show: what a server, a header or a file name says never reaches a terminal or a
//! log unescaped (C-258, C-284). A core module, so that errors can hold text that is already safe.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// Octets of foreign text as one printable line of at most `MAX_CHARS` characters: control characters, C1
/// controls, bidirectional controls and invalid UTF-8 become `\xNN` or `\u{..}`, a backslash is doubled.
pub fn text(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len().min(MAX_CHARS));
    let mut shown = 0;
    for chunk in octets.utf8_chunks() {
        for c in chunk.valid().chars() {
            if shown >= MAX_CHARS {
                out.push_str("..");
                return out;
            }
            push_char(&mut out, c);
            shown += 1;
        }
        for octet in chunk.invalid() {
            if shown >= MAX_CHARS {
                out.push_str("..");
                return out;
            }
            push_octet(&mut out, *octet);
            shown += 1;
        }
    }
    out
}

/// Foreign text as a value by which programs find it again: as it is, if that can be shown; else as [`text`] has it.
pub fn exact(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(shown) if shown.chars().all(is_harmless) => shown.to_owned(),
        _ => text(octets),
    }
}

/// Foreign lines on their way to a terminal, escaped in the same way but not cut. Tabs and line ends stay.
#[derive(Debug, Default)]
pub struct Page {
    /// The line that has not ended yet: a character may be cut between two pieces.
    rest: Vec<u8>,
}

impl Page {
    /// Takes the next piece, and adds what can be shown by now to `out`.
    pub fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        self.rest.extend_from_slice(octets);
        if let Some(end) = memchr::memrchr(b'\n', &self.rest) {
            self.rest
                .drain(..=end)
                .as_slice()
                .split_inclusive(|&octet| octet == b'\n')
                .for_each(|line| show(line, out));
        }
        if self.rest.len() > LONG_LINE {
            self.end(out);
        }
    }

    /// Nothing more comes of the line.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        show(&self.rest, out);
        self.rest.clear();
    }
}

fn show(line: &[u8], out: &mut Vec<u8>) {
    let text = line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
    let mut shown = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\t' { shown.push(c) } else { push_char(&mut shown, c) }
        }
        chunk.invalid().iter().for_each(|octet| push_octet(&mut shown, *octet));
    }
    out.extend_from_slice(shown.as_bytes());
    out.extend(line.ends_with(b"\n").then_some(b'\n'));
}

/// JSON that means the same, without what a terminal obeys or what cannot be seen: such characters are in its strings only.
pub fn json(line: &str) -> Cow<'_, str> {
    if line.chars().all(is_harmless) {
        return line.into();
    }
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if is_harmless(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                write!(out, "\\u{unit:04x}").expect("a String takes every write");
            });
        }
    }
    out.into()
}

/// A path, shown in the same way.
pub fn path(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    text(path.as_os_str().as_bytes())
}

fn push_octet(out: &mut String, octet: u8) {
    write!(out, "\\x{octet:02x}").expect("a String takes every write");
}

fn push_char(out: &mut String, c: char) {
    if c == '\\' {
        out.push_str("\\\\");
    } else if c.is_ascii_control() {
        write!(out, "\\x{:02x}", u32::from(c)).expect("a String takes every write");
    } else if c.is_control() || is_invisible_or_bidi(c) {
        write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a String takes every write");
    } else {
        out.push(c);
    }
}

fn is_harmless(c: char) -> bool {
    !c.is_control() && !is_invisible_or_bidi(c)
}

/// Characters that change how the text around them is shown, or that cannot be seen.
fn is_invisible_or_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Longer foreign text is cut: long log lines have been an attack (C-265).
const MAX_CHARS: usize = 512;

/// A line of which more is not waited for before it is shown.
const LONG_LINE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_as_it_is_if_it_can_be_shown() {
        let long = "x".repeat(2 * MAX_CHARS);
        for text in ["u1", "a\\b", "caf\u{e9}", &long] {
            assert_eq!(exact(text.as_bytes()), text);
        }
        for octets in [&b"a\\\xff"[..], b"a\x1b", "\u{202e}".as_bytes()] {
            assert_eq!(exact(octets), text(octets));
        }
    }

    #[test]
    fn pages_are_the_same_wherever_they_are_split() {
        let text = "A:\tb\r\n\x1b]0;x\x07\u{e9}\u{202e}\u{9b}\rx\\\r\n\r\nend".as_bytes();
        let expected = "A:\tb\n\\x1b]0;x\\x07\u{e9}\\u{202e}\\u{9b}\\x0dx\\\\\n\nend";
        for size in 1..text.len() {
            let (mut page, mut out) = (Page::default(), Vec::new());
            text.chunks(size).for_each(|piece| page.push(piece, &mut out));
            page.end(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_shown_in_pieces() {
        let (mut page, mut out) = (Page::default(), Vec::new());
        (0..100).for_each(|_| page.push(&[b'x'; 10_000], &mut out));
        assert!(page.rest.len() <= LONG_LINE && out.len() + page.rest.len() == 1_000_000);
    }

    #[test]
    fn json_means_the_same() {
        for text in ["plain \u{e9}", "\x1b\x7f\u{9b}31m \u{202e}x\u{e0041}\t\"\\"] {
            let json = serde_json::to_string(text).unwrap();
            let shown = json_escaped(&json);
            assert!(shown.chars().all(|c| !c.is_control() && !is_invisible_or_bidi(c)), "{shown}");
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }

    fn json_escaped(line: &str) -> String {
        json(line).into_owned()
    }

    #[test]
    fn shows_controls_and_invalid_utf8() {
        assert_eq!(text(b"\x1b[31mred\x07\\"), "\\x1b[31mred\\x07\\\\");
        assert_eq!(text("caf\u{e9} \u{202e}evil \u{9b}".as_bytes()), "caf\u{e9} \\u{202e}evil \\u{9b}");
        assert_eq!(text(b"\xff\xfe"), "\\xff\\xfe");
    }

    #[test]
    fn cuts_long_text() {
        assert_eq!(text(&[b'a'; 2000]).len(), 514);
        assert_eq!(text(&[0xff; 8000]).len(), 4 * 512 + 2);
    }
}
