//! `~/.netrc`, as ftp and curl know it: `machine HOST login USER password PASSWORD`.

use std::iter::Peekable;
use std::path::PathBuf;
use std::str::Chars;

use directories::BaseDirs;
use zeroize::Zeroizing;

use super::read::MAX_PASSWORD;
use super::secret::BYTE_ORDER_MARK;
use super::{Patience, Secret};
use crate::error::{Error, Kind, Result};
use crate::private::{self, Flaw, Links, OpenedFile, Secrecy};

/// The file, if there is one.
pub(super) struct Netrc {
    text: Zeroizing<Vec<u8>>,
    secrecy: Result<Secrecy, Flaw>,
    path: PathBuf,
}

impl Netrc {
    /// Reads `~/.netrc`. That it cannot be read need not matter: nobody may have meant it.
    pub(super) fn read(patience: &Patience) -> Result<Option<Self>> {
        let Some(folders) = BaseDirs::new() else { return Ok(None) };
        let path = folders.home_dir().join(".netrc");
        let shown = crate::escape::path(&path);
        let unusable = |why: &str| Error::new(Kind::Config, format!("{shown} {why}"));
        // A service has a home such as /dev/null.
        let file = private::absence_as_none(OpenedFile::open(&path, Links::Follow));
        let Some(file) =
            file.map_err(|error| Error::new(Kind::Config, format!("cannot read {shown}")).caused_by(error))?
        else {
            return Ok(None);
        };
        let secrecy = file.check_secret(&path);
        let text = file.read(&shown, patience.limits(MAX_PASSWORD))?;
        if text.starts_with(BYTE_ORDER_MARK) {
            return Err(unusable("begins with a byte-order mark: save it as UTF-8 without one"));
        }
        if std::str::from_utf8(&text).is_err() {
            return Err(unusable("is not UTF-8: save it as UTF-8, or convert it by iconv(1)"));
        }
        Ok(Some(Self { text, secrecy, path }))
    }

    /// The password of a user on a host, if it is in there. Then, and only then, the file must be its owner's alone.
    pub(super) fn password(&self, host: &str, user: &str, patience: &Patience) -> Result<Option<Secret>> {
        let text = std::str::from_utf8(&self.text).unwrap_or_default(); // checked when it was read
        let Some(password) = find(text, host, user) else { return Ok(None) };
        let shown = crate::escape::path(&self.path);
        let name = format!("{shown} holds passwords and");
        patience.note_secrecy(self.secrecy.map_err(|flaw| flaw.error(&name, "", &self.path))?, &shown);
        if password.contains(char::is_control) {
            let text = format!("the password from {shown} has a line end or another control character in its quotes");
            return Err(Error::new(Kind::Config, text)
                .hint("end the quotes right behind the password; in quotes a backslash is written as two of them"));
        }
        Secret::from_octets(password.as_bytes(), &shown).map(Some)
    }
}

/// The first entry that fits: for this host, or `default`; and for this user, or without a user.
pub fn find(text: &str, host: &str, user: &str) -> Option<Zeroizing<String>> {
    entries(text).into_iter().find_map(|entry| {
        let fits_host = entry.machine.as_deref().is_none_or(|machine| machine.eq_ignore_ascii_case(host));
        let fits_user = entry.login.as_deref().is_none_or(|login| login == user);
        entry.password.filter(|_| fits_host && fits_user)
    })
}

/// `machine ..`, or `default`, which has no machine.
#[derive(Default)]
struct NetrcEntry {
    machine: Option<String>,
    login: Option<String>,
    password: Option<Zeroizing<String>>,
}

fn entries(text: &str) -> Vec<NetrcEntry> {
    let mut words = Words(text.chars().peekable());
    let mut entries: Vec<NetrcEntry> = Vec::new();
    while let Some(word) = words.keyword() {
        match (word.as_str(), entries.last_mut()) {
            // Without a name it is no entry for every host or user, but for none.
            ("machine", _) => entries.push(NetrcEntry { machine: Some(words.name()), ..NetrcEntry::default() }),
            ("default", _) => entries.push(NetrcEntry::default()),
            ("login", Some(entry)) => entry.login = Some(words.name()),
            ("password", Some(entry)) => entry.password = words.value(),
            ("account", _) => drop(words.value()),
            ("macdef", _) => words.skip_macro(),
            _ => {} // a word of some other program
        }
    }
    entries
}

/// Words between white space; in double quotes white space belongs to them, and a backslash takes what follows as it is.
struct Words<'a>(Peekable<Chars<'a>>);

impl Words<'_> {
    /// The next word where a keyword is expected, and so a comment may begin.
    fn keyword(&mut self) -> Option<Zeroizing<String>> {
        loop {
            self.skip_space();
            match self.0.peek()? {
                '#' => self.skip_comment(),
                _ => return Some(self.word()),
            }
        }
    }

    /// The next word, which may begin with `#`. What begins another line may be a keyword or a comment instead: then the
    /// value is missing, and what follows belongs to another user.
    fn value(&mut self) -> Option<Zeroizing<String>> {
        let is_on_another_line = self.skip_space();
        let is_quoted = *self.0.peek()? == '"';
        let before = self.0.clone();
        let word = self.word();
        if is_on_another_line && !is_quoted && (word.starts_with('#') || KEYWORDS.contains(&word.as_str())) {
            self.0 = before;
            return None;
        }
        Some(word)
    }

    /// A value that is no secret; empty if it is missing.
    fn name(&mut self) -> String {
        self.value().map(|word| (*word).clone()).unwrap_or_default()
    }

    /// `true` if a line ended there.
    fn skip_space(&mut self) -> bool {
        let mut newline = false;
        while let Some(c) = self.0.next_if(|c| c.is_whitespace()) {
            newline |= c == '\n';
        }
        newline
    }

    /// A macro goes to the next empty line.
    fn skip_macro(&mut self) {
        let mut newlines = 0;
        while let Some(c) = self.0.next_if(|_| newlines < 2) {
            newlines = if c == '\n' { newlines + 1 } else { 0 };
        }
    }

    fn skip_comment(&mut self) {
        while self.0.next_if(|c| *c != '\n').is_some() {}
    }

    fn word(&mut self) -> Zeroizing<String> {
        match self.0.next_if_eq(&'"') {
            Some(_) => self.quoted(),
            None => self.plain(),
        }
    }

    fn quoted(&mut self) -> Zeroizing<String> {
        let mut word = Zeroizing::new(String::with_capacity(LONG_WORD));
        while let Some(c) = self.0.next() {
            match c {
                '"' => break,
                '\\' => word.extend(self.0.next().map(escaped)),
                c => word.push(c),
            }
        }
        word
    }

    fn plain(&mut self) -> Zeroizing<String> {
        let mut word = Zeroizing::new(String::with_capacity(LONG_WORD));
        while let Some(c) = self.0.next_if(|c| !c.is_whitespace()) {
            match c {
                '\\' => word.extend(self.0.next()),
                c => word.push(c),
            }
        }
        word
    }
}

/// What a backslash makes of a character in quotes, as for curl.
fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    }
}

const KEYWORDS: [&str; 6] = ["machine", "default", "login", "password", "account", "macdef"];

/// Few words are longer; a String that grows leaves copies behind.
const LONG_WORD: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_entry_that_fits() {
        let netrc = "# a comment with machine a login ann password wrong\n\
                     machine A.example.org login bob password b#b\n\
                     machine a.example.org\n\tlogin ann\n\tpassword \"two words \\\"and\\\" \\\\\"\n\
                     macdef init\nmachine a.example.org password wrong\n\n\
                     machine b.example.org account x password without-login\n\
                     default login ann password for\\ all\n";
        let found = |host: &str, user: &str| find(netrc, host, user).map(|word| (*word).clone());
        assert_eq!(found("a.example.org", "bob").as_deref(), Some("b#b"));
        assert_eq!(found("a.example.org", "ann").as_deref(), Some("two words \"and\" \\"));
        assert_eq!(found("b.example.org", "anybody").as_deref(), Some("without-login"));
        assert_eq!(found("c.example.org", "ann").as_deref(), Some("for all"));
        assert_eq!(found("c.example.org", "bob"), None);
    }

    #[test]
    fn no_entry_takes_the_value_of_another() {
        let found = |netrc: &str| find(netrc, "a", "ann").map(|word| (*word).clone());
        let other = "machine b login ann password OTHER\n";
        for (entry, password) in [
            ("machine a login ann password #abc", Some("#abc")),
            ("machine a login ann password #abc # a comment", Some("#abc")),
            ("machine a login ann # a comment\npassword x", Some("x")),
            ("machine a login ann password\n\tbelow", Some("below")),
            ("machine a login ann password\n\"machine\"", Some("machine")),
            ("machine a login ann password", None),
            ("machine a login ann password\n# a comment", None),
            ("machine a login\npassword of-somebody", None),
            ("machine\nlogin ann password of-some-host", None),
            ("machine a account\nlogin ann password x", Some("x")),
        ] {
            assert_eq!(found(&format!("{entry}\n{other}")).as_deref(), password, "{entry}");
        }
    }

    #[test]
    fn takes_whatever_a_file_holds() {
        for text in ["", "machine", "machine x login", "password x", "\"", "macdef", "machine a password \\", "default"]
        {
            assert_eq!(
                find(text, "a", "b").map(|word| (*word).clone()).filter(|word| !word.is_empty()),
                None,
                "{text:?}"
            );
        }
    }
}
