//! A getmailrc: the sections and options of an ini file, as Python's RawConfigParser reads it.

use crate::peers::getmail::tuple;

/// The whole file.
#[derive(Default)]
pub(super) struct IniFile {
    pub(super) sections: Vec<IniSection>,
    /// Lines that are none, and why.
    pub(super) wrong: Vec<(usize, &'static str)>,
}

/// `[name]`
pub(super) struct IniSection {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) options: Vec<IniOption>,
}

/// `name = value`; a value may go on in lines that are indented.
#[derive(Clone)]
pub(super) struct IniOption {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

impl IniFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut goes_on = false;
        let mut level = 0;
        for (at, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = raw.trim();
            // As Python has it: deeper than the option itself.
            let indent = raw.len() - raw.trim_start().len();
            let is_indented = indent > level;
            if line.starts_with('#') || line.starts_with(';') || line.is_empty() {
                continue;
            }
            let option = file.sections.last_mut().and_then(|section| section.options.last_mut());
            if let Some(option) = option.filter(|_| is_indented && goes_on) {
                if !option.value.is_empty() {
                    option.value.push('\n');
                }
                option.value.push_str(line);
                continue;
            }
            goes_on = file.take(at + 1, line);
            level = indent;
        }
        file.with_defaults()
    }

    /// One line. Can it go on in the next one?
    fn take(&mut self, number: usize, line: &str) -> bool {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            self.sections.push(IniSection { line: number, name: name.to_owned(), options: Vec::new() });
            return false;
        }
        let Some(section) = self.sections.last_mut() else {
            self.wrong.push((number, "it stands before the first section"));
            return false;
        };
        let Some((name, value)) = line.split_once(['=', ':']) else {
            self.wrong.push((number, "it is neither a section nor an option"));
            return false;
        };
        let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
        if section.options.iter().any(|option| option.name == name) {
            self.wrong.push((number, "it says the same option a second time, which getmail refuses"));
            return false;
        }
        section.options.push(IniOption { line: number, name, value });
        true
    }

    /// What `[DEFAULT]` says counts for `[options]`, if that is there.
    fn with_defaults(mut self) -> Self {
        let defaults = self.section("DEFAULT").map(|section| section.options.clone()).unwrap_or_default();
        if let Some(options) = self.sections.iter_mut().find(|section| section.name == "options") {
            let unsaid = defaults.into_iter().filter(|option| options.get(&option.name).is_none()).collect::<Vec<_>>();
            options.options.extend(unsaid);
        }
        self
    }

    /// Options that are neither true nor false, and must be.
    pub(super) fn odd_switches(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let options = self.sections.iter().flat_map(|section| &section.options);
        let is_odd = |option: &&IniOption| {
            let value = option.value.to_lowercase();
            SWITCHES.contains(&option.name.as_str()) && !TRUE.contains(&&*value) && !FALSE.contains(&&*value)
        };
        options.filter(is_odd).map(|option| (option.line, "it is neither true nor false"))
    }

    /// Options that are no tuples, and must be.
    pub(super) fn odd_tuples(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let options = self.sections.iter().flat_map(|section| &section.options);
        let is_odd =
            |option: &&IniOption| TUPLES.contains(&option.name.as_str()) && tuple::words(&option.value).is_none();
        options.filter(is_odd).map(|option| (option.line, "it is no tuple of strings"))
    }

    pub(super) fn section(&self, name: &str) -> Option<&IniSection> {
        self.sections.iter().find(|section| section.name == name)
    }
}

impl IniSection {
    pub(super) fn get(&self, name: &str) -> Option<&IniOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// The value of an option, if there is one.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|option| option.value.as_str()).filter(|value| !value.is_empty())
    }

    /// A tuple of strings.
    pub(super) fn words(&self, name: &str) -> Option<Vec<String>> {
        tuple::words(self.value(name)?)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| TRUE.contains(&&*value.to_lowercase()))
    }
}

impl IniOption {
    /// As it is shown: what may be a secret is not.
    pub(super) fn shown(&self) -> String {
        let value = self.value.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.name == "password" { self.name.clone() } else { format!("{} = {value}", self.name) }
    }
}

const TRUE: &[&str] = &["true", "yes", "on", "1"];

const TUPLES: &[&str] = &["arguments", "destinations", "password_command", "ssl_fingerprints"];

const FALSE: &[&str] = &["false", "no", "off", "0", ""];

const SWITCHES: &[&str] =
    &["read_all", "delete", "delivered_to", "received", "message_log_syslog", "message_log_verbose"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_in_indented_lines() {
        let text = "# x\n[retriever]\nServer: a.example\npassword = a # b; c%d\n\n[destination]\narguments = (\"-a\",\n  # no\n  'b c',)\npath=~/Mail/\n";
        let file = IniFile::parse(text);
        let [retriever, destination] = ["retriever", "destination"].map(|name| file.section(name).unwrap());
        assert_eq!((retriever.value("server"), retriever.value("password")), (Some("a.example"), Some("a # b; c%d")));
        assert_eq!(destination.words("arguments").unwrap(), ["-a", "b c"]);
        assert_eq!((destination.value("path"), destination.line), (Some("~/Mail/"), 6));
        assert!(file.wrong.is_empty());
    }

    #[test]
    fn what_is_none_of_it_is_told_by_its_line() {
        let file = IniFile::parse("x = y\n[a]\nno option\nb = 1\nb = 2\n");
        assert_eq!(file.wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3, 5]);
    }
}
