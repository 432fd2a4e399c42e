//! What destinations have not taken: counted, and said.

use super::{MessageFailure, Tally};
use crate::deliver::Target;
use crate::output::{Reporter, Topic};
use crate::state::{Attempt, Key};

/// What destinations have not taken in a run.
#[derive(Debug, Default)]
pub(super) struct Leftover {
    /// Messages that wait for one, by the last word of it.
    pub(super) waiting: u64,
    /// Why the last of them does.
    pub(super) why: Option<String>,
    refused: Vec<NotTaken>,
    /// The last refusal, in words.
    pub(super) refusal: Option<String>,
}

/// A message that a destination does not want.
#[derive(Debug)]
struct NotTaken {
    key: Key,
    target: Target,
    why: String,
    attempt: Attempt,
}

impl Leftover {
    /// Messages wait for a destination; `why` is its last word, if it has not failed altogether.
    pub(super) fn add_waiting(&mut self, target: &Target, messages: usize, why: Option<&str>) {
        self.waiting += messages as u64;
        if let Some(why) = why {
            self.why = Some(format!("{target}: {why}"));
        }
    }

    /// A destination does not want a message.
    pub(super) fn add_refused(&mut self, target: &Target, key: Key, why: String, attempt: Attempt) {
        self.refused.push(NotTaken { key, target: target.clone(), why, attempt });
    }

    /// With that of another session.
    pub(super) fn add(&mut self, other: Self) {
        self.waiting += other.waiting;
        self.why = other.why.or(self.why.take());
        self.refused.extend(other.refused);
    }

    /// Says what is refused, and counts it.
    pub(super) fn say(&mut self, reporter: &dyn Reporter, tally: &mut Tally) {
        for NotTaken { key, target, why, attempt } in std::mem::take(&mut self.refused) {
            let is_over = attempt.gives_up_now || attempt.last_word;
            tally.refused += 1;
            tally.given_up += u64::from(is_over);
            self.refusal = Some(format!("{target}: {why}"));
            if is_over || attempt.first {
                let again = if is_over {
                    "it was given up, and stays on the server; `mailhaul state retry SOURCE` tries it again"
                } else {
                    "it stays on the server, and will be tried again"
                };
                let uid = crate::escape::text(&key.uid);
                let text = format!("{target} does not take the message {uid}: {why}; {again}");
                reporter.warn_of(Topic::NotTaken, &text);
            }
            tally.failures.push(MessageFailure { number: None, key, reason: why });
        }
    }
}
