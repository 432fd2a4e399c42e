//! An account as JSON.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;

use super::status::AccountStatus;
use super::words;
use crate::output::MailboxJson;
use crate::state::Incident;

#[derive(Serialize)]
#[serde(tag = "type", rename = "health")]
pub(super) struct HealthJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    healthy: bool,
    /// When the last run ended that ended well.
    last_success: Option<String>,
    /// When the last run began.
    last_run: Option<String>,
    /// Of the last run.
    duration_ms: Option<u64>,
    exit_code: Option<u8>,
    error: Option<&'a str>,
    failed_attempts: u64,
    max_age_s: u64,
    incidents: Vec<IncidentJson<'a>>,
    waiting: u64,
    given_up: u64,
    presumed: u64,
    certificate_expires: Option<String>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct IncidentJson<'a> {
    kind: &'a str,
    since: Option<String>,
    attempts: u32,
    text: &'a str,
}

impl<'a> HealthJson<'a> {
    pub(super) fn of(status: &'a AccountStatus) -> Self {
        let record = &status.record;
        let last = record.last_run.as_ref();
        let incident = |Incident { kind, since, attempts, text, .. }: &'a Incident| IncidentJson {
            kind,
            since: time(*since),
            attempts: *attempts,
            text,
        };
        Self {
            of: &status.of,
            healthy: status.is_healthy(),
            last_success: record.last_success.and_then(time),
            last_run: last.and_then(|run| time(run.started)),
            duration_ms: last.map(|run| run.duration.as_millis() as u64),
            exit_code: last.map(|run| run.exit_code),
            error: last.and_then(|run| run.error.as_deref()),
            failed_attempts: record.failed_attempts,
            max_age_s: status.max_age.as_secs(),
            incidents: record.incidents.iter().map(incident).collect(),
            waiting: record.waiting,
            given_up: record.given_up,
            presumed: record.presumed,
            certificate_expires: record.certificate_expires.and_then(time),
            warnings: words::warnings(status),
        }
    }
}

fn time(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| format!("{time:.0}"))
}
