//! `mailhaul list` and `mailhaul uidl`

use std::sync::Arc;

use serde::Serialize;

use super::headers::{Fetched, Headers, fetch_headers};
use super::mailbox::{Entry, Mailbox, Uids, refused};
use crate::cli::{GlobalArgs, ListArgs, UidlArgs};
use crate::error::{Kind, Result};
use crate::output::{Column, Console, Table, print_json};

/// `number octets unique-id`, and with `--headers` more behind tabs.
pub(super) fn list(args: &ListArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| list_all(mailbox, args, global, console))?)
}

fn list_all(mut mailbox: Mailbox, args: &ListArgs, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let entries = mailbox.select(&args.messages, Uids::Shown)?;
    let mut fetched = Fetched::default();
    if args.headers {
        fetched = fetch_headers(&mut mailbox, &entries)?;
    }
    if let Some((_, refusal)) = fetched.refused.first().filter(|_| fetched.headers.is_empty()) {
        return Err(refused("TOP, by which headers are fetched", refusal));
    }
    let mut table = Table::new(console, if args.headers { &LONG } else { &LONG[..3] }).with_blanks_from(3);
    for entry in &entries {
        let headers = args.headers.then(|| fetched.headers.get(&entry.number).cloned().unwrap_or_default());
        match global.json {
            true => print_json(console, &ListJson::of(entry, headers.as_ref())),
            false => table.row(columns(entry, headers)),
        }
    }
    table.end();
    for (number, refusal) in &fetched.refused {
        console.error(&refused(&format!("the header of message {number}"), refusal).at(&mailbox.label));
    }
    mailbox.leave();
    Ok(if fetched.refused.is_empty() { 0 } else { Kind::TryLater.exit_code() })
}

/// `number unique-id`
pub(super) fn uidl(args: &UidlArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    Ok(mailbox.serve(|mailbox| list_uids(mailbox, args, global, console))?)
}

fn list_uids(mut mailbox: Mailbox, args: &UidlArgs, global: &GlobalArgs, console: &Console) -> Result<u8> {
    let entries = mailbox.with_uids()?;
    let entries = mailbox.choose(entries, &args.messages)?;
    let mut table = Table::new(console, &[LONG[0], LONG[2]]);
    for entry in &entries {
        match global.json {
            true => print_json(console, &UidlJson { number: entry.number.get(), uid: entry.json_uid() }),
            false => table.row(vec![entry.number.to_string(), entry.shown_uid()]),
        }
    }
    table.end();
    mailbox.leave();
    Ok(0)
}

/// The cells of a message.
pub(super) fn columns(entry: &Entry, headers: Option<Headers>) -> Vec<String> {
    let octets = entry.octets.map_or("-".into(), |octets| octets.to_string());
    let mut cells = vec![entry.number.to_string(), octets, entry.shown_uid()];
    cells.extend(headers.into_iter().flat_map(|Headers { date, from, subject }| [date, from, subject]));
    cells
}

/// A message as `list` and `dele` show it.
#[derive(Serialize)]
pub(super) struct ListJson<'a> {
    number: u32,
    octets: Option<u64>,
    uid: Option<String>,
    #[serde(flatten)]
    headers: Option<&'a Headers>,
}

impl<'a> ListJson<'a> {
    pub(super) fn of(entry: &Entry, headers: Option<&'a Headers>) -> Self {
        Self { number: entry.number.get(), octets: entry.octets, uid: entry.json_uid(), headers }
    }
}

#[derive(Serialize)]
struct UidlJson {
    number: u32,
    uid: Option<String>,
}

/// The headings of a terminal.
pub(super) const LONG: [Column; 6] = [
    Column::number("number"),
    Column::number("octets"),
    Column::text("unique-id"),
    Column::text("date"),
    Column::text("from"),
    Column::text("subject"),
];
