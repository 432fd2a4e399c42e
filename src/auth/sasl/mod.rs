//! The SASL mechanisms of POP3 (RFC 5034), one file each, and APOP's digest. They are [`crate::proto::Exchange`]s: octets in,
//! octets out; `client` adds base64 and the dialogue, `session` chooses.
//!
//! DIGEST-MD5 (RFC 6331) and NTLM are missing on purpose, and none asks for a security layer: that is what TLS is for
//! (C-145, C-171).

pub use self::apop::apop_digest;
pub use self::cram_md5::CramMd5;
pub use self::external::External;
pub use self::login::LoginMechanism;
pub use self::oauthbearer::OauthBearer;
pub use self::plain::Plain;
pub use self::scram::{Binding, Scram, ScramHash};
pub use self::xoauth2::Xoauth2;

mod apop;
mod cram_md5;
mod external;
mod login;
mod oauth;
mod oauthbearer;
mod plain;
mod prepare;
mod scram;
mod xoauth2;

/// Why a challenge that should not have come is wrong.
const ONE_TOO_MANY: &str = "it sent a challenge where the exchange was over";

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use crate::auth::Secret;
    use crate::proto::Exchange;

    /// A password or a token.
    pub(super) fn secret(text: &str) -> Secret {
        Secret::from_text(Zeroizing::new(text.as_bytes().to_vec()), "here").unwrap()
    }

    /// The answer as text.
    pub(super) fn answer(exchange: &mut dyn Exchange, challenge: &str) -> Result<String, String> {
        exchange.answer(challenge.as_bytes()).map(|answer| String::from_utf8(answer.to_vec()).unwrap())
    }

    /// The first message as text.
    pub(super) fn initial(exchange: &dyn Exchange) -> String {
        String::from_utf8(exchange.initial().unwrap().to_vec()).unwrap()
    }
}
