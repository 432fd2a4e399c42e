//! How much of it is new to our history.

use std::collections::HashSet;
use std::path::Path;

use super::account::MovedAccount;
use crate::cli::MigrateArgs;
use crate::error::Result;
use crate::state::{Ledger, Wait};

/// Counts what a write would record. Nothing is changed by that.
pub(super) fn new_messages(moved: &mut [MovedAccount<'_>], args: &MigrateArgs, folder: &Path) -> Result<()> {
    let ledger = Ledger::open_existing(folder, &Wait::default())?;
    for plan in moved.iter_mut().filter_map(|account| account.plan.as_mut().ok()) {
        let uids = plan.seen.messages.iter().map(|seen| seen.uid.as_slice());
        let mailbox =
            ledger.as_ref().map(|ledger| ledger.find_mailbox(&plan.account.mailbox_key())).transpose()?.flatten();
        plan.seen.new = match (&ledger, &mailbox) {
            (Some(ledger), Some(mailbox)) => ledger.count_unknown(mailbox, uids, args.as_fetched)?,
            _ => uids.collect::<HashSet<_>>().len(),
        };
    }
    Ok(())
}
