use super::{Error, ResponseCode};

/// What the first word of a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `+OK`
    Ok,
    /// `-ERR`
    Err,
    /// `+ `: go on; legal only inside AUTH.
    Continue,
}

/// The first line of a reply, split (RFC 1939 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusLine<'a> {
    /// What the first word says.
    pub status: Status,
    /// The rest of the line, which has a meaning for very few commands (C-008).
    pub text: &'a [u8],
}

impl<'a> StatusLine<'a> {
    /// Reads a line without its line end. Exactly `+OK`, `-ERR` or `+` before a blank or the end: that `+ERR` is
    /// no success has cost others mail (C-004, C-005).
    pub fn parse(line: &'a [u8]) -> Result<Self, Error> {
        let word_len = line.iter().position(|octet| matches!(octet, b' ' | b'\t')).unwrap_or(line.len());
        let (word, rest) = line.split_at(word_len);
        let text = rest.get(1..).unwrap_or_default();
        let status = if word.eq_ignore_ascii_case(b"+OK") {
            Status::Ok
        } else if word.eq_ignore_ascii_case(b"-ERR") {
            Status::Err
        } else if word == b"+" {
            Status::Continue
        } else {
            return Err(Error::NotAReply { line: line.to_vec() });
        };
        Ok(Self { status, text })
    }

    /// The response code at the start of the text, if there is one (RFC 2449 section 8).
    pub fn code(&self) -> Option<ResponseCode> {
        ResponseCode::parse(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_status_and_text() {
        let known: [(&[u8], Status, &[u8]); 8] = [
            (b"+OK", Status::Ok, b""),
            (b"+OK ", Status::Ok, b""),
            (b"+ok 2 320", Status::Ok, b"2 320"),
            (b"+OK\tx", Status::Ok, b"x"),
            (b"-ERR [IN-USE] busy", Status::Err, b"[IN-USE] busy"),
            (b"-ERR", Status::Err, b""),
            (b"+ ", Status::Continue, b""),
            (b"+ abc=", Status::Continue, b"abc="),
        ];
        for (line, status, text) in known {
            assert_eq!(StatusLine::parse(line), Ok(StatusLine { status, text }), "{line:?}");
        }
    }

    #[test]
    fn refuses_what_only_looks_like_a_reply() {
        for line in [&b"+ERR Server error"[..], b"+OKAY", b"-ERROR", b"", b" +OK", b"* OK", b"+\x1b[2J"] {
            assert!(StatusLine::parse(line).is_err(), "{line:?}");
        }
    }
}
