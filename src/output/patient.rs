//! Writes for a process that stays: whoever reads its lines may stop reading, and mail must go on.

use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::stop::Stop;
use crate::until::Until;

/// Waits for a reader, but not for ever.
pub(super) struct PatientOutput {
    stop: Stop,
    /// The reader has kept us waiting: until it reads again, what it does not take at once is dropped.
    is_stuck: AtomicBool,
}

impl PatientOutput {
    pub(super) fn new(stop: Stop) -> Self {
        Self { stop, is_stuck: AtomicBool::new(false) }
    }

    /// Writes all of it, in pieces that a pipe which is ready takes at once.
    ///
    /// # Errors
    ///
    /// The rest was dropped, as nobody reads it.
    pub(super) fn write(&self, out: BorrowedFd<'_>, octets: &[u8]) -> io::Result<()> {
        for piece in octets.chunks(PIECE) {
            let mut left = piece;
            while !left.is_empty() {
                self.wait(out)?;
                let written = rustix::io::retry_on_intr(|| rustix::io::write(out, left))?;
                left = &left[written..];
            }
        }
        self.is_stuck.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn wait(&self, out: BorrowedFd<'_>) -> io::Result<()> {
        if is_ready(out)? {
            return Ok(());
        }
        let until = Until { deadline: None, stop: Some(self.stop.clone()) }.within(PATIENCE);
        let wanted = vec![PollFd::from_borrowed_fd(out, PollFlags::OUT)];
        if !self.is_stuck.load(Ordering::Relaxed) && until.ready(wanted)?.is_ok() {
            return Ok(());
        }
        self.is_stuck.store(true, Ordering::Relaxed);
        Err(io::Error::new(ErrorKind::TimedOut, "nobody reads it"))
    }
}

/// Also when a stop was asked for: what there is room for is still written.
fn is_ready(out: BorrowedFd<'_>) -> io::Result<bool> {
    let mut wanted = [PollFd::from_borrowed_fd(out, PollFlags::OUT)];
    let ready = rustix::io::retry_on_intr(|| poll(&mut wanted, Some(&Timespec::default())))?;
    Ok(ready > 0)
}

/// PIPE_BUF of Linux: a pipe that is ready takes as much without a wait.
const PIECE: usize = 4096;

/// A reader that is busy, such as a journal under load, has come back by then.
const PATIENCE: Duration = Duration::from_secs(5);
