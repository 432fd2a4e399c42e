//! Numbers, as Python takes them where getmail reads one by `eval`: in quotes, hexadecimal, as a product, before a comment.

/// A whole number that is not negative.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    text.split('*').map(|factor| one(factor.trim())).try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

fn one(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn reads_what_people_write() {
        for (text, value) in [("995", 995), ("0x3e3", 995), ("60 * 2", 120), ("\"60\"", 60), ("110 # x", 110)] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "x", "-1", "1 * x", "99999999999999999999", "9999999999 * 9999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
