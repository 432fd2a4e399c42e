//! Where passwords come from.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::Secret;
use crate::error::{Error, Kind, Result};

/// One place to take a password from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// What a shell command prints: one line.
    Command(String),
    /// A file of one line.
    File(PathBuf),
    /// Standard input, one line.
    StandardInput,
    /// `$MAILHAUL_PASSWORD`.
    Environment,
    /// A question on the terminal, without echo.
    Prompt,
}

impl PasswordSource {
    /// The first that applies: a command, a file, the environment, the terminal.
    pub fn choose(command: Option<&str>, file: Option<&PathBuf>) -> Self {
        if let Some(command) = command {
            return Self::Command(command.to_owned());
        }
        match file {
            Some(file) if file.as_os_str() == "-" => Self::StandardInput,
            Some(file) => Self::File(file.clone()),
            None if std::env::var_os(VARIABLE).is_some() => Self::Environment,
            None => Self::Prompt,
        }
    }

    /// Takes the password. `whose` is what a person is asked for.
    pub fn password(&self, whose: &str) -> Result<Secret> {
        match self {
            Self::Command(command) => from_command(command),
            Self::File(file) => from_file(file),
            Self::StandardInput => from_reader(std::io::stdin().lock(), "standard input"),
            Self::Environment => from_environment(),
            Self::Prompt => from_prompt(whose),
        }
    }
}

/// The command's own complaints go to our standard error. It does not get the password variable (C-287).
fn from_command(command: &str) -> Result<Secret> {
    let failed = |why: String| {
        Error::new(Kind::Config, format!("--password-command {why}"))
            .hint("run the command by hand to see what it does")
    };
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).env_remove(VARIABLE).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = shell.spawn().map_err(|error| failed(format!("cannot be run: {error}")))?;
    let Some(output) = child.stdout.take() else {
        return Err(Error::new(Kind::Bug, "--password-command has no output"));
    };
    let text = read(output).map_err(|error| failed(format!("cannot be read: {error}")));
    let status = child.wait().map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    // A command whose output was too long may have failed for that reason.
    let text = text?;
    match status.success() {
        true => Secret::from_text(text, "--password-command"),
        false => Err(failed(format!("failed: {status}"))),
    }
}

fn from_file(file: &PathBuf) -> Result<Secret> {
    let shown = crate::escape::path(file);
    let open = File::open(file)
        .map_err(|error| Error::new(Kind::Config, format!("cannot read --password-file {shown}")).caused_by(error))?;
    if !is_credential_of_systemd(file) {
        refuse_if_others_can_read(&open, &shown)?;
    }
    from_reader(open, &format!("--password-file {shown}"))
}

/// systemd gives a service its credentials in a folder that only the service can read, whatever their modes say.
fn is_credential_of_systemd(file: &Path) -> bool {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    folder.is_some_and(|folder| file.parent() == Some(Path::new(&folder)))
}

/// A plain file with a secret must be its owner's alone (C-287). A pipe, as `<(...)` gives it, is.
fn refuse_if_others_can_read(file: &File, shown: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let about = file.metadata().map_err(|error| {
        Error::new(Kind::Config, format!("cannot look at --password-file {shown}")).caused_by(error)
    })?;
    if about.is_file() && about.permissions().mode() & 0o077 != 0 {
        let text = format!("--password-file {shown} can be read by others");
        return Err(Error::new(Kind::Config, text).hint(format!("chmod 600 {shown}")));
    }
    Ok(())
}

fn from_reader(reader: impl Read, name: &str) -> Result<Secret> {
    let text = read(reader)
        .map_err(|error| Error::new(Kind::Config, format!("cannot read the password from {name}")).caused_by(error))?;
    Secret::from_text(text, name)
}

/// Everything, into memory that does not move as it grows, and is wiped.
fn read(reader: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD + 1));
    reader.take(MAX_PASSWORD as u64 + 1).read_to_end(&mut text)?;
    match text.len() > MAX_PASSWORD {
        true => Err(std::io::Error::new(ErrorKind::InvalidData, "it is longer than 64 KiB")),
        false => Ok(text),
    }
}

fn from_environment() -> Result<Secret> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(VARIABLE).unwrap_or_default();
    Secret::from_text(Zeroizing::new(value.into_vec()), "$MAILHAUL_PASSWORD")
}

fn from_prompt(whose: &str) -> Result<Secret> {
    let text = rpassword::prompt_password(format!("Password for {whose}: ")).map_err(|error| {
        if error.kind() == ErrorKind::Interrupted {
            return Error::new(Kind::TryLater, "stopped");
        }
        Error::new(Kind::Config, format!("no password for {whose}, and no terminal to ask for it"))
            .caused_by(error)
            .hint("use --password-command, --password-file or $MAILHAUL_PASSWORD")
    })?;
    Secret::from_text(Zeroizing::new(text.into_bytes()), "the terminal")
}

const VARIABLE: &str = "MAILHAUL_PASSWORD";

/// Octets of a password; tokens are longer than passwords.
const MAX_PASSWORD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gives_its_first_line_and_not_its_failure() {
        let password = |command: &str| PasswordSource::Command(command.into()).password("ann");
        assert_eq!(password("echo 'pa ss'").unwrap().expose(), "pa ss");
        assert!(password("echo x; exit 3").unwrap_err().to_string().contains("exit status: 3"));
        assert!(password("true").unwrap_err().to_string().contains("empty"));
        assert!(password("yes | head -c 100000").unwrap_err().to_string().contains("64 KiB"));
    }

    #[test]
    fn a_file_must_be_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "secret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        let error = PasswordSource::File(path.clone()).password("ann").unwrap_err();
        assert!(error.next_step().unwrap().starts_with("chmod 600"), "{error}");
        mode(0o600);
        assert_eq!(PasswordSource::File(path.clone()).password("ann").unwrap().expose(), "secret");
    }
}
