//! What one layer says, the flags, the environment or a table of the file; and how an upper one covers a lower one.

use std::collections::BTreeMap;

use super::destinations::OF_AN_IMAP_PROVIDER;
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
        name: &str,
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
        self.passed_over |= under.passed_over;
        for (provider, id) in [("oauth-provider", "oauth-client-id"), ("imap-oauth-provider", "imap-oauth-client-id")] {
            self.passed_over |= self.replaces(&under, provider, id) && (under.has(provider) || under.has(id));
        }
        self.cover(under, |_| true)
    }

    /// What the flags say, and for the rest the environment. Both are said for this run: what belongs to a provider or to a
    /// destination may be in either, as secrets can be in the environment only.
    pub fn over_environment(self, environment: Self) -> Self {
        let is_shared = |lower: &Setting| {
            [OF_A_PROVIDER, OF_AN_IMAP_PROVIDER].iter().any(|names| names.contains(&lower.name))
                || !lower.owners.is_empty()
        };
        self.cover(environment, |lower| !is_shared(lower))
    }

    /// `may_replace`: can a setting of the lower layer be dropped because of another one of the upper?
    fn cover(mut self, under: Self, may_replace: impl Fn(&Setting) -> bool) -> Self {
        let is_dropped = |lower: &'static Setting| {
            let is_replaced = || self.values.keys().any(|upper| self.replaces(&under, upper, lower.name));
            let is_in_group =
                || self.values.keys().any(|upper| lower.group_members().any(|other| other.name == *upper));
            is_in_group() || may_replace(lower) && (is_replaced() || self.replaces_owner_of(lower, &under))
        };
        let kept: Vec<&'static str> =
            under.iter().map(|(lower, _)| lower).filter(|lower| !is_dropped(lower)).map(|lower| lower.name).collect();
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
            || setting.group_members().any(|other| other.name == lower)
            || setting.replaces.contains(&lower) && !is_said_again()
    }

    /// Does the layer under this one say more of a destination of its own, which this layer has replaced by others? The
    /// same one said again keeps it.
    fn replaces_owner_of(&self, lower: &Setting, under: &Self) -> bool {
        let names_a_destination = self.iter().any(|(setting, _)| setting.is_destination());
        let is_kept = |owner: &&str| match (self.values.get(owner), under.values.get(owner)) {
            (Some(above), Some(below)) => above.is_same(below),
            _ => false,
        };
        let mut owners = lower.owners.iter().filter(|owner| under.has(owner)).peekable();
        names_a_destination && owners.peek().is_some() && !owners.any(is_kept)
    }
}

#[cfg(test)]
mod tests;
