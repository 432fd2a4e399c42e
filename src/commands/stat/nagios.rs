//! `mailhaul stat --format nagios`

use std::sync::Arc;

use super::stat;
use crate::cli::{GlobalArgs, StatArgs};
use crate::commands::shared::access::InputPassword;
use crate::commands::shared::several::Several;
use crate::config::Threshold;
use crate::error::{Cause, Error, Kind, Result};
use crate::output::{Console, NagiosReport, NagiosState, PerfData, count, some_names};
use crate::proto::Stat;

/// Whatever happens becomes a verdict; returns its exit code.
pub(super) fn run(args: &StatArgs, global: &GlobalArgs, console: &Arc<Console>) -> u8 {
    let several =
        check(args, global).and_then(|()| Several::of(&args.sources, &args.server, &args.choice, global, console));
    let report = several.map_or_else(
        |error| NagiosReport::of_error(&error),
        |several| report(&counted(&several, args, global, console), several.has_names, args),
    );
    console.print(&report.show());
    report.state.exit_code()
}

fn check(args: &StatArgs, global: &GlobalArgs) -> Result<()> {
    let conflicting = [(global.is_json(), "--json"), (args.exit_code, "--exit-code")];
    match conflicting.into_iter().find(|(is_given, _)| *is_given) {
        Some((_, flag)) => {
            let text = format!("{flag} conflicts with --format nagios");
            Err(Error::new(Kind::Usage, text).hint("leave one of them out"))
        }
        None => Ok(()),
    }
}

/// A mailbox by its name, escaped, and its count.
type Counted = (String, Result<Stat>);

fn counted(several: &Several, args: &StatArgs, global: &GlobalArgs, console: &Arc<Console>) -> Vec<Counted> {
    let input = InputPassword::default();
    let mut counted = Vec::new();
    several.each(console, |source| {
        let stat = stat(source, args, global, console, &input);
        counted.push((crate::escape::text(source.as_bytes()), stat));
        Ok(None)
    });
    counted
}

/// A mailbox, and what there is to say of it.
struct JudgedMailbox<'a> {
    name: &'a str,
    state: NagiosState,
    text: String,
    hint: Option<&'a str>,
}

/// The worst counts. Lines and figures have names where mailboxes have: graphs must not depend on how many there are.
fn report(counted: &[Counted], has_names: bool, args: &StatArgs) -> NagiosReport {
    let mut judged: Vec<JudgedMailbox<'_>> = counted.iter().map(|counted| judge(counted, args)).collect();
    judged.sort_by_key(|one| std::cmp::Reverse(one.state)); // stable: otherwise in their order
    let state = judged.first().map_or(NagiosState::Ok, |worst| worst.state);
    let mut report = match &judged[..] {
        [one] if !has_names => NagiosReport::new(state, &*one.text),
        [one] => NagiosReport::new(state, one.line()),
        all => {
            let mut report = NagiosReport::new(state, headline(all, counted, args, state));
            report.lines.extend(all.iter().map(|one| format!("[{}] {}", one.state.name(), one.line())));
            report
        }
    };
    if let [one] = &judged[..] {
        report.lines.extend(one.hint.map(str::to_owned));
    }
    let figures = counted.iter().filter_map(|(name, stat)| Some((name, stat.as_ref().ok()?)));
    let figures = figures.flat_map(|(name, stat)| figures_of(if has_names { name } else { "" }, stat, args)).collect();
    if judged.len() == 1 {
        report.figures = figures;
    } else {
        report.more_figures = figures;
    }
    report
}

impl JudgedMailbox<'_> {
    /// Errors may name the mailbox themselves.
    fn line(&self) -> String {
        let name = format!("{}: ", self.name);
        if self.text.starts_with(&name) { self.text.clone() } else { name + &self.text }
    }
}

fn judge<'a>((name, stat): &'a Counted, args: &StatArgs) -> JudgedMailbox<'a> {
    let alerts = |threshold: &Option<Threshold>, stat: &Stat| {
        threshold.as_ref().is_some_and(|threshold| threshold.alerts(stat.messages))
    };
    let (state, text, hint) = match stat {
        // That of a fetch, mostly: nothing is wrong.
        Err(error) if matches!(error.cause(), Cause::InUse | Cause::OtherRun) => {
            (NagiosState::Unknown, error.to_string(), error.next_step())
        }
        Err(error) => (state_of(error), error.to_string(), error.next_step()),
        Ok(stat) if alerts(&args.crit, stat) => (NagiosState::Critical, text(stat, args), None),
        Ok(stat) if alerts(&args.warn, stat) => (NagiosState::Warning, text(stat, args), None),
        Ok(stat) => (NagiosState::Ok, text(stat, args), None),
    };
    JudgedMailbox { name, state, text, hint }
}

fn text(Stat { messages, octets }: &Stat, args: &StatArgs) -> String {
    let what = if args.new { "new message" } else { "message" };
    format!("{} ({octets} octets)", count(*messages, what))
}

/// Of several.
fn headline(judged: &[JudgedMailbox<'_>], counted: &[Counted], args: &StatArgs, state: NagiosState) -> String {
    let accounts = count(judged.len() as u64, "account");
    if state == NagiosState::Ok {
        let stats = counted.iter().filter_map(|(_, stat)| stat.as_ref().ok());
        let sum = stats.fold(Stat { messages: 0, octets: 0 }, |sum, stat| Stat {
            messages: sum.messages.saturating_add(stat.messages),
            octets: sum.octets.saturating_add(stat.octets),
        });
        return format!("{} in {accounts}", text(&sum, args));
    }
    let worst: Vec<&JudgedMailbox<'_>> = judged.iter().filter(|one| one.state == state).collect();
    if let [one] = worst[..] {
        return one.line();
    }
    let names: Vec<&str> = worst.iter().map(|one| one.name).collect();
    format!("{} of {accounts}: {}", worst.len(), some_names(&names))
}

/// Of a mailbox, with its name before the labels, if it has one.
fn figures_of(name: &str, stat: &Stat, args: &StatArgs) -> [PerfData; 2] {
    let label = |what: &str| if name.is_empty() { what.to_owned() } else { format!("{name} {what}") };
    let range = |threshold: &Option<Threshold>| threshold.as_ref().map(ToString::to_string).unwrap_or_default();
    let messages = PerfData::new(label("messages"), stat.messages, "");
    [
        PerfData { warn: range(&args.warn), crit: range(&args.crit), ..messages },
        PerfData::new(label("octets"), stat.octets, "B"),
    ]
}

/// A server that cannot be used is critical. What keeps us from asking it says nothing about it.
fn state_of(error: &Error) -> NagiosState {
    match error.kind() {
        _ if [Cause::Busy, Cause::Stopped].contains(&error.cause()) => NagiosState::Unknown,
        Kind::Protocol | Kind::NoHost | Kind::Unavailable | Kind::TryLater | Kind::Login => NagiosState::Critical,
        Kind::Usage | Kind::Bug | Kind::CannotCreate | Kind::LocalIo | Kind::Config => NagiosState::Unknown,
    }
}
