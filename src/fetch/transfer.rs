//! The first thread of a transfer: sends RETR and DELE, reads the replies, stages the messages.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread;
use std::time::Duration;

use super::Job;
use super::life::{Listed, Published, StagedMessage};
use super::plan::Plan;
use super::publisher::{Done, Publisher};
use super::sessions::{Failed, Failure};
use crate::client::{Body, Client, Reply};
use crate::deliver::Stager;
use crate::effect::Effect;
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Transport};
use crate::state::{Key, Ledger, Mailbox, Trouble};

/// One session's transfer.
pub(super) struct Transfer<'a, 'j> {
    pub(super) job: &'a Job<'j>,
    pub(super) ledger: &'a mut Ledger,
    pub(super) mailbox: &'a Mailbox,
}

/// How a transfer ended.
pub(super) struct End {
    pub(super) client: Client<Connection>,
    /// Nothing, or what made the session unusable.
    pub(super) result: Result<(), Failure>,
    /// DELE was answered +OK.
    pub(super) deleted: Vec<Key>,
    pub(super) refused_deletes: u64,
    /// More than one command was outstanding at some time.
    pub(super) was_pipelining: bool,
    /// A stop left messages for the next run.
    pub(super) cut_short: bool,
    pub(super) failed: Vec<Failed>,
    /// With `--all`: what was published, as the ledger cannot tell what this run has brought.
    pub(super) brought: Vec<Key>,
    /// What the publishing thread has done.
    pub(super) done: Done,
}

impl Transfer<'_, '_> {
    pub(super) fn run(self, mut client: Client<Connection>, plan: Plan) -> End {
        let job = self.job;
        let mut pump = Pump::new(job, plan);
        let opened = job.target.open(&job.setting(self.mailbox));
        let (stager, mut destination) = match opened {
            Ok(opened) => opened,
            Err(error) => return pump.end(client, Err(Failure::Local(error)), Done::default()),
        };
        if job.policy.delete || !pump.delete.is_empty() {
            client.stream().give_grace(GRACE);
        }
        let total = pump.fetch.iter().fold(0, |sum: u64, listed| sum.saturating_add(listed.octets.unwrap_or(0)));
        job.reporter.begin(pump.fetch.len() as u64, total);
        let mut publisher = Publisher {
            destination: destination.as_mut(),
            ledger: self.ledger,
            mailbox: self.mailbox,
            limits: job.policy.batch,
            observer: job.observer.as_ref(),
            unsettled: None,
            done: Done::default(),
        };
        let (result, published) = thread::scope(|scope| {
            let (messages, staged) = mpsc::sync_channel(MAX_WAITING);
            let (tokens, published) = mpsc::channel();
            let publisher = &mut publisher;
            let thread = scope.spawn(move || publisher.run(&staged, &tokens));
            let result = pump.run(&mut client, stager, messages, &published);
            let panicked = |_| Err(Error::new(Kind::Bug, "the publishing thread panicked"));
            let thread = thread.join().unwrap_or_else(panicked);
            pump.take_published(&published);
            (result, thread)
        });
        let done = publisher.done;
        let published = published.and_then(|()| tidy_up(publisher));
        destination.take_warnings().iter().for_each(|warning| job.reporter.warn(warning));
        job.reporter.end();
        // What went wrong on this machine explains more than the session that it broke.
        let result = published.map_err(Failure::Local).and(result);
        pump.end(client, result, done)
    }
}

/// Removes what is staged and will never be needed.
fn tidy_up(publisher: Publisher<'_>) -> Result<()> {
    match publisher.ledger.staged(publisher.mailbox)?.is_empty() {
        true => publisher.destination.sweep(),
        false => Ok(()),
    }
}

/// The state of the first thread.
struct Pump<'a, 'j> {
    job: &'a Job<'j>,
    fetch: VecDeque<Listed>,
    /// Asked for, not answered yet.
    asked: VecDeque<Listed>,
    delete: VecDeque<Published>,
    deleting: VecDeque<Published>,
    /// How often the listing has a unique-id that it has more than once, and the rights to delete such copies that
    /// wait for the others.
    copies: HashMap<Vec<u8>, usize>,
    held: HashMap<Vec<u8>, Vec<Published>>,
    deleted: Vec<Key>,
    refused_deletes: u64,
    failed: Vec<Failed>,
    brought: Vec<Key>,
    was_pipelining: bool,
    cut_short: bool,
}

impl<'a, 'j> Pump<'a, 'j> {
    fn new(job: &'a Job<'j>, plan: Plan) -> Self {
        let mut pump = Self {
            job,
            fetch: plan.fetch.into(),
            asked: VecDeque::new(),
            delete: VecDeque::new(),
            deleting: VecDeque::new(),
            copies: plan.copies,
            held: HashMap::new(),
            deleted: Vec::new(),
            refused_deletes: 0,
            failed: Vec::new(),
            brought: Vec::new(),
            was_pipelining: false,
            cut_short: false,
        };
        plan.delete.into_iter().for_each(|token| pump.may_delete(token));
        pump
    }

    /// The message may be deleted: at once, or, if it has copies under the same unique-id, with the last of them.
    fn may_delete(&mut self, token: Published) {
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

    fn end(self, client: Client<Connection>, result: Result<(), Failure>, done: Done) -> End {
        let Self { deleted, refused_deletes, failed, brought, was_pipelining, cut_short, .. } = self;
        End { client, result, deleted, refused_deletes, was_pipelining, cut_short, failed, brought, done }
    }

    /// Runs until everything is fetched, published and deleted, or something ends it. Dropping `messages` tells the
    /// publisher that no more will come.
    fn run(
        &mut self,
        client: &mut Client<Connection>,
        mut stager: Box<dyn Stager>,
        messages: SyncSender<StagedMessage>,
        published: &Receiver<Published>,
    ) -> Result<(), Failure> {
        let mut messages = Some(messages);
        loop {
            let all_published = self.take_published(published);
            if self.job.is_stopped() {
                self.cut_short |= !self.fetch.is_empty();
                self.fetch.clear();
                if !self.job.policy.delete && self.delete.is_empty() && self.deleting.is_empty() {
                    return Err(Error::stopped().into());
                }
            }
            self.ask(client).map_err(|error| error.at(&self.job.account.source))?;
            if client.outstanding() > 0 {
                self.answer(client, stager.as_mut(), messages.as_ref())?;
            } else if self.fetch.is_empty() && self.delete.is_empty() {
                messages = None; // the last batch is closed now
                match all_published {
                    true => return Ok(()),
                    false => published.recv().into_iter().for_each(|token| self.published(token)),
                }
            }
        }
    }

    /// Takes what has been published since. `true` when nothing more will come.
    fn take_published(&mut self, published: &Receiver<Published>) -> bool {
        loop {
            match published.try_recv() {
                Ok(token) => self.published(token),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn published(&mut self, token: Published) {
        if self.job.policy.all {
            self.brought.push(token.key().clone());
        }
        if self.job.policy.delete {
            self.may_delete(token);
        }
    }

    /// Sends what there is room for: not one by one, but when there is room for several (C-364).
    fn ask(&mut self, client: &mut Client<Connection>) -> Result<()> {
        if client.outstanding() > REFILL_AT {
            return Ok(());
        }
        let mut deletes = 0;
        while let Some(token) = self.delete.front() {
            if !client.has_room(0) {
                break;
            }
            token.delete(client)?;
            deletes += 1;
            self.deleting.extend(self.delete.pop_front());
        }
        while let Some(listed) = self.fetch.front() {
            let expected = listed.octets.unwrap_or(0);
            if !client.has_room(expected) {
                break;
            }
            client.retr(listed.number, expected)?;
            self.asked.extend(self.fetch.pop_front());
        }
        self.was_pipelining |= client.outstanding() > 1;
        client.flush()?;
        (0..deletes).for_each(|_| self.job.observer.after(Effect::DeleSent));
        Ok(())
    }

    /// Takes the next reply.
    fn answer(
        &mut self,
        client: &mut Client<Connection>,
        stager: &mut dyn Stager,
        messages: Option<&SyncSender<StagedMessage>>,
    ) -> Result<(), Failure> {
        let server = &self.job.account.source;
        let bug = || Error::new(Kind::Bug, "a reply came to a command that was not sent");
        let awaits_message = client.awaits_message();
        let reply = match client.next_reply() {
            Ok(reply) => reply,
            Err(error) => {
                // One message may be what the server dies of: the others must not wait behind it.
                let listed = self.asked.pop_front().filter(|_| awaits_message && !self.job.is_stopped());
                let failed = |listed| Failed { listed, trouble: Trouble::Interrupted, text: no_answer(&error) };
                self.failed.extend(listed.map(failed));
                return Err(error.at(server).into());
            }
        };
        match reply {
            Reply::Retr(_, Ok(body)) => {
                let listed = self.asked.pop_front().ok_or_else(bug)?;
                let message = self.receive(client, body, listed, stager)?;
                let messages = messages.ok_or_else(bug)?;
                // When the publisher has ended, its error is the one that counts.
                messages.send(message).map_err(|_| Error::new(Kind::LocalIo, "publishing ended early"))?;
                self.job.reporter.message();
            }
            Reply::Retr(_, Err(refusal)) => {
                let listed = self.asked.pop_front().ok_or_else(bug)?;
                let text = format!("the server refuses it: {}", refusal.text);
                // What passes by itself is no reason to give a message up (C-088).
                let trouble = if refusal.temporary { Trouble::Interrupted } else { Trouble::Refused };
                self.failed.push(Failed { listed, trouble, text });
                if client.outstanding() > 0 {
                    // If this -ERR belonged to no command, what follows would be taken for the wrong messages: the
                    // others are asked for in another session.
                    let error = Error::new(Kind::TryLater, "the server refused a message among others");
                    return Err(Failure::Message(error.at(server)));
                }
            }
            Reply::Dele(_, answer) => {
                let token = self.deleting.pop_front().ok_or_else(bug)?;
                match answer {
                    Ok(()) => self.deleted.push(token.key().clone()),
                    Err(refusal) => {
                        self.refused_deletes += 1;
                        let uid = crate::escape::text(&token.key().uid);
                        let text = format!("message {} ({uid}) cannot be deleted: {}", token.number(), refusal.text);
                        self.job.reporter.warn(&text);
                    }
                }
            }
        }
        Ok(())
    }

    fn receive(
        &mut self,
        client: &mut Client<Connection>,
        body: Body,
        listed: Listed,
        stager: &mut dyn Stager,
    ) -> Result<StagedMessage, Failure> {
        let limit = limit_of(&listed, self.job.policy.max_size);
        let mut received: u64 = 0;
        let mut ours = None;
        let mut first = FirstOctets::default();
        let in_a_row = client.outstanding() > 0;
        stager.begin()?;
        let result = client.body(body, |octets| {
            received += octets.len() as u64;
            self.job.reporter.octets(octets.len() as u64);
            let result = match () {
                () if received > limit => Err(Broken::TooLong),
                () if in_a_row && first.look_like_a_reply(octets) => Err(Broken::OutOfStep),
                () if self.job.is_stopped() && !self.job.policy.delete => Err(Broken::Stopped),
                () => stager.write(octets).map_err(Broken::Local),
            };
            result.map_err(|broken| {
                ours = Some(broken);
                Error::new(Kind::TryLater, "given up")
            })
        });
        match (result, ours) {
            (Ok(()), _) => {
                let staged = stager.finish().inspect_err(|_| drop(stager.abandon()))?;
                Ok(StagedMessage::new(listed, staged))
            }
            (Err(error), ours) => {
                stager.abandon().ok(); // the next run removes it too
                Err(self.broken(listed, error, ours, limit))
            }
        }
    }

    /// A message whose end did not come: what does it mean for the session and for the next run?
    fn broken(&mut self, listed: Listed, error: Error, ours: Option<Broken>, limit: u64) -> Failure {
        match ours {
            Some(Broken::Local(error)) => error.into(),
            Some(Broken::OutOfStep) => {
                let text = "a message begins like a reply: the server's replies are out of step with the commands";
                Error::new(Kind::Protocol, text).at(&self.job.account.source).into()
            }
            Some(Broken::Stopped) => Error::stopped().into(),
            Some(Broken::TooLong) => {
                let text = format!("it does not end within {limit} octets; --max-size raises this limit");
                let error = Error::new(Kind::Protocol, format!("{}: {text}", super::sessions::name_of(&listed)));
                self.failed.push(Failed { listed, trouble: Trouble::Refused, text });
                Failure::Message(error.at(&self.job.account.source))
            }
            None => {
                if !self.job.is_stopped() {
                    let text = format!("its rest did not come: {error}");
                    self.failed.push(Failed { listed, trouble: Trouble::Interrupted, text });
                }
                error.at(&self.job.account.source).into()
            }
        }
    }
}

/// A server that says `+OK` once too often makes the next reply look like a message. No mail begins so; one that does
/// all the same is fetched when no other command is outstanding, where nothing can be mistaken.
#[derive(Default)]
struct FirstOctets(Vec<u8>);

impl FirstOctets {
    fn look_like_a_reply(&mut self, octets: &[u8]) -> bool {
        let missing = 5 - self.0.len();
        if missing == 0 {
            return false;
        }
        self.0.extend_from_slice(&octets[..missing.min(octets.len())]);
        self.0.starts_with(b"+OK ") || self.0.starts_with(b"+OK\r") || self.0.starts_with(b"-ERR ")
    }
}

fn no_answer(error: &Error) -> String {
    format!("it did not come: {error}")
}

/// Why this side ended a message.
enum Broken {
    TooLong,
    OutOfStep,
    Stopped,
    Local(Error),
}

/// Octets that a message may have: what the user says; else a good deal more than what LIST said.
fn limit_of(listed: &Listed, max_size: Option<u64>) -> u64 {
    match (max_size, listed.octets) {
        (Some(max), _) => max,
        (None, Some(octets)) => octets.saturating_mul(8).saturating_add(64 << 20),
        (None, None) => 4 << 30,
    }
}

/// Messages that wait for the publisher, at most.
const MAX_WAITING: usize = 512;

/// Outstanding commands up to which more are sent.
const REFILL_AT: usize = 128;

/// For the rest of a session in which deletes are due, after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);
