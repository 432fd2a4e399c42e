//! Servers that list only a part of the mailbox in a session: does another session bring more? Pure.
//!
//! Gmail lists some hundred messages, and hides those that were fetched from later sessions (C-192); others list a window that
//! moves on when messages are deleted. Nothing in the protocol says so, and each login costs the server something. So another session
//! follows only on evidence:
//!
//! - After the first session that ended well: it listed at least [`FEWEST`] messages, and nearly all of them were fetched or
//!   deleted in it. A mailbox that was fetched before lists what is known as well, so a usual poll is one session; the first
//!   fetch from a server that lists everything is two, and the second brings nothing.
//! - After each later one: it brought something, and that was a good share of what it listed. A message that came meanwhile is
//!   no such share where the known ones are still listed.
//!
//! None follows where something else says why messages were left: a limit of the run, a deletion that was refused, a QUIT that
//! was not said; nor where a destination has not taken what it was given. There are at most [`MOST`] of them, so that a server
//! that makes messages up does not keep a run for ever: at some hundred messages each that is more than most mailboxes have, and
//! the next run goes on.

/// What a session that ended well has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GoodSession {
    /// Messages were left for a session of their own.
    pub(super) postponed: bool,
    /// Messages that the server listed.
    pub(super) listed: u64,
    /// Messages that it deleted.
    pub(super) deleted: u64,
    /// Nothing but the server can have left messages for another session.
    pub(super) is_whole: bool,
}

/// The parts that a run has fetched.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Sessions that looked for more.
    begun: u32,
    /// Messages published before the last part.
    before: u64,
}

impl Parts {
    /// Is there reason to look for more? `messages` were published in the run so far; `deletes`: each of them was to be deleted.
    /// After a yes a part begins.
    pub(super) fn may_follow(&mut self, session: &GoodSession, messages: u64, deletes: bool) -> bool {
        let &GoodSession { postponed, listed, deleted, is_whole } = session;
        let fetched = messages - self.before;
        let is_reason = match self.begun {
            0 => {
                let dealt_with = if deletes { fetched.max(deleted) } else { fetched + deleted };
                listed >= FEWEST && dealt_with.saturating_mul(10) >= listed.saturating_mul(9)
            }
            MOST.. => false,
            _ => fetched > 0 && fetched.saturating_mul(10) >= listed,
        };
        let follows = is_reason && is_whole && !postponed;
        if follows {
            self.begun += 1;
            self.before = messages;
        }
        follows
    }
}

/// Messages of a first part, at least. The windows that servers are known to have are larger, and fewer new messages than this
/// are usual in a mailbox that is emptied by each poll.
const FEWEST: u64 = 100;

/// Sessions of a run that look for more.
const MOST: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(listed: u64) -> GoodSession {
        GoodSession { listed, is_whole: true, ..GoodSession::default() }
    }

    /// What follows after sessions that list and publish so many.
    fn follows(sessions: &[(u64, u64)]) -> Vec<bool> {
        let (mut parts, mut messages) = (Parts::default(), 0);
        let mut after = |&(of_listing, fetched)| {
            messages += fetched;
            parts.may_follow(&listed(of_listing), messages, false)
        };
        sessions.iter().map(&mut after).collect()
    }

    #[test]
    fn a_usual_poll_is_one_session_and_a_first_fetch_two() {
        for poll in [(0, 0), (1, 1), (99, 99), (1000, 3), (1000, 500), (250, 220)] {
            assert_eq!(follows(&[poll]), [false], "{poll:?}");
        }
        assert_eq!(follows(&[(1000, 1000), (1000, 0)]), [true, false]);
        // One that came meanwhile.
        assert_eq!(follows(&[(1000, 1000), (1001, 1)]), [true, false]);
        // A few are refused, or too large.
        assert_eq!(follows(&[(250, 230)]), [true]);
    }

    #[test]
    fn parts_go_on_until_one_brings_nothing() {
        assert_eq!(follows(&[(250, 250), (250, 250), (70, 70), (0, 0)]), [true, true, true, false]);
        // Each has some that were there before.
        assert_eq!(follows(&[(250, 250), (250, 150), (250, 20)]), [true, true, false]);
        let without_end = vec![(250, 250); 200];
        assert_eq!(follows(&without_end).iter().filter(|follows| **follows).count(), MOST as usize);
    }

    #[test]
    fn what_is_deleted_counts_once() {
        let deleted = |deleted| GoodSession { deleted, ..listed(200) };
        // All were known, and are deleted now.
        assert!(Parts::default().may_follow(&deleted(200), 0, true));
        // Half of them are new, and those are what is deleted.
        assert!(!Parts::default().may_follow(&deleted(100), 100, true));
        // Half of them are new and kept, and the others are old enough to be deleted.
        assert!(Parts::default().may_follow(&deleted(100), 100, false));
    }

    #[test]
    fn what_was_left_for_another_reason_is_none() {
        let all = listed(200);
        for session in [GoodSession { is_whole: false, ..all }, GoodSession { postponed: true, ..all }] {
            assert!(!Parts::default().may_follow(&session, 200, false), "{session:?}");
        }
        // A session that broke, and the one that brought the rest.
        let mut parts = Parts::default();
        assert!(parts.may_follow(&all, 200, false) && !parts.may_follow(&all, 200, false));
    }
}
