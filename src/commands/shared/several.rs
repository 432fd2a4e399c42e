//! Commands that take several mailboxes, or without a SOURCE all enabled accounts.

use super::signals;
use super::sources::{Sources, check_choice};
use crate::cli::{ChoiceArgs, GlobalArgs, ServerArgs};
use crate::error::{Cause, Error, Kind, Result};
use crate::output::{Console, MailboxJson, Verbosity, print_error_json};

/// The mailboxes that a command means.
pub(in crate::commands) struct Several {
    /// Names of accounts, or URLs.
    pub(in crate::commands) sources: Vec<String>,
    /// The lines of each begin with its name.
    pub(in crate::commands) has_names: bool,
    is_json: bool,
}

impl Several {
    /// Those that were typed; or all enabled accounts, which have their names in front even if there is one only:
    /// scripts must not depend on how many accounts there are.
    pub(in crate::commands) fn of(
        typed: &[String],
        args: &ServerArgs,
        choice: &ChoiceArgs,
        global: &GlobalArgs,
        console: &Console,
    ) -> Result<Self> {
        check_choice(typed, choice)?;
        if typed.is_empty() {
            let flags = args.settings.clone().and(choice.settings.clone());
            let sources = Sources::read(global, flags)?.all_names(console)?;
            return Ok(Self { sources, has_names: true, is_json: global.is_json() });
        }
        Ok(Self { sources: typed.to_vec(), has_names: typed.len() > 1, is_json: global.is_json() })
    }

    /// What stands before a line of one of them.
    pub(in crate::commands) fn prefix(&self, source: &str) -> String {
        if self.has_names { format!("{} ", crate::escape::text(source.as_bytes())) } else { String::new() }
    }

    fn show(&self, source: &str, error: &Error, console: &Console) {
        if self.is_json {
            print_error_json(console, error);
        }
        if !self.has_names {
            return console.error(error);
        }
        let source = crate::escape::text(source.as_bytes());
        console.say(Verbosity::Quiet, &format!("mailhaul: {}", error.shown_at(&source)));
        if let Some(hint) = error.next_step() {
            console.say(Verbosity::Quiet, &format!("  {hint}"));
        }
    }

    /// Does something with each; one that fails does not stop the others, but a signal does. `act` says what went wrong
    /// with a part of it. Returns the gravest of all that went wrong.
    pub(in crate::commands) fn each(
        &self,
        console: &Console,
        mut act: impl FnMut(&str) -> Result<Option<Kind>>,
    ) -> Option<Kind> {
        let mut gravest: Option<Kind> = None;
        for source in &self.sources {
            console.deals_with(MailboxJson::default()); // until it is known which
            let result = act(source);
            let is_stopped =
                matches!(&result, Err(error) if error.cause() == Cause::Stopped) || signals::check().is_err();
            let kind = result.unwrap_or_else(|error| {
                self.show(source, &error, console);
                Some(error.kind())
            });
            gravest = gravest.into_iter().chain(kind).max_by_key(|kind| kind.gravity());
            if is_stopped {
                break;
            }
        }
        gravest
    }
}
