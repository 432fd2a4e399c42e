use std::path::PathBuf;
use std::time::Duration;

use super::{Mechanism, Raw};
use crate::auth::{PasswordSource, Secret};
use crate::deliver::Target;
use crate::net::TlsMode;

/// What one layer says of an account: a table of the file, the environment, or the flags. What it does not say is left to
/// the layer under it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) source: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) state_key: Option<String>,
    pub(super) target: Option<Target>,
    pub(super) removal: Option<Removal>,
    pub(super) max_messages: Option<u64>,
    pub(super) max_bytes: Option<u64>,
    pub(super) max_size: Option<u64>,
    pub(super) tls: Option<TlsMode>,
    pub(super) ca_files: Option<Vec<PathBuf>>,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) cleartext_password: Option<bool>,
    pub(super) password: Option<PasswordSource>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) jobs: Option<u64>,
}

/// What becomes of a message on the server once it is safe here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removal {
    /// It stays.
    #[default]
    Keep,
    /// It is deleted.
    Delete,
    /// It is deleted when it has been safe here for so long.
    After(Duration),
}

impl Settings {
    /// Takes the value of a key, or says what it must be.
    pub fn set(&mut self, key: &str, raw: &Raw) -> Result<(), String> {
        match key {
            "source" => self.source = Some(raw.as_text()?.to_owned()),
            "enabled" => self.enabled = Some(raw.as_flag()?),
            "state-key" => self.state_key = Some(state_key(raw)?),
            "maildir" => {
                only(&mut self.target, Target::Maildir(raw.as_path()?), "maildir and mbox exclude each other")?
            }
            "mbox" => only(&mut self.target, Target::Mbox(raw.as_path()?), "maildir and mbox exclude each other")?,
            "delete" => {
                let removal = if raw.as_flag()? { Removal::Delete } else { Removal::Keep };
                only(&mut self.removal, removal, "delete and delete-after exclude each other")?;
            }
            "delete-after" => {
                let after = Removal::After(raw.as_duration()?);
                only(&mut self.removal, after, "delete and delete-after exclude each other")?;
            }
            "max-messages" => self.max_messages = Some(raw.as_count()?),
            "max-bytes" => self.max_bytes = Some(raw.as_size()?),
            "max-size" => self.max_size = Some(raw.as_size()?),
            "tls" => self.tls = Some(raw.as_choice(TLS_MODES)?),
            "ca-file" => self.ca_files = Some(raw.as_paths()?),
            "auth" => self.mechanism = Some(raw.as_choice(Mechanism::NAMES)?),
            "allow-cleartext-password" => self.cleartext_password = Some(raw.as_flag()?),
            "password-command" => self.take_password(PasswordSource::Command(raw.as_command()?))?,
            "password-file" => self.take_password(password_file(raw)?)?,
            "password" => self.take_password(password(raw)?)?,
            "timeout" => self.timeout = Some(raw.as_duration()?),
            "deadline" => self.deadline = Some(raw.as_duration()?),
            "jobs" => self.jobs = Some(jobs(raw)?),
            _ => return Err("is not known".into()),
        }
        Ok(())
    }

    /// Takes the one place of a layer to get the password from.
    pub(super) fn take_password(&mut self, source: PasswordSource) -> Result<(), String> {
        only(&mut self.password, source, ONE_PASSWORD)
    }

    /// What this layer says, and for the rest the layer under it.
    pub fn over(self, under: Self) -> Self {
        Self {
            source: self.source.or(under.source),
            enabled: self.enabled.or(under.enabled),
            state_key: self.state_key.or(under.state_key),
            target: self.target.or(under.target),
            removal: self.removal.or(under.removal),
            max_messages: self.max_messages.or(under.max_messages),
            max_bytes: self.max_bytes.or(under.max_bytes),
            max_size: self.max_size.or(under.max_size),
            tls: self.tls.or(under.tls),
            ca_files: self.ca_files.or(under.ca_files),
            mechanism: self.mechanism.or(under.mechanism),
            cleartext_password: self.cleartext_password.or(under.cleartext_password),
            password: self.password.or(under.password),
            timeout: self.timeout.or(under.timeout),
            deadline: self.deadline.or(under.deadline),
            jobs: self.jobs.or(under.jobs),
        }
    }

    /// Is the account fetched when no SOURCE is named?
    pub fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(true)
    }

    /// The account's URL.
    pub fn source(&self) -> Option<String> {
        self.source.clone()
    }

    /// How many accounts are fetched side by side.
    pub fn jobs(&self) -> usize {
        self.jobs.map_or(JOBS, |jobs| jobs as usize) // 64 at most
    }
}

/// Sets what only one of several keys may set.
fn only<T>(place: &mut Option<T>, value: T, conflict: &str) -> Result<(), String> {
    match place.replace(value) {
        Some(_) => Err(conflict.into()),
        None => Ok(()),
    }
}

fn state_key(raw: &Raw) -> Result<String, String> {
    let key = raw.as_text()?;
    match key.chars().any(char::is_control) {
        true => Err("must not have control characters".into()),
        false => Ok(key.to_owned()),
    }
}

fn password_file(raw: &Raw) -> Result<PasswordSource, String> {
    let path = raw.as_path()?;
    match path.as_os_str() == "-" {
        true => Ok(PasswordSource::StandardInput),
        false => Ok(PasswordSource::File(path)),
    }
}

fn password(raw: &Raw) -> Result<PasswordSource, String> {
    let text = zeroize::Zeroizing::new(raw.as_text()?.as_bytes().to_vec());
    Secret::from_text(text, "the key")
        .map(PasswordSource::Given)
        .map_err(|_| "must be the password alone, on one line".into())
}

fn jobs(raw: &Raw) -> Result<u64, String> {
    raw.as_count().ok().filter(|jobs| *jobs <= MAX_JOBS).ok_or_else(|| format!("must be a number from 1 to {MAX_JOBS}"))
}

/// The values of `tls`.
const TLS_MODES: &[(&str, TlsMode)] =
    &[("implicit", TlsMode::Implicit), ("starttls", TlsMode::StartTls), ("none", TlsMode::None)];

const ONE_PASSWORD: &str = "password, password-command and password-file exclude each other";

const JOBS: usize = 4;

const MAX_JOBS: u64 = 64;
