use std::collections::HashMap;

use super::limits::{LISTED, UID, UIDS};
use super::number::{leading_number, skip_blanks};
use super::{Error, MessageNumber};

/// The unique-id listing of a maildrop: one buffer of octets with offsets, so that a million messages stay cheap.
#[derive(Clone, Debug)]
pub struct Listing {
    octets: Vec<u8>,
    entries: Vec<ListingEntry>,
    without_uid: Vec<MessageNumber>,
    /// Messages at most.
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
    /// A listing that ends with an error behind so many messages.
    pub fn of_at_most(limit: usize) -> Self {
        Self { octets: Vec::new(), entries: Vec::new(), without_uid: Vec::new(), limit }
    }

    /// Adds a line of the UIDL reply, unstuffed and without its line end: `number blanks unique-id` (C-050 to
    /// C-054). A unique-id that is empty or has control characters identifies nothing; the message is noted as
    /// one without. Blanks around a line, and blank lines, say nothing.
    pub fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        let (number, uid) = split_line("UIDL", line)?;
        if self.len() + self.without_uid.len() >= self.limit {
            return Err(Error::TooManyListed { limit: self.limit });
        }
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
        let until = |is_before: &dyn Fn(&[u8]) -> bool| {
            self.entries.partition_point(|entry| is_before(uid_of(&self.octets, entry)))
        };
        until(&|other| other <= uid) - until(&|other| other < uid)
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

/// The sizes of a scan listing, in octets. They are hints: for progress and limits, never for framing (C-046).
///
/// Servers list messages in the order of their numbers, which takes twelve octets for each; what comes in any other order
/// is kept apart.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Ascending.
    numbers: Vec<MessageNumber>,
    /// Of each of these; [`UNKNOWN`] if its line cannot be read.
    octets: Vec<u64>,
    others: HashMap<MessageNumber, u64>,
    /// Lines that came, bad ones too.
    received: usize,
    limit: usize,
    first_bad_line: Option<Error>,
    /// Whose messages are not known either.
    first_without_number: Option<Error>,
}

impl Default for Sizes {
    fn default() -> Self {
        Self::of_at_most(LISTED)
    }
}

impl Sizes {
    /// A listing that ends with an error behind so many lines.
    pub fn of_at_most(limit: usize) -> Self {
        let (numbers, octets, others) = (Vec::new(), Vec::new(), HashMap::new());
        Self { numbers, octets, others, received: 0, limit, first_bad_line: None, first_without_number: None }
    }

    /// Adds a line of the LIST reply, unstuffed and without its line end: `number blanks octets [anything]`
    /// (C-026, C-042, C-044). One that cannot be read is remembered, and its message has no size.
    pub fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.received >= self.limit {
            return Err(Error::TooManyListed { limit: self.limit });
        }
        self.received += 1;
        match self.add_line(trimmed(line)) {
            Err(bad @ Error::BadLine { .. }) => {
                if split_line("LIST", trimmed(line)).is_err() {
                    self.first_without_number.get_or_insert(bad.clone());
                }
                self.first_bad_line.get_or_insert(bad);
                Ok(())
            }
            result => result,
        }
    }

    /// Every message, in any order.
    pub fn numbers(&self) -> impl Iterator<Item = MessageNumber> {
        self.numbers.iter().chain(self.others.keys()).copied()
    }

    /// Does it have a line of this message?
    pub fn has(&self, number: MessageNumber) -> bool {
        self.numbers.binary_search(&number).is_ok() || self.others.contains_key(&number)
    }

    /// Hides what is not for everybody's eyes in what may be shown.
    pub fn mask(&mut self, mask: &dyn Fn(&[u8]) -> Vec<u8>) {
        self.first_bad_line = self.first_bad_line.take().map(|bad| bad.masked(mask));
        self.first_without_number = self.first_without_number.take().map(|bad| bad.masked(mask));
    }

    /// The first line that could not be read.
    pub fn first_bad_line(&self) -> Option<&Error> {
        self.first_bad_line.as_ref()
    }

    /// The first line that does not even tell of which message it is.
    pub fn first_without_number(&self) -> Option<&Error> {
        self.first_without_number.as_ref()
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if line.is_empty() {
            return Ok(());
        }
        let (number, rest) = split_line("LIST", line)?;
        let octets = leading_number(rest).map(|(octets, _)| octets.min(i64::MAX as u64));
        if self.repeats(number, octets.unwrap_or(UNKNOWN)) {
            return Err(bad_line("LIST", line, "repeats a message number"));
        }
        octets.map(drop).ok_or_else(|| bad_line("LIST", line, "has no size"))
    }

    /// Adds a size. Where there is one of the same message already, nobody knows which of the two it is.
    fn repeats(&mut self, number: MessageNumber, octets: u64) -> bool {
        if self.numbers.last().is_none_or(|last| *last < number) && !self.others.contains_key(&number) {
            self.numbers.push(number);
            self.octets.push(octets);
            return false;
        }
        let known = match self.numbers.binary_search(&number) {
            Ok(at) => self.octets.get_mut(at),
            Err(_) => self.others.get_mut(&number),
        };
        match known {
            Some(known) => {
                *known = UNKNOWN;
                true
            }
            None => {
                self.others.insert(number, octets);
                false
            }
        }
    }

    /// The size of a message, if the server told it.
    pub fn get(&self, number: MessageNumber) -> Option<u64> {
        let octets = match self.numbers.binary_search(&number) {
            Ok(at) => self.octets.get(at),
            Err(_) => self.others.get(&number),
        };
        octets.copied().filter(|octets| *octets != UNKNOWN)
    }
}

/// A line without the blanks around it, which some servers add.
fn trimmed(line: &[u8]) -> &[u8] {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let Some(begin) = line.iter().position(|octet| !is_blank(octet)) else { return &[] };
    let end = line.iter().rposition(|octet| !is_blank(octet)).map_or(begin, |last| last + 1);
    &line[begin..end]
}

/// The message number and what follows the blanks behind it.
fn split_line<'a>(verb: &'static str, line: &'a [u8]) -> Result<(MessageNumber, &'a [u8]), Error> {
    let (number, rest) = leading_number(line).ok_or_else(|| bad_line(verb, line, "does not begin with a number"))?;
    let number = u32::try_from(number).ok().and_then(MessageNumber::new);
    let number = number.ok_or_else(|| bad_line(verb, line, "has an impossible message number"))?;
    let value = skip_blanks(rest);
    if value.len() == rest.len() && !rest.is_empty() {
        return Err(bad_line(verb, line, "does not begin with a number"));
    }
    Ok((number, value))
}

fn uid_of<'a>(octets: &'a [u8], entry: &ListingEntry) -> &'a [u8] {
    &octets[entry.start as usize..][..entry.len as usize]
}

fn bad_line(verb: &'static str, line: &[u8], why: &'static str) -> Error {
    Error::BadLine { verb, line: line.to_vec(), why }
}

/// No size is so large.
const UNKNOWN: u64 = u64::MAX;

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
        let mut sizes = Sizes::default();
        [&b""[..], b"  ", b" 1 7", b"\t2\t8 \t"].iter().for_each(|line| sizes.push_line(line).unwrap());
        let octets: Vec<u64> = sizes.numbers().filter_map(|number| sizes.get(number)).collect();
        assert_eq!((octets, sizes.first_bad_line().is_some()), (vec![7, 8], false));
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

        let mut nearly_all =
            Listing { without_uid: vec![MessageNumber::new(1).unwrap(); 8], ..Listing::of_at_most(10) };
        nearly_all.push_line(b"2 a").unwrap();
        nearly_all.push_line(b"3").unwrap();
        for one_too_many in [&b"4 b"[..], b"4"] {
            assert_eq!(nearly_all.push_line(one_too_many), Err(Error::TooManyListed { limit: 10 }));
        }

        // Zeros that nobody touches take no memory.
        let mut nearly_full = Listing { octets: vec![0; UIDS - 1], ..Listing::default() };
        assert!(matches!(nearly_full.push_line(b"1 ab"), Err(Error::Limit { .. })));
    }

    #[test]
    fn bad_lines_of_sizes_count() {
        let mut sizes = Sizes { received: 9, ..Sizes::of_at_most(10) };
        sizes.push_line(b"nonsense").unwrap();
        assert_eq!(sizes.push_line(b"nonsense"), Err(Error::TooManyListed { limit: 10 }));
    }

    #[test]
    fn sizes_are_found_whatever_their_order() {
        let mut sizes = Sizes::default();
        let number = |number| MessageNumber::new(number).unwrap();
        for line in ["2 20", "5 50", "3 30", "9 90", "3 31", "5 51", "1 10", "9 x", "7 70"] {
            sizes.push_line(line.as_bytes()).unwrap();
        }
        let found: Vec<_> = (1..10).map(|at| (sizes.has(number(at)), sizes.get(number(at)))).collect();
        let size = |octets| (true, Some(octets));
        let (none, twice) = ((false, None), (true, None));
        assert_eq!(found, [size(10), size(20), twice, none, twice, none, size(70), none, twice]);
        assert_eq!(sizes.numbers().count(), 6);
    }

    #[test]
    fn unique_ids_are_found_by_number_and_counted() {
        let listing = listing(&[b"3 b", b"1 b", b"2 a", b"7", b"5 c"]).unwrap();
        assert_eq!(listing.copies(), HashMap::from([(b"b".to_vec(), 2)]));
        assert_eq!([&b"a"[..], b"b", b"bb", b"c"].map(|uid| listing.count_of(uid)), [1, 2, 0, 1]);
        let by_number = listing.by_number();
        let uids: Vec<_> = (1..8).map(|at| by_number.get(MessageNumber::new(at).unwrap())).collect();
        let expected: [Option<&[u8]>; 7] = [Some(b"b"), Some(b"a"), Some(b"b"), None, Some(b"c"), None, None];
        assert_eq!(uids, expected);
        assert_eq!(by_number.numbers().count(), 5);
    }

    #[test]
    fn sizes_take_any_order_64_bits_and_trailing_words() {
        let mut sizes = Sizes::default();
        sizes.push_line(b"2 4294967400 extra").unwrap();
        sizes.push_line(b"1\t 12").unwrap();
        assert_eq!(sizes.get(MessageNumber::new(2).unwrap()), Some(4_294_967_400));
        assert_eq!(sizes.get(MessageNumber::new(3).unwrap()), None);
        for bad in [&b"1 7"[..], b"3", b"3 x", b"x", b"3 -5"] {
            assert!(sizes.add_line(bad).is_err(), "{bad:?}");
        }
        sizes.push_line(b"4 x").unwrap();
        assert_eq!(sizes.received, 3);
        assert!(sizes.first_bad_line().unwrap().to_string().contains("4 x"));
        assert!(sizes.first_without_number().is_none());
        sizes.push_line(b"x 4").unwrap();
        assert!(sizes.first_without_number().unwrap().to_string().contains("x 4"));
    }
}
