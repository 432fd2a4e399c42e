//! Messages as `list` and `dele` show them, for people and as JSON.

use serde::Serialize;

use super::entries::Entry;
use crate::client::Refusal;
use crate::headers::Headers;
use crate::output::{Column, MailboxJson};

/// The cells of a message.
pub(in crate::commands) fn cells(entry: &Entry<'_>, headers: Option<Headers>) -> Vec<String> {
    let octets = entry.octets.map_or("-".into(), |octets| octets.to_string());
    let mut cells = vec![entry.number.to_string(), octets, entry.shown_uid()];
    cells.extend(headers.into_iter().flat_map(|Headers { date, from, subject, .. }| [date, from, subject]));
    cells
}

/// A message of a listing, with what was asked for of its header.
#[derive(Serialize)]
#[serde(tag = "type", rename = "message")]
pub(in crate::commands) struct MessageJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    number: u32,
    octets: Option<u64>,
    uid: Option<String>,
    date: Option<&'a str>,
    from: Option<&'a str>,
    subject: Option<&'a str>,
}

/// A message that the server did not give, or does not delete.
#[derive(Serialize)]
#[serde(tag = "type", rename = "failure")]
pub(in crate::commands) struct FailureJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    number: u32,
    uid: Option<String>,
    reason: &'a str,
}

impl<'a> MessageJson<'a> {
    pub(in crate::commands) fn of(of: &'a MailboxJson, entry: &Entry<'_>, headers: Option<&'a Headers>) -> Self {
        let said = |field: fn(&Headers) -> &str| said(headers, field);
        Self {
            of,
            number: entry.number.get(),
            octets: entry.octets,
            uid: entry.json_uid(),
            date: said(|headers| &headers.date),
            from: said(|headers| &headers.from),
            subject: said(|headers| &headers.subject),
        }
    }
}

impl<'a> FailureJson<'a> {
    pub(in crate::commands) fn of(of: &'a MailboxJson, entry: &Entry<'_>, refusal: &'a Refusal) -> Self {
        Self { of, number: entry.number.get(), uid: entry.json_uid(), reason: &refusal.text }
    }
}

/// A field of a header as JSON has it: nothing, if it is empty.
pub(in crate::commands) fn said(headers: Option<&Headers>, field: fn(&Headers) -> &str) -> Option<&str> {
    headers.map(field).filter(|text| !text.is_empty())
}

/// The headings of a terminal.
pub(in crate::commands) const HEADINGS: [Column; 6] = [
    Column::number("number"),
    Column::number("octets"),
    Column::text("unique-id").last(),
    Column::text("date").shortened(day),
    Column::text("from").shortened(name),
    Column::text("subject"),
];

/// `2026-01-05T10:00:00+01:00` is `2026-01-05`.
fn day(date: &str) -> String {
    date.split('T').next().unwrap_or_default().to_owned()
}

/// `Ann Example <ann@example.org>` is `Ann Example`, and a long one is cut.
fn name(from: &str) -> String {
    let name = from.rsplit_once(" <").map_or(from, |(name, _)| name);
    console::truncate_str(name, NAME_WIDTH, "..").into_owned()
}

/// Columns of a terminal.
const NAME_WIDTH: usize = 20;
