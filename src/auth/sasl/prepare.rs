use stringprep::saslprep;
use zeroize::Zeroizing;

/// A user name or a password by SASLprep (RFC 4013): what looks the same becomes the same. What SASLprep forbids, such
/// as characters newer than it, stays as it is, since servers that took such a password did not prepare it either.
pub(super) fn prepared(text: &str) -> Zeroizing<String> {
    Zeroizing::new(saslprep(text).map_or_else(|_| text.to_owned(), |prepared| prepared.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::prepared;

    /// The examples of RFC 4013 section 3, and what it forbids.
    #[test]
    fn makes_the_same_of_what_looks_the_same() {
        let known = [("I\u{ad}X", "IX"), ("user", "user"), ("USER", "USER"), ("\u{aa}", "a"), ("\u{2168}", "IX")];
        for (text, expected) in known {
            assert_eq!(prepared(text).as_str(), expected);
        }
        assert_eq!(prepared("e\u{301}").as_str(), "\u{e9}");
        for text in ["\u{627}1", "\u{1fae0}"] {
            assert_eq!(prepared(text).as_str(), text);
        }
    }
}
