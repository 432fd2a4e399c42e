//! How what was written from habit, or pasted from the file of another program, is written here.

use toml_edit::Item;

use super::{Setting, nearest};

/// For a text that is no TOML: it may be the file of fetchmail, mpop or getmail.
pub(super) fn for_foreign_file(text: &str) -> Option<String> {
    let words =
        |line: &'_ str| line.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',']).to_owned();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let program = lines().find_map(|line| {
        let is_assignment = line.contains('=');
        match words(line).as_str() {
            "poll" | "skip" | "set" if !is_assignment => Some("fetchmail"),
            "account" | "defaults" | "host" | "delivery" | "uidls_file" if !is_assignment => Some("mpop"),
            word if OF_GETMAIL.contains(&word) => Some("getmail"),
            _ => None,
        }
    })?;
    Some(format!("this looks like the file of {program}; {}", as_account(text)))
}

/// For a table or a key that is neither `[defaults]` nor in `[account.NAME]`.
pub(super) fn at_top(text: &str, name: &str, item: &Item) -> String {
    let header = format!("[{name}]");
    if OF_GETMAIL.contains(&header.as_str()) {
        return format!("this looks like the file of getmail; {}", as_account(text));
    }
    if let Some(near) = nearest(name, TABLES.iter().copied()) {
        return format!("is it {near}?");
    }
    let name = crate::escape::text(name.as_bytes());
    if item.is_table_like() {
        return format!("an account is written as [account.{name}]");
    }
    match Setting::find(&name) {
        Some(setting) if setting.is_for_defaults() => {
            format!("write it below [defaults], for all accounts, or below [account.NAME], for one: {name} = ..")
        }
        Some(_) => format!("write it below [account.NAME]: {name} = .."),
        None => in_table(&name),
    }
}

/// For a key of a table that is no setting.
pub(super) fn in_table(name: &str) -> String {
    if let Some((_, answer)) = KEYS.iter().find(|(names, _)| names.contains(&name)) {
        return (*answer).into();
    }
    if Setting::find(&name.replace('_', "-")).is_some() {
        return format!("write - instead of _: {}", name.replace('_', "-"));
    }
    match Setting::nearest(name) {
        Some(near) => format!("is it {near}?"),
        None => "mailhaul-config(5) lists the keys".into(),
    }
}

/// What an account of another program is here, with its user and host where they can be found.
fn as_account(text: &str) -> String {
    let user = value_of(text, &["user", "username"]).unwrap_or("USER");
    let host = value_of(text, &["host", "server", "via", "poll"]).unwrap_or("HOST");
    format!(
        "here an account is written as two lines: [account.NAME], and below it source = \"pop3s://{user}@{host}\"; the \
         password comes from password-command or password-file"
    )
}

/// What follows one of these words, if it can be nothing but a name: no password is shown.
fn value_of<'a>(text: &'a str, names: &[&str]) -> Option<&'a str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut words =
        lines.flat_map(|line| line.split([' ', '\t', '=', ',', ':', '"', '\''])).filter(|word| !word.is_empty());
    words.find(|word| names.contains(word))?;
    let is_name = |word: &&str| word.bytes().all(|octet| octet.is_ascii_alphanumeric() || b".-_@".contains(&octet));
    words.next().filter(is_name)
}

const TABLES: &[&str] = &["defaults", "account"];

/// Sections of a getmailrc.
const OF_GETMAIL: &[&str] = &["[retriever]", "[destination]", "[options]"];

/// Keys of other programs, and how they are said here.
const KEYS: &[(&[&str], &str)] = &[
    (&["url", "uri", "address"], "it is source = \"pop3s://USER@HOST\""),
    (
        &["host", "hostname", "server", "user", "username", "login", "port"],
        "server, user and port are written as one: source = \"pop3s://USER@HOST:PORT\"",
    ),
    (
        &["ssl", "starttls", "sslproto", "use_ssl"],
        "pop3s:// in the source is TLS from the start, pop3:// is TLS by STLS; tls = \"implicit\" or \"starttls\" overrides that",
    ),
    (
        &["passwd", "pass", "passwordeval", "passcmd"],
        "it is password-command or password-file; password is the password itself",
    ),
    (&["protocol", "proto", "type"], "leave it out: mailhaul speaks POP3 only"),
    (&["path", "folder", "delivery", "mda", "destination"], "it is maildir or mbox"),
    (&["keep", "nokeep"], "messages stay on the server by default; mailhaul-config(5) says how to change that"),
];
