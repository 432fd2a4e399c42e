//! Commands of other programs, as they are run here.

/// A command with the sender of the message in place of %F, in quotes or not.
pub(super) fn with_sender(command: &str, sign: &str) -> String {
    let mut command = command.to_owned();
    for quoted in [format!("'{sign}'"), format!("\"{sign}\""), sign.to_owned()] {
        command = command.replace(&quoted, SENDER);
    }
    command
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

/// A bounce has no sender; programs want a word all the same.
const SENDER: &str = "\"${MAILHAUL_SENDER:-MAILER-DAEMON}\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_the_sender_are_not_doubled() {
        for command in ["x -f %F y", "x -f '%F' y", "x -f \"%F\" y"] {
            assert_eq!(with_sender(command, "%F"), "x -f \"${MAILHAUL_SENDER:-MAILER-DAEMON}\" y");
        }
    }

    #[test]
    fn only_what_prints_more_is_cut() {
        assert_eq!(of_password("pass show mail/work"), "pass show mail/work | head -n 1");
        for command in ["gopass show -o x", "pass x | sed q", "echo x"] {
            assert_eq!(of_password(command), command);
        }
    }
}
