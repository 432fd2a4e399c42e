//! What the values of destinations mean.

use super::Raw;
use crate::error::Error;
use crate::handover::imap::{ImapSettings, flag};
use crate::handover::mta::{Dialect, MtaAddress, MtaSettings};

/// The path of a socket, or `HOST[:PORT]`.
pub(in crate::config) fn address(raw: &Raw, dialect: Dialect) -> Result<MtaAddress, String> {
    let text = raw.as_text()?;
    let is_path = text.contains('/') && !text.contains("://");
    if !is_path {
        return MtaAddress::parse(text, dialect).map_err(why);
    }
    // The ledger knows it by where it is.
    let path = std::path::absolute(raw.as_path()?).map_err(|error| format!("cannot be used: {error}"))?;
    let path = path.to_str().ok_or("must be UTF-8")?;
    MtaAddress::parse(path, dialect).map_err(why)
}

/// Names of users, or their addresses.
pub(in crate::config) fn recipients(raw: &Raw) -> Result<Vec<String>, String> {
    let recipients = raw.as_list()?;
    let address = MtaAddress::Socket("/".into()); // that of a recipient is not known here, and does not matter
    MtaSettings::new(Dialect::Lmtp, address, recipients.clone()).map_err(why)?;
    Ok(recipients)
}

/// `\Seen`, `\Flagged`, and keywords.
pub(in crate::config) fn flags(raw: &Raw) -> Result<Vec<String>, String> {
    raw.as_list()?.iter().map(|text| flag(text).map_err(why)).collect()
}

/// `imaps://USER@HOST[:PORT]/FOLDER`, without a password.
pub(in crate::config) fn imap(raw: &Raw) -> Result<String, String> {
    let url = raw.as_text()?;
    ImapSettings::parse(url, None).map_err(why)?;
    Ok(url.to_owned())
}

/// Behind the name of the setting.
fn why(error: Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("the URL of the IMAP folder ").or(text.strip_prefix("a URL ")).unwrap_or(&text);
    match error.next_step() {
        Some(step) => format!("{text}; {step}"),
        None => text.to_owned(),
    }
}
