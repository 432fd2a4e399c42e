//! Known messages that take the place of others. A server that removes what was fetched does so when a session ends with QUIT.
//! What was fetched in a session that broke is listed again, for ever if the run keeps messages; and where the server lists only
//! a part of the mailbox, others wait behind it. So such messages are fetched once more, and compared, as any message that may be
//! another one under an old unique-id.
//!
//! Each of them once: a server may say that it removes what was fetched, and keep it. The ledger counts such a download as a
//! deletion that was confirmed, when QUIT was. So nothing depends on how long ago the session broke, and nothing is fetched
//! again and again.

use super::census::Census;
use crate::fetch::Policy;
use crate::fetch::life::ListedMessage;
use crate::state::{Known, Settled};

/// Some of them.
#[derive(Debug, Default)]
pub(super) struct Stuck(Vec<ListedMessage>);

impl Stuck {
    /// A known message is listed, and nothing else is to be done about it.
    pub(super) fn add(&mut self, listed: &ListedMessage, known: &Known<'_>, policy: &Policy) {
        let is_small = known.octets.is_none_or(|octets| policy.limits.max_size.is_none_or(|max| octets <= max));
        let can_be_compared = known.settled == Settled::Published && known.fingerprint.is_some();
        if self.0.len() < A_SESSION && can_be_compared && is_small && known.deletes == 0 {
            let mut listed = listed.clone();
            listed.row.iter_mut().for_each(|row| row.is_stuck = true);
            self.0.push(listed);
        }
    }

    /// Those that are to be fetched, if the server says that it removes what was fetched, and has been seen to do so: most of what
    /// is known has gone. Gmail says the same to users that begin with `recent:`, and keeps what they fetch for 30 days.
    pub(super) fn finish(self, census: &Census, expires: bool) -> Vec<ListedMessage> {
        if expires && census.has_mostly_gone() { self.0 } else { Vec::new() }
    }
}

/// So few, so that a run whose session breaks again and again comes to new messages.
const A_SESSION: usize = 32;
