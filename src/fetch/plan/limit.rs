//! What of a plan is left out in this session or this run.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::Plan;
use crate::fetch::Policy;
use crate::fetch::leftover::Leftover;
use crate::fetch::life::{ListedMessage, Published, Row};
use crate::proto::limits;
use crate::state::{Key, Settled, Trouble, Troubled};

/// What earlier sessions of the run have done.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Messages published, and their octets.
    pub messages: u64,
    /// See [`Self::messages`].
    pub octets: u64,
    /// Messages that were fetched only so that the server removes them, and their octets.
    pub stuck: (u64, u64),
    /// Refused by the server: not asked for again in this run (C-063).
    pub refused: HashSet<Key>,
    /// With `--all`: what was published.
    pub brought: HashSet<Key>,
    /// Where a session with many commands in a row broke: asked for last.
    pub broke: HashSet<Key>,
    /// The messages were found renumbered.
    pub was_renumbered: bool,
    /// CAPA ended a session after its login.
    pub lacks_capa: bool,
    /// A good session has left for this one what broke others before.
    pub postponed: bool,
    /// The session looks for more than the server has listed in those before, which ended well.
    pub looks_for_more: bool,
    /// The server has confirmed deletions.
    pub has_deleted: bool,
    /// The largest number of messages that a session has left out, but for those that the filter did.
    pub skipped: u64,
    /// That it brings something was said.
    pub told_of_parts: bool,
    /// What the user should know of the server was said.
    pub has_warned: bool,
    /// A session came to its listing.
    pub has_listed: bool,
    /// Messages that a session listed and a later one did not.
    pub unlisted: u64,
    /// TOP turned out not to work.
    pub lacks_top: bool,
    /// SCRAM did; or a channel binding.
    pub refuses_scram: bool,
    /// See [`Self::refuses_scram`].
    pub misbinds: bool,
    /// Before it the server wants no other login.
    pub next_login: Option<Instant>,
    /// What destinations have not taken.
    pub(in crate::fetch) leftover: Leftover,
    /// What the user's filter has said of new messages: `true`, they are fetched.
    pub filtered: HashMap<Key, bool>,
}

impl Earlier {
    /// Messages that were to be fetched before, whatever became of them.
    pub(in crate::fetch) fn tried(&self) -> u64 {
        self.messages + self.refused.iter().filter(|key| !key.uid.is_empty()).count() as u64
    }

    /// Messages and octets that the limits of the run count.
    pub(in crate::fetch) fn counted(&self) -> (u64, u64) {
        (self.messages + self.stuck.0, self.octets.saturating_add(self.stuck.1))
    }

    /// How long the server wants no other login.
    pub(in crate::fetch) fn login_delay(&self) -> Duration {
        self.next_login.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()))
    }
}

/// What the limits of the run still allow.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    messages: Option<u64>,
    octets: Option<u64>,
    is_first: bool,
    /// A message has come whole.
    has_come: bool,
}

impl Budget {
    /// What is left after what was done.
    pub fn new(policy: &Policy, done: &Earlier) -> Self {
        let (messages, octets) = done.counted();
        Self {
            messages: policy.limits.max_messages.map(|max| max.saturating_sub(messages)),
            octets: policy.limits.max_bytes.map(|max| max.saturating_sub(octets)),
            is_first: messages == 0,
            has_come: messages > 0,
        }
    }

    /// May one more new message be fetched? One always may, whatever its size. After a no nothing else may.
    pub fn takes(&mut self, octets: Option<u64>) -> bool {
        let octets = octets.unwrap_or(0);
        let fits = self.octets.is_none_or(|left| octets <= left || self.is_first);
        if !fits || self.messages == Some(0) {
            self.messages = Some(0);
            return false;
        }
        self.octets = self.octets.map(|left| left.saturating_sub(octets));
        self.messages = self.messages.map(|left| left - 1);
        self.is_first = false;
        true
    }

    /// A message has come: its octets, and those that LIST had announced.
    pub fn came(&mut self, announced: Option<u64>, received: u64) {
        self.has_come = true;
        let unannounced = received.saturating_sub(announced.unwrap_or(0));
        self.octets = self.octets.map(|left| left.saturating_sub(unannounced));
    }

    /// How many octets a message may have that comes now. Servers count line ends in more than one way; beyond that, what
    /// was not announced must fit into what is left.
    pub fn allows(&self, announced: Option<u64>) -> u64 {
        let Some(left) = self.octets.filter(|_| self.has_come) else { return u64::MAX };
        let announced = announced.unwrap_or(0);
        announced.saturating_add(left.max(announced / 4 + INEXACT))
    }
}

/// See [`Plan::limit`].
pub(super) fn apply(plan: &mut Plan, policy: &Policy, troubled: &[Troubled], done: &Earlier) {
    let troubled: HashMap<&Key, &Troubled> = troubled.iter().map(|troubled| (&troubled.key, troubled)).collect();
    note_gone(plan, &troubled);
    if !policy.all {
        keep_undeletable(plan, &troubled);
    }
    // Of what is only stuck nobody doubts which message it is.
    let known = plan.ask.iter().chain(&plan.fetch).filter(|listed| !listed.is_stuck());
    plan.open = known.filter_map(|listed| Some((listed.key.clone(), listed.row.as_ref()?.print?))).collect();
    if done.has_deleted && !plan.uids_are_numbers {
        leave_deleted(plan);
    }
    let mut too_large = Vec::new();
    let mut skipped = 0;
    let mut is_wanted = |listed: &ListedMessage| {
        let before = troubled.get(&listed.key).copied();
        if is_too_large(listed, before, policy) {
            skipped += 1;
            if before.is_none_or(|before| before.trouble != Trouble::TooLarge) {
                too_large.push(listed.clone());
            }
            return false;
        }
        let rests = before.is_some_and(|before| before.trouble == Trouble::Refused && !before.is_due) && !policy.all;
        skipped += u64::from(rests);
        !rests && !done.refused.contains(&listed.key)
    };
    plan.fetch.retain(&mut is_wanted);
    plan.ask.retain(|listed| listed.row.is_some() || is_wanted(listed));
    plan.unsampled.retain(&mut is_wanted);
    plan.too_large = too_large;
    plan.skipped += skipped;
    plan.sample_again();
    postpone(plan, &troubled, done);
    plan.fetch.sort_unstable_by_key(|listed| {
        (was_interrupted(listed, &troubled), listed.is_stuck(), done.broke.contains(&listed.key), listed.number)
    });
    plan.delete.sort_by_key(Published::number);
}

/// What this run has deleted, and is listed still: the server may need a moment, so that is for the next run to see.
fn leave_deleted(plan: &mut Plan) {
    let is_open = |listed: &ListedMessage| {
        !listed.row.as_ref().is_some_and(|row| row.settled == Settled::Deleted && !row.is_back)
    };
    plan.ask.retain(is_open);
    plan.fetch.retain(is_open);
}

/// Trouble must not outlive its message: the server may give the unique-id to another one.
fn note_gone(plan: &mut Plan, troubled: &HashMap<&Key, &Troubled>) {
    if troubled.is_empty() || !plan.complete {
        return;
    }
    let listed = plan.fetch.iter().chain(&plan.ask).chain(&plan.unsampled).map(|listed| &listed.key);
    let listed: HashSet<&Key> = listed.chain(plan.delete.iter().map(Published::key)).collect();
    // Those without a unique-id are looked after where the listing is.
    let gone = troubled.keys().filter(|key| !listed.contains(*key) && !key.uid.is_empty());
    plan.changes.trouble_gone = gone.map(|key| (*key).clone()).collect();
}

/// What the server has refused to delete is not asked for before its time: nor by TOP, if that was the only reason.
fn keep_undeletable(plan: &mut Plan, troubled: &HashMap<&Key, &Troubled>) {
    let rests = |troubled: &&&Troubled| troubled.trouble == Trouble::Undeletable && !troubled.is_due;
    let keys: HashSet<Key> = troubled.values().filter(rests).map(|troubled| troubled.key.clone()).collect();
    if keys.is_empty() {
        return;
    }
    plan.spare(&keys);
    let is_certain = |row: &Row, octets: Option<u64>| {
        let differs = row.octets.is_some() && octets.is_some() && row.octets != octets;
        row.settled == Settled::Published && !row.is_back && row.is_asked && !differs
    };
    let has_question = |listed: &mut ListedMessage| {
        !(keys.contains(&listed.key) && listed.row.as_ref().is_some_and(|row| is_certain(row, listed.octets)))
    };
    plan.ask.retain_mut(has_question);
    plan.fetch.retain_mut(has_question);
}

/// By what LIST says, where the user wants none so large, or by what an earlier attempt showed.
fn is_too_large(listed: &ListedMessage, before: Option<&Troubled>, policy: &Policy) -> bool {
    let shown = before.filter(|before| before.trouble == Trouble::TooLarge).and_then(|before| before.bound);
    let max = policy.limits.max_size;
    max.is_some_and(|max| listed.octets.is_some_and(|size| size > max))
        || shown.is_some_and(|size| size >= max.unwrap_or(limits::MESSAGE))
}

/// What broke a session comes in one that has nothing else to do, or after one that has done the rest; as the last.
fn postpone(plan: &mut Plan, troubled: &HashMap<&Key, &Troubled>, done: &Earlier) {
    let broke: Vec<ListedMessage> = plan.fetch.extract_if(.., |listed| was_interrupted(listed, troubled)).collect();
    if plan.is_idle() || done.postponed {
        plan.fetch.extend(broke);
    } else {
        plan.postponed = !broke.is_empty();
    }
}

fn was_interrupted(listed: &ListedMessage, troubled: &HashMap<&Key, &Troubled>) -> bool {
    troubled.get(&listed.key).is_some_and(|before| before.trouble == Trouble::Interrupted)
}

/// Octets that a message may have beyond what LIST says, whatever its size.
const INEXACT: u64 = 64 * 1024;

/// Of a message.
pub const TOO_LARGE: &str = "is larger than --max-size and was skipped";

/// What to do about a message that is longer than its limit.
pub const RAISED: &str = "--max-size raises this limit";
