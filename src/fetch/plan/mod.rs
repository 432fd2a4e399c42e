//! What to do: listing x ledger x policy -> actions. Pure: no I/O, no clock.
//!
//! The listing is sorted by unique-id and the ledger's rows come in the same order, so both are merged as they
//! come, without a table of a million names. A unique-id proves little: what is to be deleted, what had gone or was
//! deleted and is listed again, and copies under one unique-id are asked for by TOP, or fetched and compared.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;
use std::time::Duration;

use self::census::Census;
pub use self::forecast::Forecast;
pub use self::limit::{Budget, Earlier, RAISED, TOO_LARGE};
pub use self::resized::Resized;
use self::stuck::Stuck;
use super::Policy;
use super::destination_set::DestinationSet;
use super::life::{ListedMessage, Published, Row};
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::proto::{self, InOrder, Listing, MessageNumber, Sizes};
use crate::state::{Key, Known, ListingChanges, Settled, Troubled};

mod census;
mod forecast;
mod limit;
mod resized;
mod stuck;

/// Merges a listing with the ledger's rows.
pub struct Planner<'a> {
    listed: Peekable<InOrder<'a>>,
    policy: &'a Policy,
    /// With `--all`: what this run has fetched already.
    brought: &'a HashSet<Key>,
    plan: Plan,
    census: Census,
    /// Known messages under unique-ids that the listing has more than once.
    copies: Vec<ListedMessage>,
    /// The known message with the highest number, where all unique-ids are the message numbers.
    last: Option<ListedMessage>,
    stuck: Stuck,
    only_counts: bool,
    /// Messages that a destination does not have yet.
    waiting: HashMap<Key, Unfinished>,
}

/// What a message lacks that some destination does not have yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Destinations of this run, which work, and for which it is to be fetched.
    pub lacking: DestinationSet,
    /// Those of this run for which it waits, or which do not work.
    pub waits_for: DestinationSet,
    /// It waits for destinations that this run does not have.
    pub has_foreign: bool,
    /// Nobody knows whether one of those has it.
    pub is_in_doubt: bool,
    /// A destination has it.
    pub is_delivered: bool,
}

/// The result of a merge.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To fetch: new ones; and those with a row, which only the whole message can tell from another one.
    pub fetch: Vec<ListedMessage>,
    /// New ones of which only the numbers were kept.
    pub counted: Vec<MessageNumber>,
    /// To ask for by TOP. Without a row: is it one that the ledger knows by another unique-id? With one: is it still that
    /// message?
    pub ask: Vec<ListedMessage>,
    /// New ones that are asked for as well if a sample of them in `ask` shows messages that are known; else they are fetched.
    pub unsampled: Vec<ListedMessage>,
    /// To delete, as far as an older ledger knows.
    pub delete: Vec<Published>,
    /// To write into the ledger.
    pub changes: ListingChanges,
    /// Known messages that may be others under an old unique-id.
    doubtful: Vec<ListedMessage>,
    /// Known messages whose fingerprint the ledger lacks.
    unasked: Vec<ListedMessage>,
    /// Known messages that are fetched once more, so that the server removes them.
    stuck: Vec<ListedMessage>,
    /// Left out because of their size, for the first time.
    pub too_large: Vec<ListedMessage>,
    /// Left out because of their size or earlier trouble.
    pub skipped: u64,
    /// The listing has no gap: what it lacks is not there.
    complete: bool,
    /// How often the listing has a unique-id, for those that it has more than once. Such copies are deleted together or
    /// not at all.
    pub copies: HashMap<Vec<u8>, usize>,
    /// Messages that broke a session before were left out, because there is other work: they want a session of their
    /// own.
    pub postponed: bool,
    /// A good share of the known messages has gone and as many new ones came: these may be those.
    pub is_renumbered: bool,
    /// An earlier run has found that.
    pub was_renumbered: bool,
    /// If TOP knows none of a sample of the new ones, they are others than those that have gone.
    pub sample_tells: bool,
    /// Messages that we did not delete are missing.
    pub has_gone: bool,
    /// Messages are missing, deleted or not, which may be listed under another unique-id.
    pub may_match: bool,
    /// Messages that every destination of the run has, and that waited for others, too.
    pub given_up_for_others: u64,
    /// Every unique-id is the number of its message.
    pub uids_are_numbers: bool,
    /// What the ledger has of the messages that are in question, in this session or left for another one.
    pub open: Vec<(Key, Fingerprint)>,
}

/// What the planner must know beside listing, rows and policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances {
    /// The server removes by itself what was fetched, so that unknown unique-ids mean nothing.
    pub expires: bool,
    /// An earlier run found the messages renumbered, and may not have come to the end of it.
    pub was_renumbered: bool,
}

impl<'a> Planner<'a> {
    /// Begins a merge.
    pub fn new(listing: &'a Listing, policy: &'a Policy, brought: &'a HashSet<Key>) -> Self {
        let is_number = |listed: proto::ListedUid<'_>| listed.uid == listed.number.to_string().as_bytes();
        let uids_are_numbers = !listing.is_empty() && listing.iter().all(is_number);
        Self {
            listed: listing.iter().peekable(),
            policy,
            brought,
            plan: Plan { copies: listing.copies(), uids_are_numbers, ..Plan::default() },
            census: Census::of(listing.len()),
            copies: Vec::new(),
            last: None,
            stuck: Stuck::default(),
            only_counts: false,
            waiting: HashMap::new(),
        }
    }

    /// With what is known of messages that a destination does not have yet.
    pub fn with_waiting(self, waiting: HashMap<Key, Unfinished>) -> Self {
        Self { waiting, ..self }
    }

    /// The same for whoever downloads nothing: of what is to be fetched, only the numbers are kept. Copies under one
    /// unique-id are few, and needed.
    pub fn only_counting(self, only_counts: bool) -> Self {
        Self { only_counts, ..self }
    }

    /// Takes the next row of the ledger, in the order of keys.
    pub fn known(&mut self, known: &Known<'_>) {
        let key = (known.uid, known.occurrence);
        while let Some(new) = self.listed.next_if(|listed| (listed.uid, listed.occurrence) < key) {
            self.plan.add_new(&new, self.policy, self.only_counts);
        }
        match self.listed.next_if(|listed| (listed.uid, listed.occurrence) == key) {
            Some(listed) => self.listed_again(listed.number, known),
            None => self.missing(known),
        }
    }

    /// Ends the merge. `complete` says that the listing has no gap.
    ///
    /// # Errors
    ///
    /// The server has given all messages new unique-ids, and the ledger has nothing else to know them by.
    pub fn finish(mut self, complete: bool, circumstances: Circumstances) -> Result<Plan> {
        for listed in self.listed {
            self.plan.add_new(&listed, self.policy, self.only_counts);
        }
        self.census.new = self.plan.new_messages() as usize;
        if !circumstances.expires && !self.policy.all {
            self.census.refuse_unknowable()?;
        }
        let plan = &mut self.plan;
        // Where the server removes what was fetched, messages have gone all the time and others come in their place.
        let is_renumbered = self.census.is_renumbered() && !circumstances.expires;
        plan.is_renumbered = is_renumbered || circumstances.was_renumbered;
        plan.was_renumbered = circumstances.was_renumbered;
        plan.sample_tells = self.census.is_tellable();
        plan.has_gone = self.census.has_gone();
        plan.may_match |= !plan.changes.vanished.is_empty();
        if !self.policy.all && !self.policy.dry_run {
            plan.stuck = self.stuck.finish(&self.census, circumstances.expires);
        }
        plan.complete = complete;
        if !complete {
            plan.changes.forgotten.clear();
        }
        if !self.copies.is_empty() {
            let changed: HashSet<&[u8]> =
                plan.fetch.iter().chain(&plan.doubtful).map(|listed| listed.key.uid.as_slice()).collect();
            let asked: Vec<ListedMessage> =
                self.copies.into_iter().filter(|copy| changed.contains(copy.key.uid.as_slice())).collect();
            plan.doubtful.extend(asked);
        }
        // Numbers move up when a message goes: the last one tells. Nothing is asked where everything is anyway.
        let last = self.last.filter(|_| plan.uids_are_numbers && !self.policy.delete);
        plan.doubtful.extend(last);
        Ok(self.plan)
    }

    fn listed_again(&mut self, number: MessageNumber, known: &Known<'_>) {
        self.census.recognised += 1;
        let (key, row, octets) = (key_of(known), Row::of(known), known.octets);
        if self.policy.all && !self.brought.contains(&key) {
            let listed = proto::ListedUid { number, uid: known.uid, occurrence: known.occurrence };
            return self.plan.add_new(&listed, self.policy, self.only_counts);
        }
        let is_back = known.vanished_for.is_some();
        if known.settled == Settled::Presumed {
            // Nobody knows whether it was delivered: the user decides.
            return self.plan.changes.returned.extend(is_back.then_some(key));
        }
        if known.settled == Settled::Waiting {
            return self.unfinished(number, known);
        }
        let was_delivered = known.settled != Settled::Seen;
        let delete = was_delivered && !row.is_kept_by_server() && self.policy.deletes_after(known.settled_for);
        let listed = ListedMessage { number, key, octets, row: Some(Box::new(row)), delete, again: false };
        let is_certain = !is_back && matches!(known.settled, Settled::Published | Settled::Seen);
        // Where unique-ids are numbers, and messages go, each may be another one.
        let may_move = self.plan.uids_are_numbers && self.policy.delete;
        if is_certain && !delete && !may_move { self.certain(listed, known) } else { self.plan.doubtful.push(listed) }
    }

    /// A message that a destination does not have yet: one of this run is given it; what waited for others only is complete, or
    /// new.
    fn unfinished(&mut self, number: MessageNumber, known: &Known<'_>) {
        let key = key_of(known);
        let of = self.waiting.get(&key).copied().unwrap_or_default();
        self.plan.changes.returned.extend(known.vanished_for.is_some().then(|| key.clone()));
        if !of.lacking.is_empty() {
            let row = Row {
                lacking: of.lacking,
                waits: of.waits_for != DestinationSet::default() || of.is_in_doubt,
                ..Row::of(known)
            };
            let (row, delete) = (Some(Box::new(row)), self.policy.delete);
            self.plan.fetch.push(ListedMessage { number, key, octets: known.octets, row, delete, again: false });
        } else if !of.waits_for.is_empty() || of.is_in_doubt {
            // It is in the outbox, or its destination does not work, or somebody must decide.
        } else if of.is_delivered {
            self.plan.given_up_for_others += u64::from(of.has_foreign);
            self.plan.changes.complete.push(key);
        } else {
            self.plan.changes.unclaimed.push(key);
            let listed = proto::ListedUid { number, uid: known.uid, occurrence: known.occurrence };
            self.plan.add_new(&listed, self.policy, self.only_counts);
        }
    }

    /// A known message of which nothing depends on whether it is still that one; but for some.
    fn certain(&mut self, listed: ListedMessage, known: &Known<'_>) {
        self.stuck.add(&listed, known, self.policy);
        if self.plan.copies.contains_key(known.uid) {
            self.copies.push(listed);
        } else if !known.is_asked && self.plan.unasked.len() < ASKED_A_RUN {
            self.plan.unasked.push(listed);
        } else if self.plan.uids_are_numbers && self.last.as_ref().is_none_or(|last| last.number < listed.number) {
            self.last = Some(listed);
        }
    }

    /// What is not listed may come back (C-079), also what we deleted: a replica may lag behind.
    fn missing(&mut self, known: &Known<'_>) {
        let changes = &mut self.plan.changes;
        match known.vanished_for {
            None => changes.vanished.push(key_of(known)),
            Some(age) if age > KEEP_VANISHED => changes.forgotten.push(key_of(known)),
            Some(_) => self.plan.may_match = true,
        }
        if matches!(known.settled, Settled::Published | Settled::Seen | Settled::Presumed | Settled::Waiting) {
            self.census.gone(known.vanished_for, known.fingerprint);
        }
    }
}

impl Plan {
    fn add_new(&mut self, listed: &proto::ListedUid<'_>, policy: &Policy, only_counts: bool) {
        if only_counts && !self.copies.contains_key(listed.uid) {
            self.counted.push(listed.number);
        } else {
            self.fetch.push(new_message(listed, policy));
        }
    }

    /// Must the scan listing be asked for? Not when there is nothing new.
    pub fn needs_sizes(&self) -> bool {
        !self.fetch.is_empty() || !self.doubtful.is_empty() || !self.counted.is_empty()
    }

    /// Decides how the doubtful ones are told: by TOP, if the server has it; by the whole message; by their sizes, where
    /// the ledger has no fingerprint of them. `policy` says whether new ones are asked for first.
    pub fn settle(&mut self, sizes: &Sizes, policy: &Policy, has_top: bool) {
        for listed in &mut self.fetch {
            listed.octets = sizes.get(listed.number);
        }
        let mut returned = 0;
        for listed in std::mem::take(&mut self.doubtful) {
            let Some(row) = listed.row.as_deref().copied() else { continue };
            returned += usize::from(row.is_only_back() && !listed.delete);
            // After a false "no messages" all of them come back at once.
            self.tell(listed, row, sizes, has_top, returned > ASKED_A_RUN);
        }
        if has_top {
            self.ask_more(policy);
        }
        let mut stuck = std::mem::take(&mut self.stuck);
        stuck.retain(|stuck| self.fetch.iter().chain(&self.ask).all(|listed| listed.number != stuck.number));
        self.fetch.append(&mut stuck);
    }

    fn ask_more(&mut self, policy: &Policy) {
        self.ask.append(&mut self.unasked);
        if self.is_renumbered && self.has_gone && !policy.all {
            let new = self.fetch.extract_if(.., |listed| listed.row.is_none()).collect();
            self.ask_for(new);
        }
    }

    /// Asks for new messages: for a sample first, where they are many. A server that lists another part of the mailbox in
    /// each session looks as if it had renumbered all messages; the sample tells.
    fn ask_for(&mut self, mut new: Vec<ListedMessage>) {
        if new.len() > 2 * SAMPLE {
            new.sort_unstable_by_key(|listed| listed.number);
            let every = new.len() / SAMPLE;
            let mut at = 0..;
            let is_left = |_: &mut ListedMessage| at.next().is_some_and(|at: usize| !at.is_multiple_of(every));
            self.unsampled = new.extract_if(.., is_left).collect();
        }
        self.ask.append(&mut new);
    }

    /// Nothing of the sample may be left, because it is too large, or was filtered out. Then another one is taken.
    pub fn sample_again(&mut self) {
        if !self.ask.iter().any(|listed| listed.row.is_none()) {
            let new = std::mem::take(&mut self.unsampled);
            self.ask_for(new);
        }
        self.ask.sort_by_key(|listed| listed.number);
    }

    /// Adds known messages whose sizes have changed.
    pub fn doubt(&mut self, changed: Vec<ListedMessage>) {
        let known: HashSet<MessageNumber> =
            self.doubtful.iter().chain(&self.unasked).map(|listed| listed.number).collect();
        self.doubtful.extend(changed.into_iter().filter(|listed| !known.contains(&listed.number)));
    }

    fn tell(&mut self, mut listed: ListedMessage, row: Row, sizes: &Sizes, has_top: bool, too_many: bool) {
        let (before, now) = (listed.octets, sizes.get(listed.number));
        let differs = before.is_some() && now.is_some() && before != now;
        listed.octets = now.or(before);
        let size_is_enough = row.is_only_back() && !listed.delete && !differs;
        match row.print {
            _ if too_many && size_is_enough => self.same(listed, row),
            Some(print) if has_top && !print.is_whole() => self.ask.push(listed),
            // Only a download could tell.
            Some(_) if size_is_enough => self.same(listed, row),
            Some(_) => self.fetch.push(listed),
            // In doubt, fetch.
            None if differs || row.settled == Settled::Deleted => {
                self.fetch.push(ListedMessage { row: None, ..listed })
            }
            None if has_top && !row.is_asked && self.ask.len() < ASKED_A_RUN => self.ask.push(listed),
            None => self.same(listed, row),
        }
    }

    /// It is the message of its row, by its size.
    fn same(&mut self, listed: ListedMessage, row: Row) {
        if row.is_back {
            self.changes.returned.push(listed.key.clone());
        }
        self.delete.extend(Published::by_size(&listed).filter(|_| listed.delete));
    }

    /// The known messages that are to be deleted once it is certain that they are those.
    pub fn deletions(&self) -> impl Iterator<Item = &Key> {
        let asked = self.ask.iter().chain(&self.fetch).filter(|listed| listed.delete && listed.row.is_some());
        asked.map(|listed| &listed.key).chain(self.delete.iter().map(Published::key))
    }

    /// Deletes nothing of these; returns how many messages those were.
    pub fn spare(&mut self, keys: &HashSet<Key>) -> usize {
        let mut spared = self.delete.extract_if(.., |published| keys.contains(published.key())).count();
        for listed in self.ask.iter_mut().chain(&mut self.fetch) {
            if listed.delete && listed.row.is_some() && keys.contains(&listed.key) {
                listed.delete = false;
                spared += 1;
            }
        }
        spared
    }

    /// Is something to be asked, or fetched to be compared?
    pub fn has_questions(&self) -> bool {
        let compares = |listed: &ListedMessage| listed.row.is_some() && !listed.is_stuck();
        !self.ask.is_empty() || !self.unsampled.is_empty() || self.fetch.iter().any(compares)
    }

    /// Are there messages that may be new?
    pub fn has_new(&self) -> bool {
        !self.unsampled.is_empty() || self.fetch.iter().chain(&self.ask).any(|listed| listed.row.is_none())
    }

    /// Is there nothing to do?
    pub fn is_idle(&self) -> bool {
        let fetches = !self.fetch.is_empty() || !self.counted.is_empty();
        !fetches && self.ask.is_empty() && self.unsampled.is_empty() && self.delete.is_empty()
    }

    /// How many messages are new.
    pub fn new_messages(&self) -> u64 {
        (self.fetch.iter().filter(|listed| listed.row.is_none()).count() + self.counted.len()) as u64
    }

    /// Leaves out what is too large or was given up, and what this run has dealt with; and keeps what broke a session
    /// before for a session with nothing else to do.
    pub fn limit(&mut self, policy: &Policy, troubled: &[Troubled], done: &Earlier) {
        limit::apply(self, policy, troubled, done);
    }
}

fn new_message(listed: &proto::ListedUid<'_>, policy: &Policy) -> ListedMessage {
    let key = Key { uid: listed.uid.to_vec(), occurrence: listed.occurrence };
    ListedMessage { number: listed.number, key, octets: None, row: None, delete: policy.delete, again: false }
}

fn key_of(known: &Known<'_>) -> Key {
    Key { uid: known.uid.to_vec(), occurrence: known.occurrence }
}

/// Messages of which a run asks only to know more: the rows of an older ledger, and those that are back.
const ASKED_A_RUN: usize = 500;

/// Messages by which many are judged.
const SAMPLE: usize = 32;

/// How long a message that vanished is remembered.
const KEEP_VANISHED: Duration = Duration::from_hours(30 * 24);

#[cfg(test)]
mod tests;
