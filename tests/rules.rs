//! `docs/pop3-rules.md` has every rule that is cited anywhere, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/pop3-rules.md";

/// Where rules are cited. A folder stands for all files in it, at any depth.
const CITING: [&str; 9] =
    ["CHANGELOG.md", "CONTRIBUTING.md", "README.md", "benches", "contrib", "examples", "man", "src", "tests"];

/// Not this file: its examples cite nothing.
const EXAMPLES: &str = "tests/rules.rs";

/// One mention of a rule, or of a range such as `C-015 to C-017`.
#[derive(Debug, PartialEq, Eq)]
struct Citation {
    rules: RangeInclusive<u16>,
    /// Of the first number, counted from 1.
    line: usize,
}

/// A rule of the page.
struct Rule {
    number: u16,
    line: usize,
    text: String,
}

/// The numbers in a text, with their offsets: `C-` and three digits that stand by themselves.
fn numbers(text: &str) -> Vec<(usize, u16)> {
    let is_part_of_a_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let number = |at: usize| {
        let digits = text.get(at + 2..at + 5).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        let (before, after) = (text[..at].chars().next_back(), text[at + 5..].chars().next());
        let stands_alone = !is_part_of_a_word(before) && !is_part_of_a_word(after);
        stands_alone.then(|| (at, digits.parse().unwrap()))
    };
    text.match_indices("C-").filter_map(|(at, _)| number(at)).collect()
}

/// A range may be split over two lines of a comment.
fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let mut numbers = numbers(text).into_iter().peekable();
    while let Some((at, first)) = numbers.next() {
        let is_range = |&(next, _): &(usize, u16)| {
            let between = text[at + 5..next].split_whitespace();
            between.filter(|word| !["//", "///", "//!"].contains(word)).eq(["to"])
        };
        let last = numbers.next_if(is_range).map_or(first, |(_, last)| last);
        found.push(Citation { rules: first..=last, line: text[..at].matches('\n').count() + 1 });
    }
    found
}

#[test]
fn numbers_and_ranges_are_found() {
    let text =
        "/// No number: UTC-123, C-12, C-1234. Two (C-015 to\n    /// C-017, C-020):\nC-030 to do, C-040 or C-050";
    let found: Vec<_> = citations(text).into_iter().map(|found| (found.rules, found.line)).collect();
    assert_eq!(found, [(15..=17, 1), (20..=20, 2), (30..=30, 3), (40..=40, 3), (50..=50, 3)]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All citations, with the file that each stands in.
fn all_citations() -> Vec<(String, Citation)> {
    let mut files: Vec<PathBuf> = CITING.iter().map(|name| root().join(name)).collect();
    let mut found = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if name != EXAMPLES {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.extend(citations(&text).into_iter().map(|citation| (name.clone(), citation)));
        }
    }
    found.sort_by_key(|(name, citation)| (name.clone(), citation.line));
    assert!(found.len() > 200, "the citations were not found");
    found
}

/// The rules of the page: `- **C-NNN** text`, over several lines.
fn rules() -> Vec<Rule> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let mut rules: Vec<Rule> = Vec::new();
    for (at, line) in page.lines().enumerate() {
        if let Some((number, text)) = line.strip_prefix("- **C-").and_then(|rest| rest.split_once("** ")) {
            rules.push(Rule { number: number.parse().unwrap(), line: at + 1, text: text.to_owned() });
        } else if let (Some(more), Some(rule)) = (line.strip_prefix("  "), rules.last_mut()) {
            rule.text += " ";
            rule.text += more;
        }
    }
    rules
}

#[track_caller]
fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}\n  {}", wrong.join("\n  "));
}

#[test]
fn every_rule_that_is_cited_is_on_the_page() {
    let listed: BTreeSet<u16> = rules().iter().map(|rule| rule.number).collect();
    let page = citations(&fs::read_to_string(root().join(PAGE)).unwrap());
    let page = page.into_iter().map(|citation| (PAGE.to_owned(), citation));
    let mut wrong = Vec::new();
    for (name, citation) in all_citations().into_iter().chain(page) {
        let ends = BTreeSet::from([*citation.rules.start(), *citation.rules.end()]);
        wrong.extend(ends.difference(&listed).map(|rule| format!("{name}:{}: C-{rule:03}", citation.line)));
    }
    none("rules that docs/pop3-rules.md does not have:", &wrong);
}

#[test]
fn every_rule_on_the_page_is_cited() {
    let citations = all_citations();
    let is_cited = |rule: &Rule| citations.iter().any(|(_, citation)| citation.rules.contains(&rule.number));
    let idle = rules().into_iter().filter(|rule| !is_cited(rule));
    let idle: Vec<String> = idle.map(|rule| format!("{PAGE}:{}: C-{:03}", rule.line, rule.number)).collect();
    none("rules that nothing cites; remove them, or cite them where they are kept:", &idle);
}

#[test]
fn every_rule_has_one_number_and_a_source() {
    let mut wrong = Vec::new();
    let mut lines: BTreeMap<u16, usize> = BTreeMap::new();
    for rule in rules() {
        if let Some(other) = lines.insert(rule.number, rule.line) {
            wrong.push(format!("{PAGE}:{}: C-{:03} is also in line {other}", rule.line, rule.number));
        }
        if !rule.text.ends_with(")*") || !rule.text.contains(" *(") {
            wrong.push(format!("{PAGE}:{}: C-{:03} does not end with its source, as *(..)*", rule.line, rule.number));
        }
    }
    none("rules that are not well formed:", &wrong);
}
