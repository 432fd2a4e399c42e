//! Phrases that a reader would have to read twice are in no document, no manual page and no help.

use super::*;

/// Each phrase, in lower case, and what to write instead.
const AVOID: &[(&str, &str)] = &[
    ("also when it is killed", "even if it is killed"),
    ("the power goes", "the power fails"),
    ("to type that no more", "to avoid retyping this"),
    ("say nothing but errors", "print only errors"),
    ("say what is done; twice", "print progress details; `-vv` shows the conversation"),
    ("the way to the server", "proxy and tunnel"),
    ("none is none", "`none` disables it"),
    ("nothing is none", "adds a secret; ignores an empty one"),
    ("where tokens are had", "token endpoint"),
    ("fetch so many", "fetch at most n"),
    ("safe here for so long", "once they have been stored here for time"),
    ("fetch also what was fetched", "fetch everything, including messages already fetched"),
    ("be known to the server", "authenticate"),
    ("that shall hold", "and save these options"),
    ("one line an account", "list accounts, one per line"),
    ("what the ledger knows of a mailbox", "inspect or correct the fetch history"),
    ("how many messages and octets there are", "show the number of messages and their total size"),
    ("what a server is", "inspect a server"),
    ("makes no sense", "is invalid"),
    ("is one too many", "conflicts with"),
    ("what is no pop3 reply", "name the protocol"),
    ("a day without a name", "an unknown date"),
    ("it has expired on", "it expired on"),
    ("they are what they are", "fixed for the run"),
    ("for ever", "stable across sessions"),
    ("can be had", "can be fetched"),
    ("cannot be had", "cannot be fetched"),
    ("are had", "come from"),
    ("so many messages", "n messages"),
    ("so long as", "while"),
    ("be known by", "recognise by"),
    ("shall", "must, or will"),
    ("whom", "turn the sentence around"),
    ("whoever", "if you, or anybody who"),
    ("one line a", "one line per"),
    ("one object a line", "one object per line"),
    ("make no sense", "are invalid"),
];

#[test]
fn the_documents_have_no_phrase_to_read_twice() {
    let files = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(|path| (path.to_owned(), read(path)));
    assert_none_in(documents().into_iter().chain(files));
}

#[test]
fn the_sections_of_the_manual_have_no_phrase_to_read_twice() {
    let sections = fs::read_dir(here("man/sections")).unwrap().map(|entry| entry.unwrap().path());
    assert_none_in(sections.map(|path| (path.display().to_string(), without_roff(&read(&path)))));
}

#[test]
fn the_help_and_the_pages_have_no_phrase_to_read_twice() {
    let help = commands().into_iter().map(|mut command| {
        let help = command.render_long_help().to_string();
        (format!("--help of {}", command.get_display_name().unwrap_or("mailhaul")), help)
    });
    let pages = fs::read_dir(here("man")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    assert_none_in(help.chain(pages.map(|path| (path.display().to_string(), without_roff(&read(&path))))));
}

fn assert_none_in(texts: impl Iterator<Item = (String, String)>) {
    let found: Vec<String> = texts
        .flat_map(|(name, text)| {
            let text = flat(&text);
            let there = AVOID.iter().filter(|(phrase, _)| has(&text, phrase));
            there.map(|(phrase, better)| format!("{name}: {phrase:?}; better: {better}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// In lower case, with one blank between words.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Is the phrase there, as whole words?
fn has(text: &str, phrase: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut places = text.match_indices(phrase);
    places.any(|(at, _)| is_edge(text[..at].chars().next_back()) && is_edge(text[at + phrase.len()..].chars().next()))
}

/// The words of a manual page: without macros and escapes.
fn without_roff(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('.') {
        Some(request) => request.split_once(' ').map_or(String::new(), |(_, words)| words.replace('"', "")),
        None => line.to_owned(),
    };
    let text = text.lines().map(line).collect::<Vec<_>>().join("\n");
    ["\\fB", "\\fI", "\\fR", "\\fP"].iter().fold(text, |text, font| text.replace(font, "")).replace("\\-", "-")
}

#[test]
fn a_phrase_is_found_over_line_ends_and_not_inside_words() {
    let text = flat(&without_roff("One\n.B line\na \\fBmailbox\\fR"));
    assert_eq!(text, "one line a mailbox");
    assert!(has(&text, "one line a") && !has(&text, "one line a mail") && !has("shallow", "shall"));
}
