//! Who is told of trouble, and when. Pure.

use std::time::Duration;

use crate::state::{Incident, Subject, ToldAlready};

/// What the user wants to be told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AlertPolicy {
    /// Failures that have not lasted so long are told to nobody.
    pub(super) tolerate: Duration,
    /// What lasts is told again in this interval.
    pub(super) remind_every: Option<Duration>,
    /// There is a command for what goes wrong.
    pub(super) has_on_failure: bool,
    /// There is a command for what is over.
    pub(super) has_on_recovery: bool,
}

/// Who is told of something now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Telling {
    /// Whoever reads standard error.
    pub(super) say: bool,
    /// The user's command.
    pub(super) report: bool,
    /// It has not lasted long enough to count.
    pub(super) is_tolerated: bool,
}

/// Something is wrong. `level` is how bad it is now.
pub(super) fn of_trouble(subject: Subject, known: Option<&Incident>, level: u64, policy: &AlertPolicy) -> Telling {
    let age = known.filter(|incident| !incident.is_over).map_or(Duration::ZERO, |incident| incident.age);
    if matches!(subject, Subject::Run | Subject::Refused) && age < policy.tolerate {
        return Telling { is_tolerated: true, ..Telling::default() };
    }
    let is_news = |told: Option<ToldAlready>| match told {
        None => true,
        Some(ToldAlready { level: before, ago }) => {
            level > before || policy.remind_every.is_some_and(|interval| ago >= interval)
        }
    };
    Telling {
        say: is_news(known.and_then(|incident| incident.said)),
        report: policy.has_on_failure && is_news(known.and_then(|incident| incident.reported)),
        is_tolerated: false,
    }
}

/// It is over: whoever was told of it is told that, too. A command that was told, and then failed to take the end, is told
/// again; the others are not.
pub(super) fn of_end(incident: &Incident, policy: &AlertPolicy) -> Telling {
    let was_reported =
        incident.is_over || incident.reported.is_some() || !policy.has_on_failure && incident.said.is_some();
    Telling {
        say: incident.said.is_some() && !incident.is_over,
        report: policy.has_on_recovery && was_reported,
        is_tolerated: false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const TOLD: Option<ToldAlready> = Some(ToldAlready { ago: HOUR, level: 1 });

    fn incident(age: Duration) -> Incident {
        Incident {
            subject: Subject::Run,
            kind: "temporary".into(),
            text: String::new(),
            exit_code: Some(75),
            since: SystemTime::UNIX_EPOCH,
            age,
            attempts: 1,
            seen_ago: HOUR,
            said: None,
            reported: None,
            is_over: false,
        }
    }

    fn policy(tolerate: Duration) -> AlertPolicy {
        AlertPolicy { tolerate, remind_every: None, has_on_failure: true, has_on_recovery: true }
    }

    fn telling(say: bool, report: bool) -> Telling {
        Telling { say, report, is_tolerated: false }
    }

    #[test]
    fn trouble_is_told_once_when_it_has_lasted() {
        let told = |known: &Incident, level| of_trouble(Subject::Run, Some(known), level, &policy(HOUR));
        assert!(of_trouble(Subject::Run, None, 1, &policy(HOUR)).is_tolerated);
        assert!(told(&incident(HOUR / 2), 1).is_tolerated);
        assert_eq!(told(&incident(HOUR), 1), telling(true, true));
        let said = Incident { said: TOLD, ..incident(HOUR) };
        assert_eq!(told(&said, 1), telling(false, true), "the command has failed");
        let both = Incident { reported: TOLD, ..said };
        assert_eq!(told(&both, 1), telling(false, false));
        assert_eq!(told(&both, 2), telling(true, true), "it has become worse");
        assert_eq!(of_trouble(Subject::Run, None, 1, &policy(Duration::ZERO)), telling(true, true));
    }

    #[test]
    fn only_failing_runs_are_tolerated() {
        for subject in [Subject::Certificate, Subject::Messages, Subject::Silence] {
            assert_eq!(of_trouble(subject, None, 1, &policy(HOUR)), telling(true, true));
        }
    }

    #[test]
    fn what_lasts_is_told_again_if_that_is_wanted() {
        let known = Incident { said: TOLD, reported: TOLD, ..incident(HOUR * 5) };
        let every = |interval| AlertPolicy { remind_every: Some(interval), ..policy(Duration::ZERO) };
        assert_eq!(of_trouble(Subject::Run, Some(&known), 1, &every(HOUR)), telling(true, true));
        assert_eq!(of_trouble(Subject::Run, Some(&known), 1, &every(HOUR * 2)), telling(false, false));
    }

    #[test]
    fn an_end_is_told_to_whoever_was_told_of_the_trouble() {
        let all = policy(HOUR);
        assert_eq!(of_end(&incident(HOUR), &all), telling(false, false), "nobody was told");
        let told = Incident { said: TOLD, reported: TOLD, ..incident(HOUR) };
        assert_eq!(of_end(&told, &all), telling(true, true));
        let over = Incident { is_over: true, said: None, ..told.clone() };
        assert_eq!(of_end(&over, &all), telling(false, true));
        assert!(of_trouble(Subject::Run, Some(&over), 1, &all).is_tolerated, "it has begun anew");
        let without = AlertPolicy { has_on_failure: false, ..all };
        assert_eq!(of_end(&Incident { said: TOLD, ..incident(HOUR) }, &without), telling(true, true));
        assert_eq!(of_end(&told, &AlertPolicy { has_on_recovery: false, ..all }), telling(true, false));
    }
}
