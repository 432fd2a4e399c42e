//! The end of the server, as something every thread of it can wait for.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Becomes readable, and stays so, when the server stops.
#[derive(Debug)]
pub struct Stop {
    stopped: AtomicBool,
    near: UnixStream,
    far: UnixStream,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The time has passed.
    Elapsed,
    /// The other side closed the connection.
    HungUp,
    /// The server stops.
    Stopped,
}

impl Stop {
    /// A server that runs.
    pub fn new() -> Self {
        let (near, far) = UnixStream::pair().expect("a socket pair can be made");
        Self { stopped: AtomicBool::new(false), near, far }
    }

    /// Wakes everyone who waits, now and later.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.near.shutdown(std::net::Shutdown::Both).ok(); // a second stop changes nothing
    }

    /// Whether the server stops.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Waits, but no longer than the server runs.
    pub fn sleep(&self, time: Duration) -> Woken {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            let mut fds = [PollFd::new(&self.far, PollFlags::IN)];
            match poll(&mut fds, Some(&timeout)) {
                Ok(0) => return Woken::Elapsed,
                Ok(_) => return Woken::Stopped,
                Err(_) => {} // interrupted
            }
        }
    }

    /// Waits until `socket` is hung up or the server stops, without reading from it.
    pub fn stall(&self, socket: impl AsFd) -> Woken {
        self.wait_for(&[socket], HANG_UP);
        if self.is_stopped() { Woken::Stopped } else { Woken::HungUp }
    }

    /// Waits until one of `sockets` can be read or accepted from; false when the server stops.
    pub fn wait_readable(&self, sockets: &[impl AsFd]) -> bool {
        self.wait_for(sockets, PollFlags::IN);
        !self.is_stopped()
    }

    fn wait_for(&self, sockets: &[impl AsFd], flags: PollFlags) {
        let mut fds: Vec<_> = sockets.iter().map(|socket| PollFd::new(socket, flags)).collect();
        fds.push(PollFd::new(&self.far, PollFlags::IN));
        while poll(&mut fds, None).is_err() {} // interrupted
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const HANG_UP: PollFlags = PollFlags::RDHUP;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const HANG_UP: PollFlags = PollFlags::HUP;
