//! Trouble is told once: when it begins, when it becomes worse, and when it is over. What has been told is in the ledger, so
//! that cron's runs and a process that stays share it.
//!
//! - `observed`: what a run shows; pure
//! - `decide`: who is told of it, and when; pure
//! - `command`: the user's commands

use std::path::Path;
use std::time::{Duration, SystemTime};

use self::command::{AlertCommand, AlertEvent};
use self::decide::{AlertPolicy, Telling};
use self::observed::Observed;
use crate::config::Account;
use crate::error::{Cause, Error, Result};
use crate::fetch::Outcome;
use crate::output::{AccountLog, Event, Verbosity, age, count};
use crate::state::{Incident, Ledger, Mailbox, MailboxLock, Run, Sighting, Subject, Wait};
use crate::until::Until;

mod command;
mod decide;
mod observed;

/// What becomes of the error of a run.
#[derive(Debug, Default)]
pub(super) struct ErrorVerdict {
    /// Only the curious are told.
    pub(super) is_quiet: bool,
    /// It has not lasted long enough to be called a failure.
    pub(super) is_tolerated: bool,
    /// What is said behind the error: for how long it has lasted.
    pub(super) lasted: Option<String>,
    /// It has been said.
    pub(super) is_shown: bool,
}

/// Something that may be wrong, as this run and the ledger see it.
struct SeenSubject<'a> {
    subject: Subject,
    known: Option<&'a Incident>,
    observed: &'a Observed,
    /// Of the run, if it is the run that fails.
    exit_code: Option<u8>,
}

/// How trouble of an account is told.
pub(super) struct Alerts<'a> {
    pub(super) account: &'a Account,
    pub(super) state_folder: &'a Path,
    pub(super) log: &'a AccountLog,
    /// Errors are said once, and not in each run.
    pub(super) speaks_once: bool,
    /// When the run began.
    pub(super) started: SystemTime,
    pub(super) until: Until,
    /// Says the error of the run. `false`, if it could not be written.
    pub(super) show: &'a dyn Fn(&ErrorVerdict) -> bool,
}

impl Alerts<'_> {
    /// Notes what a run has shown, and tells whoever is to be told. It may be that the ledger cannot be used: then an error is
    /// told as if it were the first.
    pub(super) fn settle(&self, outcome: &Outcome) -> Result<ErrorVerdict> {
        let observed = observed::run(outcome);
        if self.has_hung_elsewhere(outcome)? {
            return Ok(ErrorVerdict::default());
        }
        if !self.is_worth_a_look(outcome, observed.as_ref()) {
            return Ok(self.verdict_of_nothing(outcome, observed.is_none()));
        }
        // Of two runs at a time each would tell what the other one has not noted yet.
        let _lock = match MailboxLock::acquire(self.state_folder, &self.account.mailbox_key()) {
            Err(error) if error.cause() == Cause::OtherRun => return Ok(self.verdict_of_nothing(outcome, true)),
            lock => lock?,
        };
        let mut ledger = Ledger::open(self.state_folder, &Wait { until: self.until_noted(), wall: None })?;
        let mailbox = ledger.mailbox(&self.account.mailbox_key())?;
        if outcome.had_incidents.is_none() {
            self.note_run(&mut ledger, &mailbox, outcome)?;
        }
        let verdict = match observed {
            Some(observed) => self.run(&mut ledger, &mailbox, &observed, outcome)?,
            None => self.verdict_of_nothing(outcome, true),
        };
        self.others(&mut ledger, &mailbox, outcome)?;
        ledger.close()?;
        Ok(verdict)
    }

    /// Has another run had the mailbox for longer than any run should take? That is said in each run.
    fn has_hung_elsewhere(&self, outcome: &Outcome) -> Result<bool> {
        let is_other = outcome.error.as_ref().is_some_and(|error| error.cause() == Cause::OtherRun);
        if !is_other || !self.speaks_once {
            return Ok(false);
        }
        let now = SystemTime::now();
        let Some(ledger) = Ledger::open_existing(self.state_folder, &Wait { until: self.until_noted(), wall: None })?
        else {
            return Ok(false);
        };
        let runs = ledger.last_runs(&self.account.mailbox_key(), now)?;
        let longest = self.account.alerting.tolerate.unwrap_or_default().max(LONGEST_RUN);
        Ok(runs.success.or(runs.first).is_some_and(|last| now.duration_since(last).is_ok_and(|age| age > longest)))
    }

    /// What was seen is noted although the deadline of the run has passed, or a stop was asked for.
    fn until_noted(&self) -> Until {
        match self.until.over() {
            Some(_) => Until::default().within(AFTER_STOP),
            None => Until { deadline: None, stop: self.until.stop.clone() },
        }
    }

    /// A good run of an account without trouble costs nothing.
    fn is_worth_a_look(&self, outcome: &Outcome, observed: Option<&Observed>) -> bool {
        let ends_soon = outcome.tally.certificate.is_some_and(|term| term.ends_soon(SystemTime::now()))
            && !self.account.trust.is_by_pin_alone();
        let is_wrong = matches!(observed, Some(Observed::Wrong { .. }));
        let had_incidents = outcome.had_incidents == Some(true) && observed.is_some();
        is_wrong
            || had_incidents
            || ends_soon
            || observed::abandons(outcome)
            || outcome.tally.listed.is_some() && self.account.alerting.silent_after.is_some()
    }

    /// Of a run that tells nothing, as another one is at work: its error is nobody's concern where errors are told once.
    fn verdict_of_nothing(&self, outcome: &Outcome, tells_nothing: bool) -> ErrorVerdict {
        let is_quiet = tells_nothing && self.speaks_once && !observed::abandons(outcome);
        let is_stopped = outcome.error.as_ref().is_some_and(|error| error.cause() == Cause::Stopped);
        ErrorVerdict { is_quiet, is_tolerated: is_quiet && !is_stopped, lasted: None, is_shown: false }
    }

    /// What failed before the mailbox was looked at, such as its password, is a run like others.
    fn note_run(&self, ledger: &mut Ledger, mailbox: &Mailbox, outcome: &Outcome) -> Result<()> {
        let Some(error) = &outcome.error else { return Ok(()) };
        let run = Run {
            started: self.started,
            duration: self.started.elapsed().unwrap_or_default(),
            listed: None,
            fetched: 0,
            octets: 0,
            deleted: 0,
            failed: 0,
            exit_code: error.kind().exit_code(),
            error: Some(error.to_string()),
        };
        ledger.add_run(mailbox, &run)
    }

    /// Whether runs fail, or some messages do.
    fn run(
        &self,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        observed: &Observed,
        outcome: &Outcome,
    ) -> Result<ErrorVerdict> {
        let is_partial = outcome.error.as_ref().is_some_and(|error| error.cause() == Cause::SomeMessages);
        if *observed != Observed::Fine && !is_partial {
            return self.failed(ledger, mailbox, Subject::Run, observed, outcome);
        }
        self.works(ledger, mailbox, Subject::Run)?;
        if is_partial {
            return self.failed(ledger, mailbox, Subject::Refused, observed, outcome);
        }
        // A message that the server refuses is tried now and then: that it was not tried mends nothing.
        if !ledger.has_refused(mailbox)? {
            self.works(ledger, mailbox, Subject::Refused)?;
        }
        Ok(ErrorVerdict::default())
    }

    fn works(&self, ledger: &mut Ledger, mailbox: &Mailbox, subject: Subject) -> Result<()> {
        let Some(known) = ledger.incident(mailbox, subject)? else { return Ok(()) };
        let mut say = || !self.speaks_once || self.log.log(Verbosity::Normal, Event::Recovered, &works_again(&known));
        let seen = SeenSubject { subject, known: Some(&known), observed: &Observed::Fine, exit_code: None };
        self.tell(ledger, mailbox, &seen, &mut say)
    }

    fn failed(
        &self,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        subject: Subject,
        observed: &Observed,
        outcome: &Outcome,
    ) -> Result<ErrorVerdict> {
        let known = ledger.incident(mailbox, subject)?;
        let exit_code = outcome.error.as_ref().map(|error| error.kind().exit_code());
        let seen = SeenSubject { subject, known: known.as_ref(), observed, exit_code };
        let telling = self.telling(&seen);
        let (age, attempts) = lasting(known.as_ref());
        // Messages that are given up are told in this run or never.
        let may_be_quiet = self.speaks_once && !observed::abandons(outcome);
        let lasted = || format!("no fetch has succeeded for {}", lasted(age, attempts));
        let mut verdict = ErrorVerdict {
            is_quiet: may_be_quiet && !telling.say,
            is_tolerated: may_be_quiet && telling.is_tolerated,
            lasted: (self.speaks_once && attempts > 1 && subject == Subject::Run).then(lasted),
            is_shown: false,
        };
        let mut is_shown = false;
        let mut say = || {
            is_shown = true;
            (self.show)(&verdict)
        };
        self.tell(ledger, mailbox, &seen, &mut say)?;
        verdict.is_shown = is_shown;
        Ok(verdict)
    }

    /// What may be wrong although runs end well.
    fn others(&self, ledger: &mut Ledger, mailbox: &Mailbox, outcome: &Outcome) -> Result<()> {
        let now = SystemTime::now();
        let known = ledger.incidents(mailbox)?;
        let is_known = |subject| known.iter().any(|incident| incident.subject == subject);
        let has_listed = outcome.tally.listed.is_some();
        let mut looked_at: Vec<(Subject, Observed, Event)> = Vec::new();
        // Where the pin alone counts, nobody minds how old a certificate is.
        if let Some(term) = outcome.tally.certificate.filter(|_| !self.account.trust.is_by_pin_alone()) {
            looked_at.push((Subject::Certificate, observed::certificate(term, now), Event::CertificateExpires));
        } else if is_known(Subject::Certificate) && has_listed {
            looked_at.push((Subject::Certificate, Observed::Fine, Event::CertificateExpires));
        }
        if observed::abandons(outcome) || is_known(Subject::Messages) {
            looked_at.push((Subject::Messages, observed::messages(ledger.abandoned(mailbox)?), Event::NotFetched));
        }
        if has_listed && outcome.error.is_none() {
            let silence = match self.account.alerting.silent_after {
                Some(limit) => Some(observed::silence(limit, outcome, &ledger.last_runs(&mailbox.key, now)?, now)),
                None => is_known(Subject::Silence).then_some(Observed::Fine),
            };
            looked_at.extend(silence.map(|silence| (Subject::Silence, silence, Event::NoMail)));
        }
        for (subject, observed, event) in looked_at {
            let known = known.iter().find(|incident| incident.subject == subject);
            // Of messages that this run has given up, its error says what there is to say.
            let is_said = subject == Subject::Messages && observed::abandons(outcome);
            let mut say = || match &observed {
                Observed::Wrong { text, .. } => is_said || self.log.log(Verbosity::Normal, event, text),
                Observed::Fine => {
                    let text = known.and_then(|known| end_of(known, outcome));
                    text.is_none_or(|text| self.log.log(Verbosity::Normal, Event::Recovered, text))
                }
            };
            self.tell(
                ledger,
                mailbox,
                &SeenSubject { subject, known, observed: &observed, exit_code: None },
                &mut say,
            )?;
        }
        Ok(())
    }

    fn telling(&self, seen: &SeenSubject<'_>) -> Telling {
        match (seen.observed, seen.known) {
            (Observed::Wrong { level, .. }, known) => decide::of_trouble(seen.subject, known, *level, &self.policy()),
            (Observed::Fine, Some(known)) => decide::of_end(known, &self.policy()),
            (Observed::Fine, None) => Telling::default(),
        }
    }

    /// Tells whoever is to be told, by `say` on standard error, and then notes in the ledger who has been told: after a sudden end
    /// before that, it is told again.
    fn tell(
        &self,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
        seen: &SeenSubject<'_>,
        say: &mut dyn FnMut() -> bool,
    ) -> Result<()> {
        let SeenSubject { subject, known, observed, exit_code } = *seen;
        let telling = self.telling(seen);
        let said = telling.say && say();
        let Observed::Wrong { kind, text, level } = observed else {
            return known.map_or(Ok(()), |known| self.end(ledger, mailbox, known, telling));
        };
        let (age, attempts) = lasting(known);
        let now = SystemTime::now();
        let since = now.checked_sub(age).unwrap_or(now);
        let event = AlertEvent { is_over: false, since, attempts, kind, text, exit_code };
        let reported = telling.report && self.command(&event, telling.say);
        let sighting = Sighting { kind, text, exit_code, level: *level, said, reported };
        ledger.note_incident(mailbox, subject, &sighting)
    }

    fn end(&self, ledger: &mut Ledger, mailbox: &Mailbox, known: &Incident, telling: Telling) -> Result<()> {
        let Incident { since, attempts, kind, text, exit_code, .. } = known;
        let (since, attempts, exit_code) = (*since, *attempts, *exit_code);
        let event = AlertEvent { is_over: true, since, attempts, kind, text, exit_code };
        if telling.report && !self.command(&event, !known.is_over) {
            ledger.note_over(mailbox, known.subject)
        } else {
            ledger.end_incident(mailbox, known.subject)
        }
    }

    /// Has the user's command taken it? Its own failure is said where it is news.
    fn command(&self, event: &AlertEvent<'_>, is_news: bool) -> bool {
        // The deadline of the run may be what it has to tell; it has a time of its own.
        let until = Until { deadline: None, stop: self.until.stop.clone() };
        let command = AlertCommand { account: self.account, until };
        match command.run(event) {
            Ok(()) => true,
            Err(error) => {
                let at_least = if is_news { Verbosity::Normal } else { Verbosity::Verbose };
                self.log.log_with_hint(at_least, Event::AlertFailed, &error.to_string(), error.next_step());
                false
            }
        }
    }

    /// Runs on-failure where nothing can be noted: better twice than never.
    pub(super) fn tell_without_ledger(&self, error: &Error) {
        if !error.cause().tells_nothing() {
            let (kind, text, exit_code) = ("local", &*error.to_string(), Some(error.kind().exit_code()));
            self.command(&AlertEvent { is_over: false, since: self.started, attempts: 1, kind, text, exit_code }, true);
        }
    }

    /// The end of that.
    pub(super) fn tell_end_without_ledger(&self) {
        let text = "what is seen can be noted again";
        self.log.log(Verbosity::Normal, Event::Recovered, text);
        let (kind, exit_code) = ("local", None);
        self.command(&AlertEvent { is_over: true, since: self.started, attempts: 1, kind, text, exit_code }, true);
    }

    fn policy(&self) -> AlertPolicy {
        let alerting = &self.account.alerting;
        AlertPolicy {
            tolerate: alerting.tolerate.unwrap_or_default(),
            remind_every: alerting.remind_every,
            has_on_failure: alerting.on_failure.is_some(),
            has_on_recovery: alerting.on_recovery.is_some(),
        }
    }
}

fn works_again(known: &Incident) -> String {
    match known.subject {
        Subject::Refused => "no message is refused any more".to_owned(),
        _ => format!("works again after failing for {}", lasted(known.age, known.attempts)),
    }
}

/// What is said when it is over; of messages, whoever has settled them knows.
fn end_of(known: &Incident, outcome: &Outcome) -> Option<&'static str> {
    match known.subject {
        Subject::Certificate if outcome.tally.certificate.is_some() => Some("the server has another certificate"),
        Subject::Silence if outcome.tally.fetched > 0 => Some("new mail has come again"),
        // It is not looked for any more.
        Subject::Certificate | Subject::Silence => None,
        Subject::Run | Subject::Refused | Subject::Messages => None,
    }
}

/// For how long something has lasted, and how often it has been seen with this time. What was over begins anew.
fn lasting(known: Option<&Incident>) -> (Duration, u32) {
    let lasting = known.filter(|known| !known.is_over);
    lasting.map_or((Duration::ZERO, 1), |known| (known.age, known.attempts.saturating_add(1)))
}

fn lasted(time: Duration, attempts: u32) -> String {
    format!("{} ({})", age(time), count(attempts.into(), "attempt"))
}

/// No session takes longer by default.
const LONGEST_RUN: Duration = Duration::from_secs(26 * 3600);

/// What was seen may still be noted after that.
const AFTER_STOP: Duration = Duration::from_secs(3);
