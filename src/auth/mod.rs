//! Secrets: the type that cannot be shown, where they come from, and what SASL makes of them.
//!
//! `config` says which source is meant, `commands` asks for the secret before any connection, `session` hands it to
//! the login.

pub use self::credentials::Credentials;
pub use self::sasl::{Binding, CramMd5, External, Login, OauthBearer, Plain, Scram, ScramHash, Xoauth2, apop_digest};
pub use self::secret::Secret;
pub use self::source::PasswordSource;

mod credentials;
mod sasl;
mod secret;
mod source;
