//! The values that are one of several words. A word stands here and nowhere else.

use crate::auth::{Flow, Preset, TokenStore};
use crate::config::{LogFormat, Mechanism};
use crate::net::{KeyExchange, Roots, TlsMode, TlsVersion};
use crate::proto::Pipelining;

/// A type whose values are words of a setting.
pub(in crate::config) trait Choice: Copy + 'static {
    /// Name, value, and what it means.
    const WORDS: &'static [(&'static str, Self, &'static str)];
}

/// Names and meanings, for the table.
pub(super) fn words<T: Choice>() -> Vec<(&'static str, &'static str)> {
    T::WORDS.iter().map(|(name, _, meaning)| (*name, *meaning)).collect()
}

impl Choice for TlsMode {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("implicit", Self::Implicit, "TLS from the start"),
        ("starttls", Self::StartTls, "TLS by STLS, before anything else"),
        ("none", Self::None, "No TLS"),
    ];
}

impl Choice for Roots {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("webpki", Self::Webpki, "Mozilla's authorities, built in"),
        ("system", Self::System, "The authorities of this machine"),
        ("none", Self::None, "Nobody but ca-file and pin"),
    ];
}

impl Choice for TlsVersion {
    const WORDS: &'static [(&'static str, Self, &'static str)] =
        &[("1.2", Self::V12, "TLS 1.2"), ("1.3", Self::V13, "TLS 1.3")];
}

impl Choice for KeyExchange {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("default", Self::Default, "All, those that are safe from quantum computers first"),
        ("classic", Self::Classic, "Elliptic curves only, in a smaller first message"),
    ];
}

impl Choice for Mechanism {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("user", Self::User, "USER and PASS"),
        ("plain", Self::Plain, "SASL PLAIN"),
        ("login", Self::Login, "SASL LOGIN"),
        ("scram-sha-1", Self::ScramSha1, "SASL SCRAM-SHA-1, not bound to the TLS session"),
        ("scram-sha-1-plus", Self::ScramSha1Plus, "SASL SCRAM-SHA-1, bound to the TLS session"),
        ("scram-sha-256", Self::ScramSha256, "SASL SCRAM-SHA-256, not bound to the TLS session"),
        ("scram-sha-256-plus", Self::ScramSha256Plus, "SASL SCRAM-SHA-256, bound to the TLS session"),
        ("cram-md5", Self::CramMd5, "SASL CRAM-MD5"),
        ("apop", Self::Apop, "APOP"),
        ("xoauth2", Self::Xoauth2, "SASL XOAUTH2, with an access token for a password"),
        ("oauthbearer", Self::OauthBearer, "SASL OAUTHBEARER, with an access token for a password"),
        ("external", Self::External, "SASL EXTERNAL, by the client certificate"),
    ];
}

impl Choice for LogFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] =
        &[("text", Self::Text, "TIME ACCOUNT EVENT: TEXT"), ("json", Self::Json, "One JSON object per line")];
}

impl Choice for Pipelining {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("auto", Self::Auto, "Where the server lists PIPELINING"),
        ("on", Self::On, "Always; one command at a time after a session that breaks"),
        ("off", Self::Off, "Never"),
    ];
}

impl Choice for Preset {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("google", Self::Google, "Google"),
        ("microsoft", Self::Microsoft, "Microsoft 365 and Outlook.com"),
        ("other", Self::Other, "Another one, with URLs and scope given"),
    ];
}

impl Choice for Flow {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("device", Self::Device, "A code that is typed in on any device"),
        ("browser", Self::Browser, "A browser on this machine"),
        ("client-credentials", Self::ClientCredentials, "Nobody: the application has the right itself"),
    ];
}

impl Choice for TokenStore {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("keyring", Self::Keyring, "The desktop's keyring"),
        ("file", Self::File, "A file of mode 0600 in the state folder"),
    ];
}
