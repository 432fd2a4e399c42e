//! What is shown on a terminal, read by a thread, so that the program never waits for its reader.

use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// All that was shown, with the control sequences in it.
pub(super) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    octets: Vec<u8>,
    /// Nobody has the terminal open any more.
    dark: bool,
}

impl Screen {
    /// Reads until the last program has closed the terminal.
    pub(super) fn watch(terminal: File) -> Self {
        let shared = Arc::new(Shared::default());
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.read(terminal)
        });
        Self(shared)
    }

    pub(super) fn shown(&self) -> String {
        let seen = self.0.seen.lock().expect("the reader does not panic");
        String::from_utf8_lossy(&seen.octets).into_owned()
    }

    /// Where `text` ends that stands behind the first `from` octets. None where it does not come in time, or cannot come
    /// any more.
    pub(super) fn wait_for(&self, text: &str, from: usize, limit: Duration) -> Option<usize> {
        let end = |seen: &Seen| Some(from + memchr::memmem::find(&seen.octets[from..], text.as_bytes())? + text.len());
        self.wait(limit, |seen| seen.dark || end(seen).is_some());
        end(&self.0.seen.lock().expect("the reader does not panic"))
    }

    /// Waits until all that was ever shown has been read.
    pub(super) fn wait_until_dark(&self, limit: Duration) {
        self.wait(limit, |seen| seen.dark);
    }

    fn wait(&self, limit: Duration, is_over: impl Fn(&Seen) -> bool) {
        let seen = self.0.seen.lock().expect("the reader does not panic");
        let waited = self.0.changed.wait_timeout_while(seen, limit, |seen| !is_over(seen));
        drop(waited.expect("the reader does not panic"));
    }
}

impl Shared {
    fn read(&self, mut terminal: File) {
        let mut buffer = [0; 4096];
        loop {
            let octets = terminal.read(&mut buffer).unwrap_or(0); // EIO when nobody has it open
            let mut seen = self.seen.lock().expect("nobody panics with the screen locked");
            seen.octets.extend_from_slice(&buffer[..octets]);
            seen.dark = octets == 0;
            self.changed.notify_all();
            if octets == 0 {
                return;
            }
        }
    }
}
