//! Secrets: the type that cannot be shown, where they come from, and what SASL makes of them.
//!
//! `config` says which source is meant, `commands` asks for the secret before any connection, `session` hands it to
//! the login.

pub use self::sasl::plain_response;
pub use self::secret::Secret;
pub use self::source::PasswordSource;

mod sasl;
mod secret;
mod source;
