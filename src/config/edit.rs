//! The configuration file, changed: what is not meant stays as it is, to the octet.

use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml_edit::{Array, Document, Item, Table, Value, value};
use zeroize::Zeroizing;

use super::file::{check_name, text_of};
use super::units::{duration_text, size_text};
use super::{ConfigFile, Key, Raw};
use crate::error::{Error, Kind, Result};
use crate::private;

/// The file, open for changes.
pub struct EditedFile {
    path: PathBuf,
    text: Zeroizing<String>,
    mode: u32,
}

impl EditedFile {
    /// Opens the file; one that is missing is empty. A symbolic link is followed: what it points to is changed.
    pub fn open(path: PathBuf) -> Result<Self> {
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        let text = text_of(&path)?;
        let mode = match &text {
            Some(_) => std::fs::metadata(&path).map_or(0o600, |about| about.permissions().mode() & 0o777),
            None => 0o600,
        };
        Ok(Self { path, text: text.map(|(text, _)| text).unwrap_or_default(), mode })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an account at the end.
    pub fn add(&mut self, name: &str, settings: &[(&'static str, Raw)]) -> Result<()> {
        check_name(name).map_err(|why| Error::new(Kind::Usage, why))?;
        let mut account = Table::new();
        for (key, raw) in settings {
            account.insert(key, value(written(key, raw)?));
        }
        let header = toml_edit::Key::new(name);
        let before = match self.text.as_str() {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let added = format!("{before}[account.{}]\n{account}", header.display_repr()); // without a secret: no flag is one
        // What grows moves, and leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(self.text.len() + added.len()));
        text.push_str(&self.text);
        text.push_str(&added);
        self.text = text;
        Ok(())
    }

    /// Removes an account: its table, and the comment that stands right above it.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        let lines = self.lines_of(name)?;
        let kept = self.text.split_inclusive('\n').enumerate().filter(|(at, _)| !lines.contains(at));
        let mut text = Zeroizing::new(String::with_capacity(self.text.len()));
        text.extend(kept.map(|(_, line)| line));
        self.text = text;
        Ok(())
    }

    /// The lines of an account's table, up to the comment right above the next one.
    fn lines_of(&self, name: &str) -> Result<Range<usize>> {
        let document = document(&self.path, &self.text)?;
        let accounts = document.get("account").and_then(Item::as_table);
        // A table that is implied by others has a place inside the header of one of them.
        let written = |item: &Item| item.as_table().filter(|table| !table.is_implicit()).and_then(Table::span);
        let begins = |item: &Item| written(item).map(|span| span.start);
        let Some(begin) = accounts.and_then(|accounts| accounts.get(name)).and_then(begins) else {
            let text = format!("{}: {name} is not written as [account.{name}]", crate::escape::path(&self.path));
            return Err(Error::new(Kind::Config, text).hint("edit the file by hand"));
        };
        let tables = document.iter().map(|(_, item)| item);
        let tables = tables.chain(accounts.into_iter().flat_map(|accounts| accounts.iter().map(|(_, item)| item)));
        let next = tables.filter_map(begins).filter(|other| *other > begin).min();
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let with_comment = |offset: usize| {
            let line = self.text[..offset].matches('\n').count();
            let comments = lines[..line].iter().rev().take_while(|line| line.trim_start().starts_with('#'));
            line - comments.count()
        };
        Ok(with_comment(begin)..next.map_or(lines.len(), with_comment))
    }

    /// Puts the new file in the old one's place, if it can be read.
    pub fn save(&self) -> Result<()> {
        private::replace(&self.path, self.text.as_bytes(), self.mode, |beside| ConfigFile::read(beside, true).map(drop))
    }
}

/// It borrows the text: a copy would not be wiped.
pub(super) fn document<'a>(path: &Path, text: &'a str) -> Result<Document<&'a str>> {
    Document::parse(text).map_err(|error| {
        let why = crate::escape::text(error.message().as_bytes());
        Error::new(Kind::Config, format!("{}: {why}", crate::escape::path(path)))
    })
}

/// A value as it is written in the file: paths made absolute, so that they mean the same from everywhere.
fn written(key: &str, raw: &Raw) -> Result<Value> {
    let absolute = |path: &PathBuf| {
        let failed = || Error::new(Kind::Usage, format!("{key}: {} cannot be written", crate::escape::path(path)));
        let path =
            if path.as_os_str() == "-" { path.clone() } else { std::path::absolute(path).map_err(|_| failed())? };
        path.to_str().map(escape_dollar).ok_or_else(failed)
    };
    Ok(match raw {
        Raw::Text(text) => text.as_str().into(),
        Raw::Flag(flag) => (*flag).into(),
        Raw::Number(number) => match Key::find(key).map(|key| key.form) {
            Some("a size") => size_text(*number).into(),
            _ => i64::try_from(*number).unwrap_or(i64::MAX).into(),
        },
        Raw::Duration(duration) => duration_text(duration.as_secs()).into(),
        Raw::List(list) if list.len() == 1 => list[0].as_str().into(),
        Raw::List(list) => list.iter().map(String::as_str).collect::<Array>().into(),
        Raw::Paths(paths) if paths.len() == 1 => absolute(&paths[0])?.into(),
        Raw::Paths(paths) => {
            paths.iter().map(absolute).collect::<Result<Vec<String>>>()?.into_iter().collect::<Array>().into()
        }
    })
}

/// In the file a `$` begins a variable, in a flag it was left over by the shell.
fn escape_dollar(path: &str) -> String {
    path.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, change: impl FnOnce(&mut EditedFile)) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut file = EditedFile::open(path.clone()).unwrap();
        change(&mut file);
        file.save().unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was left");
        std::fs::read_to_string(path).unwrap()
    }

    const MINE: &str = "# all my mail\n[defaults]   # for all\nmaildir='/Mail'\n\n# the old one\n[account.old]\n\
                        source = \"pop3://bob@pop.example.net\" # soon gone\n";

    #[test]
    fn everything_else_stays_as_it_is() {
        let new = [("source", Raw::text("pop3s://ann@mail.example.org")), ("mbox", Raw::Paths(vec!["/a $b".into()]))];
        let added = edited(MINE, |file| file.add("work", &new).unwrap());
        let expected = "\n[account.work]\nsource = \"pop3s://ann@mail.example.org\"\nmbox = \"/a $$b\"\n";
        assert_eq!(added, format!("{MINE}{expected}"));
        assert_eq!(edited(&added, |file| file.remove("work").unwrap()), format!("{MINE}\n"));
        let without = edited(&added, |file| file.remove("old").unwrap());
        assert_eq!(
            without,
            "# all my mail\n[defaults]   # for all\nmaildir='/Mail'\n\n[account.work]\nsource = \"pop3s://ann@mail.example.org\"\nmbox = \"/a $$b\"\n"
        );
    }
}
