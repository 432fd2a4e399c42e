//! When a message that the server refuses is tried again, and when it is given up. Pure: times are numbers.
//!
//! Before it is given up it is tried in the next run, an hour later, and then every 8 hours, so that a bad quarter of an hour
//! of a server's store counts as one day at most. It is given up on the third day on which it was refused. After that it is
//! tried 1, 2, 4, 8 and 16 days later; the first attempt that fails 30 days after it was given up is the last.

use super::clock::DAY;

/// What is remembered of a message that the server refuses. Times are seconds on the ledger's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusals {
    /// In how many attempts since the first, or since it was given up.
    pub(super) attempts: u32,
    /// On how many different days.
    pub(super) days: u32,
    /// The newest of these, since 1970.
    pub(super) last_day: i64,
    /// Not before this time.
    pub(super) next_try: i64,
    pub(super) given_up_at: Option<i64>,
    /// It is not tried any more.
    pub(super) is_over: bool,
}

/// What one more refusal means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NextTry {
    pub(super) gives_up_now: bool,
    pub(super) last_word: bool,
}

impl Refusals {
    /// One more.
    pub(super) fn add(self, now: i64) -> (Self, NextTry) {
        match self.given_up_at {
            Some(at) => self.add_given_up(at, now),
            None => self.add_before(now),
        }
    }

    /// Is it to be tried now?
    pub(super) fn is_due(&self, now: i64) -> bool {
        !self.is_over && self.next_try <= now
    }

    fn add_before(mut self, now: i64) -> (Self, NextTry) {
        let day = now.div_euclid(DAY);
        if self.days == 0 || day != self.last_day {
            self.days += 1;
            self.last_day = day;
        }
        self.attempts += 1;
        if self.days >= GIVE_UP_DAYS {
            let given_up = Self { attempts: 0, next_try: now + DAY, given_up_at: Some(now), ..self };
            return (given_up, NextTry { gives_up_now: true, last_word: false });
        }
        self.next_try = match self.attempts {
            1 => now,
            2 => now + HOUR,
            _ => now + 8 * HOUR,
        };
        (self, NextTry::default())
    }

    fn add_given_up(mut self, given_up_at: i64, now: i64) -> (Self, NextTry) {
        self.attempts += 1;
        if now - given_up_at >= KEEP_TRYING {
            let last_word = !self.is_over;
            self.is_over = true;
            return (self, NextTry { gives_up_now: false, last_word });
        }
        self.next_try = now + (DAY << self.attempts.min(MOST_DOUBLED));
        (self, NextTry::default())
    }
}

const HOUR: i64 = 3600;

/// Different days on which a message was refused until it is given up.
const GIVE_UP_DAYS: u32 = 3;

/// How long what was given up is still tried again.
const KEEP_TRYING: i64 = 30 * DAY;

/// How often the pause is doubled.
const MOST_DOUBLED: u32 = 4;

/// 16 days.
pub(super) const LONGEST_PAUSE: i64 = DAY << MOST_DOUBLED;

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: i64 = 20_000 * DAY;

    /// The attempts of a machine that polls every so many seconds, in hours from the first, with what each meant.
    fn attempts(every: i64, from: i64, until: i64) -> Vec<(i64, NextTry)> {
        let mut state = Refusals::default();
        let mut made = Vec::new();
        for now in (from..until).step_by(every as usize) {
            if state.is_due(now) {
                let verdict;
                (state, verdict) = state.add(now);
                made.push(((now - from) / HOUR, verdict));
            }
        }
        made
    }

    #[test]
    fn a_bad_quarter_of_an_hour_gives_nothing_up() {
        let made = attempts(300, MIDNIGHT, MIDNIGHT + HOUR);
        assert_eq!(made, [(0, NextTry::default()), (0, NextTry::default())]);
        // Even where it has a midnight in it.
        let across = attempts(300, MIDNIGHT - 300, MIDNIGHT + HOUR);
        assert!(across.iter().all(|(_, verdict)| *verdict == NextTry::default()), "{across:?}");
    }

    #[test]
    fn the_third_day_gives_up_and_a_month_later_it_is_over() {
        let made = attempts(300, MIDNIGHT + 9 * HOUR, MIDNIGHT + 400 * DAY);
        let hours: Vec<i64> = made.iter().map(|(hour, _)| *hour).collect();
        // 0 and 5 min, 1 h, then every 8 h until the day after tomorrow has begun; then after 1, 2, 4, 8, 16 days.
        let given_up = 41;
        let later = [1, 3, 7, 15, 31].map(|days| given_up + 24 * days);
        assert_eq!(hours, [&[0, 0, 1, 9, 17, 25, 33, given_up][..], &later].concat());
        let meant: Vec<(bool, bool)> = made.iter().map(|(_, it)| (it.gives_up_now, it.last_word)).collect();
        let [rest @ .., last] = &meant[..] else { panic!("no attempts") };
        assert_eq!(*last, (false, true));
        assert_eq!(rest.iter().filter(|meant| **meant == (true, false)).count(), 1);
        assert_eq!(rest[7], (true, false));
        assert!(rest.iter().all(|(_, last_word)| !last_word));
    }

    #[test]
    fn a_machine_that_polls_once_a_week_gives_up_and_ends_as_well() {
        let made = attempts(7 * DAY, MIDNIGHT, MIDNIGHT + 400 * DAY);
        assert_eq!(made.iter().position(|(_, verdict)| verdict.gives_up_now), Some(2));
        assert_eq!(made.iter().filter(|(_, verdict)| verdict.last_word).count(), 1);
        assert!(made.last().unwrap().1.last_word);
    }

    #[test]
    fn what_is_tried_all_the_same_says_its_last_word_once() {
        let over = Refusals { given_up_at: Some(MIDNIGHT), is_over: true, ..Refusals::default() };
        assert!(!over.is_due(i64::MAX));
        assert_eq!(over.add(MIDNIGHT + 40 * DAY).1, NextTry::default());
    }
}
