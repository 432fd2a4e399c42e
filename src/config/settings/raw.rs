use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use super::choices::Choice;
use crate::command_line::CommandLine;
use crate::config::home::OF_ANOTHER;
use crate::config::{expand_home, parse_duration, parse_size};

/// A value as somebody wrote it, in the file, in a flag or in the environment. It may be a secret, so it cannot be shown.
#[derive(Clone)]
pub enum Raw {
    /// A string.
    Text(Zeroizing<String>),
    /// An array of strings, or a flag that was said several times.
    List(Vec<String>),
    /// true or false.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// Paths that a shell has expanded already, but perhaps for a `~/` at the beginning.
    Paths(Vec<PathBuf>),
    /// A password in the environment, which is read when it is needed.
    InEnvironment,
}

impl Raw {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }

    /// What several of one kind say together.
    pub fn joined<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let (mut texts, mut paths) = (Vec::new(), Vec::new());
        for raw in all {
            match raw {
                Self::Paths(more) => paths.extend_from_slice(more),
                Self::List(more) => texts.extend_from_slice(more),
                Self::Text(text) => texts.push(text.to_string()),
                Self::Flag(_) | Self::Number(_) | Self::InEnvironment => {} // of no list
            }
        }
        if paths.is_empty() { Self::List(texts) } else { Self::Paths(paths) }
    }

    pub(in crate::config) fn as_text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) if text.is_empty() => Err("must not be empty".into()),
            Self::Text(text) => Ok(text),
            _ => Err("must be a string".into()),
        }
    }

    pub(in crate::config) fn as_list(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Text(_) => Ok(vec![self.as_text()?.to_owned()]),
            Self::List(list) if list.iter().all(|text| !text.is_empty()) => Ok(list.clone()),
            _ => Err("must be a string or an array of strings".into()),
        }
    }

    /// The environment knows only strings, so the words for it are taken too.
    pub(in crate::config) fn as_flag(&self) -> Result<bool, String> {
        match self {
            Self::Flag(flag) => Ok(*flag),
            Self::Text(text) if **text == "true" => Ok(true),
            Self::Text(text) if **text == "false" => Ok(false),
            _ => Err("must be true or false".into()),
        }
    }

    pub(in crate::config) fn as_count(&self) -> Result<u64, String> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|&number| number > 0).ok_or_else(|| "must be a whole number from 1".into())
    }

    pub(in crate::config) fn as_size(&self) -> Result<u64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            _ => parse_size(self.as_text()?),
        }
    }

    pub(in crate::config) fn as_duration(&self) -> Result<Duration, String> {
        match self {
            Self::Number(number) => parse_duration(&number.to_string()),
            _ => parse_duration(self.as_text()?),
        }
    }

    /// A string is for the shell; an array is a program and its arguments, and no shell sees it.
    pub(in crate::config) fn as_command(&self) -> Result<CommandLine, String> {
        match self {
            Self::List(words) if words.is_empty() || words[0].is_empty() => Err("must name a program".into()),
            Self::List(words) => Ok(CommandLine::Program(words.clone())),
            _ => Ok(CommandLine::Shell(self.as_text()?.to_owned())),
        }
    }

    pub(in crate::config) fn as_path(&self) -> Result<PathBuf, String> {
        match self {
            Self::Paths(paths) if paths.len() == 1 => expand_home(&paths[0]),
            _ => expand(self.as_text()?),
        }
    }

    pub(in crate::config) fn as_paths(&self) -> Result<Vec<PathBuf>, String> {
        match self {
            Self::Paths(paths) => paths.iter().map(|path| expand_home(path)).collect(),
            _ => self.as_list()?.iter().map(|path| expand(path)).collect(),
        }
    }

    /// Do its paths mean the same wherever the program is started?
    pub(in crate::config) fn is_absolute(&self) -> bool {
        self.as_paths().is_ok_and(|paths| paths.iter().all(|path| path.is_absolute()))
    }

    /// One of several words.
    pub(super) fn as_word(&self, names: impl Iterator<Item = &'static str> + Clone) -> Result<&'static str, String> {
        let text = self.as_text().unwrap_or_default();
        let found = names.clone().find(|name| name.eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("must be one of {}", names.collect::<Vec<_>>().join(", ")))
    }

    /// What one of several words means.
    pub(in crate::config) fn as_choice<T: Choice>(&self) -> Result<T, String> {
        let name = self.as_word(T::WORDS.iter().map(|(name, ..)| *name))?;
        let found = T::WORDS.iter().find(|(word, ..)| *word == name);
        found.map(|(_, value, _)| *value).ok_or_else(|| "is not known".into())
    }

    /// Do both say the same, as far as it shows?
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.eq_ignore_ascii_case(other),
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Paths(one), Self::Paths(other)) => one == other,
            _ => false,
        }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raw(..)")
    }
}

/// `~` and `$VAR` in a path.
fn expand(path: &str) -> Result<PathBuf, String> {
    let home = || std::env::var("HOME").ok();
    let variable = |name: &str| match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(format!("needs ${name}, which is not set")),
    };
    let expanded = shellexpand::full_with_context(path, home, variable).map_err(|error| error.cause)?;
    if expanded.starts_with('~') { Err(OF_ANOTHER.into()) } else { Ok(PathBuf::from(expanded.into_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Roots;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(Raw::text("true").as_flag(), Ok(true));
        assert!(Raw::text("yes").as_flag().is_err());
        assert!(Raw::Number(90).as_duration().is_err());
        assert_eq!(Raw::text("20k").as_size(), Ok(20_480));
        assert!(Raw::text("0").as_count().is_err());
        assert_eq!(Raw::text("one").as_list(), Ok(vec!["one".to_owned()]));
        assert!(Raw::text("").as_text().is_err());
        assert_eq!(Raw::text("NONE").as_choice(), Ok(Roots::None));
        let wrong: Result<Roots, String> = Raw::text("c").as_choice();
        assert_eq!(wrong, Err("must be one of webpki, system, none".into()));
        let program = Raw::List(vec!["pass".into(), "show".into()]).as_command();
        assert_eq!(program, Ok(CommandLine::Program(vec!["pass".into(), "show".into()])));
    }

    #[test]
    fn expands_paths() {
        let home = std::env::var("HOME").unwrap();
        assert_eq!(expand("~/Mail"), Ok(PathBuf::from(&home).join("Mail")));
        assert_eq!(expand("$HOME/x"), Ok(PathBuf::from(&home).join("x")));
        assert_eq!(expand("/a/b c"), Ok(PathBuf::from("/a/b c")));
        assert_eq!(expand("$NO_SUCH_VARIABLE/x"), Err("needs $NO_SUCH_VARIABLE, which is not set".into()));
    }

    #[test]
    fn cannot_be_shown() {
        assert!(!format!("{:?}", Raw::text("hunter2")).contains("hunter2"));
    }
}
