//! What was found and done, as JSON.

use serde::Serialize;

use super::find::FoundServer;
use super::login::SecretPlace;
use super::words::url_of;
use crate::commands::shared::json::mailbox_json;
use crate::config::Account;
use crate::output::{Console, DestinationJson, MailboxJson, print_json};

#[derive(Serialize)]
#[serde(tag = "type", rename = "setup")]
struct SetupJson<'a> {
    #[serde(flatten)]
    of: MailboxJson,
    /// Who has named the server.
    found_by: &'a str,
    inquiries: Vec<InquiryJson>,
    destinations: Vec<DestinationJson>,
    /// Where the password was stored, if this run has stored it.
    password_stored: Option<&'static str>,
}

#[derive(Serialize)]
struct InquiryJson {
    inquiry: String,
    servers: Vec<String>,
    error: Option<String>,
}

/// One object, at the end.
pub(super) fn print(
    console: &Console,
    account: &Account,
    found: &FoundServer,
    destinations: Vec<DestinationJson>,
    place: SecretPlace,
) {
    let inquiries = found.inquired.iter().map(|inquired| InquiryJson {
        inquiry: inquired.inquiry.to_string(),
        servers: inquired.found.iter().flatten().map(url_of).collect(),
        error: inquired.found.as_ref().err().map(|why| crate::escape::text(why.as_bytes())),
    });
    let json = SetupJson {
        of: mailbox_json(account),
        found_by: &found.by,
        inquiries: inquiries.collect(),
        destinations,
        password_stored: place.word(),
    };
    print_json(console, &json);
}
