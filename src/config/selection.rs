//! Which messages of a maildrop: `3`, `5-7`, `9-`, `uid:UID`.

use crate::proto::MessageNumber;

/// One MSG argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// From one number to another, both included; without an end, to the last message.
    Range(MessageNumber, Option<MessageNumber>),
    /// By unique-id, raw or as `list` and `uidl` show it.
    Uid(String),
}

/// Reads a MSG argument.
pub fn parse_selection(text: &str) -> Result<Selection, String> {
    if let Some(uid) = text.strip_prefix("uid:") {
        return if uid.is_empty() {
            Err("uid: wants a unique-id behind it".into())
        } else {
            Ok(Selection::Uid(uid.to_owned()))
        };
    }
    let number = |text: &str| text.parse().ok().and_then(MessageNumber::new);
    let selection = match text.split_once('-') {
        None => number(text).map(|number| Selection::Range(number, Some(number))),
        Some((from, "")) => number(from).map(|from| Selection::Range(from, None)),
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| Selection::Range(from, Some(to))),
    };
    match selection {
        Some(Selection::Range(from, Some(to))) if from > to => Err("a range begins with its smaller number".into()),
        Some(selection) => Ok(selection),
        None => Err("a message is a number from 1, a range such as 3-7 or 3-, or uid:UID".into()),
    }
}

impl Selection {
    /// Does it select this message?
    pub fn has(&self, number: MessageNumber, uid: Option<&[u8]>) -> bool {
        match self {
            Self::Range(from, to) => *from <= number && to.is_none_or(|to| number <= to),
            Self::Uid(wanted) => uid.is_some_and(|uid| uid == wanted.as_bytes() || crate::escape::text(uid) == *wanted),
        }
    }

    /// Can it be decided without unique-ids?
    pub fn is_by_number(&self) -> bool {
        matches!(self, Self::Range(..))
    }

    /// Is at most one message meant? A unique-id may still turn out to be that of several copies.
    pub fn is_single(&self) -> bool {
        match self {
            Self::Range(from, to) => *to == Some(*from),
            Self::Uid(_) => true,
        }
    }

    /// May it select nothing? A range to the last message may: it means whatever is there.
    pub fn may_be_empty(&self) -> bool {
        matches!(self, Self::Range(_, None))
    }

    /// As it was written.
    pub fn shown(&self) -> String {
        match self {
            Self::Range(from, Some(to)) if from == to => from.to_string(),
            Self::Range(from, to) => format!("{from}-{}", to.map_or(String::new(), |to| to.to_string())),
            Self::Uid(uid) => format!("uid:{}", crate::escape::text(uid.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_ranges_and_unique_ids() {
        let number = |number| MessageNumber::new(number).unwrap();
        assert_eq!(parse_selection("3"), Ok(Selection::Range(number(3), Some(number(3)))));
        assert_eq!(parse_selection("3-7"), Ok(Selection::Range(number(3), Some(number(7)))));
        assert_eq!(parse_selection("3-"), Ok(Selection::Range(number(3), None)));
        assert_eq!(parse_selection("uid:a-b c"), Ok(Selection::Uid("a-b c".into())));
        for bad in ["", "0", "-3", "7-3", "x", "1-x", "uid:", "1,2"] {
            assert!(parse_selection(bad).is_err(), "{bad}");
        }
        for text in ["3", "3-7", "3-", "uid:x"] {
            assert_eq!(parse_selection(text).unwrap().shown(), text);
        }
    }

    #[test]
    fn knows_one_message_from_many() {
        let single = |text| parse_selection(text).unwrap().is_single();
        assert!(single("3") && single("3-3") && single("uid:x"));
        assert!(!single("3-4") && !single("3-"));
        assert!(parse_selection("3-").unwrap().may_be_empty() && !parse_selection("3-4").unwrap().may_be_empty());
    }

    #[test]
    fn finds_unique_ids_as_they_are_and_as_they_are_shown() {
        let one = MessageNumber::new(1).unwrap();
        assert!(parse_selection("uid:a\\xff").unwrap().has(one, Some(b"a\xff")));
        assert!(parse_selection("uid:a b").unwrap().has(one, Some(b"a b")));
        assert!(!parse_selection("uid:a").unwrap().has(one, Some(b"ab")));
        assert!(!parse_selection("uid:a").unwrap().has(one, None));
    }
}
