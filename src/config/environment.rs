//! The environment as a layer of settings, for containers: `MAILHAUL_` and the name of a setting.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{Raw, SETTINGS, Setting, Settings, nearest};
use crate::auth::PasswordPurpose;
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
    if let Some(purpose) = PasswordPurpose::ALL.into_iter().find(|purpose| setting.name == purpose.key("password")) {
        // It is read when it is needed, and then wiped.
        return Ok(purpose.is_in_environment().then_some(Raw::InEnvironment));
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

/// A variable that looks like one of ours and says nothing to us.
pub struct UnknownVariable {
    /// Its name, escaped. Its value may be a secret.
    pub name: String,
    /// What may have been meant, or what is to be done.
    pub hint: String,
}

/// The variables of this process that begin as ours do, and that nothing reads, in the order of their names.
pub fn unknown_variables() -> Vec<UnknownVariable> {
    let known: Vec<String> =
        SETTINGS.iter().filter(|setting| setting.is_for_defaults()).map(Setting::variable).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).chain(OTHERS.iter().copied()).collect();
    let is_unknown =
        |name: &OsStr| name.as_bytes().starts_with(b"MAILHAUL_") && !known.iter().any(|known| name == *known);
    let mut names: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_unknown(name)).collect();
    names.sort();
    let unknown = |name: &std::ffi::OsString| {
        let name = crate::escape::text(name.as_bytes());
        let hint = hint_for(&name, &known);
        UnknownVariable { name, hint }
    };
    names.iter().map(unknown).collect()
}

fn hint_for(name: &str, known: &[&str]) -> String {
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == name) {
        return format!("{} can only be set in [account.NAME] of the configuration file", setting.name);
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("is it {near}?"),
        None => {
            "unset it if it is not needed; `mailhaul help config` lists the keys, each of which has a variable".into()
        }
    }
}

/// An empty variable says nothing.
fn text_of(variable: &str) -> Result<Option<String>> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
    let not_text = |_| Error::new(Kind::Config, format!("${variable} is not UTF-8"));
    value.into_string().map(Some).map_err(not_text)
}

/// Those that are not made of the name of a setting of all accounts.
const OTHERS: &[&str] = &["MAILHAUL_SOURCE", "MAILHAUL_CONFIG", "MAILHAUL_STATE_DIR"];
