use std::fmt;
use std::num::NonZeroU32;

/// A message number: the place in the maildrop, valid in one session only (C-039). Never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// The number, if it is at least 1.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// As an integer.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The decimal number at the start of `line`, and the rest. `None` without a digit or beyond 64 bits.
pub(super) fn leading_number(line: &[u8]) -> Option<(u64, &[u8])> {
    let digits = line.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let (number, rest) = line.split_at(digits);
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((number, rest))
}

/// `line` without the spaces and tabs it begins with.
pub(super) fn skip_blanks(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    &line[blanks..]
}
