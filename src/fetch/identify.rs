//! Which message is it? A unique-id is what the server calls a message; the fingerprint tells whether it is one that was
//! delivered before, whatever it was called then. The publishing thread asks, before anything is published or deleted.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::Policy;
use super::destinations::OpenDestinations;
use super::life::{ListedMessage, Published, Row, StagedMessage};
use super::plan::Plan;
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::proto::MessageNumber;
use crate::state::{Key, Ledger, Mailbox, Rebound, Settled, Wanted};

/// What TOP told of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Its fingerprint.
    Print(Fingerprint),
    /// A header that is not enough for one.
    NotEnough,
    /// The server refused.
    Refused,
}

/// What is to be done next with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was delivered before: it may be deleted.
    Delete(Published),
    /// It must be fetched.
    Fetch(ListedMessage),
    /// It must be asked for by TOP.
    Ask(ListedMessage),
}

/// What of a group of messages is left to be published, and what is to be done with the others.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) publish: Vec<StagedMessage>,
    pub(super) verdicts: Vec<Verdict>,
    /// Found to be on the server although it confirmed their deletion more than once.
    pub(super) kept_by_server: u64,
    /// Known by another unique-id.
    pub(super) rebound: u64,
}

/// What TOP has told of new messages, where they seem to be renumbered.
#[derive(Default)]
struct Sample {
    /// Those that have gone would be recognised, most of them.
    tells: bool,
    /// It told a fingerprint.
    told: u32,
    /// The header was not enough for one.
    untold: u32,
    /// They are known.
    known: u32,
    /// What is to be done with these depends on it.
    rest: Vec<ListedMessage>,
}

impl Sample {
    /// Nothing that TOP could tell of is known: other messages are listed than before, as by a server that shows another
    /// part of the mailbox in each session. Where only whole messages could tell, of those that have gone or of those that are
    /// new, that TOP knows none shows nothing.
    fn shows_others(&self) -> bool {
        self.tells && self.known == 0 && self.told >= ENOUGH && self.told >= self.untold
    }
}

/// Tells messages apart, for one session.
pub(super) struct Identifier<'a> {
    policy: &'a Policy,
    pub(super) mailbox: &'a Mailbox,
    /// Messages of earlier listings are missing: a new one may be one of those.
    may_match: bool,
    /// Many were given other unique-ids: identical messages are taken for those that have gone.
    is_renumbered: bool,
    /// That was found: by an earlier run, or in this one.
    is_certain: Cell<bool>,
    sample: Sample,
    uids_are_numbers: bool,
    /// Of which TOP showed another message, or none that is known: to be looked for when all questions are answered, as
    /// they may be each other's.
    unknown: Vec<(ListedMessage, Told)>,
    /// Came whole, and are others than those that had their unique-ids: they wait with those.
    held: Vec<StagedMessage>,
    /// Came in a group in which one message came twice: whose they are is asked by TOP.
    doubted: HashMap<MessageNumber, StagedMessage>,
    /// Questions are open.
    is_asking: bool,
    /// Of the messages that are asked for: what the ledger has of those that have not been found to be the same or
    /// another one. What is left of it in the end may be what a new message is.
    open: HashMap<Key, Fingerprint>,
    /// Several commands are outstanding at a time.
    in_a_row: bool,
}

impl<'a> Identifier<'a> {
    /// `plan` has the questions; what depends on the answers is taken out of it.
    pub(super) fn new(policy: &'a Policy, mailbox: &'a Mailbox, plan: &mut Plan, in_a_row: bool) -> Self {
        Self {
            policy,
            mailbox,
            may_match: plan.may_match,
            is_renumbered: plan.is_renumbered,
            is_certain: Cell::new(plan.was_renumbered),
            sample: Sample { tells: plan.sample_tells, rest: std::mem::take(&mut plan.unsampled), ..Sample::default() },
            uids_are_numbers: plan.uids_are_numbers,
            unknown: Vec::new(),
            held: Vec::new(),
            doubted: HashMap::new(),
            is_asking: plan.has_questions(),
            open: plan.open.iter().cloned().collect(),
            in_a_row,
        }
    }

    /// Are known messages fetched once more?
    pub(super) fn fetches_again(&self) -> bool {
        self.policy.all
    }

    /// Takes what TOP told. What is known is settled at once, so that an interrupted renumbering goes on where it was.
    pub(super) fn told(
        &mut self,
        mut answers: Vec<(ListedMessage, Told)>,
        ledger: &mut Ledger,
        destinations: &mut OpenDestinations<'_>,
    ) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        let of_doubted: Vec<_> =
            answers.extract_if(.., |(listed, _)| self.doubted.contains_key(&listed.number)).collect();
        self.told_of_doubted(of_doubted, ledger, destinations, &mut sorted)?;
        let (known, new): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(listed, _)| listed.row.is_some());
        let mut same = Vec::new();
        let mut prints = Vec::new();
        for (listed, told) in known {
            let Some(row) = listed.row.as_deref().copied() else { continue };
            match (row.print, told) {
                // By its size it is the same; the next run knows it by more.
                (None, told) => {
                    match told {
                        Told::Print(print) => prints.push((listed.key.clone(), Some(print))),
                        Told::NotEnough => prints.push((listed.key.clone(), None)),
                        Told::Refused => {}
                    }
                    sorted.verdicts.extend(Published::by_size(&listed).filter(|_| listed.delete).map(Verdict::Delete));
                    same.extend(row.is_back.then(|| (listed.key.clone(), listed.octets)));
                }
                (Some(print), Told::Print(told)) if print == told => self.same(&listed, row, &mut same, &mut sorted),
                // The whole message can still tell.
                (Some(_), Told::Refused) => sorted.verdicts.push(Verdict::Fetch(listed)),
                (Some(_), told) => self.unknown.push((listed, told)),
            }
        }
        ledger.note_fingerprints(self.mailbox, &prints)?;
        ledger.still_there(self.mailbox, &same)?;
        let count = |is: fn(&Told) -> bool| new.iter().filter(|(_, told)| is(told)).count() as u32;
        self.sample.told += count(|told| matches!(told, Told::Print(_)));
        self.sample.untold += count(|told| matches!(told, Told::NotEnough));
        let unknown = self.rebind(new, ledger, destinations, &mut sorted)?;
        self.sample.known += sorted.rebound as u32;
        self.unknown.extend(unknown);
        Ok(sorted)
    }

    /// All questions are answered: what is unknown by now is looked for among those whose unique-ids were given to others.
    pub(super) fn all_told(&mut self, ledger: &mut Ledger, destinations: &mut OpenDestinations<'_>) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        let rest = std::mem::take(&mut self.sample.rest);
        if self.sample.shows_others() {
            self.is_renumbered &= self.is_certain.get();
            sorted.verdicts.extend(rest.into_iter().map(Verdict::Fetch));
        } else if !rest.is_empty() {
            sorted.verdicts.extend(rest.into_iter().map(Verdict::Ask));
            return Ok(sorted); // what is unknown by now may be known by those
        }
        self.is_asking = false;
        let unknown = std::mem::take(&mut self.unknown);
        let held = std::mem::take(&mut self.held);
        let told = unknown.iter().filter(|(listed, _)| listed.row.is_some()).map(|(listed, _)| listed.key.clone());
        let displaced: Vec<Key> = told.chain(held.iter().map(|message| message.listed.key.clone())).collect();
        if self.uids_are_numbers && !self.policy.delete && !displaced.is_empty() {
            ledger.note_uids_are_numbers(self.mailbox, true)?;
            return Err(uids_are_numbers());
        }
        self.displace(&displaced, ledger)?;
        let is_new = |(listed, told)| (ListedMessage { row: None, delete: self.policy.delete, ..listed }, told);
        let left = self.rebind(unknown.into_iter().map(is_new).collect(), ledger, destinations, &mut sorted)?;
        sorted.verdicts.extend(left.into_iter().map(|(listed, _)| Verdict::Fetch(listed)));
        let mut new = Vec::with_capacity(held.len());
        for message in held {
            new.extend(self.as_new(message, destinations, &mut sorted)?);
        }
        self.known_otherwise(new, ledger, destinations, &mut sorted)?;
        Ok(sorted)
    }

    /// Takes messages that have come whole.
    pub(super) fn came(
        &mut self,
        messages: Vec<StagedMessage>,
        ledger: &mut Ledger,
        destinations: &mut OpenDestinations<'_>,
    ) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        if self.has_twins(&messages) {
            self.doubt(messages, &mut sorted);
            return Ok(sorted);
        }
        self.sure(messages, ledger, destinations, &mut sorted)?;
        Ok(sorted)
    }

    /// Takes messages of which it is certain under which unique-ids the server has them.
    fn sure(
        &mut self,
        messages: Vec<StagedMessage>,
        ledger: &mut Ledger,
        destinations: &mut OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<()> {
        let mut same = Vec::new();
        let mut others = Vec::new();
        let mut displaced = Vec::new();
        for message in messages {
            match message.listed.row.as_deref().copied() {
                // It is fetched for those destinations that do not have it.
                Some(row) if row.print == Some(message.print) && row.settled == Settled::Waiting => {
                    self.open.remove(&message.listed.key);
                    sorted.publish.push(message);
                }
                Some(row) if row.print == Some(message.print) => {
                    let listed = message.discard(destinations)?;
                    self.same(&listed, row, &mut same, sorted);
                }
                Some(_) if self.is_asking => self.held.push(message),
                Some(_) => {
                    displaced.push(message.listed.key.clone());
                    others.extend(self.as_new(message, destinations, sorted)?);
                }
                None => others.push(message),
            }
        }
        ledger.still_there(self.mailbox, &same)?;
        self.displace(&displaced, ledger)?;
        self.known_otherwise(others, ledger, destinations, sorted)
    }

    /// Two messages of one group that are the same may be one whose reply came twice; if another reply did not come, the
    /// UIDL behind them is right all the same, and all between them are in the wrong places.
    fn has_twins(&self, messages: &[StagedMessage]) -> bool {
        let mut prints = HashSet::new();
        self.in_a_row && messages.iter().any(|message| !prints.insert(message.print) && !message.listed.again)
    }

    /// TOP tells whether each message of such a group is under the right unique-id.
    fn doubt(&mut self, messages: Vec<StagedMessage>, sorted: &mut Sorted) {
        for message in messages {
            sorted.verdicts.push(Verdict::Ask(message.listed.clone()));
            self.doubted.insert(message.listed.number, message);
        }
    }

    /// What TOP confirms is where it should be; anything else is fetched once more, alone.
    fn told_of_doubted(
        &mut self,
        answers: Vec<(ListedMessage, Told)>,
        ledger: &mut Ledger,
        destinations: &mut OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<()> {
        let mut sure = Vec::new();
        for (listed, told) in answers {
            let Some(message) = self.doubted.remove(&listed.number) else { continue };
            if told == Told::Print(message.print) {
                sure.push(message);
            } else {
                let listed = ListedMessage { again: true, ..message.discard(destinations)? };
                sorted.verdicts.push(Verdict::Fetch(listed));
            }
        }
        self.sure(sure, ledger, destinations, sorted)
    }

    /// Drops those that the ledger knows by another unique-id; the rest is to be published.
    fn known_otherwise(
        &self,
        messages: Vec<StagedMessage>,
        ledger: &mut Ledger,
        destinations: &mut OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<()> {
        let is_sought = |message: &StagedMessage| self.is_sought(message.print);
        let wanted: Vec<Wanted> = messages
            .iter()
            .filter(|message| is_sought(message))
            .map(|message| wanted(&message.listed, Some(message.received), message.print))
            .collect();
        let mut found = self.find(&wanted, ledger)?.into_iter();
        let unanswered: HashSet<Fingerprint> = self.open.values().copied().collect();
        for message in messages {
            let known = if is_sought(&message) { found.next().flatten() } else { None };
            match known {
                // It may be the one of which the server did not tell: another run will know more.
                None if !self.policy.all && unanswered.contains(&message.print) => drop(message.discard(destinations)?),
                None => sorted.publish.push(message),
                Some(found) => {
                    let print = message.print;
                    let listed = message.discard(destinations)?;
                    self.rebound(&listed, Row::rebound(&found, print), ledger, destinations, sorted)?;
                }
            }
        }
        Ok(())
    }

    /// Binds those that the ledger knows by another unique-id to the new one; returns the others.
    fn rebind(
        &self,
        told: Vec<(ListedMessage, Told)>,
        ledger: &mut Ledger,
        destinations: &OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<Vec<(ListedMessage, Told)>> {
        let sought = |told: &Told| match told {
            Told::Print(print) if self.is_sought(*print) => Some(*print),
            _ => None,
        };
        let wanted: Vec<Wanted> =
            told.iter().filter_map(|(listed, told)| sought(told).map(|print| wanted(listed, None, print))).collect();
        let mut found = self.find(&wanted, ledger)?.into_iter();
        let mut left = Vec::new();
        for (listed, told) in told {
            let known = sought(&told).and_then(|print| Some((print, found.next().flatten()?)));
            match known {
                None => left.push((listed, told)),
                Some((print, found)) => {
                    self.rebound(&listed, Row::rebound(&found, print), ledger, destinations, sorted)?;
                }
            }
        }
        Ok(left)
    }

    /// Looks for messages among those that have gone. A renumbering of which the first ones are found may be interrupted: the
    /// next run is to know of it.
    fn find(&self, wanted: &[Wanted], ledger: &mut Ledger) -> Result<Vec<Option<Rebound>>> {
        let found = ledger.rebind(self.mailbox, wanted)?;
        if self.is_renumbered && !self.is_certain.get() && found.iter().any(Option::is_some) {
            ledger.note_asks_first(self.mailbox, true)?;
            self.is_certain.set(true);
        }
        Ok(found)
    }

    /// Were messages found under new unique-ids where many seem to have some?
    pub(super) fn is_certainly_renumbered(&self) -> bool {
        self.is_certain.get()
    }

    /// It is another message than the one that had its unique-id. What was fetched for some destinations only is fetched
    /// again, for all.
    fn as_new(
        &self,
        mut message: StagedMessage,
        destinations: &mut OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<Option<StagedMessage>> {
        let is_for_all = message.listed.wanted_by(destinations.all()) == destinations.all();
        message.listed.row = None;
        message.listed.delete = self.policy.delete;
        if is_for_all {
            return Ok(Some(message));
        }
        let listed = message.discard(destinations)?;
        sorted.verdicts.push(Verdict::Fetch(listed));
        Ok(None)
    }

    fn is_sought(&self, print: Fingerprint) -> bool {
        self.may_match && !self.policy.all && (self.is_renumbered || !print.is_whole())
    }

    /// What was delivered into places that this run does not use is deleted by another run, whose plan looks whether they are
    /// there.
    fn rebound(
        &self,
        listed: &ListedMessage,
        row: Row,
        ledger: &Ledger,
        destinations: &OpenDestinations<'_>,
        sorted: &mut Sorted,
    ) -> Result<()> {
        sorted.rebound += 1;
        let token = row.print.and_then(|print| Published::proven(listed, &row, print));
        if let Some(token) = token.filter(|_| self.policy.delete)
            && destinations.have_all_of(&ledger.deliveries(self.mailbox, &listed.key)?, ledger)?
        {
            sorted.verdicts.push(Verdict::Delete(token));
        }
        Ok(())
    }

    fn same(&mut self, listed: &ListedMessage, row: Row, same: &mut Vec<(Key, Option<u64>)>, sorted: &mut Sorted) {
        self.open.remove(&listed.key);
        let is_as_noted = matches!(row.settled, Settled::Published | Settled::Seen) && row.octets == listed.octets;
        if row.is_back || !is_as_noted {
            same.push((listed.key.clone(), listed.octets));
        }
        if row.shows_that_server_keeps_it() {
            sorted.kept_by_server += 1;
            return;
        }
        let token = row.print.and_then(|print| Published::proven(listed, &row, print));
        sorted.verdicts.extend(token.filter(|_| listed.delete).map(Verdict::Delete));
    }

    /// Their unique-ids name other messages now; they themselves may turn up under others.
    fn displace(&mut self, keys: &[Key], ledger: &mut Ledger) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        self.may_match = true;
        for key in keys {
            self.open.remove(key);
        }
        ledger.displace(self.mailbox, keys)
    }
}

fn wanted(listed: &ListedMessage, received: Option<u64>, print: Fingerprint) -> Wanted {
    Wanted { key: listed.key.clone(), octets: listed.octets, received, fingerprint: print }
}

/// The error for a server whose unique-ids are no more than the message numbers.
pub(super) fn uids_are_numbers() -> Error {
    let text = "the server's unique-ids are only the message numbers: they name other messages when one has gone";
    Error::new(Kind::Unavailable, text).hint(
        "nothing can be kept on such a server without losing or doubling mail; with --delete each message is fetched and \
         deleted in one session",
    )
}

/// Messages that are enough for a sample.
const ENOUGH: u32 = 4;
