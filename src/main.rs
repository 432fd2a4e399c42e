//! Parse, run, exit code. In a container, a child does that: see `commands::run_as_init`.

use std::process::ExitCode;

use clap::error::ErrorKind;
use mailhaul::cli::Cli;

fn main() -> ExitCode {
    mailhaul::output::exit_on_panic();
    if let Some(code) = mailhaul::commands::run_as_init() {
        return code;
    }
    match Cli::read() {
        Ok(cli) => mailhaul::commands::run(cli),
        Err(error) => {
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // A closed pipe behind --help is no error.
            error.print().ok();
            ExitCode::from(if asked_for { 0 } else { mailhaul::error::Kind::Usage.exit_code() })
        }
    }
}
