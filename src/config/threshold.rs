//! Thresholds, as plugins of Nagios take them.

use std::fmt;

/// A range of numbers in which all is well; or, with `@` before it, in which it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    text: String,
    from: u64,
    /// Inclusive; none: without end.
    to: Option<u64>,
    is_bad_inside: bool,
}

impl Threshold {
    /// Does it alert about this number?
    pub fn alerts(&self, number: u64) -> bool {
        let is_inside = number >= self.from && self.to.is_none_or(|to| number <= to);
        is_inside == self.is_bad_inside
    }
}

impl fmt::Display for Threshold {
    /// As it was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `10`: more than 10 is bad; `5:`: less than 5; `5:10`: what is not from 5 to 10; `@5:10`: what is. `~` before the colon
/// is no lower end.
pub fn parse_threshold(text: &str) -> Result<Threshold, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| FORM.to_owned());
    let (is_bad_inside, range) = text.strip_prefix('@').map_or((false, text), |range| (true, range));
    let (from, to) = match range.split_once(':') {
        None => (0, Some(number(range)?)),
        Some((from, to)) => {
            let from = if ["", "~"].contains(&from) { 0 } else { number(from)? };
            (from, if to.is_empty() { None } else { Some(number(to)?) })
        }
    };
    if to.is_some_and(|to| to < from) {
        return Err("its end is before its beginning".into());
    }
    Ok(Threshold { text: text.to_owned(), from, to, is_bad_inside })
}

const FORM: &str = "must be a whole number, or a range as Nagios has them: 10, 5:, 5:10 or @5:10";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_plugin_guidelines() {
        for (text, bad, good) in [
            ("10", &[11, 99][..], &[0, 5, 10][..]),
            ("0", &[1], &[0]),
            ("10:", &[0, 9], &[10, 99]),
            ("~:10", &[11], &[0, 10]),
            ("10:20", &[9, 21], &[10, 15, 20]),
            ("@10:20", &[10, 15, 20], &[9, 21]),
            ("@0", &[0], &[1]),
        ] {
            let threshold = parse_threshold(text).unwrap();
            assert_eq!(threshold.to_string(), text);
            assert!(bad.iter().all(|&number| threshold.alerts(number)), "{text}");
            assert!(!good.iter().any(|&number| threshold.alerts(number)), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "@", "x", "1.5", "-1", "5:x", "10:5", "1:2:3", "5%"] {
            parse_threshold(text).unwrap_err();
        }
    }
}
