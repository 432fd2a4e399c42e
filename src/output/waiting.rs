//! The line that says what is being waited for, once a server has been silent for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use crate::client::Transcript;

/// Shows what one account waits for, and takes it away again.
pub(super) struct WaitingLine {
    shared: Arc<Shared>,
}

struct Shared {
    console: Arc<Console>,
    label: String,
    state: Mutex<WaitingState>,
    changed: Condvar,
}

#[derive(Default)]
struct WaitingState {
    /// What is waited for, and since when.
    waits: Option<(String, Instant)>,
    shown: Option<ProgressBar>,
    is_over: bool,
}

impl WaitingLine {
    /// A line that is not shown yet; none, where nobody would see it.
    pub(super) fn new(label: &str, console: &Arc<Console>) -> Option<Self> {
        if console.bars().is_hidden() {
            return None;
        }
        let (console, label) = (Arc::clone(console), label.to_owned());
        let shared = Arc::new(Shared { console, label, state: Mutex::default(), changed: Condvar::new() });
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.watch()
        });
        Some(Self { shared })
    }

    /// From now on this is waited for.
    pub(super) fn wait_for(&self, what: &str) {
        let mut state = self.shared.lock();
        if state.is_over {
            return;
        }
        let text = format!("{}: {what}\u{2026}", self.shared.label);
        if let Some(shown) = &state.shown {
            shown.set_message(text.clone());
        }
        state.waits = Some((text, Instant::now()));
        self.shared.changed.notify_all();
    }

    /// The server has said something: it is silent from now on.
    pub(super) fn hear(&self) {
        if let Some((_, since)) = &mut self.shared.lock().waits {
            *since = Instant::now();
        }
    }

    /// Nothing is waited for.
    pub(super) fn clear(&self) {
        let mut state = self.shared.lock();
        state.waits = None;
        self.shared.hide(&mut state);
    }

    /// Nothing is waited for any more.
    pub(super) fn end(&self) {
        self.clear();
        self.shared.lock().is_over = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for WaitingLine {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, WaitingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut state = self.lock();
        while !state.is_over {
            let pause = match (&state.shown, &state.waits) {
                (Some(shown), _) => {
                    shown.tick();
                    TICK
                }
                (None, Some((text, since))) => {
                    let left = SILENCE.saturating_sub(since.elapsed());
                    if left.is_zero() {
                        state.shown = Some(self.show(text.clone()));
                        continue;
                    }
                    left
                }
                (None, None) => LONG,
            };
            let waited = self.changed.wait_timeout(state, pause);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn show(&self, text: String) -> ProgressBar {
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars("-\\|/-");
        self.console.bars().add(ProgressBar::new_spinner().with_style(style).with_message(text))
    }

    fn hide(&self, state: &mut WaitingState) {
        if let Some(shown) = state.shown.take() {
            shown.finish_and_clear();
            self.console.bars().remove(&shown);
        }
    }
}

/// Tells a waiting line what a dialogue is about.
pub(super) struct WatchedDialogue {
    line: Arc<WaitingLine>,
    /// Replies to CAPA that are to come: it is sent together with what is waited for.
    capabilities: AtomicUsize,
}

impl WatchedDialogue {
    pub(super) fn new(line: Arc<WaitingLine>) -> Self {
        Self { line, capabilities: AtomicUsize::new(0) }
    }
}

impl Transcript for WatchedDialogue {
    fn sent(&self, line: &str) {
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        match (verb, arguments) {
            ("USER" | "PASS" | "APOP" | "AUTH", _) => self.line.wait_for("logging in"),
            ("CAPA", _) => _ = self.capabilities.fetch_add(1, Ordering::Relaxed),
            ("STAT" | "UIDL" | "LIST", "") => self.line.wait_for("listing messages"),
            ("QUIT", _) => self.line.wait_for("ending the session"),
            ("RETR" | "TOP" | "DELE" | "UIDL" | "LIST", _) => self.line.clear(), // the bar or the output shows those
            _ => {} // a part of the login, or of what was begun
        }
    }

    fn received(&self, line: &str) {
        let is_end = line.starts_with('(') || line.starts_with("-ERR");
        let take = |waiting: usize| waiting.checked_sub(1);
        if is_end && self.capabilities.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            self.line.clear(); // the end of a listing, or a refusal: what comes next may be a question
        } else {
            self.line.hear();
        }
    }
}

/// Of a server, before anything is said about it.
const SILENCE: Duration = Duration::from_millis(500);

const TICK: Duration = Duration::from_millis(100);

/// Until somebody wakes the thread.
const LONG: Duration = Duration::from_secs(3600);
