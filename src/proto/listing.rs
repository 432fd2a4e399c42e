use std::collections::HashMap;

use super::limits::{LISTED, UID, UIDS};
use super::listed_line::{split_line, trimmed};
use super::{Error, MessageNumber};

/// The unique-id listing of a maildrop: one buffer of octets with offsets, so that a million messages stay cheap.
#[derive(Clone, Debug)]
pub struct Listing {
    octets: Vec<u8>,
    entries: Vec<ListingEntry>,
    without_uid: Vec<MessageNumber>,
    /// Lines that came, blank ones too: without end they would keep the session busy.
    received: usize,
    limit: usize,
}

/// The same, to be asked for by message numbers.
#[derive(Clone, Debug)]
pub struct UidsByNumber {
    listing: Listing,
    copies: HashMap<Vec<u8>, usize>,
}

impl Default for Listing {
    fn default() -> Self {
        Self::of_at_most(LISTED)
    }
}

/// One message of the listing, in the order of unique-ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedUid<'a> {
    /// The message number, for this session.
    pub number: MessageNumber,
    /// The unique-id, never cut.
    pub uid: &'a [u8],
    /// 0, or how many messages with a lower number have the same unique-id (C-055).
    pub occurrence: u32,
}

#[derive(Clone, Copy, Debug)]
struct ListingEntry {
    number: MessageNumber,
    start: u32,
    len: u32,
}

impl Listing {
    /// A listing that ends with an error after `limit` lines.
    pub fn of_at_most(limit: usize) -> Self {
        Self { octets: Vec::new(), entries: Vec::new(), without_uid: Vec::new(), received: 0, limit }
    }

    /// Adds a line of the UIDL reply, unstuffed and without its line end: `number blanks unique-id` (C-050 to
    /// C-054). A unique-id that is empty or has control characters identifies nothing; the message is noted as
    /// one without. Blanks around a line, and blank lines, say nothing.
    pub fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.received >= self.limit {
            return Err(Error::TooManyListed { limit: self.limit });
        }
        self.received += 1;
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        let (number, uid) = split_line("UIDL", line)?;
        if uid.len() > UID || self.octets.len() + uid.len() > UIDS {
            return Err(Error::Limit {
                what: format!("a unique-id of {} octets, or unique-ids of more than {UIDS} together", uid.len()),
            });
        }
        if uid.is_empty() || uid.iter().any(u8::is_ascii_control) {
            self.without_uid.push(number);
            return Ok(());
        }
        let start = self.octets.len() as u32;
        self.octets.extend_from_slice(uid);
        self.entries.push(ListingEntry { number, start, len: uid.len() as u32 });
        Ok(())
    }

    /// Ends the listing: sorts it by unique-id. A number that is listed twice makes it unclear which message is
    /// which, so it ends the session (C-057).
    pub fn finish(&mut self) -> Result<(), Error> {
        self.entries.sort_unstable_by_key(|entry| entry.number);
        if let Some(pair) = self.entries.windows(2).find(|pair| pair[0].number == pair[1].number) {
            return Err(Error::BadLine {
                verb: "UIDL",
                line: [format!("{} ", pair[1].number).as_bytes(), uid_of(&self.octets, &pair[1])].concat(),
                why: "repeats a message number",
            });
        }
        let octets = &self.octets;
        // Not stable, which would take memory for half of them.
        let key = |entry: &ListingEntry| (uid_of(octets, entry), entry.number);
        self.entries.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        Ok(())
    }

    /// How many messages have a unique-id.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// No message has a unique-id.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Messages that the server listed without a usable unique-id.
    pub fn without_uid(&self) -> &[MessageNumber] {
        &self.without_uid
    }

    /// Has every number from 1 to the highest one a line? A gap may be a listing that lost lines on its way.
    pub fn has_no_gap(&self) -> bool {
        let numbers = self.entries.iter().map(|entry| entry.number);
        let highest = numbers.chain(self.without_uid.iter().copied()).max();
        highest.map_or(0, |number| number.get() as usize) == self.len() + self.without_uid.len()
    }

    /// The unique-ids that several messages have, with their numbers.
    pub fn copies(&self) -> HashMap<Vec<u8>, usize> {
        let mut copies = HashMap::new();
        for repeated in self.iter().filter(|listed| listed.occurrence > 0) {
            *copies.entry(repeated.uid.to_vec()).or_insert(1) += 1;
        }
        copies
    }

    /// How many messages have this unique-id?
    pub fn count_of(&self, uid: &[u8]) -> usize {
        self.entries_of(uid).len()
    }

    /// The number of the message that has this unique-id, and so many before it have.
    pub fn find(&self, uid: &[u8], occurrence: u32) -> Option<MessageNumber> {
        self.entries_of(uid).get(occurrence as usize).map(|entry| entry.number)
    }

    fn entries_of(&self, uid: &[u8]) -> &[ListingEntry] {
        let until = |is_before: &dyn Fn(&[u8]) -> bool| {
            self.entries.partition_point(|entry| is_before(uid_of(&self.octets, entry)))
        };
        &self.entries[until(&|other| other < uid)..until(&|other| other <= uid)]
    }

    /// To be asked for by message numbers; in the same memory.
    pub fn by_number(mut self) -> UidsByNumber {
        let copies = self.copies();
        self.entries.sort_unstable_by_key(|entry| entry.number);
        UidsByNumber { listing: self, copies }
    }

    /// The messages in the order of their unique-ids, equal ones in the order of their numbers.
    pub fn iter(&self) -> InOrder<'_> {
        InOrder { octets: &self.octets, entries: self.entries.iter(), previous: None }
    }
}

impl UidsByNumber {
    /// All messages, those without a unique-id behind the others.
    pub fn numbers(&self) -> impl Iterator<Item = MessageNumber> {
        let without = self.listing.without_uid.iter().copied();
        self.listing.entries.iter().map(|entry| entry.number).chain(without)
    }

    /// The unique-id of a message, if it has one.
    pub fn get(&self, number: MessageNumber) -> Option<&[u8]> {
        let Listing { octets, entries, .. } = &self.listing;
        let at = entries.binary_search_by_key(&number, |entry| entry.number).ok()?;
        Some(uid_of(octets, &entries[at]))
    }

    /// The unique-ids that several messages have, with their numbers.
    pub fn copies(&self) -> &HashMap<Vec<u8>, usize> {
        &self.copies
    }
}

/// The messages of a listing in the order of their unique-ids.
pub struct InOrder<'a> {
    octets: &'a [u8],
    entries: std::slice::Iter<'a, ListingEntry>,
    /// The last unique-id, and how often it came before.
    previous: Option<(&'a [u8], u32)>,
}

impl<'a> Iterator for InOrder<'a> {
    type Item = ListedUid<'a>;

    fn next(&mut self) -> Option<ListedUid<'a>> {
        let entry = self.entries.next()?;
        let uid = uid_of(self.octets, entry);
        let occurrence = match self.previous {
            Some((same, occurrence)) if same == uid => occurrence + 1,
            _ => 0,
        };
        self.previous = Some((uid, occurrence));
        Some(ListedUid { number: entry.number, uid, occurrence })
    }
}

fn uid_of<'a>(octets: &'a [u8], entry: &ListingEntry) -> &'a [u8] {
    &octets[entry.start as usize..][..entry.len as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(lines: &[&[u8]]) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        lines.iter().try_for_each(|line| listing.push_line(line))?;
        listing.finish()?;
        Ok(listing)
    }

    #[test]
    fn sorts_by_unique_id_and_counts_copies() {
        let listing = listing(&[b"3 b", b"1   b", b"2\ta x\xff"]).unwrap();
        let seen: Vec<_> = listing.iter().map(|l| (l.number.get(), l.uid.to_vec(), l.occurrence)).collect();
        let expected = [(2, b"a x\xff".to_vec(), 0), (1, b"b".to_vec(), 0), (3, b"b".to_vec(), 1)];
        assert_eq!(seen, expected);
        assert!(listing.has_no_gap());
    }

    #[test]
    fn notes_messages_without_a_usable_unique_id() {
        let listing = listing(&[b"1", b"2 ", b"3 a\x1b", b"4 ok"]).unwrap();
        assert_eq!(listing.len(), 1);
        assert_eq!(listing.without_uid().len(), 3);
        assert!(listing.has_no_gap());
    }

    #[test]
    fn blanks_around_a_line_say_nothing() {
        let listing = listing(&[b"", b" \t", b"  1 a", b"\t2\tb c  ", b"3 d\t", b"4  "]).unwrap();
        let seen: Vec<_> = listing.iter().map(|l| (l.number.get(), l.uid.to_vec())).collect();
        assert_eq!(seen, [(1, b"a".to_vec()), (2, b"b c".to_vec()), (3, b"d".to_vec())]);
        assert_eq!(listing.without_uid().len(), 1);
    }

    #[test]
    fn sees_gaps() {
        assert!(!listing(&[b"1 a", b"3 c"]).unwrap().has_no_gap());
        assert!(listing(&[]).unwrap().has_no_gap());
    }

    #[test]
    fn refuses_nonsense_by_naming_the_line() {
        for lines in [&[&b"x y"[..]][..], &[b"0 a"], &[b"-1 a"], &[b"99999999999 a"], &[b"1a b"], &[b"1 a", b"1 b"]] {
            let error = listing(lines).unwrap_err();
            assert!(matches!(error, Error::BadLine { verb: "UIDL", .. }), "{lines:?}: {error}");
        }
        assert!(matches!(listing(&[&[b"1 ".as_slice(), &[b'u'; 2000]].concat()]), Err(Error::Limit { .. })));
    }

    #[test]
    fn listings_have_limits() {
        let uid = |octets: usize| [b"1 ".as_slice(), &vec![b'u'; octets]].concat();
        assert_eq!(listing(&[&uid(UID)]).unwrap().len(), 1);
        assert!(matches!(listing(&[&uid(UID + 1)]), Err(Error::Limit { .. })));

        let mut nearly_all = Listing { received: 7, ..Listing::of_at_most(10) };
        [&b"2 a"[..], b"3", b""].iter().for_each(|line| nearly_all.push_line(line).unwrap());
        for one_too_many in [&b"4 b"[..], b"4", b""] {
            assert_eq!(nearly_all.push_line(one_too_many), Err(Error::TooManyListed { limit: 10 }));
        }

        // Zeros that nobody touches take no memory.
        let mut nearly_full = Listing { octets: vec![0; UIDS - 1], ..Listing::default() };
        assert!(matches!(nearly_full.push_line(b"1 ab"), Err(Error::Limit { .. })));
    }

    #[test]
    fn unique_ids_are_found_by_number_and_counted() {
        let listing = listing(&[b"3 b", b"1 b", b"2 a", b"7", b"5 c"]).unwrap();
        assert_eq!(listing.copies(), HashMap::from([(b"b".to_vec(), 2)]));
        assert_eq!([&b"a"[..], b"b", b"bb", b"c"].map(|uid| listing.count_of(uid)), [1, 2, 0, 1]);
        let find = |uid: &[u8], occurrence| listing.find(uid, occurrence).map(MessageNumber::get);
        assert_eq!([find(b"b", 0), find(b"b", 1), find(b"b", 2), find(b"bb", 0)], [Some(1), Some(3), None, None]);
        let by_number = listing.by_number();
        let uids: Vec<_> = (1..8).map(|at| by_number.get(MessageNumber::new(at).unwrap())).collect();
        let expected: [Option<&[u8]>; 7] = [Some(b"b"), Some(b"a"), Some(b"b"), None, Some(b"c"), None, None];
        assert_eq!(uids, expected);
        assert_eq!(by_number.numbers().count(), 5);
    }
}
