//! The first thread of a transfer: sends TOP, RETR, DELE and UIDL, reads the replies, stages the messages.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};

use super::Job;
use super::destination_set::{DestinationSet, Stopped};
use super::destinations::Destinations;
use super::failure::{FailedMessage, Failure};
use super::identify::{Told, Verdict};
use super::keep_alive::patiently;
use super::life::{ListedMessage, Published};
use super::plan::{Budget, Earlier, Plan};
use super::publisher::{ReplyGroup, Word};
use super::questions::{Questions, Tops};
use super::receive::{Receipt, no_answer};
use super::seen::Seen;
use super::tee::Tee;
use super::tie::{Tied, Ties};
use crate::client::{Answer, Body, Client, Refusal, Reply, UidLine};
use crate::effect::Effect;
use crate::error::{Cause, Error, Kind, Result};
use crate::net::Connection;
use crate::state::Trouble;

/// The state of the first thread.
pub(super) struct Pump<'a, 'j> {
    pub(super) job: &'a Job<'j>,
    ask: VecDeque<ListedMessage>,
    /// To be fetched and compared with what the ledger knows.
    compare: VecDeque<ListedMessage>,
    fetch: VecDeque<ListedMessage>,
    delete: VecDeque<Published>,
    /// Not answered yet, in the order in which they were sent.
    sent: VecDeque<Sent>,
    ties: Ties,
    /// To be sent at once.
    tie: Option<ListedMessage>,
    budget: Budget,
    questions: Questions,
    tops: Tops,
    /// Groups that the publisher has not looked at.
    unsorted: usize,
    /// How often the listing has a unique-id that it has more than once, and the rights to delete such copies that
    /// wait for the others.
    copies: HashMap<Vec<u8>, usize>,
    held: HashMap<Vec<u8>, Vec<Published>>,
    /// All destinations of the run, and those that have failed.
    all: DestinationSet,
    stopped: Stopped,
    pub(super) seen: Seen,
}

/// A command without a reply.
enum Sent {
    Top(ListedMessage),
    Retr(ListedMessage),
    Dele(Published),
    Uidl(ListedMessage),
}

impl<'a, 'j> Pump<'a, 'j> {
    pub(super) fn new(
        job: &'a Job<'j>,
        plan: Plan,
        earlier: &Earlier,
        in_a_row: bool,
        destinations: &Destinations<'_>,
    ) -> Self {
        let questions = if plan.has_questions() { Questions::Open } else { Questions::Over };
        let mut fetch = plan.fetch;
        // What is fetched so that the server removes it comes last.
        let compares = |listed: &mut ListedMessage| listed.row.is_some() && !listed.is_stuck();
        let compare: VecDeque<ListedMessage> = fetch.extract_if(.., compares).collect();
        let mut pump = Self {
            job,
            ask: plan.ask.into(),
            compare,
            fetch: fetch.into(),
            delete: VecDeque::new(),
            sent: VecDeque::new(),
            ties: Ties::new(in_a_row),
            tie: None,
            budget: Budget::new(job.policy, earlier),
            questions,
            tops: Tops::default(),
            unsorted: 0,
            copies: plan.copies,
            held: HashMap::new(),
            all: destinations.all(),
            stopped: destinations.stopped(),
            seen: Seen::default(),
        };
        plan.delete.into_iter().for_each(|token| pump.allow(token));
        pump
    }

    /// May a DELE come of this transfer?
    pub(super) fn may_delete(&self) -> bool {
        let mut known = self.ask.iter().chain(&self.compare);
        self.job.policy.delete || !self.delete.is_empty() || known.any(|listed| listed.delete)
    }

    pub(super) fn end(self) -> Seen {
        Seen { lacks_top: self.tops.are_lacking(), ..self.seen }
    }

    /// Runs until everything is asked, fetched, published and deleted, or something ends it. Dropping `groups` tells the
    /// publisher that no more will come.
    pub(super) fn run(
        &mut self,
        client: &mut Client<Connection>,
        stagers: &mut Tee,
        groups: SyncSender<ReplyGroup>,
        words: &Receiver<Word>,
    ) -> Result<(), Failure> {
        let mut groups = Some(groups);
        let result = self.talk(client, stagers, &mut groups, words);
        if let Err(Failure::Session(error) | Failure::Message(error)) = &result
            && matches!(error.cause(), Cause::ConnectionLost | Cause::Deadline | Cause::Stopped)
            && !client.can_pipeline()
        {
            let group = self.ties.before_the_break();
            self.pass_on(group, groups.as_ref()).ok(); // the error that counts is the first
        }
        result
    }

    fn talk(
        &mut self,
        client: &mut Client<Connection>,
        stagers: &mut Tee,
        groups: &mut Option<SyncSender<ReplyGroup>>,
        words: &Receiver<Word>,
    ) -> Result<(), Failure> {
        loop {
            let publisher_is_done = self.hear(words);
            if self.job.is_stopped() {
                self.seen.cut_short |= self.stop();
            } else if self.all.without(self.stopped.set()).is_empty() {
                self.stop(); // there is nowhere to put anything
            }
            self.send(client)?;
            if client.outstanding() > 0 {
                self.answer(client, stagers, groups.as_ref())?;
            } else if self.has_more_to_send() {
                continue;
            } else if let Some(group) = self.ties.unsent() {
                self.pass_on(group, groups.as_ref())?;
            } else if self.unsorted > 0 {
                self.wait(client, words, publisher_is_done)?;
            } else if self.questions == Questions::Open {
                self.questions = Questions::Told;
                self.pass_on(ReplyGroup { all_told: true, ..ReplyGroup::default() }, groups.as_ref())?;
            } else if self.questions == Questions::Told {
                self.questions = Questions::Over;
            } else {
                *groups = None; // the last batch is closed now
                if publisher_is_done {
                    return Ok(());
                }
                let word = patiently(client, words)?;
                word.into_iter().for_each(|word| self.take(word));
            }
        }
    }

    /// Nothing new is begun. What the server is sending has some time to come, so that QUIT can be said. Is something left
    /// for another run?
    fn stop(&mut self) -> bool {
        let is_cut = !self.fetch.is_empty() || !self.ask.is_empty() || !self.compare.is_empty();
        self.fetch.clear();
        self.compare.clear();
        self.ask.clear();
        is_cut
    }

    fn has_more_to_send(&self) -> bool {
        let may_fetch = self.questions == Questions::Over && !self.fetch.is_empty();
        let may_ask = !self.ask.is_empty() || !self.compare.is_empty();
        self.tie.is_some() || !self.delete.is_empty() || may_ask || may_fetch || self.ties.is_open()
    }

    fn wait(
        &mut self,
        client: &mut Client<Connection>,
        words: &Receiver<Word>,
        publisher_is_done: bool,
    ) -> Result<(), Failure> {
        match patiently(client, words)? {
            Some(word) => self.take(word),
            // Its error is the one that counts.
            None if publisher_is_done => return Err(ended_early().into()),
            None => {}
        }
        Ok(())
    }

    /// Takes what the publisher has said since. `true` when nothing more will come.
    pub(super) fn hear(&mut self, words: &Receiver<Word>) -> bool {
        loop {
            match words.try_recv() {
                Ok(word) => self.take(word),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn take(&mut self, word: Word) {
        match word {
            Word::Sorted => self.unsorted = self.unsorted.saturating_sub(1),
            Word::Verdict(Verdict::Delete(token)) => self.allow(token),
            Word::Verdict(Verdict::Ask(listed)) => {
                self.questions.go_on();
                self.ask.push_back(listed);
            }
            Word::Verdict(Verdict::Fetch(listed)) => {
                self.seen.found_new += u64::from(listed.row.is_none() && !listed.again);
                let queue = if listed.row.is_some() { &mut self.compare } else { &mut self.fetch };
                queue.push_back(listed);
            }
            Word::Published(token) => {
                if self.job.policy.all {
                    self.seen.brought.push(token.key().clone());
                }
                if self.job.policy.delete {
                    self.allow(token);
                }
            }
        }
    }

    /// The message may be deleted: at once, or, if it has copies under the same unique-id, with the last of them.
    fn allow(&mut self, token: Published) {
        let uid = &token.key().uid;
        let Some(&copies) = self.copies.get(uid) else {
            return self.delete.push_back(token);
        };
        let held = self.held.entry(uid.clone()).or_default();
        held.push(token);
        if held.len() == copies {
            self.delete.extend(held.drain(..));
        }
    }

    /// Sends what there is room for: not one by one, but when there is room for several (C-364).
    fn send(&mut self, client: &mut Client<Connection>) -> Result<()> {
        if client.outstanding() > REFILL_AT || self.is_alone() {
            return Ok(());
        }
        let mut deletes = 0;
        while self.send_one(client, &mut deletes)? {}
        self.seen.was_pipelining |= client.outstanding() > 1;
        client.flush()?;
        (0..deletes).for_each(|_| self.job.observer.after(Effect::DeleSent));
        Ok(())
    }

    /// Is a message being fetched with which nothing else may be outstanding?
    fn is_alone(&self) -> bool {
        self.sent.iter().any(|sent| matches!(sent, Sent::Retr(listed) if listed.again))
    }

    /// `false` when there is no room, or nothing to send.
    fn send_one(&mut self, client: &mut Client<Connection>, deletes: &mut u32) -> Result<bool> {
        if self.is_alone() || !client.has_room(0) {
            return Ok(false);
        }
        if self.tie.is_none() {
            let nothing_else = self.delete.is_empty() && self.ask.is_empty() && self.next_to_fetch().is_none();
            self.tie = self.ties.due(nothing_else);
        }
        if let Some(listed) = self.tie.take() {
            client.uidl_of(listed.number)?;
            self.sent.push_back(Sent::Uidl(listed));
        } else if let Some(token) = self.delete.pop_front() {
            token.delete(client)?;
            *deletes += 1;
            self.sent.push_back(Sent::Dele(token));
        } else if let Some(listed) = self.ask.pop_front() {
            self.send_top(client, listed)?;
        } else {
            return self.send_retr(client);
        }
        Ok(true)
    }

    fn send_top(&mut self, client: &mut Client<Connection>, listed: ListedMessage) -> Result<()> {
        if self.tops.are_lacking() {
            // The whole message tells as well.
            self.ties.told(listed, Told::Refused);
            return Ok(());
        }
        client.top(listed.number, 0, USUAL_HEADER)?;
        self.ties.asked(&listed, USUAL_HEADER);
        self.sent.push_back(Sent::Top(listed));
        Ok(())
    }

    fn next_to_fetch(&self) -> Option<&ListedMessage> {
        self.compare.front().or_else(|| self.fetch.front().filter(|_| self.questions == Questions::Over))
    }

    fn send_retr(&mut self, client: &mut Client<Connection>) -> Result<bool> {
        let Some(next) = self.next_to_fetch() else { return Ok(false) };
        let expected = next.octets.unwrap_or(0);
        if !client.has_room(expected) || (next.again && client.outstanding() > 0) {
            return Ok(false);
        }
        let Some(listed) = self.compare.pop_front().or_else(|| self.fetch.pop_front()) else { return Ok(false) };
        if listed.is_counted() && !self.budget.takes(listed.octets) {
            self.seen.limited = true;
            return Ok(true); // left for another run
        }
        client.retr(listed.number, expected)?;
        self.ties.asked(&listed, expected);
        self.sent.push_back(Sent::Retr(listed));
        Ok(true)
    }

    /// Takes the next reply.
    fn answer(
        &mut self,
        client: &mut Client<Connection>,
        stagers: &mut Tee,
        groups: Option<&SyncSender<ReplyGroup>>,
    ) -> Result<(), Failure> {
        let reply = match client.next_reply() {
            Ok(reply) => reply,
            Err(error) => {
                // One message may be what the server dies of: the others must not wait behind it.
                if let Some(Sent::Retr(listed)) = self.sent.pop_front()
                    && !self.job.is_stopped()
                {
                    let text = no_answer(&error);
                    self.seen.failed.push(FailedMessage { listed, trouble: Trouble::Interrupted, text, bound: None });
                }
                return Err(error.into());
            }
        };
        match (reply, self.sent.pop_front()) {
            (Reply::Retr(_, Ok(body)), Some(Sent::Retr(listed))) => self.message(client, body, listed, stagers)?,
            (Reply::Retr(_, Err(refusal)), Some(Sent::Retr(listed))) => self.refused(listed, &refusal),
            (Reply::Retr(_, Ok(body)), Some(Sent::Top(listed))) => {
                let told = Receipt::new(self.job, &listed, client.outstanding() > 0).header(client, body)?;
                self.tops.answered += 1;
                self.ties.told(listed, told);
            }
            (Reply::Retr(_, Err(_)), Some(Sent::Top(listed))) => {
                self.tops.refused += 1;
                self.ties.told(listed, Told::Refused);
            }
            (Reply::Dele(_, answer), Some(Sent::Dele(token))) => self.deleted(&token, answer),
            (Reply::Uidl(_, answer), Some(Sent::Uidl(listed))) => {
                let is_alone = !client.can_pipeline();
                self.tied(&listed, &answer, is_alone, groups)?;
            }
            _ => return Err(Error::new(Kind::Bug, "a reply came to a command that was not sent").into()),
        }
        Ok(())
    }

    fn message(
        &mut self,
        client: &mut Client<Connection>,
        body: Body,
        listed: ListedMessage,
        stagers: &mut Tee,
    ) -> Result<(), Failure> {
        let in_a_row = client.outstanding() > 0;
        let (is_counted, announced) = (listed.is_counted(), listed.octets);
        let wanted = listed.wanted_by(self.all);
        let stuck = listed.is_stuck().then(|| listed.key.clone());
        let allowed = if is_counted { self.budget.allows(announced) } else { u64::MAX };
        match Receipt::new(self.job, &listed, in_a_row).within(allowed).message(client, body, wanted, stagers) {
            Ok(whole) => {
                if is_counted {
                    self.budget.came(announced, whole.received);
                }
                self.seen.came(stuck, whole.received);
                self.ties.came(whole);
                self.job.reporter.message();
                Ok(())
            }
            Err(broken) => {
                let (failed, failure) = broken.explain(listed, self.job);
                self.seen.failed.extend(failed);
                Err(failure)
            }
        }
    }

    fn refused(&mut self, listed: ListedMessage, refusal: &Refusal) {
        let text = format!("the server refuses it: {}", refusal.text);
        // What passes by itself is no reason to give a message up (C-088).
        let trouble = if refusal.temporary { Trouble::Interrupted } else { Trouble::Refused };
        self.ties.refused(FailedMessage { listed, trouble, text, bound: None });
    }

    fn deleted(&mut self, token: &Published, answer: Answer<()>) {
        match answer {
            Ok(()) => self.seen.deleted.push(token.key().clone()),
            Err(refusal) => self.seen.kept.push((token.clone(), refusal)),
        }
    }

    fn tied(
        &mut self,
        listed: &ListedMessage,
        answer: &Answer<UidLine>,
        is_alone: bool,
        groups: Option<&SyncSender<ReplyGroup>>,
    ) -> Result<(), Failure> {
        match self.ties.answered(listed, answer, is_alone) {
            Tied::Yes(group, failed) => {
                self.seen.failed.extend(failed);
                self.pass_on(group, groups)
            }
            Tied::AskFor(came) => {
                self.tie = Some(came);
                Ok(())
            }
            Tied::No => {
                let text = "the server's replies are out of step with the commands: what came last is not used";
                Err(Error::nonsense(text).into())
            }
        }
    }

    fn pass_on(&mut self, group: ReplyGroup, groups: Option<&SyncSender<ReplyGroup>>) -> Result<(), Failure> {
        let groups = groups.ok_or_else(|| Error::new(Kind::Bug, "a message came after the last one"))?;
        groups.send(group).map_err(|_| ended_early())?;
        self.unsorted += 1;
        Ok(())
    }
}

/// When the publisher has ended, its error is the one that counts.
fn ended_early() -> Error {
    Error::new(Kind::LocalIo, "publishing ended early")
}

/// Outstanding commands up to which more are sent.
const REFILL_AT: usize = 128;

/// About how many octets a header has.
const USUAL_HEADER: u64 = 4 * 1024;
