//! What cannot be parsed is answered by what was meant: by the table of habits, or by clap's suggestions; but never by the
//! name of something that deletes, and never with a password that somebody wrote into a URL.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use super::habits::{DELETES, FLAGS, Habit, VERBS};
use crate::config::without_password;

/// The same error with a better tip. `words` are those of the command line.
pub(super) fn answered(mut error: clap::Error, words: &[String]) -> clap::Error {
    mask(&mut error);
    match tip(&error, words) {
        Some(tip) => {
            forget_suggestions(&mut error);
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        None => take_back_what_deletes(&mut error),
    }
    error
}

fn tip(error: &clap::Error, words: &[String]) -> Option<&'static str> {
    if let Some(flag) = text(error, ContextKind::InvalidArg) {
        return answer(FLAGS, flag, words);
    }
    let verb = text(error, ContextKind::InvalidSubcommand)?;
    if verb.contains('@') || verb.contains("://") {
        return Some("a command comes first, as in mailhaul fetch SOURCE or mailhaul info SOURCE");
    }
    answer(VERBS, verb, words)
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
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let masked = text(error, kind).filter(|text| text.contains(['@', ':'])).map(without_password);
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

fn take_back_what_deletes(error: &mut clap::Error) {
    if text(error, ContextKind::SuggestedArg).is_some_and(deletes) {
        forget_suggestions(error);
    }
    if let Some(ContextValue::Strings(names)) = error.get(ContextKind::SuggestedSubcommand) {
        let kept: Vec<String> = names.iter().filter(|name| !deletes(name)).cloned().collect();
        error.remove(ContextKind::SuggestedSubcommand);
        if !kept.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(kept));
        }
    }
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested) {
        let says_so = |tip: &&StyledStr| !tip.to_string().split(['\'', ' ']).any(deletes);
        let kept: Vec<StyledStr> = tips.iter().filter(says_so).cloned().collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept));
    }
}

fn deletes(name: &str) -> bool {
    DELETES.contains(&name)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every command and flag that an answer names is one, and no habit hides what exists.
    #[test]
    fn the_table_speaks_of_what_exists() {
        let mut root = crate::cli::Cli::command();
        root.build();
        for habit in FLAGS.iter().chain(VERBS) {
            for command in habit.answer.split('`').skip(1).step_by(2) {
                let mut at = &root;
                for word in command.split(' ').skip(1).take_while(|word| !word.starts_with('-')) {
                    let Some(found) = at.find_subcommand(word) else {
                        assert!(word.chars().all(char::is_uppercase), "{command}");
                        break;
                    };
                    at = found;
                }
                assert!(!command.split(' ').any(deletes) || command.ends_with("--help"), "{command}");
            }
            let is_one = |word: &&str| habit.within.is_empty() && root.find_subcommand(word).is_some();
            assert!(!habit.words.iter().any(is_one), "{:?}", habit.words);
        }
    }
}
