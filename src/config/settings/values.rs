//! What the values of single settings mean, beyond their form.

use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Raw;
use crate::auth::{PasswordSource, Secret};
use crate::config::Shard;
use crate::net::{Pin, Proxy, ProxyFrom};
use crate::proto::limits;

/// It is the name of a mailbox, and is shown.
pub(in crate::config) fn state_key(raw: &Raw) -> Result<String, String> {
    let key = raw.as_text()?;
    if key.chars().any(char::is_control) {
        return Err("must not have control characters".into());
    }
    Ok(key.to_owned())
}

/// A Maildir or an mbox, and nothing else that other programs take in its place.
pub(in crate::config) fn destination(raw: &Raw) -> Result<(), String> {
    match raw.as_path()?.as_os_str().as_bytes() {
        b"-" => Err("cannot be standard output: to write an mbox there, use mailhaul dump SOURCE".into()),
        [b'|', ..] => Err("cannot be a command: use pipe, which hands each message to a command".into()),
        _ => Ok(()),
    }
}

/// `-` is standard input.
pub(in crate::config) fn password_file(raw: &Raw) -> Result<PasswordSource, String> {
    let path = raw.as_path()?;
    Ok(if path.as_os_str() == "-" { PasswordSource::StandardInput } else { PasswordSource::File(path) })
}

/// Standard input is for the password of the account.
pub(in crate::config) fn imap_password_file(raw: &Raw) -> Result<PasswordSource, String> {
    match password_file(raw)? {
        PasswordSource::StandardInput => Err("cannot be standard input".into()),
        source => Ok(source),
    }
}

/// A password that is written out, or that the environment has.
pub(in crate::config) fn password(raw: &Raw) -> Result<PasswordSource, String> {
    match raw {
        Raw::InEnvironment => Ok(PasswordSource::Environment),
        _ => secret(raw).map(PasswordSource::Given),
    }
}

/// A secret that is written out.
pub(in crate::config) fn secret(raw: &Raw) -> Result<Secret, String> {
    let text = Zeroizing::new(raw.as_text()?.as_bytes().to_vec());
    Secret::from_text(text, "the key").map_err(|_| "must be the secret alone, on one line".into())
}

/// Messages of a listing, up to what fits into memory.
pub(in crate::config) fn max_listed(raw: &Raw) -> Result<usize, String> {
    let most = || format!("can be {} at most", limits::MOST_LISTED);
    usize::try_from(raw.as_count()?).ok().filter(|count| *count <= limits::MOST_LISTED).ok_or_else(most)
}

/// None: it was said that a fetch is to end.
pub(in crate::config) fn every(raw: &Raw) -> Result<Option<Duration>, String> {
    match raw {
        Raw::Text(text) if text.eq_ignore_ascii_case("none") => Ok(None),
        _ => raw.as_duration().map(Some).map_err(|why| format!("{why}, such as 5m; or none")),
    }
}

/// None: it was said that there is to be no proxy.
pub(in crate::config) fn proxy(raw: &Raw) -> Result<Option<Proxy>, String> {
    Proxy::parse(raw.as_text()?, ProxyFrom::ConfigurationFile).map_err(|error| {
        let why = error.to_string();
        why.strip_prefix("the proxy ").unwrap_or(&why).to_owned()
    })
}

pub(in crate::config) fn address(raw: &Raw) -> Result<IpAddr, String> {
    raw.as_text()?.parse().map_err(|_| "must be an IP address".into())
}

pub(in crate::config) fn pins(raw: &Raw) -> Result<Vec<Pin>, String> {
    let pin = |text: &String| {
        text.parse().map_err(|why| format!("{} cannot be used: {why}", crate::escape::text(text.as_bytes())))
    };
    raw.as_list()?.iter().map(pin).collect()
}

/// It becomes a part of URLs.
pub(in crate::config) fn tenant(raw: &Raw) -> Result<String, String> {
    let tenant = raw.as_text()?;
    if !tenant.bytes().all(|octet| octet.is_ascii_alphanumeric() || b".-_".contains(&octet)) {
        return Err("must be a tenant's id or domain".into());
    }
    Ok(tenant.to_owned())
}

/// Tokens go over TLS, or stay on this machine.
pub(in crate::config) fn token_url(raw: &Raw) -> Result<String, String> {
    let url = raw.as_text()?;
    if !crate::net::is_safe_for_secrets(url) {
        return Err("must be an https:// address, or an http:// one of this machine".into());
    }
    Ok(url.to_owned())
}

/// How many accounts are fetched side by side: up to 512.
pub(in crate::config) fn jobs(raw: &Raw) -> Result<u64, String> {
    raw.as_count().ok().filter(|jobs| *jobs <= MAX_JOBS).ok_or_else(|| format!("must be a number from 1 to {MAX_JOBS}"))
}

/// Which accounts are chosen where none is named.
pub(in crate::config) fn shard(raw: &Raw) -> Result<Shard, String> {
    Shard::parse(raw.as_text()?)
}

const MAX_JOBS: u64 = 512;
