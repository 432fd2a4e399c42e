//! The end of what a command says.

use std::collections::VecDeque;

/// The last octets of a text of any length.
#[derive(Debug, Default)]
pub(super) struct Tail(VecDeque<u8>);

impl Tail {
    pub(super) fn push(&mut self, octets: &[u8]) {
        let last = &octets[octets.len().saturating_sub(KEPT)..];
        let too_many = (self.0.len() + last.len()).saturating_sub(KEPT);
        self.0.drain(..too_many);
        self.0.extend(last);
    }

    /// Its last lines on one line, escaped: as many as have room, and of the last one at least the beginning.
    pub(super) fn shown(&self) -> String {
        let octets: Vec<u8> = self.0.iter().copied().collect();
        let lines = octets.split(|&octet| octet == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let mut shown = String::new();
        for line in lines.rev().map(crate::escape::text) {
            if shown.is_empty() {
                shown.push_str(cut(&line));
            } else if shown.len() + SEPARATOR.len() + line.len() <= SHOWN {
                shown.insert_str(0, &format!("{line}{SEPARATOR}"));
            } else {
                break;
            }
        }
        shown
    }
}

fn cut(line: &str) -> &str {
    &line[..line.floor_char_boundary(SHOWN)]
}

const SEPARATOR: &str = " / ";

/// Octets that are kept.
const KEPT: usize = 2048;

/// Octets that are shown.
const SHOWN: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&[u8]]) -> String {
        let mut tail = Tail::default();
        pieces.iter().for_each(|piece| tail.push(piece));
        assert!(tail.0.len() <= KEPT);
        tail.shown()
    }

    #[test]
    fn shows_the_last_lines_escaped() {
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[b"one\r\n\n", b"t", b"wo\x1b[2J\n"]), "one / two\\x1b[2J");
        let long = shown(&[&b"first\n".repeat(10_000), b"last\n"]);
        assert!(long.ends_with("first / last") && (280..=SHOWN).contains(&long.len()), "{long}");
        let wide = shown(&["\u{e9}".repeat(500).as_bytes()]);
        assert!(wide.len() <= SHOWN && wide.starts_with("\u{e9}\u{e9}"), "{wide}");
    }
}
