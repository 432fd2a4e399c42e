use std::io::{self, Read};

use crate::proto::{Error, LineRule, limits};

/// The one input buffer of a session.
///
/// ```text
/// [ used | not yet used | free ]
///        ^start         ^end         0 <= start <= end <= len
/// ```
pub(super) struct Input {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Input {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; CAPACITY].into_boxed_slice(), start: 0, end: 0 }
    }

    /// What has been received and not used.
    pub(super) fn unused(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// `octets` of [`Self::unused`] have been used.
    pub(super) fn consume(&mut self, octets: usize) {
        self.start += octets;
        debug_assert!(self.start <= self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Receives more. `false` at the end of the stream.
    pub(super) fn fill(&mut self, stream: &mut impl Read) -> io::Result<bool> {
        if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let received = stream.read(&mut self.buffer[self.end..])?;
        self.end += received;
        Ok(received > 0)
    }

    /// The next whole line without its end, and the rule that its end sets; `None` until more is received. An error
    /// if it is longer than any server's line should be.
    pub(super) fn line(&mut self) -> Result<Option<(&[u8], LineRule)>, Error> {
        let unused = &self.buffer[self.start..self.end];
        let Some(newline) = memchr::memchr(b'\n', &unused[..unused.len().min(limits::REPLY_LINE)]) else {
            return if unused.len() >= limits::REPLY_LINE {
                Err(Error::Limit { what: format!("a line of more than {} octets", limits::REPLY_LINE) })
            } else {
                Ok(None)
            };
        };
        let line = &self.buffer[self.start..self.start + newline];
        self.start += newline + 1;
        Ok(Some(match line.strip_suffix(b"\r") {
            Some(line) => (line, LineRule::Strict),
            None => (line, LineRule::Loose),
        }))
    }
}

/// Octets received in one call at most. Larger than the longest line.
const CAPACITY: usize = 128 * 1024;
