//! An account in the making: settings, and what is said of each option.

use super::{OptionFate, Remark};
use crate::config::{Raw, Settings};

/// What is known of an account so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) settings: Settings,
    pub(super) remarks: Vec<Remark>,
}

impl Draft {
    /// The option is this setting here.
    pub(super) fn keep(&mut self, line: usize, option: &str, key: &'static str, raw: Raw) {
        self.set(line, option, OptionFate::Kept, key, raw, "");
    }

    /// The option becomes this setting, which is not the same, because of `why`.
    pub(super) fn change(&mut self, line: usize, option: &str, key: &'static str, raw: Raw, why: &str) {
        self.set(line, option, OptionFate::Changed, key, raw, why);
    }

    /// Something is otherwise here, without a setting.
    pub(super) fn differ(&mut self, line: usize, option: &str, how: &str) {
        self.remark(line, option, OptionFate::Changed, how);
    }

    /// The option says what is so here anyway, or has nothing to say.
    pub(super) fn pass(&mut self, line: usize, option: &str, why: &str) {
        self.remark(line, option, OptionFate::Needless, why);
    }

    /// It means the same, by a setting that is made of several options.
    pub(super) fn note(&mut self, line: usize, option: &str, key: &str) {
        self.remark(line, option, OptionFate::Kept, key);
    }

    /// Nothing here does this.
    pub(super) fn refuse(&mut self, line: usize, option: &str, why: &str) {
        self.remark(line, option, OptionFate::Impossible, why);
    }

    fn set(&mut self, line: usize, option: &str, fate: OptionFate, key: &'static str, raw: Raw, why: &str) {
        let shown = raw.in_file();
        match self.settings.set(key, raw) {
            Ok(()) if why.is_empty() => self.remark(line, option, fate, &format!("{key} = {shown}")),
            Ok(()) => self.remark(line, option, fate, &format!("{key} = {shown}: {why}")),
            Err(wrong) => self.refuse(line, option, &format!("{key} {wrong}")),
        }
    }

    fn remark(&mut self, line: usize, option: &str, fate: OptionFate, text: &str) {
        self.remarks.push(Remark { line, option: option.to_owned(), fate, text: text.to_owned() });
    }
}
