//! Sizes and durations, as people write them.

use std::time::Duration;

/// A size in octets: `500`, `20k`, `10M`, `2G`; a unit is 1,024 of the one before.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let unit = unit.strip_suffix("iB").or(unit.strip_suffix('B')).unwrap_or(unit);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err("must be a number with k, M, G or T behind it".into()),
    };
    let number: u64 = number.parse().map_err(|_| "must begin with a whole number".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "is too large".into())
}

/// A duration: `30s`, `10m`, `2h`, `30d`. At least a second. A number alone is none: what is meant by `delete-after = 30`
/// differs from program to program, and a wrong guess deletes mail.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err("must be a number with s, m, h or d behind it".into()),
    };
    let number: u64 = number.parse().map_err(|_| "must begin with a whole number".to_owned())?;
    match number.checked_mul(seconds) {
        Some(0) => Err("must be at least a second".into()),
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err("can be 10 years at most".into()),
    }
}

fn split(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (&text[..digits], text[digits..].trim())
}

/// Seconds; more would overflow clocks.
const LONGEST: u64 = 3650 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("500"), Ok(500));
        assert_eq!(parse_size("20k"), Ok(20_480));
        assert_eq!(parse_size("10M"), Ok(10_485_760));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        for bad in ["", "M", "-1", "1x", "1.5M", "99999999999T"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(parse_duration("2h"), Ok(Duration::from_secs(7200)));
        for bad in ["", "s", "0", "60", "0s", "1w", "-5s", "99999999d"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
