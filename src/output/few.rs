//! What may have to be said of every message of a mailbox: of a few it is said, the others are counted.

use super::{AccountLog, Console, Event, Verbosity};
use crate::error::Error;

/// What is said of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// It stays on the server, as the user wants no message of its size.
    TooLarge,
    /// It did not come.
    NotFetched,
    /// The server does not delete it.
    NotDeleted,
    /// A destination does not want it.
    NotTaken,
    /// The user's filter has not answered.
    NotFiltered,
}

/// Lines of one topic. After ten of them, or after what fills a screen, only `-v` shows more.
#[derive(Debug, Default)]
pub struct FewLines {
    shown: usize,
    octets: usize,
    more: u64,
}

impl Topic {
    /// What has failed is said even where only errors are wanted.
    pub(super) fn verbosity(self) -> Verbosity {
        match self {
            Self::TooLarge | Self::NotFiltered => Verbosity::Normal,
            Self::NotFetched | Self::NotDeleted | Self::NotTaken => Verbosity::Quiet,
        }
    }

    fn event(self) -> Event {
        match self {
            Self::TooLarge => Event::Skipped,
            Self::NotFetched => Event::NotFetched,
            Self::NotDeleted => Event::NotDeleted,
            Self::NotTaken => Event::NotDelivered,
            Self::NotFiltered => Event::NotFiltered,
        }
    }

    fn of_more(self) -> &'static str {
        match self {
            Self::TooLarge => "are too large and were skipped",
            Self::NotFetched => "could not be fetched",
            Self::NotDeleted => "could not be deleted",
            Self::NotFiltered => "are fetched although the filter failed",
            Self::NotTaken => "were not taken by a destination",
        }
    }
}

impl FewLines {
    /// Says something of one more message of an account.
    pub(super) fn log(&mut self, log: &AccountLog, topic: Topic, text: &str) {
        self.one_more(topic, log.console(), text, |at_least| {
            log.log(at_least, topic.event(), text);
        });
    }

    /// Says of how many messages of an account nothing was said; then it begins anew.
    pub(super) fn end_log(&mut self, log: &AccountLog, topic: Topic) {
        if let Some(text) = self.rest(topic, log.console()) {
            log.log(topic.verbosity(), topic.event(), &text);
        }
    }

    /// The same for an error, whose hint is said once.
    pub fn error(&mut self, console: &Console, topic: Topic, error: &Error) {
        let line = format!("mailhaul: {error}");
        self.one_more(topic, console, &line, |at_least| console.say(at_least, &line));
        if let Some(hint) = error.next_step().filter(|_| self.shown == 1 && self.more == 0) {
            console.say(topic.verbosity(), &format!("  {hint}"));
        }
    }

    /// So many more messages have failed, and nothing is known of them.
    pub fn more(&mut self, messages: u64) {
        self.more += messages;
    }

    /// Says of how many messages nothing was said; then it begins anew.
    pub fn end(&mut self, console: &Console, topic: Topic, label: &str) {
        if let Some(text) = self.rest(topic, console) {
            console.say(topic.verbosity(), &format!("mailhaul: {label}: {text}"));
        }
    }

    /// `say` is told how much must be said for this line to be shown.
    fn one_more(&mut self, topic: Topic, console: &Console, line: &str, say: impl FnOnce(Verbosity)) {
        if console.verbosity() < topic.verbosity() {
            return;
        }
        let is_shown = self.takes(line.len());
        self.more += u64::from(!is_shown);
        say(if is_shown { topic.verbosity() } else { Verbosity::Verbose });
    }

    fn rest(&mut self, topic: Topic, console: &Console) -> Option<String> {
        let more = std::mem::take(self).more;
        let is_untold = more > 0 && console.verbosity() < Verbosity::Verbose;
        is_untold.then(|| format!("{more} more messages {}; -v shows each", topic.of_more()))
    }

    fn takes(&mut self, octets: usize) -> bool {
        let takes = self.more == 0 && (self.shown == 0 || (self.shown < LINES && self.octets + octets <= OCTETS));
        if takes {
            self.shown += 1;
            self.octets += octets;
        }
        takes
    }
}

const LINES: usize = 10;

/// Of all lines but the first, which is always shown.
const OCTETS: usize = 1600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_short_lines_or_a_screen_of_long_ones() {
        for (octets, shown) in [(100, 10), (160, 10), (400, 4), (5000, 1)] {
            let mut lines = FewLines::default();
            assert_eq!(
                (0..50)
                    .filter(|_| {
                        let takes = lines.takes(octets);
                        lines.more += u64::from(!takes);
                        takes
                    })
                    .count(),
                shown,
                "{octets}"
            );
        }
    }
}
