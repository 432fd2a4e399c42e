//! The sessions of one run: usually one. Another follows when commands in a row turned out not to work, or when one
//! message made the first one unusable.

use std::time::Duration;

use super::course::{Course, Next, SessionEnd};
use super::destinations::Destinations;
use super::failure::Failure;
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
    loop {
        // What failed in a session before and does not fail in this one has not failed.
        tally.failed = earlier.refused.len() as u64;
        tally.failures.retain(|key| earlier.refused.contains(key));
        let before = earlier.messages;
        let mut session = Session::new(job, ledger, mailbox, tally, earlier, destinations, course.one_at_a_time);
        let result = session.run().map_err(|failure| failure.at(&job.account.source));
        let broke_in_a_row = session.was_pipelining;
        let progress = earlier.messages > before;
        if is_capas(&result) && !earlier.lacks_capa && job.may_go_on() {
            // Some servers bear it before the login only.
            earlier.lacks_capa = true;
            continue;
        }
        if result.is_ok() && earlier.lacks_capa {
            ledger.note_no_capa(mailbox)?;
        }
        let ended = match &result {
            Ok(postponed) => SessionEnd::Well { postponed: *postponed },
            Err(Failure::Message(_)) => SessionEnd::ByMessage,
            Err(Failure::Session(error)) if broke_in_a_row && is_the_servers(error) => {
                SessionEnd::InARow { nonsense: error.cause() == Cause::Nonsense, progress }
            }
            Err(Failure::Session(_) | Failure::Local(_)) => SessionEnd::Badly,
        };
        earlier.postponed |= matches!(ended, SessionEnd::Well { postponed: true });
        let may_go_on = job.may_go_on() && !destinations.working().is_empty();
        let (next, remember) = course.after(ended, may_go_on);
        if remember {
            ledger.note_no_pipelining(mailbox)?;
        }
        match (next, result) {
            (Next::Over, _) => return Ok(()),
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
