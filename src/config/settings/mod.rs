//! What one layer says of an account: a table of the file, the environment, or the flags.

use std::net::IpAddr;
use std::time::Duration;

use zeroize::Zeroizing;

pub(super) use self::oauth::OAuthKeys;
pub(super) use self::replaced::is_replaced;
pub(super) use self::trust::TrustKeys;
use super::{Mechanism, Raw};
use crate::auth::{CommandLine, PasswordSource, Secret};
use crate::deliver::Target;
use crate::net::{Proxy, ProxyFrom, TlsMode, Tunnel};

mod oauth;
mod replaced;
mod trust;

/// What a layer says. What it does not say is left to the layer under it.
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
    pub(super) trust: TrustKeys,
    pub(super) way: Option<WayKey>,
    pub(super) source_address: Option<IpAddr>,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) cleartext_password: Option<bool>,
    pub(super) secret: Option<SecretKey>,
    pub(super) oauth: OAuthKeys,
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

/// Where the secret of the login comes from: of one layer, one of these.
#[derive(Clone, Debug)]
pub(super) enum SecretKey {
    Password(PasswordSource),
    TokenCommand(CommandLine),
}

/// What goes to the server on our behalf: of one layer, one of these.
#[derive(Clone, Debug)]
pub(super) enum WayKey {
    /// None, if it was said that there shall be none.
    Proxy(Option<Proxy>),
    Tunnel(Tunnel),
}

impl Settings {
    /// Takes the value of a key, or says what it must be.
    pub fn set(&mut self, key: &str, raw: &Raw) -> Result<(), String> {
        match key {
            "source" => self.source = Some(raw.as_text()?.to_owned()),
            "enabled" => self.enabled = Some(raw.as_flag()?),
            "state-key" => self.state_key = Some(state_key(raw)?),
            "maildir" => self.take_target(Target::Maildir(raw.as_path()?))?,
            "mbox" => self.take_target(Target::Mbox(raw.as_path()?))?,
            "delete" => self.take_removal(if raw.as_flag()? { Removal::Delete } else { Removal::Keep })?,
            "delete-after" => self.take_removal(Removal::After(raw.as_duration()?))?,
            "max-messages" => self.max_messages = Some(raw.as_count()?),
            "max-bytes" => self.max_bytes = Some(raw.as_size()?),
            "max-size" => self.max_size = Some(raw.as_size()?),
            "tls" => self.tls = Some(raw.as_choice(TLS_MODES)?),
            "proxy" => self.take_way(WayKey::Proxy(proxy(raw)?))?,
            "tunnel-command" => self.take_way(WayKey::Tunnel(tunnel(raw.as_command()?)))?,
            "source-address" => {
                self.source_address = Some(raw.as_text()?.parse().map_err(|_| "must be an IP address")?)
            }
            "auth" => self.mechanism = Some(raw.as_choice(Mechanism::NAMES)?),
            "allow-cleartext-password" => self.cleartext_password = Some(raw.as_flag()?),
            "password-command" => self.take_password(PasswordSource::Command(raw.as_command()?))?,
            "password-file" => self.take_password(password_file(raw)?)?,
            "password" => self.take_password(PasswordSource::Given(secret(raw)?))?,
            "token-command" => self.take_secret(SecretKey::TokenCommand(raw.as_command()?))?,
            "timeout" => self.timeout = Some(raw.as_duration()?),
            "deadline" => self.deadline = Some(raw.as_duration()?),
            "jobs" => self.jobs = Some(jobs(raw)?),
            _ if self.trust.set(key, raw)? || self.oauth.set(key, raw)? => {}
            _ => return Err("is not known".into()),
        }
        Ok(())
    }

    /// What this layer says, and for the rest the layer under it.
    pub fn over(self, mut under: Self) -> Self {
        if self.secret.is_some() {
            // Who names a password does not want to log in by the provider of the layer below.
            under.oauth.provider = None;
        }
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
            trust: self.trust.over(under.trust),
            way: self.way.or(under.way),
            source_address: self.source_address.or(under.source_address),
            mechanism: self.mechanism.or(under.mechanism),
            cleartext_password: self.cleartext_password.or(under.cleartext_password),
            // The same the other way round.
            secret: self.secret.or(under.secret.filter(|_| self.oauth.provider.is_none())),
            oauth: self.oauth.over(under.oauth),
            timeout: self.timeout.or(under.timeout),
            deadline: self.deadline.or(under.deadline),
            jobs: self.jobs.or(under.jobs),
        }
    }

    /// What the flags say, and for the rest the environment. Both are said for this run: what belongs to a provider may be
    /// in either, as its secret can be in the environment only.
    pub fn over_environment(self, environment: Self) -> Self {
        let said = OAuthKeys { provider: None, passed_over: false, ..environment.oauth.clone() };
        let mut joined = self.over(environment);
        joined.oauth = OAuthKeys { passed_over: false, ..joined.oauth }.or(said);
        joined
    }

    /// Is the account fetched when no SOURCE is named?
    pub fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(true)
    }

    /// Where the password comes from, if it says so.
    pub fn password(&self) -> Option<&PasswordSource> {
        match &self.secret {
            Some(SecretKey::Password(source)) => Some(source),
            Some(SecretKey::TokenCommand(_)) | None => None,
        }
    }

    /// The account's URL.
    pub fn source(&self) -> Option<String> {
        self.source.clone()
    }

    /// How many accounts are fetched side by side.
    pub fn jobs(&self) -> usize {
        self.jobs.map_or(JOBS, |jobs| jobs as usize) // 64 at most
    }

    /// Does it hold the password of a proxy?
    pub(super) fn has_proxy_password(&self) -> bool {
        matches!(&self.way, Some(WayKey::Proxy(Some(proxy))) if proxy.has_password())
    }

    pub(super) fn take_password(&mut self, source: PasswordSource) -> Result<(), String> {
        self.take_secret(SecretKey::Password(source))
    }

    fn take_secret(&mut self, secret: SecretKey) -> Result<(), String> {
        only(&mut self.secret, secret, "password, password-command, password-file and token-command exclude each other")
    }

    fn take_way(&mut self, way: WayKey) -> Result<(), String> {
        only(&mut self.way, way, "proxy and tunnel-command exclude each other")
    }

    fn take_target(&mut self, target: Target) -> Result<(), String> {
        only(&mut self.target, target, "maildir and mbox exclude each other")
    }

    fn take_removal(&mut self, removal: Removal) -> Result<(), String> {
        only(&mut self.removal, removal, "delete and delete-after exclude each other")
    }
}

/// Sets what only one of several keys may set.
fn only<T>(place: &mut Option<T>, value: T, conflict: &str) -> Result<(), String> {
    match place.replace(value) {
        Some(_) => Err(format!("is one too many: {conflict}")),
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

/// A secret that is written out.
fn secret(raw: &Raw) -> Result<Secret, String> {
    let text = Zeroizing::new(raw.as_text()?.as_bytes().to_vec());
    Secret::from_text(text, "the key").map_err(|_| "must be the secret alone, on one line".into())
}

fn proxy(raw: &Raw) -> Result<Option<Proxy>, String> {
    Proxy::parse(raw.as_text()?, ProxyFrom::ConfigurationFile).map_err(|error| format!("is wrong: {error}"))
}

fn tunnel(command: CommandLine) -> Tunnel {
    match command {
        CommandLine::Shell(line) => Tunnel::Shell(line),
        CommandLine::Program(words) => Tunnel::Program(words),
    }
}

fn jobs(raw: &Raw) -> Result<u64, String> {
    raw.as_count().ok().filter(|jobs| *jobs <= MAX_JOBS).ok_or_else(|| format!("must be a number from 1 to {MAX_JOBS}"))
}

/// The values of `tls`.
const TLS_MODES: &[(&str, TlsMode)] =
    &[("implicit", TlsMode::Implicit), ("starttls", TlsMode::StartTls), ("none", TlsMode::None)];

const JOBS: usize = 4;

const MAX_JOBS: u64 = 64;
