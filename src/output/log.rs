//! What lines on standard error look like: messages for people, or log lines with time, account and event.

use std::io;
use std::os::fd::AsFd;

use jiff::Timestamp;
use serde::Serialize;

use super::Verbosity;

/// The form of all lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineFormat {
    /// Messages for people.
    #[default]
    Plain,
    /// `TIME ACCOUNT EVENT: TEXT`
    Text,
    /// One JSON object a line.
    Json,
}

/// How lines are written, for the whole process.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogStyle {
    /// Their form.
    pub format: LineFormat,
    /// systemd's journal reads them: each begins with its priority, and the journal adds the time.
    pub is_for_journal: bool,
}

/// What a line tells: the manual has the list, with what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// mailhaul stays, and will poll.
    Started,
    /// The configuration was read again.
    Reloaded,
    /// The configuration could not be read again, and the one from before holds.
    NotReloaded,
    /// mailhaul ends.
    Stopping,
    /// A fetch has ended well.
    Fetched,
    /// A fetch has failed.
    Failed,
    /// An account that had failed works again.
    Recovered,
    /// The server's certificate expires soon.
    CertificateExpires,
    /// No new message has come for long.
    NoMail,
    /// The user's command for alerts has failed.
    AlertFailed,
    /// The server wants more time between logins, or another run is at work.
    Postponed,
    /// A message was left on the server, as it is too large.
    Skipped,
    /// A message did not come.
    NotFetched,
    /// A message was not deleted from the server.
    NotDeleted,
    /// A destination did not take a message.
    NotDelivered,
    /// The filter has not answered for a message.
    NotFiltered,
    /// Anything else that the user should know.
    Warning,
    /// What goes with the line before: one thing to try.
    Hint,
    /// What is done.
    Detail,
    /// A line of the conversation with the server.
    Dialogue,
}

impl Event {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 20] = [
        Self::Started,
        Self::Reloaded,
        Self::NotReloaded,
        Self::Stopping,
        Self::Fetched,
        Self::Failed,
        Self::Recovered,
        Self::CertificateExpires,
        Self::NoMail,
        Self::AlertFailed,
        Self::Postponed,
        Self::Skipped,
        Self::NotFetched,
        Self::NotDeleted,
        Self::NotDelivered,
        Self::NotFiltered,
        Self::Warning,
        Self::Hint,
        Self::Detail,
        Self::Dialogue,
    ];

    /// As it stands in a line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Reloaded => "reloaded",
            Self::NotReloaded => "not-reloaded",
            Self::Stopping => "stopping",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
            Self::Recovered => "recovered",
            Self::CertificateExpires => "certificate-expires",
            Self::NoMail => "no-mail",
            Self::AlertFailed => "alert-failed",
            Self::Postponed => "postponed",
            Self::Skipped => "skipped",
            Self::NotFetched => "not-fetched",
            Self::NotDeleted => "not-deleted",
            Self::NotDelivered => "not-delivered",
            Self::NotFiltered => "not-filtered",
            Self::Warning => "warning",
            Self::Hint => "hint",
            Self::Detail => "detail",
            Self::Dialogue => "dialogue",
        }
    }

    /// Is it something that went wrong?
    fn is_trouble(self) -> bool {
        !matches!(
            self,
            Self::Started
                | Self::Reloaded
                | Self::Stopping
                | Self::Fetched
                | Self::Recovered
                | Self::Postponed
                | Self::Detail
                | Self::Dialogue
        )
    }
}

/// A line, before it has a form.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// How much must be said for it to be shown.
    pub at_least: Verbosity,
    /// What it tells.
    pub event: Event,
    /// The account that it is about.
    pub account: Option<&'a str>,
    /// In one line, escaped.
    pub text: &'a str,
    /// What to do.
    pub hint: Option<&'a str>,
}

impl<'a> LogLine<'a> {
    /// What somebody has made as a message for people.
    pub(super) fn of_message(at_least: Verbosity, message: &'a str) -> Self {
        let (event, text) = match (message.strip_prefix("mailhaul: "), message.strip_prefix("  ")) {
            (Some(text), _) if at_least == Verbosity::Quiet => (Event::Failed, text),
            (Some(text), _) => (Event::Warning, text),
            (None, Some(hint)) => (Event::Hint, hint),
            (None, None) if at_least == Verbosity::Dialogue => (Event::Dialogue, message),
            (None, None) => (Event::Detail, message),
        };
        Self { at_least, event, account: None, text, hint: None }
    }

    /// As it is written, without the line end.
    pub(super) fn written(&self, style: LogStyle, time: Timestamp) -> String {
        let lines = match style.format {
            LineFormat::Plain => self.plain(),
            LineFormat::Text => {
                let time = if style.is_for_journal { String::new() } else { format!("{time:.3} ") };
                format!("{time}{} {}: {}", self.account.unwrap_or("-"), self.event.name(), self.with_hint())
            }
            LineFormat::Json => self.json(time),
        };
        self.with_priority(&lines, style)
    }

    /// Lines that are about this one, as the journal wants them.
    pub(super) fn with_priority(&self, lines: &str, style: LogStyle) -> String {
        if !style.is_for_journal {
            return lines.to_owned();
        }
        lines.lines().map(|line| format!("<{}>{line}", self.priority())).collect::<Vec<_>>().join("\n")
    }

    /// With our name before what went wrong, and what to do in a line of its own.
    fn plain(&self) -> String {
        let name = if self.event.is_trouble() || self.event == Event::Postponed { "mailhaul: " } else { "" };
        let text = match self.account {
            Some(account) if self.text_without_account() == self.text => format!("{account}: {}", self.text),
            _ => self.text.to_owned(),
        };
        let hint = self.hint.map(|hint| format!("\n  {hint}")).unwrap_or_default();
        format!("{name}{text}{hint}")
    }

    fn with_hint(&self) -> String {
        let hint = self.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}{hint}", self.text_without_account())
    }

    /// Errors name their place, which may be the account.
    fn text_without_account(&self) -> &'a str {
        let rest = self.account.and_then(|account| self.text.strip_prefix(account));
        rest.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(self.text)
    }

    fn json(&self, time: Timestamp) -> String {
        let line = LogJson {
            time: format!("{time:.3}"),
            level: self.level(),
            account: self.account,
            event: self.event.name(),
            text: self.text_without_account(),
            hint: self.hint,
        };
        crate::escape::json(&serde_json::to_string(&line).unwrap_or_default()).into_owned()
    }

    fn level(&self) -> &'static str {
        match self.priority() {
            3 => "error",
            4 => "warning",
            5 | 6 => "info",
            _ => "debug",
        }
    }

    /// As syslog has it: 3 an error, 4 a warning, 5 a notice, 6 information, 7 for the curious.
    fn priority(&self) -> u8 {
        match (self.event.is_trouble(), self.at_least) {
            (true, Verbosity::Quiet) => 3,
            (true, Verbosity::Normal) => 4,
            (_, Verbosity::Dialogue) => 7,
            (false, Verbosity::Quiet | Verbosity::Normal) if self.event == Event::Recovered => 5,
            (_, Verbosity::Verbose) if self.event == Event::Detail => 7,
            _ => 6,
        }
    }
}

#[derive(Serialize)]
struct LogJson<'a> {
    time: String,
    level: &'static str,
    account: Option<&'a str>,
    event: &'static str,
    text: &'a str,
    hint: Option<&'a str>,
}

/// Does standard error go to systemd's journal, as `$JOURNAL_STREAM` says (systemd.exec(5))?
pub fn is_journal() -> bool {
    let Some(said) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    let Ok(about) = rustix::fs::fstat(io::stderr().as_fd()) else { return false };
    said == format!("{}:{}", about.st_dev, about.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: Event, at_least: Verbosity) -> LogLine<'static> {
        LogLine { at_least, event, account: Some("work"), text: "work: it broke", hint: Some("mend it") }
    }

    fn written(line: &LogLine<'_>, format: LineFormat, is_for_journal: bool) -> String {
        line.written(LogStyle { format, is_for_journal }, Timestamp::from_second(1_800_000_000).unwrap())
    }

    #[test]
    fn a_line_has_three_forms() {
        let failed = line(Event::Failed, Verbosity::Quiet);
        assert_eq!(written(&failed, LineFormat::Plain, false), "mailhaul: work: it broke\n  mend it");
        assert_eq!(
            written(&failed, LineFormat::Text, false),
            "2027-01-15T08:00:00.000Z work failed: it broke; mend it"
        );
        assert_eq!(
            written(&failed, LineFormat::Json, false),
            r#"{"time":"2027-01-15T08:00:00.000Z","level":"error","account":"work","event":"failed","text":"it broke","hint":"mend it"}"#
        );
        let fetched = LogLine { text: "3 new messages", hint: None, ..line(Event::Fetched, Verbosity::Normal) };
        assert_eq!(written(&fetched, LineFormat::Plain, false), "work: 3 new messages");
    }

    #[test]
    fn the_journal_gets_priorities_and_has_times_of_its_own() {
        let failed = line(Event::Failed, Verbosity::Quiet);
        assert_eq!(written(&failed, LineFormat::Plain, true), "<3>mailhaul: work: it broke\n<3>  mend it");
        assert_eq!(written(&failed, LineFormat::Text, true), "<3>work failed: it broke; mend it");
        for (event, at_least, priority) in [
            (Event::Warning, Verbosity::Normal, 4),
            (Event::Recovered, Verbosity::Normal, 5),
            (Event::Fetched, Verbosity::Normal, 6),
            (Event::Fetched, Verbosity::Verbose, 6),
            (Event::Detail, Verbosity::Verbose, 7),
            (Event::Dialogue, Verbosity::Dialogue, 7),
        ] {
            assert_eq!(line(event, at_least).priority(), priority, "{event:?}");
        }
    }

    #[test]
    fn messages_for_people_become_lines() {
        let read = |message| {
            let line = LogLine::of_message(Verbosity::Normal, message);
            (line.event, line.text)
        };
        assert_eq!(read("mailhaul: the variable X is unknown"), (Event::Warning, "the variable X is unknown"));
        assert_eq!(read("  is it Y?"), (Event::Hint, "is it Y?"));
        assert_eq!(read("waiting"), (Event::Detail, "waiting"));
    }

    #[test]
    fn every_event_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = Event::ALL.iter().map(|event| event.name()).collect();
        assert_eq!(names.len(), Event::ALL.len());
    }
}
