//! What a refusal means: for one message, or for all of them (RFC 5530, RFC 7889, RFC 9208).

use super::response::ImapStatus;
use crate::error::{Error, Kind};

/// What follows from a NO or a BAD.
#[derive(Debug)]
pub(super) enum AppendRefusal {
    /// Nothing more is handed over in this run.
    Stops(Error),
    /// It does not want this message, and says that it is the message.
    Refused(String),
    /// It does not say whether it is the message. If others pass, it is.
    Unclear(String),
    /// There is no such folder.
    NoFolder(String),
}

impl AppendRefusal {
    /// Of a status that is not OK.
    pub(super) fn of(status: &ImapStatus) -> Self {
        let shown = status.shown();
        let stops = |kind, what: &str| Error::new(kind, format!("the server {what}: {shown}"));
        match status.code() {
            "TRYCREATE" | "NONEXISTENT" => Self::NoFolder(shown),
            "TOOBIG" => Self::Refused(shown),
            "OVERQUOTA" => Self::Stops(
                stops(Kind::TryLater, "has no room").hint("make room in the mailbox; the rest comes with the next run"),
            ),
            "UNAVAILABLE" | "INUSE" | "SERVERBUG" | "THROTTLED" => {
                Self::Stops(stops(Kind::TryLater, "takes nothing for now"))
            }
            "NOPERM" | "CANNOT" | "CONTACTADMIN" => Self::Stops(
                stops(Kind::Unavailable, "takes nothing into this folder")
                    .hint("check the name of the folder, and who may write into it"),
            ),
            _ => Self::of_text(&status.text, shown),
        }
    }

    /// Exchange and Gmail have words instead of codes, or put the code at the end.
    fn of_text(text: &[u8], shown: String) -> Self {
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(TOO_BIG) {
            Self::Refused(shown)
        } else if has(WAIT) {
            Self::Stops(Error::new(Kind::TryLater, format!("the server takes nothing for now: {shown}")))
        } else if has(FULL) {
            Self::Stops(
                Error::new(Kind::TryLater, format!("the server has no room: {shown}"))
                    .hint("make room in the mailbox; the rest comes with the next run"),
            )
        } else {
            Self::Unclear(shown)
        }
    }
}

const TOO_BIG: &[&str] = &["maximum size of appendable message", "message too large", "message size exceeds"];
const WAIT: &[&str] = &[
    "throttled",
    "suggested backoff time",
    "[unavailable]",
    "too many simultaneous connections",
    "command or bandwidth limits",
];
const FULL: &[&str] = &["[overquota]", "over quota", "quota exceeded", "server unavailable. 15"];

#[cfg(test)]
mod tests {
    use super::super::reader::{Response, Segment};
    use super::super::response::ImapReply;
    use super::*;

    fn refusal(line: &str) -> AppendRefusal {
        let ImapReply::Tagged(_, status) =
            ImapReply::of(&Response { parts: vec![Segment::Text(format!("a {line}").into())] })
        else {
            panic!("{line}")
        };
        AppendRefusal::of(&status)
    }

    #[test]
    fn what_servers_say() {
        for line in [
            "NO [OVERQUOTA] full",
            "NO [UNAVAILABLE] later",
            "NO [INUSE]",
            "NO [SERVERBUG] oops",
            "NO Too many simultaneous connections. [THROTTLED]",
            "BAD Request is throttled. Suggested Backoff Time: 30000 milliseconds",
            "NO Server Unavailable. 15",
            "NO Quota exceeded (mailbox for user is full)",
        ] {
            let AppendRefusal::Stops(error) = refusal(line) else { panic!("{line}") };
            assert_eq!(error.kind(), Kind::TryLater, "{line}: {error}");
        }
        for line in ["NO [NOPERM] no", "NO [CANNOT] bad name"] {
            let AppendRefusal::Stops(error) = refusal(line) else { panic!("{line}") };
            assert!(error.kind() == Kind::Unavailable && error.next_step().is_some(), "{line}: {error}");
        }
        for line in ["NO [TOOBIG] x", "NO Maximum size of appendable message has been exceeded."] {
            assert!(matches!(refusal(line), AppendRefusal::Refused(_)), "{line}");
        }
        for line in ["NO [LIMIT] too many copies", "NO", "BAD what", "NO [ALERT] no"] {
            assert!(matches!(refusal(line), AppendRefusal::Unclear(_)), "{line}");
        }
        assert!(matches!(refusal("NO [TRYCREATE] no"), AppendRefusal::NoFolder(_)));
    }
}
