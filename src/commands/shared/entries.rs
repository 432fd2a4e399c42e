//! The messages of a mailbox as its listings tell them, in a few octets for each.

use std::collections::HashMap;

use crate::config::Selection;
use crate::error::{Error, Kind, Result};
use crate::proto::{MessageNumber, Sizes, UidsByNumber};

/// Messages, in the order of their numbers.
pub(in crate::commands) struct Entries {
    numbers: Vec<MessageNumber>,
    sizes: Sizes,
    uids: Option<UidsByNumber>,
}

/// A message of the listing.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Entry<'a> {
    pub(in crate::commands) number: MessageNumber,
    /// If LIST told it.
    pub(in crate::commands) octets: Option<u64>,
    /// If the server has unique-ids.
    pub(in crate::commands) uid: Option<&'a [u8]>,
}

impl Entries {
    /// Of the scan listing and, if it was asked for, the unique-id listing. A message may come between the two: it has no
    /// size then.
    pub(in crate::commands) fn new(sizes: Sizes, uids: Option<UidsByNumber>) -> Self {
        let mut numbers: Vec<MessageNumber> = sizes.numbers().collect();
        let of_uids = uids.iter().flat_map(UidsByNumber::numbers);
        numbers.extend(of_uids.filter(|number| !sizes.has(*number)));
        numbers.sort_unstable();
        numbers.dedup();
        Self { numbers, sizes, uids }
    }

    pub(in crate::commands) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(in crate::commands) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// One of them.
    pub(in crate::commands) fn get(&self, number: MessageNumber) -> Entry<'_> {
        let uid = self.uids.as_ref().and_then(|uids| uids.get(number));
        Entry { number, octets: self.sizes.get(number), uid }
    }

    pub(in crate::commands) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.numbers.iter().map(|number| self.get(*number))
    }

    /// Of all messages those that are selected; all, when nothing is. An error names what is not there.
    pub(in crate::commands) fn choose(mut self, selections: &[Selection]) -> Result<Self> {
        if selections.is_empty() {
            return Ok(self);
        }
        let is = |selection: &Selection, entry: &Entry<'_>| selection.has(entry.number, entry.uid);
        for selection in selections.iter().filter(|selection| !selection.may_be_empty()) {
            if !self.iter().any(|entry| is(selection, &entry)) {
                let text = format!("there is no message {}", selection.shown());
                return Err(Error::new(Kind::Unavailable, text).hint("mailhaul list SOURCE shows what is there"));
            }
        }
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.retain(|number| selections.iter().any(|selection| is(selection, &self.get(*number))));
        Ok(Self { numbers, ..self })
    }

    /// The first only.
    pub(in crate::commands) fn first(mut self) -> Self {
        self.numbers.truncate(1);
        self
    }

    /// All octets together, as far as LIST told them.
    pub(in crate::commands) fn octets(&self) -> u64 {
        self.iter().filter_map(|entry| entry.octets).fold(0, u64::saturating_add)
    }

    /// The unique-ids that several messages of the mailbox have, with their numbers.
    pub(in crate::commands) fn copies(&self) -> HashMap<Vec<u8>, usize> {
        self.uids.as_ref().map(|uids| uids.copies().clone()).unwrap_or_default()
    }

    /// What a download needs.
    pub(in crate::commands) fn wanted(&self) -> impl Iterator<Item = (MessageNumber, u64)> {
        self.numbers.iter().map(|number| (*number, self.sizes.get(*number).unwrap_or(0)))
    }
}

impl Entry<'_> {
    /// The unique-id as it is shown: `-` without one.
    pub(in crate::commands) fn shown_uid(&self) -> String {
        self.uid.map_or("-".into(), crate::escape::text)
    }

    /// The unique-id as JSON has it.
    pub(in crate::commands) fn json_uid(&self) -> Option<String> {
        self.uid.map(crate::escape::exact)
    }
}
