//! Mail that anybody might get, the same at each run.

use super::Message;

/// `count` ordinary messages of a few hundred octets to some 40 KiB.
pub(crate) fn ordinary_messages(count: usize) -> Vec<Message> {
    (0..count).map(|number| ordinary(number as u64)).collect()
}

/// Ordinary message `number`.
pub(super) fn ordinary(number: u64) -> Message {
    let mut random = Random::new(number);
    let lines = match random.below(20) {
        0 => random.below(600),
        1..5 => random.below(120),
        _ => random.below(30),
    };
    let mut content = headers(&format!("ordinary message {number}"));
    for _ in 0..lines {
        random.line(&mut content);
    }
    Message::new(&format!("ordinary {number}"), content)
}

/// Usual headers and the blank line after them.
pub(super) fn headers(subject: &str) -> Vec<u8> {
    format!(
        "Return-Path: <bob@example.org>\nReceived: from a.example.org by b.example.org;\n\tThu, 1 Oct 2026 12:00:00 +0000\n\
         From: Bob <bob@example.org>\nTo: Ann <ann@example.org>\nSubject: {subject}\n\
         Date: Thu, 1 Oct 2026 12:00:00 +0000\nMessage-ID: <{}@example.org>\n\n",
        subject.replace(' ', ".")
    )
    .into_bytes()
}

/// A message of some `size` octets: numbered lines, so that a part lost, doubled or moved shows.
pub(super) fn huge(size: usize) -> Vec<u8> {
    let mut random = Random::new(size as u64);
    let mut block = Vec::new();
    while block.len() < 8 << 10 {
        random.line(&mut block);
    }
    block.extend_from_slice(b".\n..\nFrom the middle\n>From the middle\n");
    let mut content = headers("huge");
    content.reserve(size);
    for number in 0_u64.. {
        if content.len() >= size {
            break;
        }
        content.extend_from_slice(format!("block {number}\n").as_bytes());
        content.extend_from_slice(&block);
    }
    content
}

/// Marsaglia's xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// Appends a line of words, empty now and then.
    fn line(&mut self, to: &mut Vec<u8>) {
        for word in 0..self.below(14) {
            if word > 0 {
                to.push(b' ');
            }
            for _ in 0..=self.below(8) {
                to.push(b'a' + u8::try_from(self.below(26)).expect("below 26"));
            }
        }
        to.push(b'\n');
    }
}
