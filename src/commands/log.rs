//! `mailhaul log`

use jiff::Timestamp;
use serde::Serialize;

use super::shared::sources::mailbox_key;
use crate::cli::{GlobalArgs, LogArgs};
use crate::config::state_folder;
use crate::output::{Column, Console, Table, print_json};
use crate::state::{Ledger, PastRun, Wait};

/// One line a run, the newest last: time, seconds, mailbox, fetched, octets, deleted, failed, exit code, error.
pub(super) fn run(args: &LogArgs, global: &GlobalArgs, console: &Console) -> anyhow::Result<u8> {
    let key = args.source.as_deref().map(|source| mailbox_key(source, global, console)).transpose()?;
    let Some(ledger) = Ledger::open_existing(&state_folder(global.state_dir.clone())?, &Wait::default())? else {
        return Ok(0);
    };
    let mut table = Table::new(console, &HEADING);
    for PastRun { mailbox, run } in ledger.runs(key.as_deref(), args.lines)? {
        let line = RunJson {
            time: Timestamp::try_from(run.started).map(|time| format!("{time:.0}")).unwrap_or_default(),
            shown_mailbox: crate::escape::text(mailbox.as_bytes()),
            mailbox,
            duration_ms: run.duration.as_millis() as u64,
            listed: run.listed,
            fetched: run.fetched,
            octets: run.octets,
            deleted: run.deleted,
            failed: run.failed,
            exit_code: run.exit_code,
            error: run.error,
        };
        if global.is_json() { print_json(console, &line) } else { table.row(line.columns()) }
    }
    table.end();
    Ok(0)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "run")]
struct RunJson {
    time: String,
    mailbox: String,
    /// For people.
    #[serde(skip)]
    shown_mailbox: String,
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
    fn columns(&self) -> Vec<String> {
        let seconds = format!("{:.1}", self.duration_ms as f64 / 1000.0);
        let numbers = [self.fetched, self.octets, self.deleted, self.failed, self.exit_code.into()];
        let mut cells = vec![self.time.clone(), seconds, self.shown_mailbox.clone()];
        cells.extend(numbers.iter().map(u64::to_string));
        cells.extend(self.error.clone());
        cells
    }
}

const HEADING: [Column; 9] = [
    Column::text("time").shortened(minute),
    Column::number("seconds").last(),
    Column::text("mailbox"),
    Column::number("fetched"),
    Column::number("octets").last(),
    Column::number("deleted").last(),
    Column::number("failed").last(),
    Column::number("exit"),
    Column::text("error"),
];

/// `2026-01-05T10:00:00Z` is `2026-01-05 10:00Z`.
fn minute(time: &str) -> String {
    time.get(..16).map_or(time.to_owned(), |minute| format!("{}Z", minute.replace('T', " ")))
}
