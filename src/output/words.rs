//! Figures and paths as people read them.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// A size: `512 B`, `336 KiB`, `3.4 MiB`; eight characters at most.
pub fn size(octets: u64) -> String {
    let mut value = octets as f64;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1023.5 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    let digits = usize::from(unit != "B" && value < 9.95);
    format!("{value:.digits$} {unit}")
}

/// A number of things: `1 message`, `2 messages`.
pub fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A time, in the largest unit that it is a whole number of: `30 days`, `36 hours`, `61 seconds`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(24 * 3600, "day"), (3600, "hour"), (60, "minute")];
    let fitting = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    fitting.map_or_else(|| count(seconds, "second"), |(unit, name)| count(seconds / unit, name))
}

/// How long ago something was: `75 seconds`, `26 minutes`, `3 hours`, `9 days`; rounded down, but never to one.
pub fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(24 * 3600, "day"), (3600, "hour"), (60, "minute")];
    let fitting = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    fitting.map_or_else(|| count(seconds, "second"), |(unit, name)| count(seconds / unit, name))
}

/// The day of a time, in UTC: `2027-01-15`.
pub fn day(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "an unknown date".into(), |time| time.strftime("%F").to_string())
}

/// A time, in UTC, to the second: `2027-01-15T08:00:00Z`.
pub fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}

/// A path, escaped, with `~` for the home folder.
pub fn short_path(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|home| Path::new(home).is_absolute() && home != "/");
    match home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", crate::escape::path(rest)),
        None => crate::escape::path(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (octets, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (344_064, "336 KiB"),
            (1_048_000, "1023 KiB"),
            (1_048_570, "1.0 MiB"),
            (3_565_158, "3.4 MiB"),
            (10_440_000, "10 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(size(octets), shown);
        }
        assert!((0..64).all(|bit| size(u64::MAX >> bit).len() <= 8));
    }

    #[test]
    fn ages_are_rounded() {
        for (seconds, shown) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (3 * 3600 + 59, "3 hours"),
            (9 * 24 * 3600 + 5000, "9 days"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn times_are_whole() {
        for (seconds, shown) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (61, "61 seconds"),
            (60, "1 minute"),
            (36 * 3600, "36 hours"),
            (30 * 24 * 3600, "30 days"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), shown);
        }
    }
}
