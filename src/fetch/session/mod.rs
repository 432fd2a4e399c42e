//! One session: login, listing, plan, transfer, QUIT; and what the ledger is to know of each.

use std::time::{Duration, Instant};

use crate::client::{Answer, Client, Refusal};
use crate::effect::Effect;
use crate::error::{Cause, Error, Kind, Result};
use crate::fetch::destinations::Destinations;
use crate::fetch::failure::Failure;
use crate::fetch::identify::uids_are_numbers;
use crate::fetch::parts::GoodSession;
use crate::fetch::plan::{Circumstances, Earlier, Forecast, Plan, Planner, Resized};
use crate::fetch::seen::Seen;
use crate::fetch::transfer::Transfer;
use crate::fetch::{Elsewhere, Job, Tally, allowance, consent, filter, spare, waiting};
use crate::net::{Connection, Transport};
use crate::output::count;
use crate::proto::{Listing, Pipelining, Sizes};
use crate::session::{self, Opened, Quirks, SessionOptions};
use crate::state::{Key, LONGEST_DELAY, Ledger, Mailbox, NewNames, Settled};
use crate::until::Until;

mod dry_run;
mod troubles;

pub(in crate::fetch) struct Session<'a, 'j> {
    job: &'j Job<'j>,
    ledger: &'a mut Ledger,
    mailbox: &'a Mailbox,
    tally: &'a mut Tally,
    earlier: &'a mut Earlier,
    destinations: &'a mut Destinations<'j>,
    one_at_a_time: bool,
    /// Messages that it leaves out, but for those that the filter does.
    skipped: u64,
    /// When it broke, several commands were outstanding.
    pub(in crate::fetch) was_pipelining: bool,
    /// It broke before the server had listed its messages.
    pub(in crate::fetch) broke_early: bool,
}

impl<'a, 'j> Session<'a, 'j> {
    pub(in crate::fetch) fn new(
        job: &'j Job<'j>,
        ledger: &'a mut Ledger,
        mailbox: &'a Mailbox,
        tally: &'a mut Tally,
        earlier: &'a mut Earlier,
        destinations: &'a mut Destinations<'j>,
        one_at_a_time: bool,
    ) -> Self {
        Self {
            job,
            ledger,
            mailbox,
            tally,
            earlier,
            destinations,
            one_at_a_time,
            skipped: 0,
            was_pipelining: false,
            broke_early: false,
        }
    }

    /// From the login to QUIT.
    pub(in crate::fetch) fn run(&mut self) -> Result<GoodSession, Failure> {
        let (mut client, warnings) = self.open()?;
        let listing = client.capa_and_uidl();
        self.broke_early = !matches!(listing, Ok(Ok(_)));
        let listing = listing?.map_err(|refusal| no_listing(&client, &refusal))?;
        if let Some(seconds) = client.capabilities().login_delay() {
            self.note_login_delay(Duration::from_secs(seconds))?;
        }
        let listed = (listing.len() + listing.without_uid().len()) as u64;
        self.tally.listed.get_or_insert(listed);
        let new_before = self.tally.new;
        let (mut plan, sizes) = self.plan(&mut client, &listing)?;
        client.stream().give_time(self.time_for(&plan));
        if self.job.policy.dry_run {
            self.tally.elsewhere = self.elsewhere(&plan)?.unwrap_or_default();
            let forecast = Forecast::new(plan, listing, sizes, self.job.policy, self.earlier);
            return self.show_forecast(client, &forecast).map(|()| GoodSession::default());
        }
        drop(sizes);
        self.note_listing(&plan, &listing)?;
        drop(listing); // its memory is wanted for the transfer
        self.count_listed(listed, &plan);
        if !self.may_delete(&plan)? {
            return self.leave(client).map(|_| GoodSession::default());
        }
        let unasked = filter::apply(self.job, &mut client, &mut plan, self.earlier, self.ledger, self.mailbox)?;
        self.count_skipped(unasked);
        self.tally.new = new_before.max(self.earlier.tried() + plan.new_messages());
        let (postponed, before) = (plan.postponed, self.tally.deleted);
        let is_whole = if plan.is_idle() {
            self.leave(client)?;
            true
        } else {
            self.introduce(&warnings, &plan);
            self.transfer(client, plan)?
        };
        Ok(GoodSession { postponed, listed, deleted: self.tally.deleted - before, is_whole })
    }

    /// Each message that the run has seen, once: those of this listing, and those that only an earlier one had.
    fn count_listed(&mut self, listed: u64, plan: &Plan) {
        if self.earlier.has_listed {
            self.earlier.unlisted += plan.changes.vanished.len() as u64;
        }
        self.earlier.has_listed = true;
        self.tally.listed = Some(self.earlier.unlisted + listed);
    }

    /// More messages that this session leaves out. Each session lists most of those that the ones before have left out; of those
    /// that the filter has left out it is known which they are.
    fn count_skipped(&mut self, more: u64) {
        self.skipped += more;
        self.earlier.skipped = self.earlier.skipped.max(self.skipped);
        let filtered = self.earlier.filtered.values().filter(|is_fetched| !**is_fetched).count() as u64;
        self.tally.skipped = self.earlier.skipped + filtered;
    }

    /// What is to be said before messages come; with none, every poll would say it.
    fn introduce(&mut self, warnings: &[String], plan: &Plan) {
        if !std::mem::replace(&mut self.earlier.has_warned, true) {
            warnings.iter().for_each(|warning| self.job.reporter.warn(warning));
        }
        if self.earlier.looks_for_more && plan.has_new() && !std::mem::replace(&mut self.earlier.told_of_parts, true) {
            self.job.reporter.tell("the server lists its messages in parts; fetching the next one");
        }
    }

    /// The session, and what the user should know if something is fetched in it.
    fn open(&mut self) -> Result<(Client<Connection>, Vec<String>)> {
        let job = self.job;
        let opening = SessionOptions {
            account: job.account,
            network: job.network,
            trust: job.trust,
            until: self.until(),
            transcript: job.reporter.transcript(),
            quirks: Quirks {
                lacks_capa: self.mailbox.no_capa || self.earlier.lacks_capa,
                refuses_scram: self.mailbox.no_scram || self.earlier.refuses_scram,
                misbinds: self.mailbox.no_binding || self.earlier.misbinds,
            },
        };
        let opened = session::open(&opening, job.access);
        self.broke_early = opened.is_err();
        match opened.as_ref().map_err(Error::cause) {
            Err(Cause::LoginDelay(delay)) => self.note_login_delay(delay)?,
            Err(Cause::LoginRefused) => self.ledger.note_login_refused(self.mailbox)?,
            _ => {}
        }
        let Opened { mut client, quirks, warnings } = opened?;
        self.ledger.note_login_taken(self.mailbox)?;
        self.note_quirks(quirks)?;
        if let Some(term) = client.stream().certificate_term() {
            self.tally.certificate = Some(term);
            self.ledger.note_certificate(self.mailbox, term.ends)?;
        }
        if let Some(tls) = client.stream().tls_description() {
            job.reporter.note(&tls);
        }
        if self.one_at_a_time {
            client.set_pipelining(Pipelining::Off);
        }
        Ok((client, warnings))
    }

    fn note_quirks(&mut self, quirks: Quirks) -> Result<()> {
        if quirks.lacks_capa {
            self.job.reporter.note("the server does not cope with CAPA, so CAPA is left out for some time");
            self.ledger.note_no_capa(self.mailbox)?;
        }
        self.earlier.refuses_scram |= quirks.refuses_scram;
        self.earlier.misbinds |= quirks.misbinds;
        if quirks.refuses_scram {
            self.ledger.note_no_scram(self.mailbox)?;
        }
        if quirks.misbinds {
            self.job.reporter.note("the server refuses our channel binding: the login is not bound to the TLS session");
            self.ledger.note_no_binding(self.mailbox)?;
        }
        Ok(())
    }

    fn elsewhere(&self, plan: &Plan) -> Result<Option<Vec<Elsewhere>>> {
        let is_wanted = !self.job.policy.all || self.job.policy.delete || self.job.policy.delete_after.is_some();
        if is_wanted { consent::elsewhere(self.job, self.ledger, self.mailbox, plan) } else { Ok(None) }
    }

    /// Somebody may want that nothing is deleted at the first time.
    fn may_delete(&mut self, plan: &Plan) -> Result<bool> {
        let until = self.until();
        let given = match self.elsewhere(plan)? {
            None => consent::is_given_for_removed_mbox(self.job, self.ledger, self.mailbox, plan, &until)?,
            Some(elsewhere) => {
                let given = consent::is_given(self.job, plan, &elsewhere, &until)?;
                if given && !self.job.policy.all && !elsewhere.is_empty() {
                    self.tally.elsewhere_is_news = self.ledger.note_told_of(self.mailbox, self.job.targets)?;
                    self.tally.elsewhere = elsewhere;
                }
                given
            }
        };
        self.tally.is_declined = !given;
        Ok(given)
    }

    /// Until it is known what there is to do.
    fn until(&self) -> Until {
        let until = &self.job.until;
        if until.deadline.is_some() { until.clone() } else { until.within(allowance::BASE) }
    }

    /// None, where the user has set an end.
    fn time_for(&self, plan: &Plan) -> Duration {
        match self.job.until.deadline {
            Some(_) => Duration::ZERO,
            None => allowance::of(plan, self.job.account.min_rate),
        }
    }

    fn note_login_delay(&mut self, delay: Duration) -> Result<()> {
        if delay > LONGEST_DELAY {
            let (wanted, given) = (delay.as_secs(), LONGEST_DELAY.as_secs());
            self.job.reporter.warn(&format!("the server wants {wanted} s between logins; it gets {given} s"));
        }
        self.earlier.next_login = Some(Instant::now() + delay.min(LONGEST_DELAY));
        self.ledger.note_login_delay(self.mailbox, delay)
    }

    fn plan(&mut self, client: &mut Client<Connection>, listing: &Listing) -> Result<(Plan, Sizes)> {
        let policy = self.job.policy;
        let mut planner = Planner::new(listing, policy, &self.earlier.brought).only_counting(policy.dry_run);
        planner = planner.with_waiting(waiting::of_listing(self.ledger, self.mailbox, self.destinations)?);
        let renamed = self.ledger.renamed(self.mailbox, listing.iter().map(|listed| listed.uid))?;
        if !policy.dry_run {
            self.ledger.rename(self.mailbox, &renamed, listing.has_no_gap())?;
        }
        self.ledger.each_known_as(self.mailbox, &renamed, |known| planner.known(&known))?;
        let circumstances = Circumstances {
            expires: client.capabilities().expires_at_once(),
            was_renumbered: self.mailbox.asks_first || self.earlier.was_renumbered,
        };
        let mut plan = planner.finish(listing.has_no_gap(), circumstances)?;
        if plan.uids_are_numbers && self.mailbox.uids_are_numbers && !policy.delete {
            return Err(uids_are_numbers());
        }
        let mut sizes = Sizes::default();
        if plan.needs_sizes() {
            sizes = self.sizes(client)?;
            self.look_for_resized(&mut plan, listing, &sizes, &renamed)?;
        }
        let has_top = !self.mailbox.no_top && !self.earlier.lacks_top;
        plan.settle(&sizes, policy, has_top && !policy.dry_run);
        spare::spare(self.job, |target| self.destinations.works(target), self.ledger, self.mailbox, &mut plan)?;
        let troubled = self.ledger.troubled(self.mailbox)?;
        plan.limit_counted(listing, &sizes, policy, &troubled);
        plan.limit(policy, &troubled, self.earlier);
        self.tally.new = self.tally.new.max(self.earlier.tried() + plan.new_messages());
        Ok((plan, sizes))
    }

    /// What is to be deleted, or is in doubt anyway, is asked for whatever its size.
    fn look_for_resized(&self, plan: &mut Plan, listing: &Listing, sizes: &Sizes, renamed: &NewNames) -> Result<()> {
        if self.job.policy.all {
            return Ok(());
        }
        let mut resized = Resized::new(listing, sizes, &plan.copies);
        self.ledger.each_known_as(self.mailbox, renamed, |known| resized.known(&known))?;
        let resized = resized.finish();
        plan.doubt(resized);
        Ok(())
    }

    /// The sizes are hints: without them the fetch goes on.
    fn sizes(&self, client: &mut Client<Connection>) -> Result<Sizes> {
        let sizes: Answer<Sizes> = client.list()?;
        let sizes = sizes.unwrap_or_else(|refusal| {
            self.job.reporter.note(&format!("the server refuses LIST: {}", refusal.text));
            Sizes::default()
        });
        if let Some(bad) = sizes.first_bad_line() {
            self.job.reporter.note(&format!("{bad}; sizes may be missing"));
        }
        Ok(sizes)
    }

    fn note_listing(&mut self, plan: &Plan, listing: &Listing) -> Result<()> {
        if plan.given_up_for_others > 0 {
            let messages = count(plan.given_up_for_others, "message");
            self.job.reporter.warn(&format!(
                "{messages} waited for a destination that this run does not have; the run's own have them, so that is all"
            ));
        }
        if self.mailbox.asks_first && !plan.has_gone {
            self.ledger.note_asks_first(self.mailbox, false)?;
        }
        if !plan.changes.is_empty() {
            self.ledger.note_listing(self.mailbox, &plan.changes)?;
            self.job.observer.after(Effect::ListingNoted);
        }
        self.count_skipped(plan.skipped);
        self.note_too_large(plan)?;
        self.note_without_uid(listing)
    }

    /// `true` if nothing but the server can have left messages for another session.
    fn transfer(&mut self, client: Client<Connection>, plan: Plan) -> Result<bool, Failure> {
        let (job, before) = (self.job, self.earlier.tried());
        let transfer = Transfer {
            job,
            ledger: self.ledger,
            mailbox: self.mailbox,
            earlier: self.earlier,
            destinations: self.destinations,
        };
        let mut end = transfer.run(client, plan);
        self.was_pipelining = end.seen.was_pipelining;
        let mut done = end.done;
        self.earlier.leftover.add(std::mem::take(&mut done.leftover));
        self.earlier.brought.extend(std::mem::take(&mut end.seen.brought));
        self.earlier.was_renumbered |= done.is_renumbered;
        self.earlier.messages += done.messages;
        self.earlier.octets += done.octets;
        self.earlier.stuck.0 += end.seen.stuck.len() as u64;
        self.earlier.stuck.1 += end.seen.stuck_octets;
        self.tally.fetched += done.messages;
        self.tally.octets += done.octets;
        self.tally.new = self.tally.new.max(before + end.seen.found_new);
        if end.seen.lacks_top {
            self.earlier.lacks_top = true;
            self.ledger.note_no_top(self.mailbox)?;
        }
        self.say(&done);
        let result = self.note_failures(&end.seen, end.result.is_ok()).map_err(Failure::from).and(end.result);
        self.tally.failed += done.vanished;
        let result = self.note_kept(&end.seen.kept).map_err(Failure::from).and(result);
        let some_failed = !end.seen.failed.is_empty() || !end.seen.kept.is_empty() || done.vanished > 0;
        result?;
        self.was_pipelining = false; // what goes wrong with QUIT has another reason
        let quits = self.end(end.client, &end.seen, some_failed)?;
        if end.seen.cut_short {
            return Err(Error::stopped().into());
        }
        Ok(quits && end.seen.kept.is_empty() && !end.seen.limited)
    }

    fn say(&self, done: &super::publisher::PublisherTally) {
        let reporter = &self.job.reporter;
        if done.vanished > 0 {
            reporter.warn(&format!(
                "somebody removed {} staged files before they could be published; they will be fetched again",
                done.vanished
            ));
        }
        if done.rebound > 0 {
            reporter.note(&format!("{} messages were known by another unique-id", done.rebound));
        }
        if done.kept_by_server > 0 {
            reporter.warn(&format!(
                "the server keeps {} messages although it has confirmed more than once that they were deleted; \
                 it is not asked again",
                done.kept_by_server
            ));
        }
    }

    /// The end of a session in which DELE was or might have been said. `false` if QUIT was not.
    fn end(&mut self, client: Client<Connection>, seen: &Seen, some_failed: bool) -> Result<bool, Failure> {
        let Seen { deleted, stuck, .. } = seen;
        // Where QUIT makes the server forget what was fetched, it is not said while something is missing (C-197).
        if deleted.is_empty() && some_failed && client.capabilities().expires_at_once() {
            return Ok(false);
        }
        if deleted.is_empty() {
            if self.leave(client)? {
                self.ledger.note_expired(self.mailbox, stuck)?;
            }
            return Ok(true);
        }
        self.ledger.set(self.mailbox, deleted.iter(), Settled::DeletePending)?;
        self.job.observer.after(Effect::DeletePending);
        self.quit(client, deleted)?;
        self.ledger.note_expired(self.mailbox, stuck)?;
        Ok(true)
    }

    fn quit(&mut self, mut client: Client<Connection>, deleted: &[Key]) -> Result<(), Failure> {
        let hint = "what was fetched is safe; the next run deletes again";
        match client.quit() {
            Ok(Ok(())) => {}
            Ok(Err(Refusal { text, .. })) => {
                let text = format!("the server did not delete everything: {text}");
                return Err(Error::new(Kind::TryLater, text).hint(hint).into());
            }
            Err(error) => {
                let text = "whether the server deleted is not known";
                return Err(Error::new(Kind::TryLater, text).caused_by(error).hint(hint).into());
            }
        }
        self.job.observer.after(Effect::QuitAnswered);
        self.ledger.set(self.mailbox, deleted.iter(), Settled::Deleted)?;
        self.job.observer.after(Effect::Deleted);
        self.tally.deleted += deleted.len() as u64;
        self.earlier.has_deleted = true;
        client.into_stream().close().ok(); // the server may have closed first; nothing depends on it
        Ok(())
    }

    /// QUIT where no message depends on the answer, which is returned.
    fn leave(&mut self, mut client: Client<Connection>) -> Result<bool, Failure> {
        let answer = client.leave();
        if let Err(error) = &answer {
            self.job.reporter.note(&format!("QUIT went unanswered: {error}"));
        }
        Ok(matches!(answer, Ok(Ok(()))))
    }
}

/// Without unique-ids nothing can be fetched exactly once (C-058, C-059).
fn no_listing(client: &Client<Connection>, refusal: &Refusal) -> Error {
    if refusal.temporary || client.capabilities().has("UIDL") {
        Error::new(Kind::TryLater, format!("the server refuses UIDL now: {}", refusal.text))
    } else {
        Error::new(Kind::Unavailable, format!("the server has no unique-ids (UIDL): {}", refusal.text)).hint(
            "without unique-ids new messages cannot be told from old ones, so mailhaul cannot fetch from this server",
        )
    }
}
