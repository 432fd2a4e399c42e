//! From the line ends of the network, CRLF, to those of Unix, LF (C-310).

/// Turns each CRLF into LF. A CR without LF is data and stays.
#[derive(Debug, Default)]
pub struct ToLf {
    /// The input so far ends in a CR, which has not been given out.
    behind_cr: bool,
}

impl ToLf {
    /// Converts the next octets of a message, split anywhere.
    pub fn push(&mut self, mut input: &[u8], out: &mut impl FnMut(&[u8])) {
        if self.behind_cr && !input.is_empty() {
            self.behind_cr = false;
            if input[0] != b'\n' {
                out(b"\r");
            }
        }
        while let Some(cr) = memchr::memchr(b'\r', input) {
            match input.get(cr + 1) {
                Some(b'\n') => out(&input[..cr]),
                Some(_) => out(&input[..=cr]),
                None => {
                    out(&input[..cr]);
                    self.behind_cr = true;
                    return;
                }
            }
            input = &input[cr + 1..];
        }
        out(input);
    }

    /// The message has ended.
    pub fn finish(&mut self, out: &mut impl FnMut(&[u8])) {
        if std::mem::take(&mut self.behind_cr) {
            out(b"\r");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn convert(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut lf, mut out) = (ToLf::default(), Vec::new());
        let mut sink = |octets: &[u8]| out.extend_from_slice(octets);
        pieces.iter().for_each(|piece| lf.push(piece, &mut sink));
        lf.finish(&mut sink);
        out
    }

    #[test]
    fn keeps_what_is_no_line_end() {
        assert_eq!(convert(&[b"a\r\nb\rc\n\r\r\nd\r"]), b"a\nb\rc\n\r\nd\r");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(input in "[\r\na]{0,20}", cut in 0usize..20) {
            let input = input.as_bytes();
            let cut = cut.min(input.len());
            let whole = convert(&[input]);
            prop_assert_eq!(convert(&[&input[..cut], &input[cut..]]), whole.clone());
            prop_assert_eq!(String::from_utf8(whole).unwrap(), std::str::from_utf8(input).unwrap().replace("\r\n", "\n"));
        }
    }
}
