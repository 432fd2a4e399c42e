//! The lines about one account, which may wait until it is known whether anybody is to read them.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::log::{Event, LogLine};
use super::{Console, Verbosity};

/// Writes lines about one account.
pub struct AccountLog {
    label: String,
    console: Arc<Console>,
    /// Those that wait; none, if lines are shown at once.
    held: Mutex<Option<Vec<HeldLine>>>,
}

struct HeldLine {
    time: Timestamp,
    at_least: Verbosity,
    event: Event,
    text: String,
    hint: Option<String>,
}

impl AccountLog {
    /// Of the account `label`.
    pub fn new(label: String, console: Arc<Console>) -> Self {
        Self { label, console, held: Mutex::default() }
    }

    /// From now on lines wait, until [`Self::release`] or [`Self::lower`].
    pub fn hold(&self) {
        self.held().get_or_insert_default();
    }

    /// The name of the account.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Where the lines go.
    pub fn console(&self) -> &Arc<Console> {
        &self.console
    }

    /// Something that the user should know.
    pub fn warn(&self, text: &str) {
        self.log(Verbosity::Normal, Event::Warning, text);
    }

    /// A line, if this much is to be said. `false`, if it could not be written.
    pub fn log(&self, at_least: Verbosity, event: Event, text: &str) -> bool {
        self.log_with_hint(at_least, event, text, None)
    }

    /// The same, with what to do. `false`, if it could not be written.
    pub fn log_with_hint(&self, at_least: Verbosity, event: Event, text: &str, hint: Option<&str>) -> bool {
        if self.console.verbosity() < at_least {
            return true;
        }
        let mut held = self.held();
        match held.as_mut().filter(|_| at_least <= Verbosity::Normal) {
            // A server can make any number of them: some are enough for whoever reads them later.
            Some(lines) => {
                let (time, text, hint) = (Timestamp::now(), text.to_owned(), hint.map(str::to_owned));
                if lines.len() < MOST_HELD {
                    lines.push(HeldLine { time, at_least, event, text, hint });
                }
                true
            }
            None => self.console.log(&LogLine { at_least, event, account: Some(&self.label), text, hint }),
        }
    }

    /// Shows what waits; from now on lines are shown at once.
    pub fn release(&self) {
        self.end_holding(|line| line.at_least);
    }

    /// Shows what waits to the curious only, but for what no later run would say; from now on lines are shown at once.
    pub fn lower(&self) {
        self.end_holding(|line| match line.event {
            Event::Skipped | Event::NotDeleted => line.at_least,
            _ => line.at_least.max(Verbosity::Verbose),
        });
    }

    fn end_holding(&self, at_least: impl Fn(&HeldLine) -> Verbosity) {
        for held in self.held().take().into_iter().flatten() {
            let HeldLine { time, text, hint, event, .. } = &held;
            let (account, hint) = (Some(self.label.as_str()), hint.as_deref());
            let at_least = at_least(&held);
            self.console.log_at(*time, &LogLine { at_least, event: *event, account, text, hint });
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Vec<HeldLine>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More than the few lines of each topic, and the warnings of a run, need.
const MOST_HELD: usize = 200;
