//! `mailhaul stat`

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::{GlobalArgs, StatArgs, StatFormat};
use crate::commands::shared::access::InputPassword;
use crate::commands::shared::mailbox::MailboxSession;
use crate::commands::shared::several::Several;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::fetch::Policy;
use crate::fetch::plan::{Circumstances, Planner};
use crate::output::{Console, MailboxJson, print_json};
use crate::proto::{Sizes, Stat};
use crate::state::{Ledger, Wait};

mod nagios;

/// Prints a line for each source; one that fails does not stop the others.
pub(super) fn run(args: &StatArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    if args.format == StatFormat::Nagios {
        return Ok(nagios::run(args, global, console));
    }
    if args.warn.is_some() || args.crit.is_some() {
        return Err(Error::new(Kind::Usage, "--warn and --crit need --format nagios").into());
    }
    let several = Several::of(&args.sources, &args.server, &args.choice, global, console)?;
    let mut total: u64 = 0;
    let input = InputPassword::default();
    let gravest = several.each(console, |source| {
        let stat = stat(source, args, global, console, &input)?;
        total = total.saturating_add(stat.messages);
        show(source, &stat, args, global, &several, console);
        Ok(None)
    });
    Ok(match gravest {
        Some(kind) => kind.exit_code(),
        None => u8::from(args.exit_code && total == 0),
    })
}

fn stat(
    source: &str,
    args: &StatArgs,
    global: &GlobalArgs,
    console: &Arc<Console>,
    input: &InputPassword,
) -> Result<Stat> {
    MailboxSession::open_beside(source, &args.server, global, console, input, &mut |_| {})?.serve(|mut mailbox| {
        let stat = if args.new {
            never_fetched(&mut mailbox, global)?
        } else {
            let answer = mailbox.client.stat();
            mailbox.value("STAT", answer)?
        };
        mailbox.leave();
        Ok(stat)
    })
}

/// What a fetch would bring: the listing against the ledger.
fn never_fetched(mailbox: &mut MailboxSession, global: &GlobalArgs) -> Result<Stat> {
    let answer = mailbox.client.uidl();
    let listing = mailbox.value("UIDL", answer)?;
    let policy = Policy::default();
    let none = HashSet::new();
    let mut planner = Planner::new(&listing, &policy, &none).only_counting(true);
    if let Some(ledger) = Ledger::open_existing(&state_folder(global.state_dir.clone())?, &Wait::default())?
        && let Some(known) = ledger.find_mailbox(&mailbox.account.mailbox_key())?
    {
        let renamed = ledger.renamed(&known, listing.iter().map(|listed| listed.uid))?;
        ledger.each_known_as(&known, &renamed, |row| planner.known(&row))?;
    }
    let expires = mailbox.client.capabilities().expires_at_once();
    let circumstances = Circumstances { expires, ..Circumstances::default() };
    let mut plan = planner.finish(listing.has_no_gap(), circumstances)?;
    drop(listing);
    let mut sizes = Sizes::default();
    if plan.needs_sizes() {
        let answer = mailbox.client.list();
        sizes = mailbox.value("LIST", answer)?;
        plan.settle(&sizes, &policy, false);
    }
    // Whether a known unique-id names another message by now is for a fetch to find out.
    let others = plan.fetch.iter().filter(|listed| listed.row.is_none()).map(|listed| listed.number);
    let new = plan.counted.iter().copied().chain(others);
    let octets = new.clone().filter_map(|number| sizes.get(number)).fold(0, u64::saturating_add);
    Ok(Stat { messages: new.count() as u64, octets })
}

fn show(source: &str, stat: &Stat, args: &StatArgs, global: &GlobalArgs, several: &Several, console: &Console) {
    let Stat { messages, octets } = *stat;
    if global.is_json() {
        return print_json(console, &StatJson { of: console.mailbox(), only_new: args.new, messages, octets });
    }
    console.print(&format!("{}{messages} {octets}", several.prefix(source)));
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "stat")]
struct StatJson {
    #[serde(flatten)]
    of: MailboxJson,
    /// Only what was never fetched was counted.
    only_new: bool,
    messages: u64,
    octets: u64,
}
