//! Where passwords come from.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::read::{MAX_PASSWORD, from_reader};
use super::{Patience, Secret, search};
use crate::command_line::CommandLine;
use crate::error::{Error, Kind, Result};
use crate::private::{Links, OpenedFile};

/// Where a password is to be taken from.
#[derive(Clone, Debug)]
pub enum PasswordSource {
    /// What a command prints: one line.
    Command(CommandLine),
    /// A file of one line.
    File(PathBuf),
    /// Standard input, one line.
    StandardInput,
    /// The variable of its [`PasswordPurpose`].
    Environment,
    /// The configuration file itself.
    Given(Secret),
    /// Nobody has said: systemd's credentials, the keyring, `~/.netrc`, a question on the terminal.
    Search,
}

/// The login that a password is for.
#[derive(Clone, Debug)]
pub struct PasswordOwner {
    /// At which of the servers of the account.
    pub purpose: PasswordPurpose,
    /// The account's name in the configuration file.
    pub account: Option<String>,
    /// `USER@HOST`, with the port if it is unusual; of an IMAP server `imaps://USER@HOST`: its name in the keyring, and for
    /// people.
    pub label: String,
    /// The user name.
    pub user: String,
    /// The host.
    pub host: String,
}

/// What a password opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPurpose {
    /// The mailbox from which messages come.
    Mailbox,
    /// The IMAP server to which they go.
    ImapDestination,
}

impl PasswordPurpose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mailbox, Self::ImapDestination];

    /// The setting for this purpose: `imap-password-file` for `password-file`.
    pub fn key(self, setting: &str) -> String {
        match self {
            Self::Mailbox => setting.to_owned(),
            Self::ImapDestination => format!("imap-{setting}"),
        }
    }

    /// Is there a password for it in the environment?
    pub fn is_in_environment(self) -> bool {
        std::env::var_os(self.variable()).is_some_and(|value| !value.is_empty())
    }

    /// The variable of the environment.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::Mailbox => "MAILHAUL_PASSWORD",
            Self::ImapDestination => "MAILHAUL_IMAP_PASSWORD",
        }
    }

    /// The names of systemd's credentials for it, the best first. The second is what systemd makes of the file NAME of a
    /// folder that is the credential `password`.
    pub(super) fn credentials(self, account: Option<&str>) -> Vec<String> {
        let for_all = self.key("password");
        let own = account.map(|name| {
            let alone = match self {
                Self::Mailbox => name.to_owned(),
                Self::ImapDestination => format!("{name}.imap"),
            };
            [alone, format!("{for_all}_{name}")]
        });
        own.into_iter().flatten().chain([for_all]).collect()
    }
}

impl PasswordSource {
    /// Takes the password.
    pub fn password(&self, owner: &PasswordOwner, patience: &Patience) -> Result<Secret> {
        match self {
            Self::Command(command) => {
                let key = owner.purpose.key("password-command");
                Secret::from_text(command.output(&key, patience)?, &key)
            }
            Self::File(file) => from_file(file, &owner.purpose.key("password-file"), patience),
            // What they type is not to be shown.
            Self::StandardInput if super::somebody_is_there() => search::ask_for_password(owner),
            Self::StandardInput => in_time(patience, from_standard_input),
            Self::Environment => from_environment(owner.purpose.variable()),
            Self::Given(secret) => Ok(secret.clone()),
            Self::Search => search::password(owner, patience),
        }
    }

    /// The password, if it can be had without asking a person for it.
    pub fn found(&self, owner: &PasswordOwner, patience: &Patience) -> Result<Option<Secret>> {
        match self {
            Self::Search => search::found(owner, patience),
            _ => self.password(owner, patience).map(Some),
        }
    }

    /// Where the password would come from, for people.
    pub fn describe(&self, owner: &PasswordOwner, patience: &Patience) -> String {
        match self {
            Self::Command(_) => owner.purpose.key("password-command"),
            Self::File(file) => format!("{} {}", owner.purpose.key("password-file"), crate::escape::path(file)),
            Self::StandardInput => "standard input".into(),
            Self::Environment => format!("${}", owner.purpose.variable()),
            Self::Given(_) => "the configuration file".into(),
            Self::Search => search::describe(owner, patience),
        }
    }
}

/// On a thread of its own: standard input may stay silent, and is not ours alone to read without waiting.
fn in_time(patience: &Patience, take: impl FnOnce() -> Result<Secret> + Send + 'static) -> Result<Secret> {
    let late = || {
        let text = format!("the password did not come from standard input within {} s", patience.limit.as_secs());
        Error::new(Kind::Config, text).hint("a slow program at the other end may need a longer --timeout")
    };
    patience.wait_for(patience.limit, None, take).map_err(|impatience| impatience.error(late))?
}

/// From a file that is its owner's alone (C-287).
fn from_file(file: &Path, key: &str, patience: &Patience) -> Result<Secret> {
    let name = format!("{key} {}", crate::escape::path(file));
    let open = OpenedFile::open(file, Links::Follow)
        .map_err(|error| Error::new(Kind::Config, format!("cannot read {name}")).caused_by(error))?;
    let secrecy = open.check_secret(file).map_err(|flaw| flaw.error(&name, "", file))?;
    patience.note_secrecy(secrecy, &name);
    Secret::from_text(open.read(&name, patience.limits(MAX_PASSWORD))?, &name)
}

/// Past the buffer of the standard library, which nobody wipes.
fn from_standard_input() -> Result<Secret> {
    let failed = |error| Error::new(Kind::Config, "standard input cannot be read").caused_by(error);
    let input = std::io::stdin().as_fd().try_clone_to_owned().map_err(failed)?;
    from_reader(File::from(input), "standard input")
}

fn from_environment(variable: &str) -> Result<Secret> {
    let value = std::env::var_os(variable).unwrap_or_default();
    Secret::from_text(Zeroizing::new(value.into_vec()), &format!("${variable}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_must_be_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "secret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        let error = from_file(&path, "password-file", &Patience::for_tests()).unwrap_err();
        assert!(error.next_step().unwrap().starts_with("chmod 600"), "{error}");
        mode(0o600);
        assert_eq!(from_file(&path, "password-file", &Patience::for_tests()).unwrap().expose(), "secret");
    }
}
