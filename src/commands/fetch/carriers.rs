//! Those who take messages over, made of an account when there is something for them: a run that brings nothing neither
//! connects to them nor takes their secrets.

use std::sync::Arc;

use crate::auth::{PasswordSource, Secret};
use crate::commands::shared::access::SecretContext;
use crate::commands::shared::imap::imap_carrier;
use crate::config::{Account, ConfiguredReceiver, MtaReceiver, ReceiverSettings, SecretSource};
use crate::deliver::{Carrier, Target};
use crate::error::{Error, Kind, Result};
use crate::fetch::Carriers;
use crate::handover::PipeCarrier;
use crate::handover::mta::MtaCarrier;
use crate::net::{Sockets, Trust, Waits};
use crate::process::CommandOrigin;

/// The receivers of an account, and what it takes to speak to them.
pub(super) struct AccountCarriers<'a> {
    account: &'a Account,
    context: &'a SecretContext<'a>,
    /// The password of the IMAP server, if somebody had to be asked for it.
    typed: Option<Secret>,
}

impl<'a> AccountCarriers<'a> {
    pub(super) fn new(account: &'a Account, context: &'a SecretContext<'a>, typed: Option<Secret>) -> Self {
        Self { account, context, typed }
    }

    fn waits(&self) -> Waits {
        self.context.waits(self.account)
    }
}

impl Carriers for AccountCarriers<'_> {
    fn carrier(&self, target: &Target) -> Result<Box<dyn Carrier>> {
        let is_meant =
            |one: &&ConfiguredReceiver| matches!(target, Target::HandOver(receiver) if *receiver == one.receiver);
        let Some(receiver) = self.account.receivers.iter().find(is_meant) else {
            return Err(Error::new(Kind::Bug, format!("{target} is no receiver of the account")));
        };
        match &receiver.settings {
            ReceiverSettings::Pipe { command, timeout } => {
                let origin = CommandOrigin { account: self.account.label(), source: self.account.source.url() };
                Ok(Box::new(PipeCarrier::new(command.clone(), *timeout, origin, self.context.until.clone())))
            }
            ReceiverSettings::Mta(MtaReceiver { server, trust }) => {
                let waits = self.waits();
                let trust = server.needs_tls().then(|| Trust::for_mta(trust, &waits)).transpose()?;
                Ok(Box::new(MtaCarrier::new(server.clone(), waits, trust, Arc::new(Sockets))))
            }
            ReceiverSettings::Imap(imap) => {
                let typed = self.typed.clone();
                Ok(Box::new(imap_carrier(self.account, imap, typed, self.context)?))
            }
        }
    }
}

/// The password of the IMAP destination, where a person may have to type it: that is asked for before any connection.
/// Elsewhere it is taken when it is needed.
pub(super) fn typed_password(account: &Account, context: &SecretContext<'_>) -> Option<Result<Secret>> {
    let imap = account.imap().filter(|_| context.console.on_terminal())?;
    match &imap.secret {
        SecretSource::Password(source @ PasswordSource::Search) => {
            Some(context.password_of(account, &imap.owner, source))
        }
        _ => None,
    }
}
