//! What a dry run tells of each message.

use serde::Serialize;

use crate::headers::Headers;

/// What would be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedAction {
    /// It would be downloaded and delivered.
    Fetch,
    /// It would be deleted from the server.
    Delete,
}

/// A message with which something would be done.
#[derive(Clone, Copy, Debug)]
pub struct PlannedMessage<'a> {
    /// What.
    pub action: PlannedAction,
    /// In this session.
    pub number: u32,
    /// The unique-id.
    pub uid: &'a [u8],
    /// As LIST said; nothing for a deletion.
    pub octets: Option<u64>,
    /// Empty where the server did not give the header; nothing where no headers were asked for.
    pub headers: Option<&'a Headers>,
}
