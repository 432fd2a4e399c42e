//! How a run ends: in which error, if messages or destinations have failed.

use super::Tally;
use super::leftover::Leftover;
use crate::deliver::Target;
use crate::error::{Cause, Error, Kind, Result};
use crate::output::Reporter;

/// Of all that went wrong, what outweighs the rest is the error of the run. What is not said in it is said before.
pub(super) fn of_run(
    result: Result<()>,
    failed: Vec<(&Target, Error)>,
    leftover: &Leftover,
    tally: &Tally,
    reporter: &dyn Reporter,
) -> Result<()> {
    let mut errors: Vec<Error> = result.err().into_iter().collect();
    errors.extend(failed.into_iter().map(|(target, error)| with_target(target, error)));
    // Of several that weigh the same, the first.
    errors.sort_by_key(|error| std::cmp::Reverse(error.kind().gravity()));
    let mut errors = errors.into_iter();
    let gravest = errors.next();
    errors.for_each(|error| reporter.warn(&error.to_string()));
    match gravest {
        None => partial(tally).and_then(|()| refused(leftover, tally)).and_then(|()| waiting(leftover)),
        Some(error) => Err(with_what_was_given_up(tally, error)),
    }
}

/// The errors of places name them already, and so do those of some receivers.
fn with_target(target: &Target, error: Error) -> Error {
    let Target::HandOver(receiver) = target else { return error };
    let text = error.to_string();
    let is_named = text.starts_with(&receiver.name) || text.starts_with(&format!("{}:", receiver.way.name()));
    if is_named { error } else { error.at(target) }
}

/// A destination did not want some messages.
fn refused(leftover: &Leftover, tally: &Tally) -> Result<()> {
    let Some(why) = leftover.refusal.as_ref().filter(|_| tally.refused > 0) else { return Ok(()) };
    let messages = crate::output::count(tally.refused, "message");
    let error = Error::new(Kind::TryLater, format!("{messages} could not be delivered ({why})"));
    Err(error.hint("what was refused stays on the server, and is tried again; `mailhaul state show -v` says when"))
}

/// A destination did not take some messages for now.
fn waiting(leftover: &Leftover) -> Result<()> {
    match (&leftover.why, leftover.waiting) {
        (_, 0) => Ok(()),
        (why, messages) => {
            let messages = crate::output::count(messages, "message");
            let why = why.as_deref().map_or(String::new(), |why| format!(" ({why})"));
            let error = Error::new(Kind::TryLater, format!("{messages} could not be handed over now{why}"));
            Err(error.hint("the next run hands them over, without a download; `mailhaul state show -v` lists them"))
        }
    }
}

/// Some messages failed: the run as a whole is to be tried again. Where one was given up, nobody will hear of it again,
/// so this is said as what another run does not mend; so is what somebody must decide.
fn partial(tally: &Tally) -> Result<()> {
    if tally.given_up > 0 {
        let text = format!("{} of the messages were given up", tally.given_up);
        return Err(Error::new(Kind::Unavailable, text));
    }
    if tally.presumed > 0 {
        return Err(presumed(tally.presumed));
    }
    match tally.failed {
        0 => Ok(()),
        failed => {
            let text = format!("{failed} of the messages could not be fetched or deleted");
            Err(Error::new(Kind::TryLater, text).because(Cause::SomeMessages))
        }
    }
}

fn presumed(messages: u64) -> Error {
    let text = format!("whether {messages} messages of an interrupted run were delivered is not known");
    Error::new(Kind::Unavailable, text).hint(
        "they stay on the server; look for them, then `mailhaul state confirm SOURCE` says that they are here, and \
         `mailhaul state retry SOURCE` has them fetched again",
    )
}

/// What passes by itself does not hide what needs a person.
fn with_what_was_given_up(tally: &Tally, error: Error) -> Error {
    match partial(tally) {
        Err(partial) if !partial.may_pass() && error.may_pass() => partial.caused_by(error),
        _ => error,
    }
}
