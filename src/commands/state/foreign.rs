//! `mailhaul state import --from`: the history of another program.

use std::collections::BTreeMap;
use std::path::Path;

use super::change::print_change;
use super::history::read_all;
use crate::cli::{GlobalArgs, HistoryArg};
use crate::commands::shared::imported;
use crate::commands::shared::sources::mailbox_key;
use crate::config::state_folder;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, MailboxJson, Verbosity, count};
use crate::peers::{HistoryFormat, PeerHistory, SeenUid, read_history};
use crate::state::Settled;

/// What the file says of each mailbox, into the history of that mailbox.
pub(super) fn import(
    file: &Path,
    from: HistoryArg,
    mailbox: Option<&str>,
    as_fetched: bool,
    global: &GlobalArgs,
    console: &Console,
) -> Result<()> {
    let format = format(from);
    let history = read_history(format, &read_all(file)?);
    tell_of_damage(file, &history, console);
    if history.seen.is_empty() {
        let text = format!("{} names no message that was seen", crate::escape::path(file));
        return Err(Error::new(Kind::Usage, text).hint("is it the file of another program? --from says of which"));
    }
    let of_file = by_mailbox(history)?;
    let all = match mailbox {
        Some(source) => only(of_file, mailbox_key(source, global, console)?)?,
        None => of_file,
    };
    if all.contains_key("") {
        let text = format!("{} does not say of which mailbox it is", crate::escape::path(file));
        return Err(Error::new(Kind::Usage, text).hint("name the mailbox, as in --mailbox work"));
    }
    let settled = if as_fetched { Settled::Published } else { Settled::Seen };
    let folder = state_folder(global.state_dir.clone())?;
    for (key, messages) in all {
        let added = imported::import(&key, &messages, settled, format, &folder)?;
        if global.is_json() {
            print_change(console, MailboxJson::in_ledger(&key), "import", added);
        }
        let kind = if as_fetched { "fetched" } else { "seen" };
        let added = count(added as u64, "message");
        console.tell(&format!("{}: {added} recorded as {kind}", crate::escape::text(key.as_bytes())));
    }
    Ok(())
}

fn tell_of_damage(file: &Path, history: &PeerHistory, console: &Console) {
    for (line, why) in history.wrong.iter().take(FEW) {
        let shown = crate::escape::path(file);
        console.say(Verbosity::Normal, &format!("{shown}, line {line}: {why}; it was passed over"));
    }
    if history.wrong.len() > FEW {
        console.say(Verbosity::Normal, &format!("{} more lines were passed over", history.wrong.len() - FEW));
    }
}

/// By the names of the mailboxes in the ledger; of a file that has none, under an empty one.
fn by_mailbox(history: PeerHistory) -> Result<BTreeMap<String, Vec<SeenUid>>> {
    let mut all: BTreeMap<String, Vec<SeenUid>> = BTreeMap::new();
    for seen in history.seen {
        let key = match (std::str::from_utf8(&seen.user), std::str::from_utf8(&seen.server)) {
            (Ok(""), _) | (_, Ok("")) => String::new(),
            (Ok(user), Ok(server)) => format!("{user}@{}", server.to_ascii_lowercase()),
            _ => return Err(Error::new(Kind::Usage, "the file has a user or a server that is not UTF-8")),
        };
        all.entry(key).or_default().push(seen);
    }
    Ok(all)
}

/// Those of one mailbox: as the file calls it, or all, if the file is of one.
fn only(mut all: BTreeMap<String, Vec<SeenUid>>, key: String) -> Result<BTreeMap<String, Vec<SeenUid>>> {
    let found = match all.remove(&key) {
        Some(found) => found,
        None if all.len() == 1 => all.into_values().flatten().collect(),
        None => {
            let names: Vec<String> = all.keys().map(|name| crate::escape::text(name.as_bytes())).collect();
            let text = format!(
                "the file has several mailboxes, and none is {}: {}",
                crate::escape::text(key.as_bytes()),
                names.join(", ")
            );
            return Err(Error::new(Kind::Usage, text).hint("leave --mailbox out to take all, each under its own name"));
        }
    };
    Ok(BTreeMap::from([(key, found)]))
}

fn format(from: HistoryArg) -> HistoryFormat {
    match from {
        HistoryArg::Fetchmail => HistoryFormat::Fetchmail,
        HistoryArg::Getmail => HistoryFormat::Getmail,
        HistoryArg::Mpop => HistoryFormat::Mpop,
        HistoryArg::Thunderbird => HistoryFormat::Thunderbird,
        HistoryArg::Fdm => HistoryFormat::Fdm,
    }
}

/// Lines of a damaged file that are told.
const FEW: usize = 5;
