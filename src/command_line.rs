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
    fn a_command_cannot_be_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "CommandLine(..)");
    }
}
