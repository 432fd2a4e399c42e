//! What a row of the table can say. Whoever adds a setting needs only the functions of [`Setting`].

use super::{Raw, SETTINGS};

/// A setting: a key of the configuration file, usually also a flag and a variable of the environment.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As it is typed.
    pub name: &'static str,
    /// What a value looks like.
    pub form: Form,
    /// Where in the file it may stand.
    pub scope: Scope,
    /// How it is given on the command line, if it can be.
    pub flag: Option<Flag>,
    /// What holds without it, for people; empty if nothing does.
    pub default: &'static str,
    /// A value, in TOML.
    pub example: &'static str,
    /// What it does: begins with a verb, without a full stop.
    pub help: &'static str,
    /// More sentences about it; may be empty.
    pub details: &'static str,
    /// A setting of a group replaces those of lower layers; of most groups a layer can have only one.
    pub(super) group: Option<Group>,
    /// The destinations to which it says something more: it goes with them, when an upper layer replaces them.
    pub(in crate::config) owners: &'static [&'static str],
    /// Names of settings that a layer which sets this one does not take from lower layers, unless those set it to the
    /// same value.
    pub(super) replaces: &'static [&'static str],
    /// A check beyond that of the form.
    check: Option<Check>,
    /// Must others not be able to read it?
    pub is_secret: bool,
}

/// # Errors
///
/// What the value must be.
type Check = fn(&Raw) -> Result<(), String>;

/// A setting on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Under which heading of the help it stands.
    pub section: Section,
    /// What its value is called.
    pub value_name: &'static str,
    /// Is it left out of the short help?
    pub is_rare: bool,
    /// The flag that says the opposite, and its help.
    pub opposite: Option<(&'static str, &'static str)>,
    /// A setting that must be given with it.
    pub needs: Option<&'static str>,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// true or false.
    Switch,
    /// A string.
    Text,
    /// A string, or an array of strings.
    Texts,
    /// A whole number from 1.
    Count,
    /// Octets.
    Size,
    /// A duration.
    Duration,
    /// A path.
    Path,
    /// A path, or an array of paths.
    Paths,
    /// A URL.
    Url,
    /// A string for the shell, or an array: a program and its arguments.
    Command,
    /// One of several words: names, and what they mean.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// What only one setting has, in words.
    Special(&'static str),
}

/// Where in the configuration file a setting may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In `[account.NAME]` only: it would be the same for accounts that must differ.
    Account,
    /// In `[defaults]` only: it is about a whole run.
    Defaults,
    /// In both; an account's own value counts.
    Both,
}

/// The headings of the help, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Which accounts, where none is named.
    Accounts,
    /// Where messages go.
    Delivery,
    /// Which messages, and what becomes of them on the server.
    Fetch,
    /// Staying, and what is told of trouble.
    Staying,
    /// The login at an IMAP server that gets the messages.
    Imap,
    /// TLS mode, mechanism, password, times.
    Login,
    /// Certificates.
    Trust,
    /// Between here and the server.
    Route,
    /// Tokens.
    OAuth2,
    /// The ledger.
    State,
}

/// Settings that replace each other across layers. Of all but destinations a layer can have only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Destination,
    ImapSecret,
    Removal,
    Secret,
    Route,
}

impl Setting {
    pub(super) const fn new(name: &'static str, form: Form, help: &'static str) -> Self {
        Self {
            name,
            form,
            scope: Scope::Both,
            flag: None,
            default: "",
            example: "",
            help,
            details: "",
            group: None,
            owners: &[],
            replaces: &[],
            check: None,
            is_secret: false,
        }
    }

    /// A flag of the same name. `value_name` is empty for a flag without a value.
    pub(super) const fn flag(mut self, section: Section, value_name: &'static str) -> Self {
        self.flag = Some(Flag { section, value_name, is_rare: false, opposite: None, needs: None });
        self
    }

    /// A flag that the short help leaves out.
    pub(super) const fn rare_flag(mut self, section: Section, value_name: &'static str) -> Self {
        self.flag = Some(Flag { section, value_name, is_rare: true, opposite: None, needs: None });
        self
    }

    pub(super) const fn opposite(mut self, name: &'static str, help: &'static str) -> Self {
        if let Some(flag) = &mut self.flag {
            flag.opposite = Some((name, help));
        }
        self
    }

    pub(super) const fn needs(mut self, name: &'static str) -> Self {
        if let Some(flag) = &mut self.flag {
            flag.needs = Some(name);
        }
        self
    }

    pub(super) const fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    pub(super) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    pub(super) const fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }

    pub(super) const fn group(self, group: Group) -> Self {
        Self { group: Some(group), ..self }
    }

    pub(super) const fn belongs_to(self, owners: &'static [&'static str]) -> Self {
        Self { owners, ..self }
    }

    pub(super) const fn replaces(self, replaces: &'static [&'static str]) -> Self {
        Self { replaces, ..self }
    }

    pub(super) const fn check_with(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// The setting of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The name that is most like a wrong one, if any is.
    pub fn nearest(name: &str) -> Option<&'static str> {
        crate::config::nearest(name, SETTINGS.iter().map(|setting| setting.name))
    }

    /// The environment variable of the setting: `MAILHAUL_CA_FILE` for `ca-file`.
    pub fn variable(&self) -> String {
        format!("MAILHAUL_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    /// May it stand in `[account.NAME]`?
    pub fn is_for_accounts(&self) -> bool {
        self.scope != Scope::Defaults
    }

    /// May it stand in `[defaults]`?
    pub fn is_for_defaults(&self) -> bool {
        self.scope != Scope::Account
    }

    /// Has it a variable? What a flag says of the sources of a run can be said of them by the environment, too.
    pub fn is_for_environment(&self) -> bool {
        self.is_for_defaults() || self.flag.is_some()
    }

    /// The settings of its group, this one included; none, if it has no group.
    pub(super) fn group_members(&self) -> impl Iterator<Item = &'static Self> + use<'_> {
        SETTINGS.iter().filter(|other| other.group.is_some() && other.group == self.group)
    }

    /// The settings of which only one can be given in a layer, this one included; none, if it has no such group.
    pub fn alternatives(&self) -> impl Iterator<Item = &'static Self> + use<'_> {
        self.group_members().filter(|other| !other.is_destination())
    }

    /// Does it say where messages go?
    pub fn is_destination(&self) -> bool {
        self.group == Some(Group::Destination)
    }

    /// The name of the group of which only one can be given in a layer.
    pub fn group_name(&self) -> Option<&'static str> {
        Some(match self.group? {
            Group::Destination => "destination",
            Group::ImapSecret => "imap-secret",
            Group::Removal => "removal",
            Group::Secret => "secret",
            Group::Route => "route",
        })
    }

    /// What somebody wrote for it, where everything is text: in a flag or a variable.
    ///
    /// # Errors
    ///
    /// What it must be.
    pub fn read(&self, text: &str) -> Result<Raw, String> {
        let raw = match self.form {
            Form::Count => Raw::Number(Raw::text(text).as_count()?),
            _ => Raw::text(text),
        };
        self.check(&raw).map(|()| raw)
    }

    /// # Errors
    ///
    /// What the value must be.
    pub fn check(&self, raw: &Raw) -> Result<(), String> {
        if matches!(raw, Raw::InEnvironment) {
            return Ok(()); // looked at when it is read
        }
        match self.form {
            Form::Switch => raw.as_flag().map(drop),
            Form::Text | Form::Url => raw.as_text().map(drop),
            Form::Texts => raw.as_list().map(drop),
            Form::Count => raw.as_count().map(drop),
            Form::Size => raw.as_size().map(drop).map_err(|why| self.with_example(why)),
            Form::Duration => raw.as_duration().map(drop).map_err(|why| self.with_example(why)),
            Form::Path => raw.as_path().map(drop),
            Form::Paths => raw.as_paths().map(drop),
            Form::Command => raw.as_command().map(drop),
            Form::Choice(words) => raw.as_word(words().into_iter().map(|(name, _)| name)).map(drop),
            Form::Special(_) => Ok(()),
        }?;
        self.check.map_or(Ok(()), |check| check(raw))
    }

    /// What a value must be, such as one that suits this setting.
    fn with_example(&self, why: String) -> String {
        if why.starts_with("must") { format!("{why}, such as {}", self.example.trim_matches('"')) } else { why }
    }
}

impl Form {
    /// For people.
    pub fn shown(self) -> String {
        let words = match self {
            Self::Switch => "true or false",
            Self::Text => "a string",
            Self::Texts => "a string, or several",
            Self::Count => "a number",
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Path => "a path",
            Self::Paths => "a path, or several",
            Self::Url => "a URL",
            Self::Command => "a string for the shell, or an array of a program and its arguments",
            Self::Choice(words) => {
                let names: Vec<&str> = words().into_iter().map(|(name, _)| name).collect();
                return names.join(", ");
            }
            Self::Special(words) => words,
        };
        words.to_owned()
    }

    /// May a flag of it be repeated?
    pub fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Paths)
    }

    /// Does a shell expand it on the command line?
    pub fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::Paths)
    }
}

impl Section {
    /// The heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Accounts => "Which accounts",
            Self::Delivery => "Delivery",
            Self::Fetch => "What to fetch",
            Self::Staying => "Staying and alerts",
            Self::Imap => "IMAP destination",
            Self::Login => "Connection and login",
            Self::Trust => "Trust",
            Self::Route => "Proxy and tunnel",
            Self::OAuth2 => "OAuth2",
            Self::State => "Output and state",
        }
    }
}
