//! An access token for now: the one that is kept, or a new one.

use std::fs::{File, TryLockError};
use std::time::Duration;

use super::explain::advice;
use super::reply::{TokenAnswer, refused};
use super::store::{Kept, TokenStore};
use super::{Flow, TokenClient};
use crate::auth::{PasswordPurpose, Secret};
use crate::error::{Cause, Error, Kind, Result};
use crate::private;
use crate::until::Over;

impl TokenClient {
    /// An access token that is good for a minute at least.
    pub fn token(&self) -> Result<Secret> {
        if self.oauth.flow == Some(Flow::ClientCredentials) {
            return self.token_of_our_own();
        }
        let (kept, _) = self.kept()?;
        if kept.is_fresh() { kept.access() } else { self.new_token(&kept.access_token) }
    }

    /// Another access token, after the server has refused this one.
    pub fn token_instead_of(&self, refused: &Secret) -> Result<Secret> {
        if self.oauth.flow == Some(Flow::ClientCredentials) {
            return self.token_of_our_own();
        }
        self.new_token(refused.expose())
    }

    /// What can be done when the server takes none of them.
    pub fn next_step(&self) -> String {
        let protocol = match self.owner.purpose {
            PasswordPurpose::Mailbox => "POP3",
            PasswordPurpose::ImapDestination => "IMAP",
        };
        if self.oauth.flow == Some(Flow::ClientCredentials) {
            return format!(
                "has the application the right {protocol}.AccessAsApp, with the consent of an administrator, and was it given the \
                 mailbox (New-ServicePrincipal, Add-MailboxPermission)? Is {protocol} switched on for the mailbox? The server says \
                 the same to each"
            );
        }
        format!("{}; the consent may be another user's, or lack the scope for {protocol}", self.log_in_again())
    }

    /// Without anybody's consent, and nothing is kept: the secret of the application brings one at any time.
    fn token_of_our_own(&self) -> Result<Secret> {
        match self.ask_for_tokens("client_credentials", &[("scope", self.oauth.scope.as_str())])? {
            TokenAnswer::Granted(tokens) => Ok(tokens.access),
            TokenAnswer::Refused { code, words } => Err(refused(&code, &words)),
        }
    }

    /// Refreshes, under a lock: of several runs one does it, and the others find what it has brought.
    fn new_token(&self, old: &str) -> Result<Secret> {
        let _lock = self.lock()?;
        let (kept, store) = self.kept()?;
        if kept.access_token != old && kept.is_fresh() { kept.access() } else { self.refresh(&kept, store) }
    }

    fn refresh(&self, kept: &Kept, store: TokenStore) -> Result<Secret> {
        self.keep_old(kept, store)?;
        match self.ask_for_tokens("refresh_token", &[("refresh_token", kept.refresh_token.as_str())])? {
            TokenAnswer::Granted(tokens) => {
                // At once: the old refresh token may be worth nothing any more.
                self.keep_new(&tokens, kept, store)?;
                Ok(tokens.access)
            }
            TokenAnswer::Refused { code, words } if code == "invalid_grant" => {
                let text = format!("the provider does not take the consent any more: {code} {words}");
                let step = advice(&code, &words)
                    .map_or(self.log_in_again(), |step| format!("{}; {step}", self.log_in_again()));
                Err(Error::new(Kind::Login, text.trim_end()).hint(step))
            }
            TokenAnswer::Refused { code, words } => Err(refused(&code, &words)),
        }
    }

    pub(super) fn lock(&self) -> Result<File> {
        let folder = self.folder.join("locks");
        private::create_own_folder(&self.folder, "the state folder")?;
        private::create_own_folder(&folder, "the folder of locks")?;
        let path = folder.join(format!("tokens-{}.lock", self.file_name()));
        let failed = |error| Error::io("lock", &path, error);
        let file = private::open_lock(&path).map_err(failed)?;
        let locked = self.waits.until.within(self.limit()).poll(TICK, || match file.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::Error(error)) => Some(Err(failed(error))),
            Err(TryLockError::WouldBlock) => None,
        });
        match locked {
            Ok(locked) => locked.map(|()| file),
            Err(Over::Stopped) => Err(Error::stopped()),
            Err(Over::Deadline) => {
                let text = "another run is getting a token, and does not end";
                Err(Error::new(Kind::TryLater, text).because(Cause::Busy))
            }
        }
    }
}

const TICK: Duration = Duration::from_millis(50);
