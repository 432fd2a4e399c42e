//! What a run shows of each thing that can be wrong. Pure.

use std::time::{Duration, SystemTime};

use crate::error::{Cause, Kind};
use crate::fetch::Outcome;
use crate::net::CertificateTerm;
use crate::output::{age, count, day};
use crate::state::LastRuns;

/// What was seen of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Observed {
    /// It is as it should be.
    Fine,
    /// It is wrong.
    Wrong {
        /// In one word of the manual's list.
        kind: &'static str,
        /// In one line, escaped.
        text: String,
        /// How bad it is.
        level: u64,
    },
}

/// Of the run itself. None: it tells nothing, as it was stopped, came too soon, or left the mailbox to another one.
pub(super) fn run(outcome: &Outcome) -> Option<Observed> {
    let Some(error) = &outcome.error else { return Some(Observed::Fine) };
    if error.cause().tells_nothing() {
        return None;
    }
    // They are told once, as what they are; whether runs fail is seen in the next one.
    if abandons(outcome) && error.kind() == Kind::Unavailable {
        return None;
    }
    let (kind, level) = match error.kind() {
        _ if error.cause() == Cause::SomeMessages => (SOME_MESSAGES, 1),
        Kind::TryLater | Kind::NoHost => ("temporary", 1),
        Kind::Protocol | Kind::Unavailable => ("server", 2),
        Kind::Login => ("login", 3),
        Kind::CannotCreate | Kind::LocalIo => ("local", 4),
        Kind::Usage | Kind::Config => ("configuration", 4),
        Kind::Bug => ("bug", 4),
    };
    Some(Observed::Wrong { kind, text: error.to_string(), level })
}

/// Of a run that ended well, but for some messages.
const SOME_MESSAGES: &str = "refused";

/// Has the run given messages up, or presumed some to be delivered?
pub(super) fn abandons(outcome: &Outcome) -> bool {
    outcome.tally.given_up > 0 || outcome.tally.presumed > 0
}

/// Of messages that need a person: how many were given up, and how many are presumed to be delivered.
pub(super) fn messages((given_up, presumed): (u64, u64)) -> Observed {
    let parts = [(given_up, "given up"), (presumed, "presumed to be delivered")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(some, _)| *some > 0)
        .map(|(some, what)| format!("{} {what}", count(*some, "message")))
        .collect();
    match given_up.saturating_add(presumed) {
        0 => Observed::Fine,
        level => Observed::Wrong { kind: "messages", text: parts.join(", "), level },
    }
}

/// Of the certificate that the server has shown in this run.
pub(super) fn certificate(term: CertificateTerm, now: SystemTime) -> Observed {
    if !term.ends_soon(now) {
        return Observed::Fine;
    }
    let when = match term.ends.duration_since(now) {
        Err(_) => "has expired".to_owned(),
        Ok(left) if left < DAY => "expires today or tomorrow".to_owned(),
        Ok(left) => format!("expires in {}", age(left)),
    };
    let text = format!("the server's certificate {when} ({})", day(term.ends));
    Observed::Wrong { kind: "certificate", text, level: 1 }
}

/// Of new mail: none has come for longer than the user finds normal.
pub(super) fn silence(limit: Duration, outcome: &Outcome, runs: &LastRuns, now: SystemTime) -> Observed {
    let since = runs.mail.or(runs.first).and_then(|since| now.duration_since(since).ok()).unwrap_or_default();
    if outcome.tally.fetched > 0 || since < limit {
        return Observed::Fine;
    }
    let text = format!("no new message has come for {}", age(since));
    Observed::Wrong { kind: "no-mail", text, level: 1 }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::fetch::Tally;

    fn failed(error: Error) -> Outcome {
        Outcome { error: Some(error), ..Outcome::default() }
    }

    #[test]
    fn a_run_that_tells_nothing_changes_nothing() {
        assert_eq!(run(&Outcome::default()), Some(Observed::Fine));
        for cause in [Cause::Stopped, Cause::TooSoon, Cause::OtherRun] {
            assert_eq!(run(&failed(Error::new(Kind::TryLater, "x").because(cause))), None, "{cause:?}");
        }
        let mut given_up = failed(Error::new(Kind::Unavailable, "x"));
        assert!(run(&given_up).is_some());
        given_up.tally = Tally { given_up: 1, ..Tally::default() };
        assert_eq!(run(&given_up), None);
    }

    #[test]
    fn what_a_person_must_mend_is_worse_than_what_passes() {
        let level = |kind| match run(&failed(Error::new(kind, "x"))) {
            Some(Observed::Wrong { level, .. }) => level,
            other => panic!("{other:?}"),
        };
        assert!(level(Kind::TryLater) < level(Kind::Unavailable));
        assert!(level(Kind::Unavailable) < level(Kind::Login));
        assert!(level(Kind::Login) < level(Kind::CannotCreate));
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let now = SystemTime::UNIX_EPOCH + DAY * 20_000;
        let term = |lived: u32, left: u32| CertificateTerm { begins: now - DAY * lived, ends: now + DAY * left };
        assert_eq!(certificate(term(76, 15), now), Observed::Fine);
        assert_eq!(certificate(term(2, 4), now), Observed::Fine, "made for six days");
        for (lived, left) in [(77, 13), (5, 1), (300, 0)] {
            assert!(matches!(certificate(term(lived, left), now), Observed::Wrong { .. }), "{left}");
        }
    }

    #[test]
    fn messages_are_counted() {
        assert_eq!(messages((0, 0)), Observed::Fine);
        let text = "1 message given up, 2 messages presumed to be delivered".to_owned();
        assert_eq!(messages((1, 2)), Observed::Wrong { kind: "messages", text, level: 3 });
    }
}
