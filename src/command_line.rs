//! Commands that the user has named: to print a secret, or to be the connection to a server. A core module.

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
        let own = std::env::vars_os().map(|(name, _)| name);
        own.filter(|name| name.as_encoded_bytes().starts_with(b"MAILHAUL_")).for_each(|name| {
            command.env_remove(name);
        });
        command
    }
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
    fn a_command_cannot_be_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "CommandLine(..)");
    }
}
