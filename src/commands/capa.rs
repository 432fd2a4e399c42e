//! `mailhaul capa` and `mailhaul noop`

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::mailbox::Mailbox;
use crate::cli::{CapaArgs, GlobalArgs, NoopArgs};
use crate::error::Result;
use crate::output::{Console, Verbosity, print_json};

/// Lines of `before CAPABILITY` and `after CAPABILITY`.
pub(super) fn capa(args: &CapaArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| before_and_after(mailbox, args, global, console))?)
}

fn before_and_after(mut mailbox: Mailbox, args: &CapaArgs, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let before = mailbox.client.capabilities().lines();
    mailbox.client.capa()?;
    let after = mailbox.client.capabilities().lines();
    if global.json {
        print_json(console, &CapaJson { source: &args.source, before: &before, after: &after });
    } else {
        before.iter().for_each(|line| console.print(&format!("before {line}")));
        after.iter().for_each(|line| console.print(&format!("after {line}")));
    }
    if before.is_empty() && after.is_empty() {
        let text = format!("mailhaul: {}: the server does not know CAPA, or lists nothing", mailbox.label);
        console.say(Verbosity::Normal, &text);
    }
    mailbox.leave();
    Ok(0)
}

/// Lines of `phase milliseconds`, each when the phase is over: where it does not work, the last one tells how far it
/// came.
pub(super) fn noop(args: &NoopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut since = Instant::now();
    let mut after = |phase: &'static str| {
        let milliseconds = since.elapsed().as_secs_f64() * 1000.0;
        let duration_ms = milliseconds.round() as u64;
        match (phase, global.json) {
            ("start", _) => {} // reading certificates and passwords
            (_, true) => print_json(console, &PhaseJson { source: &args.source, phase, duration_ms }),
            (_, false) => console.print(&format!("{phase} {milliseconds:.1}")),
        }
        since = Instant::now();
    };
    let mailbox = Mailbox::open(&args.source, &args.server, global, console, &mut after)?;
    mailbox
        .serve(|mut mailbox| {
            let answer = mailbox.client.noop();
            mailbox.value("NOOP", answer)?;
            after("noop");
            let answer = mailbox.client.quit();
            mailbox.value("QUIT", answer)?;
            after("quit");
            Ok(0)
        })
        .map_err(Into::into)
}

#[derive(Serialize)]
struct CapaJson<'a> {
    source: &'a str,
    before: &'a [String],
    after: &'a [String],
}

#[derive(Serialize)]
struct PhaseJson<'a> {
    source: &'a str,
    phase: &'a str,
    duration_ms: u64,
}
