//! The environment as a layer of settings, for containers: `MAILHAUL_` and the name of a key.

use super::{KEYS, Key, Raw, Settings};
use crate::auth::PasswordSource;
use crate::error::{Error, Kind, Result};

/// What the environment says of every account.
pub fn environment() -> Result<Settings> {
    let mut settings = Settings::default();
    for key in KEYS.iter().filter(|key| !NOT_FOR_ALL.contains(&key.name)) {
        if key.name == "password" {
            // It is read when it is needed, and then wiped.
            if PasswordSource::is_in_environment() {
                settings.take_password(PasswordSource::Environment).map_err(|why| bad(key, &why))?;
            }
            continue;
        }
        let Some(value) = text_of(&key.variable())? else { continue };
        let taken = match key.name {
            "ca-file" | "pin" => settings.set(key.name, &Raw::List(value.split(',').map(str::to_owned).collect())),
            _ => settings.set(key.name, &Raw::text(value)),
        };
        taken.map_err(|why| bad(key, &why))?;
    }
    Ok(settings)
}

fn bad(key: &Key, why: &str) -> Error {
    Error::new(Kind::Config, format!("${} {why}", key.variable()))
}

/// `$MAILHAUL_SOURCE`: what is meant by a fetch that names no SOURCE; several are separated by blanks.
pub fn sources_of_environment() -> Result<Vec<String>> {
    let value = text_of("MAILHAUL_SOURCE")?.unwrap_or_default();
    Ok(value.split_whitespace().map(str::to_owned).collect())
}

/// An empty variable says nothing.
fn text_of(variable: &str) -> Result<Option<String>> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
    let not_text = |_| Error::new(Kind::Config, format!("${variable} is not UTF-8"));
    value.into_string().map(Some).map_err(not_text)
}

/// What would be the same for accounts that must differ.
const NOT_FOR_ALL: &[&str] = &["source", "enabled", "state-key"];
