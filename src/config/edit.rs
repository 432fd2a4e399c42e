//! The configuration file, changed: what is not meant stays as it is, to the octet.

use std::fs::{File, TryLockError};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use toml_edit::{Array, Document, Item, Table, Value, value};
use zeroize::Zeroizing;

use super::file::text_of;
use super::{ConfigFile, Raw, Settings};
use crate::error::{Error, Kind, Result};
use crate::net::Waits;
use crate::private;

/// The file, open for changes.
pub struct EditedFile {
    path: PathBuf,
    text: Zeroizing<String>,
    mode: u32,
    _lock: File,
}

impl EditedFile {
    /// Opens the main file; one that is missing is empty. A symbolic link is followed: what it points to is changed. Until it
    /// is closed no other process of ours changes the configuration, so whoever opens it should read it only then.
    pub fn open(main: &Path, waits: &Waits) -> Result<Self> {
        Self::open_part(main, main, waits)
    }

    /// Opens one of the files that belong to this main file. They have one lock: a name must be in one of them only.
    pub fn open_part(path: &Path, main: &Path, waits: &Waits) -> Result<Self> {
        let path = private::behind_links(path);
        let lock = lock(&private::behind_links(main))?;
        let about = std::fs::metadata(&path).ok();
        if about.as_ref().is_some_and(|about| !about.is_file()) {
            let text = format!("{} is not a regular file, and cannot be changed", crate::escape::path(&path));
            return Err(Error::new(Kind::Config, text));
        }
        let text = text_of(&path, waits)?;
        let mode = about.map_or(0o600, |about| about.permissions().mode() & 0o777);
        Ok(Self { path, text: text.map(|(text, _)| text).unwrap_or_default(), mode, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an account at the end, of a name that [`check_name`](super::check_name) takes.
    pub fn add(&mut self, name: &str, settings: &Settings) -> Result<()> {
        self.add_with_comments(name, settings, &[])
    }

    /// The same, under comments: each is a line, without control characters.
    pub fn add_with_comments(&mut self, name: &str, settings: &Settings, comments: &[String]) -> Result<()> {
        self.check_style()?;
        let mut account = Table::new();
        for (setting, raw) in settings.iter() {
            account.insert(setting.name, value(written(setting.name, raw)?));
        }
        let header = toml_edit::Key::new(name);
        let before = match self.text.as_str() {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let comments: String = comments.iter().map(|comment| format!("# {comment}\n")).collect();
        // Without a secret: no flag is one.
        let added = format!("{before}{comments}[account.{}]\n{account}", header.display_repr());
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

    /// Renames an account, in the header of its table. The new name is one that [`check_name`](super::check_name) takes.
    pub fn rename(&mut self, name: &str, new: &str) -> Result<()> {
        self.lines_of(name)?; // written as it should be
        let document = document(&self.path, &self.text)?;
        let accounts = document.get("account").and_then(Item::as_table);
        let span = accounts.and_then(|accounts| accounts.key(name)).and_then(toml_edit::Key::span);
        let span = span.ok_or_else(|| self.by_hand(&format!("{name} is not written as [account.{name}]")))?;
        let key = toml_edit::Key::new(new);
        let (before, behind) = (&self.text[..span.start], &self.text[span.end..]);
        let mut text = Zeroizing::new(String::with_capacity(self.text.len() + 2 * new.len() + 2));
        text.push_str(before);
        text.push_str(&key.display_repr());
        text.push_str(behind);
        drop(document);
        self.text = text;
        Ok(())
    }

    /// Can a table of an account be added?
    fn check_style(&self) -> Result<()> {
        let document = document(&self.path, &self.text)?;
        let open = |item: &Item| item.as_table().is_some_and(|accounts| !accounts.is_dotted());
        if document.get("account").is_none_or(open) {
            Ok(())
        } else {
            Err(self.by_hand("its accounts are not written as [account.NAME]"))
        }
    }

    fn by_hand(&self, why: &str) -> Error {
        Error::new(Kind::Config, format!("{}: {why}", crate::escape::path(&self.path))).hint("edit the file by hand")
    }

    /// The lines of an account's table: with the comment right above it, to the last key and the blank lines behind that.
    /// A comment after them belongs to what follows.
    fn lines_of(&self, name: &str) -> Result<Range<usize>> {
        let document = document(&self.path, &self.text)?;
        let accounts = document.get("account").and_then(Item::as_table);
        // A table that is implied by others has a place inside the header of one of them.
        let account = accounts.and_then(|accounts| accounts.get(name)).and_then(Item::as_table);
        let header = account.filter(|table| !table.is_implicit()).and_then(Table::span);
        let (Some(account), Some(header)) = (account, header) else {
            return Err(self.by_hand(&format!("{name} is not written as [account.{name}]")));
        };
        let values = account.iter().filter_map(|(_, item)| item.span());
        let last = values.map(|span| span.end).max().unwrap_or(header.start);
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let line_of = |offset: usize| self.text[..offset].matches('\n').count();
        let (begin, end) = (line_of(header.start), line_of(last) + 1);
        let comments = lines[..begin].iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
        let blank = lines[end..].iter().take_while(|line| line.trim().is_empty()).count();
        Ok(begin - comments..end + blank)
    }

    /// Puts the new file in the old one's place, if what it says is right.
    pub fn save(&self) -> Result<()> {
        ConfigFile::parse(&self.path, &self.text, self.mode & 0o077 == 0)?;
        private::replace(&self.path, self.text.as_bytes(), self.mode)
    }
}

/// Could these settings be an account of the file?
pub fn check_for_file(settings: &Settings) -> Result<()> {
    let mut account = Table::new();
    for (setting, raw) in settings.iter() {
        account.insert(setting.name, value(written(setting.name, raw)?));
    }
    let text = Zeroizing::new(format!("[account.x]\n{account}"));
    ConfigFile::parse(Path::new("config.toml"), &text, true).map(drop)
}

/// A lock on the folder: the file itself is another one after each change.
fn lock(path: &Path) -> Result<File> {
    let folder = private::folder_of(path);
    private::create_folders(&folder)?;
    let failed = |error| Error::io("lock", &folder, error);
    let file = private::open_folder(&folder)?;
    let ends = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < ends => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let text = format!("{} is being changed by another process", crate::escape::path(path));
                return Err(Error::new(Kind::TryLater, text).hint("wait until it has ended"));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// It borrows the text: a copy would not be wiped.
pub(super) fn document<'a>(path: &Path, text: &'a str) -> Result<Document<&'a str>> {
    Document::parse(text).map_err(|error| {
        let why = crate::escape::text(error.message().as_bytes());
        Error::new(Kind::Config, format!("{}: {why}", crate::escape::path(path)))
    })
}

/// A value as it is written in the file: paths made absolute, so that they mean the same from everywhere,
/// unless they begin with `~/`.
fn written(name: &str, raw: &Raw) -> Result<Value> {
    let absolute = |path: &PathBuf| {
        let failed = || Error::new(Kind::Usage, format!("{name}: {} cannot be written", crate::escape::path(path)));
        // ~/ stays, as the file expands it.
        let path =
            if path.starts_with("~") { path.clone() } else { std::path::absolute(path).map_err(|_| failed())? };
        path.to_str().map(escape_dollar).ok_or_else(failed)
    };
    Ok(match raw {
        Raw::List(list) if list.len() == 1 => list[0].as_str().into(),
        Raw::Paths(paths) if paths.len() == 1 => absolute(&paths[0])?.into(),
        Raw::Paths(paths) => {
            paths.iter().map(absolute).collect::<Result<Vec<String>>>()?.into_iter().collect::<Array>().into()
        }
        other => other.into(),
    })
}

impl Raw {
    /// As it is written in the file.
    pub fn in_file(&self) -> String {
        match self {
            Self::Paths(paths) if paths.len() == 1 => Value::from(paths[0].to_string_lossy().as_ref()).to_string(),
            other => Value::from(other).to_string(),
        }
    }
}

impl From<&Raw> for Value {
    fn from(raw: &Raw) -> Self {
        match raw {
            Raw::Text(text) => text.as_str().into(),
            Raw::Flag(flag) => (*flag).into(),
            Raw::Number(number) => i64::try_from(*number).unwrap_or(i64::MAX).into(),
            Raw::List(list) => list.iter().map(String::as_str).collect::<Array>().into(),
            Raw::Paths(paths) => paths.iter().map(|path| path.to_string_lossy().into_owned()).collect::<Array>().into(),
            Raw::InEnvironment => "".into(), // is in no file
        }
    }
}

/// In the file a `$` begins a variable, in a flag it was left over by the shell.
fn escape_dollar(path: &str) -> String {
    path.replace('$', "$$")
}

/// A change takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, change: impl FnOnce(&mut EditedFile)) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut file = EditedFile::open(&path, &Waits::for_tests()).unwrap();
        change(&mut file);
        file.save().unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was left");
        std::fs::read_to_string(path).unwrap()
    }

    const MINE: &str = "# all my mail\n[defaults]   # for all\nmaildir='/Mail'\n\n# the old one\n[account.old]\n\
                        source = \"pop3://bob@pop.example.net\" # soon gone\n";

    #[test]
    fn comments_stay_with_what_follows_them() {
        let removed = |text: &str| edited(text, |file| file.remove("x").unwrap());
        let account = "# mine\n[account.x]\nsource = \"pop3s://a@b\"\n# an old pin\npin = [\n  \"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\n] # one\n";
        let next = "# The accounts of the firm.\n\n# hers\n[account.y]\nsource = \"pop3s://b@b\"\n";
        assert_eq!(removed(&format!("# top\n\n{account}\n \n{next}")), format!("# top\n\n{next}"));
        assert_eq!(removed(&format!("{next}\n{account}\n# end")), format!("{next}\n# end"));
        assert_eq!(removed(account.trim_end()), "");
    }

    #[test]
    fn a_new_name_changes_nothing_else() {
        let text = "# top\n\n# mine\n[ account . x ] # here\nsource = \"pop3s://a@b\" # x\n\n[account.\"a@b\"]\nsource = \"pop3s://b@b\"\n";
        let renamed = edited(text, |file| file.rename("x", "y").unwrap());
        assert_eq!(renamed, text.replace(". x ]", ". y ]"));
        let quoted = edited(text, |file| file.rename("a@b", "c@d").unwrap());
        assert_eq!(quoted, text.replace("\"a@b\"", "\"c@d\""));
        let style = "account.x.source = \"pop3s://a@b\"\n";
        assert_eq!(edited(style, |file| assert_eq!(file.rename("x", "y").unwrap_err().kind(), Kind::Config)), style);
    }

    /// What stood there would be broken.
    #[test]
    fn accounts_in_another_style_are_left_to_their_owner() {
        for text in ["account = { x = { source = \"pop3s://a@b\" } }\n", "account.x.source = \"pop3s://a@b\"\n"] {
            let same = edited(text, |file| {
                for error in [file.add("work", &Settings::default()).unwrap_err(), file.remove("x").unwrap_err()] {
                    assert_eq!((error.kind(), error.next_step()), (Kind::Config, Some("edit the file by hand")));
                }
            });
            assert_eq!(same, text);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let mut new = Settings::default();
        new.set("mbox", Raw::Paths(vec!["/a $b".into()])).unwrap();
        new.set("source", Raw::text("pop3s://ann@mail.example.org")).unwrap();
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
