//! What to do: listing x ledger x policy -> actions. Pure: no I/O, no clock.
//!
//! The listing is sorted by unique-id and the ledger's rows come in the same order, so both are merged as they
//! come, without a table of a million names.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;
use std::time::Duration;

use super::Policy;
use super::life::{Listed, Published};
use crate::error::{Error, Kind, Result};
use crate::proto::{self, Listing, MessageNumber, Sizes};
use crate::state::{DestinationId, Key, Known, ListingChanges, Settled, Trouble, Troubled};

/// Merges a listing with the ledger's rows.
pub struct Planner<'a, I: Iterator<Item = proto::Listed<'a>>> {
    listed: Peekable<I>,
    policy: &'a Policy,
    plan: Plan,
    /// Rows of messages that were there at the last listing.
    were_there: usize,
    /// Rows of messages that vanished within the last day.
    vanished_lately: usize,
    /// Listed messages that have a row.
    recognised: usize,
    total: usize,
}

/// The result of a merge.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To fetch.
    pub fetch: Vec<Listed>,
    /// To delete.
    pub delete: Vec<Published>,
    /// To write into the ledger.
    pub changes: ListingChanges,
    /// Known messages that may be new ones under an old unique-id: their sizes tell.
    doubtful: Vec<Doubtful>,
    /// Left out because of their size, for the first time.
    pub too_large: Vec<Listed>,
    /// Left out because of their size or earlier trouble.
    pub skipped: u64,
    /// The listing has no gap: what it lacks is not there.
    complete: bool,
    /// How often the listing has a unique-id, for those that it has more than once. Which of such copies a server
    /// keeps cannot be told later, so they are deleted together or not at all.
    pub copies: HashMap<Vec<u8>, usize>,
    /// Messages that broke a session before were left out, because there is other work: they want a session of their
    /// own.
    pub postponed: bool,
}

/// What earlier sessions of the run have done.
#[derive(Debug, Default)]
pub struct Done {
    /// Messages published, and their octets.
    pub messages: u64,
    /// See [`Self::messages`].
    pub octets: u64,
    /// Refused by the server: not asked for again in this run (C-063).
    pub refused: HashSet<Key>,
    /// With `--all`: what was published.
    pub brought: HashSet<Key>,
    /// Where a session with many commands in a row broke: asked for last.
    pub broke: HashSet<Key>,
}

#[derive(Debug, PartialEq, Eq)]
struct Doubtful {
    number: MessageNumber,
    key: Key,
    settled: Settled,
    octets: Option<u64>,
    place: Option<DestinationId>,
    vanished: bool,
    /// To be deleted, if it is the old message.
    delete: bool,
}

impl<'a> Planner<'a, Box<dyn Iterator<Item = proto::Listed<'a>> + 'a>> {
    /// Begins a merge.
    pub fn new(listing: &'a Listing, policy: &'a Policy) -> Self {
        let listed: Box<dyn Iterator<Item = proto::Listed<'a>>> = Box::new(listing.iter());
        let total = listing.len();
        Self {
            listed: listed.peekable(),
            policy,
            plan: Plan { copies: copies(listing), ..Plan::default() },
            were_there: 0,
            vanished_lately: 0,
            recognised: 0,
            total,
        }
    }
}

impl<'a, I: Iterator<Item = proto::Listed<'a>>> Planner<'a, I> {
    /// Takes the next row of the ledger, in the order of keys.
    pub fn known(&mut self, known: &Known<'_>) {
        let key = (known.uid, known.occurrence);
        while let Some(new) = self.listed.next_if(|listed| (listed.uid, listed.occurrence) < key) {
            self.plan.fetch.push(new_message(&new));
        }
        match self.listed.next_if(|listed| (listed.uid, listed.occurrence) == key) {
            Some(listed) => self.listed_again(listed.number, known),
            None => self.missing(known),
        }
    }

    /// Ends the merge. `complete` says that the listing has no gap; `expires` that the server removes what was
    /// fetched by itself, so that unknown unique-ids mean nothing.
    pub fn finish(mut self, complete: bool, expires: bool) -> Result<Plan> {
        self.plan.fetch.extend(self.listed.map(|listed| new_message(&listed)));
        // A maildrop that is empty for a moment while it is moved, and then as full as before, was not emptied.
        let came_back = self.total * 5 >= self.vanished_lately * 4 && self.total <= self.vanished_lately * 2;
        let known = self.were_there + if came_back { self.vanished_lately } else { 0 };
        let all_changed = known >= GUARDED && self.total >= GUARDED && self.recognised == 0;
        if all_changed && !expires && !self.policy.all {
            return Err(reset(known, self.total));
        }
        self.plan.complete = complete;
        if !complete {
            self.plan.changes.vanished.clear();
            self.plan.changes.forgotten.clear();
        }
        Ok(self.plan)
    }

    fn listed_again(&mut self, number: MessageNumber, known: &Known<'_>) {
        self.recognised += 1;
        let key = key_of(known);
        if known.vanished_for.is_none() {
            self.were_there += usize::from(matches!(known.settled, Settled::Published | Settled::Seen));
        }
        let delete = self.policy.deletes_after(known.settled_for);
        // What is to be deleted is looked at more closely: its unique-id may have been given to another message.
        let certain = known.vanished_for.is_none()
            && matches!(known.settled, Settled::Published | Settled::Seen)
            && (!delete || known.settled == Settled::Seen);
        match certain || self.policy.all {
            true => {
                let listed = Listed { number, key, octets: known.octets };
                self.plan.act_on_known(listed, known.settled, known.destination, delete, self.policy)
            }
            false => {
                let vanished = known.vanished_for.is_some();
                let (settled, octets, place) = (known.settled, known.octets, known.destination);
                self.plan.doubtful.push(Doubtful { number, key, settled, octets, place, vanished, delete });
            }
        }
    }

    /// What we deleted is gone, as it should be; what vanished by itself may come back (C-079).
    fn missing(&mut self, known: &Known<'_>) {
        let changes = &mut self.plan.changes;
        match (known.settled, known.vanished_for) {
            (Settled::Deleted, _) => changes.forgotten.push(key_of(known)),
            // Whether QUIT was heard is not known, and one empty listing proves little.
            (Settled::DeletePending, None) => changes.vanished.push(key_of(known)),
            (Settled::Published | Settled::Seen, None) => {
                self.were_there += 1;
                changes.vanished.push(key_of(known));
            }
            (_, Some(age)) if age > KEEP_VANISHED => changes.forgotten.push(key_of(known)),
            (Settled::Published | Settled::Seen, Some(age)) if age < LATELY => self.vanished_lately += 1,
            _ => {}
        }
    }
}

impl Plan {
    /// Must the scan listing be asked for? Not when there is nothing new.
    pub fn needs_sizes(&self) -> bool {
        !self.fetch.is_empty() || !self.doubtful.is_empty()
    }

    /// Decides the doubtful ones by their sizes. Another size is a new message under an old unique-id; the same is the
    /// old message: what was deleted is deleted again, never fetched again.
    pub fn settle(&mut self, sizes: &Sizes, policy: &Policy) {
        for listed in &mut self.fetch {
            listed.octets = sizes.get(listed.number);
        }
        for doubtful in std::mem::take(&mut self.doubtful) {
            let Doubtful { number, key, settled, octets, place, vanished, delete } = doubtful;
            let now = sizes.get(number);
            let differs = octets.is_some() && now.is_some() && octets != now;
            // A deletion that was confirmed and a size that nobody knows: in doubt, fetch.
            let in_doubt = settled == Settled::Deleted && (octets.is_none() || now.is_none());
            if differs || in_doubt {
                self.fetch.push(Listed { number, key, octets: now });
                continue;
            }
            if vanished {
                self.changes.returned.push(key.clone());
            }
            self.act_on_known(Listed { number, key, octets: now }, settled, place, delete, policy);
        }
    }

    /// The places into which earlier runs delivered what is to be deleted now.
    pub fn places(&self) -> HashSet<DestinationId> {
        self.delete.iter().filter_map(Published::place).collect()
    }

    /// Deletes nothing that was delivered into this place; returns how many messages those were.
    pub fn spare(&mut self, place: DestinationId) -> usize {
        self.delete.extract_if(.., |published| published.place() == Some(place)).count()
    }

    /// Leaves out what is too large or was given up, and what this run has dealt with; keeps what broke a session
    /// before for a session with nothing else to do; and keeps to the limits of the run.
    pub fn limit(&mut self, policy: &Policy, troubled: &[Troubled], done: &Done) {
        let troubled: HashMap<&Key, &Troubled> = troubled.iter().map(|troubled| (&troubled.key, troubled)).collect();
        let trouble = |listed: &Listed| troubled.get(&listed.key).copied();
        let too_large =
            |listed: &Listed| policy.max_size.is_some_and(|max| listed.octets.is_some_and(|size| size > max));
        let listed: HashSet<&Key> = self.fetch.iter().map(|listed| &listed.key).collect();
        if self.complete {
            // Trouble must not outlive its message: the server may give the unique-id to another one.
            let gone = troubled.keys().filter(|key| !listed.contains(*key));
            self.changes.trouble_gone = gone.map(|key| (*key).clone()).collect();
        }
        for listed in std::mem::take(&mut self.fetch) {
            let before = trouble(&listed);
            if too_large(&listed) {
                self.skipped += 1;
                if before.is_none_or(|before| before.trouble != Trouble::TooLarge) {
                    self.too_large.push(listed);
                }
            } else if before.is_some_and(Troubled::is_given_up) && !policy.all {
                self.skipped += 1;
            } else {
                self.fetch.push(listed);
            }
        }
        self.leave_out(done, policy);
        let interrupted =
            |listed: &Listed| trouble(listed).is_some_and(|before| before.trouble == Trouble::Interrupted);
        let broke: Vec<Listed> = self.fetch.extract_if(.., |listed| interrupted(listed)).collect();
        match self.fetch.is_empty() && self.delete.is_empty() {
            true => self.fetch = broke,
            false => self.postponed = !broke.is_empty(),
        }
        self.fetch.sort_by_key(|listed| (done.broke.contains(&listed.key), listed.number));
        self.delete.sort_by_key(Published::number);
        self.fetch.truncate(within_limits(&self.fetch, policy, done));
    }

    /// What earlier sessions of this run have refused or brought.
    fn leave_out(&mut self, done: &Done, policy: &Policy) {
        self.fetch.retain(|listed| !done.refused.contains(&listed.key));
        for listed in self.fetch.extract_if(.., |listed| done.brought.contains(&listed.key)) {
            let published = Published::before(listed.number, listed.key, Settled::Published, None);
            self.delete.extend(published.filter(|_| policy.delete));
        }
    }

    fn act_on_known(
        &mut self,
        listed: Listed,
        settled: Settled,
        place: Option<DestinationId>,
        delete: bool,
        policy: &Policy,
    ) {
        let Listed { number, key, octets } = listed;
        if policy.all {
            self.fetch.push(Listed { number, key, octets });
        } else if delete || matches!(settled, Settled::DeletePending | Settled::Deleted) {
            self.delete.extend(Published::before(number, key, settled, place));
        }
    }
}

/// How many of the messages the limits of the run allow.
fn within_limits(fetch: &[Listed], policy: &Policy, done: &Done) -> usize {
    let left = policy.max_messages.map(|max| max.saturating_sub(done.messages));
    let by_count = left.map_or(fetch.len(), |max| usize::try_from(max).unwrap_or(usize::MAX));
    let Some(max) = policy.max_bytes else {
        return by_count;
    };
    let mut sum = done.octets;
    let fits = fetch.iter().take_while(|listed| {
        sum = sum.saturating_add(listed.octets.unwrap_or(0));
        sum <= max
    });
    let at_least = usize::from(done.messages == 0);
    fits.count().max(at_least).min(by_count)
}

fn new_message(listed: &proto::Listed<'_>) -> Listed {
    let key = Key { uid: listed.uid.to_vec(), occurrence: listed.occurrence };
    Listed { number: listed.number, key, octets: None }
}

/// The unique-ids that a listing has more than once.
fn copies(listing: &Listing) -> HashMap<Vec<u8>, usize> {
    let repeated = listing.iter().filter(|listed| listed.occurrence > 0);
    let mut copies = HashMap::new();
    for listed in repeated {
        *copies.entry(listed.uid.to_vec()).or_insert(1) += 1;
    }
    copies
}

fn key_of(known: &Known<'_>) -> Key {
    Key { uid: known.uid.to_vec(), occurrence: known.occurrence }
}

fn reset(known: usize, listed: usize) -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "the server lists {listed} messages, and none of them is among the {known} that it listed before: \
             it seems to have given all messages new unique-ids, as after a move"
        ),
    )
    .hint(
        "nothing was fetched. If these are the same messages, mark them as known with `mailhaul state seen SOURCE`; \
         if they are new ones, fetch them with `mailhaul state accept SOURCE` and another fetch",
    )
}

/// Messages from which the reset guard watches, on both sides.
const GUARDED: usize = 10;

/// A message that vanished so short a time ago may be back soon.
const LATELY: Duration = Duration::from_hours(24);

/// For so long a message that vanished by itself is remembered.
const KEEP_VANISHED: Duration = Duration::from_hours(30 * 24);

#[cfg(test)]
mod tests;
