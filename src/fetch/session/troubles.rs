//! What went wrong with single messages in a session: noted in the ledger, and said.

use super::Session;
use crate::client::Refusal;
use crate::error::{Cause, Error, Kind, Result};
use crate::fetch::MessageFailure;
use crate::fetch::failure::{FailedMessage, name_of, named};
use crate::fetch::life::{ListedMessage, Published};
use crate::fetch::plan::{Plan, TOO_LARGE};
use crate::fetch::seen::Seen;
use crate::output::Topic;
use crate::proto::Listing;
use crate::state::{Attempt, Key, ListingChanges, NewTrouble, Trouble, Troubled};

impl Session<'_, '_> {
    /// Messages without a unique-id cannot be fetched exactly once. They have no name either, so they are told apart by how
    /// many there are: each is reported, and given up after some days as a refused one is.
    pub(super) fn note_without_uid(&mut self, listing: &Listing) -> Result<()> {
        let (without, all) = (listing.without_uid(), self.job.policy.all);
        let mut before = self.ledger.troubled(self.mailbox)?;
        before.retain(|troubled| troubled.key.uid.is_empty());
        let is_gone = |key: &&Key| key.occurrence as usize >= without.len() && listing.has_no_gap();
        let gone: Vec<Key> = before.iter().map(|troubled| &troubled.key).filter(is_gone).cloned().collect();
        if !gone.is_empty() {
            self.ledger
                .note_listing(self.mailbox, &ListingChanges { trouble_gone: gone, ..ListingChanges::default() })?;
        }
        let (mut rests, mut was_counted) = (false, false);
        let mut failed = Vec::new();
        for (occurrence, &number) in (0..).zip(without.iter().take(MOST_LINES)) {
            let key = Key { uid: Vec::new(), occurrence };
            was_counted = self.earlier.refused.contains(&key);
            if was_counted {
                continue;
            }
            rests = !all && before.iter().any(|troubled| troubled.key == key && !troubled.is_due);
            if rests {
                self.count_skipped(1);
                continue;
            }
            let listed = ListedMessage { number, key, octets: None, row: None, delete: false, again: false };
            let text = "it has no usable unique-id, without which it cannot be fetched exactly once".to_owned();
            failed.push(FailedMessage { listed, trouble: Trouble::Refused, text, bound: None });
        }
        self.tally.failed += failed.len() as u64;
        self.earlier.refused.extend(failed.iter().map(|failed| failed.listed.key.clone()));
        let rows: Vec<NewTrouble<'_>> = failed.iter().map(FailedMessage::as_row).collect();
        let attempts = self.ledger.note_troubles(self.mailbox, &rows)?;
        failed.iter().zip(attempts).for_each(|(failed, attempt)| self.say_failed(failed, attempt));
        // The rest shares the fate of the last one.
        let more = without.len().saturating_sub(MOST_LINES) as u64;
        if rests {
            self.count_skipped(more);
        } else if more > 0 && !was_counted {
            self.tally.failed += more;
            self.job.reporter.warn(&format!("{more} more messages have no usable unique-id"));
        }
        Ok(())
    }

    /// What was noted is said. What the deadline or a stop has left is noted, and said, in another run.
    pub(super) fn note_too_large(&mut self, plan: &Plan) -> Result<()> {
        let keys = plan.too_large.iter().map(|listed| &listed.key);
        let noted: Vec<NewTrouble<'_>> = keys.map(|key| NewTrouble::too_large(key, TOO_LARGE)).collect();
        let attempts = self.ledger.note_troubles(self.mailbox, &noted)?;
        for (listed, _) in plan.too_large.iter().zip(&attempts) {
            self.job.reporter.warn_of(Topic::TooLarge, &format!("{} {TOO_LARGE}", name_of(listed)));
        }
        match self.job.until.over().filter(|_| attempts.len() < noted.len()) {
            Some(over) => Err(over.error("the ledger")),
            None => Ok(()),
        }
    }

    /// What the server refuses to delete is asked for again for some days; then it needs a person. Where that is so of one
    /// message, the server does it with all of them.
    pub(super) fn note_kept(&mut self, kept: &[(Published, Refusal)]) -> Result<()> {
        let count = kept.len() as u64;
        if count == 0 {
            return Ok(());
        }
        self.tally.failed += count;
        let refused: Vec<&(Published, Refusal)> = kept.iter().filter(|(_, refusal)| !refusal.temporary).collect();
        let is_old = |troubled: &Troubled| troubled.trouble == Trouble::Undeletable && troubled.is_given_up;
        let given_up_before = self.ledger.troubled(self.mailbox)?.iter().any(is_old);
        let mut rows = Vec::new();
        for (token, refusal) in refused.iter().copied() {
            let (key, text) = (token.key(), refusal.text.as_str());
            rows.push(NewTrouble { key, trouble: Trouble::Undeletable, text, bound: None });
        }
        let attempts = self.ledger.note_troubles(self.mailbox, &rows)?;
        for ((token, refusal), attempt) in refused.into_iter().zip(attempts) {
            let is_over = attempt.gives_up_now || attempt.last_word || given_up_before;
            self.tally.given_up += u64::from(is_over);
            let again = if is_over { "it stays there for now" } else { "it will be tried again" };
            if attempt.first || is_over {
                let name = named(token.number(), token.key());
                let text = format!("{name} cannot be deleted: {}; {again}", refusal.text);
                self.job.reporter.warn_of(Topic::NotDeleted, &text);
            }
            self.tally.failures.push(MessageFailure::of(token.number(), token.key(), &refusal.text));
        }
        for (token, refusal) in kept.iter().filter(|(_, refusal)| refusal.temporary) {
            let name = named(token.number(), token.key());
            self.job.reporter.warn_of(Topic::NotDeleted, &format!("{name} cannot be deleted now: {}", refusal.text));
            self.tally.failures.push(MessageFailure::of(token.number(), token.key(), &refusal.text));
        }
        Ok(())
    }

    /// A server that refuses whatever it is asked for is in trouble itself: that says nothing of its messages.
    pub(super) fn note_failures(&mut self, seen: &Seen, is_whole: bool) -> Result<()> {
        let is_refused = |failed: &&FailedMessage| failed.trouble == Trouble::Refused;
        let refused = seen.failed.iter().filter(is_refused).count() as u64;
        if refused >= STORE_IN_TROUBLE && seen.answered == 0 {
            self.tally.failed += seen.failed.len() as u64;
            let first = seen.failed.iter().find(is_refused).map_or("", |failed| &failed.text);
            let text =
                format!("the server gives none of {refused} messages ({first}): its store seems to be in trouble");
            return Err(Error::new(Kind::TryLater, text).because(Cause::InTrouble));
        }
        self.tally.failed += seen.failed.len() as u64;
        // Then another session follows at once, and brings what this one was interrupted in, or says more.
        let goes_on = !is_whole && self.was_pipelining && !self.one_at_a_time && self.job.may_go_on();
        let is_noted = |failed: &&FailedMessage| !(goes_on && failed.trouble == Trouble::Interrupted);
        let (noted, left): (Vec<&FailedMessage>, Vec<&FailedMessage>) = seen.failed.iter().partition(is_noted);
        for FailedMessage { listed, text, .. } in left {
            self.job.reporter.note(&format!("{}: {text}", name_of(listed)));
            self.earlier.broke.insert(listed.key.clone());
        }
        let refused = noted.iter().copied().filter(is_refused);
        self.earlier.refused.extend(refused.map(|failed| failed.listed.key.clone()));
        let rows: Vec<NewTrouble<'_>> = noted.iter().map(|failed| failed.as_row()).collect();
        let attempts = self.ledger.note_troubles(self.mailbox, &rows)?;
        noted.iter().zip(attempts).for_each(|(failed, attempt)| self.say_failed(failed, attempt));
        Ok(())
    }

    fn say_failed(&mut self, failed: &FailedMessage, attempt: Attempt) {
        let FailedMessage { listed, trouble, text, .. } = failed;
        let again = match trouble {
            Trouble::Refused | Trouble::Undeletable if attempt.gives_up_now || attempt.last_word => {
                self.tally.given_up += 1;
                "it was given up; `mailhaul state retry SOURCE` tries it again"
            }
            Trouble::Refused | Trouble::Undeletable if attempt.first => "it will be tried again",
            Trouble::Refused | Trouble::Undeletable => return, // reported once
            Trouble::TooLarge => "it was skipped",
            Trouble::Interrupted => "it will be tried again, after the others",
        };
        self.job.reporter.warn_of(Topic::NotFetched, &format!("{}: {text}; {again}", name_of(listed)));
        self.tally.failures.push(MessageFailure::of(listed.number, &listed.key, text));
    }
}

/// Lines about messages of one kind, at most; then their sum.
const MOST_LINES: usize = 10;

/// Messages that are refused while none is given, from which on it is the server that is in trouble.
const STORE_IN_TROUBLE: u64 = 3;
