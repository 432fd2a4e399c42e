//! Writes to the standard input of a command, as far as it reads.

use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ChildStdin;

/// What is still to be written.
pub(super) struct Feed<'a> {
    source: &'a mut dyn Read,
    pipe: ChildStdin,
    buffer: Vec<u8>,
    /// What of the buffer is to be written next.
    waiting: Range<usize>,
}

/// How far a write came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// The pipe takes no more for now.
    Full,
    /// All is written, or nobody reads any more, which is nobody's error.
    Over,
}

impl<'a> Feed<'a> {
    pub(super) fn new(source: &'a mut dyn Read, pipe: ChildStdin) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Self { source, pipe, buffer: vec![0; BUFFER], waiting: 0..0 })
    }

    /// Writes what the pipe takes. An error is one of the source.
    pub(super) fn write(&mut self) -> io::Result<Fed> {
        loop {
            if self.waiting.is_empty() {
                self.waiting = 0..self.read()?;
                if self.waiting.is_empty() {
                    return Ok(Fed::Over);
                }
            }
            match self.pipe.write(&self.buffer[self.waiting.clone()]) {
                Ok(count) => self.waiting.start += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Fed::Full),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Ok(Fed::Over), // EPIPE: a pipe has no other error
            }
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

impl AsFd for Feed<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

/// As much as a pipe holds.
const BUFFER: usize = 64 * 1024;
