//! Messages that another program has seen, into the history.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::peers::{HistoryFormat, SeenUid};
use crate::state::{Imported, Key, Ledger, MailboxLock, Settled, UidForm, Wait};

/// Adds them to the history of a mailbox; returns how many were not known.
pub(in crate::commands) fn import(
    mailbox: &str,
    messages: &[SeenUid],
    settled: Settled,
    format: HistoryFormat,
    folder: &Path,
) -> Result<usize> {
    let _lock = MailboxLock::acquire(folder, mailbox)?;
    let mut ledger = Ledger::open(folder, &Wait::default())?;
    let mailbox = ledger.mailbox(mailbox)?;
    let vanished = ledger.time().checked_sub(NEVER_LISTED);
    let imported: Vec<Imported> =
        messages.iter().map(|seen| Imported { vanished_at: vanished, ..of(seen, settled, form(format)) }).collect();
    let added = match settled {
        Settled::Published => ledger.import_fetched(&mailbox, &imported)?,
        _ => ledger.import(&mailbox, &imported)?,
    };
    ledger.close()?;
    Ok(added)
}

fn of(seen: &SeenUid, settled: Settled, form: UidForm) -> Imported {
    Imported {
        key: Key { uid: seen.uid.clone(), occurrence: 0 },
        settled,
        octets: None,
        received: None,
        fingerprint: None,
        is_asked: false,
        settled_at: seen.at,
        vanished_at: None,
        deletes: 0,
        form,
        deliveries: Vec::new(),
    }
}

/// How the unique-ids of such a file are written.
fn form(format: HistoryFormat) -> UidForm {
    match format {
        HistoryFormat::Fetchmail => UidForm::Cut,
        HistoryFormat::Getmail => UidForm::Dashed,
        HistoryFormat::Mpop | HistoryFormat::Thunderbird | HistoryFormat::Fdm => UidForm::Whole,
    }
}

/// They were never listed to us, and may have gone long ago: as messages that vanished longer ago than those that may be back
/// under other unique-ids.
const NEVER_LISTED: Duration = Duration::from_hours(48);
