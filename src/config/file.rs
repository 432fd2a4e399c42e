//! A configuration file: `[defaults]` and `[account.NAME]`. Errors name file, line and column, and the nearest right name.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{Document, Item, TableLike, Value};
use zeroize::Zeroizing;

use super::settings::values;
use super::url::{hint_for_host, may_hold_a_password, must_not_hold_a_password, with_scheme, without_password};
use super::{Raw, Setting, Settings, Source, hints, nearest, parse_selection};
use crate::error::{Error, Kind, Result};
use crate::net::Waits;
use crate::private::{self, Links, OpenedFile, ReadLimits, Secrecy};

/// What a file says; or the main file, with all those of its folder: see [`ConfigFile::read`].
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    /// Where it is, or would be: the main file.
    pub path: PathBuf,
    /// `[defaults]`
    pub defaults: Settings,
    /// `[account.NAME]`, in the order of the files, and in that of each file.
    pub accounts: Vec<FileAccount>,
    /// The files that others can read, and that hold secrets all the same: see [`Secrecy::Mounted`].
    pub mounted: Vec<PathBuf>,
}

/// `[account.NAME]`
#[derive(Clone, Debug)]
pub struct FileAccount {
    /// NAME
    pub name: String,
    /// What is in it.
    pub settings: Settings,
    /// The file in which it stands.
    pub path: Arc<Path>,
    /// Line and column of its name, from 1.
    position: (usize, usize),
}

/// Which of the files it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum FileRole<'a> {
    /// It may hold `[defaults]`.
    Main,
    /// It may not: that is for the main file, which is named.
    Part(&'a Path),
}

impl ConfigFile {
    /// Reads one file, if it is there; `waits` is for a pipe that stays silent.
    pub(super) fn read_one(path: &Path, role: FileRole<'_>, waits: &Waits) -> Result<Option<Self>> {
        let Some((text, secrecy)) = text_of(path, waits)? else { return Ok(None) };
        let file = Reader::new(path, &text, secrecy.is_some(), role).read()?;
        let is_mounted = secrecy == Some(Secrecy::Mounted) && file.holds_a_secret();
        let mounted = is_mounted.then(|| path.to_owned()).into_iter().collect();
        Ok(Some(Self { mounted, ..file }))
    }

    /// What the text of a file says, or the text that will become the file. `is_private`: may it hold a secret?
    pub fn parse(path: &Path, text: &str, is_private: bool) -> Result<Self> {
        Reader::new(path, text, is_private, FileRole::Main).read()
    }

    fn holds_a_secret(&self) -> bool {
        let all = self.accounts.iter().map(|account| &account.settings).chain([&self.defaults]);
        all.flat_map(Settings::iter).any(|(setting, raw)| is_secret(setting, raw))
    }

    /// The account of a name.
    pub fn account(&self, name: &str) -> Result<&FileAccount> {
        if let Some(account) = self.accounts.iter().find(|account| account.name == name) {
            return Ok(account);
        }
        if may_hold_a_password(name) && !name.starts_with("mailto:") {
            return Err(must_not_hold_a_password());
        }
        let shown = crate::escape::text(without_password(name).as_bytes());
        let error =
            Error::new(Kind::Config, format!("{}: no account is called {shown}", crate::escape::path(&self.path)));
        Err(match (self.nearest(name), hint_for_host(name)) {
            (Some(near), _) => error.hint(format!("is it {near}? `mailhaul account add` adds an account")),
            (None, Some(hint)) => error.hint(hint),
            (None, None) if parse_selection(name).is_ok() => error.hint(format!(
                "a SOURCE must come before the message numbers, as in `mailhaul list SOURCE {shown}`"
            )),
            (None, None) => error.hint(
                "`mailhaul account list` shows the accounts, `mailhaul account add` adds one; a SOURCE can also be a URL: \
                 pop3s://ann@mail.example.org",
            ),
        })
    }

    /// Is there an account whose name is nearly this one?
    pub fn has_nearly(&self, name: &str) -> bool {
        self.nearest(name).is_some()
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.accounts.iter().map(|account| account.name.as_str()))
    }

    /// What is wrong with an account as a whole is wrong in the file.
    pub fn blame(account: &FileAccount, error: &Error) -> Error {
        let why = format!("[account.{}]: {error}", account.name);
        let same = account.error(&why);
        error.next_step().into_iter().fold(same, Error::hint)
    }
}

impl FileAccount {
    /// What is wrong with it, and where it stands.
    pub(super) fn error(&self, why: &str) -> Error {
        Error::new(Kind::Config, placed(&self.path, self.position, why))
    }

    /// FILE, line LINE
    pub(super) fn place(&self) -> String {
        format!("{}, line {}", crate::escape::path(&self.path), self.position.0)
    }
}

/// FILE:LINE:COLUMN: WHY
fn placed(path: &Path, (line, column): (usize, usize), why: &str) -> String {
    format!("{}:{line}:{column}: {why}", crate::escape::path(path))
}

/// The text of a file that exists, and whether a secret may be in it.
pub(super) fn text_of(path: &Path, waits: &Waits) -> Result<Option<(Zeroizing<String>, Option<Secrecy>)>> {
    let shown = crate::escape::path(path);
    let name = format!("the configuration file {shown}");
    // Not passed over, as it may say what not to trust.
    let hint = |error: Error| if error.next_step().is_none() { error.hint(GO_WITHOUT) } else { error };
    let failed = |error: std::io::Error| {
        Error::new(Kind::Config, format!("cannot read {name}")).caused_by(error).hint(GO_WITHOUT)
    };
    // A service has a home such as /dev/null.
    let Some(file) = private::absence_as_none(OpenedFile::open(path, Links::Follow)).map_err(failed)? else {
        return Ok(None);
    };
    // The file names commands and authorities to trust, so nobody but us may be able to write it (C-299).
    file.check_writers().map_err(|flaw| flaw.error(&shown, ", and could be made to run any command", path))?;
    let secrecy = file.check_secret(path).ok();
    let limits = ReadLimits { octets: MAX_OCTETS, time: waits.timeout, until: &waits.until };
    let octets = file.read(&name, limits).map_err(hint)?;
    let text = std::str::from_utf8(&octets).map_err(|_| {
        Error::new(Kind::Config, format!("{name} is not UTF-8")).hint("save it as UTF-8; iconv(1) converts it")
    })?;
    Ok(Some((Zeroizing::new(text.to_owned()), secrecy)))
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    is_private: bool,
    role: FileRole<'a>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, text: &'a str, is_private: bool, role: FileRole<'a>) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, is_private, role, lines }
    }

    fn read(&self) -> Result<ConfigFile> {
        // The parser's own way to show an error would show the line, which may hold a password. Its copies of the values
        // are not wiped either; the settings that are made of them are.
        let document = Document::parse(self.text).map_err(|error| {
            let bad = self.bad(error.span(), error.message());
            self.hint_for_syntax(error.span()).into_iter().fold(bad, Error::hint)
        })?;
        let mut read = ConfigFile { path: self.path.to_owned(), ..ConfigFile::default() };
        for (name, item) in document.iter() {
            let span = document.as_table().key(name).and_then(toml_edit::Key::span);
            match name {
                "defaults" => {
                    self.check_defaults(span.clone())?;
                    let table = self.table(item, span, "[defaults]")?;
                    read.defaults = self.settings("[defaults]", table, Setting::is_for_defaults)?
                }
                "account" => read.accounts = self.accounts(self.table(item, span, "[account.NAME]")?)?,
                _ => return Err(self.unknown_at_top(span, name, item)),
            }
        }
        Ok(read)
    }

    fn check_defaults(&self, span: Option<Range<usize>>) -> Result<()> {
        let FileRole::Part(main) = self.role else { return Ok(()) };
        let main = crate::escape::path(main);
        Err(self
            .bad(span, "[defaults] cannot be in this file: it would hold for the accounts of all files")
            .hint(format!("move it to {main}")))
    }

    /// For what the parser of TOML does not take.
    fn hint_for_syntax(&self, span: Option<Range<usize>>) -> Option<String> {
        let name = hints::name_in_header(self.text, span?.start).filter(|name| check_name(name).is_ok());
        match name {
            Some(name) => Some(format!("write it in quotes: [account.\"{name}\"]")),
            None => hints::for_foreign_file(self.text),
        }
    }

    fn unknown_at_top(&self, span: Option<Range<usize>>, name: &str, item: &Item) -> Error {
        let hint = hints::at_top(self.text, name, item);
        if item.is_table() || item.is_array_of_tables() {
            let name = crate::escape::text(name.as_bytes());
            return self.bad(span, &format!("unknown table [{name}]")).hint(hint);
        }
        self.unknown(span, "the top level", name, hint)
    }

    fn accounts(&self, table: &dyn TableLike) -> Result<Vec<FileAccount>> {
        let mut accounts: Vec<FileAccount> = Vec::new();
        let path: Arc<Path> = self.path.into();
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(toml_edit::Key::span);
            if item.is_value() && !item.is_table_like() {
                let why = format!("{} is in [account], which names no account", crate::escape::text(name.as_bytes()));
                return Err(self.bad(span, &why).hint("write [account.NAME] above it"));
            }
            check_name(name).map_err(|why| self.bad(span.clone(), &why))?;
            let place = format!("[account.{name}]");
            let account = self.table(item, span.clone(), &place)?;
            let settings = self.settings(&place, account, Setting::is_for_accounts)?;
            if settings.source().is_none() {
                return Err(self
                    .bad(span, &format!("{place} has no source"))
                    .hint("say where the mailbox is: source = \"pop3s://ann@mail.example.org\""));
            }
            let (path, position) = (Arc::clone(&path), self.position(span));
            accounts.push(FileAccount { name: name.to_owned(), settings, path, position });
        }
        accounts.sort_by_key(|account| account.position);
        Ok(accounts)
    }

    fn settings(&self, place: &str, table: &dyn TableLike, is_for_here: impl Fn(&Setting) -> bool) -> Result<Settings> {
        let mut settings = Settings::default();
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(toml_edit::Key::span);
            let Some(setting) = Setting::find(name) else {
                return Err(self.unknown(span, place, name, hints::in_table(name, raw(item).as_ref())));
            };
            if !is_for_here(setting) {
                return Err(self.bad(span, &format!("{name} cannot be in {place}")));
            }
            let raw =
                raw(item).ok_or_else(|| self.bad(item.span(), &format!("{name} must be {}", setting.form.shown())))?;
            if !self.is_private && is_secret(setting, &raw) {
                return Err(self.readable_by_others(span, name));
            }
            if setting.form.is_path() && setting.check(&raw).is_ok() && !raw.is_absolute() {
                return Err(self.bad(item.span(), &format!("{name} must begin with / or ~/")));
            }
            settings.set(name, raw).map_err(|why| self.bad(item.span(), &format!("{name} {why}")))?;
            if name == "source" {
                self.check_source(item, &settings)?;
            }
        }
        Ok(settings)
    }

    fn check_source(&self, item: &Item, settings: &Settings) -> Result<()> {
        let source = settings.source().unwrap_or_default();
        Source::parse(&with_scheme(source), None).map(drop).map_err(|error| {
            let same = self.bad(item.span(), &format!("source: {error}"));
            error.next_step().into_iter().fold(same, Error::hint)
        })
    }

    fn table<'t>(&self, item: &'t Item, span: Option<Range<usize>>, header: &str) -> Result<&'t dyn TableLike> {
        item.as_table_like().ok_or_else(|| {
            let name = header.trim_matches(['[', ']']).split('.').next().unwrap_or_default();
            let what = if item.is_array_of_tables() { format!("[[{name}]]") } else { name.to_owned() };
            self.bad(span, &format!("{what} must be a table")).hint(format!("write it as {header}, in single brackets"))
        })
    }

    fn unknown(&self, span: Option<Range<usize>>, place: &str, name: &str, hint: String) -> Error {
        let name = crate::escape::text(name.as_bytes());
        self.bad(span, &format!("{place} has an unknown key {name}")).hint(hint)
    }

    fn readable_by_others(&self, span: Option<Range<usize>>, name: &str) -> Error {
        let hint = format!("chmod 600 {}", crate::escape::path(self.path));
        self.bad(span, &format!("{name} is in a file that others can read")).hint(hint)
    }

    fn bad(&self, span: Option<Range<usize>>, why: &str) -> Error {
        // A message of the parser may have a second line.
        let why = why.lines().map(|line| crate::escape::text(line.as_bytes())).collect::<Vec<_>>().join("; ");
        Error::new(Kind::Config, placed(self.path, self.position(span), &why))
    }

    fn position(&self, span: Option<Range<usize>>) -> (usize, usize) {
        position(self.text, &self.lines, span.map_or(0, |span| span.start))
    }
}

/// Octets of an account's name.
const MAX_NAME: usize = 64;

/// An account's name can be typed as a SOURCE, and stand in a file name. The error says why it cannot.
pub fn check_name(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_alphanumeric() || "._@+-".contains(c);
    if name.len() > MAX_NAME {
        return Err("a name of an account has at most 64 octets (32 Cyrillic letters)".into());
    }
    if !name.is_empty() && name.chars().all(legal) && !name.starts_with(['-', '.']) {
        Ok(())
    } else {
        Err(format!(
            "{} cannot be the name of an account: it is made of letters, digits and . _ @ + - and begins with a letter or digit",
            crate::escape::text(name.as_bytes())
        ))
    }
}

/// A value as the settings take it; none if it is of a type that no key has.
fn raw(item: &Item) -> Option<Raw> {
    match item.as_value()? {
        Value::String(text) => Some(Raw::text(text.value().as_str())),
        Value::Boolean(flag) => Some(Raw::Flag(*flag.value())),
        Value::Integer(number) => u64::try_from(*number.value()).ok().map(Raw::Number),
        Value::Array(array) => {
            let texts = array.iter().map(|value| value.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map(Raw::List)
        }
        _ => None,
    }
}

/// Must others not read it? A proxy is one if its URL holds a password; in doubt, it does.
pub(super) fn is_secret(setting: &Setting, raw: &Raw) -> bool {
    let proxy = || values::proxy(raw).map_or(true, |proxy| proxy.is_some_and(|proxy| proxy.has_password()));
    setting.is_secret || setting.name == "proxy" && proxy()
}

/// Line and column of an offset, both from 1, the column in characters. `lines` is where the lines begin.
fn position(text: &str, lines: &[usize], offset: usize) -> (usize, usize) {
    let line = lines.partition_point(|begin| *begin <= offset).max(1);
    let begin = lines.get(line - 1).copied().unwrap_or_default();
    (line, text.get(begin..offset).unwrap_or_default().chars().count() + 1)
}

pub(super) const GO_WITHOUT: &str = "--config names another one; --config /dev/null goes without";

/// No configuration is longer.
const MAX_OCTETS: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests;
