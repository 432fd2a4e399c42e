//! From an account to its IMAP destination.

use std::sync::Arc;

use super::access::{SecretContext, check_account};
use crate::auth::{Access, Credentials, Secret};
use crate::config::{Account, ImapReceiver, SecretSource};
use crate::error::Result;
use crate::handover::imap::{ImapCarrier, ImapWay};
use crate::net::{Sockets, TlsMode, Trust};

/// What hands messages over to it. A password that nobody has `typed` before is taken when a session begins.
pub(in crate::commands) fn imap_carrier(
    account: &Account,
    imap: &ImapReceiver,
    typed: Option<Secret>,
    context: &SecretContext<'_>,
) -> Result<ImapCarrier> {
    let access = match typed {
        Some(typed) => Access::Fixed(Credentials::Password(typed)),
        None => access(account, imap, context)?,
    };
    carrier_by(account, imap, access, context)
}

/// The same with a login that is given.
pub(in crate::commands) fn carrier_by(
    account: &Account,
    imap: &ImapReceiver,
    access: Access,
    context: &SecretContext<'_>,
) -> Result<ImapCarrier> {
    let waits = context.waits(account);
    let needs_trust = imap.folder.tls != TlsMode::None;
    Ok(ImapCarrier::new(ImapWay {
        settings: imap.folder.clone(),
        route: imap.route.clone(),
        network: Arc::new(Sockets),
        trust: needs_trust.then(|| Trust::for_imap(&imap.trust, &waits)).transpose()?,
        waits,
        access,
    }))
}

fn access(account: &Account, imap: &ImapReceiver, context: &SecretContext<'_>) -> Result<Access> {
    Ok(match &imap.secret {
        SecretSource::Certificate => Access::Fixed(Credentials::Certificate),
        SecretSource::Password(source) => {
            check_account(&imap.owner, source)?;
            let (source, owner) = (source.clone(), imap.owner.clone());
            Access::Password { source, owner, patience: context.patience(account) }
        }
        SecretSource::TokenCommand(command) => {
            Access::TokenCommand { command: command.clone(), patience: context.patience(account) }
        }
        SecretSource::OAuth(oauth) => {
            Access::Tokens(Box::new(context.token_client(account, imap.owner.clone(), oauth)?))
        }
    })
}
