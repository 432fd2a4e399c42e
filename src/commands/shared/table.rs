//! Messages as `list` and `dele` show them.

use serde::Serialize;

use super::entries::Entry;
use super::headers::Headers;
use crate::output::Column;

/// The cells of a message.
pub(in crate::commands) fn cells(entry: &Entry<'_>, headers: Option<Headers>) -> Vec<String> {
    let octets = entry.octets.map_or("-".into(), |octets| octets.to_string());
    let mut cells = vec![entry.number.to_string(), octets, entry.shown_uid()];
    cells.extend(headers.into_iter().flat_map(|Headers { date, from, subject }| [date, from, subject]));
    cells
}

/// The same as JSON.
#[derive(Serialize)]
pub(in crate::commands) struct MessageJson<'a> {
    number: u32,
    octets: Option<u64>,
    uid: Option<String>,
    #[serde(flatten)]
    headers: Option<&'a Headers>,
}

impl<'a> MessageJson<'a> {
    pub(in crate::commands) fn of(entry: &Entry<'_>, headers: Option<&'a Headers>) -> Self {
        Self { number: entry.number.get(), octets: entry.octets, uid: entry.json_uid(), headers }
    }
}

/// The headings of a terminal.
pub(in crate::commands) const HEADINGS: [Column; 6] = [
    Column::number("number"),
    Column::number("octets"),
    Column::text("unique-id"),
    Column::text("date"),
    Column::text("from"),
    Column::text("subject"),
];
