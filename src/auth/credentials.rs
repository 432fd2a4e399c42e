use super::Secret;

/// What a login is made of, beside the user's name. None of it can be shown.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A password.
    Password(Secret),
    /// An access token of OAuth 2.
    Token(Secret),
    /// Nothing but the client certificate of the TLS session.
    Certificate,
}
