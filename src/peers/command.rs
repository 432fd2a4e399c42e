//! Commands of other programs, as they are run here.

/// A command with the sender of the message in place of a sign such as %F, in quotes or not. What stands there is made of
/// letters, digits and a few signs that no shell minds, however often the command is read by one.
pub(super) fn with_sender(command: &str, sign: &str) -> String {
    let mut written = String::with_capacity(command.len());
    let mut quote = None;
    let mut rest = command;
    while let Some(letter) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix(sign) {
            // Within single quotes nothing is replaced: they end, and begin again.
            written.push_str(if quote == Some('\'') {
                "'\"$MAILHAUL_SAFE_SENDER\"'"
            } else {
                "${MAILHAUL_SAFE_SENDER}"
            });
            rest = behind;
            continue;
        }
        let is_escape = letter == '\\' && quote != Some('\'');
        let length = letter.len_utf8() + if is_escape { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            _ => {}
        }
        written.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    written
}

/// A word as a shell reads it back.
pub(super) fn in_shell(word: &str) -> String {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.,@+/:=%".contains(&octet);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command whose first line is the password: pass prints all that it has.
pub(super) fn of_password(command: &str) -> String {
    let program = command.split_whitespace().next().unwrap_or_default();
    let prints_all = program == "pass" || program.ends_with("/pass");
    if prints_all && !command.contains(['|', ';', '&']) { format!("{command} | head -n 1") } else { command.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As mpop and fetchmail have it: whatever the sender is, the command is the same.
    #[test]
    fn a_sender_is_one_word_in_any_quotes() {
        let output = |command: &str, sender: &str| {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.arg("-c").arg(with_sender(command, "%F")).env("MAILHAUL_SAFE_SENDER", sender);
            String::from_utf8(shell.output().unwrap().stdout).unwrap()
        };
        for command in [
            "echo %F",
            "echo '%F'",
            "echo \"%F\"",
            "sh -c \"echo '%F'\"",
            "sh -c 'echo %F'",
            "echo \\\"%F | tr -d '\"'",
        ] {
            assert_eq!(output(command, "a@b"), "a@b\n", "{command}");
        }
        assert_eq!(output("echo 'X <%F>' \"<%F>\"", "a@b"), "X <a@b> <a@b>\n");
    }

    #[test]
    fn only_what_prints_more_is_cut() {
        assert_eq!(of_password("pass show mail/work"), "pass show mail/work | head -n 1");
        for command in ["gopass show -o x", "pass x | sed q", "echo x"] {
            assert_eq!(of_password(command), command);
        }
    }
}
