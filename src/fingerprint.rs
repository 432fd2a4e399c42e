//! What tells a message from every other one, whatever its server calls it. A core module.
//!
//! Servers change unique-ids, give them anew, and list the same one twice. A fingerprint is taken of the message itself:
//! of header fields that no two deliveries share, so that TOP is enough to compare it, or of the whole message where it
//! has none of them.

use sha2::{Digest, Sha256};

/// 16 octets: a version, then a part of a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; LENGTH]);

impl Fingerprint {
    /// One that was stored; none, if no version of mailhaul makes such ones.
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let octets: [u8; LENGTH] = octets.try_into().ok()?;
        matches!(octets[0], HEADER | WHOLE).then_some(Self(octets))
    }

    /// To be stored.
    pub fn as_octets(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Was it taken of the whole message? Then the header alone proves nothing, and identical messages, such as notes
    /// that a machine sends each night, have the same one.
    pub fn is_whole(&self) -> bool {
        self.0[0] == WHOLE
    }

    fn new(version: u8, digest: &[u8]) -> Self {
        let mut octets = [version; LENGTH];
        octets[1..].copy_from_slice(&digest[..LENGTH - 1]);
        Self(octets)
    }
}

/// Takes a fingerprint of a message that comes in pieces, in the form in which it goes over the line.
pub struct Taker {
    fields: [Option<Vec<u8>>; FIELDS.len()],
    /// The field that the last line belongs to, if it is one of ours and the first of its name.
    current: Option<usize>,
    /// A line whose end has not come.
    line: Vec<u8>,
    /// What has come so far, while the whole message may still be needed.
    held: Vec<u8>,
    whole: Option<Whole>,
    in_body: bool,
}

/// The digest of a whole message, with the line ends of Unix: servers differ in what they do to the last one.
#[derive(Default)]
struct Whole {
    hash: Sha256,
    behind_cr: bool,
}

impl Default for Taker {
    fn default() -> Self {
        Self {
            fields: [const { None }; FIELDS.len()],
            current: None,
            line: Vec::new(),
            held: Vec::new(),
            whole: None,
            in_body: false,
        }
    }
}

impl Taker {
    /// Takes the next octets.
    pub fn push(&mut self, octets: &[u8]) {
        if self.in_body {
            if let Some(whole) = &mut self.whole {
                whole.push(octets);
            }
            return;
        }
        let mut rest = octets;
        while !self.in_body && !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
            let (line, behind) = rest.split_at(end);
            self.hold(line);
            self.header(line);
            rest = behind;
        }
        if let Some(whole) = self.whole.as_mut().filter(|_| self.in_body) {
            whole.push(rest);
        }
    }

    /// The fingerprint of the message whose last octets have come.
    pub fn finish(mut self) -> Fingerprint {
        if !self.in_body {
            self.end_header();
        }
        match self.whole {
            Some(whole) => whole.finish(),
            None => self.of_fields(),
        }
    }

    /// The fingerprint, when only the header has come, as by TOP: none, if the header is not enough.
    pub fn finish_header(mut self) -> Option<Fingerprint> {
        if !self.in_body {
            self.end_header();
        }
        self.whole.is_none().then(|| self.of_fields())
    }

    /// Keeps what may be needed for the whole message. A header of this size without one of the fields is no header.
    fn hold(&mut self, octets: &[u8]) {
        if let Some(whole) = &mut self.whole {
            return whole.push(octets);
        }
        if self.identifies() {
            return self.held.clear();
        }
        self.held.extend_from_slice(octets);
        if self.held.len() > MOST_HELD {
            self.begin_whole();
        }
    }

    fn begin_whole(&mut self) {
        let mut whole = Whole::default();
        whole.push(&std::mem::take(&mut self.held));
        self.whole = Some(whole);
    }

    fn header(&mut self, piece: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(&piece[..piece.len().min(room)]);
        if !piece.ends_with(b"\n") {
            return;
        }
        let line = std::mem::take(&mut self.line);
        self.header_line(line.trim_ascii_end());
    }

    fn header_line(&mut self, line: &[u8]) {
        if line.is_empty() {
            return self.end_header();
        }
        if line[0].is_ascii_whitespace() {
            if let Some(field) = self.current.and_then(|at| self.fields[at].as_mut()) {
                append(field, line);
            }
            return;
        }
        self.current = None;
        let Some(colon) = memchr::memchr(b':', line) else { return };
        let name = line[..colon].trim_ascii_end();
        let Some(at) = FIELDS.iter().position(|field| name.eq_ignore_ascii_case(field)) else { return };
        if self.fields[at].is_none() {
            let mut value = Vec::new();
            append(&mut value, &line[colon + 1..]);
            self.fields[at] = Some(value);
            self.current = Some(at);
        }
    }

    fn end_header(&mut self) {
        let rest = std::mem::take(&mut self.line);
        if !rest.is_empty() {
            self.header_line(rest.trim_ascii_end());
        }
        if self.in_body {
            return; // the rest was an empty line
        }
        self.in_body = true;
        if !self.identifies() && self.whole.is_none() {
            self.begin_whole();
        } else if self.identifies() {
            self.whole = None;
            self.held = Vec::new();
        }
    }

    /// Is there a field that no other message has?
    fn identifies(&self) -> bool {
        [MESSAGE_ID, RECEIVED].iter().any(|&at| self.fields[at].as_ref().is_some_and(|value| !value.is_empty()))
    }

    fn of_fields(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for field in &self.fields {
            match field {
                // The length of a field that is missing is one that no field has.
                None => hash.update(u64::MAX.to_be_bytes()),
                Some(value) => {
                    hash.update((value.len() as u64).to_be_bytes());
                    hash.update(value);
                }
            }
        }
        Fingerprint::new(HEADER, &hash.finalize())
    }
}

impl Whole {
    fn push(&mut self, mut octets: &[u8]) {
        if self.behind_cr && !octets.is_empty() {
            self.behind_cr = false;
            if octets[0] != b'\n' {
                self.hash.update(b"\r");
            }
        }
        while let Some(cr) = memchr::memchr(b'\r', octets) {
            self.hash.update(&octets[..cr]);
            octets = &octets[cr + 1..];
            match octets.first() {
                Some(b'\n') => {}
                Some(_) => self.hash.update(b"\r"),
                None => self.behind_cr = true,
            }
        }
        self.hash.update(octets);
    }

    fn finish(mut self) -> Fingerprint {
        if self.behind_cr {
            self.hash.update(b"\r");
        }
        Fingerprint::new(WHOLE, &self.hash.finalize())
    }
}

/// Adds a line to an unfolded value: one blank between lines, none at the ends. What a hostile header has beyond a limit
/// is left out, in RETR and TOP alike.
fn append(value: &mut Vec<u8>, line: &[u8]) {
    let line = line.trim_ascii();
    if line.is_empty() {
        return;
    }
    if !value.is_empty() {
        value.push(b' ');
    }
    let room = LONGEST_FIELD.saturating_sub(value.len());
    value.extend_from_slice(&line[..line.len().min(room)]);
}

/// The fields, the first of each: of Received the topmost, which the last server wrote.
const FIELDS: [&[u8]; 6] = [b"Message-ID", b"Date", b"From", b"To", b"Subject", b"Received"];
const MESSAGE_ID: usize = 0;
const RECEIVED: usize = 5;

const LENGTH: usize = 16;

/// Version octets.
const HEADER: u8 = 1;
const WHOLE: u8 = 2;

/// Octets of a field that count.
const LONGEST_FIELD: usize = 16 * 1024;

/// Octets of a line that are looked at: more than count of a field, so that where the pieces are split does not matter.
const LONGEST_LINE: usize = 2 * LONGEST_FIELD;

/// Octets that are held until the header has ended or has shown one of the fields.
const MOST_HELD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(message: &[u8]) -> Fingerprint {
        let mut taker = Taker::default();
        taker.push(message);
        taker.finish()
    }

    fn of_top(header: &[u8]) -> Option<Fingerprint> {
        let mut taker = Taker::default();
        taker.push(header);
        taker.finish_header()
    }

    const MAIL: &[u8] = b"Received: from a\r\n\tby b; Mon\r\nReceived: older\r\nMESSAGE-ID: <1@a>\r\nFrom: ann\r\n\
        X: y\r\nTo:\r\n bob\r\nSubject: s\r\n\r\nbody\r\n";

    #[test]
    fn the_header_is_enough_and_the_rest_does_not_matter() {
        let whole = of(MAIL);
        assert!(!whole.is_whole());
        let end = memchr::memmem::find(MAIL, b"\r\n\r\n").unwrap();
        for header in [&MAIL[..end + 4], &MAIL[..end + 2], &MAIL[..end]] {
            assert_eq!(of_top(header), Some(whole));
        }
        let text = String::from_utf8_lossy(MAIL);
        for same in [
            text.replace("\r\n", "\n"),
            text.replace("X: y", "Status: RO"),
            text.replace("Received: older\r\n", ""),
            text.replace("\r\n\tby", "   \r\n  by"),
            text.replace("body", "another"),
        ] {
            assert_eq!(of(same.as_bytes()), whole, "{same}");
        }
        for other in [
            text.replace("<1@a>", "<2@a>"),
            text.replace("by b", "by c"),
            text.replace("Subject: s\r\n", ""),
            text.replace("Subject: s", "Subject:"),
            text.replace("X: y", "Date: Mon"),
        ] {
            assert_ne!(of(other.as_bytes()), whole, "{other}");
        }
    }

    #[test]
    fn a_field_that_is_empty_is_not_one_that_is_missing_and_none_runs_into_the_next() {
        let with = |fields: &str| of(format!("Message-ID: 1\r\n{fields}\r\n").as_bytes());
        let different = ["", "To:\r\n", "Subject:\r\n", "From: a\r\nTo: b\r\n", "From: ab\r\n", "To: ab\r\n"];
        for (at, one) in different.iter().enumerate() {
            different[..at].iter().for_each(|other| assert_ne!(with(one), with(other), "{one} {other}"));
        }
    }

    #[test]
    fn without_those_fields_the_whole_message_counts() {
        let note = b"From: cron\r\nSubject: done\r\n\r\nall is well\r\n";
        assert!(of(note).is_whole());
        assert_eq!(of_top(note), None);
        assert_eq!(of(note), of(b"From: cron\nSubject: done\n\nall is well\n"));
        assert_ne!(of(note), of(b"From: cron\r\nSubject: done\r\n\r\nall is lost\r\n"));
        assert_ne!(of(b"a\rb"), of(b"ab"));
        assert!(of(b"").is_whole() && of(b"Message-ID:\r\n\r\n").is_whole());
    }

    #[test]
    fn a_header_without_end_is_bounded() {
        let mut taker = Taker::default();
        for _ in 0..100 {
            taker.push(&[b'x'; 10_000]);
            assert!(taker.held.len() <= MOST_HELD + 10_000 && taker.line.len() <= LONGEST_LINE);
        }
        assert!(taker.finish().is_whole());
    }

    #[test]
    fn what_is_stored_is_known_again() {
        let print = of(MAIL);
        assert_eq!(Fingerprint::from_octets(print.as_octets()), Some(print));
        assert_eq!(Fingerprint::from_octets(&[0; 16]), None);
        assert_eq!(Fingerprint::from_octets(&[1; 15]), None);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(message in "(Message-ID: 1|Subject|:| |\r|\n|\r\n|a){0,30}", cuts in prop::collection::vec(0usize..80, 0..4)) {
            let message = message.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
            cuts.extend([0, message.len()]);
            cuts.sort_unstable();
            let mut taker = Taker::default();
            cuts.windows(2).for_each(|pair| taker.push(&message[pair[0]..pair[1]]));
            prop_assert_eq!(taker.finish(), of(message));
        }
    }
}
