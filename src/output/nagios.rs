//! What plugins of Nagios print, and their exit codes: <https://www.monitoring-plugins.org/doc/guidelines.html>.
//!
//! ```text
//! MAILHAUL OK - text | 'label'=value[unit];warn;crit;min;max ..
//! more text
//! more text | more figures
//! ```

use std::fmt::Write;

use crate::error::Error;

/// The verdict of a plugin, from good to bad: what is not known is worse than what only needs attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NagiosState {
    /// All is well.
    Ok,
    /// Somebody should look at it.
    Warning,
    /// Nothing can be said.
    Unknown,
    /// It does not work.
    Critical,
}

impl NagiosState {
    /// As the plugin's process ends.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// In capitals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A figure, with the ranges outside of which it is bad.
#[derive(Clone, Debug, Default)]
pub struct PerfData {
    /// What it counts. Any text.
    pub label: String,
    /// How much it is.
    pub value: u64,
    /// `s`, `B`, or nothing.
    pub unit: &'static str,
    /// A range in the syntax of Nagios, or nothing.
    pub warn: String,
    /// The same.
    pub crit: String,
    /// The most that it can be.
    pub max: Option<u64>,
}

impl PerfData {
    /// A figure without ranges.
    pub fn new(label: impl Into<String>, value: u64, unit: &'static str) -> Self {
        Self { label: label.into(), value, unit, ..Self::default() }
    }

    fn show(&self) -> String {
        let Self { label, value, unit, warn, crit, max } = self;
        let max = max.map(|max| max.to_string()).unwrap_or_default();
        let shown = format!("{}={value}{unit};{warn};{crit};0;{max}", quoted(label));
        shown.trim_end_matches(';').to_owned()
    }
}

/// What a plugin prints.
#[derive(Clone, Debug)]
pub struct NagiosReport {
    /// Its verdict.
    pub state: NagiosState,
    /// The first line: what a pager shows.
    pub text: String,
    /// The lines below it.
    pub lines: Vec<String>,
    /// Figures of the whole.
    pub figures: Vec<PerfData>,
    /// Figures of parts. They stand behind the lines: Nagios cuts long output, and the lines are worth more.
    pub more_figures: Vec<PerfData>,
}

impl NagiosReport {
    /// A verdict without figures.
    pub fn new(state: NagiosState, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), lines: Vec::new(), figures: Vec::new(), more_figures: Vec::new() }
    }

    /// What keeps the plugin from its work.
    pub fn of_error(error: &Error) -> Self {
        let mut report = Self::new(NagiosState::Unknown, error.to_string());
        report.lines.extend(error.next_step().map(str::to_owned));
        report
    }

    /// All lines, without the last line end.
    pub fn show(&self) -> String {
        let mut out = format!("MAILHAUL {} - {}", self.state.name(), plain(&self.text));
        let show = |figures: &[PerfData]| figures.iter().map(PerfData::show).collect::<Vec<_>>().join(" ");
        let (mut first, mut second) = (show(&self.figures), show(&self.more_figures));
        if self.lines.is_empty() {
            let blank = if first.is_empty() || second.is_empty() { "" } else { " " };
            first = format!("{first}{blank}{}", std::mem::take(&mut second));
        }
        for (figures, lines) in [(first, &self.lines[..]), (second, &[])] {
            if !figures.is_empty() {
                write!(out, " | {figures}").expect("a String takes every write");
            }
            for line in lines {
                write!(out, "\n{}", plain(line)).expect("a String takes every write");
            }
        }
        out
    }
}

/// `home, work and 3 more`
pub fn some_names(names: &[&str]) -> String {
    let named = names.len().min(NAMED);
    match names.len() - named {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..named].join(", ")),
    }
}

/// Names on the line that a pager shows.
const NAMED: usize = 5;

/// Text in one line, without what begins the figures. It is escaped as foreign text is.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '|' || c.is_control() {
            write!(out, "\\x{:02x}", u32::from(c)).expect("a String takes every write");
        } else {
            out.push(c);
        }
    }
    out
}

/// A label in quotes; an equals sign, a bar or a control character cannot be in one.
fn quoted(label: &str) -> String {
    let harmless = |c: char| if "=|".contains(c) || c.is_control() { '_' } else { c };
    let label: String = label.chars().map(harmless).collect();
    if label.chars().all(|c| c.is_ascii_alphanumeric() || "_.-@".contains(c)) && !label.is_empty() {
        return label;
    }
    format!("'{}'", label.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_line_has_all_figures() {
        let mut report = NagiosReport::new(NagiosState::Ok, "5 messages");
        report.figures = vec![PerfData { warn: "10".into(), crit: "20".into(), ..PerfData::new("messages", 5, "") }];
        report.more_figures = vec![PerfData::new("it's a size", 7, "B")];
        assert_eq!(report.show(), "MAILHAUL OK - 5 messages | messages=5;10;20;0 'it''s a size'=7B;;;0");
        report.lines = vec!["one".into(), "two".into()];
        assert_eq!(report.show(), "MAILHAUL OK - 5 messages | messages=5;10;20;0\none\ntwo | 'it''s a size'=7B;;;0");
    }

    #[test]
    fn a_line_names_a_few() {
        assert_eq!(some_names(&["a", "b"]), "a, b");
        assert_eq!(some_names(&["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
    }

    #[test]
    fn what_is_worse_is_larger() {
        use NagiosState::{Critical, Ok, Unknown, Warning};
        assert!(Ok < Warning && Warning < Unknown && Unknown < Critical);
        assert_eq!([Ok, Warning, Critical, Unknown].map(NagiosState::exit_code), [0, 1, 2, 3]);
    }

    /// The figures of a line as the plugin guidelines describe them: labels and values.
    fn figures(mut text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        while !text.is_empty() {
            let (label, rest) = match text.strip_prefix('\'') {
                None => text.split_once('=').map(|(label, rest)| (label.to_owned(), rest)).unwrap(),
                Some(mut rest) => {
                    let mut label = String::new();
                    loop {
                        let (part, after) = rest.split_once('\'').unwrap();
                        label += part;
                        match after.strip_prefix('\'') {
                            Some(after) => (label, rest) = (label + "'", after),
                            None => break (label, after.strip_prefix('=').unwrap()),
                        }
                    }
                }
            };
            let (value, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            assert!(!label.contains(['=', '|', '\n']));
            found.push((label, value.to_owned()));
            text = rest;
        }
        found
    }

    proptest! {
        #[test]
        fn any_text_and_any_label_can_be_read_again(text in any::<String>(), label in any::<String>(), value: u64) {
            let mut report = NagiosReport::new(NagiosState::Critical, text.clone());
            report.lines = vec![text];
            report.figures = vec![PerfData::new(label.clone(), value, "s"), PerfData::new("b", 1, "")];
            let shown = report.show();
            let lines: Vec<&str> = shown.split('\n').collect();
            prop_assert_eq!(lines.len(), 2);
            prop_assert!(!lines[1].contains('|') && shown.chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert_eq!(lines[0].matches('|').count(), 1);
            let (_, rest) = lines[0].split_once(" | ").unwrap();
            let found = figures(rest);
            prop_assert_eq!(found.len(), 2);
            prop_assert_eq!(found[0].0.chars().count(), label.chars().count());
            prop_assert_eq!(&found[0].1, &format!("{value}s;;;0"));
        }
    }
}
