use std::collections::BTreeSet;

use super::response::{Datum, number};

/// What a server says that it can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// In upper case.
    words: BTreeSet<String>,
}

impl Offers {
    /// Of the words of a CAPABILITY response, without that word.
    pub(super) fn of(values: &[Datum]) -> Self {
        let words = values.iter().filter_map(Datum::text).take(MOST);
        Self { words: words.map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect() }
    }

    /// Of the arguments of a response code.
    pub(super) fn of_code(arguments: &[u8]) -> Self {
        let words = arguments.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
        Self::of(&words.map(|word| Datum::Text(word.to_vec())).collect::<Vec<_>>())
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// May it be logged in with this SASL mechanism?
    pub(super) fn has_sasl(&self, mechanism: &str) -> bool {
        self.words.contains(&format!("AUTH={mechanism}"))
    }

    /// Which logins are offered, for people.
    pub(super) fn logins(&self) -> String {
        let is_login = |word: &&String| word.starts_with("AUTH=") || *word == "LOGINDISABLED";
        let listed: Vec<&str> = self.words.iter().filter(is_login).map(String::as_str).collect();
        if listed.is_empty() { "nothing".to_owned() } else { crate::escape::text(listed.join(", ").as_bytes()) }
    }

    /// The longest message that is taken in any folder (RFC 7889).
    pub(super) fn append_limit(&self) -> Option<u64> {
        self.words.iter().find_map(|word| number(word.strip_prefix("APPENDLIMIT=")?.as_bytes()))
    }

    /// Must each folder be asked for the longest message that it takes?
    pub(super) fn has_append_limits(&self) -> bool {
        self.has("APPENDLIMIT")
    }

    /// May the octets of this literal follow its announcement at once (RFC 7888)? IMAP4rev2 has LITERAL-.
    pub(super) fn lets_follow(&self, octets: u64) -> bool {
        let has_minus = self.has("LITERAL-") || self.has("IMAP4REV2");
        self.has("LITERAL+") || (has_minus && octets <= LONGEST_OF_LITERAL_MINUS)
    }
}

/// Words that are kept.
const MOST: usize = 500;

const LONGEST_OF_LITERAL_MINUS: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_may_follow_by_plus_or_by_minus_if_they_are_short() {
        let plus = Offers::of_code(b"IMAP4rev1 literal+ AUTH=PLAIN");
        assert!(plus.lets_follow(1 << 40) && plus.has_sasl("PLAIN") && !plus.has_sasl("LOGIN"));
        let minus = Offers::of_code(b"LITERAL- APPENDLIMIT=35651584");
        assert!(minus.lets_follow(4096) && !minus.lets_follow(4097));
        assert_eq!((minus.append_limit(), minus.has_append_limits()), (Some(35_651_584), false));
        assert!(!Offers::of_code(b"").lets_follow(0));
        assert!(Offers::of_code(b"APPENDLIMIT").has_append_limits());
    }
}
