//! `mailhaul state`: what the ledger knows, shown and corrected.

use std::sync::Arc;

use self::change::print_change;

use crate::cli::{GlobalArgs, ServerArgs, StateAction, StateArgs};
use crate::commands::shared::access::SecretContext;
use crate::commands::shared::mailbox::{opening, refused};
use crate::commands::shared::signals;
use crate::commands::shared::sources::{account, mailbox_key, trust};
use crate::config::state_folder;
use crate::error::Result;
use crate::output::{AccountReporter, Console};
use crate::session;
use crate::state::{Ledger, Mailbox, MailboxLock, Wait};
use crate::until::Until;

mod change;
mod exported;
mod foreign;
mod history;
mod moved;
mod show;

/// Corrects the ledger.
pub(super) fn run(args: &StateArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    match &args.action {
        StateAction::Show { source } => show::show(source.as_deref(), global, console)?,
        StateAction::Forget { source, uids } => {
            let known =
                on_mailbox("forget", source, global, console, |ledger, mailbox| show::forget(ledger, mailbox, uids))?;
            console.tell(&format!("{known} messages forgotten"));
        }
        StateAction::Export { source, account } => {
            history::export(source.as_deref().or(account.as_deref()), global, console)?;
        }
        StateAction::Import { file, from: None, .. } => history::import(file, global, console)?,
        StateAction::Import { file, from: Some(from), mailbox, as_fetched } => {
            foreign::import(file, *from, mailbox.as_deref(), *as_fetched, global, console)?;
        }
        StateAction::Seen { source, server } => seen(source, server, global, console)?,
        StateAction::Reset { source, yes } => {
            if !yes && !is_wanted(source, global, console)? {
                return Ok(0);
            }
            let forgotten = on_mailbox("reset", source, global, console, |ledger, mailbox| ledger.forget_all(mailbox))?;
            console.tell(&format!("{forgotten} messages forgotten"));
        }
        StateAction::Retry { source } => {
            let again = on_mailbox("retry", source, global, console, |ledger, mailbox| {
                Ok(ledger.retry_troubled(mailbox)? + ledger.retry_refused(mailbox)? + ledger.retry_presumed(mailbox)?)
            })?;
            console.tell(&format!("{again} messages will be tried again"));
        }
        StateAction::Confirm { source } => {
            let confirmed =
                on_mailbox("confirm", source, global, console, |ledger, mailbox| ledger.confirm_presumed(mailbox))?;
            console.tell(&format!("{confirmed} messages recorded as delivered"));
        }
        StateAction::Moved { old, new } => moved::run(old, new, global, console)?,
    }
    Ok(0)
}

/// Asked only where somebody is there to answer: scripts have always gone on.
fn is_wanted(source: &str, global: &GlobalArgs, console: &Console) -> Result<bool> {
    let mailbox = crate::escape::text(mailbox_key(source, global, console)?.as_bytes());
    let question = format!("Forget the fetch history of {mailbox}? The next fetch downloads everything again.");
    let until = Until { stop: Some(signals::catch()?), deadline: None };
    Ok(console.asks_whether(&question, &until)?.unwrap_or(true))
}

/// Marks what the server lists, without a download.
fn seen(source: &str, server: &ServerArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<()> {
    let account = account(source, server, global, console)?;
    let label = account.label();
    let until = Until { stop: Some(signals::catch()?), deadline: account.ends(global.begun) };
    let trust = trust(&account, &until)?;
    let access = SecretContext { global, console, until: until.clone(), asks_nobody: false }.access(&account)?;
    let reporter = AccountReporter::new(label.clone(), Arc::clone(console));
    let wait = Wait { until: until.clone(), wall: None };
    let marked = with_ledger(&account.mailbox_key(), global, &wait, |ledger, mailbox| {
        let mut client = session::open(&opening(&account, trust.as_ref(), until, &reporter), &access)?.client;
        let answer = client.capa_and_uidl().and_then(|answer| answer.map_err(|refusal| refused("UIDL", &refusal)));
        let listing = answer.map_err(|error| error.at(&label))?;
        ledger.mark_seen(mailbox, listing.iter().map(|listed| (listed.uid, listed.occurrence)))?;
        client.leave().ok(); // nothing depends on it
        Ok(listing.len())
    })?;
    if global.is_json() {
        print_change(console, console.mailbox(), "seen", marked);
    }
    console.tell(&format!("{label}: {marked} messages marked as fetched"));
    Ok(())
}

/// Changes what the ledger knows of a mailbox; returns of how many messages.
fn on_mailbox(
    action: &'static str,
    source: &str,
    global: &GlobalArgs,
    console: &Console,
    act: impl FnOnce(&mut Ledger, &Mailbox) -> Result<usize>,
) -> Result<usize> {
    let messages = with_ledger(&mailbox_key(source, global, console)?, global, &Wait::default(), act)?;
    if global.is_json() {
        print_change(console, console.mailbox(), action, messages);
    }
    Ok(messages)
}

fn with_ledger<T>(
    key: &str,
    global: &GlobalArgs,
    wait: &Wait,
    act: impl FnOnce(&mut Ledger, &Mailbox) -> Result<T>,
) -> Result<T> {
    let folder = state_folder(global.state_dir.clone())?;
    let _lock = MailboxLock::acquire(&folder, key)?;
    let mut ledger = Ledger::open(&folder, wait)?;
    let mailbox = ledger.mailbox(key)?;
    let result = act(&mut ledger, &mailbox)?;
    ledger.close()?;
    Ok(result)
}
