//! Flags that are no settings, given by variables of the environment: for containers, whose command line is that of an image.
//! And what is said of variables that nobody knows.

use crate::cli::{Cli, ColorArg, Command, GlobalArgs, HealthFormat, JsonArg, StatFormat};
use crate::config::{UnknownVariable, switch_of_environment, unknown_variables, word_of_environment};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity};

/// Adds what the environment says to what was typed, which counts more.
pub(in crate::commands) fn add_to(cli: &mut Cli) -> Result<()> {
    add_verbosity(&mut cli.global)?;
    let flags = &mut cli.global;
    if flags.json.is_none() {
        flags.json = json_for(&cli.command)?;
    }
    if matches!(flags.color, ColorArg::Auto) {
        flags.color = word_of_environment("MAILHAUL_COLOR", COLORS)?.unwrap_or(flags.color);
    }
    let is_dry = switch_of_environment("MAILHAUL_DRY_RUN")?.unwrap_or(false);
    match &mut cli.command {
        Command::Fetch(args) => args.dry_run |= is_dry,
        Command::Dele(args) => args.dry_run |= is_dry,
        Command::Setup(args) => args.dry_run |= is_dry,
        _ => {}
    }
    Ok(())
}

/// Only one of the two can be meant.
fn add_verbosity(flags: &mut GlobalArgs) -> Result<()> {
    let quiet = switch_of_environment("MAILHAUL_QUIET")?.unwrap_or(false);
    let verbose = word_of_environment("MAILHAUL_VERBOSE", VERBOSITIES)?.unwrap_or(0);
    if quiet && verbose > 0 {
        return Err(
            Error::new(Kind::Config, "$MAILHAUL_QUIET conflicts with $MAILHAUL_VERBOSE").hint("unset one of them")
        );
    }
    if !flags.quiet && flags.verbose == 0 {
        (flags.quiet, flags.verbose) = (quiet, verbose);
    }
    Ok(())
}

/// It is said of all commands of a container, so each does what it can: only a fetch tells of messages.
fn json_for(command: &Command) -> Result<Option<Option<JsonArg>>> {
    let json = word_of_environment("MAILHAUL_JSON", FORMS)?.unwrap_or(None);
    Ok(match command {
        Command::Fetch(_) => json,
        Command::Completions(_) => None,
        Command::Health(args) if args.format != HealthFormat::Text => None,
        Command::Stat(args) if args.format != StatFormat::Text => None,
        _ => json.map(|_| None),
    })
}

/// What was said in the environment and is not heard would not be missed otherwise. Said once, whatever the command.
pub(in crate::commands) fn warn_of_unknown(console: &Console) {
    for UnknownVariable { name, hint } in unknown_variables() {
        console.say(Verbosity::Normal, &format!("mailhaul: the variable {name} is unknown, and ignored"));
        console.say(Verbosity::Normal, &format!("  {hint}"));
    }
}

/// They may be the reason for an error, which says what is missing, but not that somebody has tried to say it; and the
/// warning may be far above. Shown as one more hint, also where warnings are not.
pub(in crate::commands) fn remind_of_unknown(console: &Console) {
    for UnknownVariable { name, hint } in unknown_variables() {
        console.say(Verbosity::Quiet, &format!("  the variable {name} was ignored: {hint}"));
    }
}

const FORMS: &[(&str, Option<Option<JsonArg>>)] =
    &[("true", Some(None)), ("messages", Some(Some(JsonArg::Messages))), ("false", None)];

const VERBOSITIES: &[(&str, u8)] = &[("0", 0), ("1", 1), ("2", 2), ("true", 1), ("false", 0)];

const COLORS: &[(&str, ColorArg)] =
    &[("auto", ColorArg::Auto), ("always", ColorArg::Always), ("never", ColorArg::Never)];
