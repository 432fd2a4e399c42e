//! Foreign text made safe to show: what a server, a header or a file name says never reaches a terminal or a
//! log unescaped (C-258, C-284). A core module, so that errors can hold text that is already safe.

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
            write!(out, "\\x{octet:02x}").expect("a String takes every write");
            shown += 1;
        }
    }
    out
}

/// A path, shown in the same way.
pub fn path(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    text(path.as_os_str().as_bytes())
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

/// Characters that change how the text around them is shown, or that cannot be seen.
fn is_invisible_or_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Longer foreign text is cut: long log lines have been an attack (C-265).
const MAX_CHARS: usize = 512;

#[cfg(test)]
mod tests {
    use super::text;

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
