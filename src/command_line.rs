//! Commands that the user has named: to print a secret, or to be the connection to a server. A core module.

use std::ffi::OsStr;
use std::fmt;
use std::process::Command;

/// A command as somebody wrote it.
#[derive(Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// One string: for /bin/sh.
    Shell(String),
    /// A program and its arguments: no shell sees them. Never empty.
    Program(Vec<String>),
}

impl CommandLine {
    /// Ready to be run again and again: where a shell would only start one program and wait for it, that takes its place.
    pub fn lean_command(&self) -> Command {
        match self {
            Self::Shell(line) if is_one_program(line) => Self::Shell(format!("exec {line}")).command(),
            other => other.command(),
        }
    }

    /// Ready to be run.
    pub fn command(&self) -> Command {
        let mut command = match self {
            Self::Shell(line) => {
                let mut shell = Command::new("/bin/sh");
                shell.arg("-c").arg(line);
                shell
            }
            Self::Program(words) => {
                let mut program = Command::new(words.first().map_or("", String::as_str));
                program.args(words.iter().skip(1));
                program
            }
        };
        // Our passwords and settings are none of its business (C-287).
        std::env::vars_os().filter(|(name, value)| is_ours_alone(name, value)).for_each(|(name, _)| {
            command.env_remove(name);
        });
        command
    }
}

/// Is it surely one program with its arguments and redirections, and nothing that a shell does itself?
fn is_one_program(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./+".contains(letter);
    let is_name = !name.is_empty() && name.chars().all(is_plain) && !OF_THE_SHELL.contains(&name);
    is_name && !line.contains([';', '|', '&', '`', '(', ')', '\n'])
}

/// Commands and words of POSIX shells, and of those that stand in their place.
const OF_THE_SHELL: &[&str] = &[
    ".",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "chdir",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
];

/// A variable that the commands do not get: a setting, or the proxy if its URL holds a password (or a user name). A proxy
/// without one stays, as a command that prints tokens may need it.
fn is_ours_alone(name: &OsStr, value: &OsStr) -> bool {
    let is_proxy = name.eq_ignore_ascii_case("all_proxy");
    name.as_encoded_bytes().starts_with(b"MAILHAUL_") || is_proxy && value.as_encoded_bytes().contains(&b'@')
}

/// A command line may hold what is not for everybody's eyes.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandLine(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_with_a_password_is_ours_alone() {
        let ours = |name: &str, value: &str| is_ours_alone(name.as_ref(), value.as_ref());
        assert!(ours("MAILHAUL_PASSWORD", "x") && ours("MAILHAUL_MAILDIR", "/x"));
        assert!(ours("ALL_PROXY", "socks5://ann:hunter2@gate:1080") && ours("all_proxy", "ann:hunter2@gate"));
        assert!(!ours("ALL_PROXY", "socks5://gate:1080") && !ours("PATH", "/home/ann@work/bin"));
    }

    #[test]
    fn only_a_lone_program_takes_the_place_of_the_shell() {
        for line in ["cat >/dev/null", "/usr/bin/procmail -t ~/.rc", "cat > \"out/$MAILHAUL_UID\"", "x 'a b' <in"] {
            assert!(is_one_program(line), "{line}");
        }
        for line in [
            "",
            " ",
            "exit 75",
            "true",
            "a; b",
            "a | b",
            "a && b",
            "A=1 b",
            "\"a b\"",
            "$X",
            "a $(b)",
            "a `b`",
            "(a)",
            "! a",
            "{ a",
            "[ -e x ]",
            "[[ x ]]",
            "if a",
            "a\nb",
            "a 2>&1",
            "test -e x",
            "printf x",
            ". x",
            ": x",
        ] {
            assert!(!is_one_program(line), "{line}");
        }
        let says = |line: &str| CommandLine::Shell(line.into()).lean_command().output().unwrap();
        assert_eq!(says("basename /a/b").stdout, b"b\n");
        assert_eq!(says("no-such-program-at-all x").status.code(), Some(127));
        assert_eq!(says("exit 75").status.code(), Some(75));
    }

    #[test]
    fn a_command_cannot_be_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "CommandLine(..)");
    }
}
