//! What the lines of UIDL and LIST have in common: a number, and something behind it.

use super::number::{leading_number, skip_blanks};
use super::{Error, MessageNumber};

/// A line without the blanks around it, which some servers add.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let Some(begin) = line.iter().position(|octet| !is_blank(octet)) else { return &[] };
    let end = line.iter().rposition(|octet| !is_blank(octet)).map_or(begin, |last| last + 1);
    &line[begin..end]
}

/// The message number and what follows the blanks behind it.
pub(super) fn split_line<'a>(verb: &'static str, line: &'a [u8]) -> Result<(MessageNumber, &'a [u8]), Error> {
    let (number, rest) = leading_number(line).ok_or_else(|| bad_line(verb, line, "does not begin with a number"))?;
    let number = u32::try_from(number).ok().and_then(MessageNumber::new);
    let number = number.ok_or_else(|| bad_line(verb, line, "has an impossible message number"))?;
    let value = skip_blanks(rest);
    if value.len() == rest.len() && !rest.is_empty() {
        return Err(bad_line(verb, line, "does not begin with a number"));
    }
    Ok((number, value))
}

pub(super) fn bad_line(verb: &'static str, line: &[u8], why: &'static str) -> Error {
    Error::BadLine { verb, line: line.to_vec(), why }
}
