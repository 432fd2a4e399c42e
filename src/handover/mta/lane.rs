use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connector::Connector;
use super::judge::{Judgement, judge};
use super::letter::Letter;
use super::session::{Fate, MtaSession};
use super::wire::{Loss, Reach};
use crate::deliver::{Answer, Outgoing};
use crate::error::Result;

/// Who has which message already, of those that others are still to get.
pub(super) type Had = HashMap<Outgoing, BTreeSet<usize>>;

/// Messages on their way over several connections: what those share.
pub(super) struct Round<'a> {
    pub(super) connector: &'a Connector,
    messages: &'a [Outgoing],
    queue: Mutex<VecDeque<usize>>,
    had: &'a Mutex<Had>,
    halted: AtomicBool,
}

/// What a lane tells of a message.
pub(super) enum LaneReport {
    /// Its answer, or an error that ends everything.
    Judged(usize, Result<Judgement>),
    /// Its connection was lost, with this reason.
    InDoubt(usize, String),
}

/// What came of one attempt.
pub(super) enum Attempted {
    Judged(Result<Judgement>),
    Lost(Loss),
}

impl<'a> Round<'a> {
    pub(super) fn new(connector: &'a Connector, messages: &'a [Outgoing], had: &'a Mutex<Had>) -> Self {
        let queue = Mutex::new((0..messages.len()).collect());
        Self { connector, messages, queue, had, halted: AtomicBool::new(false) }
    }

    /// No lane is to begin another message.
    pub(super) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// Is there nothing left to begin?
    pub(super) fn is_done(&self) -> bool {
        held(&self.queue).is_empty()
    }

    fn next(&self) -> Option<usize> {
        if self.halted.load(Ordering::Relaxed) || self.connector.waits.until.is_stopped() {
            return None;
        }
        held(&self.queue).pop_front()
    }

    fn put_back(&self, at: usize) {
        held(&self.queue).push_front(at);
    }

    /// Hands one message over, to those who do not have it.
    pub(super) fn attempt(&self, session: &mut MtaSession, at: usize) -> Attempted {
        let message = &self.messages[at];
        let later = |text: String| Attempted::Judged(Ok(Judgement::of_message(Answer::Later(text))));
        let mut letter = match Letter::open(&message.file) {
            Ok(letter) => letter,
            Err(error) => return later(error.to_string()),
        };
        if let Some(limit) = session.limit_below(&letter) {
            let text = format!("it has {} octets, and the server takes at most {limit}", letter.octets);
            return Attempted::Judged(Ok(Judgement::of_message(Answer::Refused(text))));
        }
        let to = self.connector.settings.recipients();
        let mut fates = vec![Fate::Open; to.len()];
        if let Some(had) = held(self.had).get(message) {
            had.iter().for_each(|&at| fates[at] = Fate::Has); // the recipients stay the same
        }
        let delivered = session.deliver(&mut letter, to, &mut fates);
        self.remember(message, &fates);
        match delivered {
            Ok(()) => Attempted::Judged(judge(&fates, to)),
            Err(Loss { error, reach: Reach::Unreadable, .. }) => later(error.to_string()),
            Err(loss) => Attempted::Lost(loss),
        }
    }

    fn remember(&self, message: &Outgoing, fates: &[Fate]) {
        let has: BTreeSet<usize> = (0..fates.len()).filter(|&at| fates[at] == Fate::Has).collect();
        let mut had = held(self.had);
        if has.is_empty() || has.len() == fates.len() {
            had.remove(message);
        } else {
            had.insert(message.clone(), has);
        }
    }
}

/// One connection after another, with one message after another. Gives back the last session, if it is still good.
///
/// # Errors
///
/// There is no connection, or nothing goes over it. The message that would have been next is in the queue again, or in doubt.
pub(super) fn run(
    round: &Round<'_>,
    mut session: Option<MtaSession>,
    tell: &SyncSender<LaneReport>,
) -> Result<Option<MtaSession>> {
    let mut strikes = Strikes::default();
    while let Some(at) = round.next() {
        let mut current = match session.take().map_or_else(|| round.connector.connect(), Ok) {
            Ok(current) => current,
            Err(error) => {
                round.put_back(at);
                return Err(error);
            }
        };
        match round.attempt(&mut current, at) {
            Attempted::Judged(judged) => {
                strikes.settled();
                tell.send(LaneReport::Judged(at, judged)).ok(); // whoever listened has ended with an error
                session = Some(current).filter(|session| !session.is_over);
            }
            Attempted::Lost(loss) => {
                let is_news = strikes.is_news(at, &loss, current.is_proven);
                report(round, at, &loss, is_news, tell);
                if strikes.lost(at, &loss) {
                    return Err(loss.error);
                }
            }
        }
    }
    Ok(session)
}

/// What is to become of a message whose connection was lost. One for which a time-out has passed is not repeated at once: the
/// server may be busy with it.
fn report(round: &Round<'_>, at: usize, loss: &Loss, is_news: bool, tell: &SyncSender<LaneReport>) {
    if loss.is_end() {
        return; // in doubt, and for good
    }
    let told = match loss.reach {
        Reach::Unsent if is_news => return round.put_back(at),
        _ if loss.timed_out => LaneReport::Judged(at, Ok(Judgement::of_message(Answer::Later(loss.error.to_string())))),
        _ => LaneReport::InDoubt(at, loss.error.to_string()),
    };
    tell.send(told).ok(); // as above
}

/// Connections that were lost with nothing settled in between: some are put up with, and of time-outs only one.
#[derive(Default)]
struct Strikes {
    lost: usize,
    timed_out: usize,
    last: Option<usize>,
}

impl Strikes {
    fn settled(&mut self) {
        self.lost = 0;
    }

    /// Did the loss have nothing to do with this message, as far as one can tell? A server may close a connection whenever
    /// it likes; but of a new one, or for the second time, it may be the message's sender that it does not like.
    fn is_news(&self, at: usize, loss: &Loss, is_proven: bool) -> bool {
        self.last != Some(at) && (is_proven || !loss.timed_out)
    }

    /// Is it enough?
    fn lost(&mut self, at: usize, loss: &Loss) -> bool {
        self.last = Some(at);
        self.lost += 1;
        self.timed_out += usize::from(loss.timed_out);
        loss.is_end() || self.lost >= MAX_LOST || self.timed_out >= MAX_TIMED_OUT
    }
}

/// The lock of what lanes share. A lane that has panicked ends the program anyway.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections that may be lost in a row.
const MAX_LOST: usize = 5;
/// Time-outs of one lane.
const MAX_TIMED_OUT: usize = 2;
