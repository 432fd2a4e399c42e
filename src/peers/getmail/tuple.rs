//! Tuples of strings, as Python writes them.

/// The strings of `("a", 'b')`; of a single string, or of words that are no tuple, those. None, if it is neither.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(').or_else(|| text.strip_prefix('[')) else {
        return if text.starts_with(['"', '\'']) { read(text, None) } else { Some(vec![text.to_owned()]) };
    };
    let end = if text.starts_with('(') { ')' } else { ']' };
    read(inner, Some(end))
}

fn read(text: &str, end: Option<char>) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut letters = text.chars().peekable();
    let mut joins = false; // two strings side by side are one
    let mut has_comma = false;
    let mut depth = 0; // brackets around a single string say nothing
    loop {
        match letters.next() {
            None => return end.is_none().then_some(words),
            Some(letter) if letter.is_whitespace() => {}
            Some(',') => (joins, has_comma) = (false, true),
            Some('#') => drop(letters.by_ref().find(|letter| *letter == '\n')), // a comment
            Some('(') => depth += 1,
            Some(')') if depth > 0 => depth -= 1,
            // In round brackets a single string is no tuple.
            Some(letter) if Some(letter) == end => {
                return (has_comma || words.len() != 1 || letter == ']').then_some(words);
            }
            Some('r' | 'u' | 'b' | 'R' | 'U' | 'B') if matches!(letters.peek(), Some('"' | '\'')) => {}
            Some(quote @ ('"' | '\'')) => {
                let word = string(&mut letters, quote)?;
                match words.last_mut().filter(|_| joins) {
                    Some(last) => last.push_str(&word),
                    None => words.push(word),
                }
                joins = true;
            }
            Some(digit) if digit.is_ascii_digit() => {
                let mut word = String::from(digit);
                while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    word.push(digit);
                }
                words.push(word);
            }
            Some(_) => return None,
        }
    }
}

fn string(letters: &mut impl Iterator<Item = char>, quote: char) -> Option<String> {
    let mut word = String::new();
    loop {
        match letters.next()? {
            letter if letter == quote => return Some(word),
            '\\' => match letters.next()? {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                '\n' => {}
                'x' => word.push(code(letters, 2)?),
                'u' => word.push(code(letters, 4)?),
                letter @ ('\\' | '"' | '\'') => word.push(letter),
                other => word.extend(['\\', other]),
            },
            letter => word.push(letter),
        }
    }
}

/// A character by its hexadecimal number of so many digits.
fn code(letters: &mut impl Iterator<Item = char>, digits: usize) -> Option<char> {
    let number: String = letters.take(digits).collect();
    char::from_u32(u32::from_str_radix(&number, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_writes() {
        for (text, expected) in [
            ("(\"-a\", '$HOME/x y', )", &["-a", "$HOME/x y"][..]),
            ("('a' \"b\", r'\\d')", &["ab", "\\d"]),
            ("('-d ann',)", &["-d ann"]),
            ("('a', ('b'), '\\x41\\u00e9')", &["a", "b", "A\u{e9}"]),
            ("()", &[]),
            ("(\"a\\\"b\",\n'c')", &["a\"b", "c"]),
            ("plain word", &["plain word"]),
            ("'one'", &["one"]),
            ("['a', 'b']", &["a", "b"]),
            ("('a', # x 'b'\n'c#')", &["a", "c#"]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["('-d ann')", "(\"a\"", "(a)", "('a", "(\"a\\"] {
            assert_eq!(words(text), None, "{text}");
        }
    }
}
