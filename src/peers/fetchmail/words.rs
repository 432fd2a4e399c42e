//! The words of a fetchmailrc.
//!
//! A word is in quotes or not; the longer of both readings counts, so `'a'b` is a word with quotes in it. No quote can be
//! escaped; other escapes count in both.

/// A word, or a sign that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RcWord {
    /// From 1.
    pub(super) line: usize,
    pub(super) text: String,
    /// Then it is no keyword.
    pub(super) is_quoted: bool,
}

/// All words; comments and the signs `: ; , =` are left out. The second of both is a quote without an end, if there is one:
/// its line.
pub(super) fn words(text: &str) -> (Vec<RcWord>, Option<usize>) {
    let mut words = Vec::new();
    let mut open = None;
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\n' | ' ' | '\t' | '\r' | ':' | ';' | ',' | '=' => 1,
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '\\' if rest[1..].starts_with('\n') => 2,
            _ => {
                let (length, is_quoted) = length(rest, first);
                let raw = &rest[..length];
                if !is_quoted && ['"', '\''].contains(&first) && open.is_none() && !raw[1..].contains(first) {
                    open = Some(line);
                }
                let inner = if is_quoted { &raw[1..length - 1] } else { raw };
                words.push(RcWord { line, text: unescaped(inner), is_quoted });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    (words, open)
}

/// The octets of the word that `rest` begins with, and whether it is in quotes.
fn length(rest: &str, first: char) -> (usize, bool) {
    let plain = rest.find([' ', '\t', '\r', '\n', ',', ';', ':', '=']).unwrap_or(rest.len());
    let quoted = if ['"', '\''].contains(&first) { rest[1..].find(first).map_or(0, |at| at + 2) } else { 0 };
    if quoted >= plain { (quoted, true) } else { (plain, false) }
}

/// `\n \t \b \r \\`, three decimal digits, `\0` and octal, `\x` and hexadecimal ones; of any other the backslash goes.
fn unescaped(word: &str) -> String {
    if !word.contains('\\') {
        return word.to_owned();
    }
    let mut octets = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, behind @ ..] = rest {
        if *first != b'\\' {
            octets.push(*first);
            rest = behind;
            continue;
        }
        let number = |digits: &[u8], from: usize, most: usize, radix: u32| {
            let digits = &digits[from.min(digits.len())..];
            let count = digits.iter().take(most).take_while(|digit| char::from(**digit).is_digit(radix)).count();
            let value =
                std::str::from_utf8(&digits[..count]).ok().and_then(|text| u32::from_str_radix(text, radix).ok());
            value.map(|value| (value as u8, from + count)) // cut to an octet, as there
        };
        let (octet, taken) = match behind {
            [] => (None, 0),
            [b'n', ..] => (Some(b'\n'), 1),
            [b't', ..] => (Some(b'\t'), 1),
            [b'b', ..] => (Some(8), 1),
            [b'r', ..] => (Some(b'\r'), 1),
            [b'\n', ..] => (None, 1),
            [b'x', ..] => number(behind, 1, 2, 16).map_or((Some(b'x'), 1), |(octet, taken)| (Some(octet), taken)),
            [b'0', ..] => number(behind, 1, 2, 8).map_or((Some(0), 1), |(octet, taken)| (Some(octet), taken)),
            [b'1'..=b'9', ..] => number(behind, 0, 3, 10).map_or((None, 0), |(octet, taken)| (Some(octet), taken)),
            [other, ..] => (Some(*other), 1),
        };
        octets.extend(octet.filter(|octet| *octet != 0)); // it would end the word there
        rest = &behind[taken..];
    }
    String::from_utf8(octets).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        words(text).0.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn the_longer_reading_counts() {
        assert_eq!(read("poll a.b, user: 'ann b' = \"c\" # x\n"), ["poll", "a.b", "user", "ann b", "c"]);
        assert_eq!(read(r#""a\"b" 'p'#c 'a'b"#), ["\"a\"b\"", "'p'#c", "'a'b"]);
        assert_eq!(read("a#b # c\n#d\ne"), ["a#b", "e"]);
        assert_eq!(read("a \\\n b 'c\nd'"), ["a", "b", "c\nd"]);
    }

    #[test]
    fn escapes_count_everywhere() {
        assert_eq!(read(r"a\tb 'DOM\ann' \065\x41\101x \\ '\041'"), ["a\tb", "DOMann", "5Aex", "\\", "!"]);
        assert_eq!(read("a\\"), ["a"]);
    }

    #[test]
    fn every_word_knows_its_line() {
        let (words, open) = words("a\r\n'b\nc'\nd \"e");
        let lines: Vec<(usize, &str, bool)> =
            words.iter().map(|word| (word.line, word.text.as_str(), word.is_quoted)).collect();
        assert_eq!(lines, [(1, "a", false), (2, "b\nc", true), (4, "d", false), (4, "\"e", false)]);
        assert_eq!(open, Some(4));
    }
}
