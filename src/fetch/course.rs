//! After a session: is the mailbox fetched, does another session follow, and how? Pure.

/// What the sessions of a run have shown so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Course {
    sessions: u32,
    /// One command at a time from now on.
    pub(super) one_at_a_time: bool,
    /// Several commands in a row may be what broke a session.
    is_suspicious: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionEnd {
    /// Well; `postponed` says that messages were left for a session of their own, `more` that there is reason to look for more.
    Well { postponed: bool, more: bool },
    /// One message made it unusable, and was noted.
    ByMessage,
    /// It broke, with several commands outstanding. `nonsense`: the server's answers made no sense; `progress`: messages
    /// were published meanwhile.
    InARow { nonsense: bool, progress: bool },
    /// Anything else.
    Badly,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another session.
    Again,
    /// Another one, which looks for more.
    More,
    /// The run has done what it could.
    Over,
    /// The error ends the run.
    Fail,
}

impl Course {
    pub(super) fn new(one_at_a_time: bool) -> Self {
        Self { sessions: 0, one_at_a_time, is_suspicious: false }
    }

    /// `may_go_on`: nobody has asked for a stop, and there is time. The second part of the answer says that several
    /// commands in a row were the trouble, which is to be remembered.
    pub(super) fn after(&mut self, ended: SessionEnd, may_go_on: bool) -> (Next, bool) {
        let has_time = may_go_on;
        self.sessions += 1;
        let may_go_on = may_go_on && self.sessions < MOST;
        match ended {
            SessionEnd::Well { postponed, more } => {
                // What broke with many commands in a row went well with one at a time.
                let remember = std::mem::take(&mut self.is_suspicious);
                let next = match (postponed, more) {
                    (true, _) if may_go_on => Next::Again,
                    (_, true) if has_time => {
                        self.sessions -= 1;
                        Next::More
                    }
                    _ => Next::Over,
                };
                (next, remember)
            }
            SessionEnd::ByMessage if may_go_on => (Next::Again, false),
            SessionEnd::InARow { nonsense, progress } if may_go_on && !self.one_at_a_time => {
                self.one_at_a_time = true;
                // A line that breaks while messages come is nothing to remember for a month.
                self.is_suspicious = nonsense || !progress;
                (Next::Again, false)
            }
            SessionEnd::ByMessage | SessionEnd::InARow { .. } | SessionEnd::Badly => (Next::Fail, false),
        }
    }
}

/// Sessions of one run, at most; but for those that look for more, which are counted by [`super::parts`].
const MOST: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const BROKE: SessionEnd = SessionEnd::InARow { nonsense: false, progress: false };
    const WELL: SessionEnd = SessionEnd::Well { postponed: false, more: false };

    #[test]
    fn a_good_session_is_the_last_unless_it_left_something() {
        assert_eq!(Course::new(false).after(WELL, true), (Next::Over, false));
        assert_eq!(
            Course::new(false).after(SessionEnd::Well { postponed: true, more: false }, true),
            (Next::Again, false)
        );
        assert_eq!(
            Course::new(false).after(SessionEnd::Well { postponed: true, more: false }, false),
            (Next::Over, false)
        );
        assert_eq!(Course::new(false).after(SessionEnd::Badly, true), (Next::Fail, false));
    }

    #[test]
    fn sessions_that_look_for_more_are_counted_elsewhere() {
        let (mut course, more) = (Course::new(false), SessionEnd::Well { postponed: false, more: true });
        assert!((0..50).all(|_| course.after(more, true) == (Next::More, false)));
        assert_eq!(course.after(BROKE, true), (Next::Again, false));
        assert_eq!(course.after(more, false), (Next::Over, true));
    }

    #[test]
    fn what_breaks_in_a_row_and_not_one_by_one_is_remembered() {
        for (broke, remember) in [
            (BROKE, true),
            (SessionEnd::InARow { nonsense: true, progress: true }, true),
            (SessionEnd::InARow { nonsense: false, progress: true }, false),
        ] {
            let mut course = Course::new(false);
            assert_eq!(course.after(broke, true), (Next::Again, false));
            assert!(course.one_at_a_time);
            assert_eq!(course.after(WELL, true), (Next::Over, remember));
        }
    }

    #[test]
    fn what_breaks_one_by_one_too_is_an_error_and_nothing_to_remember() {
        let mut course = Course::new(false);
        assert_eq!(course.after(BROKE, true), (Next::Again, false));
        assert_eq!(course.after(BROKE, true), (Next::Fail, false));
        assert_eq!(Course::new(true).after(BROKE, true), (Next::Fail, false));
        assert_eq!(Course::new(false).after(BROKE, false), (Next::Fail, false));
    }

    #[test]
    fn messages_that_end_their_sessions_do_not_go_on_for_ever() {
        let mut course = Course::new(false);
        let sessions = (1..).find(|_| course.after(SessionEnd::ByMessage, true).0 == Next::Fail);
        assert_eq!(sessions, Some(MOST));
    }
}
