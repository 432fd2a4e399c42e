//! The passwords of a run, taken before any connection.

use std::collections::{HashMap, VecDeque};

use super::accounts::{check_destination, same_mailbox};
use super::carriers;
use crate::auth::{PasswordSource, Secret};
use crate::commands::shared::access::{InputPassword, SecretContext};
use crate::config::{Account, SecretSource};
use crate::error::{Cause, Error};

/// An account, and the passwords that were taken for it.
pub(super) struct Prepared {
    pub(super) account: Account,
    /// Of the mailbox, if it has one; or why the account cannot be fetched.
    pub(super) password: Option<Result<Secret, Error>>,
    /// Of the IMAP destination, if somebody may have to type it.
    pub(super) imap_password: Option<Result<Secret, Error>>,
}

/// Takes the passwords, one account after the other, so that questions do not mix. Standard input holds one password,
/// which is that of all accounts.
pub(super) fn with_passwords(accounts: Vec<Account>, dry_run: bool, context: &SecretContext<'_>) -> VecDeque<Prepared> {
    let input = InputPassword::default();
    let mut stopped = false;
    let mut take = |source: &PasswordSource, account: &Account| {
        if stopped {
            return Err(Error::stopped());
        }
        let password = input.or_of(source, || context.of(account).password(account, source));
        // Who has given up one question wants no other.
        stopped = password.as_ref().is_err_and(|error| error.cause() == Cause::Stopped);
        password
    };
    let mut mailboxes: HashMap<String, String> = HashMap::new();
    let prepare = |account: Account| {
        let without = |password, account| Prepared { account, password, imap_password: None };
        if let Some(first) = mailboxes.get(&account.mailbox_key()) {
            return without(Some(Err(same_mailbox(&account, first))), account);
        }
        mailboxes.insert(account.mailbox_key(), account.label());
        // Before a question: whoever has named the wrong place need not type a password first.
        if let Err(error) = check_destination(&account) {
            return without(Some(Err(error)), account);
        }
        let password = match &account.secret {
            SecretSource::Password(source) => Some(take(source, &account)),
            _ => None,
        };
        let is_in_vain = dry_run || password.as_ref().is_some_and(Result::is_err);
        let imap_password = if is_in_vain { None } else { carriers::typed_password(&account, &context.of(&account)) };
        Prepared { account, password, imap_password }
    };
    accounts.into_iter().map(prepare).collect()
}
