//! The delay line: octets that reach the client one round-trip time after what caused them.
//!
//! The whole round trip is spent on the way back, which no client can tell from half of it on each way. It lies beneath
//! TLS, bandwidth is unlimited, and what is under way at the same time does not wait for each other.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The sending half of a connection whose octets take their time.
#[derive(Debug)]
pub struct DelayLine {
    line: Arc<Line>,
    sender: Option<JoinHandle<()>>,
    rtt: Duration,
    /// When the client's connect would have been answered.
    connected: Instant,
}

#[derive(Debug)]
struct Line {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    parcels: VecDeque<(Instant, Vec<u8>)>,
    /// Used buffers, to be filled again.
    spare: Vec<Vec<u8>>,
    octets: usize,
    /// Nothing more will come.
    complete: bool,
    /// The end of the stream is not sent: the socket will be reset.
    reset: bool,
    /// The socket takes nothing more.
    broken: bool,
}

impl DelayLine {
    /// A line over `socket`, which has just been accepted.
    pub fn new(socket: Arc<TcpStream>, rtt: Duration) -> Self {
        let line = Arc::new(Line { queue: Mutex::default(), changed: Condvar::new() });
        let sender = std::thread::spawn({
            let line = Arc::clone(&line);
            move || line.deliver(&socket)
        });
        Self { line, sender: Some(sender), rtt, connected: Instant::now() + rtt }
    }

    /// Sends the parts as one. `answer` is false for the greeting, which no octet of the client has caused.
    pub fn send(&self, parts: &[io::IoSlice<'_>], answer: bool) -> io::Result<usize> {
        let due = match answer {
            true => Instant::now().max(self.connected) + self.rtt,
            false => self.connected + self.rtt / 2,
        };
        let mut queue = self.line.lock();
        while queue.octets > MOST_UNDER_WAY && !queue.broken {
            queue = self.line.wait(queue);
        }
        if queue.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut parcel = queue.spare.pop().unwrap_or_default();
        parts.iter().for_each(|part| parcel.extend_from_slice(part));
        let octets = parcel.len();
        queue.octets += octets;
        queue.parcels.push_back((due, parcel));
        self.line.changed.notify_all();
        Ok(octets)
    }

    /// Waits until everything was delivered, or the client is gone; then the stream ends, unless a `reset` shall follow.
    pub fn finish(&mut self, reset: bool) {
        let mut queue = self.line.lock();
        queue.complete = true;
        queue.reset = reset;
        drop(queue);
        self.line.changed.notify_all();
        if let Some(sender) = self.sender.take() {
            sender.join().expect("the sender does not panic");
        }
    }
}

impl Drop for DelayLine {
    fn drop(&mut self) {
        self.finish(false);
    }
}

impl Line {
    fn deliver(&self, mut socket: &TcpStream) {
        while let Some(parcel) = self.next_due() {
            let written = socket.write_all(&parcel);
            self.take_back(parcel, written.is_err());
        }
        if !self.lock().reset {
            socket.shutdown(Shutdown::Write).ok(); // the client may be gone already
        }
    }

    /// The next parcel, when its time has come; none when all were delivered or delivery fails.
    fn next_due(&self) -> Option<Vec<u8>> {
        let mut queue = self.lock();
        loop {
            match queue.parcels.front() {
                _ if queue.broken => return None,
                None if queue.complete => return None,
                None => queue = self.wait(queue),
                Some((due, _)) => {
                    let left = due.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return queue.parcels.pop_front().map(|(_, parcel)| parcel);
                    }
                    drop(queue);
                    std::thread::sleep(left); // parcels are due in order, so nothing can come before this one
                    queue = self.lock();
                }
            }
        }
    }

    fn take_back(&self, mut parcel: Vec<u8>, broken: bool) {
        let mut queue = self.lock();
        queue.octets -= parcel.len();
        queue.broken |= broken;
        parcel.clear();
        if queue.spare.len() < MOST_SPARE {
            queue.spare.push(parcel);
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no thread panics with the queue locked")
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        self.changed.wait(queue).expect("no thread panics with the queue locked")
    }
}

/// Octets under way before the writer has to wait; far more than a real path holds.
const MOST_UNDER_WAY: usize = 64 * 1024 * 1024;

const MOST_SPARE: usize = 64;
