//! The sessions of one run: usually one. Another follows when commands in a row turned out not to work, when one message made
//! the first one unusable, or when the server may have listed only a part of the mailbox.

use std::time::Duration;

use super::course::{Course, Next, SessionEnd};
use super::destinations::Destinations;
use super::failure::Failure;
use super::parts::Parts;
use super::plan::Earlier;
use super::session::Session;
use super::{Job, Tally};
use crate::error::{Cause, Error, Kind, Result};
use crate::proto::Pipelining;
use crate::state::{Ledger, Mailbox};

/// Runs sessions until the mailbox is fetched or an error ends it.
pub(super) fn run<'j>(
    job: &'j Job<'j>,
    destinations: &mut Destinations<'j>,
    earlier: &mut Earlier,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
    tally: &mut Tally,
) -> Result<()> {
    check_refusals(job, mailbox)?;
    wait_for_login(job, mailbox)?;
    let mut course = Course::new(match job.account.pipelining {
        Pipelining::Auto => mailbox.no_pipelining,
        Pipelining::On => false,
        Pipelining::Off => true,
    });
    let mut parts = Parts::default();
    let mut pauses = PAUSES.into_iter();
    loop {
        let failed_before = (tally.failed, tally.failures.clone());
        // What failed in a session before and does not fail in this one has not failed.
        tally.failed = earlier.refused.len() as u64;
        tally.failures.retain(|key| earlier.refused.contains(key));
        let before = earlier.messages;
        let mut session = Session::new(job, ledger, mailbox, tally, earlier, destinations, course.one_at_a_time);
        let result = session.run().map_err(|failure| failure.at(&job.account.source));
        let (broke_in_a_row, broke_early) = (session.was_pipelining, session.broke_early);
        let progress = earlier.messages > before;
        if is_capas(&result) && !earlier.lacks_capa && job.may_go_on() {
            // Some servers bear it before the login only.
            earlier.lacks_capa = true;
            continue;
        }
        if earlier.looks_for_more
            && broke_early
            && let Err(Failure::Session(error)) = &result
        {
            // Nothing is known to be missing: what the run has done is all.
            (tally.failed, tally.failures) = failed_before;
            if is_tried_again(job, error, &mut pauses)? {
                continue;
            }
            job.reporter.note(&format!("{error}; the next run looks for more messages"));
            return Ok(());
        }
        earlier.looks_for_more = false;
        if result.is_ok() && earlier.lacks_capa {
            ledger.note_no_capa(mailbox)?;
        }
        let more = match &result {
            Ok(session) if may_have_more(job, earlier, destinations) => {
                parts.may_follow(session, earlier.messages, job.policy.delete)
            }
            _ => false,
        };
        let ended = match &result {
            Ok(session) => SessionEnd::Well { postponed: session.postponed, more },
            Err(Failure::Message(_)) => SessionEnd::ByMessage,
            Err(Failure::Session(error)) if broke_in_a_row && is_the_servers(error) => {
                SessionEnd::InARow { nonsense: error.cause() == Cause::Nonsense, progress }
            }
            Err(Failure::Session(_) | Failure::Local(_)) => SessionEnd::Badly,
        };
        earlier.postponed |= matches!(ended, SessionEnd::Well { postponed: true, .. });
        let may_go_on = job.may_go_on() && !destinations.working().is_empty();
        let (next, remember) = course.after(ended, may_go_on);
        if remember {
            ledger.note_no_pipelining(mailbox)?;
        }
        match (next, result) {
            (Next::Over, _) => return Ok(()),
            (Next::More, _) => {
                earlier.looks_for_more = wait_to_look_for_more(job, earlier)?;
                if !earlier.looks_for_more {
                    return Ok(());
                }
                pauses = PAUSES.into_iter();
            }
            (Next::Again, Err(Failure::Session(error))) => {
                job.reporter.note(&format!("{error}; trying again with one command at a time"));
            }
            (Next::Again, _) => {}
            (Next::Fail, Err(Failure::Session(error) | Failure::Message(error) | Failure::Local(error))) => {
                return Err(error);
            }
            (Next::Fail, Ok(_)) => return Err(Error::new(Kind::Bug, "a good session ended a run badly")),
        }
    }
}

/// Is there no other reason why messages may have been left?
fn may_have_more(job: &Job<'_>, earlier: &Earlier, destinations: &Destinations<'_>) -> bool {
    let (limits, (messages, octets)) = (&job.policy.limits, earlier.counted());
    let has_room =
        limits.max_messages.is_none_or(|max| messages < max) && limits.max_bytes.is_none_or(|max| octets < max);
    has_room && earlier.leftover.waiting == 0 && destinations.working() == destinations.all()
}

/// Waits for the time that the server wants between logins, if that is a moment. `false`: it is more, so this is left to another
/// run.
fn wait_to_look_for_more(job: &Job<'_>, earlier: &Earlier) -> Result<bool> {
    let delay = earlier.login_delay();
    if delay > A_MOMENT || !job.until.leaves(delay) {
        job.reporter.tell(&format!(
            "the server may have more messages, and wants {} s between logins: another run fetches them",
            delay.as_secs()
        ));
        return Ok(false);
    }
    job.reporter.note("all messages that the server listed are here; looking for more in another session");
    if !delay.is_zero() {
        pause(job, delay)?;
    }
    Ok(true)
}

/// A server may take some time to close the session before; then it is asked again, a few times. Anything else that it refuses
/// for is left to another run. An error only where somebody wants a stop.
fn is_tried_again(job: &Job<'_>, error: &Error, pauses: &mut impl Iterator<Item = Duration>) -> Result<bool> {
    if job.is_stopped() {
        return Err(Error::stopped());
    }
    let pause = pauses.next().filter(|pause| error.cause() == Cause::InUse && job.until.leaves(*pause));
    let Some(pause) = pause else { return Ok(false) };
    job.until.pause(pause).map_err(|over| over.error("the next login"))?;
    Ok(true)
}

/// After several refusals a login that nobody waits for is put off: it would be refused again, and servers lock accounts.
fn check_refusals(job: &Job<'_>, mailbox: &Mailbox) -> Result<()> {
    match mailbox.refusal_pause {
        Some(pause) if !job.policy.attended => {
            let (refused, minutes) = (mailbox.logins_refused, pause.as_secs().div_ceil(60));
            let text = format!("the server refused the last {refused} logins; the next one is in {minutes} min");
            let error = Error::new(Kind::Login, text).at(&job.account.source);
            Err(error.hint(
                "if you have corrected the password, run the same command on a terminal, which tries at once, or wait",
            ))
        }
        _ => Ok(()),
    }
}

/// A server that wants some time between logins is given it (C-105, C-112): a moment is waited for, more is left to
/// another run, without a word where nobody is watching.
fn wait_for_login(job: &Job<'_>, mailbox: &Mailbox) -> Result<()> {
    let Some(delay) = mailbox.login_delay else { return Ok(()) };
    if delay > A_MOMENT || !job.until.leaves(delay) {
        let text = format!("the server wants more time between logins: {} s from now on", delay.as_secs());
        let error = Error::new(Kind::TryLater, text).because(Cause::TooSoon);
        return Err(error.at(&job.account.source).hint("fetch less often"));
    }
    pause(job, delay)
}

fn pause(job: &Job<'_>, delay: Duration) -> Result<()> {
    job.reporter.tell(&format!("waiting for {} s, as the server wants some time between logins", delay.as_secs()));
    job.until.pause(delay).map_err(|over| over.error("the next login"))
}

/// Did CAPA end the session?
fn is_capas<V>(result: &Result<V, Failure>) -> bool {
    matches!(result, Err(Failure::Session(error)) if error.cause() == Cause::NoCapa)
}

/// Not this machine's.
fn is_the_servers(error: &Error) -> bool {
    matches!(error.cause(), Cause::Nonsense | Cause::ConnectionLost | Cause::InTrouble)
}

/// A wait between logins that is shorter is waited for.
const A_MOMENT: Duration = Duration::from_secs(30);

/// Before a login that was refused because the mailbox is in use is tried again.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
