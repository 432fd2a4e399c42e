//! `mailhaul noop`: a session that does nothing, and how long each phase of it takes.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::shared::mailbox::MailboxSession;
use super::shared::several::Several;
use crate::cli::{GlobalArgs, NoopArgs};
use crate::error::{Kind, Result};
use crate::output::{Console, MailboxJson, print_json};

/// Lines of `phase milliseconds`, each when the phase is over: where it does not work, the last one tells how far it
/// came.
pub(super) fn run(args: &NoopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let several = Several::of(args.source.as_slice(), &args.server, &args.choice, global, console)?;
    let gravest = several.each(console, |source| {
        let prefix = several.prefix(source);
        noop(source, &prefix, args, global, console)
    });
    Ok(gravest.map_or(0, Kind::exit_code))
}

fn noop(
    source: &str,
    prefix: &str,
    args: &NoopArgs,
    global: &GlobalArgs,
    console: &Arc<Console>,
) -> Result<Option<Kind>> {
    let mut since = Instant::now();
    let mut after = |phase: &'static str| {
        let milliseconds = since.elapsed().as_secs_f64() * 1000.0;
        let duration_ms = milliseconds.round() as u64;
        match (phase, global.is_json()) {
            ("start", _) => {} // reading certificates and passwords
            (_, true) => print_json(console, &PhaseJson { of: console.mailbox(), phase, duration_ms }),
            (_, false) => console.print(&format!("{prefix}{phase} {milliseconds:.1} ms")),
        }
        since = Instant::now();
    };
    let mailbox = MailboxSession::open(source, &args.server, global, console, &mut after)?;
    mailbox.serve(|mut mailbox| {
        let answer = mailbox.client.noop();
        mailbox.value("NOOP", answer)?;
        after("noop");
        let answer = mailbox.client.leave();
        mailbox.value("QUIT", answer)?;
        after("quit");
        Ok(None)
    })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "phase")]
struct PhaseJson {
    #[serde(flatten)]
    of: MailboxJson,
    phase: &'static str,
    duration_ms: u64,
}
