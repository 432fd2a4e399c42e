//! The settings as flags: their arguments are made from the table, and what was typed becomes a layer.

use std::ffi::OsStr;
use std::marker::PhantomData;

use clap::builder::{PathBufValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches, ValueHint};

use crate::config::{Form, Raw, SETTINGS, Scope, Section, Setting, Settings};

/// What was typed of some settings.
#[derive(Clone, Debug)]
pub struct SettingArgs<C> {
    /// As a layer.
    pub settings: Settings,
    _takes: PhantomData<C>,
}

/// Which settings a command takes.
pub trait Takes {
    /// Is it one of them?
    fn has(setting: &Setting) -> bool;
}

/// How to reach a server and to log in.
#[derive(Clone, Debug)]
pub struct OfServer;

/// Where messages go, which of them, and what becomes of them on the server; what an account can have of it.
#[derive(Clone, Debug)]
pub struct OfAccount;

/// The same, and what is about a whole run.
#[derive(Clone, Debug)]
pub struct OfRun;

/// Which accounts are meant where none is named.
#[derive(Clone, Debug)]
pub struct OfChoice;

/// How to get into the IMAP server that gets the messages: a part of the two before.
#[derive(Clone, Debug)]
pub(super) struct OfImap;

impl Takes for OfServer {
    fn has(setting: &Setting) -> bool {
        !OfRun::has(setting) && !OfChoice::has(setting)
    }
}

impl Takes for OfAccount {
    fn has(setting: &Setting) -> bool {
        OfRun::has(setting) && setting.scope != Scope::Defaults
    }
}

impl Takes for OfRun {
    fn has(setting: &Setting) -> bool {
        setting.flag.as_ref().is_some_and(|flag| {
            matches!(flag.section, Section::Delivery | Section::Fetch | Section::Staying | Section::Imap)
        })
    }
}

impl Takes for OfChoice {
    fn has(setting: &Setting) -> bool {
        setting.flag.as_ref().is_some_and(|flag| flag.section == Section::Accounts)
    }
}

impl Takes for OfImap {
    fn has(setting: &Setting) -> bool {
        setting.flag.as_ref().is_some_and(|flag| flag.section == Section::Imap)
    }
}

/// Of every command that talks to a server.
pub type ServerArgs = SettingArgs<OfServer>;

/// Of every command that takes all accounts where none is named.
pub type ChoiceArgs = SettingArgs<OfChoice>;

/// Of `account add`, beside those.
pub type AccountSettingArgs = SettingArgs<OfAccount>;

/// Of `fetch`, beside those of a server.
pub type RunArgs = SettingArgs<OfRun>;

impl<C: Takes> Args for SettingArgs<C> {
    fn augment_args(command: Command) -> Command {
        let mut settings: Vec<&Setting> = with_flags::<C>().collect();
        settings.sort_by_key(|setting| setting.flag.as_ref().map(|flag| flag.section));
        let command = command.args(settings.iter().flat_map(|setting| arguments(setting)));
        command.groups(settings.iter().filter_map(|setting| group(setting, &settings)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<C: Takes> FromArgMatches for SettingArgs<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Settings::default();
        for setting in with_flags::<C>() {
            if let Some(raw) = typed(setting, matches) {
                let bad = |why| {
                    clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("--{} {why}\n", setting.name))
                };
                settings.set(setting.name, raw).map_err(bad)?;
            }
        }
        Ok(Self { settings, _takes: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|args| *self = args)
    }
}

/// The settings with a flag.
fn with_flags<C: Takes>() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.flag.is_some() && C::has(setting))
}

/// The argument of a setting, and the one that says its opposite.
fn arguments(setting: &'static Setting) -> Vec<Arg> {
    let Some(flag) = &setting.flag else { return Vec::new() };
    let named = |name: &'static str, help: String| {
        let argument = Arg::new(name).long(name).help(help).help_heading(flag.section.heading());
        // These have a text of their own: `mailhaul help connection` and `mailhaul help imap`.
        let has_topic = OfServer::has(setting) || OfImap::has(setting);
        argument.hide_short_help(flag.is_rare || has_topic).hide_long_help(has_topic)
    };
    let help = help(setting);
    let mut argument = named(setting.name, help.clone());
    if !setting.details.is_empty() && (OfServer::has(setting) || OfImap::has(setting)) {
        argument = argument.long_help([help.as_str(), "\n\n", setting.details].concat());
    }
    if let Some(needs) = flag.needs {
        argument = argument.requires(needs);
    }
    if let Some((name, help)) = flag.opposite {
        let opposite = named(name, help.to_owned()).action(ArgAction::SetTrue);
        return vec![opposite, argument.action(ArgAction::SetTrue)];
    }
    vec![with_value(argument, setting, flag.value_name)]
}

fn with_value(argument: Arg, setting: &'static Setting, value_name: &'static str) -> Arg {
    let action = if setting.form.is_list() { ArgAction::Append } else { ArgAction::Set };
    let argument = argument.action(action).value_name(value_name);
    match setting.form {
        Form::Switch => argument.action(ArgAction::SetTrue),
        Form::Path | Form::Paths => {
            let parser = PathBufValueParser::new().map(|path| Raw::Paths(vec![path]));
            argument.value_parser(parser).value_hint(ValueHint::AnyPath)
        }
        Form::Choice(words) => argument.value_parser(WordParser(words)).hide_possible_values(true),
        // It may hold what must not be repeated in an error, as clap would; it is checked with the whole layer.
        Form::Special(_) => argument.value_parser(StringValueParser::new().map(Raw::text)),
        _ => argument.value_parser(|text: &str| setting.read(text)),
    }
}

/// The help, with what holds without the flag.
fn help(setting: &Setting) -> String {
    match (setting.form.is_list(), setting.default) {
        (true, _) => [setting.help, " (may be repeated)"].concat(),
        (false, "") => setting.help.to_owned(),
        (false, _) if matches!(setting.form, Form::Switch) => setting.help.to_owned(),
        (false, default) => [setting.help, " [default: ", default, "]"].concat(),
    }
}

/// One of several words. They are looked up when they are asked for: most runs ask for none, and there are some hundred.
#[derive(Clone)]
struct WordParser(fn() -> Vec<(&'static str, &'static str)>);

impl WordParser {
    fn words(&self) -> Vec<PossibleValue> {
        (self.0)().into_iter().map(|(name, meaning)| PossibleValue::new(name).help(meaning)).collect()
    }
}

impl TypedValueParser for WordParser {
    type Value = Raw;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Raw, clap::Error> {
        PossibleValuesParser::new(self.words()).parse_ref(command, argument, value).map(Raw::text)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words().into_iter()))
    }
}

/// The group of the flags of which only one can be given; made of the first of them.
fn group(setting: &Setting, all: &[&'static Setting]) -> Option<ArgGroup> {
    let alternatives: Vec<&'static Setting> =
        setting.alternatives().filter(|other| all.iter().any(|one| one.name == other.name)).collect();
    alternatives.first().filter(|first| first.name == setting.name)?;
    let opposites = alternatives.iter().filter_map(|setting| setting.flag.as_ref()?.opposite).map(|(name, _)| name);
    let names = alternatives.iter().map(|setting| setting.name).chain(opposites);
    Some(ArgGroup::new(setting.group_name()?).args(names))
}

/// What was typed of a setting.
fn typed(setting: &Setting, matches: &ArgMatches) -> Option<Raw> {
    if matches!(setting.form, Form::Switch) {
        let opposite = setting.flag.as_ref().and_then(|flag| flag.opposite);
        let says_no = opposite.is_some_and(|(name, _)| matches.get_flag(name));
        return (matches.get_flag(setting.name) || says_no).then_some(Raw::Flag(!says_no));
    }
    let mut values = matches.get_many::<Raw>(setting.name)?;
    if !setting.form.is_list() {
        return values.next_back().cloned();
    }
    Some(Raw::joined(values))
}
