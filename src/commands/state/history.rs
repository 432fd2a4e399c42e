//! `mailhaul state export|import`: what the ledger knows, as lines of JSON.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use super::change::print_change;
use super::exported::{ExportedMailbox, ExportedMessage, ExportedTrouble, HistoryLine, StateName};
use super::show::each_mailbox;
use crate::cli::GlobalArgs;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, MailboxJson, Verbosity, print_json};
use crate::state::{Imported, Key, Known, Ledger, Mailbox, MailboxLock, MailboxRecord, Wait};

/// Everything: the mailbox as a whole, then one JSON object a message, and what could not be fetched. A mailbox that is named is
/// to be moved, so nothing of it may be on its way, and no run may be at work on it.
pub(super) fn export(source: Option<&str>, global: &GlobalArgs, console: &Console) -> Result<()> {
    let mut exported = 0;
    each_mailbox(source, global, console, |ledger, mailbox| {
        exported += 1;
        let Some(source) = source else {
            return export_mailbox(ledger, mailbox, console);
        };
        let folder = state_folder(global.state_dir.clone())?;
        let _lock = MailboxLock::acquire(&folder, &mailbox.key)?;
        match in_flight(ledger, mailbox)? {
            0 => export_mailbox(ledger, mailbox, console),
            messages => Err(on_the_way(mailbox, messages).hint(format!(
                "run `mailhaul fetch {source}` first, until all are delivered; `mailhaul state show {source} -v` tells what they wait \
                 for"
            ))),
        }
    })?;
    match source.filter(|_| exported == 0) {
        Some(source) => Err(without_history(source, &state_folder(global.state_dir.clone())?)),
        None => Ok(()),
    }
}

/// Where nothing was exported, the next fetch in the other folder would bring everything again.
fn without_history(source: &str, folder: &Path) -> Error {
    let (source, folder) = (crate::escape::text(source.as_bytes()), crate::escape::path(folder));
    Error::new(Kind::Usage, format!("{source}: there is nothing to export: the history in {folder} does not have it"))
        .hint("name the folder of its history by --state-dir")
}

fn export_mailbox(ledger: &Ledger, mailbox: &Mailbox, console: &Console) -> Result<()> {
    let messages = in_flight(ledger, mailbox)?;
    if messages > 0 {
        console.say(Verbosity::Normal, &format!("mailhaul: {}", on_the_way(mailbox, messages)));
    }
    let record = ledger.record_of(mailbox)?;
    let mut count = 0;
    ledger.each_known(mailbox, |known| count += u64::from(StateName::of(known.settled).is_some()))?;
    if count > 0 || record != MailboxRecord::default() {
        print_json(console, &ExportedMailbox::of(&mailbox.key, &record, count));
    }
    let now = ledger.time();
    let mut failed = None;
    let print = |known: Known<'_>| {
        // What waits is here and nowhere else.
        let Some(state) = StateName::of(known.settled) else { return };
        match ledger.past_deliveries(mailbox, known.uid, known.occurrence) {
            Ok(deliveries) => {
                print_json(console, &ExportedMessage::of(&mailbox.key, &known, state, now, &deliveries));
            }
            Err(error) => failed = Some(error),
        }
    };
    console.in_large_pieces(|| ledger.each_known(mailbox, print))?;
    if let Some(error) = failed {
        return Err(error);
    }
    let troubles = record.troubles.iter().filter_map(|trouble| ExportedTrouble::of(&mailbox.key, trouble));
    troubles.for_each(|trouble| print_json(console, &trouble));
    Ok(())
}

/// Messages whose delivery was begun, or that a destination does not have yet: their files are here.
fn in_flight(ledger: &Ledger, mailbox: &Mailbox) -> Result<usize> {
    let rows = ledger.staged(mailbox)?;
    let keys: HashSet<&Key> = rows.iter().filter(|row| !row.presumed).map(|row| &row.key).collect();
    Ok(keys.len())
}

fn on_the_way(mailbox: &Mailbox, messages: usize) -> Error {
    let key = crate::escape::text(mailbox.key.as_bytes());
    let are = if messages == 1 { "message is" } else { "messages are" };
    Error::new(Kind::TryLater, format!("{key}: {messages} {are} still on the way, and cannot be exported"))
}

/// What the lines say of one mailbox.
#[derive(Default)]
struct ImportedMailbox {
    messages: Vec<Imported>,
    record: MailboxRecord,
    /// As many messages were exported.
    expected: u64,
}

impl ImportedMailbox {
    fn add(of_all: &mut BTreeMap<String, Self>, line: HistoryLine) {
        match line {
            HistoryLine::Message(key, message) => of_all.entry(key).or_default().messages.push(*message),
            HistoryLine::Trouble(key, trouble) => of_all.entry(key).or_default().record.troubles.push(*trouble),
            HistoryLine::Mailbox(key, record, messages) => {
                let of = of_all.entry(key).or_default();
                of.record.add(*record);
                of.expected = of.expected.saturating_add(messages.unwrap_or(0));
            }
        }
    }
}

/// All lines are read before anything is written, so that a bad one leaves the ledger as it was.
pub(super) fn import(file: &Path, global: &GlobalArgs, console: &Console) -> Result<()> {
    let shown = crate::escape::path(file);
    let mut by_mailbox: BTreeMap<String, ImportedMailbox> = BTreeMap::new();
    for (at, line) in open(file)?.lines().enumerate() {
        let bad = |why: String| Error::new(Kind::Usage, format!("{shown}, line {}: {why}", at + 1));
        let line = line.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => bad("it is not UTF-8".into()),
            _ => unreadable(file, error),
        })?;
        if !line.trim().is_empty() {
            ImportedMailbox::add(&mut by_mailbox, HistoryLine::read(&line).map_err(bad)?);
        }
    }
    let folder = state_folder(global.state_dir.clone())?;
    let is_cut = |(_, of): &(&String, &ImportedMailbox)| (of.messages.len() as u64) < of.expected;
    if let Some((key, of)) = by_mailbox.iter().find(is_cut) {
        let (key, found, all) = (crate::escape::text(key.as_bytes()), of.messages.len(), of.expected);
        let text = format!("{shown} has {found} of the {all} messages of {key}: it was cut off");
        return Err(Error::new(Kind::Usage, text).hint("nothing was imported; export it again"));
    }
    for (key, ImportedMailbox { messages, record, .. }) in by_mailbox {
        let _lock = MailboxLock::acquire(&folder, &key)?;
        let mut ledger = Ledger::open(&folder, &Wait::default())?;
        let mailbox = ledger.mailbox(&key)?;
        let added = ledger.import_mailbox(&mailbox, &messages, &record)?;
        ledger.close()?;
        if global.is_json() {
            print_change(console, MailboxJson::in_ledger(&key), "import", added);
        }
        console.tell(&format!("{}: {added} messages added", crate::escape::text(key.as_bytes())));
    }
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let open = File::open(file).map_err(|error| unreadable(file, error))?;
    Ok(Box::new(BufReader::new(open)))
}

/// All octets of a file, or of standard input.
pub(super) fn read_all(file: &Path) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    open(file)?.take(MOST_OCTETS).read_to_end(&mut octets).map_err(|error| unreadable(file, error))?;
    if octets.len() as u64 == MOST_OCTETS {
        return Err(Error::new(Kind::Usage, format!("{} is too large for a history", crate::escape::path(file))));
    }
    Ok(octets)
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::LocalIo, format!("cannot read {}", crate::escape::path(file))).caused_by(error)
}

/// Of another program: some 400,000 messages.
const MOST_OCTETS: u64 = 32 * 1024 * 1024;
