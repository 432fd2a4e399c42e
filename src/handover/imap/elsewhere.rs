//! The other folders: where a message may be that somebody has moved.

use super::candidates::{Candidates, Size};
use super::quoted::quoted;
use super::response::Datum;
use super::session::FolderSession;
use super::sought::{Finding, Sought};
use crate::error::Result;

/// How other folders are asked for a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SearchBy {
    /// By its Message-ID, or by its size.
    Standard,
    /// As Gmail has it: fast, and in the one folder that has every message.
    Gmail,
}

/// Looks for those that are missing in all other folders, and says which are there.
pub(super) fn search(session: &mut FolderSession, wanted: &[Sought], findings: &mut [Finding]) -> Result<()> {
    let (way, folders) = folders(session)?;
    for name in folders {
        if !findings.contains(&Finding::Missing) {
            break;
        }
        if session.examine(&name)?.0.is_ok() {
            in_folder(session, wanted, findings, way)?;
        }
    }
    Ok(())
}

fn in_folder(session: &mut FolderSession, wanted: &[Sought], findings: &mut [Finding], way: SearchBy) -> Result<()> {
    let mut uids = Vec::new();
    for (wanted, _) in wanted.iter().zip(&*findings).filter(|(_, finding)| **finding == Finding::Missing) {
        uids.extend(hits(session, &criterion(wanted, way))?);
    }
    uids.sort_unstable();
    uids.dedup();
    let mut folder = Candidates::of(session, &uids)?;
    folder.read(session, wanted)?;
    for (wanted, finding) in wanted.iter().zip(&mut *findings).filter(|(_, finding)| **finding == Finding::Missing) {
        if folder.take(session, &wanted.parcel, 0, Size::Any)? {
            *finding = Finding::There;
        }
    }
    Ok(())
}

fn criterion(wanted: &Sought, way: SearchBy) -> String {
    let parcel = &wanted.parcel;
    match (quoted(&parcel.message_id).filter(|_| !parcel.message_id.is_empty()), way) {
        (Some(_), SearchBy::Gmail) => format!("X-GM-RAW \"rfc822msgid:{}\"", parcel.message_id),
        (Some(id), SearchBy::Standard) => format!("HEADER Message-ID {id}"),
        (None, _) => format!("LARGER {} SMALLER {}", parcel.octets.saturating_sub(1), parcel.octets.saturating_add(1)),
    }
}

/// The newest messages that a search finds. A server that cannot search so finds none.
fn hits(session: &mut FolderSession, criterion: &str) -> Result<Vec<u64>> {
    let mut uids = Vec::new();
    session.client.command("UID SEARCH", criterion, &mut |values| {
        if values.first().is_some_and(|name| name.is("SEARCH")) {
            uids.extend(values[1..].iter().filter_map(Datum::number));
        }
        Ok(())
    })?;
    uids.sort_unstable();
    Ok(uids.split_off(uids.len().saturating_sub(MOST_HITS)))
}

/// All folders but our own, quoted, and how to ask them. With Gmail, one has everything.
fn folders(session: &mut FolderSession) -> Result<(SearchBy, Vec<String>)> {
    let has_gmail = session.client.capabilities.has("X-GM-EXT-1");
    let own = session.folder.clone();
    let (mut names, mut all) = (Vec::new(), None);
    session.client.command("LIST", "\"\" \"*\"", &mut |values| {
        let [list, Datum::List(attributes), _, Datum::Text(name)] = values else { return Ok(()) };
        let has = |attribute: &str| attributes.iter().any(|value| value.is(attribute));
        // A name that cannot be quoted is one that no server sends: it would have to be in UTF-7.
        let name = std::str::from_utf8(name).ok().and_then(quoted);
        let Some(name) = name.filter(|_| list.is("LIST") && !has("\\Noselect") && !has("\\NonExistent")) else {
            return Ok(());
        };
        if has("\\All") {
            all = Some(name.clone());
        }
        if name != own && !(is_inbox(&name) && is_inbox(&own)) && names.len() < MOST_FOLDERS {
            names.push(name);
        }
        Ok(())
    })?;
    Ok(match all.filter(|_| has_gmail) {
        Some(all) => (SearchBy::Gmail, vec![all]),
        None => (SearchBy::Standard, names),
    })
}

fn is_inbox(quoted: &str) -> bool {
    quoted.eq_ignore_ascii_case("\"INBOX\"")
}

/// Folders that are searched.
const MOST_FOLDERS: usize = 1000;

/// Messages with one Message-ID, or of one size, that are looked at in one folder.
const MOST_HITS: usize = 200;
