//! The wish to stop: a flag for loops, and a descriptor that wakes every blocked wait. A core module.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by everything that loops or waits. Once asked for, a stop stays asked for.
#[derive(Clone, Debug)]
pub struct Stop {
    flag: Arc<AtomicBool>,
    wake: Arc<UnixStream>,
    /// The asker's side, kept open: when every asker is gone, as where all signals are ignored, nobody has asked.
    _asker: Arc<UnixStream>,
}

/// The other end, for whoever asks: setting the flag and writing one octet are both safe in a signal handler.
#[derive(Debug)]
pub struct Asker {
    /// Set first.
    pub flag: Arc<AtomicBool>,
    /// Written second; never read, so that it wakes every waiter.
    pub wake: UnixStream,
}

impl Stop {
    /// A connected pair of asker and asked.
    pub fn pair() -> std::io::Result<(Asker, Self)> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let flag = Arc::new(AtomicBool::new(false));
        let asker = Asker { flag: Arc::clone(&flag), wake };
        let stop = Self { flag, wake: Arc::new(woken), _asker: Arc::new(asker.wake.try_clone()?) };
        Ok((asker, stop))
    }

    /// Has a stop been asked for?
    pub fn is_asked(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Becomes readable when a stop is asked for, and stays so.
    pub fn wake_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl Asker {
    /// Asks for a stop.
    pub fn ask(&self) {
        self.flag.store(true, Ordering::Relaxed);
        // A full pipe means that an earlier request already wakes everyone.
        std::io::Write::write(&mut &self.wake, b"x").ok();
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    #[test]
    fn only_an_asker_wakes() {
        let (asker, stop) = Stop::pair().unwrap();
        let is_awake = || {
            let mut fds = [PollFd::from_borrowed_fd(stop.wake_fd(), PollFlags::IN)];
            poll(&mut fds, Some(&Timespec::default())).unwrap() > 0
        };
        assert!(!is_awake() && !stop.is_asked());
        asker.ask();
        assert!(is_awake() && stop.is_asked());
        let (asker, stop) = Stop::pair().unwrap();
        drop(asker);
        let mut fds = [PollFd::from_borrowed_fd(stop.wake_fd(), PollFlags::IN)];
        assert_eq!(poll(&mut fds, Some(&Timespec::default())), Ok(0), "nobody has asked");
    }
}
