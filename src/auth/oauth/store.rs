//! Where tokens are kept: in the keyring, or in a file of mode 0600 beside the ledger.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::TokenClient;
use super::reply::Tokens;
use crate::auth::read::MAX_PASSWORD;
use crate::auth::{PasswordPurpose, Secret, keyring};
use crate::error::{Cause, Error, Kind, Result};
use crate::private::{self, Links, OpenedFile};

/// A place for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStore {
    /// The desktop's keyring.
    Keyring,
    /// A file.
    File,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) refresh_token: String,
    pub(super) access_token: String,
    /// Seconds since 1970.
    expires_at: Option<u64>,
    /// Tokens of another application are of no use.
    pub(super) client_id: String,
}

impl TokenClient {
    /// What is kept, and where; an error that says what to do, if nothing is.
    pub(super) fn kept(&self) -> Result<(Kept, TokenStore)> {
        let (text, store) = self.text()?;
        let kept: Kept = serde_json::from_slice(&text).map_err(|_| {
            Error::new(Kind::Config, "the tokens that are kept cannot be read").hint(self.log_in_again())
        })?;
        if kept.client_id == self.oauth.client_id {
            Ok((kept, store))
        } else {
            Err(Error::new(Kind::Config, "the tokens that are kept are those of another oauth-client-id")
                .hint(self.log_in_again()))
        }
    }

    /// Before anybody is asked: a keyring that must be used has to be there.
    pub(super) fn look_at_store(&self) -> Result<()> {
        match self.oauth.store {
            Some(TokenStore::Keyring) => keyring::look_up(keyring::TOKENS, &self.owner.label, &self.patience).map(drop),
            Some(TokenStore::File) | None => Ok(()),
        }
    }

    /// Keeps the first tokens; returns where.
    pub(super) fn keep_first(&self, tokens: &Tokens) -> Result<TokenStore> {
        let Some(refresh) = &tokens.refresh else {
            return Err(Error::new(Kind::Login, "the provider gives no refresh token")
                .hint("its scope may have to say so, as Microsoft's offline_access does"));
        };
        let kept = self.keep(tokens, refresh.expose());
        let store = match self.oauth.store {
            None if self.write(&kept, TokenStore::Keyring).is_ok() => TokenStore::Keyring,
            store => {
                let store = store.unwrap_or(TokenStore::File);
                self.write(&kept, store)?;
                store
            }
        };
        if store == TokenStore::Keyring {
            self.remove_files()?; // an older one would be found first, and holds a secret for nobody
        }
        Ok(store)
    }

    /// Can they be kept? A refresh token that is used up for one that nobody keeps ends in another consent.
    pub(super) fn keep_old(&self, kept: &Kept, store: TokenStore) -> Result<()> {
        self.write(kept, store)
    }

    /// Keeps new tokens where the old ones were.
    pub(super) fn keep_new(&self, tokens: &Tokens, old: &Kept, store: TokenStore) -> Result<()> {
        let refresh = tokens.refresh.as_ref().map_or(old.refresh_token.as_str(), Secret::expose);
        self.write(&self.keep(tokens, refresh), store)
    }

    /// Removes what is kept; `false` if nothing was.
    pub fn forget(&self) -> Result<bool> {
        let _lock = self.lock()?; // a run that is about to keep new ones does so before
        let in_file = self.remove_files()?;
        match keyring::remove(keyring::TOKENS, &self.owner.label, &self.patience) {
            Err(error) if self.oauth.store == Some(TokenStore::Keyring) => Err(error),
            Ok(in_keyring) => Ok(in_file || in_keyring),
            // They are where they were looked for first, or nowhere.
            Err(_) if in_file || self.oauth.store == Some(TokenStore::File) => Ok(in_file),
            Err(error) => Err(error),
        }
    }

    fn keep(&self, tokens: &Tokens, refresh: &str) -> Kept {
        Kept {
            refresh_token: refresh.to_owned(),
            access_token: tokens.access.expose().to_owned(),
            expires_at: tokens.expires.map(since_1970),
            client_id: self.oauth.client_id.clone(),
        }
    }

    fn text(&self) -> Result<(Zeroizing<Vec<u8>>, TokenStore)> {
        if self.oauth.store != Some(TokenStore::Keyring) {
            let path = self.path();
            if let Some(text) = self.read_file(&path)? {
                return Ok((text, TokenStore::File));
            }
        }
        let nothing = || Error::new(Kind::Config, "no tokens are kept").hint(self.log_in_again());
        if self.oauth.store == Some(TokenStore::File) {
            return Err(nothing());
        }
        match keyring::look_up(keyring::TOKENS, &self.owner.label, &self.patience) {
            Ok(Some(secret)) => Ok((Zeroizing::new(secret.expose().as_bytes().to_vec()), TokenStore::Keyring)),
            Ok(None) => Err(nothing()),
            Err(error) if matches!(error.cause(), Cause::Stopped | Cause::Deadline) => Err(error),
            Err(error) => Err(Error::new(Kind::Config, format!("no tokens are kept in a file, and {error}"))
                .hint("log in again with token-store = \"file\" to have them under cron, where there is no keyring")),
        }
    }

    /// The file, if there is one. As a password-file, it must be its owner's alone (C-287). Whose it is does not matter in
    /// a folder that is ours: see [`Self::keep_new`].
    fn read_file(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let failed = |error| Error::io("read the tokens in", path, error);
        let Some(file) = private::absence_as_none(OpenedFile::open(path, Links::Refuse)).map_err(failed)? else {
            return Ok(None);
        };
        private::own_folder(&self.folder, "the state folder")?;
        private::own_folder(&private::folder_of(path), "the folder of tokens")?;
        let shown = crate::escape::path(path);
        if !file.about().is_file() {
            return Err(Error::new(Kind::Config, format!("{shown} is not a regular file")).hint(self.log_in_again()));
        }
        file.check_readers(path).map_err(|flaw| flaw.error(&format!("{shown} holds tokens and"), "", path))?;
        file.read(&format!("the tokens in {shown}"), self.patience.limits(MAX_PASSWORD)).map(Some)
    }

    fn write(&self, kept: &Kept, store: TokenStore) -> Result<()> {
        let bug = |error| Error::new(Kind::Bug, "tokens cannot be written").caused_by(error);
        let text = Zeroizing::new(serde_json::to_vec(kept).map_err(bug)?);
        match store {
            TokenStore::File => {
                let path = self.path();
                private::create_own_folder(&self.folder, "the state folder")?;
                private::create_own_folder(&private::folder_of(&path), "the folder of tokens")?;
                private::replace_at_all_costs(&path, &text)
            }
            TokenStore::Keyring => {
                let secret = Secret::from_text(text, "the provider")?;
                keyring::store(keyring::TOKENS, &self.owner.label, &secret, &self.patience.to_keep())
            }
        }
    }

    /// Removes the file, and what runs that were killed have left beside it; `false` if there was nothing.
    fn remove_files(&self) -> Result<bool> {
        let folder = private::folder_of(&self.path());
        let failed = |error| Error::io("look for tokens in", &folder, error);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            entries => entries.map_err(failed)?,
        };
        let mut removed = false;
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if entry.file_name().as_encoded_bytes().starts_with(self.file_name().as_bytes()) {
                std::fs::remove_file(entry.path()).map_err(|error| Error::io("remove", &entry.path(), error))?;
                removed = true;
            }
        }
        if removed {
            private::fsync_folder(&folder)?;
        }
        Ok(removed)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("tokens").join(self.file_name() + ".json")
    }

    pub(super) fn file_name(&self) -> String {
        private::file_name_for(&self.owner.label)
    }

    pub(super) fn log_in_again(&self) -> String {
        let flag = match self.owner.purpose {
            PasswordPurpose::Mailbox => "",
            PasswordPurpose::ImapDestination => " --imap",
        };
        format!("run `mailhaul login{flag}` for {}", crate::escape::text(self.owner.label.as_bytes()))
    }
}

impl Kept {
    /// Is the access token good for some time yet?
    pub(super) fn is_fresh(&self) -> bool {
        let soon = since_1970(SystemTime::now() + MARGIN);
        // If the provider has not said, its refusal will.
        self.expires_at.is_none_or(|expires| expires > soon)
    }

    pub(super) fn access(&self) -> Result<Secret> {
        Secret::from_text(Zeroizing::new(self.access_token.as_bytes().to_vec()), "the tokens that are kept")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.refresh_token.zeroize();
        self.access_token.zeroize();
    }
}

fn since_1970(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A token that ends sooner is not begun with.
const MARGIN: Duration = Duration::from_secs(60);
