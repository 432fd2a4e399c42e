//! What is told of a message once it is published, taken of it as it comes; where nobody wants it, nothing is.

use sha2::{Digest, Sha256};

use crate::deliver::ToLf;
use crate::headers::{Headers, MAX_HEADER};
use crate::output::Summary;
use crate::private;

/// Takes it of a message in the form in which it goes over the line, in pieces.
#[derive(Default)]
pub(super) struct SummaryTaker {
    /// The first octets of the message.
    header: Vec<u8>,
    stored: Stored,
}

/// The message as a Maildir has it.
#[derive(Default)]
struct Stored {
    lf: ToLf,
    octets: u64,
    hash: Sha256,
}

impl SummaryTaker {
    pub(super) fn push(&mut self, octets: &[u8]) {
        let room = MAX_HEADER.saturating_sub(self.header.len());
        self.header.extend_from_slice(&octets[..octets.len().min(room)]);
        self.stored.push(octets);
    }

    pub(super) fn finish(self) -> Summary {
        let Headers { date, from, subject, message_id } = Headers::read(&self.header);
        let (octets, sha256) = self.stored.finish();
        Summary { octets, sha256, message_id, date, from, subject }
    }
}

impl Stored {
    fn push(&mut self, octets: &[u8]) {
        let Self { lf, octets: count, hash } = self;
        lf.push(octets, &mut |octets| {
            *count += octets.len() as u64;
            hash.update(octets);
        });
    }

    fn finish(mut self) -> (u64, String) {
        let Self { lf, octets, hash } = &mut self;
        lf.finish(&mut |rest| {
            *octets += rest.len() as u64;
            hash.update(rest);
        });
        (self.octets, private::hex(&self.hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_however_the_message_comes() {
        let message = b"From: a@b\r\nMessage-ID: <1@b>\r\nSubject: =?utf-8?Q?caf=C3=A9?=\r\n\r\nx\r\r\ny\r";
        let stored = b"From: a@b\nMessage-ID: <1@b>\nSubject: =?utf-8?Q?caf=C3=A9?=\n\nx\r\ny\r";
        for size in 1..=message.len() {
            let mut taker = SummaryTaker::default();
            message.chunks(size).for_each(|piece| taker.push(piece));
            let summary = taker.finish();
            assert_eq!(
                (summary.octets, &summary.sha256),
                (stored.len() as u64, &private::hex(&Sha256::digest(stored)))
            );
            let told = [&summary.from, &summary.message_id, &summary.subject, &summary.date];
            assert_eq!(told, ["a@b", "1@b", "caf\u{e9}", ""]);
        }
    }

    #[test]
    fn it_keeps_no_more_than_a_header() {
        let mut taker = SummaryTaker::default();
        (0..40).for_each(|_| taker.push(&[b'x'; 10_000]));
        assert!(taker.header.len() == MAX_HEADER && taker.finish().octets == 400_000);
    }
}
