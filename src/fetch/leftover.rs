//! What destinations have not taken: counted, and said.

use super::life::PartPublished;
use crate::deliver::Target;
use crate::error::Result;
use crate::output::{Reporter, Topic};
use crate::state::{Attempt, Key, Ledger, Mailbox};

/// What destinations have not taken in a run.
#[derive(Debug, Default)]
pub(super) struct Leftover {
    /// Messages that wait for one, by the last word of it.
    pub(super) waiting: u64,
    /// Why the last of them does.
    pub(super) why: Option<String>,
    refused: Vec<Refusal>,
}

/// A message that a destination does not want.
#[derive(Debug)]
struct Refusal {
    key: Key,
    target: Target,
    why: String,
    attempt: Attempt,
}

impl Leftover {
    /// Takes what is left of a part, and tells the ledger.
    pub(super) fn note(
        &mut self,
        published: &mut PartPublished,
        target: &Target,
        ledger: &mut Ledger,
        mailbox: &Mailbox,
    ) -> Result<()> {
        for (row, why, attempt) in published.note_left(ledger, mailbox)? {
            self.refused.push(Refusal { key: row.key, target: target.clone(), why, attempt });
        }
        self.waiting += published.later.len() as u64;
        if let (Some((_, why)), None) = (published.later.last(), &published.error) {
            self.why = Some(format!("{target}: {why}"));
        }
        Ok(())
    }

    /// With that of another session.
    pub(super) fn add(&mut self, other: Self) {
        self.waiting += other.waiting;
        self.why = other.why.or(self.why.take());
        self.refused.extend(other.refused);
    }

    /// Says what is refused, and returns how many messages that were, and how many of them are given up.
    pub(super) fn say(&mut self, reporter: &dyn Reporter) -> (u64, u64) {
        let refused = std::mem::take(&mut self.refused);
        let mut given_up = 0;
        for Refusal { key, target, why, attempt } in &refused {
            let is_over = attempt.gives_up_now || attempt.last_word;
            given_up += u64::from(is_over);
            if !is_over && !attempt.first {
                continue; // reported once
            }
            let again = if is_over {
                "it was given up, and stays on the server; `mailhaul state retry SOURCE` tries it again"
            } else {
                "it stays on the server, and will be tried again"
            };
            let uid = crate::escape::text(&key.uid);
            reporter.warn_of(Topic::NotTaken, &format!("{target} does not take the message {uid}: {why}; {again}"));
        }
        (refused.len() as u64, given_up)
    }
}
