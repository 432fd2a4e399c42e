use std::io::Read;
use std::process::ChildStderr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::until::Until;

/// What a command writes to its standard error: all of it is read, so that it never waits for us, and the end is kept.
pub(super) struct Complaints {
    end: Arc<Mutex<Vec<u8>>>,
    /// Disconnected when there is no more to come.
    over: mpsc::Receiver<()>,
}

impl Complaints {
    /// Reads on a thread of its own, until nobody has the pipe open any more.
    pub(super) fn of(mut stderr: ChildStderr) -> Self {
        let end = Arc::new(Mutex::new(Vec::new()));
        let (reading, over) = mpsc::channel();
        thread::spawn({
            let end = Arc::clone(&end);
            move || {
                let _reading = reading; // dropped at the end
                let mut octets = [0; 4096];
                while let Ok(count @ 1..) = stderr.read(&mut octets) {
                    let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
                    end.extend_from_slice(&octets[..count]);
                    let too_many = end.len().saturating_sub(MAX_OCTETS);
                    end.drain(..too_many);
                }
            }
        });
        Self { end, over }
    }

    /// Its last lines, on one line, once the command itself has ended. What it has left running may keep the pipe open, as
    /// ssh does when it stays to be used again: that is not waited for.
    pub(super) fn shown(self) -> String {
        Until::default().within(LINGER).receive(&self.over).ok(); // there is nothing to receive
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = end.split(|&octet| octet == b'\n').filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.map(crate::escape::text).collect();
        lines[lines.len().saturating_sub(MAX_LINES)..].join(" / ")
    }
}

const MAX_OCTETS: usize = 1024;

const MAX_LINES: usize = 4;

/// For what is in the pipe already.
const LINGER: Duration = Duration::from_millis(500);
