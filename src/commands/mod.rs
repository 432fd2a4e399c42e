//! One file or folder a command: arguments in, calls, output. No protocol in here. What several of them need is in `shared`.

use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::{Cli, ColorArg, Command, GlobalArgs, HealthFormat, StatFormat};
use crate::error::{Error, Kind};
use crate::headers::Headers;
use crate::output::{Color, Console, NagiosReport, Verbosity, print_error_json};
use crate::process::Init;

mod account;
mod capa;
mod console;
mod dele;
mod dump;
mod fetch;
mod health;
mod help;
mod info;
mod list;
mod log;
mod login;
mod logout;
mod migrate;
mod noop;
mod retr;
mod setup;
mod shared;
mod stat;
mod state;
mod top;
mod uidl;

/// In the first process of a container: starts the program once more, and looks after the container until that has ended.
/// None in every other process.
pub fn run_as_init() -> Option<ExitCode> {
    let init = Init::start()?;
    shared::memory::disable_core_dumps(); // its environment may hold a password, as that of the child does
    Some(ExitCode::from(init.run()))
}

/// Runs a command; every error has been shown when it returns.
pub fn run(mut cli: Cli) -> ExitCode {
    shared::memory::disable_core_dumps(); // before the first secret is read
    shared::signals::survive_file_size_limit();
    let added = shared::variables::add_to(&mut cli);
    let console = Arc::new(Console::new(verbosity(&cli.global), color(&cli.global)));
    if !matches!(cli.command, Command::Fetch(_)) {
        shared::variables::warn_of_unknown(&console); // a fetch does so when it knows what its lines look like
    }
    let result = match &cli.command {
        _ if added.is_err() => added.map(|()| 0).map_err(Into::into),
        command if cli.global.tells_messages() && !matches!(command, Command::Fetch(_)) => Err(only_of_fetch().into()),
        Command::Fetch(args) => fetch::run(args, &cli.global, &console),
        Command::Stat(args) => stat::run(args, &cli.global, &console),
        Command::List(args) => list::run(args, &cli.global, &console),
        Command::Uidl(args) => uidl::run(args, &cli.global, &console),
        Command::Top(args) => top::run(args, &cli.global, &console),
        Command::Retr(args) => retr::run(args, &cli.global, &console),
        Command::Dump(args) => dump::run(args, &cli.global, &console),
        Command::Dele(args) => dele::run(args, &cli.global, &console),
        Command::Noop(args) => noop::run(args, &cli.global, &console),
        Command::Capa(args) => capa::run(args, &cli.global, &console),
        Command::Login(args) => login::run(args, &cli.global, &console),
        Command::Logout(args) => logout::run(args, &cli.global, &console),
        Command::Account(args) => account::run(args, &cli.global, &console),
        Command::State(args) => state::run(args, &cli.global, &console),
        Command::Info(args) => info::run(args, &cli.global, &console),
        Command::Console(args) => console::run(args, &cli.global, &console),
        Command::Completions(args) => no_json(&cli.global, "completions").map(|()| {
            console.print(&args.script());
            0
        }),
        Command::Setup(args) => setup::run(args, &cli.global, &console),
        Command::Migrate(args) => migrate::run(args, &cli.global, &console),
        Command::Log(args) => log::run(args, &cli.global, &console),
        Command::Health(args) => health::run(args, &cli.global, &console),
        Command::Help(args) => help::run(args, &console),
    };
    let result = match console.take_output_error() {
        Some(error) => result.and(Err(anyhow::Error::new(error).context("cannot write to standard output"))),
        None => result,
    };
    let code = result.unwrap_or_else(|error| match error.downcast_ref::<Error>() {
        // A monitor takes other exit codes for a fault of its own.
        Some(error) if is_plugin(&cli.command) => unknown_to_nagios(&console, error),
        _ => show(&console, &error, cli.global.is_json()),
    });
    if NEEDS_NOBODY.iter().all(|passes| *passes != code) {
        shared::variables::remind_of_unknown(&console);
    }
    shared::signals::pass_on();
    ExitCode::from(code)
}

/// Does it speak to Nagios?
fn is_plugin(command: &Command) -> bool {
    match command {
        Command::Health(args) => args.format == HealthFormat::Nagios,
        Command::Stat(args) => args.format == StatFormat::Nagios,
        _ => false,
    }
}

fn unknown_to_nagios(console: &Console, error: &Error) -> u8 {
    let report = NagiosReport::of_error(error);
    console.print(&report.show());
    report.state.exit_code()
}

/// Done; nothing found; and what passes by itself.
const NEEDS_NOBODY: [u8; 3] = [0, 1, 75];

/// Date, sender and subject of a message, as `list --headers` shows them: whatever the octets are, safe for a terminal.
pub fn headers_of(octets: &[u8]) -> [String; 3] {
    let Headers { date, from, subject, .. } = Headers::read(octets);
    [date, from, subject]
}

/// For a command whose output has no form in JSON: better an error than another form than was asked for.
fn no_json(global: &GlobalArgs, command: &str) -> anyhow::Result<()> {
    if global.is_json() {
        Err(Error::new(Kind::Usage, format!("{command} has no output as JSON")).hint("leave --json out").into())
    } else {
        Ok(())
    }
}

fn only_of_fetch() -> Error {
    Error::new(Kind::Usage, "--json=messages is for fetch, the command that delivers messages").hint("say --json")
}

/// Shows an error; returns its exit code.
fn show(console: &Console, error: &anyhow::Error, is_json: bool) -> u8 {
    if let Some(error) = error.downcast_ref::<Error>() {
        console.error(error);
        if is_json {
            print_error_json(console, error);
        }
        return error.kind().exit_code();
    }
    let local = error.root_cause().downcast_ref::<std::io::Error>().is_some();
    console.say(Verbosity::Quiet, &format!("mailhaul: {error:#}"));
    if local { Kind::LocalIo.exit_code() } else { Kind::Bug.exit_code() }
}

fn color(global: &GlobalArgs) -> Color {
    match global.color {
        ColorArg::Auto => Color::Auto,
        ColorArg::Always => Color::Always,
        ColorArg::Never => Color::Never,
    }
}

fn verbosity(global: &GlobalArgs) -> Verbosity {
    match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, 1) => Verbosity::Verbose,
        (false, _) => Verbosity::Dialogue,
    }
}
