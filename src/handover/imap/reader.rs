//! What a server sends, cut into responses: lines, and the literals inside them. Knows no socket. Lenient where servers are
//! careless, and bounded in everything.

/// One response: its line, cut at its literals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) parts: Vec<Segment>,
}

/// A piece of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// A part of its line, without the line end and without the length of the literal that follows.
    Text(Vec<u8>),
    /// A literal.
    Literal(Vec<u8>),
}

/// Cuts what comes into responses.
///
/// ```text
/// [ used | not yet used ]
///        ^used               0 <= used <= received.len()
/// ```
#[derive(Default)]
pub(super) struct ResponseReader {
    received: Vec<u8>,
    used: usize,
    /// The response that has begun.
    response: Response,
    /// Its octets.
    octets: usize,
    /// Octets of the literal that is to come.
    literal: Option<usize>,
}

/// What no server has a reason to send: more than the reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl ResponseReader {
    /// Takes what was received.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.received.drain(..self.used);
        self.used = 0;
        self.received.extend_from_slice(octets);
    }

    /// Is nothing there but what has been used?
    pub(super) fn is_empty(&self) -> bool {
        self.used == self.received.len() && self.response.parts.is_empty()
    }

    /// The next whole response; `None` until more is received.
    pub(super) fn next(&mut self) -> Result<Option<Response>, TooLong> {
        loop {
            let whole = match self.literal {
                Some(octets) => self.take_literal(octets),
                None => match self.take_line()? {
                    Some(true) => return Ok(Some(self.end())),
                    other => other.is_some(),
                },
            };
            if !whole {
                return Ok(None);
            }
        }
    }

    fn end(&mut self) -> Response {
        self.octets = 0;
        std::mem::take(&mut self.response)
    }

    fn unused(&self) -> &[u8] {
        &self.received[self.used..]
    }

    fn take_literal(&mut self, octets: usize) -> bool {
        let Some(literal) = self.unused().get(..octets).map(<[u8]>::to_vec) else { return false };
        self.used += octets;
        self.literal = None;
        self.response.parts.push(Segment::Literal(literal));
        true
    }

    /// `Some(true)` if the response ends with this line.
    fn take_line(&mut self) -> Result<Option<bool>, TooLong> {
        let unused = self.unused();
        let Some(newline) = memchr::memchr(b'\n', unused) else {
            return if unused.len() > LONGEST_LINE { Err(TooLong) } else { Ok(None) };
        };
        let line = unused[..newline].strip_suffix(b"\r").unwrap_or(&unused[..newline]);
        let may_go_on = !self.response.parts.is_empty() || is_data(line);
        let (text, literal) = match literal_at_end(line).filter(|_| may_go_on) {
            Some((text, octets)) => (text, Some(octets)),
            None => (line, None),
        };
        let literal = match literal {
            Some(octets) => Some(usize::try_from(octets).map_err(|_| TooLong)?),
            None => None,
        };
        let octets = self.octets + text.len() + literal.unwrap_or(0).min(LONGEST_RESPONSE);
        if line.len() > LONGEST_LINE || octets > LONGEST_RESPONSE || self.response.parts.len() > MOST_PARTS {
            return Err(TooLong);
        }
        let text = Segment::Text(text.to_vec());
        self.used += newline + 1;
        self.octets = octets;
        self.response.parts.push(text);
        self.literal = literal;
        Ok(Some(literal.is_none()))
    }
}

/// Only data has literals. What is said to people may end with anything.
fn is_data(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"* ") else { return false };
    let word = rest.split(|octet| *octet == b' ').next().unwrap_or_default();
    !["OK", "NO", "BAD", "BYE", "PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status.as_bytes()))
}

/// `{17}` at the end, also as `{17+}`; `~{17}` is one of RFC 3516.
fn literal_at_end(line: &[u8]) -> Option<(&[u8], u64)> {
    let inner = line.strip_suffix(b"}")?;
    let start = memchr::memrchr(b'{', inner)?;
    let digits = inner[start + 1..].strip_suffix(b"+").unwrap_or(&inner[start + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // One that does not fit is too long, whatever it says.
    let octets = std::str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX);
    let text = &line[..start];
    Some((text.strip_suffix(b"~").unwrap_or(text), octets))
}

/// The longest lines are the hits of a search: at seven octets each these are 150,000.
const LONGEST_LINE: usize = 1024 * 1024;

/// Octets of a response, literals included: more than is ever asked for.
const LONGEST_RESPONSE: usize = 2 * 1024 * 1024;

/// Parts of a response: more than is ever asked for.
const MOST_PARTS: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> (Vec<Response>, Option<TooLong>) {
        let (mut reader, mut responses) = (ResponseReader::default(), Vec::new());
        for piece in pieces {
            reader.push(piece);
            loop {
                match reader.next() {
                    Ok(Some(response)) => responses.push(response),
                    Ok(None) => break,
                    Err(error) => return (responses, Some(error)),
                }
            }
        }
        (responses, None)
    }

    fn text(text: &str) -> Segment {
        Segment::Text(text.into())
    }

    #[test]
    fn lines_and_literals() {
        let input = b"* OK hello {3}\r\na1 OK\r\n* 1 FETCH (BODY[] {5}\r\na\r\nb) X {0}\r\n)\n+ go {9}\r\n* LIST () \"/\" ~{1+}\r\nx\r\n";
        let literal = |octets: &[u8]| Segment::Literal(octets.to_vec());
        let expected = [
            vec![text("* OK hello {3}")],
            vec![text("a1 OK")],
            vec![text("* 1 FETCH (BODY[] "), literal(b"a\r\nb)"), text(" X "), literal(b""), text(")")],
            vec![text("+ go {9}")],
            vec![text("* LIST () \"/\" "), literal(b"x"), text("")],
        ];
        let (responses, error) = read(&[input]);
        assert_eq!(responses.into_iter().map(|response| response.parts).collect::<Vec<_>>(), expected);
        assert_eq!(error, None);
    }

    #[test]
    fn what_has_no_end_is_bounded() {
        let long = vec![b'x'; LONGEST_LINE + 1];
        assert_eq!(read(&[&long]).1, Some(TooLong));
        for hostile in [
            "* 1 FETCH {2097153}\r\n",
            "* 1 FETCH {99999999999999999999999}\r\n",
            "* 1 FETCH {18446744073709551615}\r\n",
        ] {
            assert_eq!(read(&[hostile.as_bytes()]).1, Some(TooLong), "{hostile}");
        }
        assert_eq!(read(&["* X {0}\r\n".repeat(100).as_bytes()]).1, Some(TooLong));
    }

    #[test]
    fn what_was_used_is_not_there_any_more() {
        let mut reader = ResponseReader::default();
        reader.push(b"* OK\r\n");
        assert!(!reader.is_empty());
        reader.next().unwrap().unwrap();
        assert!(reader.is_empty());
        reader.push(b"* 1 FETCH {3}\r\n");
        assert_eq!(reader.next(), Ok(None));
        assert!(!reader.is_empty(), "a response has begun");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(
            input in "((\\* |a1 |\\+ |OK|1 FETCH|\\(|\\)|\"|\\{[0-9]{1,2}\\+?\\}|\r\n|\n|x|é)){0,40}",
            cuts in prop::collection::vec(0usize..200, 0..6),
        ) {
            let input = input.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&pieces), read(&[input]));
        }

        #[test]
        fn hostile_input_never_panics(input in prop::collection::vec(any::<u8>(), 0..300)) {
            for response in read(&[b"* ", &input, b"\r\n"]).0 {
                super::super::response::ImapReply::of(&response);
            }
        }
    }
}
