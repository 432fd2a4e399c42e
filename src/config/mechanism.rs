/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// APOP, which is no SASL.
    Apop,
    /// SASL CRAM-MD5.
    CramMd5,
    /// SASL EXTERNAL: by the TLS client certificate.
    External,
    /// SASL LOGIN.
    Login,
    /// SASL OAUTHBEARER: by an access token.
    OauthBearer,
    /// SASL PLAIN.
    Plain,
    /// SASL SCRAM-SHA-1.
    ScramSha1,
    /// SASL SCRAM-SHA-1-PLUS: bound to the TLS session.
    ScramSha1Plus,
    /// SASL SCRAM-SHA-256.
    ScramSha256,
    /// SASL SCRAM-SHA-256-PLUS: bound to the TLS session.
    ScramSha256Plus,
    /// USER and PASS, which is no SASL.
    User,
    /// SASL XOAUTH2: by an access token.
    Xoauth2,
}

impl Mechanism {
    /// Is it one of those that keep the password to themselves?
    pub fn is_scram(self) -> bool {
        matches!(self, Self::ScramSha1 | Self::ScramSha1Plus | Self::ScramSha256 | Self::ScramSha256Plus)
    }

    /// The same without a binding to the TLS session.
    pub fn unbound(self) -> Self {
        match self {
            Self::ScramSha1Plus => Self::ScramSha1,
            Self::ScramSha256Plus => Self::ScramSha256,
            other => other,
        }
    }

    /// As people and CAPA call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apop => "APOP",
            Self::CramMd5 => "CRAM-MD5",
            Self::External => "EXTERNAL",
            Self::Login => "LOGIN",
            Self::OauthBearer => "OAUTHBEARER",
            Self::Plain => "PLAIN",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::User => "USER",
            Self::Xoauth2 => "XOAUTH2",
        }
    }
}
