//! Commands that the user has named: to print a secret, or to be the connection to a server. A core module.

use std::ffi::OsStr;
use std::process::{Child, Command};
use std::{fmt, io};

/// A command as somebody wrote it.
#[derive(Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// One string: for /bin/sh.
    Shell(String),
    /// A program and its arguments: no shell sees them. Never empty.
    Program(Vec<String>),
}

impl CommandLine {
    /// Starts it, at the least cost, as it is started again and again: where a shell would only start one program and wait
    /// for it, that is started without one, or takes its place. `prepare` may be called twice, because a program that
    /// cannot be started is left to the shell: that knows scripts without a `#!`, and says what is wrong.
    ///
    /// # Errors
    ///
    /// As [`Command::spawn`] has them, and those of `prepare`.
    pub fn spawn(&self, prepare: impl Fn(&mut Command) -> io::Result<()>) -> io::Result<Child> {
        let start = |line: &Self| {
            let mut command = line.command();
            prepare(&mut command)?;
            command.spawn()
        };
        let Self::Shell(line) = self else { return start(self) };
        if let Some(program) = without_shell(line)
            && let Ok(child) = start(&program)
        {
            return Ok(child);
        }
        if is_one_program(line) { start(&Self::Shell(format!("exec {line}"))) } else { start(self) }
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
        // Our passwords and settings are none of its business (C-287), and systemd waits for our word alone.
        std::env::vars_os().filter(|(name, value)| is_ours_alone(name, value)).for_each(|(name, _)| {
            command.env_remove(name);
        });
        command
    }
}

/// The same program and arguments, if a shell would do nothing but split the line at its spaces.
fn without_shell(line: &str) -> Option<CommandLine> {
    let means_itself = |letter: char| letter.is_ascii_alphanumeric() || "_-./+,:@%= \t".contains(letter);
    let is_plain = is_one_program(line) && line.chars().all(means_itself);
    is_plain.then(|| {
        CommandLine::Program(line.split([' ', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
    })
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

/// A variable that the commands do not get: a setting, what is between the service manager and us, or the proxy if its URL
/// holds a password (or a user name). A proxy without one stays, as a command that prints tokens may need it.
fn is_ours_alone(name: &OsStr, value: &OsStr) -> bool {
    let is_proxy = name.eq_ignore_ascii_case("all_proxy");
    name.as_encoded_bytes().starts_with(b"MAILHAUL_")
        || OF_THE_SERVICE.iter().any(|of_the_service| name == *of_the_service)
        || is_proxy && value.as_encoded_bytes().contains(&b'@')
}

/// With these, a command that tells its own manager that it is ready or ends would speak for us (sd_notify(3)).
const OF_THE_SERVICE: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// A command line may hold what is not for everybody's eyes.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandLine(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn some_variables_are_ours_alone() {
        let ours = |name: &str, value: &str| is_ours_alone(name.as_ref(), value.as_ref());
        assert!(ours("MAILHAUL_PASSWORD", "x") && ours("MAILHAUL_MAILDIR", "/x"));
        assert!(ours("ALL_PROXY", "socks5://ann:hunter2@gate:1080") && ours("all_proxy", "ann:hunter2@gate"));
        assert!(
            ours("NOTIFY_SOCKET", "/run/systemd/notify") && ours("WATCHDOG_USEC", "1") && ours("WATCHDOG_PID", "1")
        );
        assert!(!ours("CREDENTIALS_DIRECTORY", "/run/credentials/mailhaul.service"));
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
    }

    #[test]
    fn only_words_that_mean_themselves_do_without_a_shell() {
        let words = |line: &str| match without_shell(line) {
            Some(CommandLine::Program(words)) => Some(words),
            _ => None,
        };
        assert_eq!(words(" /usr/bin/procmail\t-t  a=b ").unwrap(), ["/usr/bin/procmail", "-t", "a=b"]);
        for line in
            ["cat >x", "x 'a b'", "x a\\ b", "x $HOME", "x ~", "x *", "x ?", "x [a]", "x # y", "x {a,b}", "A=1 x"]
        {
            assert_eq!(words(line), None, "{line}");
        }
        for line in ["", "\t", "exit 75", "a;b", "a\nb", "a&"] {
            assert_eq!(words(line), None, "{line}");
        }
    }

    /// What only a shell can run, or complain of, is left to it.
    #[test]
    fn a_command_ends_in_the_same_way_with_and_without_a_shell() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let script = |name: &str, mode: u32| {
            let path = dir.path().join(name);
            std::fs::write(&path, "echo of a script; exit 3\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        let ended = |line: &str| {
            let prepare = |command: &mut Command| {
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                Ok(())
            };
            let child = CommandLine::Shell(line.into()).spawn(prepare).unwrap();
            let output = child.wait_with_output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        assert_eq!(ended("basename /a/b"), (Some(0), "b\n".into()));
        assert_eq!(ended("basename '/a/b c'"), (Some(0), "b c\n".into()));
        assert_eq!(ended(&script("runs", 0o700)), (Some(3), "of a script\n".into()));
        assert_eq!(ended(&script("does-not-run", 0o600)), (Some(126), String::new()));
        assert_eq!(ended("no-such-program-at-all x"), (Some(127), String::new()));
        assert_eq!(ended("exit 75"), (Some(75), String::new()));
    }

    #[test]
    fn a_command_cannot_be_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "CommandLine(..)");
    }
}
