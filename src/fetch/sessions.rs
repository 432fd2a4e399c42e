//! Sessions of one run: usually one. Another follows when commands in a row turned out not to work, or when one
//! message made the first one unusable.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::life::Listed;
use super::plan::{Done, Plan, Planner};
use super::transfer::Transfer;
use super::{Job, Tally, WouldDo, missing};
use crate::client::{Answer, Client, Refusal};
use crate::effect::Effect;
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Transport};
use crate::proto::{Listing, Sizes};
use crate::session::{self, Opening};
use crate::state::{Key, Ledger, Mailbox, Settled, Trouble};
use crate::stop::Stop;

/// Runs sessions until the mailbox is fetched or an error ends it.
pub(super) fn run(job: &Job<'_>, ledger: &mut Ledger, mailbox: &Mailbox, tally: &mut Tally) -> Result<()> {
    wait_for_login(job, mailbox)?;
    let mut one_at_a_time = mailbox.no_pipelining;
    let mut sessions = 0;
    let mut suspicious = false;
    let mut earlier = Done::default();
    loop {
        sessions += 1;
        // What failed in a session before and does not fail in this one has not failed.
        tally.failed = earlier.refused.len() as u64;
        let before = earlier.messages;
        let mut session =
            Session { job, ledger, mailbox, tally, earlier: &mut earlier, one_at_a_time, was_pipelining: false };
        let result = session.run();
        let may_be_pipelining = session.may_be_pipelining();
        match result {
            // A server that refuses many messages among others is asked for one at a time.
            Err(Failure::Message(_)) if sessions < MAX_SESSIONS && !job.is_stopped() => one_at_a_time |= sessions >= 3,
            Err(Failure::Session(error)) if may_be_pipelining && is_the_servers(&error) => {
                job.reporter.note(&format!("{error}; trying again with one command at a time"));
                one_at_a_time = true;
                // A line that breaks while messages come is nothing to remember for a month.
                suspicious = error.kind() == Kind::Protocol || earlier.messages == before;
            }
            Ok(postponed) => {
                if suspicious {
                    // What broke with many commands in a row went well with one at a time.
                    ledger.note_no_pipelining(mailbox)?;
                    suspicious = false;
                }
                if !postponed || sessions >= MAX_SESSIONS || job.is_stopped() {
                    return partial(tally);
                }
            }
            Err(Failure::Session(error) | Failure::Message(error) | Failure::Local(error)) => {
                return Err(with_what_was_given_up(tally, error));
            }
        }
    }
}

/// A server that wants some time between logins is given it (C-105, C-112): a moment is waited for, more is left to
/// another run, without a word where nobody is watching.
fn wait_for_login(job: &Job<'_>, mailbox: &Mailbox) -> Result<()> {
    let Some(delay) = mailbox.login_delay else { return Ok(()) };
    if delay > A_MOMENT || job.deadline.is_some_and(|deadline| deadline <= Instant::now() + delay) {
        let text = format!("the server wants more time between logins: {} s from now on", delay.as_secs());
        return Err(Error::new(Kind::TryLater, text).at(&job.account.source).hint("fetch less often").expected());
    }
    job.reporter.tell(&format!("waiting for {} s, as the server wants some time between logins", delay.as_secs()));
    match Stop::pause(job.stop.as_ref(), delay) {
        true => Err(Error::stopped()),
        false => Ok(()),
    }
}

/// Not this machine's.
fn is_the_servers(error: &Error) -> bool {
    matches!(error.kind(), Kind::Protocol | Kind::TryLater)
}

/// Some messages failed: the run as a whole is to be tried again. Where one was given up, nobody will hear of it again,
/// so this is said as what another run does not mend.
fn partial(tally: &Tally) -> Result<()> {
    match (tally.given_up, tally.failed) {
        (0, 0) => Ok(()),
        (0, failed) => Err(Error::new(Kind::TryLater, format!("{failed} of the messages could not be dealt with"))),
        (given_up, _) => Err(Error::new(Kind::Unavailable, format!("{given_up} of the messages were given up"))),
    }
}

/// What passes by itself does not hide what was given up.
fn with_what_was_given_up(tally: &Tally, error: Error) -> Error {
    match partial(tally) {
        Err(partial) if tally.given_up > 0 && error.kind() == Kind::TryLater => partial.caused_by(error),
        _ => error,
    }
}

/// What ended a session.
pub(super) enum Failure {
    /// The session or this machine is the trouble.
    Session(Error),
    /// One message is, and was noted; the others can be had in another session.
    Message(Error),
    /// The publishing thread failed: what is on its way is for recovery, and no session may follow in this run.
    Local(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}

struct Session<'a, 'j> {
    job: &'a Job<'j>,
    ledger: &'a mut Ledger,
    mailbox: &'a Mailbox,
    tally: &'a mut Tally,
    earlier: &'a mut Done,
    one_at_a_time: bool,
    was_pipelining: bool,
}

impl Session<'_, '_> {
    /// `true` when messages were postponed to another session.
    fn run(&mut self) -> Result<bool, Failure> {
        let mut client = self.open()?;
        let server = &self.job.account.source;
        let listing = match client.capa_and_uidl().map_err(|error| error.at(server))? {
            Ok(listing) => listing,
            Err(refusal) => return Err(no_listing(&client, &refusal).at(server).into()),
        };
        if let Some(seconds) = client.capabilities().login_delay() {
            self.ledger.note_login_delay(self.mailbox, Duration::from_secs(seconds))?;
        }
        self.tally.listed = Some((listing.len() + listing.without_uid().len()) as u64);
        let plan = self.plan(&mut client, &listing)?;
        if self.job.policy.dry_run {
            self.say_what_would_be_done(&plan);
            return self.leave(client).map(|()| false);
        }
        self.note_listing(&plan, &listing)?;
        let postponed = plan.postponed;
        match plan.fetch.is_empty() && plan.delete.is_empty() {
            true => self.leave(client)?,
            false => self.transfer(client, plan)?,
        }
        Ok(postponed)
    }

    /// Could another session with one command at a time do better?
    fn may_be_pipelining(&self) -> bool {
        let in_time = self.job.deadline.is_none_or(|deadline| Instant::now() < deadline);
        self.was_pipelining && !self.one_at_a_time && !self.job.is_stopped() && in_time
    }

    fn open(&mut self) -> Result<Client<Connection>> {
        let job = self.job;
        let opening = Opening {
            account: job.account,
            network: job.network,
            trust: job.trust,
            deadline: job.deadline,
            stop: job.stop.clone(),
            transcript: job.reporter.transcript(),
            scram_is_refused: Cell::new(self.mailbox.no_scram),
        };
        let opened = session::open(&opening, job.access);
        if let Some(delay) = opened.as_ref().err().and_then(Error::login_delay) {
            self.ledger.note_login_delay(self.mailbox, delay)?;
        }
        let mut client = opened?;
        if opening.scram_is_refused.get() && !self.mailbox.no_scram {
            self.ledger.note_no_scram(self.mailbox)?;
        }
        if let Some(tls) = client.stream().tls_description() {
            job.reporter.note(&tls);
        }
        if self.one_at_a_time {
            client.one_at_a_time();
        }
        Ok(client)
    }

    fn plan(&mut self, client: &mut Client<Connection>, listing: &Listing) -> Result<Plan> {
        let policy = self.job.policy;
        let mut planner = Planner::new(listing, policy);
        self.ledger.each_known(self.mailbox, |known| planner.known(&known))?;
        let server = &self.job.account.source;
        let expires = client.capabilities().expires_at_once();
        let mut plan = planner.finish(listing.has_no_gap(), expires).map_err(|error| error.at(server))?;
        if plan.needs_sizes() {
            plan.settle(&self.sizes(client)?, policy);
        }
        missing::spare(self.job, self.ledger, self.mailbox, &mut plan)?;
        plan.limit(policy, &self.ledger.troubled(self.mailbox)?, self.earlier);
        self.tally.new = self.tally.new.max(plan.fetch.len() as u64); // a later session has less left
        Ok(plan)
    }

    /// The sizes are hints: without them the fetch goes on.
    fn sizes(&self, client: &mut Client<Connection>) -> Result<Sizes> {
        let server = &self.job.account.source;
        let sizes: Answer<Sizes> = client.list().map_err(|error| error.at(server))?;
        let sizes = sizes.unwrap_or_else(|refusal| {
            self.job.reporter.note(&format!("the server refuses LIST: {}", refusal.text));
            Sizes::default()
        });
        if let Some(bad) = sizes.first_bad_line() {
            self.job.reporter.note(&format!("{bad}; sizes may be missing"));
        }
        Ok(sizes)
    }

    fn say_what_would_be_done(&mut self, plan: &Plan) {
        let fetch = plan.fetch.iter().map(|listed| WouldDo {
            action: "fetch",
            number: listed.number.get(),
            uid: listed.key.uid.clone(),
            octets: listed.octets,
        });
        let after = plan.fetch.iter().filter(|_| self.job.policy.delete).map(|listed| (listed.number, &listed.key));
        let delete = plan.delete.iter().map(|published| (published.number(), published.key())).chain(after);
        let delete = delete.map(|(number, key)| WouldDo {
            action: "delete",
            number: number.get(),
            uid: key.uid.clone(),
            octets: None,
        });
        self.tally.would = fetch.chain(delete).collect();
    }

    fn note_listing(&mut self, plan: &Plan, listing: &Listing) -> Result<()> {
        if !plan.changes.is_empty() {
            self.ledger.note_listing(self.mailbox, &plan.changes)?;
            self.job.observer.after(Effect::ListingNoted);
        }
        self.tally.skipped = plan.skipped;
        for listed in &plan.too_large {
            let text = format!("{} is larger than --max-size and was skipped", name_of(listed));
            self.job.reporter.warn(&text);
            self.ledger.note_trouble(self.mailbox, &listed.key, Trouble::TooLarge, &text)?;
        }
        if let [first, ..] = listing.without_uid() {
            let count = listing.without_uid().len();
            self.tally.failed += count as u64;
            self.job.reporter.warn(&format!(
                "the server gives {count} messages no usable unique-id (the first is number {first}): \
                 they cannot be fetched exactly once and were left alone"
            ));
        }
        Ok(())
    }

    fn transfer(&mut self, client: Client<Connection>, plan: Plan) -> Result<(), Failure> {
        let transfer = Transfer { job: self.job, ledger: self.ledger, mailbox: self.mailbox };
        let end = transfer.run(client, plan);
        self.was_pipelining = end.was_pipelining;
        self.earlier.brought.extend(end.brought);
        let done = end.done;
        self.earlier.messages += done.messages;
        self.earlier.octets += done.octets;
        self.tally.fetched += done.messages;
        self.tally.octets += done.octets;
        if done.vanished > 0 {
            let text = "somebody removed {} staged files before they could be published; they will be fetched again";
            self.job.reporter.warn(&text.replace("{}", &done.vanished.to_string()));
        }
        let given_up: u64 = end.failed.len() as u64 + end.refused_deletes + done.vanished;
        for failed in &end.failed {
            self.note_failed(failed)?;
        }
        self.tally.failed += given_up;
        end.result?;
        self.was_pipelining = false; // what goes wrong with QUIT has another reason
        self.end(end.client, &end.deleted, given_up > 0)?;
        match end.cut_short {
            true => Err(Error::stopped().into()),
            false => Ok(()),
        }
    }

    fn note_failed(&mut self, failed: &Failed) -> Result<()> {
        let Failed { listed, trouble, text } = failed;
        if *trouble == Trouble::Refused {
            self.earlier.refused.insert(listed.key.clone());
        } else if self.may_be_pipelining() {
            // Another session follows at once, and brings it or says more.
            self.job.reporter.note(&format!("{}: {text}", name_of(listed)));
            self.earlier.broke.insert(listed.key.clone());
            return Ok(());
        }
        let attempts = self.ledger.note_trouble(self.mailbox, &listed.key, *trouble, text)?;
        let again = match (trouble, attempts) {
            (Trouble::Refused, 1) => "it will be tried again",
            (Trouble::Refused, crate::state::GIVE_UP_AFTER) => {
                self.tally.given_up += 1;
                "it will be left alone from now on; `mailhaul state retry SOURCE` tries it again"
            }
            (Trouble::Refused, _) => return Ok(()), // reported once
            _ => "it will be tried again, after the others",
        };
        self.job.reporter.warn(&format!("{}: {text}; {again}", name_of(listed)));
        Ok(())
    }

    /// The end of a session in which DELE was or might have been said.
    fn end(&mut self, client: Client<Connection>, deleted: &[Key], some_failed: bool) -> Result<(), Failure> {
        // Where QUIT makes the server forget what was fetched, it is not said while something is missing (C-197).
        if deleted.is_empty() && some_failed && client.capabilities().expires_at_once() {
            return Ok(());
        }
        if deleted.is_empty() {
            return self.leave(client);
        }
        self.ledger.set(self.mailbox, deleted.iter(), Settled::DeletePending)?;
        self.job.observer.after(Effect::DeletePending);
        self.quit(client, deleted)
    }

    fn quit(&mut self, mut client: Client<Connection>, deleted: &[Key]) -> Result<(), Failure> {
        let server = &self.job.account.source;
        let hint = "what was fetched is safe; the next run deletes again";
        match client.quit() {
            Ok(Ok(())) => {}
            Ok(Err(Refusal { text, .. })) => {
                let text = format!("{server}: the server did not delete everything: {text}");
                return Err(Error::new(Kind::TryLater, text).hint(hint).into());
            }
            Err(error) => {
                let text = format!("{server}: whether the server deleted is not known");
                return Err(Error::new(Kind::TryLater, text).caused_by(error).hint(hint).into());
            }
        }
        self.job.observer.after(Effect::QuitAnswered);
        self.ledger.set(self.mailbox, deleted.iter(), Settled::Deleted)?;
        self.job.observer.after(Effect::Deleted);
        self.tally.deleted += deleted.len() as u64;
        client.into_stream().close().ok(); // the server may have closed first; nothing depends on it
        Ok(())
    }

    /// QUIT where nothing depends on the answer.
    fn leave(&mut self, mut client: Client<Connection>) -> Result<(), Failure> {
        match client.quit() {
            Ok(_) => drop(client.into_stream().close()),
            Err(error) => self.job.reporter.note(&format!("QUIT went unanswered: {error}")),
        }
        Ok(())
    }
}

/// A message that could not be fetched.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) listed: Listed,
    pub(super) trouble: Trouble,
    pub(super) text: String,
}

/// A message, for people.
pub(super) fn name_of(listed: &Listed) -> String {
    format!("message {} ({})", listed.number, crate::escape::text(&listed.key.uid))
}

/// Without unique-ids nothing can be fetched exactly once (C-058, C-059).
fn no_listing(client: &Client<Connection>, refusal: &Refusal) -> Error {
    match refusal.temporary || client.capabilities().has("UIDL") {
        true => Error::new(Kind::TryLater, format!("the server refuses UIDL now: {}", refusal.text)),
        false => Error::new(Kind::Unavailable, format!("the server has no unique-ids (UIDL): {}", refusal.text))
            .hint("without them nobody can tell new messages from old ones, so mailhaul does not fetch from it"),
    }
}

/// A wait between logins that is shorter is waited for.
const A_MOMENT: Duration = Duration::from_secs(30);

/// Sessions of one run, at most.
const MAX_SESSIONS: u32 = 8;
