//! `mailhaul state moved`: a Maildir or an mbox has another path now.

use std::path::Path;

use serde::Serialize;

use crate::cli::GlobalArgs;
use crate::commands::shared::json::destination_json;
use crate::commands::shared::sources::Sources;
use crate::config::{Settings, state_folder};
use crate::deliver::{Presence, Record, Tag, Target};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, DestinationJson, Verbosity, print_json};
use crate::state::{Ledger, MailboxLock, PastDestination, Wait};

/// Gives the place another path in the ledger, after a look at what is there.
pub(super) fn run(old: &Path, new: &Path, global: &GlobalArgs, console: &Console) -> Result<()> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(|error| Error::io("use", path, error));
    let (old, new) = (absolute(old)?, absolute(new)?);
    let folder = state_folder(global.state_dir.clone())?;
    let ledger = Ledger::open_existing(&folder, &Wait::default())?;
    let mut ledger = ledger.ok_or_else(|| unknown(&old, &[]))?;
    let places = ledger.destinations()?;
    let place = places.iter().find(|place| place.target.path() == Some(&old)).ok_or_else(|| unknown(&old, &places))?;
    let target = match &place.target {
        Target::Maildir(_) => Target::Maildir(new),
        Target::Mbox(_) => Target::Mbox(new),
        Target::EmlDir(_) => Target::EmlDir(new),
        Target::HandOver(_) => return Err(unknown(&old, &places)),
    };
    let users = users(&ledger, place)?;
    // No run that delivers there may be at work meanwhile.
    let _locks = users.iter().map(|key| MailboxLock::acquire(&folder, key)).collect::<Result<Vec<_>>>()?;
    refuse_another(place, &target, &Tag::random()?)?;
    let mut identity = place.identity.clone();
    for key in &users {
        let record = identity.as_ref().map_or(Record::Unmarked, Record::Known);
        identity = Some(target.mark(record, Some(key), false)?);
    }
    ledger.move_place(&place.target, &target, identity.as_ref())?;
    if global.is_json() {
        let [old_destination, destination] = [&place.target, &target].map(destination_json);
        print_json(console, &MovedJson { old_destination, destination });
    }
    let [old, new] = [&place.target, &target].map(ToString::to_string);
    console.tell(&format!("{old} is now {new}"));
    ledger.close()?;
    let naming = naming(&place.target, global).unwrap_or_default(); // it is recorded, whatever the file has
    if !naming.is_empty() {
        let names = naming.join(", ");
        let text = format!("recorded; now change the destination of {names} in the configuration file to {new}");
        console.say(Verbosity::Normal, &text);
    }
    Ok(())
}

/// The accounts of the configuration file that still name this place.
fn naming(place: &Target, global: &GlobalArgs) -> Result<Vec<String>> {
    let sources = Sources::read(global, Settings::default())?;
    Ok(sources
        .file_names()
        .filter(|name| sources.account(name).is_ok_and(|account| account.targets.contains(place)))
        .map(str::to_owned)
        .collect())
}

/// What was done.
#[derive(Serialize)]
#[serde(tag = "type", rename = "move")]
struct MovedJson {
    old_destination: DestinationJson,
    destination: DestinationJson,
}

/// The mailboxes that deliver there.
fn users(ledger: &Ledger, place: &PastDestination) -> Result<Vec<String>> {
    let mut users = Vec::new();
    for key in ledger.mailbox_keys()? {
        if let Some(mailbox) = ledger.find_mailbox(&key)?
            && ledger.uses(&mailbox, place.id)?
        {
            users.push(key);
        }
    }
    Ok(users)
}

/// What is at the new path must be what was at the old one, as far as that can be told: a Maildir that another one's mark
/// is in is not.
fn refuse_another(place: &PastDestination, new: &Target, tag: &Tag) -> Result<()> {
    let marked = place.identity.as_ref().map_or(Record::Unmarked, Record::Known);
    let is_it = match new.look(marked, tag)? {
        Presence::There => true,
        // Whoever names it knows it; only what says that it is another one is not believed.
        Presence::Another => !new.is_marked()? && new.look(Record::Unmarked, tag)? == Presence::There,
        Presence::Missing => false,
    };
    if is_it {
        return Ok(());
    }
    let [old, new] = [&place.target, new].map(ToString::to_string);
    Err(Error::new(Kind::CannotCreate, format!("{new} is not what was at {old}"))
        .hint("move it there first, then run the same command again"))
}

fn unknown(old: &Path, places: &[PastDestination]) -> Error {
    let shown = crate::escape::path(old);
    let known: Vec<String> = places.iter().map(|place| place.target.to_string()).collect();
    let error = Error::new(Kind::Usage, format!("the history has no destination {shown}"));
    if known.is_empty() { error } else { error.hint(format!("it knows {}", known.join(", "))) }
}
