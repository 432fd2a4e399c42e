//! `mailhaul list`: number, size and unique-id of messages, and what their headers say.

use std::sync::Arc;

use super::shared::entries::{Entries, Entry};
use super::shared::headers::each_header;
use super::shared::json::mailbox_json;
use super::shared::mailbox::{MailboxSession, Uids, refused};
use super::shared::several::Several;
use super::shared::signals;
use super::shared::table::{HEADINGS, MessageJson, cells};
use crate::cli::{GlobalArgs, ListArgs};
use crate::client::Refusal;
use crate::error::{Kind, Result};
use crate::headers::Headers;
use crate::output::{Column, Console, FewLines, MailboxJson, Table, Topic, print_json};
use crate::proto::MessageNumber;

/// `number octets unique-id`, and with `--headers` more behind tabs. Of several accounts the name comes first.
pub(super) fn run(args: &ListArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let several = Several::of(args.source.as_slice(), &args.server, &args.choice, global, console)?;
    let shown = if args.headers { &HEADINGS[..] } else { &HEADINGS[..3] };
    let names = several.has_names.then_some(Column::text("account"));
    let columns: Vec<Column> = names.into_iter().chain(shown.iter().copied()).collect();
    let table = Table::new(console, &columns).with_blanks_from(columns.len() - shown.len() + 3);
    let mut rows = Rows { table, console, json: global.is_json().then(MailboxJson::default), name: None };
    let gravest = several.each(console, |source| {
        rows.name = several.has_names.then(|| crate::escape::text(source.as_bytes()));
        let mailbox = MailboxSession::log_in(source, &args.server, global, console)?;
        mailbox.serve(|mailbox| list_all(mailbox, args, &mut rows, console))
    });
    rows.table.end();
    Ok(gravest.map_or(0, Kind::exit_code))
}

fn list_all(
    mut mailbox: MailboxSession,
    args: &ListArgs,
    rows: &mut Rows<'_>,
    console: &Console,
) -> Result<Option<Kind>> {
    let entries = mailbox.entries_with_sizes(Uids::Shown.for_selections(&args.messages))?;
    let entries = entries.choose(&args.messages)?;
    let mut partly = None;
    rows.json = rows.json.take().map(|_| mailbox_json(&mailbox.account));
    if args.headers {
        partly = list_headers(&mut mailbox, &entries, rows, console)?;
    } else {
        console.in_large_pieces(|| {
            entries.iter().try_for_each(|entry| {
                rows.add(&entry, None);
                signals::check() // nothing is waited for here
            })
        })?;
    }
    mailbox.leave();
    Ok(partly)
}

/// Each line when its header has come. Where the server gives none, that is the error, and there are no lines.
fn list_headers(
    mailbox: &mut MailboxSession,
    entries: &Entries,
    rows: &mut Rows<'_>,
    console: &Console,
) -> Result<Option<Kind>> {
    let label = mailbox.label.clone();
    let mut lines = FewLines::default();
    let mut refused_first = RefusedFirst::default();
    let mut say = |number, refusal: &Refusal| {
        let error = refused(&format!("the header of message {number}"), refusal).at(&label);
        lines.error(console, Topic::NotFetched, &error);
    };
    let (mut all, mut given, mut refusals) = (entries.iter(), 0, 0);
    each_header(mailbox, entries, &mut |entry, headers| {
        if headers.is_ok() && given == 0 {
            all.by_ref().take(refused_first.count).for_each(|entry| rows.add(&entry, Some(Headers::default())));
            refused_first.some.drain(..).for_each(|(number, refusal)| say(number, &refusal));
        }
        match headers {
            Ok(headers) => {
                given += 1;
                rows.add(entry, Some(headers));
            }
            Err(refusal) => {
                refusals += 1;
                if given == 0 {
                    return refused_first.add(entry.number, refusal);
                }
                say(entry.number, refusal);
                rows.add(entry, Some(Headers::default()));
            }
        }
    })?;
    if let Some((_, refusal)) = refused_first.some.first().filter(|_| given == 0) {
        return Err(refused("TOP, by which headers are fetched", refusal));
    }
    lines.more(refused_first.unnamed());
    lines.end(console, Topic::NotFetched, &label);
    Ok((refusals > 0).then_some(Kind::TryLater))
}

/// Messages of which the server refused the header before it gave one. They are the first of all.
#[derive(Default)]
struct RefusedFirst {
    count: usize,
    some: Vec<(MessageNumber, Refusal)>,
    named: usize,
}

impl RefusedFirst {
    fn add(&mut self, number: MessageNumber, refusal: &Refusal) {
        self.count += 1;
        if self.named < NAMED {
            self.named += 1;
            self.some.push((number, refusal.clone()));
        }
    }

    fn unnamed(&self) -> u64 {
        (self.count - self.named) as u64
    }
}

/// What is printed, in both forms.
struct Rows<'a> {
    table: Table<'a>,
    console: &'a Console,
    /// With what each object begins, if it is JSON.
    json: Option<MailboxJson>,
    /// Of the account, where there are several.
    name: Option<String>,
}

impl Rows<'_> {
    fn add(&mut self, entry: &Entry<'_>, headers: Option<Headers>) {
        match &self.json {
            Some(of) => print_json(self.console, &MessageJson::of(of, entry, headers.as_ref())),
            None => self.table.row(self.name.iter().cloned().chain(cells(entry, headers)).collect()),
        }
    }
}

/// Of those that were refused first.
const NAMED: usize = 10;
