//! `mailhaul fetch`
//!
//! - `accounts`: which accounts are meant
//! - `prepare`: their passwords, before any connection
//! - `one`: one account, from its password to its closing line
//! - `stay`: again and again, in one process
//! - `alerts`: trouble is told once

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use self::prepare::Prepared;
use crate::cli::{FetchArgs, GlobalArgs};
use crate::commands::shared::access::SecretContext;
use crate::commands::shared::{signals, variables};
use crate::config::{LogFormat, state_folder};
use crate::error::{Error, Kind};
use crate::output::{Console, LineFormat, LogStyle, is_journal};
use crate::state::{Ledger, Wait};
use crate::stop::Stop;
use crate::until::Until;

mod accounts;
mod alerts;
mod capacity;
mod carriers;
mod closing;
mod elsewhere;
mod offer;
mod one;
mod plan;
mod prepare;
mod report;
mod stay;

/// Fetches every source; the exit code is that of the gravest error.
pub(super) fn run(args: &FetchArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let is_for_journal = is_journal();
    let (format, stays) = accounts::said_outside_the_file(args);
    console.log_as(LogStyle { format: line_format(format, stays && !args.dry_run), is_for_journal });
    let chosen = accounts::choose(args, global, console, &Until::default())
        .inspect_err(|_| variables::warn_of_unknown(console))?;
    let stays = chosen.stays && !args.dry_run;
    console.log_as(LogStyle { format: line_format(chosen.log_format, stays), is_for_journal });
    variables::warn_of_unknown(console);
    if !stays && !args.dry_run {
        stay::check_that_nobody_waits()?;
    }
    if stays && args.all {
        return Err(everything_again().into());
    }
    // Before the first question, so that Ctrl-C means the same all the time.
    let (stop, wishes) = if stays {
        signals::catch_staying().map(|(stop, wishes)| (stop, Some(wishes)))?
    } else {
        (signals::catch()?, None)
    };
    let run = FetchRun {
        all: args.all,
        dry_run: args.dry_run,
        has_names: args.sources.len() != 1,
        stays,
        state_folder: state_folder(global.state_dir.clone())?,
        stop,
        console: Arc::clone(console),
        json: global.is_json(),
        tells_messages: global.tells_messages(),
        showing: Arc::default(),
        untold: Mutex::default(),
    };
    let context = SecretContext {
        global,
        console,
        until: Until { deadline: None, stop: Some(run.stop.clone()) },
        asks_nobody: false,
    };
    if let Some(wishes) = wishes {
        let read_again = |until: &Until| accounts::choose(args, global, console, until);
        return Ok(stay::stay(&run, chosen, &read_again, wishes, &context)?);
    }
    let jobs = capacity::jobs(chosen.jobs, chosen.accounts.len(), console);
    let prepared = prepare::with_passwords(chosen.accounts, args.dry_run, &context);
    let worst = run.side_by_side(prepared, jobs, &context);
    Ok(worst.map_or(0, Kind::exit_code))
}

fn everything_again() -> Error {
    Error::new(Kind::Usage, "--all would fetch everything again each time that --every fetches")
        .hint("fetch everything once with `--all --every none`, then stay without --all")
}

/// A log of weeks needs times.
fn line_format(said: Option<LogFormat>, stays: bool) -> LineFormat {
    match said {
        Some(LogFormat::Text) => LineFormat::Text,
        Some(LogFormat::Json) => LineFormat::Json,
        None if stays => LineFormat::Text,
        None => LineFormat::Plain,
    }
}

struct FetchRun {
    all: bool,
    dry_run: bool,
    /// The lines of a dry run begin with the name of the account.
    has_names: bool,
    /// It fetches again and again.
    stays: bool,
    state_folder: PathBuf,
    stop: Stop,
    console: Arc<Console>,
    json: bool,
    tells_messages: bool,
    /// Held by the account whose plan is being shown.
    showing: Arc<Mutex<()>>,
    /// What was said last of accounts of which the ledger could not note that it was said.
    untold: Mutex<std::collections::HashMap<String, String>>,
}

impl FetchRun {
    /// Some accounts at a time, each in its own thread. Returns the gravest kind of error.
    fn side_by_side(&self, accounts: VecDeque<Prepared>, jobs: usize, context: &SecretContext<'_>) -> Option<Kind> {
        let threads = accounts.len().min(jobs);
        // As long as one connection is open none is the last, which would fold the log back, and let the others wait for that.
        // Whoever cannot open the ledger says why.
        let wait = Wait { until: context.until.clone(), wall: None };
        let ledger = if threads > 1 { Ledger::open_existing(&self.state_folder, &wait).ok().flatten() } else { None };
        let waiting = Mutex::new(accounts);
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            let mut kinds = Vec::new();
            while let Some(prepared) = next() {
                let context = context.of(&prepared.account);
                kinds.extend(self.one(prepared, &context).kind);
            }
            kinds
        };
        let kinds = thread::scope(|scope| {
            // Where the system starts no more threads, fewer do the same.
            let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let threads: Vec<_> = (1..threads).map_while(start).collect();
            let mut kinds = work();
            for thread in threads {
                kinds.extend(thread.join().unwrap_or_else(|_| vec![Kind::Bug]));
            }
            kinds
        });
        drop(ledger);
        kinds.into_iter().max_by_key(|kind| kind.gravity())
    }
}
