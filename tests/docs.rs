//! What is written about the program is so: the manual pages and completions are made from the command line's own
//! definitions, the examples run, the tables are complete.
//!
//! - `generated`: manual pages and completions are those of the command line
//! - `texts`: flags, tables, units, links, errors and headings that are spoken of
//! - `examples`: what a reader would copy and run
//! - `claims`: what the manual says of limits and of what is printed
//! - `picture`: the picture of the README is what the program prints
//! - `wording`: phrases that nobody should have to read
//!
//! `MAILHAUL_UPDATE=1 cargo test --test tests docs` writes `man/*.1`, `completions/` and the picture anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use mailhaul::cli::Cli;
use mailhaul::error::Kind;

use super::server::{Config, Fault, Maildrop, Server, Sizes, TlsMode};
use super::util::{Home, run};

mod claims;
mod examples;
mod generated;
mod kubernetes;
mod picture;
mod texts;
mod wording;

/// Each manual page with the hand-written sections that follow what clap knows.
const PAGES: [(&str, &[&str]); 37] = [
    ("mailhaul", &["sources", "passwords", "authentication", "trust", "json", "exit-status", "environment", "files"]),
    ("mailhaul-account", &["account"]),
    ("mailhaul-account-add", &["account"]),
    ("mailhaul-account-list", &["account"]),
    ("mailhaul-account-remove", &["account-remove"]),
    ("mailhaul-account-rename", &["account"]),
    ("mailhaul-account-show", &["account"]),
    ("mailhaul-capa", &["capa"]),
    ("mailhaul-completions", &["completions"]),
    ("mailhaul-console", &["console"]),
    ("mailhaul-dele", &["dele"]),
    ("mailhaul-dump", &["dump"]),
    ("mailhaul-fetch", &["fetch", "exit-status", "fetch-examples"]),
    ("mailhaul-health", &["health"]),
    ("mailhaul-help", &["help"]),
    ("mailhaul-info", &["info"]),
    ("mailhaul-list", &["list"]),
    ("mailhaul-log", &["log"]),
    ("mailhaul-login", &["login"]),
    ("mailhaul-logout", &["logout"]),
    ("mailhaul-migrate", &["migrate"]),
    ("mailhaul-noop", &["noop"]),
    ("mailhaul-retr", &["retr"]),
    ("mailhaul-setup", &["setup"]),
    ("mailhaul-stat", &["stat"]),
    ("mailhaul-state", &["state"]),
    ("mailhaul-state-confirm", &["state-confirm"]),
    ("mailhaul-state-export", &["state-export"]),
    ("mailhaul-state-forget", &["state-forget"]),
    ("mailhaul-state-import", &["state-export"]),
    ("mailhaul-state-moved", &["state-moved"]),
    ("mailhaul-state-reset", &["state-reset"]),
    ("mailhaul-state-retry", &["state-retry"]),
    ("mailhaul-state-seen", &["state-seen"]),
    ("mailhaul-state-show", &["state-show"]),
    ("mailhaul-top", &["top"]),
    ("mailhaul-uidl", &["uidl"]),
];

/// A path in the checkout.
fn here(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: impl AsRef<Path>) -> String {
    let path = here(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All commands that have a page, with the global flags in each.
fn commands() -> Vec<clap::Command> {
    fn collect(command: &clap::Command, found: &mut Vec<clap::Command>) {
        found.push(command.clone());
        command.get_subcommands().for_each(|command| collect(command, found));
    }
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, &mut found);
    found
}

fn sections(page: &str) -> &'static [&'static str] {
    let (_, sections) =
        PAGES.iter().find(|(name, _)| *name == page).unwrap_or_else(|| panic!("{page} is not in PAGES"));
    sections
}

/// What a user reads: path and text of the README and of `docs/`, apart from the rules, which are for developers.
fn documents() -> Vec<(String, String)> {
    let names = fs::read_dir(here("docs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.ends_with(".md") && name != "pop3-rules.md");
    let mut paths: Vec<String> = pages.map(|name| format!("docs/{name}")).chain(["README.md".into()]).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), read(path))).collect()
}

/// The fenced blocks of this kind in the documents, each with the path of its document.
fn blocks(kind: &str) -> Vec<(String, String)> {
    let fence = format!("\n```{kind}\n");
    let of = |(path, text): (String, String)| {
        let rest = text.split(&fence).skip(1).map(|rest| rest[..rest.find("\n```").unwrap() + 1].to_owned());
        rest.map(|block| (path.clone(), block)).collect::<Vec<_>>()
    };
    documents().into_iter().flat_map(of).collect()
}

/// What stands between two texts.
fn section<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let rest = &text[text.find(begin).unwrap() + begin.len()..];
    &rest[..rest.find(end).unwrap_or(rest.len())]
}

/// The words of a simple shell command, up to a comment or a pipe: quotes are taken off, nothing is expanded.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        let word = words.last_mut().unwrap();
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '>' | '<' | ';' | '&' | '#' | ')') => break,
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (None, c) => word.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    // `2>&1` leaves its number behind.
    words.pop_if(|word| word == "2");
    words
}

#[test]
fn words_of_a_command() {
    let expected = ["mailhaul", "fetch", "--password-command", "pass mail/ann"];
    assert_eq!(words("mailhaul fetch  --password-command 'pass mail/ann' | wc -l"), expected);
    assert_eq!(words("mailhaul fetch --password-command \"pass mail/ann\" 2>&1)"), expected);
}
