//! What `--json=messages` tells of each message that was published.

use std::path::PathBuf;

use serde::Serialize;

use super::json::{DestinationJson, MailboxJson, path_json};

/// A message that is where its reader looks for it, durably.
#[derive(Clone, Debug)]
pub struct DeliveredMessage {
    /// In this session; none, if an earlier run has fetched it.
    pub number: Option<u32>,
    /// The unique-id.
    pub uid: Vec<u8>,
    /// What kind of destination has it, in one word.
    pub kind: &'static str,
    /// The path of the destination, or its name.
    pub destination: DestinationName,
    /// The file in which the message is, if it is in one of this machine.
    pub path: Option<PathBuf>,
    /// What was seen of it on its way; none, if an earlier run has fetched it.
    pub summary: Option<Summary>,
}

/// What tells a destination from every other one of its kind.
#[derive(Clone, Debug)]
pub enum DestinationName {
    /// A folder or a file.
    Path(PathBuf),
    /// Whoever takes messages over.
    Name(Vec<u8>),
}

/// What is told of a message itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// With the line ends of Unix.
    pub octets: u64,
    /// Of the same, in hex.
    pub sha256: String,
    /// The fields of the header, decoded and escaped; empty where there is none.
    pub message_id: String,
    /// RFC 3339.
    pub date: String,
    /// The first sender.
    pub from: String,
    /// In one line.
    pub subject: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "published")]
pub(super) struct PublishedJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    number: Option<u32>,
    uid: String,
    octets: Option<u64>,
    sha256: Option<&'a str>,
    message_id: Option<&'a str>,
    date: Option<&'a str>,
    from: Option<&'a str>,
    subject: Option<&'a str>,
    destination: DestinationJson,
    path: Option<String>,
}

impl<'a> PublishedJson<'a> {
    pub(super) fn of(of: &'a MailboxJson, message: &'a DeliveredMessage) -> Self {
        let summary = message.summary.as_ref();
        let said = |field: fn(&Summary) -> &str| summary.map(field).filter(|text| !text.is_empty());
        Self {
            of,
            number: message.number,
            uid: crate::escape::exact(&message.uid),
            octets: summary.map(|summary| summary.octets),
            sha256: said(|summary| &summary.sha256),
            message_id: said(|summary| &summary.message_id),
            date: said(|summary| &summary.date),
            from: said(|summary| &summary.from),
            subject: said(|summary| &summary.subject),
            destination: match &message.destination {
                DestinationName::Path(path) => DestinationJson::new(message.kind, path),
                DestinationName::Name(name) => DestinationJson::named(message.kind, name),
            },
            path: message.path.as_deref().map(path_json),
        }
    }
}
