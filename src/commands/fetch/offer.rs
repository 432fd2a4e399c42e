//! Whoever has typed a password is offered, once, not to have to type it again.

use super::FetchRun;
use crate::auth::{Access, Credentials, Patience, Secret, keyring};
use crate::commands::shared::access::SecretContext;
use crate::config::Account;
use crate::error::{Cause, Error, Result};
use crate::output::Verbosity;
use crate::state::{Ledger, Mailbox, Wait};
use crate::until::Until;

/// The password of a login, if it was typed and the keyring can have it.
pub(super) fn typed_password(access: &Access) -> Option<Secret> {
    match access {
        Access::Fixed(Credentials::Password(password)) if password.may_be_kept() => Some(password.clone()),
        _ => None,
    }
}

/// Asks whether the password, which the server has taken, is to go into the keyring. Of a URL nobody is asked: it may be a
/// trial. The run is over, so what goes wrong here does not make it fail.
pub(super) fn offer(run: &FetchRun, account: &Account, password: &Secret, context: &SecretContext<'_>) {
    if account.name.is_none() || !run.console.takes_offers() {
        return;
    }
    let label = account.label();
    match keep(run, account, password, context) {
        Ok(true) => run.console.tell(&format!("{label}: the password is in the keyring")),
        Ok(false) => {}
        // No answer: the next run asks again.
        Err(error) if matches!(error.cause(), Cause::Stopped | Cause::Deadline) => {}
        Err(error) => run.console.say(Verbosity::Normal, &format!("mailhaul: {}", not_stored(error).shown_at(&label))),
    }
}

fn not_stored(error: Error) -> Error {
    error.during("the password was not stored")
}

/// Asks, and does what the answer says. A no is remembered.
fn keep(run: &FetchRun, account: &Account, password: &Secret, context: &SecretContext<'_>) -> Result<bool> {
    let Some((mut ledger, mailbox)) = undecided(run, account, context)? else { return Ok(false) };
    let question = format!("{}: Store the password in the keyring?", account.label());
    match run.console.asks_whether(&question, &context.until)? {
        None => return Ok(false),
        Some(false) => {
            ledger.note_keyring_declined(&mailbox)?;
            return ledger.close().map(|()| false);
        }
        Some(true) => {}
    }
    // What was typed is not thrown away because of a deadline.
    let patience = context.patience(account);
    let patience = Patience { until: Until { deadline: None, ..patience.until }, ..patience };
    keyring::store(keyring::PASSWORDS, &account.source.to_string(), password, &patience)?;
    Ok(true)
}

/// The mailbox in the ledger, if nobody has said no yet.
fn undecided(run: &FetchRun, account: &Account, context: &SecretContext<'_>) -> Result<Option<(Ledger, Mailbox)>> {
    let wait = Wait { until: context.until.clone(), wall: None };
    let Some(ledger) = Ledger::open_existing(&run.state_folder, &wait)? else { return Ok(None) };
    let mailbox = ledger.find_mailbox(&account.mailbox_key())?;
    Ok(mailbox.filter(|mailbox| !mailbox.keyring_declined).map(|mailbox| (ledger, mailbox)))
}
