//! Runs the user's command for an alert, with a JSON object on its standard input.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::commands::shared::json::mailbox_json;
use crate::config::Account;
use crate::error::{Error, Kind, Result};
use crate::output::{MailboxJson, rfc3339};
use crate::process::{CommandOrigin, EndPatience, RunEnd, Runner, shown, with_words};
use crate::until::Until;

/// The commands of an account.
pub(super) struct AlertCommand<'a> {
    pub(super) account: &'a Account,
    pub(super) until: Until,
}

/// What a command is told.
pub(super) struct AlertEvent<'a> {
    /// It is over.
    pub(super) is_over: bool,
    pub(super) since: SystemTime,
    /// How often it was seen.
    pub(super) attempts: u32,
    pub(super) kind: &'a str,
    pub(super) text: &'a str,
    pub(super) exit_code: Option<u8>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "alert")]
struct AlertJson<'a> {
    #[serde(flatten)]
    of: MailboxJson,
    event: &'static str,
    time: String,
    since: String,
    attempts: u32,
    kind: &'a str,
    text: &'a str,
    exit_code: Option<u8>,
}

impl AlertCommand<'_> {
    /// Runs the command that is for this.
    ///
    /// # Errors
    ///
    /// It did not end with 0: it is to be run again.
    pub(super) fn run(&self, event: &AlertEvent<'_>) -> Result<()> {
        let alerting = &self.account.alerting;
        let (what, line) = match event.is_over {
            false => ("on-failure", &alerting.on_failure),
            true => ("on-recovery", &alerting.on_recovery),
        };
        let Some(line) = line else { return Ok(()) };
        let (line, until) = (line.clone(), self.until.clone());
        let runner = Runner { what, line, timeout: LONGEST, until, patience: EndPatience::default() };
        let mut input = self.json(event)?;
        input.push('\n');
        let failed = |why: String| {
            let error = Error::new(Kind::TryLater, format!("the command of {what} failed: {why}"));
            Err(error.hint("it is run again at the next attempt; run it by hand to see what is wrong with it"))
        };
        match runner.run(&self.environment(), &mut input.as_bytes())? {
            RunEnd::Exited { status, .. } if status.success() => Ok(()),
            RunEnd::Exited { status, said } => failed(shown(status, &said)),
            RunEnd::TimedOut { said } => {
                failed(with_words(&format!("it did not end within {} s", LONGEST.as_secs()), &said))
            }
            RunEnd::Stopped(over) => Err(over.error(what)),
        }
    }

    fn json(&self, event: &AlertEvent<'_>) -> Result<String> {
        let AlertEvent { is_over, since, attempts, kind, text, exit_code } = *event;
        let object = AlertJson {
            of: mailbox_json(self.account),
            event: if is_over { "recovery" } else { "failure" },
            time: rfc3339(SystemTime::now()),
            since: rfc3339(since),
            attempts,
            kind,
            text,
            exit_code,
        };
        let failed = |error| Error::new(Kind::Bug, "an alert has no form as JSON").caused_by(error);
        serde_json::to_string(&object).map_err(failed).map(|text| crate::escape::json(&text).into_owned())
    }

    fn environment(&self) -> [(&'static str, std::ffi::OsString); 2] {
        let origin = CommandOrigin { account: self.account.label(), source: self.account.source.url() };
        origin.of_account()
    }
}

/// For a network that is down it may take a while to give up.
const LONGEST: Duration = Duration::from_secs(60);
