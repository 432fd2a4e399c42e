//! Secrets: the type that cannot be shown, where they come from, and what SASL makes of them.
//!
//! `config` says which source is meant, `commands` asks for the secret before any connection, `session` hands it to
//! the login.

pub use self::access::Access;
pub use self::credentials::Credentials;
pub use self::netrc::find as password_in_netrc;
pub use self::oauth::{Consent, Flow, OAuth, Preset, TokenClient, TokenStore, WayBack, is_token_answer};
pub use self::patience::{Patience, Tell};
pub use self::sasl::{
    Binding, CramMd5, External, LoginMechanism, OauthBearer, Plain, Scram, ScramHash, Xoauth2, apop_digest,
};
pub use self::search::ask_for_password;
pub use self::secret::Secret;
pub use self::source::{PasswordOwner, PasswordPurpose, PasswordSource};
pub use crate::proto::Exchange;

mod access;
mod command;
mod complaints;
mod credentials;
pub mod keyring;
mod netrc;
mod oauth;
mod patience;
mod read;
mod sasl;
mod search;
mod secret;
mod source;

/// Is somebody at a terminal, who can answer a question?
fn somebody_is_there() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin())
}
