//! How what was written from habit, or pasted from the file of another program, is written here.

use toml_edit::Item;

use super::habits::answer_to_key;
use super::{Raw, Setting, foreign, nearest};

/// For a text that is no TOML: it may be the file of fetchmail, mpop or getmail.
pub(super) fn for_foreign_file(text: &str) -> Option<String> {
    foreign::program(text).map(|program| foreign::hint(program, text))
}

/// For a table or a key that is neither `[defaults]` nor in `[account.NAME]`.
pub(super) fn at_top(text: &str, name: &str, item: &Item) -> String {
    if foreign::is_of_getmail(name) {
        return foreign::hint(foreign::GETMAIL, text);
    }
    if ["account", "accounts"].contains(&name.to_ascii_lowercase().as_str()) {
        return "accounts are written as [account.NAME]".into();
    }
    if let Some(near) = nearest(name, TABLES.iter().copied()) {
        return format!("is it {near}?");
    }
    let name = crate::escape::text(name.as_bytes());
    if item.is_table_like() || item.is_array_of_tables() {
        return format!("an account is written as [account.{name}]");
    }
    match Setting::find(&name) {
        Some(setting) if setting.is_for_defaults() => {
            format!("write it below [defaults], for all accounts, or below [account.NAME], for one: {name} = ..")
        }
        Some(_) => format!("write it below [account.NAME]: {name} = .."),
        None => in_table(&name, None),
    }
}

/// For a key of a table that is no setting, with what stands behind it.
pub(super) fn in_table(name: &str, raw: Option<&Raw>) -> String {
    if let Some(setting) = Setting::find(&name.replace('_', "-")) {
        let fits = raw.is_some_and(|raw| setting.check(raw).is_ok());
        let example = if fits { String::new() } else { format!(" = {}", setting.example) };
        return format!("write - instead of _: {}{example}", setting.name);
    }
    if let Some(answer) = answer_to_key(name) {
        return answer;
    }
    match Setting::nearest(name) {
        Some(near) => format!("is it {near}?"),
        None => LISTED.into(),
    }
}

/// The name in the header of an account, in the line of this offset, that TOML may take only in quotes.
pub(super) fn name_in_header(text: &str, offset: usize) -> Option<&str> {
    let begins = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(begins..)?.lines().next()?.trim();
    let name = line.strip_prefix("[account.")?.split(']').next()?.trim();
    Some(name).filter(|name| !name.is_ascii())
}

const TABLES: &[&str] = &["defaults", "account"];

const LISTED: &str = "`mailhaul help config` lists the keys";
