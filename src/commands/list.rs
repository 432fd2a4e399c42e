//! `mailhaul list` and `mailhaul uidl`

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::headers::{Headers, fetch_headers};
use super::mailbox::{Entry, Mailbox};
use crate::cli::{GlobalArgs, ListArgs, UidlArgs};
use crate::error::{Error, Kind};
use crate::output::{Console, print_json};

/// `number octets unique-id`, and with `--headers` more behind tabs.
pub(super) fn list(args: &ListArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let entries = mailbox.select(&args.messages)?;
    let mut headers = HashMap::new();
    if args.headers {
        headers = fetch_headers(&mut mailbox, &entries)?;
    }
    let failed = entries.iter().filter(|entry| args.headers && !headers.contains_key(&entry.number)).count();
    for entry in &entries {
        show(entry, headers.get(&entry.number), global, console);
    }
    let label = mailbox.label.clone();
    mailbox.leave();
    match failed {
        0 => Ok(0),
        failed => {
            let text = format!("{label}: the server refuses the headers of {failed} messages");
            Err(Error::new(Kind::TryLater, text).into())
        }
    }
}

/// `number unique-id`
pub(super) fn uidl(args: &UidlArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let mut mailbox = Mailbox::log_in(&args.source, &args.server, global, console)?;
    let answer = mailbox.client.uidl();
    let listing = mailbox.value("UIDL", answer)?;
    let by_number = crate::config::uids_by_number(&listing);
    for selection in &args.messages {
        if !by_number.iter().any(|(number, uid)| selection.has(*number, Some(uid))) {
            let text = format!("{}: there is no message {}", mailbox.label, selection.shown());
            return Err(Error::new(Kind::Unavailable, text).into());
        }
    }
    for (number, uid) in &by_number {
        if args.messages.is_empty() || args.messages.iter().any(|selection| selection.has(*number, Some(uid))) {
            let uid = crate::escape::text(uid);
            match global.json {
                true => print_json(console, &UidlJson { number: number.get(), uid }),
                false => console.print(&format!("{number} {uid}")),
            }
        }
    }
    mailbox.leave();
    Ok(0)
}

fn show(entry: &Entry, headers: Option<&Headers>, global: &GlobalArgs, console: &Console) {
    let (number, octets, uid) = (entry.number, entry.octets, entry.shown_uid());
    if global.json {
        let uid = entry.uid.as_deref().map(crate::escape::text);
        return print_json(console, &ListJson { number: number.get(), octets, uid, headers });
    }
    let octets = octets.map_or("-".into(), |octets| octets.to_string());
    console.print_fitting(&match headers {
        None => format!("{number} {octets} {uid}"),
        Some(Headers { date, from, subject }) => format!("{number} {octets} {uid}\t{date}\t{from}\t{subject}"),
    });
}

#[derive(Serialize)]
struct ListJson<'a> {
    number: u32,
    octets: Option<u64>,
    uid: Option<String>,
    #[serde(flatten)]
    headers: Option<&'a Headers>,
}

#[derive(Serialize)]
struct UidlJson {
    number: u32,
    uid: String,
}
