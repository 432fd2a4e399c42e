use memchr::memmem;

/// Which line ends count in a multi-line reply (C-015 to C-017).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRule {
    /// The status line ended in CRLF: only CRLF ends a line, so that `LF . LF` inside a message is data and cannot
    /// smuggle replies.
    Strict,
    /// The status line ended in a bare LF: so may every other line of this server.
    Loose,
}

/// Takes the dot-stuffing off a multi-line reply and finds its end (RFC 1939 section 3).
///
/// Data comes out as slices of the input, nothing is copied or held back beyond one dot and one CR, and any split
/// of the input gives the same data and the same end.
///
/// ```
/// use mailhaul::proto::{LineRule, Unstuffer};
///
/// let mut data = Vec::new();
/// let mut unstuffer = Unstuffer::new(LineRule::Strict);
/// let used = unstuffer.push(b"Subject: x\r\n\r\n..dot\r\n.\r\n+OK next", |octets| data.extend_from_slice(octets));
/// assert_eq!(data, b"Subject: x\r\n\r\n.dot\r\n");
/// assert!(unstuffer.is_done());
/// assert_eq!(used, 24); // what follows belongs to the next reply
/// ```
#[derive(Clone, Debug)]
pub struct Unstuffer {
    rule: LineRule,
    state: UnstuffState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnstuffState {
    /// At the start of a line.
    Start,
    /// Behind a dot at the start of a line, which is held back.
    Dot,
    /// Behind a dot and a CR at the start of a line, both held back.
    DotCr,
    /// Inside a line.
    Text,
    /// Behind a CR inside a line, which has been given out.
    Cr,
    /// Behind the final dot.
    Done,
}

impl Unstuffer {
    /// At the start of the data, behind the status line.
    pub fn new(rule: LineRule) -> Self {
        Self { rule, state: UnstuffState::Start }
    }

    /// Takes input until it is used up or the reply has ended; gives its data to `data` in order; returns how many
    /// octets were used. What is left belongs to the next reply (C-013).
    pub fn push(&mut self, input: &[u8], mut data: impl FnMut(&[u8])) -> usize {
        let mut at = 0;
        while at < input.len() && self.state != UnstuffState::Done {
            at += match self.state {
                UnstuffState::Start if input[at] == b'.' => self.step(UnstuffState::Dot),
                UnstuffState::Start => self.step_back_to_text(),
                UnstuffState::Dot => self.after_dot(input[at], &mut data),
                UnstuffState::DotCr => self.after_dot_cr(input[at], &mut data),
                UnstuffState::Text | UnstuffState::Cr => self.text(&input[at..], &mut data),
                UnstuffState::Done => 0,
            };
        }
        at
    }

    /// Has the final dot been seen?
    pub fn is_done(&self) -> bool {
        self.state == UnstuffState::Done
    }

    fn step(&mut self, state: UnstuffState) -> usize {
        self.state = state;
        1
    }

    fn step_back_to_text(&mut self) -> usize {
        self.state = UnstuffState::Text;
        0
    }

    /// The dot is either the first half of the end or stuffing, which is dropped whatever follows it (C-010).
    fn after_dot(&mut self, next: u8, data: &mut impl FnMut(&[u8])) -> usize {
        match (next, self.rule) {
            (b'\r', _) => self.step(UnstuffState::DotCr),
            (b'\n', LineRule::Loose) => self.step(UnstuffState::Done),
            (b'\n', LineRule::Strict) => {
                data(b"\n");
                self.step(UnstuffState::Text)
            }
            _ => self.step_back_to_text(),
        }
    }

    fn after_dot_cr(&mut self, next: u8, data: &mut impl FnMut(&[u8])) -> usize {
        if next == b'\n' {
            return self.step(UnstuffState::Done);
        }
        data(b"\r");
        self.state = UnstuffState::Cr;
        0
    }

    /// Gives out everything up to the next line that begins with a dot, or to the end of the input.
    fn text(&mut self, input: &[u8], data: &mut impl FnMut(&[u8])) -> usize {
        if self.state == UnstuffState::Cr && input[0] == b'\n' {
            data(b"\n");
            return self.step(UnstuffState::Start);
        }
        if self.rule == LineRule::Loose && input[0] == b'\n' {
            data(b"\n");
            return self.step(UnstuffState::Start);
        }
        let stuffed: &[u8] = match self.rule {
            LineRule::Strict => b"\r\n.",
            LineRule::Loose => b"\n.",
        };
        let used = match memmem::find(input, stuffed) {
            Some(found) => {
                self.state = UnstuffState::Start;
                found + stuffed.len() - 1
            }
            None => {
                self.state = self.state_behind(input);
                input.len()
            }
        };
        data(&input[..used]);
        used
    }

    fn state_behind(&self, data: &[u8]) -> UnstuffState {
        match (data, self.rule) {
            ([.., b'\r', b'\n'], _) | ([.., b'\n'], LineRule::Loose) => UnstuffState::Start,
            ([.., b'\r'], _) => UnstuffState::Cr,
            _ => UnstuffState::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The data, and how much of the input was used if the end was found.
    fn unstuff(rule: LineRule, pieces: &[&[u8]]) -> (Vec<u8>, Option<usize>) {
        let mut unstuffer = Unstuffer::new(rule);
        let (mut data, mut used) = (Vec::new(), 0);
        for piece in pieces {
            used += unstuffer.push(piece, |octets| data.extend_from_slice(octets));
            if unstuffer.is_done() {
                return (data, Some(used));
            }
        }
        (data, None)
    }

    #[test]
    fn known_answers() {
        use LineRule::{Loose, Strict};
        let known: [(_, &[u8], &[u8], _); 16] = [
            (Strict, b".\r\n", b"", Some(3)),
            (Strict, b"a\r\n.\r\n+OK", b"a\r\n", Some(6)),
            (Strict, b".x\r\n.\r\n", b"x\r\n", Some(7)),
            (Strict, b"..\r\n.\r\n", b".\r\n", Some(7)),
            (Strict, b"a\n.\n\r\n.\r\n", b"a\n.\n\r\n", Some(9)),
            (Strict, b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n", Some(11)),
            (Strict, b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n", Some(11)),
            (Strict, b"\r.\r\n.\r\n", b"\r.\r\n", Some(7)),
            (Strict, b"a\r\n.\r\r\n.\r\n", b"a\r\n\r\r\n", Some(10)),
            (Strict, b"a\0\xff\r\n.\r\n", b"a\0\xff\r\n", Some(8)),
            (Strict, b"a.\r\n", b"a.\r\n", None),
            (Strict, b"a\r\n.", b"a\r\n", None),
            (Strict, b"a\r\n.\r", b"a\r\n", None),
            (Loose, b"a\n.\n+OK", b"a\n", Some(4)),
            (Loose, b"a\n..b\n.\r\n", b"a\n.b\n", Some(9)),
            (Loose, b"a\r\n.\nrest", b"a\r\n", Some(5)),
        ];
        for (rule, input, data, used) in known {
            assert_eq!(unstuff(rule, &[input]), (data.to_vec(), used), "{rule:?} {:?}", crate::escape::text(input));
        }
    }

    fn wire_like() -> impl Strategy<Value = Vec<u8>> {
        let tokens: [&[u8]; 6] = [b"\r\n", b".", b"\r", b"\n", b"a", b"\r\n."];
        prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..40).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_data_and_end(
            input in wire_like(), cuts in prop::collection::vec(0usize..64, 0..5), loose: bool,
        ) {
            let rule = if loose { LineRule::Loose } else { LineRule::Strict };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&input[from..cut]);
                from = cut;
            }
            pieces.push(&input[from..]);
            prop_assert_eq!(unstuff(rule, &pieces), unstuff(rule, &[&input]));
            let octets: Vec<&[u8]> = input.chunks(1).collect();
            prop_assert_eq!(unstuff(rule, &octets), unstuff(rule, &[&input]));
        }

        #[test]
        fn takes_off_what_a_server_stuffed(lines in prop::collection::vec("[.a\r]{0,6}", 0..12)) {
            let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = message.split_inclusive("\r\n")
                .map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() }).collect();
            let (data, used) = unstuff(LineRule::Strict, &[stuffed.as_bytes(), b".\r\n"]);
            prop_assert_eq!(data, message.into_bytes());
            prop_assert_eq!(used, Some(stuffed.len() + 3));
        }
    }
}
