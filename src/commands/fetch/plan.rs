//! What a dry run prints of each message.

use std::sync::{Arc, PoisonError};

use serde::Serialize;

use super::FetchRun;
use crate::commands::shared::json::mailbox_json;
use crate::commands::shared::table::{HEADINGS, said};
use crate::config::Account;
use crate::escape;
use crate::headers::Headers;
use crate::output::{
    Column, Console, MailboxJson, PlanView, PlannedAction, PlannedMessage, Table, Verbosity, print_json,
};

/// Shows the plan of an account, in one piece: other accounts wait.
pub(super) fn view(run: &FetchRun, account: &Account) -> PlanView {
    let (console, showing) = (Arc::clone(&run.console), Arc::clone(&run.showing));
    if run.json {
        let of = mailbox_json(account);
        return Box::new(move |messages| {
            let _turn = showing.lock().unwrap_or_else(PoisonError::into_inner);
            console.in_large_pieces(|| {
                messages.for_each(|message| print_json(&console, &PlannedJson::new(&of, &message)));
            });
        });
    }
    let (label, has_names) = (account.label(), run.has_names);
    Box::new(move |messages| {
        let _turn = showing.lock().unwrap_or_else(PoisonError::into_inner);
        show(&console, &label, has_names, messages);
    })
}

/// What would be fetched, as `list` shows messages, so that to count the lines is to count the messages; with `-v` each
/// message that would be deleted, on standard error.
fn show(console: &Console, label: &str, has_names: bool, messages: &mut dyn Iterator<Item = PlannedMessage<'_>>) {
    let name = has_names.then(|| escape::text(label.as_bytes()));
    let mut messages = messages.peekable();
    let has_headers = messages.peek().is_some_and(|first| first.headers.is_some());
    let headings = if has_headers { &HEADINGS[..] } else { &HEADINGS[..3] };
    let named = name.is_some().then_some(Column::text("account"));
    let columns: Vec<Column> = named.into_iter().chain(headings.iter().copied()).collect();
    let mut table = Table::new(console, &columns).with_blanks_from(columns.len() - headings.len() + 3);
    console.in_large_pieces(|| {
        while let Some(message) = messages.next_if(|message| message.action == PlannedAction::Fetch) {
            table.row(name.iter().cloned().chain(cells(&message)).collect());
        }
        table.end();
    });
    for PlannedMessage { number, uid, .. } in messages {
        console.say(Verbosity::Verbose, &format!("{label}: would delete {number} {}", escape::text(uid)));
    }
}

fn cells(message: &PlannedMessage<'_>) -> Vec<String> {
    let octets = message.octets.map_or("-".to_owned(), |octets| octets.to_string());
    let headers = message.headers.into_iter().flat_map(|headers| [&headers.date, &headers.from, &headers.subject]);
    [message.number.to_string(), octets, escape::text(message.uid)].into_iter().chain(headers.cloned()).collect()
}

/// What a dry run would do with one message.
#[derive(Serialize)]
#[serde(tag = "type", rename = "planned")]
struct PlannedJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    action: PlannedAction,
    number: u32,
    uid: String,
    octets: Option<u64>,
    date: Option<&'a str>,
    from: Option<&'a str>,
    subject: Option<&'a str>,
}

impl<'a> PlannedJson<'a> {
    fn new(of: &'a MailboxJson, message: &PlannedMessage<'a>) -> Self {
        let PlannedMessage { action, number, uid, octets, headers } = *message;
        let said = |field: fn(&Headers) -> &str| said(headers, field);
        Self {
            of,
            action,
            number,
            uid: escape::exact(uid),
            octets,
            date: said(|headers| &headers.date),
            from: said(|headers| &headers.from),
            subject: said(|headers| &headers.subject),
        }
    }
}
