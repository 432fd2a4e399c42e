//! Where getmail puts the messages.

use super::ini::{IniFile, IniOption, IniSection};
use super::tuple;
use crate::config::Raw;
use crate::peers::command::in_shell;
use crate::peers::draft::Draft;

/// Sets the destinations of `[destination]`, and of those that it names.
pub(super) fn convert(file: &IniFile, draft: &mut Draft) {
    match file.section("destination") {
        Some(section) => one(file, section, 0, draft),
        None => draft.refuse(1, "[destination]", "there is none: name one"),
    }
}

fn one(file: &IniFile, section: &IniSection, depth: usize, draft: &mut Draft) {
    let Some(kind) = section.get("type") else {
        return draft.refuse(section.line, &format!("[{}]", section.name), "it has no type");
    };
    let shown = kind.shown();
    match kind.value.as_str() {
        "Maildir" => path("maildir", section, draft),
        "Mboxrd" => path("mbox", section, draft),
        "MDA_external" => external(section, draft),
        "MDA_lmtp" => lmtp(section, draft),
        "MultiDestination" if depth < MOST_LEVELS => return several(file, section, kind, depth, draft),
        "MDA_qmaillocal" => draft.refuse(kind.line, &shown, "qmail-local is run by pipe, with its arguments"),
        "MultiSorter" | "MultiGuesser" => {
            draft.refuse(kind.line, &shown, "mail is not sorted by its recipients; a command behind pipe can do that");
        }
        _ => draft.refuse(kind.line, &shown, "this way of delivery is not known"),
    }
    if ["Maildir", "Mboxrd", "MDA_external", "MDA_lmtp"].contains(&kind.value.as_str()) {
        draft.note(kind.line, &shown, &format!("[{}]", section.name));
    }
    for option in section.options.iter().filter(|option| option.name != "type") {
        other(option, &kind.value, draft);
    }
}

/// A copy to each.
fn several(file: &IniFile, section: &IniSection, kind: &IniOption, depth: usize, draft: &mut Draft) {
    draft.note(kind.line, &kind.shown(), "several destinations");
    let Some(names) = section.words("destinations") else {
        return draft.refuse(kind.line, &kind.shown(), "its destinations cannot be read");
    };
    if let Some(option) = section.get("destinations") {
        draft.note(option.line, &option.shown(), "several destinations");
    }
    for name in names {
        let inner = name.trim().trim_start_matches('[').trim_end_matches(']');
        match file.section(inner) {
            Some(named) => one(file, named, depth + 1, draft),
            None if name.starts_with(['/', '~', '.']) => {
                // As everywhere in getmail: a folder ends with a slash.
                let key = if name.ends_with('/') { "maildir" } else { "mbox" };
                add(section.line, &name, key, Raw::text(name.as_str()), draft);
            }
            None if name.starts_with('|') => {
                add(section.line, &name, "pipe", Raw::text(name[1..].trim()), draft);
            }
            None => draft.refuse(section.line, inner, "it is a destination that is not there"),
        }
    }
}

/// There can be one of each kind.
fn add(line: usize, shown: &str, key: &'static str, raw: Raw, draft: &mut Draft) {
    if draft.settings.has(key) {
        draft.refuse(line, shown, &format!("there can be one {key} for an account: the first is kept"));
    } else {
        draft.keep(line, shown, key, raw);
    }
}

fn path(key: &'static str, section: &IniSection, draft: &mut Draft) {
    match section.get("path") {
        Some(option) => add(option.line, &option.shown(), key, Raw::text(option.value.as_str()), draft),
        None => draft.refuse(section.line, &format!("[{}]", section.name), "it has no path"),
    }
}

/// A program with arguments; one that wants the sender is run by the shell.
fn external(section: &IniSection, draft: &mut Draft) {
    let Some(program) = section.get("path") else {
        return draft.refuse(section.line, &format!("[{}]", section.name), "it has no path");
    };
    let Some(arguments) = section.get("arguments").map_or_else(|| Some(Vec::new()), |it| tuple::words(&it.value))
    else {
        draft.refuse(program.line, &program.shown(), "its arguments are no tuple of strings");
        return;
    };
    let shown = program.shown();
    let words: Vec<String> = std::iter::once(program.value.clone()).chain(arguments).collect();
    let names_a_recipient = words.iter().any(|word| RECIPIENT.iter().any(|sign| word.contains(sign)));
    if names_a_recipient {
        draft.refuse(program.line, &shown, "the recipient is not known here: put the address into the command");
    }
    let is_read_by_a_shell = |word: &String| word.contains("%(sender)") || word.contains('$') || word.starts_with('~');
    let needs_shell = section.is_on("unixfrom") || words.iter().any(is_read_by_a_shell);
    let raw = if needs_shell { Raw::text(line(&words, section.is_on("unixfrom"))) } else { Raw::List(words) };
    add(program.line, &shown, "pipe", raw, draft);
}

fn line(words: &[String], with_from: bool) -> String {
    let shown: Vec<String> = words.iter().map(|word| word_of(word)).collect();
    let command = shown.join(" ");
    if with_from {
        let date = "\"$(LC_ALL=C date -u '+%a %b %e %T %Y')\"";
        format!("{{ printf 'From %s %s\\n' \"$MAILHAUL_SAFE_SENDER\" {date}; cat; }} | {command}")
    } else {
        command
    }
}

/// getmail puts in the sender, variables and the home folder.
fn word_of(word: &str) -> String {
    let is_plain = !word.contains(['$', '%']) && !word.starts_with('~');
    if is_plain {
        return in_shell(word);
    }
    let (home, rest) = match word.strip_prefix("~/") {
        Some(rest) => ("$HOME/", rest),
        None => ("", word),
    };
    let mut quoted = String::from(home);
    for letter in rest.chars() {
        if ['"', '`', '\\'].contains(&letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    format!("\"{}\"", quoted.replace("%(sender)", "$MAILHAUL_SAFE_SENDER"))
}

fn lmtp(section: &IniSection, draft: &mut Draft) {
    let Some(host) = section.get("host") else {
        return draft.refuse(section.line, &format!("[{}]", section.name), "it has no host");
    };
    let port = section.value("port").unwrap_or("2003");
    let address = if host.value.contains('/') { host.value.clone() } else { format!("{}:{port}", host.value) };
    add(host.line, &host.shown(), "lmtp", Raw::text(address), draft);
    match section.get("override").or_else(|| section.get("fallback")) {
        Some(option) if option.name == "fallback" => {
            let why = "getmail asks for this recipient only if that of the message is refused";
            draft.change(option.line, &option.shown(), "rcpt", Raw::text(option.value.as_str()), why);
        }
        Some(option) => draft.keep(option.line, &option.shown(), "rcpt", Raw::text(option.value.as_str())),
        None => draft.refuse(host.line, "no override", "the recipient is not taken from the message: name it by rcpt"),
    }
}

/// What says no more than how.
fn other(option: &IniOption, kind: &str, draft: &mut Draft) {
    let (line, shown) = (option.line, option.shown());
    match option.name.as_str() {
        "arguments" => draft.note(line, &shown, "pipe"),
        "port" => draft.note(line, &shown, "lmtp"),
        "path" | "host" | "override" | "fallback" => {} // said above
        "user" | "group" => {
            draft.refuse(line, &shown, "mailhaul does not change its user: let cron run it as that user")
        }
        "filemode" if option.value == "0600" => draft.pass(line, &shown, "messages are their owner's alone"),
        "filemode" => draft.refuse(line, &shown, "messages are their owner's alone"),
        "locktype" => draft.pass(line, &shown, "an mbox is locked in all ways that are usual"),
        "unixfrom" if kind == "MDA_external" => draft.note(line, &shown, "pipe"),
        "allow_root_commands" => draft.pass(line, &shown, "a command runs as whoever runs mailhaul"),
        "ignore_stderr" | "pipe_stdout" => draft.pass(line, &shown, "what a command says is shown only if it fails"),
        name => draft.refuse(line, name, "nothing here does this"),
    }
}

/// What getmail puts in for the recipient.
const RECIPIENT: &[&str] = &["%(recipient)", "%(domain)", "%(local)", "%(mailbox)"];

/// Of destinations in destinations: one that names itself has no end.
const MOST_LEVELS: usize = 8;
