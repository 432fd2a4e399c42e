//! `mailhaul log`

use jiff::Timestamp;
use serde::Serialize;

use super::sources::mailbox_key;
use crate::cli::{GlobalArgs, LogArgs};
use crate::config::state_folder;
use crate::output::{Console, print_json};
use crate::state::{Ledger, PastRun};

/// One line a run, the newest last: time, seconds, mailbox, fetched, octets, deleted, failed, exit code, error.
pub(super) fn run(args: &LogArgs, global: &GlobalArgs, console: &Console) -> anyhow::Result<u8> {
    let key = args.source.as_deref().map(|source| mailbox_key(source, global)).transpose()?;
    let Some(ledger) = Ledger::open_existing(&state_folder(global.state_dir.clone())?)? else {
        return Ok(0);
    };
    for PastRun { mailbox, run } in ledger.runs(key.as_deref(), args.lines)? {
        let line = RunJson {
            time: Timestamp::try_from(run.started).map(|time| format!("{time:.0}")).unwrap_or_default(),
            mailbox: crate::escape::text(mailbox.as_bytes()),
            duration_ms: run.duration.as_millis() as u64,
            listed: run.listed,
            fetched: run.fetched,
            octets: run.octets,
            deleted: run.deleted,
            failed: run.failed,
            exit_code: run.exit_code,
            error: run.error,
        };
        match global.json {
            true => print_json(console, &line),
            false => console.print_fitting(&line.columns()),
        }
    }
    Ok(0)
}

#[derive(Serialize)]
struct RunJson {
    time: String,
    mailbox: String,
    duration_ms: u64,
    listed: Option<u64>,
    fetched: u64,
    octets: u64,
    deleted: u64,
    failed: u64,
    exit_code: u8,
    error: Option<String>,
}

impl RunJson {
    fn columns(&self) -> String {
        let seconds = self.duration_ms as f64 / 1000.0;
        let Self { time, mailbox, fetched, octets, deleted, failed, exit_code, error, .. } = self;
        let error = error.as_deref().unwrap_or_default();
        let line = format!("{time} {seconds:.1} {mailbox} {fetched} {octets} {deleted} {failed} {exit_code} {error}");
        line.trim_end().to_owned()
    }
}
