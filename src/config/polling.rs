//! How often an account is fetched by a process that stays, and what is told when something goes wrong.

use std::time::Duration;

use super::receivers::command;
use super::settings::values;
use super::{Raw, Settings};
use crate::command_line::CommandLine;
use crate::error::Result;

/// How often an account is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// The time from one fetch to the next; none: it is fetched once.
    pub every: Option<Duration>,
    /// The longest time between attempts while it fails.
    pub max_backoff: Duration,
}

/// What is told when something goes wrong, and when.
#[derive(Clone, Debug, Default)]
pub struct Alerting {
    /// Failures are not told until they have lasted for so long.
    pub tolerate: Option<Duration>,
    /// What lasts is told again in this interval.
    pub remind_every: Option<Duration>,
    /// Is run when something goes wrong.
    pub on_failure: Option<CommandLine>,
    /// Is run when that is over.
    pub on_recovery: Option<CommandLine>,
    /// It is trouble when no new message has come for so long.
    pub silent_after: Option<Duration>,
}

/// What lines on standard error look like, if not as messages for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Time, account, event and text.
    Text,
    /// The same as JSON.
    Json,
}

impl Settings {
    /// How often an account with these settings is fetched.
    pub fn polling(&self) -> Result<Polling> {
        Ok(Polling {
            every: self.get("every", values::every)?.flatten(),
            max_backoff: self.get("max-backoff", Raw::as_duration)?.unwrap_or(MAX_BACKOFF),
        })
    }

    pub(super) fn alerting(&self, account: Option<&str>) -> Result<Alerting> {
        let line = |key| -> Result<Option<CommandLine>> {
            Ok(self.get(key, Raw::as_command)?.map(|line| command(line, account)))
        };
        Ok(Alerting {
            tolerate: self.get("tolerate", Raw::as_duration)?,
            remind_every: self.get("remind-every", Raw::as_duration)?,
            on_failure: line("on-failure")?,
            on_recovery: line("on-recovery")?,
            silent_after: self.get("silent-after", Raw::as_duration)?,
        })
    }

    /// What lines on standard error look like, if somebody has said so.
    pub fn log_format(&self) -> Result<Option<LogFormat>> {
        self.get("log-format", Raw::as_choice)
    }
}

/// Long enough for a server that is down for a night, short enough for who has mended it.
const MAX_BACKOFF: Duration = Duration::from_secs(3600);
