//! The desktop's keyring: the Secret Service on Linux.
//!
//! Every call is made on a thread of its own, with a time limit: a locked keyring may ask somebody who is not there.

use super::{Patience, Secret};
use crate::error::{Error, Kind, Result};

/// Under this name are the passwords.
pub const PASSWORDS: &str = "mailhaul";

/// Under this name are the tokens of OAuth2.
pub const TOKENS: &str = "mailhaul oauth2";

/// What is stored for a user under one of the names above; nothing, if nothing is.
pub fn look_up(service: &'static str, user: &str, patience: &Patience) -> Result<Option<Secret>> {
    let found = implementation::in_time(service, user, patience, implementation::Work::LookUp)?;
    found.map(|text| Secret::from_text(text, "the keyring")).transpose()
}

/// Stores a secret for a user, in place of an older one.
pub fn store(service: &'static str, user: &str, secret: &Secret, patience: &Patience) -> Result<()> {
    implementation::in_time(service, user, patience, implementation::Work::Store(secret.clone())).map(drop)
}

/// Removes what is stored for a user; `false` if nothing was.
pub fn remove(service: &'static str, user: &str, patience: &Patience) -> Result<bool> {
    Ok(implementation::in_time(service, user, patience, implementation::Work::Remove)?.is_some())
}

fn unreachable(why: &str) -> Error {
    let why = crate::escape::text(why.as_bytes());
    Error::new(Kind::Config, format!("the keyring cannot be used: {why}"))
        .hint("without a desktop session, as under cron, use a password-file or a password-command")
}

#[cfg(feature = "keyring")]
mod implementation {
    use std::time::Duration;

    use keyring::{Entry, Error as KeyringError};
    use zeroize::Zeroizing;

    use super::unreachable;
    use crate::auth::{Patience, Secret};
    use crate::error::Result;

    pub(super) enum Work {
        LookUp,
        Store(Secret),
        Remove,
    }

    type Stored = Option<Zeroizing<Vec<u8>>>;

    /// Somebody at a terminal may be asked to unlock it, and gets more time.
    pub(super) fn in_time(service: &'static str, user: &str, patience: &Patience, work: Work) -> Result<Stored> {
        let limit = if crate::auth::somebody_is_there() { ANSWER } else { patience.limit.min(SILENCE) };
        let user = user.to_owned();
        let late = || unreachable(&format!("it gave no answer within {} s; it may be locked", limit.as_secs()));
        let called = patience.wait_for(limit, Some(NOTICE), move || call(service, &user, &work));
        called.map_err(|impatience| impatience.error(late))?.map_err(|failure| {
            failure.details.iter().for_each(|details| patience.note_more(details));
            failure.error
        })
    }

    /// Why a call failed, and what only the curious want to know of it.
    struct CallFailure {
        error: crate::error::Error,
        details: Option<String>,
    }

    fn call(service: &str, user: &str, work: &Work) -> Result<Stored, CallFailure> {
        let entry = Entry::new(service, user).map_err(|error| why_not(&error))?;
        let done = match work {
            Work::LookUp => entry.get_password().map(|password| Some(Zeroizing::new(password.into_bytes()))),
            Work::Store(secret) => entry.set_password(secret.expose()).map(|()| None),
            Work::Remove => entry.delete_credential().map(|()| Some(Zeroizing::default())),
        };
        match done {
            Err(KeyringError::NoEntry) => Ok(None),
            done => done.map_err(|error| why_not(&error)),
        }
    }

    fn why_not(error: &KeyringError) -> CallFailure {
        let plain = |why: &str| CallFailure { error: unreachable(why), details: None };
        match (error, Entry::store_status()) {
            // The entry's own error only says that there is no store; this one says why, in the words of D-Bus.
            (KeyringError::NoDefaultStore, Err(reason)) => CallFailure {
                error: unreachable("there is none here (no desktop session)"),
                details: Some(format!("the keyring: {}", crate::escape::text(reason.to_string().as_bytes()))),
            },
            (KeyringError::NoStorageAccess(reason), _) => plain(&format!("it is locked, or refuses: {reason}")),
            (error, _) => plain(&error.to_string()),
        }
    }

    const NOTICE: &str = "waiting for the keyring: it may be asking for its own password in a window";

    /// For somebody who has to type the keyring's password.
    const ANSWER: Duration = Duration::from_secs(60);

    /// Where nobody will.
    const SILENCE: Duration = Duration::from_secs(5);
}

#[cfg(not(feature = "keyring"))]
mod implementation {
    use zeroize::Zeroizing;

    use super::unreachable;
    use crate::auth::{Patience, Secret};
    use crate::error::Result;

    pub(super) enum Work {
        LookUp,
        Store(Secret),
        Remove,
    }

    pub(super) fn in_time(_: &str, _: &str, _: &Patience, work: Work) -> Result<Option<Zeroizing<Vec<u8>>>> {
        match work {
            Work::Store(secret) => drop(secret),
            Work::LookUp | Work::Remove => {}
        }
        Err(unreachable("this mailhaul was built without it"))
    }
}
