/// A quoted string (RFC 3501 section 4.3), if the text can be one: without control characters and without octets above
/// 127. What cannot must go as a literal.
pub(super) fn quoted(text: &str) -> Option<String> {
    if !text.bytes().all(|octet| (b' '..=b'~').contains(&octet)) {
        return None;
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("\"{escaped}\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_ends_a_string_is_escaped_or_refused() {
        assert_eq!(quoted(r#"a "b\ c"#).unwrap(), r#""a \"b\\ c""#);
        assert_eq!(quoted("").unwrap(), "\"\"");
        for text in ["a\r\nb", "\0", "\x7f", "\u{e9}"] {
            assert_eq!(quoted(text), None, "{text:?}");
        }
    }
}
