//! The environment as a layer of settings, for containers: `MAILHAUL_` and the name of a setting.

use super::{Raw, SETTINGS, Setting, Settings};
use crate::auth::PasswordSource;
use crate::error::{Error, Kind, Result};

/// What the environment says of every account.
pub fn environment() -> Result<Settings> {
    let mut settings = Settings::default();
    for setting in SETTINGS.iter().filter(|setting| setting.is_for_defaults()) {
        let bad = |why: String| Error::new(Kind::Config, format!("${} {why}", setting.variable()));
        if let Some(raw) = value_of(setting)? {
            settings.set(setting.name, raw).map_err(bad)?;
        }
    }
    Ok(settings)
}

fn value_of(setting: &Setting) -> Result<Option<Raw>> {
    if setting.name == PASSWORD {
        // It is read when it is needed, and then wiped.
        return Ok(PasswordSource::is_in_environment().then_some(Raw::InEnvironment));
    }
    let Some(value) = text_of(&setting.variable())? else { return Ok(None) };
    Ok(Some(if setting.form.is_list() {
        Raw::List(value.split(',').map(str::to_owned).collect())
    } else {
        Raw::text(value)
    }))
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

const PASSWORD: &str = "password";
