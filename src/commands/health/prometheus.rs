//! The accounts as metrics.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use super::status::AccountStatus;
use crate::output::Metric;

/// All metrics. What is not known of an account has no value.
pub(super) fn metrics(statuses: &[AccountStatus]) -> String {
    let mut out = String::new();
    for (name, help, value) in GAUGES {
        let mut metric = Metric::new(name, help);
        for status in statuses {
            if let Some(value) = value(status) {
                metric.add(&labels(status), value);
            }
        }
        out += &metric.show();
    }
    out + &incidents(statuses).show()
}

fn incidents(statuses: &[AccountStatus]) -> Metric {
    let mut metric = Metric::new("mailhaul_incident", "1 for each kind of trouble that has not ended.");
    for status in statuses {
        let mut seen = HashSet::new();
        for incident in status.record.incidents.iter().filter(|incident| seen.insert(&incident.kind)) {
            let [account, mailbox] = labels(status);
            metric.add(&[account, mailbox, ("kind", &incident.kind)], 1.0);
        }
    }
    metric
}

fn labels(status: &AccountStatus) -> [(&'static str, &str); 2] {
    [("account", &status.label), ("mailbox", &status.mailbox)]
}

fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as f64 / 1000.0
}

type Gauge = (&'static str, &'static str, fn(&AccountStatus) -> Option<f64>);

const GAUGES: [Gauge; 11] = [
    ("mailhaul_healthy", "Whether the last successful run ended within the maximum age (1) or not (0).", |status| {
        Some(f64::from(u8::from(status.is_healthy())))
    }),
    (
        "mailhaul_max_age_seconds",
        "How long ago the last successful run of a healthy account may have ended.",
        |status| Some(status.max_age.as_secs_f64()),
    ),
    ("mailhaul_last_success_timestamp_seconds", "When the last successful run ended.", |status| {
        status.record.last_success.map(seconds)
    }),
    ("mailhaul_last_run_timestamp_seconds", "When the last run ended.", |status| {
        status.record.last_run.as_ref().map(|run| seconds(run.started + run.duration))
    }),
    ("mailhaul_last_run_duration_seconds", "How long the last run took.", |status| {
        status.record.last_run.as_ref().map(|run| run.duration.as_secs_f64())
    }),
    ("mailhaul_last_run_exit_code", "Exit code of the last run.", |status| {
        status.record.last_run.as_ref().map(|run| f64::from(run.exit_code))
    }),
    ("mailhaul_failed_attempts", "Runs that have failed since the last successful one.", |status| {
        Some(status.record.failed_attempts as f64)
    }),
    ("mailhaul_messages_waiting", "Messages that a destination does not have yet.", |status| {
        Some(status.record.waiting as f64)
    }),
    ("mailhaul_messages_given_up", "Messages that could not be fetched for days.", |status| {
        Some(status.record.given_up as f64)
    }),
    ("mailhaul_messages_presumed", "Messages that are presumed to be delivered.", |status| {
        Some(status.record.presumed as f64)
    }),
    ("mailhaul_certificate_expiry_timestamp_seconds", "When the certificate of the server expires.", |status| {
        status.record.certificate_expires.map(seconds)
    }),
];
