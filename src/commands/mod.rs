//! One file a command: arguments in, calls, output. No protocol in here.

use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::{Cli, ColorArg, Command, GlobalArgs};
use crate::error::{Error, Kind};
use crate::output::{Color, Console, Verbosity};

mod access;
mod account;
mod capa;
mod console;
mod copy;
mod dele;
mod fetch;
mod headers;
mod history;
mod info;
mod ledger;
mod list;
mod log;
mod login;
mod mailbox;
mod memory;
mod moved;
mod signals;
mod sources;
mod stat;
mod state;

/// Runs a command; every error has been shown when it returns.
pub fn run(cli: Cli) -> ExitCode {
    memory::keep_to_ourselves(); // before the first secret is read
    signals::survive_file_size_limit();
    let console = Arc::new(Console::new(verbosity(&cli.global), color(&cli.global)));
    let result = match &cli.command {
        Command::Fetch(args) => fetch::run(args, &cli.global, &console),
        Command::Stat(args) => stat::run(args, &cli.global, &console),
        Command::List(args) => list::list(args, &cli.global, &console),
        Command::Uidl(args) => list::uidl(args, &cli.global, &console),
        Command::Top(args) => copy::top(args, &cli.global, &console),
        Command::Retr(args) => copy::retr(args, &cli.global, &console),
        Command::Dump(args) => copy::dump(args, &cli.global, &console),
        Command::Dele(args) => dele::run(args, &cli.global, &console),
        Command::Noop(args) => capa::noop(args, &cli.global, &console),
        Command::Capa(args) => capa::capa(args, &cli.global, &console),
        Command::Login(args) => login::login(args, &cli.global, &console),
        Command::Logout(args) => login::logout(args, &cli.global, &console),
        Command::Account(args) => account::run(args, &cli.global, &console),
        Command::State(args) => state::run(args, &cli.global, &console),
        Command::Info(args) => info::run(args, &cli.global, &console),
        Command::Console(args) => console::run(args, &cli.global, &console),
        Command::Completions(args) => no_json(&cli.global, "completions").map(|()| {
            console.print(&args.script());
            0
        }),
        Command::Log(args) => log::run(args, &cli.global, &console),
    };
    let result = match console.take_output_error() {
        Some(error) => result.and(Err(anyhow::Error::new(error).context("cannot write to standard output"))),
        None => result,
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => ExitCode::from(show(&console, &error)),
    }
}

/// For a command whose output has no form in JSON: better an error than another form than was asked for.
fn no_json(global: &GlobalArgs, command: &str) -> anyhow::Result<()> {
    match global.json {
        true => {
            Err(Error::new(Kind::Usage, format!("{command} has no output as JSON")).hint("leave --json out").into())
        }
        false => Ok(()),
    }
}

/// Shows an error; returns its exit code.
fn show(console: &Console, error: &anyhow::Error) -> u8 {
    if let Some(error) = error.downcast_ref::<Error>() {
        console.error(error);
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
