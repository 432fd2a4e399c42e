//! The only place that prints, but for two questions, in `auth/search.rs` and `commands/console.rs`: for people, as
//! JSON, for monitors, and progress bars. Foreign text is escaped before it comes here.
//!
//! `fetch` sees the [`Reporter`] trait, `commands` the rest.

use std::sync::Arc;

use crate::client::Transcript;
use crate::error::Result;
use crate::until::Until;

pub use self::account_log::AccountLog;
pub use self::bug::exit_on_panic;
pub use self::color::Color;
pub use self::console::{Console, Verbosity};
pub use self::delivered::{DeliveredMessage, DestinationName, Summary};
pub use self::exposition::Metric;
pub use self::few::{FewLines, Topic};
pub use self::json::{DestinationJson, MailboxJson, print_error_json, print_json};
pub use self::log::{Event, LineFormat, LogLine, LogStyle, is_journal};
pub use self::nagios::{NagiosReport, NagiosState, PerfData, some_names};
pub use self::planned::{PlannedAction, PlannedMessage};
pub use self::progress::{AccountReporter, PlanView};
pub use self::regular::{RegularOutput, prints_to_pipe};
pub use self::table::{Column, Table};
pub use self::words::{age, count, day, duration, rfc3339, short_path, size};

mod account_log;
mod bar;
mod bug;
mod color;
mod console;
mod delivered;
mod exposition;
mod few;
mod json;
mod log;
mod nagios;
mod patient;
mod planned;
mod progress;
mod question;
mod regular;
mod table;
mod waiting;
mod words;

/// Is told by the engine what happens.
pub trait Reporter: Send + Sync {
    /// Something that the user should know, though the run goes on.
    fn warn(&self, text: &str);
    /// Something of one message. Where many have it, it is said of a few of them, and [`Self::sum_up`] counts the others.
    fn warn_of(&self, topic: Topic, text: &str);
    /// No more of [`Self::warn_of`] will come.
    fn sum_up(&self);
    /// Something for whoever is watching.
    fn tell(&self, text: &str);
    /// Asks whoever is there, until then, whether to go on. Where nobody is, nobody has anything against it.
    fn confirm(&self, _question: &str, _until: &Until) -> Result<bool> {
        Ok(true)
    }
    /// Something for the curious.
    fn note(&self, text: &str);
    /// A transfer begins: how many messages, and about how many octets.
    fn begin(&self, messages: u64, octets: u64);
    /// So many octets more were received.
    fn octets(&self, octets: u64);
    /// One message more was received.
    fn message(&self);
    /// The transfer has ended.
    fn end(&self);
    /// Is it to be told of each message that was published? That costs time.
    fn wants_messages(&self) -> bool {
        false
    }
    /// A message was published.
    fn published(&self, _: &DeliveredMessage) {}
    /// What a dry run would do with each message, in the order in which it would be done: once, when all is known.
    fn planned(&self, _: &mut dyn Iterator<Item = PlannedMessage<'_>>) {}
    /// Who is told the dialogue.
    fn transcript(&self) -> Arc<dyn Transcript>;
}
