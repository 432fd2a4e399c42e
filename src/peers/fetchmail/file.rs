//! A fetchmailrc as statements: what is said for all, and each server with its users.

use super::grammar::{self, Arity, NOISE, POLL};
use super::words::{RcWord, words};
use crate::peers::options::PeerOption;

/// The whole file.
#[derive(Default)]
pub(super) struct FetchmailFile {
    /// What `set` says.
    pub(super) globals: Vec<PeerOption>,
    /// Of all servers that follow.
    pub(super) defaults: PollEntry,
    pub(super) servers: Vec<Server>,
    /// Words that are not known, with their lines.
    pub(super) unknown: Vec<(usize, String)>,
    /// A line with a quote that has no end.
    pub(super) open_quote: Option<usize>,
}

/// `poll`, `server` or `skip`.
pub(super) struct Server {
    pub(super) line: usize,
    pub(super) label: String,
    /// It is fetched only when it is named.
    pub(super) is_skipped: bool,
    pub(super) entry: PollEntry,
}

/// What is said of a server and its users.
#[derive(Default)]
pub(super) struct PollEntry {
    /// Before the first user.
    pub(super) options: Vec<PeerOption>,
    /// Each begins with its option `user`.
    pub(super) users: Vec<Vec<PeerOption>>,
}

impl PollEntry {
    fn add(&mut self, option: PeerOption) {
        match (option.name, self.users.last_mut()) {
            ("user", _) => self.users.push(vec![option]),
            (_, Some(user)) => user.push(option),
            (_, None) => self.options.push(option),
        }
    }
}

impl FetchmailFile {
    pub(super) fn parse(text: &str) -> Self {
        let (words, open_quote) = words(text.trim_start_matches('\u{feff}'));
        let mut reader = RcReader { words, at: 0, file: Self { open_quote, ..Self::default() }, place: RcPlace::Top };
        while reader.step() {}
        reader.file
    }
}

struct RcReader {
    words: Vec<RcWord>,
    at: usize,
    file: FetchmailFile,
    place: RcPlace,
}

/// Whose options follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RcPlace {
    Top,
    Defaults,
    Server,
}

impl RcReader {
    /// One statement, or one option. False at the end.
    fn step(&mut self) -> bool {
        let Some(word) = self.next() else { return false };
        let text = word.text.as_str();
        match (word.is_quoted, text) {
            (false, "set") => self.global(),
            (false, "defaults") => self.place = RcPlace::Defaults,
            (false, text) if POLL.contains(&text) => self.server(&word),
            (false, "no") => match self.next() {
                Some(denied) => self.option(&denied, grammar::option(&denied.text), true),
                None => self.unknown(&word),
            },
            (false, "here" | "there") => self.note_side(text == "here"),
            (false, text) if NOISE.contains(&text) => {}
            (false, text) => match grammar::option(text) {
                Some(found) => self.option(&word, Some(found), false),
                None => self.option(&word, grammar::denied(text), true),
            },
            (true, _) => self.unknown(&word),
        }
        true
    }

    /// `user ann here is bob there` is the other way round than usual.
    fn note_side(&mut self, is_here: bool) {
        let entry = match (self.place, self.file.servers.last_mut()) {
            (RcPlace::Server, Some(server)) => &mut server.entry,
            _ => &mut self.file.defaults,
        };
        match entry.users.last_mut().and_then(|user| user.last_mut()) {
            Some(option) if option.name == "user" && is_here => option.name = "is",
            Some(option) if option.name == "is" && !is_here => option.name = "user",
            _ => {}
        }
    }

    fn global(&mut self) {
        let Some(mut word) = self.next() else { return };
        let is_denied = !word.is_quoted && word.text == "no";
        if is_denied {
            match self.next() {
                Some(next) => word = next,
                None => return self.unknown(&word),
            }
        }
        match grammar::global(&word.text) {
            Some((name, form)) => {
                let values = self.values(form);
                self.file.globals.push(PeerOption { line: word.line, name, is_denied, values });
            }
            None => self.unknown(&word),
        }
    }

    fn server(&mut self, poll: &RcWord) {
        let Some(label) = self.next() else { return self.unknown(poll) };
        let is_skipped = poll.text == "skip";
        self.file.servers.push(Server { line: poll.line, label: label.text, is_skipped, entry: PollEntry::default() });
        self.place = RcPlace::Server;
    }

    fn option(&mut self, word: &RcWord, found: Option<(&'static str, Arity)>, is_denied: bool) {
        let Some((name, form)) = found else { return self.unknown(word) };
        let values = if is_denied { Vec::new() } else { self.values(form) };
        let option = PeerOption { line: word.line, name, is_denied, values };
        let has_users = self.file.servers.last().is_some_and(|server| !server.entry.users.is_empty());
        if self.place == RcPlace::Server && has_users && grammar::is_of_server(name) {
            return self.unknown(word); // fetchmail does not take it here
        }
        match (self.place, self.file.servers.last_mut()) {
            (RcPlace::Server, Some(server)) => server.entry.add(option),
            (RcPlace::Defaults, _) => self.file.defaults.add(option),
            _ => self.unknown(word),
        }
    }

    /// The first word is taken as it is, even if it looks like a keyword.
    fn values(&mut self, form: Arity) -> Vec<String> {
        let mut values = Vec::new();
        match form {
            Arity::Switch => {}
            Arity::One => values.extend(self.next().map(|word| word.text)),
            Arity::Envelope => {
                values.extend(self.next().map(|word| word.text));
                if values.iter().all(|value| value.parse::<u32>().is_ok()) {
                    values.extend(self.next().map(|word| word.text));
                }
            }
            Arity::Many => {
                values.extend(self.next().map(|word| word.text));
                while let Some(word) =
                    self.words.get(self.at).filter(|word| word.is_quoted || !grammar::is_keyword(&word.text))
                {
                    values.push(word.text.clone());
                    self.at += 1;
                }
            }
        }
        values
    }

    fn unknown(&mut self, word: &RcWord) {
        self.file.unknown.push((word.line, word.text.clone()));
    }

    fn next(&mut self) -> Option<RcWord> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }
}
