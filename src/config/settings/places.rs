//! What the values of destinations mean.

use super::Raw;
use crate::deliver::Way;

/// The path of a socket (LMTP only), or HOST[:PORT].
pub(in crate::config) fn address(raw: &Raw, way: Way) -> Result<String, String> {
    let text = raw.as_text()?;
    let is_socket = text.contains('/');
    if is_socket && way == Way::Smtp {
        return Err("must be HOST or HOST:PORT".into());
    }
    if is_socket {
        let path = raw.as_path()?;
        return path.into_os_string().into_string().map_err(|_| "must be UTF-8".into());
    }
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '@') {
        return Err("must be HOST or HOST:PORT".into());
    }
    Ok(text.to_owned())
}

/// Names of users, or their addresses.
pub(in crate::config) fn recipients(raw: &Raw) -> Result<Vec<String>, String> {
    let recipients = raw.as_list()?;
    let is_wrong = |one: &String| {
        one.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>".contains(letter))
    };
    if recipients.iter().any(is_wrong) {
        return Err("must be the name of a user, or an address, without blanks and angle brackets".into());
    }
    Ok(recipients)
}

/// `\Seen`, `\Flagged` and so on, and keywords.
pub(in crate::config) fn flags(raw: &Raw) -> Result<Vec<String>, String> {
    let flags = raw.as_list()?;
    let is_atom = |text: &str| {
        !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"$_-.!".contains(&octet))
    };
    if !flags.iter().all(|flag| is_atom(flag.strip_prefix('\\').unwrap_or(flag))) {
        return Err("must be \\Seen, \\Flagged, or a keyword of letters and digits".into());
    }
    Ok(flags)
}

/// imaps://USER@HOST[:PORT]/FOLDER, without a password.
pub(in crate::config) fn imap(raw: &Raw) -> Result<String, String> {
    let url = raw.as_text()?;
    ImapUrl::parse(url).map(|_| url.to_owned())
}

/// What it is made of.
pub(in crate::config) struct ImapUrl {
    /// As it was written.
    pub(in crate::config) whole: String,
    /// The user name.
    pub(in crate::config) user: String,
    /// The host.
    pub(in crate::config) host: String,
}

impl ImapUrl {
    pub(in crate::config) fn parse(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("imaps://").or_else(|| url.strip_prefix("imap://"));
        let authority = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let (user, host) = authority.rsplit_once('@').unwrap_or_default();
        if user.contains(':') {
            return Err("must not hold a password: use imap-password-command or imap-password-file".into());
        }
        if user.is_empty() || host.is_empty() {
            return Err("must be imaps://USER@HOST/FOLDER".into());
        }
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        Ok(Self { whole: url.to_owned(), user: user.to_owned(), host: host.to_owned() })
    }
}
