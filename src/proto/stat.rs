use super::Error;
use super::number::{leading_number, skip_blanks};

/// What STAT answers: how many messages, and their octets together (RFC 1939 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Messages.
    pub messages: u64,
    /// Octets.
    pub octets: u64,
}

impl Stat {
    /// Reads the text behind `+OK`: two numbers, and whatever else the server adds (C-026, C-040, C-042).
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let numbers = || {
            let (messages, rest) = leading_number(skip_blanks(text))?;
            let (octets, _) = leading_number(skip_blanks(rest))?;
            Some(Self { messages, octets })
        };
        numbers().ok_or_else(|| Error::BadLine { verb: "STAT", line: text.to_vec(), why: "does not have two numbers" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_numbers_and_ignores_the_rest() {
        assert_eq!(Stat::parse(b"3 4294967800"), Ok(Stat { messages: 3, octets: 4_294_967_800 }));
        assert_eq!(Stat::parse(b"2  320 octets"), Ok(Stat { messages: 2, octets: 320 }));
        for bad in [&b""[..], b"2", b"two 320", b"2 -1"] {
            assert!(Stat::parse(bad).is_err(), "{bad:?}");
        }
    }
}
