//! What a dry run shows: a plan of which only numbers were kept, and the listings, in which the rest is looked up.

use std::collections::{HashMap, HashSet};

use super::{Budget, Earlier, ListedMessage, Plan, new_message};
use crate::fetch::Policy;
use crate::fetch::life::Published;
use crate::proto::{ListedUid, Listing, MessageNumber, Sizes, UidsByNumber};
use crate::state::Troubled;

/// The messages that a run would fetch and delete, as far as the listing and the ledger tell: what is known by its
/// unique-id is taken for the message that the ledger means.
#[derive(Debug)]
pub struct Forecast {
    /// In the order in which they would come.
    fetch: Vec<MessageNumber>,
    /// Those of `fetch` of which the plan has more than the number. Few.
    exceptions: HashMap<MessageNumber, ListedMessage>,
    /// Known messages.
    delete: Vec<MessageNumber>,
    deletes_fetched: bool,
    uids: UidsByNumber,
    sizes: Sizes,
}

impl Plan {
    /// Before [`Self::limit`]: it decides about a message by its size alone or by earlier trouble. Those of which only the
    /// number was kept are limited by their sizes here; those that made trouble become messages of the plan.
    pub fn limit_counted(&mut self, listing: &Listing, sizes: &Sizes, policy: &Policy, troubled: &[Troubled]) {
        if self.counted.is_empty() {
            return;
        }
        self.counted.sort_unstable();
        let mut in_trouble = HashSet::new();
        for key in troubled.iter().map(|troubled| &troubled.key) {
            let number = listing.find(&key.uid, key.occurrence);
            let Some(number) = number.filter(|number| self.counted.binary_search(number).is_ok()) else { continue };
            if in_trouble.insert(number) {
                let listed = ListedUid { number, uid: &key.uid, occurrence: key.occurrence };
                self.fetch.push(ListedMessage { octets: sizes.get(number), ..new_message(&listed, policy) });
            }
        }
        let max = policy.limits.max_size;
        let fits = |number| max.is_none_or(|max| sizes.get(number).is_none_or(|octets| octets <= max));
        let before = self.counted.len() - in_trouble.len();
        self.counted.retain(|number| !in_trouble.contains(number) && fits(*number));
        self.skipped += (before - self.counted.len()) as u64;
    }
}

impl Forecast {
    /// What comes of a plan, within what the limits of the run allow.
    pub fn new(plan: Plan, listing: Listing, sizes: Sizes, policy: &Policy, done: &Earlier) -> Self {
        let Plan { fetch: listed, counted: mut fetch, ask, delete, .. } = plan;
        let known = listed.iter().chain(&ask).filter(|listed| listed.row.is_some() && listed.delete);
        let known = known.map(|listed| listed.number);
        let mut delete: Vec<MessageNumber> = known.chain(delete.iter().map(Published::number)).collect();
        delete.sort_unstable();
        let is_mixed = !fetch.is_empty();
        let mut exceptions = HashMap::new();
        for listed in listed.into_iter().filter(|listed| listed.row.is_none()) {
            fetch.push(listed.number);
            exceptions.insert(listed.number, listed);
        }
        // Alone they have their order already, in which those that broke a session are the last.
        if is_mixed {
            fetch.sort_unstable();
        }
        let uids = listing.by_number();
        let mut forecast = Self { fetch, exceptions, delete, deletes_fetched: policy.delete, uids, sizes };
        let mut budget = Budget::new(policy, done);
        let taken = forecast.fetch.iter().take_while(|number| budget.takes(forecast.octets(**number))).count();
        forecast.fetch.truncate(taken);
        forecast
    }

    /// The messages to fetch.
    pub fn fetch(&self) -> &[MessageNumber] {
        &self.fetch
    }

    /// The messages to delete: first those that an earlier run delivered, then those that would be fetched.
    pub fn delete(&self) -> impl Iterator<Item = MessageNumber> + '_ {
        let fetched = self.fetch.iter().filter(|number| match self.exceptions.get(number) {
            Some(listed) => listed.delete,
            None => self.deletes_fetched,
        });
        self.delete.iter().chain(fetched).copied()
    }

    /// Of a message that is to be fetched.
    pub fn octets(&self, number: MessageNumber) -> Option<u64> {
        self.exceptions.get(&number).map_or_else(|| self.sizes.get(number), |listed| listed.octets)
    }

    /// Of any message.
    pub fn uid(&self, number: MessageNumber) -> &[u8] {
        self.uids.get(number).unwrap_or_default()
    }
}
