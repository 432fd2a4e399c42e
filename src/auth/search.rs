//! Where a password is looked for when nobody has said where it is: systemd's credentials, the keyring, `~/.netrc`, and a
//! question on the terminal.

use std::io::ErrorKind;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::source::from_reader;
use super::{Secret, Whose, keyring, netrc};
use crate::error::{Error, Kind, Result};

/// The first that has it.
pub(super) fn password(whose: &Whose) -> Result<Secret> {
    match look(whose)? {
        Found::There(secret, _) => Ok(secret),
        Found::Nowhere(reasons) => ask(&whose.label, &reasons),
    }
}

/// Which one has it, for people.
pub(super) fn describe(whose: &Whose) -> String {
    match look(whose) {
        Ok(Found::There(_, place)) => place,
        Ok(Found::Nowhere(reasons)) if reasons.is_empty() => "a question on the terminal".into(),
        Ok(Found::Nowhere(reasons)) => format!("a question on the terminal ({})", reasons.join("; ")),
        Err(error) => format!("none: {error}"),
    }
}

/// The folder of the service's credentials, if systemd has given one.
pub(super) fn credentials_folder() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

enum Found {
    There(Secret, String),
    /// Why a place could not be looked at.
    Nowhere(Vec<String>),
}

fn look(whose: &Whose) -> Result<Found> {
    let mut reasons = Vec::new();
    if let Some((secret, name)) = credential(whose)? {
        return Ok(Found::There(secret, format!("systemd's credential {name}")));
    }
    match keyring::look_up(keyring::PASSWORDS, &whose.label, whose.limit) {
        Ok(Some(secret)) => return Ok(Found::There(secret, "the keyring".into())),
        Ok(None) => {}
        Err(error) => reasons.push(error.to_string()),
    }
    if let Some(secret) = netrc::password(&whose.host, &whose.user)? {
        return Ok(Found::There(secret, "~/.netrc".into()));
    }
    Ok(Found::Nowhere(reasons))
}

/// A credential with the account's name, or the one called `password`.
fn credential(whose: &Whose) -> Result<Option<(Secret, String)>> {
    let Some(folder) = credentials_folder() else { return Ok(None) };
    for name in whose.account.iter().map(String::as_str).chain(["password"]) {
        match std::fs::File::open(folder.join(name)) {
            Ok(file) => {
                let secret = from_reader(file, &format!("systemd's credential {name}"))?;
                return Ok(Some((secret, name.to_owned())));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(
                    Error::new(Kind::Config, format!("cannot read systemd's credential {name}")).caused_by(error)
                );
            }
        }
    }
    Ok(None)
}

/// Asks on the terminal for the password of `label`.
pub fn ask_for_password(label: &str) -> Result<Secret> {
    ask(label, &[])
}

fn ask(label: &str, reasons: &[String]) -> Result<Secret> {
    let text = rpassword::prompt_password(format!("Password for {label}: ")).map_err(|error| {
        if error.kind() == ErrorKind::Interrupted {
            return Error::new(Kind::TryLater, "stopped");
        }
        let why: String = reasons.iter().map(|reason| format!("; {reason}")).collect();
        Error::new(Kind::Config, format!("no password for {label}, and no terminal to ask for it{why}")).hint(
            "use --password-command, --password-file or $MAILHAUL_PASSWORD: these work under cron as well, where there is no \
             keyring",
        )
    })?;
    Secret::from_text(Zeroizing::new(text.into_bytes()), "the terminal")
}
