//! The environment as a layer of settings, for containers: `MAILHAUL_` and the name of a setting.

use super::{Raw, SETTINGS, Setting, Settings};
use crate::auth::PasswordPurpose;
use crate::error::{Error, Kind, Result};

/// What the environment says of every account.
pub fn environment() -> Result<Settings> {
    let mut settings = Settings::default();
    for setting in SETTINGS.iter().filter(|setting| setting.is_for_environment()) {
        let bad = |why: String| bad_variable(&setting.variable(), &why);
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

/// A variable of a flag that is no setting, such as `MAILHAUL_QUIET`, which is true or false.
pub fn switch_of_environment(variable: &str) -> Result<Option<bool>> {
    let Some(value) = text_of(variable)? else { return Ok(None) };
    Raw::text(value).as_flag().map(Some).map_err(|why| bad_variable(variable, &why))
}

/// The same of one that is one of several words.
pub fn word_of_environment<T: Copy>(variable: &str, words: &[(&str, T)]) -> Result<Option<T>> {
    let Some(value) = text_of(variable)? else { return Ok(None) };
    if let Some((_, meaning)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&value)) {
        return Ok(Some(*meaning));
    }
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(bad_variable(variable, &format!("must be one of {}", names.join(", "))))
}

fn bad_variable(variable: &str, why: &str) -> Error {
    Error::new(Kind::Config, format!("${variable} {why}"))
}

/// An empty variable says nothing.
fn text_of(variable: &str) -> Result<Option<String>> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
    let not_text = |_| Error::new(Kind::Config, format!("${variable} is not UTF-8"));
    value.into_string().map(Some).map_err(not_text)
}
