//! What cannot be parsed is answered by what was meant: by the table of habits, or by clap's suggestions; but never by the
//! name of something that deletes, and never with a password that somebody wrote into a URL.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::habits::{DELETES, Habit, VERBS};
use crate::config::{answer_to_flag, is_like, parse_selection, without_password};

/// The same error with a better tip. `words` are those of the command line.
pub(super) fn answered(mut error: clap::Error, words: &[String]) -> clap::Error {
    if let Some(missing) = missing_command(&error, words) {
        return missing;
    }
    mask(&mut error);
    match tip(&error, words) {
        Some(tip) => {
            forget_suggestions(&mut error);
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        None => keep_what_is_meant(&mut error),
    }
    error
}

fn tip(error: &clap::Error, words: &[String]) -> Option<String> {
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return is_without_source(error, words).then(|| SOURCE_FIRST.into());
    }
    if let Some(flag) = text(error, ContextKind::InvalidArg) {
        let before: Vec<&str> = words.iter().take_while(|word| *word != flag).map(String::as_str).collect();
        let tip = answer_to_flag(flag, &before)?;
        return Some(tip + also_of_the_password(flag, words));
    }
    let verb = text(error, ContextKind::InvalidSubcommand)?;
    if verb.contains('@') || verb.contains("://") {
        return Some("a command comes first, as in mailhaul fetch SOURCE or mailhaul info SOURCE".into());
    }
    answer(VERBS, verb, words).map(str::to_owned)
}

/// `mailhaul -v`: clap would list all commands.
fn missing_command(error: &clap::Error, words: &[String]) -> Option<clap::Error> {
    if error.kind() != ErrorKind::MissingSubcommand {
        return None;
    }
    let (above, example) = [("account", "account list"), ("state", "state show")]
        .into_iter()
        .find(|(above, _)| words.iter().any(|word| word == above))
        .unwrap_or(("", "fetch"));
    // The value of a flag would be missing.
    let is_flag = |word: &str| {
        word.strip_prefix('-').is_some_and(|name| !name.contains(|c: char| !c.is_ascii_lowercase() && c != '-'))
    };
    let others: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != above).collect();
    let flags = if others.iter().all(|word| is_flag(word)) { others } else { Vec::new() };
    let command = ["mailhaul", example].into_iter().chain(flags).collect::<Vec<_>>().join(" ");
    let text = format!("a command is missing, for example `{command}`\n\n`mailhaul help` lists the commands.\n");
    Some(clap::Error::raw(ErrorKind::MissingSubcommand, text))
}

/// `mailhaul retr 3`: the number was taken for the SOURCE.
fn is_without_source(error: &clap::Error, words: &[String]) -> bool {
    let lacks_message = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => names.iter().any(|name| name.starts_with("<MSG>")),
        _ => false,
    };
    let mut operands = words.iter().skip(1).filter(|word| !word.starts_with('-'));
    lacks_message && operands.next().is_some_and(|word| parse_selection(word).is_ok())
}

const SOURCE_FIRST: &str = "a SOURCE must come before the message numbers";

/// Where the user was named by a flag, the password often is, too; clap speaks of the first flag only.
fn also_of_the_password(flag: &str, words: &[String]) -> &'static str {
    let is_of_user = ["-u", "--user", "--username"].contains(&flag);
    let is_password = |word: &String| {
        ["--password", "--passwd", "--pass"].iter().any(|name| word.split('=').next() == Some(name))
            || word.starts_with("-p")
    };
    if is_of_user && words.iter().any(is_password) {
        "; a password comes from --password-command CMD or --password-file FILE (- is standard input)"
    } else {
        ""
    }
}

/// The first command that is typed decides what a word means.
fn answer(habits: &'static [Habit], typed: &str, words: &[String]) -> Option<&'static str> {
    let before = words.iter().take_while(|word| *word != typed);
    let commands: Vec<&str> = before.map(String::as_str).collect();
    let is_here = |habit: &&Habit| habit.within.is_empty() || commands.contains(&habit.within);
    let found = habits.iter().filter(is_here).find(|habit| habit.words.contains(&typed));
    found.map(|habit| habit.answer)
}

/// What clap repeats of the command line may be a URL, as somebody wrote it.
fn mask(error: &mut clap::Error) {
    // The value of a flag may have colons, as a pin has.
    let is_of_flag = text(error, ContextKind::InvalidArg).is_some_and(|name| name.starts_with("--"));
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let is_harmless = is_of_flag && kind == ContextKind::InvalidValue;
        let may_be_url = |text: &&str| text.contains('@') || text.contains("://") || text.contains(':') && !is_harmless;
        let masked = text(error, kind).filter(may_be_url).map(without_password);
        if let Some(masked) = masked {
            error.insert(kind, ContextValue::String(masked));
            error.remove(ContextKind::Suggested); // it may say it again
        }
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// The usage has the suggestion in it.
fn forget_suggestions(error: &mut clap::Error) {
    for kind in
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::Suggested, ContextKind::Usage]
    {
        error.remove(kind);
    }
}

/// Of clap's suggestions those that are like what was typed, and delete nothing.
fn keep_what_is_meant(error: &mut clap::Error) {
    let flag = text(error, ContextKind::InvalidArg).unwrap_or_default().to_owned();
    let verb = text(error, ContextKind::InvalidSubcommand).unwrap_or_default().to_owned();
    let is_meant = |typed: &str, name: &str| !deletes(name) && is_like(typed, name);
    if text(error, ContextKind::SuggestedArg).is_some_and(|name| !is_meant(&flag, name)) {
        forget_suggestions(error);
    }
    if let Some(ContextValue::Strings(names)) = error.get(ContextKind::SuggestedSubcommand) {
        let kept: Vec<String> = names.iter().filter(|name| is_meant(&verb, name)).cloned().collect();
        error.remove(ContextKind::SuggestedSubcommand);
        if !kept.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(kept));
        }
    }
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested) {
        // `to pass '--x' as a value, use '-- --x'`: a riddle, as nobody means that.
        let is_riddle = |tip: &str| tip.contains("as a value") && flag.starts_with('-');
        let says_so = |tip: &&StyledStr| {
            let tip = tip.to_string();
            !is_riddle(&tip) && !tip.split(['\'', ' ']).any(deletes)
        };
        let kept: Vec<StyledStr> = tips.iter().filter(says_so).cloned().collect();
        error.remove(ContextKind::Suggested);
        if !kept.is_empty() {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept));
        }
    }
}

fn deletes(name: &str) -> bool {
    DELETES.contains(&name)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::config::all_answers;

    /// Every command and flag that an answer names is one, and no habit hides what exists.
    #[test]
    fn the_table_speaks_of_what_exists() {
        let mut root = crate::cli::Cli::command();
        root.build();
        let of_verbs = VERBS.iter().map(|habit| habit.answer.to_owned());
        for answer in of_verbs.chain(all_answers()) {
            for command in answer.split('`').skip(1).step_by(2) {
                let mut at = &root;
                for word in command.split(' ').skip(1).take_while(|word| !word.starts_with('-')) {
                    let Some(found) = at.find_subcommand(word) else {
                        let is_topic = at.get_name() == "help";
                        assert!(is_topic || word.chars().all(char::is_uppercase), "{command}");
                        break;
                    };
                    at = found;
                }
                assert!(!command.split(' ').any(deletes) || command.ends_with("--help"), "{command}");
            }
        }
        for habit in VERBS {
            let is_one = |word: &&str| habit.within.is_empty() && root.find_subcommand(word).is_some();
            assert!(!habit.words.iter().any(is_one), "{:?}", habit.words);
        }
    }
}
