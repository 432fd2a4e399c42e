//! `mailhaul capa` and `mailhaul noop`

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::mailbox::Mailbox;
use crate::cli::{CapaArgs, GlobalArgs, NoopArgs};
use crate::output::{Console, print_json};

/// Lines of `before CAPABILITY` and `after CAPABILITY`.
pub(super) fn capa(args: &CapaArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let before = mailbox.client.capabilities().lines();
    mailbox.client.capa().map_err(|error| error.at(&mailbox.label))?;
    let after = mailbox.client.capabilities().lines();
    if global.json {
        print_json(console, &CapaJson { source: &args.source, before: &before, after: &after });
    } else {
        before.iter().for_each(|line| console.print(&format!("before {line}")));
        after.iter().for_each(|line| console.print(&format!("after {line}")));
    }
    mailbox.leave();
    Ok(0)
}

/// Lines of `phase milliseconds`.
pub(super) fn noop(args: &NoopArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut phases: Vec<(&'static str, f64)> = Vec::new();
    let mut since = Instant::now();
    let mut after = |phase: &'static str| {
        phases.push((phase, since.elapsed().as_secs_f64() * 1000.0));
        since = Instant::now();
    };
    let mut mailbox = Mailbox::open(&args.source, &args.server, global, console, &mut after)?;
    let answer = mailbox.client.noop();
    mailbox.value("NOOP", answer)?;
    after("noop");
    let answer = mailbox.client.quit();
    mailbox.value("QUIT", answer)?;
    after("quit");
    for (phase, milliseconds) in phases.iter().skip(1) {
        match global.json {
            true => print_json(console, &PhaseJson { source: &args.source, phase, milliseconds: *milliseconds }),
            false => console.print(&format!("{phase} {milliseconds:.1}")),
        }
    }
    Ok(0)
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
    milliseconds: f64,
}
