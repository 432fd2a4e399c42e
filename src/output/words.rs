//! Figures and paths as people read them.

use std::path::Path;

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
}
