//! Messages whose unique-ids are known and whose sizes are not what they were: they may be others.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;

use crate::fetch::life::{ListedMessage, Row};
use crate::proto::{InOrder, Listing, Sizes};
use crate::state::{Key, Known, Settled};

/// Merges a listing with the ledger's rows once more, when the sizes are known. Of those that nothing is to be done about
/// the planner keeps nothing: that would be a table of a million sizes.
pub struct Resized<'a> {
    listed: Peekable<InOrder<'a>>,
    sizes: &'a Sizes,
    copies: &'a HashMap<Vec<u8>, usize>,
    found: Vec<ListedMessage>,
    /// Copies under one unique-id, whatever their sizes: they may have changed places.
    of_copies: Vec<ListedMessage>,
}

impl<'a> Resized<'a> {
    /// Begins the merge. `copies` are the unique-ids that the listing has more than once.
    pub fn new(listing: &'a Listing, sizes: &'a Sizes, copies: &'a HashMap<Vec<u8>, usize>) -> Self {
        Self { listed: listing.iter().peekable(), sizes, copies, found: Vec::new(), of_copies: Vec::new() }
    }

    /// Takes the next row of the ledger, in the order of keys. Only what has a fingerprint can be told from another one.
    pub fn known(&mut self, known: &Known<'_>) {
        let key = (known.uid, known.occurrence);
        while self.listed.next_if(|listed| (listed.uid, listed.occurrence) < key).is_some() {}
        let Some(listed) = self.listed.next_if(|listed| (listed.uid, listed.occurrence) == key) else { return };
        let is_settled = known.vanished_for.is_none() && matches!(known.settled, Settled::Published | Settled::Seen);
        let differs = known.octets.is_some_and(|before| self.sizes.get(listed.number).is_some_and(|now| now != before));
        let is_copy = self.copies.contains_key(known.uid);
        if !is_settled || known.fingerprint.is_none() || !(differs || is_copy) {
            return;
        }
        let key = Key { uid: known.uid.to_vec(), occurrence: known.occurrence };
        let (number, row, octets) = (listed.number, Some(Box::new(Row::of(known))), known.octets);
        let found = ListedMessage { number, key, octets, row, delete: false, again: false };
        if differs { self.found.push(found) } else { self.of_copies.push(found) }
    }

    /// The messages, for [`super::Plan::doubt`].
    pub fn finish(mut self) -> Vec<ListedMessage> {
        let changed: HashSet<Vec<u8>> = self.found.iter().map(|listed| listed.key.uid.clone()).collect();
        self.found.extend(self.of_copies.into_iter().filter(|listed| changed.contains(&listed.key.uid)));
        self.found
    }
}
