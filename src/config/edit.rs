//! The configuration file, changed: what is not meant stays as it is, to the octet.

use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml_edit::{Array, Document, Item, Table, TableLike, Value, value};
use zeroize::Zeroizing;

use super::file::{check_name, text_of};
use super::units::{duration_text, size_text};
use super::{ConfigFile, KEYS, Key, Raw};
use crate::error::{Error, Kind, Result};
use crate::net::{Proxy, ProxyFrom};
use crate::private;

/// The file, open for changes.
pub struct EditedFile {
    path: PathBuf,
    text: Zeroizing<String>,
    mode: u32,
}

/// One key that holds for an account.
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// Its value in TOML; masked, if it is a secret.
    pub value: String,
    /// The same for JSON.
    pub json: serde_json::Value,
    /// Does it come from `[defaults]`?
    pub is_default: bool,
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
        let document = self.document()?;
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

    /// It borrows the text: a copy would not be wiped.
    fn document(&self) -> Result<Document<&str>> {
        Document::parse(self.text.as_str()).map_err(|error| {
            let why = crate::escape::text(error.message().as_bytes());
            Error::new(Kind::Config, format!("{}: {why}", crate::escape::path(&self.path)))
        })
    }

    /// What holds for an account, in the order of the manual.
    pub fn effective(&self, name: &str) -> Result<Vec<Effective>> {
        let document = self.document()?;
        let defaults = document.get("defaults").and_then(Item::as_table_like);
        let account = document.get("account").and_then(Item::as_table_like);
        let account = account.and_then(|accounts| accounts.get(name)).and_then(Item::as_table_like);
        let get = |table: Option<&dyn TableLike>, key: &str| {
            table.and_then(|table| table.get(key)).and_then(Item::as_value).cloned()
        };
        let replaced = |key: &str| {
            let others = GROUPS.iter().find(|group| group.contains(&key)).copied().unwrap_or_default();
            others.iter().any(|other| get(account, other).is_some())
        };
        let of = |key: &'static Key| {
            let (found, is_default) = match get(account, key.name) {
                Some(value) => (value, false),
                None if key.is_for_accounts() && !replaced(key.name) => (get(defaults, key.name)?, true),
                None => return None,
            };
            let is_hidden = key.is_secret || key.name == "proxy" && holds_password(&found);
            let found = if is_hidden { "****".into() } else { found.decorated("", "") };
            Some(Effective { key: key.name, json: json_of(&found), value: found.to_string(), is_default })
        };
        Ok(KEYS.iter().filter_map(of).collect())
    }

    /// Puts the new file in the old one's place, if it can be read.
    pub fn save(&self) -> Result<()> {
        private::replace(&self.path, self.text.as_bytes(), self.mode, |beside| ConfigFile::read(beside, true).map(drop))
    }
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Array(array) => array.iter().map(json_of).collect(),
        other => other.to_string().into(), // no key takes these
    }
}

/// May a proxy's URL hold a password? In doubt, yes.
fn holds_password(url: &Value) -> bool {
    let proxy = url.as_str().map(|url| Proxy::parse(url, ProxyFrom::ConfigurationFile));
    !matches!(proxy, Some(Ok(proxy)) if proxy.as_ref().is_none_or(|proxy| !proxy.has_password()))
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

/// Keys of which an account's own replaces any of the defaults.
const GROUPS: &[&[&str]] =
    &[&["maildir", "mbox"], &["delete", "delete-after"], &["password", "password-command", "password-file"]];

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, change: impl FnOnce(&mut EditedFile)) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
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

    #[test]
    fn shows_what_holds() {
        let text = format!("{MINE}mbox = \"/old\"\npassword = \"hunter2\"\n");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let shown: Vec<(&str, String, bool)> = EditedFile::open(path)
            .unwrap()
            .effective("old")
            .unwrap()
            .into_iter()
            .map(|set| (set.key, set.value, set.is_default))
            .collect();
        // The account's mbox replaces the Maildir of the defaults.
        let expected = [
            ("source", "\"pop3://bob@pop.example.net\"", false),
            ("mbox", "\"/old\"", false),
            ("password", "\"****\"", false),
        ];
        assert_eq!(shown, expected.map(|(key, value, is_default)| (key, value.to_owned(), is_default)));
    }

    #[test]
    fn a_proxy_is_shown_unless_it_holds_a_password() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        for (proxy, shown) in [
            ("socks5://ann@proxy.example.org", "\"socks5://ann@proxy.example.org\""),
            ("none", "\"none\""),
            ("http://ann:hunter2@proxy.example.org", "\"****\""),
            ("nonsense hunter2", "\"****\""),
        ] {
            std::fs::write(&path, format!("[account.x]\nproxy = \"{proxy}\"\n")).unwrap();
            let effective = EditedFile::open(path.clone()).unwrap().effective("x").unwrap();
            assert_eq!(effective[0].value, shown);
        }
    }
}
