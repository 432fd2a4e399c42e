//! Logins with bearer tokens: the passdb that asks an OAuth2 authority about them.

use std::fs;
use std::path::{Path, PathBuf};

/// How the server asks about a token (RFC 7662), and the address that it asks.
#[derive(Clone, Debug)]
pub(crate) enum Introspection {
    /// GET, with the token itself as the right to ask.
    Auth(String),
    /// GET, with the token in the query, to which Dovecot adds `client_id` and `client_secret`, both empty.
    Get(String),
    /// POST, with the same fields in a form: the way of the RFC.
    Post(String),
}

impl Introspection {
    /// The block of `dovecot.conf`.
    pub(super) fn passdb(folder: &Path) -> String {
        format!("passdb {{\n  driver = oauth2\n  mechanisms = {MECHANISMS}\n  args = {}\n}}", file(folder).display())
    }

    /// Writes the file that the block names.
    pub(super) fn write(&self, folder: &Path) {
        let (mode, url) = match self {
            Self::Auth(url) => ("auth", url.clone()),
            Self::Get(url) => ("get", format!("{url}?token=")), // Dovecot only appends
            Self::Post(url) => ("post", url.clone()),
        };
        // `debug = yes` would put the whole HTTP dialogue into the log.
        let text = format!(
            "introspection_url = {url}
introspection_mode = {mode}
username_attribute = username
active_attribute = active
active_value = true
"
        );
        fs::write(file(folder), text).expect("write oauth2.conf");
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("oauth2.conf")
}

/// What the server offers when it can ask somebody.
pub(super) const MECHANISMS: &str = "xoauth2 oauthbearer";
