//! What one layer says, the flags, the environment or a table of the file; and how an upper one covers a lower one.

use std::collections::BTreeMap;

use super::table::OF_A_PROVIDER;
use super::{Raw, SETTINGS, Setting};
use crate::error::{Error, Kind, Result};

/// What a layer says: values by the names of settings. All of them have been checked.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, Raw>,
    /// Something of a lower layer was not taken, as it belongs to another provider.
    passed_over: bool,
}

impl Settings {
    /// Takes the value of a setting, or says what it must be.
    pub fn set(&mut self, name: &str, raw: Raw) -> Result<(), String> {
        let setting = Setting::find(name).ok_or("is not known")?;
        setting.check(&raw)?;
        let conflict = setting.alternatives().find(|other| other.name != name && self.has(other.name));
        if let Some(other) = conflict {
            return Err(format!("conflicts with {}: only one of them can be given", other.name));
        }
        self.values.insert(setting.name, raw);
        Ok(())
    }

    /// Does the layer say this?
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a setting, if the layer has it, by `parse`.
    pub(in crate::config) fn get<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&Raw) -> Result<T, String>,
    ) -> Result<Option<T>> {
        let value = self.values.get(name).map(parse).transpose();
        value.map_err(|why| Error::new(Kind::Config, format!("{name} {why}")))
    }

    /// The value as it was written, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_text().ok()
    }

    /// A flag, if the layer has it.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_flag().ok()
    }

    /// All that it says, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, &Raw)> {
        SETTINGS.iter().filter_map(|setting| Some((setting, self.values.get(setting.name)?)))
    }

    /// Was something of a lower layer not taken, as it belongs to another provider?
    pub(in crate::config) fn has_passed_over(&self) -> bool {
        self.passed_over
    }

    /// Also what another part of the same layer says; both have different settings.
    pub fn and(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        self
    }

    /// What this layer says, and for the rest the layer under it.
    pub fn over(mut self, under: Self) -> Self {
        let changes_provider = self.replaces(&under, "oauth-provider", "oauth-client-id");
        self.passed_over |= under.passed_over;
        self.passed_over |= changes_provider && (under.has("oauth-provider") || under.has("oauth-client-id"));
        self.cover(under, |_| true)
    }

    /// What the flags say, and for the rest the environment. Both are said for this run: what belongs to a provider may be
    /// in either, as its secret can be in the environment only.
    pub fn over_environment(self, environment: Self) -> Self {
        self.cover(environment, |lower| !OF_A_PROVIDER.contains(&lower))
    }

    /// `may_replace`: can a setting of the lower layer be dropped because of another one of the upper?
    fn cover(mut self, under: Self, may_replace: impl Fn(&str) -> bool) -> Self {
        let is_dropped =
            |lower: &str| may_replace(lower) && self.values.keys().any(|upper| self.replaces(&under, upper, lower));
        let kept: Vec<&'static str> = under.values.keys().copied().filter(|lower| !is_dropped(lower)).collect();
        let mut lower = under.values;
        for name in kept {
            if let (Some(raw), false) = (lower.remove(name), self.has(name)) {
                self.values.insert(name, raw);
            }
        }
        self
    }

    /// Does this layer, which says `upper`, not take `lower` from the layer under it?
    fn replaces(&self, under: &Self, upper: &str, lower: &str) -> bool {
        let (Some(setting), Some(raw)) = (Setting::find(upper), self.values.get(upper)) else { return false };
        let is_said_again = || under.values.get(upper).is_some_and(|below| raw.is_same(below));
        upper == lower
            || setting.alternatives().any(|other| other.name == lower)
            || setting.replaces.contains(&lower) && !is_said_again()
    }
}

#[cfg(test)]
mod tests;
