use std::collections::HashMap;

use super::limits::LISTED;
use super::listed_line::{bad_line, split_line, trimmed};
use super::number::leading_number;
use super::{Error, MessageNumber};

/// The sizes of a scan listing, in octets. They are hints: for progress and limits, never for framing (C-046).
///
/// Servers list messages in the order of their numbers, which takes twelve octets for each; what comes in any other order
/// is kept apart.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Ascending.
    numbers: Vec<MessageNumber>,
    /// Of each of these; [`UNKNOWN`] if its line cannot be read.
    octets: Vec<u64>,
    others: HashMap<MessageNumber, u64>,
    /// Lines that came, bad ones too.
    received: usize,
    limit: usize,
    first_bad_line: Option<Error>,
    /// Whose messages are not known either.
    first_without_number: Option<Error>,
}

impl Default for Sizes {
    fn default() -> Self {
        Self::of_at_most(LISTED)
    }
}

impl Sizes {
    /// A listing that ends with an error after `limit` lines.
    pub fn of_at_most(limit: usize) -> Self {
        let (numbers, octets, others) = (Vec::new(), Vec::new(), HashMap::new());
        Self { numbers, octets, others, received: 0, limit, first_bad_line: None, first_without_number: None }
    }

    /// Adds a line of the LIST reply, unstuffed and without its line end: `number blanks octets [anything]`
    /// (C-026, C-042, C-044). One that cannot be read is remembered, and its message has no size.
    pub fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.received >= self.limit {
            return Err(Error::TooManyListed { limit: self.limit });
        }
        self.received += 1;
        match self.add_line(trimmed(line)) {
            Err(bad @ Error::BadLine { .. }) => {
                if split_line("LIST", trimmed(line)).is_err() {
                    self.first_without_number.get_or_insert(bad.clone());
                }
                self.first_bad_line.get_or_insert(bad);
                Ok(())
            }
            result => result,
        }
    }

    /// Every message, in any order.
    pub fn numbers(&self) -> impl Iterator<Item = MessageNumber> {
        self.numbers.iter().chain(self.others.keys()).copied()
    }

    /// Does it have a line of this message?
    pub fn has(&self, number: MessageNumber) -> bool {
        self.numbers.binary_search(&number).is_ok() || self.others.contains_key(&number)
    }

    /// Hides what is not for everybody's eyes in what may be shown.
    pub fn mask(&mut self, mask: &dyn Fn(&[u8]) -> Vec<u8>) {
        self.first_bad_line = self.first_bad_line.take().map(|bad| bad.masked(mask));
        self.first_without_number = self.first_without_number.take().map(|bad| bad.masked(mask));
    }

    /// The first line that could not be read.
    pub fn first_bad_line(&self) -> Option<&Error> {
        self.first_bad_line.as_ref()
    }

    /// The first line that does not even tell of which message it is.
    pub fn first_without_number(&self) -> Option<&Error> {
        self.first_without_number.as_ref()
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if line.is_empty() {
            return Ok(());
        }
        let (number, rest) = split_line("LIST", line)?;
        let octets = leading_number(rest).map(|(octets, _)| octets.min(i64::MAX as u64));
        if self.repeats(number, octets.unwrap_or(UNKNOWN)) {
            return Err(bad_line("LIST", line, "repeats a message number"));
        }
        octets.map(drop).ok_or_else(|| bad_line("LIST", line, "has no size"))
    }

    /// Adds a size. Where there is one of the same message already, nobody knows which of the two it is.
    fn repeats(&mut self, number: MessageNumber, octets: u64) -> bool {
        if self.numbers.last().is_none_or(|last| *last < number) && !self.others.contains_key(&number) {
            self.numbers.push(number);
            self.octets.push(octets);
            return false;
        }
        let known = match self.numbers.binary_search(&number) {
            Ok(at) => self.octets.get_mut(at),
            Err(_) => self.others.get_mut(&number),
        };
        match known {
            Some(known) => {
                *known = UNKNOWN;
                true
            }
            None => {
                self.others.insert(number, octets);
                false
            }
        }
    }

    /// The size of a message, if the server told it.
    pub fn get(&self, number: MessageNumber) -> Option<u64> {
        let octets = match self.numbers.binary_search(&number) {
            Ok(at) => self.octets.get(at),
            Err(_) => self.others.get(&number),
        };
        octets.copied().filter(|octets| *octets != UNKNOWN)
    }
}

/// No size is so large.
const UNKNOWN: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lines_of_sizes_count() {
        let mut sizes = Sizes { received: 9, ..Sizes::of_at_most(10) };
        sizes.push_line(b"nonsense").unwrap();
        assert_eq!(sizes.push_line(b"nonsense"), Err(Error::TooManyListed { limit: 10 }));
    }

    #[test]
    fn sizes_are_found_whatever_their_order() {
        let mut sizes = Sizes::default();
        let number = |number| MessageNumber::new(number).unwrap();
        for line in ["2 20", "5 50", "3 30", "9 90", "3 31", "5 51", "1 10", "9 x", "7 70"] {
            sizes.push_line(line.as_bytes()).unwrap();
        }
        let found: Vec<_> = (1..10).map(|at| (sizes.has(number(at)), sizes.get(number(at)))).collect();
        let size = |octets| (true, Some(octets));
        let (none, twice) = ((false, None), (true, None));
        assert_eq!(found, [size(10), size(20), twice, none, twice, none, size(70), none, twice]);
        assert_eq!(sizes.numbers().count(), 6);
    }

    #[test]
    fn blanks_around_a_line_say_nothing() {
        let mut sizes = Sizes::default();
        [&b""[..], b"  ", b" 1 7", b"\t2\t8 \t"].iter().for_each(|line| sizes.push_line(line).unwrap());
        let octets: Vec<u64> = sizes.numbers().filter_map(|number| sizes.get(number)).collect();
        assert_eq!((octets, sizes.first_bad_line().is_some()), (vec![7, 8], false));
    }

    #[test]
    fn sizes_take_any_order_64_bits_and_trailing_words() {
        let mut sizes = Sizes::default();
        sizes.push_line(b"2 4294967400 extra").unwrap();
        sizes.push_line(b"1\t 12").unwrap();
        assert_eq!(sizes.get(MessageNumber::new(2).unwrap()), Some(4_294_967_400));
        assert_eq!(sizes.get(MessageNumber::new(3).unwrap()), None);
        for bad in [&b"1 7"[..], b"3", b"3 x", b"x", b"3 -5"] {
            assert!(sizes.add_line(bad).is_err(), "{bad:?}");
        }
        sizes.push_line(b"4 x").unwrap();
        assert_eq!(sizes.received, 3);
        assert!(sizes.first_bad_line().unwrap().to_string().contains("4 x"));
        assert!(sizes.first_without_number().is_none());
        sizes.push_line(b"x 4").unwrap();
        assert!(sizes.first_without_number().unwrap().to_string().contains("x 4"));
    }
}
