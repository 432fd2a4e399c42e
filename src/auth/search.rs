//! Where a password is looked for when nobody has said where it is: systemd's credentials, the keyring, `~/.netrc`, and a
//! question on the terminal.

use std::io::{ErrorKind, Write};

use zeroize::Zeroizing;

use super::netrc::Netrc;
use super::read::MAX_PASSWORD;
use super::{PasswordOwner, Patience, Secret, keyring};
use crate::error::{Cause, Error, Kind, Result};
use crate::private::{self, Links, OpenedFile};

/// The first that has it.
pub(super) fn password(owner: &PasswordOwner, patience: &Patience) -> Result<Secret> {
    match look(owner, patience)? {
        FoundPassword::There(secret, _) => Ok(secret),
        FoundPassword::Nowhere { reasons, .. } if patience.asks_nobody => Err(nobody_is_asked(owner, &reasons)),
        FoundPassword::Nowhere { reasons, has_keyring } => Ok(ask(owner, &reasons)?.typed(has_keyring)),
    }
}

/// The first that has it, but for the question.
pub(super) fn found(owner: &PasswordOwner, patience: &Patience) -> Result<Option<Secret>> {
    Ok(match look(owner, patience)? {
        FoundPassword::There(secret, _) => Some(secret),
        FoundPassword::Nowhere { .. } => None,
    })
}

/// Which one has it, for people.
pub(super) fn describe(owner: &PasswordOwner, patience: &Patience) -> String {
    match look(owner, patience) {
        Ok(FoundPassword::There(_, place)) => place,
        Ok(FoundPassword::Nowhere { reasons, .. }) => {
            // As the question itself would look for it.
            let has_terminal = std::fs::File::open("/dev/tty").is_ok();
            let what = if has_terminal { "a question on the terminal" } else { "none, and no terminal to ask for it" };
            if reasons.is_empty() { what.into() } else { format!("{what} ({})", reasons.join("; ")) }
        }
        Err(error) => format!("none: {error}"),
    }
}

enum FoundPassword {
    There(Secret, String),
    Nowhere {
        /// Why a place could not be looked at.
        reasons: Vec<String>,
        /// There is a keyring to put it into.
        has_keyring: bool,
    },
}

fn look(owner: &PasswordOwner, patience: &Patience) -> Result<FoundPassword> {
    let (mut reasons, mut has_keyring) = (Vec::new(), false);
    if let Some((secret, name)) = credential(owner, patience)? {
        return Ok(FoundPassword::There(secret, format!("systemd's credential {name}")));
    }
    match keyring::look_up(keyring::PASSWORDS, &owner.label, patience) {
        Ok(Some(secret)) => return Ok(FoundPassword::There(secret.of_keyring(), "the keyring".into())),
        Ok(None) => has_keyring = true,
        Err(error) if matches!(error.cause(), Cause::Stopped | Cause::Deadline) => return Err(error),
        Err(error) => reasons.push(error.to_string()),
    }
    match Netrc::read(patience) {
        Ok(Some(netrc)) => {
            if let Some(secret) = netrc.password(&owner.host, &owner.user, patience)? {
                return Ok(FoundPassword::There(secret, "~/.netrc".into()));
            }
        }
        Ok(None) => {}
        Err(error) if matches!(error.cause(), Cause::Stopped | Cause::Deadline) => return Err(error),
        Err(error) => reasons.push(error.to_string()),
    }
    Ok(FoundPassword::Nowhere { reasons, has_keyring })
}

/// A credential with the account's name, or the one for all accounts.
fn credential(owner: &PasswordOwner, patience: &Patience) -> Result<Option<(Secret, String)>> {
    let Some(folder) = private::credentials_folder() else { return Ok(None) };
    for name in owner.purpose.credentials(owner.account.as_deref()) {
        let shown = format!("systemd's credential {name}");
        let failed = |error| Error::new(Kind::Config, format!("cannot read {shown}")).caused_by(error);
        let file = OpenedFile::open(&folder.join(&name), Links::Follow);
        if let Some(file) = private::absence_as_none(file).map_err(failed)? {
            let text = file.read(&shown, patience.limits(MAX_PASSWORD))?;
            return Ok(Some((Secret::from_text(text, &shown)?, name)));
        }
    }
    Ok(None)
}

/// Asks on the terminal for the password.
pub fn ask_for_password(owner: &PasswordOwner) -> Result<Secret> {
    ask(owner, &[])
}

/// Several accounts at a time would ask side by side, and nobody may be there any more.
fn nobody_is_asked(owner: &PasswordOwner, reasons: &[String]) -> Error {
    let why: String = reasons.iter().map(|reason| format!("; {reason}")).collect();
    let text = format!("no password, and a process that stays asks for one only when it starts{why}");
    Error::new(Kind::Config, text).at(&owner.label).hint(format!(
        "start it again on a terminal, or use {}, {} or the keyring (`mailhaul login`)",
        owner.purpose.key("password-command"),
        owner.purpose.key("password-file")
    ))
}

fn ask(owner: &PasswordOwner, reasons: &[String]) -> Result<Secret> {
    let label = &owner.label;
    let text = rpassword::prompt_password(format!("Password for {label}: ")).map_err(|error| {
        if error.kind() == ErrorKind::Interrupted {
            return Error::stopped();
        }
        let why: String = reasons.iter().map(|reason| format!("; {reason}")).collect();
        let text = match error.kind() {
            ErrorKind::UnexpectedEof => {
                end_line();
                format!("no password was given{why}")
            }
            _ => format!("no password, and no terminal to ask for it{why}"),
        };
        let [command, file] = ["password-command", "password-file"].map(|key| owner.purpose.key(key));
        Error::new(Kind::Config, text).at(label).hint(format!(
            "use --{command}, --{file} or ${}: these work under cron as well, where there is no keyring",
            owner.purpose.variable()
        ))
    })?;
    Secret::from_text(Zeroizing::new(text.into_bytes()), "the terminal")
}

/// Ctrl-D leaves the cursor behind the question.
fn end_line() {
    let terminal = std::fs::OpenOptions::new().write(true).open("/dev/tty");
    terminal.and_then(|mut terminal| terminal.write_all(b"\n")).ok(); // it is for looks only
}
